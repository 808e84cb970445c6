"""How the figures of holdfast.plot look: colours, axes, and one row beside another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._arrays import Floats
from ._errors import InputError

try:
    from matplotlib.axes import Axes
except ModuleNotFoundError as error:
    raise ImportError('holdfast.plot needs matplotlib: pip install "holdfast[plot]"') from error

# Colours of curves: Okabe and Ito. The numbers of colours and of line styles have no common divisor, so that pairs of
# them repeat late.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", "-.", ":")
# Colours of classes: Tol's muted scheme and black.
CLASS_COLOURS = (
    "#332288", "#CC6677", "#117733", "#DDCC77", "#88CCEE", "#882255", "#44AA99", "#999933", "#AA4499", "#000000",
)  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "p", ">")

MOST_BARS = 20  # entries that bars show at most


def style(i: int, **own: Any) -> dict[str, Any]:
    """How curve i looks; `own` replaces parts."""
    chosen = {"color": COLOURS, "linestyle": LINES, "marker": MARKERS}
    return {name: values[i % len(values)] for name, values in chosen.items()} | own


def finished(ax: Axes, xlabel: str, ylabel: str, *, grid: bool = True, **legend: Any) -> Axes:
    """The axes with labels, a grid and a legend."""
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if grid:
        ax.grid(alpha=0.3)
    ax.legend(handlelength=3.5, **legend)
    return ax


def panels_of(axes: Any, count: int, size: tuple[float, float] | None = None) -> NDArray[Any]:
    """The axes given, as an array, or those of a new figure."""
    if axes is None:
        from matplotlib import pyplot

        made: NDArray[Any] = pyplot.subplots(1, count, squeeze=False, figsize=size, layout="constrained")[1][0]
        return made
    panels = np.array(axes, dtype=object).reshape(-1)
    if len(panels) != count or not all(isinstance(panel, Axes) for panel in panels):
        raise InputError(f"{'ax' if count == 1 else 'axes'}: must be {count} of matplotlib's Axes")
    return panels


def verbatim(legend: Any) -> None:
    """Draws the texts of a legend literally: texts from data may have dollars, but they are not formulas."""
    for text in (legend.get_title(), *legend.get_texts()):
        text.set_parse_math(False)


def change_of(first: Floats, second: Floats) -> str:
    """The size of the perturbation in words."""
    difference = (second - first).reshape(-1)
    return rf"$\ell_2$ {np.linalg.norm(difference):.3g}, $\ell_\infty$ {np.abs(difference).max():.3g}"


def beside_as_images(first: Floats, second: Floats, titles: list[str], axes: Any) -> NDArray[Any]:
    panels = panels_of(axes, 3, (8.0, 3.9))
    least, greatest = min(first.min(), second.min()), max(first.max(), second.max())
    for panel, image, title in ((panels[0], first, titles[0]), (panels[2], second, titles[1])):
        shown = image if image.ndim == 2 else (image - least) / ((greatest - least) or 1.0)
        panel.imshow(shown, cmap="gray", vmin=least, vmax=greatest, interpolation="nearest")
        panel.set_title(title, parse_math=False)
    difference = second - first
    if difference.ndim == 3:
        channel = np.abs(difference).argmax(axis=2)[..., np.newaxis]
        difference = np.take_along_axis(difference, channel, axis=2)[..., 0]
    limit = np.abs(difference).max() or 1.0
    shown = panels[1].imshow(difference, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    panels[1].set_title(f"difference\n{change_of(first, second)}")
    bar = panels[1].inset_axes((0.0, -0.1, 1.0, 0.05))
    panels[1].figure.colorbar(shown, cax=bar, orientation="horizontal")
    for panel in panels:
        panel.set(xticks=[], yticks=[])
    return panels


def beside_as_bars(first: Floats, second: Floats, titles: list[str], names: list[str], axes: Any) -> NDArray[Any]:
    change = second - first
    shown = np.argsort(-np.abs(change), kind="stable")[:MOST_BARS]
    panels = panels_of(axes, 1, (7.0, 1.6 + 0.26 * len(shown)))
    panel = panels[0]
    places = np.arange(len(shown))
    one, other = (title.replace("\n", ", ") for title in titles)
    panel.barh(places - 0.2, first[shown], 0.4, color=COLOURS[0], label=one)
    panel.barh(places + 0.2, second[shown], 0.4, color=COLOURS[4], hatch="///", edgecolor="white", label=other)
    for place, value in zip(places, change[shown]):
        panel.text(1.01, place, f"{value:+.2g}", transform=panel.get_yaxis_transform(), va="center", fontsize="small")
    panel.set_yticks(places, [names[i] for i in shown], parse_math=False)
    panel.set_ylim(len(shown) - 0.5, -0.5)
    panel.axvline(0.0, color="black", linewidth=0.8)
    panel.set_xlabel("value, and its change at the right")
    all_shown = len(shown) == len(change)
    few = f"all {len(change)} columns" if all_shown else f"the {len(shown)} of {len(change)} columns that change most"
    panel.set_title(f"{few}\nchange: {change_of(first, second)}", pad=26)  # above the legend
    verbatim(panel.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize="small"))
    return panels
