"""Figures of certificates, metrics and fits, on matplotlib: pip install "holdfast[plot]".

Every function draws into the axes that it is given, or makes a figure with pyplot, and returns the axes. None shows
or saves a figure, or changes matplotlib's settings. Colour-blind readers can tell the colours apart; line styles,
markers or hatches repeat the distinction.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import Floats
from ._errors import InputError
from ._drawing import CLASS_COLOURS, MARKERS, beside_as_bars, beside_as_images, finished, panels_of, style, verbatim
from .certificates import Certificates, certified_accuracy_curve
from .model import Model, model_of

# After _drawing, which says how to install matplotlib if it is missing.
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.ticker import MaxNLocator

__all__ = ["adversarial_example", "certified_accuracy", "objective", "projection", "radii", "spectrum"]

_NORMS = {
    "l2": r"$\ell_2$ norm",
    "l1": r"$\ell_1$ norm",
    "linf": r"$\ell_\infty$ norm",
    "ellipsoid": r"ellipsoid norm $\sqrt{v^T\!Av}$",
}
_LINE_OF_KIND = {"lower bound": "-", "exact": "-.", "attack": "--"}
_LINE_NAMES = {"-": "solid", "-.": "dash-dotted", "--": "dashed"}

_BINS = 30


def certified_accuracy(
    certificates: Certificates | Mapping[str, Certificates], *, eps: ArrayLike | None = None, ax: Axes | None = None
) -> Axes:
    """Certified accuracy over the size of the perturbation: the share of rows with radius > eps.

    Lower bounds are solid lines, exact radii dash-dotted, and attacks, whose curve is the accuracy under attack,
    dashed.

    Parameters
    ----------
    certificates : Certificates, or dict of str to Certificates
        One curve per entry, for example of several models, or the bound, exact radii and attack of one model. All have
        the same norm and units.
    eps : array-like of shape (m,), optional
        Sizes. Default: 201 from 0 to the largest finite radius of all, evenly.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        Its x axis has the units of the radii.

    Raises
    ------
    InputError
        If the certificates have different norms or units: their radii are not comparable.
    """
    named = _comparable(certificates)
    if eps is None:
        finite = [c.radius[np.isfinite(c.radius)].max(initial=0.0) for c in named.values()]
        sizes = np.linspace(0.0, max(finite) or 1.0, 201)
    else:
        sizes = np.asarray(eps, dtype=float)
        if sizes.ndim != 1 or len(sizes) < 2 or not np.all(np.isfinite(sizes)):
            raise InputError("eps: must hold two or more finite sizes of perturbations, of the shape (m,)")
    kinds = {name: _kind(c) for name, c in named.items()}
    ax = panels_of(ax, 1)[0]
    step = max(1, len(sizes) // 8)
    for i, (name, c) in enumerate(named.items()):
        look = style(i, linestyle=_LINE_OF_KIND[kinds[name]]) | ({} if len(named) > 1 else {"marker": None})
        every = (i * step // len(named), step)
        ax.plot(*certified_accuracy_curve(c, sizes), **look, markersize=5.0, markevery=every, label=name or kinds[name])
    present = set(kinds.values())
    accuracy = "accuracy under perturbation" if "attack" in present else "certified accuracy"
    ax.margins(x=0)
    ax.set_ylim(0, 1.03)
    meaning = [f"{_LINE_NAMES[line]}: {kind}" for kind, line in _LINE_OF_KIND.items() if kind in present]
    return finished(
        ax,
        _with_units("size of the perturbation", named),
        "accuracy under attack" if present == {"attack"} else accuracy,
        title="\n".join(meaning) if len(present) > 1 else None,
    )


def radii(
    certificates: Certificates | Mapping[str, Certificates],
    *,
    bins: int | str | ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Histogram of the finite radii above 0.

    The legend says how many rows it leaves out: those of radius 0 (and how many of these are predicted wrongly), of
    infinite radius, and beyond the bins, if there are any.

    Parameters
    ----------
    certificates : Certificates, or dict of str to Certificates
        All have the same norm and units, and are counted in the same bins.
    bins : int, str or array-like, optional
        As in `numpy.histogram_bin_edges`, from 0 to the largest finite radius of all. Default: 30.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        Rows over the radius, in the units of the radii.

    Raises
    ------
    InputError
        If the certificates have different norms or units: their radii are not comparable.
    """
    named = _comparable(certificates)
    inner = {name: c.radius[(c.radius > 0) & np.isfinite(c.radius)] for name, c in named.items()}
    pooled = np.concatenate(list(inner.values()))
    limits = (0.0, float(pooled.max(initial=0.0)) or 1.0)
    edges = np.histogram_bin_edges(pooled, _BINS if bins is None else bins, limits)  # type: ignore[arg-type]
    ax = panels_of(ax, 1)[0]
    for i, (name, c) in enumerate(named.items()):
        counts, _ = np.histogram(inner[name], edges)
        look = style(i)
        colours = {"facecolor": to_rgba(look["color"], 0.2), "edgecolor": look["color"]}
        label = (f"{name}\n" if name else "") + _outside(c, len(inner[name]) - int(counts.sum()))
        ax.stairs(counts, edges, fill=True, **colours, linestyle=look["linestyle"], linewidth=1.5, label=label)
    ax.set_xlim(left=0.0)
    return finished(ax, _with_units("radius", named), "rows", grid=False, fontsize="small")


