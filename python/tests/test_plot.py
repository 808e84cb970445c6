"""Figures show the data, and nothing else changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

import holdfast.plot
from holdfast import GMML, LMNN, CertifiedKNeighborsClassifier, Euclidean, InputError
from holdfast.certificates import Attacks, Certificates

plot: Any = holdfast.plot  # as matplotlib's types do not say what an Axes holds
INF = np.inf


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """Drawing works, settings stay, and a test ends with the figures that it makes."""
    settings = dict(matplotlib.rcParams)
    yield
    try:
        for number in pyplot.get_fignums():
            pyplot.figure(number).canvas.draw()
        assert dict(matplotlib.rcParams) == settings
    finally:
        pyplot.close("all")
        matplotlib.rcParams.update(settings)


@pytest.fixture(scope="module")
def iris() -> SimpleNamespace:
    data = load_iris()
    X, y = data.data, data.target_names[data.target]
    knn = CertifiedKNeighborsClassifier(1, learner=LMNN(preprocess="standardize")).fit(X, y)
    return SimpleNamespace(X=X, y=y, knn=knn, lmnn=knn.learner_)


def certificates(radius: Any, kind: str = "lower bound", norm: str = "l2", units: str = "raw units") -> Certificates:
    """Wrong where the radius is 0, but for the last row."""
    size = np.asarray(radius, dtype=float)
    label = np.zeros(len(size), dtype=int)
    predicted = np.where((size == 0) & (np.arange(len(size)) < len(size) - 1), 1, 0)
    values: dict[str, Any] = dict(
        radius=size,
        upper=size,
        kind=np.full(len(size), kind),
        predicted=predicted,
        label=label,
        witness=None,
        norm=norm,
        method="bound",
        space="raw",
        units=units,
        n_neighbors=1,
        frozen=[],
        flipped=[],
        notes=[],
    )
    if kind == "upper bound":
        return Attacks(**values, adversarial_label=predicted)
    return Certificates(**values)


def legend_of(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def curves_of(ax: Any) -> dict[str, Any]:
    return {str(line.get_label()): line for line in ax.get_lines()}


# What holds for all of them.

ONE = certificates([0.0, 0.5, 1.0])
FUNCTIONS: dict[str, Any] = {
    "certified_accuracy": lambda iris, ax: plot.certified_accuracy(ONE, ax=ax),
    "radii": lambda iris, ax: plot.radii(ONE, ax=ax),
    "spectrum": lambda iris, ax: plot.spectrum(iris.knn, ax=ax),
    "objective": lambda iris, ax: plot.objective(iris.lmnn, ax=ax),
    "bars": lambda iris, ax: plot.adversarial_example([1, 2], [1, 3], axes=ax)[0],
}
PANELS: dict[str, Any] = {
    "projection": (2, lambda iris, axes: plot.projection(iris.lmnn, iris.X, iris.y, axes=axes)),
    "images": (3, lambda iris, axes: plot.adversarial_example([1, 2], [1, 3], image_shape=(1, 2), axes=axes)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_draws_into_the_axes_given_or_one_new_figure(iris: SimpleNamespace, name: str) -> None:
    ax = FUNCTIONS[name](iris, None)
    assert pyplot.get_fignums() == [ax.figure.number]
    assert isinstance(ax, Axes)
    figure, given = pyplot.subplots()
    other = pyplot.figure()
    assert FUNCTIONS[name](iris, given) is given
    assert figure.axes == [given]
    assert pyplot.gcf() is other
    assert len(pyplot.get_fignums()) == 3
    assert not other.axes


@pytest.mark.parametrize("name", PANELS)
def test_draws_into_the_panels_given_or_one_new_figure(iris: SimpleNamespace, name: str) -> None:
    count, draw = PANELS[name]
    panels = draw(iris, None)
    assert panels.shape == (count,)
    assert pyplot.get_fignums() == [panels[0].figure.number]
    figure, given = pyplot.subplots(1, count)
    other = pyplot.figure()
    assert_array_equal(draw(iris, list(given)), given)
    assert figure.axes == list(given)
    assert pyplot.gcf() is other
    assert len(pyplot.get_fignums()) == 3


@pytest.mark.parametrize("name", [*FUNCTIONS, *PANELS])
def test_refuses_what_are_no_axes(iris: SimpleNamespace, name: str) -> None:
    draw = FUNCTIONS[name] if name in FUNCTIONS else PANELS[name][1]
    with pytest.raises(InputError, match=r"^ax(es)?: must be [123] of matplotlib's Axes$"):
        draw(iris, [1, 2, 3, 4])
    with pytest.raises(InputError, match=r"^ax(es)?: must be"):
        draw(iris, "axes")
    _, given = pyplot.subplots(1, 4)
    with pytest.raises(InputError, match=r"^ax(es)?: must be"):
        draw(iris, given)


def run(code: str) -> str:
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    return result.stdout + result.stderr


def test_matplotlib_is_imported_by_this_module_only_and_pyplot_by_none() -> None:
    assert run("import sys, holdfast; holdfast.LMNN, holdfast.tune; print('matplotlib' in sys.modules)") == "False\n"
    loaded = "['matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules]"
    assert run(f"import sys; from holdfast import plot; print({loaded})") == "[True, False]\n"


def test_without_matplotlib_the_error_says_what_to_install() -> None:
    output = run("import sys; sys.modules['matplotlib'] = None; from holdfast import plot")
    assert output.endswith('ImportError: holdfast.plot needs matplotlib: pip install "holdfast[plot]"\n')


# Certified accuracy.


def test_certified_accuracy_is_the_share_of_larger_radii() -> None:
    one = certificates([0.0, 0.5, 0.5, 1.0, INF])
    ax = plot.certified_accuracy(one)
    (line,) = ax.get_lines()
    assert_allclose(line.get_xdata(), np.linspace(0, 1, 201))
    for size, share in ((0.0, 0.8), (0.495, 0.8), (0.5, 0.4), (0.995, 0.4), (1.0, 0.2)):
        assert_allclose(line.get_ydata()[np.isclose(line.get_xdata(), size)], share)
    assert line.get_linestyle() == "-"
    assert legend_of(ax) == ["lower bound"]
    assert ax.get_xlabel() == r"size of the perturbation, $\ell_2$ norm, raw units"
    assert ax.get_ylabel() == "certified accuracy"
    assert ax.get_xlim() == (0.0, 1.0)
    assert ax.get_legend().get_title().get_text() == ""


def test_certified_accuracy_of_several_goes_to_the_largest_finite_radius_of_all() -> None:
    ax = plot.certified_accuracy({"a": certificates([0.5, 1.0]), "b": certificates([3.0, INF])})
    curves = curves_of(ax)
    assert legend_of(ax) == ["a", "b"]
    for line in curves.values():
        assert_allclose(line.get_xdata(), np.linspace(0, 3, 201))
    assert_allclose(curves["a"].get_ydata()[[0, -1]], [1.0, 0.0])
    assert_allclose(curves["b"].get_ydata()[[0, -1]], [1.0, 0.5])
    assert curves["a"].get_color() != curves["b"].get_color()
    assert curves["a"].get_marker() != curves["b"].get_marker()


def test_certified_accuracy_at_sizes_given() -> None:
    ax = plot.certified_accuracy(certificates([0.5, 1.0]), eps=[0.25, 0.75, 2.0])
    assert_array_equal(ax.get_lines()[0].get_xdata(), [0.25, 0.75, 2.0])
    assert_array_equal(ax.get_lines()[0].get_ydata(), [1.0, 0.5, 0.0])


def test_lines_tell_bounds_exact_radii_and_attacks_apart() -> None:
    mixed = certificates([1.0, 2.0], "exact")
    mixed.kind[0] = "lower bound"
    kinds = {
        "bound": certificates([1.0, 2.0]),
        "exact": certificates([1.0, 2.0], "exact"),
        "attack": certificates([1.0, 2.0], "upper bound"),
        "exact but for a row": mixed,
    }
    ax = plot.certified_accuracy(kinds)
    assert [line.get_linestyle() for line in ax.get_lines()] == ["-", "-.", "--", "-"]
    assert ax.get_legend().get_title().get_text() == "solid: lower bound\ndash-dotted: exact\ndashed: attack"
    assert ax.get_ylabel() == "accuracy under perturbation"
    assert plot.certified_accuracy(kinds["attack"]).get_ylabel() == "accuracy under attack"


def test_certified_accuracy_of_rows_that_are_all_wrong_or_cannot_change() -> None:
    for radius, share in ((0.0, 0.0), (INF, 1.0)):
        (line,) = plot.certified_accuracy(certificates([radius, radius])).get_lines()
        assert_allclose(line.get_xdata(), np.linspace(0, 1, 201))
        assert_array_equal(line.get_ydata(), np.full(201, share))


@pytest.mark.parametrize("function", [plot.certified_accuracy, plot.radii])
def test_refuses_radii_that_do_not_compare(function: Any) -> None:
    one = certificates([1.0])
    with pytest.raises(InputError, match='"a" are in l2, raw units, those of "b" in linf, raw units, which do not'):
        function({"a": one, "b": certificates([1.0], norm="linf")})
    with pytest.raises(InputError, match=r'those of "b" in l2, preprocessed units \(minmax\), which do not compare'):
        function({"a": one, "b": certificates([1.0], units="preprocessed units (minmax)")})
    with pytest.raises(InputError, match="certificates: is empty"):
        function({})
    with pytest.raises(TypeError, match="must be what certify or attack returns"):
        function({"a": [1.0]})
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("eps", [0.5, [0.5], [0.0, INF], [[0.0, 1.0]]])
def test_certified_accuracy_refuses_sizes_that_make_no_curve(eps: Any) -> None:
    with pytest.raises(InputError, match="eps: must hold two or more finite sizes"):
        plot.certified_accuracy(ONE, eps=eps)
    assert pyplot.get_fignums() == []


# Radii.


def test_radii_counts_finite_radii_and_names_the_others() -> None:
    ax = plot.radii(certificates([0.0, 0.0, INF, 0.1, 0.9, 0.95, 1.0, 0.0]), bins=[0.0, 0.5, 0.92, 1.0])
    (steps,) = ax.patches
    assert_array_equal(steps.get_data().values, [1, 1, 2])
    assert_array_equal(steps.get_data().edges, [0.0, 0.5, 0.92, 1.0])
    assert legend_of(ax) == ["3 rows at 0 (2 wrong), 1 at infinity"]
    assert ax.get_xlabel() == r"radius, $\ell_2$ norm, raw units"
    assert ax.get_ylabel() == "rows"


def test_radii_of_several_have_the_same_bins() -> None:
    ax = plot.radii({"a": certificates([0.5, 0.0]), "b": certificates([3.0, INF, INF])})
    assert [str(steps.get_label()) for steps in ax.patches] == legend_of(ax)
    assert legend_of(ax) == ["a\n1 rows at 0 (0 wrong), 0 at infinity", "b\n0 rows at 0 (0 wrong), 2 at infinity"]
    for steps, place in zip(ax.patches, (5, 29)):
        assert_allclose(steps.get_data().edges, np.linspace(0, 3, 31))
        assert_array_equal(np.flatnonzero(steps.get_data().values), [place])
    first, second = ax.patches
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_edgecolor() != second.get_edgecolor()


def test_radii_beyond_the_bins_are_named() -> None:
    ax = plot.radii(certificates([0.05, 0.5, 3.0, 4.0]), bins=[0.1, 1.0])
    assert_array_equal(ax.patches[0].get_data().values, [1])
    assert legend_of(ax) == ["0 rows at 0 (0 wrong), 0 at infinity, 3 beyond the bins"]


def test_radii_without_any_above_0() -> None:
    ax = plot.radii(certificates([0.0, 0.0, INF]))
    assert_array_equal(ax.patches[0].get_data().values, np.zeros(30))
    assert_allclose(ax.patches[0].get_data().edges, np.linspace(0, 1, 31))
    assert legend_of(ax) == ["2 rows at 0 (2 wrong), 1 at infinity"]


def test_radii_refuses_bins_without_making_a_figure() -> None:
    with pytest.raises(ValueError, match="bins"):
        plot.radii(ONE, bins=0)
    assert pyplot.get_fignums() == []


# Spectrum.


def test_spectrum_is_that_of_the_metric_of_preprocessed_rows(iris: SimpleNamespace) -> None:
    map_ = iris.lmnn.model_.map
    for source in (iris.lmnn, iris.knn, iris.lmnn.model_):
        ax = plot.spectrum(source)
        (line,) = ax.get_lines()
        assert_array_equal(line.get_xdata(), np.arange(1, len(line.get_ydata()) + 1))
        assert_allclose(line.get_ydata(), np.linalg.eigvalsh(map_.T @ map_)[::-1][: len(line.get_ydata())], rtol=1e-6)
        assert legend_of(ax) == [f"lmnn: rank {len(line.get_ydata())} of 4"]
        assert ax.get_yscale() == "log"
        assert ax.get_ylabel() == "eigenvalue of M\npreprocessed units (standardize)"


def test_spectrum_of_several_is_relative_to_the_largest_and_leaves_zeros_out(iris: SimpleNamespace) -> None:
    narrow = LMNN(n_components=2, preprocess="standardize").fit(iris.X, iris.y)
    plain = Euclidean(preprocess="standardize").fit(iris.X, iris.y)
    ax = plot.spectrum({"LMNN": narrow, "plain": plain})
    curves = curves_of(ax)
    assert legend_of(ax) == ["LMNN: rank 2 of 4", "plain: rank 4 of 4"]
    assert_array_equal(curves["plain: rank 4 of 4"].get_ydata(), np.ones(4))
    squares = np.linalg.svd(narrow.model_.map, compute_uv=False) ** 2
    assert_allclose(curves["LMNN: rank 2 of 4"].get_ydata(), squares / squares[0])
    assert ax.get_ylabel() == "eigenvalue of M / largest\npreprocessed units (standardize)"
    assert len({(line.get_color(), line.get_linestyle()) for line in curves.values()}) == 2


def test_spectrum_of_different_preprocessing_names_none(iris: SimpleNamespace) -> None:
    ax = plot.spectrum({p: Euclidean(preprocess=p).fit(iris.X, iris.y) for p in ("none", "unit")})
    assert ax.get_ylabel() == "eigenvalue of M / largest\npreprocessed units"


def test_spectrum_does_not_count_what_rounding_leaves(iris: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    def model(map_: Any) -> Any:
        return SimpleNamespace(map=map_, preprocessing="none", method="m")

    monkeypatch.setattr(plot, "model_of", model)
    row = np.array([[1.0, 2.0, 3.0]])
    ax = plot.spectrum(np.vstack([row, row / 3]))
    assert_allclose(ax.get_lines()[0].get_ydata(), [14 * (1 + 1 / 9)])
    assert legend_of(ax) == ["m: rank 1 of 3"]
    assert legend_of(plot.spectrum({"zero": np.zeros((2, 3)), "one": row})) == ["zero: rank 0 of 3", "one: rank 1 of 3"]


def test_spectrum_refuses_what_has_no_metric() -> None:
    with pytest.raises(NotFittedError):
        plot.spectrum(LMNN())
    with pytest.raises(InputError, match="metrics: is empty"):
        plot.spectrum({})
    assert pyplot.get_fignums() == []


# Projection.


def nearest_of(rows: Any, row: int, count: int) -> list[int]:
    """By plain loops."""
    distances = [(float(sum((a - b) ** 2 for a, b in zip(rows[row], other))), i) for i, other in enumerate(rows)]
    return [i for _, i in sorted(distances) if i != row][:count]


def segments_of(panel: Any) -> list[tuple[Any, str]]:
    """(2 x 2 ends, line style) of the lines that are drawn."""
    return [(line.get_xydata(), line.get_linestyle()) for line in panel.get_lines() if len(line.get_xdata())]


def points_of(panel: Any, label: str) -> Any:
    (collection,) = [c for c in panel.collections if c.get_label() == label]
    return collection.get_offsets()


@pytest.mark.parametrize("row", [0, 106, 149])
def test_projection_draws_both_spaces_and_lines_to_the_nearest_rows_in_each(iris: SimpleNamespace, row: int) -> None:
    panels = plot.projection(iris.knn, iris.X, iris.y, row=row, n_neighbors=5)
    core = iris.lmnn.model_.core
    found = []
    for panel, space in zip(panels, (core.prepare(iris.X), core.transform(iris.X))):
        centred = space - space.mean(axis=0)
        points = np.zeros((len(space), 2))
        for name in np.unique(iris.y):
            points[iris.y == name] = points_of(panel, name)
        # The plane of most variance: the points' scatter holds the two largest eigenvalues of that of the rows.
        values = np.linalg.eigvalsh(centred.T @ centred)[::-1]
        assert_allclose(points.T @ points, np.diag(values[:2]), atol=1e-9 * values[0])
        # A projection of these rows: what is left is orthogonal to it.
        directions = np.linalg.lstsq(centred, points, rcond=None)[0]
        assert_allclose(centred @ directions, points, atol=1e-6)
        near = nearest_of(space, row, 5)
        segments = segments_of(panel)
        assert len(segments) == 5
        for other in near:
            line = "-" if iris.y[other] == iris.y[row] else "--"
            assert any(np.array_equal(ends, points[[row, other]]) and style == line for ends, style in segments)
        assert_array_equal(points_of(panel, f"row {row}"), points[[row]])
        rings = [c for c in panel.collections if not len(c.get_facecolors())]
        assert_array_equal(rings[0].get_offsets(), points[near])
        shares = values[:2] / values.sum()
        assert panel.get_xlabel() == f"principal component 1 ({shares[0]:.0%} of the variance)"
        assert panel.get_ylabel() == f"principal component 2 ({shares[1]:.0%})"
        assert panel.get_aspect() == 1.0
        found.append(near)
    kept = [f"{np.sum(iris.y[near] == iris.y[row])} of 5 nearest of its class" for near in found]
    assert panels[0].get_title() == f"before: preprocessing standardize\n{kept[0]}"
    assert panels[1].get_title() == f"after: lmnn\n{kept[1]}, {len(set(found[1]) - set(found[0]))} new"
    names = ["setosa", "versicolor", "virginica"]
    assert legend_of(panels[1]) == [*names, "nearest, same class", "nearest, other class", f"row {row}"]
    assert panels[1].get_legend().get_title().get_text() == f"row {row}: class {iris.y[row]}"
    assert panels[0].get_legend() is None


def test_the_rows_of_this_test_have_neighbours_that_change(iris: SimpleNamespace) -> None:
    core = iris.lmnn.model_.core
    before, after = (nearest_of(space, 106, 5) for space in (core.prepare(iris.X), core.transform(iris.X)))
    assert set(before) != set(after)
    assert len(set(iris.y[before])) == 2


def test_projection_gives_classes_colours_and_markers_of_their_own(iris: SimpleNamespace) -> None:
    panel = plot.projection(iris.lmnn, iris.X[:100], np.arange(100) // 10)[0]
    shown = panel.collections[:10]
    assert [c.get_label() for c in shown] == [str(i) for i in range(10)]
    assert len({tuple(c.get_facecolor()[0]) for c in shown}) == 10
    assert len({c.get_paths()[0].vertices.tobytes() for c in shown}) == 10


def test_projection_of_many_classes_colours_those_of_the_row_and_its_neighbours(iris: SimpleNamespace) -> None:
    labels = np.arange(150)
    panels = plot.projection(iris.lmnn, iris.X, labels, row=106, n_neighbors=2)
    core = iris.lmnn.model_.core
    shown = {106, *nearest_of(core.prepare(iris.X), 106, 2), *nearest_of(core.transform(iris.X), 106, 2)}
    assert legend_of(panels[1])[: len(shown) + 1] == ["others", *map(str, sorted(shown))]
    for panel in panels:
        assert len(points_of(panel, "others")) == 150 - len(shown)


def test_projection_of_one_column(iris: SimpleNamespace) -> None:
    learner = Euclidean(preprocess="none").fit(iris.X[:, :1], iris.y)
    panel = plot.projection(learner, iris.X[:, :1], iris.y)[0]
    assert_allclose(points_of(panel, "setosa")[:, 0], iris.X[:50, 0] - iris.X[:, 0].mean())
    assert_array_equal(points_of(panel, "setosa")[:, 1], np.zeros(50))


def test_projection_of_equal_rows_shows_them_at_one_point(iris: SimpleNamespace) -> None:
    panels = plot.projection(iris.lmnn, np.repeat(iris.X[:1], 4, axis=0), iris.y[[0, 0, 50, 50]])
    assert_array_equal(points_of(panels[0], "versicolor"), np.zeros((2, 2)))
    assert panels[0].get_xlabel() == "principal component 1 (0% of the variance)"


def test_projection_takes_class_names_with_dollars_literally(iris: SimpleNamespace) -> None:
    panels = plot.projection(iris.lmnn, iris.X, np.where(iris.y == "setosa", "$_a_$", "b"))
    assert legend_of(panels[1])[0] == "$_a_$"
    panels[0].figure.canvas.draw()


def test_projection_refuses_rows_that_are_not_there(iris: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="row 150: is out of range; valid rows are 0 to 149"):
        plot.projection(iris.lmnn, iris.X, iris.y, row=150)
    with pytest.raises(InputError, match="row -1: is out of range"):
        plot.projection(iris.lmnn, iris.X, iris.y, row=-1)
    with pytest.raises(InputError, match="n_neighbors 150: must be from 1 to 149"):
        plot.projection(iris.lmnn, iris.X, iris.y, n_neighbors=150)
    with pytest.raises(InputError, match="n_neighbors 0: must be from 1"):
        plot.projection(iris.lmnn, iris.X, iris.y, n_neighbors=0)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        plot.projection(iris.lmnn, iris.X, iris.y[:-1])
    with pytest.raises(InputError, match="column"):
        plot.projection(iris.lmnn, iris.X[:, :2], iris.y)
    assert pyplot.get_fignums() == []


# Adversarial examples.


def test_bars_show_the_largest_changes_first() -> None:
    (panel,) = plot.adversarial_example(
        [1.0, -2.0, 3.0], [1.5, -2.0, 0.0], labels=("a", "$_b_$"), feature_names=["x", "y$", "$_z_$"]
    )
    original, adversarial = panel.containers
    assert_allclose([bar.get_width() for bar in original], [3.0, 1.0, -2.0])
    assert_allclose([bar.get_width() for bar in adversarial], [0.0, 1.5, -2.0])
    assert all(a.get_y() + a.get_height() <= b.get_y() + 1e-12 for a, b in zip(original, adversarial))
    assert [tick.get_text() for tick in panel.get_yticklabels()] == ["$_z_$", "x", "y$"]
    assert_array_equal(panel.get_yticks(), [0, 1, 2])
    assert panel.get_ylim() == (2.5, -0.5)
    assert [(text.get_text(), text.get_position()[1]) for text in panel.texts] == [("-3", 0), ("+0.5", 1), ("+0", 2)]
    assert panel.get_title() == "all 3 columns\nchange: $\\ell_2$ 3.04, $\\ell_\\infty$ 3"
    assert legend_of(panel) == ["original, predicted: a", "adversarial, predicted: $_b_$"]
    assert original[0].get_facecolor() != adversarial[0].get_facecolor()
    assert adversarial[0].get_hatch()


def test_bars_of_many_columns_say_that_they_are_the_20_that_change_most() -> None:
    rng = np.random.default_rng(0)
    original, adversarial = rng.normal(size=(2, 30))
    (panel,) = plot.adversarial_example(original, adversarial)
    order = sorted(range(30), key=lambda i: -abs(adversarial[i] - original[i]))[:20]
    assert [tick.get_text() for tick in panel.get_yticklabels()] == [f"x{i}" for i in order]
    assert_array_equal([bar.get_width() for bar in panel.containers[0]], original[order])
    assert_array_equal([bar.get_width() for bar in panel.containers[1]], adversarial[order])
    assert panel.get_title().startswith("the 20 of 30 columns that change most\n")
    assert legend_of(panel) == ["original", "adversarial"]


def test_images_span_one_range_and_the_difference_is_centred() -> None:
    original, adversarial = np.arange(6.0), np.array([0.0, 1.0, 2.0, 3.0, 6.0, 2.0])
    panels = plot.adversarial_example(original, adversarial, labels=(3, "$_8_$"), image_shape=(2, 3))
    images = [panel.get_images()[0] for panel in panels]
    assert_array_equal(images[0].get_array(), original.reshape(2, 3))
    assert_array_equal(images[1].get_array(), [[0, 0, 0], [0, 2, -3]])
    assert_array_equal(images[2].get_array(), adversarial.reshape(2, 3))
    assert [image.get_clim() for image in images] == [(0.0, 6.0), (-3.0, 3.0), (0.0, 6.0)]
    assert images[1].get_cmap()(1.0)[0] > images[1].get_cmap()(1.0)[2]
    assert [panel.get_title() for panel in panels] == [
        "original\npredicted: 3",
        "difference\n$\\ell_2$ 3.61, $\\ell_\\infty$ 3",
        "adversarial\npredicted: $_8_$",
    ]
    assert len(panels[1].child_axes) == 1
    assert_allclose(panels[1].child_axes[0].get_xlim(), (-3.0, 3.0))


def test_images_may_be_given_in_their_shape_and_be_equal() -> None:
    image = np.full((2, 2), 7.0)
    panels = plot.adversarial_example(image, image, image_shape=(2, 2))
    assert_array_equal(panels[0].get_images()[0].get_array(), image)
    assert panels[1].get_images()[0].get_clim() == (-1.0, 1.0)
    assert plot.adversarial_example(np.zeros(3), np.zeros(3), image_shape=(1, 1, 3)).shape == (3,)


def test_colour_images_are_scaled_together_and_the_difference_is_the_channels_largest() -> None:
    original = np.array([[[0.0, 10.0, 20.0], [5.0, 5.0, 5.0]]])
    adversarial = np.array([[[1.0, 7.0, 22.0], [5.0, 5.0, 40.0]]])
    panels = plot.adversarial_example(original.reshape(-1), adversarial, image_shape=(1, 2, 3))
    assert_allclose(panels[0].get_images()[0].get_array(), original / 40)
    assert_allclose(panels[2].get_images()[0].get_array(), adversarial / 40)
    assert_array_equal(panels[1].get_images()[0].get_array(), [[-3.0, 35.0]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"adversarial": [1.0]}, "original has 2 columns, adversarial 1; give rows of the same space"),
        ({"original": [[1.0, 2.0]]}, r"original: must be one row of finite numbers, not .* of the shape \(1, 2\)"),
        ({"adversarial": [1.0, INF]}, "adversarial: must be one row of finite numbers"),
        ({"original": [], "adversarial": []}, "original: must be one row of finite numbers"),
        ({"labels": (1, 2, 3)}, "labels: must be a pair"),
        ({"feature_names": ["a"]}, "feature_names: has 1 names for 2 columns"),
        ({"image_shape": (2, 2)}, r"image_shape \(2, 2\): must be \(height, width\) or .* and hold 2 columns"),
        ({"image_shape": (2,)}, "image_shape"),
        ({"image_shape": (1, 1, 2)}, "image_shape"),
    ],
)
def test_adversarial_example_refuses(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plot.adversarial_example(**{"original": [1.0, 2.0], "adversarial": [1.0, 3.0], **arguments})
    assert pyplot.get_fignums() == []


# Objective.


def test_objective_is_the_trace_with_the_reason_of_its_end(iris: SimpleNamespace) -> None:
    for source in (iris.lmnn, iris.knn):
        ax = plot.objective(source)
        (line,) = ax.get_lines()
        assert_array_equal(line.get_xydata(), iris.lmnn.objective_trace_)
        assert len(line.get_xdata()) > 3
        (text,) = legend_of(ax)
        assert text.replace("\n", " ") == f"LMNN: {iris.lmnn.termination_.reason}"
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("iteration", "objective")


def test_objective_of_several_and_of_a_closed_form(iris: SimpleNamespace) -> None:
    robust = LMNN(perturbation_weight="auto", preprocess="standardize").fit(iris.X, iris.y)
    ax = plot.objective({"plain": iris.lmnn, "robust": robust, "GMML": GMML().fit(iris.X, iris.y)})
    first, second, third = ax.get_lines()
    assert_array_equal(first.get_xydata(), iris.lmnn.objective_trace_)
    assert_array_equal(second.get_xydata(), robust.objective_trace_)
    assert len(third.get_xdata()) == 0
    texts = [text.replace("\n", " ") for text in legend_of(ax)]
    assert texts == [
        f"plain: {iris.lmnn.termination_.reason}",
        f"robust: {robust.termination_.reason}",
        "GMML: closed form",
    ]
    assert len({line.get_linestyle() for line in (first, second, third)}) == 3
    assert len({to_rgba(line.get_color()) for line in (first, second, third)}) == 3


def test_objective_of_a_closed_form_alone(iris: SimpleNamespace) -> None:
    ax = plot.objective(GMML().fit(iris.X, iris.y))
    assert len(ax.get_lines()[0].get_xdata()) == 0
    assert legend_of(ax) == ["GMML: closed form"]


@pytest.mark.parametrize(("values", "scale"), [([1.0, 0.2], "linear"), ([1.0, 0.05], "log"), ([1.0, -0.05], "linear")])
def test_objective_is_logarithmic_where_it_falls_far(iris: SimpleNamespace, values: list[float], scale: str) -> None:
    learner = LMNN(preprocess="standardize").fit(iris.X, iris.y)
    learner.objective_trace_ = np.column_stack([[1.0, 2.0], values])
    ax = plot.objective(learner)
    assert ax.get_yscale() == scale
    assert ax.get_lines()[0].get_marker() == "None"
    learner.objective_trace_ = learner.objective_trace_[:1]
    assert plot.objective(learner).get_lines()[0].get_marker() == "o"


def test_objective_refuses_what_has_no_trace(iris: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="a model does not hold the trace of its fit"):
        plot.objective(iris.lmnn.model_)
    with pytest.raises(InputError, match="the classifier has no learner"):
        plot.objective(CertifiedKNeighborsClassifier(1).fit(iris.X, iris.y))
    with pytest.raises(NotFittedError):
        plot.objective({"a": LMNN()})
    with pytest.raises(InputError, match="estimator: is empty"):
        plot.objective({})
    assert pyplot.get_fignums() == []