def spectrum(metrics: Any, *, ax: Axes | None = None) -> Axes:
    """Eigenvalues of M = L^T L, from the largest, on a logarithmic scale.

    If several metrics are given, each is divided by its largest eigenvalue, as predictions do not change with the scale
    of M. M applies to preprocessed rows: the Euclidean distance's eigenvalues are all 1, whatever the preprocessing.
    Eigenvalues that are 0 up to rounding are not shown; the legend gives the rank of M.

    Parameters
    ----------
    metrics : fitted learner, CertifiedKNeighborsClassifier or Model, or dict of str to these
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
    """
    models = {name: model_of(source) for name, source in _named(metrics, "metrics").items()}
    several = len(models) > 1
    ax = panels_of(ax, 1)[0]
    for i, (name, model) in enumerate(models.items()):
        map_ = model.map
        singular = np.linalg.svd(map_, compute_uv=False)
        largest = singular.max(initial=0.0)
        singular = singular[singular > largest * max(map_.shape) * np.finfo(float).eps]
        values = (singular / largest if several else singular) ** 2
        label = f"{name or model.method}: rank {len(values)} of {map_.shape[1]}"
        ax.plot(np.arange(1, len(values) + 1), values, **style(i), markersize=3.0, label=label)
    steps = {model.preprocessing for model in models.values()}
    units = f"preprocessed units ({steps.pop()})" if len(steps) == 1 else "preprocessed units"
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    return finished(ax, "eigenvalue, from the largest", f"eigenvalue of M{' / largest' if several else ''}\n{units}")


def projection(
    estimator: Any, X: ArrayLike, y: ArrayLike, *, row: int = 0, n_neighbors: int = 3, axes: Any = None
) -> NDArray[Any]:
    """The effect of the metric on rows, in two panels: preprocessed rows, and the same rows mapped by L.

    Each panel shows the first two principal components of its rows (centred, on axes of equal scale, in the units of
    its space), coloured by class. A star marks one row; lines lead to its nearest other rows, which are ringed: solid
    to those of its class, dashed to others. They are the nearest rows in the whole space, not in the plane.

    Parameters
    ----------
    estimator : fitted learner, CertifiedKNeighborsClassifier or Model
    X : array-like of shape (n_samples, n_features)
        Raw rows.
    y : array-like of shape (n_samples,)
        Classes. If there are more than ten, only those of the marked row and its neighbours have colours.
    row : int, default=0
        The marked row of X.
    n_neighbors : int, default=3
    axes : array-like of two Axes, optional
        Default: a new figure. The legend is at the right of the second; a layout such as "constrained" makes room.

    Returns
    -------
    ndarray of shape (2,)
        The two Axes.
    """
    from sklearn.utils import check_consistent_length, column_or_1d

    model = model_of(estimator)
    raw = model._rows(X)
    labels = column_or_1d(y)
    check_consistent_length(raw, labels)
    if not 0 <= row < len(raw):
        raise InputError(f"row {row}: is out of range; valid rows are 0 to {len(raw) - 1}")
    if not 1 <= n_neighbors < len(raw):
        raise InputError(f"n_neighbors {n_neighbors}: must be from 1 to {len(raw) - 1}, the number of other rows")
    spaces = (model.prepare(raw), model.transform(raw))
    nearest = [_nearest(space, row, n_neighbors) for space in spaces]
    classes = np.unique(labels)
    if len(classes) > len(CLASS_COLOURS):
        classes = np.unique(labels[[row, *nearest[0], *nearest[1]]])
    others = ~np.isin(labels, classes)

    panels = panels_of(axes, 2, (10.0, 4.6))
    for panel, space, near in zip(panels, spaces, nearest):
        points, shares = _principal_components(space)
        if others.any():
            panel.scatter(*points[others].T, s=9, color="0.8", label="others")
        for i, value in enumerate(classes):
            colour, marker = CLASS_COLOURS[i % len(CLASS_COLOURS)], MARKERS[i % len(MARKERS)]
            panel.scatter(*points[labels == value].T, s=16, color=colour, marker=marker, alpha=0.8, label=str(value))
        for same, line in ((True, "-"), (False, "--")):
            label = f"nearest, {'same' if same else 'other'} class"
            panel.plot([], [], color="black", linestyle=line, label=label)
            for other in near[(labels[near] == labels[row]) == same]:
                panel.plot(*points[[row, other]].T, color="black", linestyle=line, linewidth=1.2)
        panel.scatter(*points[near].T, s=60, facecolors="none", edgecolors="black", zorder=3)
        panel.scatter(*points[row], s=200, marker="*", color="white", edgecolors="black", zorder=4, label=f"row {row}")
        panel.set_xlabel(f"principal component 1 ({shares[0]:.0%} of the variance)")
        panel.set_ylabel(f"principal component 2 ({shares[1]:.0%})")
        panel.set_aspect("equal", adjustable="datalim")
    kept = [f"{np.sum(labels[near] == labels[row])} of {n_neighbors} nearest of its class" for near in nearest]
    panels[0].set_title(f"before: preprocessing {model.preprocessing}\n{kept[0]}")
    panels[1].set_title(f"after: {model.method}\n{kept[1]}, {len(np.setdiff1d(nearest[1], nearest[0]))} new")
    title = f"row {row}: class {labels[row]}"
    verbatim(panels[1].legend(title=title, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize="small"))
    return panels


def adversarial_example(
    original: ArrayLike,
    adversarial: ArrayLike,
    *,
    labels: tuple[Any, Any] | None = None,
    feature_names: Any = None,
    image_shape: tuple[int, ...] | None = None,
    axes: Any = None,
) -> NDArray[Any]:
    """A row beside its adversarial example.

    Images are drawn as original, difference (adversarial - original, red above and blue below 0; for colour
    images, the channel that changes most at each pixel) and adversarial image. Both images span the same range, from the least
    to the greatest of their values.

    For other rows, the entries are drawn as bars, those that change most first, with the change in numbers at the
    right. At most 20 columns are shown; the title says if there are more.

    Parameters
    ----------
    original, adversarial : array-like of shape (n_features,)
        In the same units, such as a row of X and of `Attacks.adversarial` in raw units, or of
        `model_.prepare(X)` in preprocessed ones.
    labels : pair, optional
        The predictions for the original and for the adversarial example.
    feature_names : sequence of str, optional
        Default: x0, x1, ...
    image_shape : tuple of int, optional
        (height, width) or (height, width, 3): draws images.
    axes : array-like of Axes, optional
        Three for images, one for bars. Default: a new figure.

    Returns
    -------
    ndarray of shape (3,) or (1,)
        The Axes.
    """
    rows = [np.asarray(row, dtype=float) for row in (original, adversarial)]
    for name, values in zip(("original", "adversarial"), rows):
        shaped = values.ndim == 1 or image_shape is not None and values.shape == tuple(image_shape)
        if not shaped or not values.size or not np.all(np.isfinite(values)):
            raise InputError(f"{name}: must be one row of finite numbers, not an array of the shape {values.shape}")
    first, second = (values.reshape(-1) for values in rows)
    if len(first) != len(second):
        raise InputError(f"original has {len(first)} columns, adversarial {len(second)}; give rows of the same space")
    if labels is not None and len(labels) != 2:
        raise InputError("labels: must be a pair, of the original and of the adversarial example")
    titles = ["original", "adversarial"]
    if labels is not None:
        titles = [f"{title}\npredicted: {label}" for title, label in zip(titles, labels)]
    if image_shape is not None:
        shape = tuple(image_shape)
        if len(shape) not in (2, 3) or shape[2:] not in ((), (3,)) or np.prod(shape) != len(first):
            raise InputError(
                f"image_shape {shape}: must be (height, width) or (height, width, 3), and hold {len(first)} columns"
            )
        return beside_as_images(first.reshape(image_shape), second.reshape(image_shape), titles, axes)
    names = [f"x{i}" for i in range(len(first))] if feature_names is None else [str(name) for name in feature_names]
    if len(names) != len(first):
        raise InputError(f"feature_names: has {len(names)} names for {len(first)} columns")
    return beside_as_bars(first, second, titles, names, axes)


def objective(estimator: Any, *, ax: Axes | None = None) -> Axes:
    """The objective over the iterations of a fit (`objective_trace_`); the legend says why it ended.

    A closed form has an entry in the legend and no line. The scale is logarithmic if all values are positive and the
    largest is more than ten times the smallest.

    Parameters
    ----------
    estimator : fitted learner, or CertifiedKNeighborsClassifier with one, or dict of str to these
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        The objectives of different methods are different quantities.

    Raises
    ------
    InputError
        If a Model is given: it does not hold the trace of its fit.
    """
    learners = {name: _learner_of(source) for name, source in _named(estimator, "estimator").items()}
    values = np.concatenate([learner.objective_trace_[:, 1] for learner in learners.values()])
    ax = panels_of(ax, 1)[0]
    for i, (name, learner) in enumerate(learners.items()):
        marker = "o" if len(learner.objective_trace_) == 1 else None  # a line does not show a single point
        label = textwrap.fill(f"{name or type(learner).__name__}: {learner.termination_.reason}", 50)
        ax.plot(*learner.objective_trace_.T, **style(i, marker=marker), label=label)
    if values.size and values.min() > 0 and values.max() > 10 * values.min():
        ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    return finished(ax, "iteration", "objective", fontsize="small")


def _named(given: Any, parameter: str) -> dict[str, Any]:
    """The values by name; a single value has the empty name."""
    named = {str(name): value for name, value in given.items()} if isinstance(given, Mapping) else {"": given}
    if not named:
        raise InputError(f"{parameter}: is empty; nothing to draw")
    return named


def _comparable(certificates: Any) -> dict[str, Certificates]:
    """Certificates by name. InputError if their radii are not comparable."""
    named = _named(certificates, "certificates")
    for value in named.values():
        if not isinstance(value, Certificates):
            raise TypeError(f"certificates {value!r}: must be what certify or attack returns")
    one, first = next(iter(named.items()))
    for name, other in named.items():
        if (other.norm, other.units) != (first.norm, first.units):
            raise InputError(
                f'certificates: the radii of "{one}" are in {first.norm}, {first.units}, those of "{name}" in '
                f"{other.norm}, {other.units}, which do not compare; certify all in one norm, and in raw units or "
                "under the same preprocessing"
            )
    return named


def _with_units(quantity: str, named: dict[str, Certificates]) -> str:
    first = next(iter(named.values()))
    return textwrap.fill(f"{quantity}, {_NORMS[first.norm]}, {first.units}", 80)


def _kind(certificates: Certificates) -> str:
    """The statement that holds for all radii: some rows among exact ones may have lower bounds."""
    kinds = set(certificates.kind)
    return "attack" if "upper bound" in kinds else "exact" if kinds == {"exact"} else "lower bound"


def _outside(certificates: Certificates, beyond: int) -> str:
    """A text about the rows that a histogram of radii does not show."""
    zero = certificates.radius == 0
    wrong = np.sum(zero & (certificates.predicted != certificates.label))
    text = f"{np.sum(zero)} rows at 0 ({wrong} wrong), {np.sum(np.isinf(certificates.radius))} at infinity"
    return text + (f", {beyond} beyond the bins" if beyond else "")


def _nearest(rows: Floats, row: int, count: int) -> NDArray[np.intp]:
    """The nearest other rows, by rising distance, ties by row."""
    distances = np.linalg.norm(rows - rows[row], axis=1)
    distances[row] = np.inf
    return np.argsort(distances, kind="stable")[:count]


def _principal_components(rows: Floats) -> tuple[Floats, Floats]:
    """(n x 2 coordinates, their shares of the variance). Directions point to where their largest entry is positive."""
    from sklearn.decomposition import PCA

    pca = PCA(min(2, *rows.shape), svd_solver="full")
    with np.errstate(invalid="ignore"):  # shares of rows that are all equal: 0 / 0
        points = pca.fit_transform(rows)
    missing = (0, 2 - pca.n_components_)
    return np.pad(points, ((0, 0), missing)), np.pad(np.nan_to_num(pca.explained_variance_ratio_), missing)


def _learner_of(source: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    if isinstance(source, Model):
        raise InputError("estimator: a model does not hold the trace of its fit; give the fitted learner")
    check_is_fitted(source, "model_")
    learner = getattr(source, "learner_", source)
    if not hasattr(learner, "objective_trace_"):
        raise InputError("estimator: the classifier has no learner, and nothing was minimised")
    return learner
