"""Triplets, adversarial margins and support points against the formulas in plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from holdfast import (
    LMNN,
    CertifiedKNeighborsClassifier,
    Euclidean,
    InputError,
    adversarial_margin,
    support_points,
    triplets_from_labels,
)

DUAL = {"l2": 2, "l1": np.inf, "linf": 1}
ORDER = {"l2": 2, "l1": 1, "linf": np.inf}


def slow_triplets(X: np.ndarray, y: np.ndarray, targets: int, impostors: int) -> list[tuple[int, int, int]]:
    found = []
    for i, row in enumerate(X):
        order = np.argsort(((X - row) ** 2).sum(axis=1), kind="stable")
        near = [j for j in order if y[j] == y[i] and j != i][:targets]
        far = [j for j in order if y[j] != y[i]][:impostors]
        found += [(i, int(j), int(k)) for j in near for k in far]
    return found


@pytest.mark.parametrize("targets, impostors", [(3, 10), (1, 2)])
def test_triplets_from_labels(targets: int, impostors: int, wine: Any) -> None:
    X, y = wine
    found = triplets_from_labels(X, y, targets, impostors)
    assert found.dtype == np.int32
    assert [tuple(triplet) for triplet in found.tolist()] == slow_triplets(X, y, targets, impostors)
    words = np.array(["b", "c", "a"])[y]
    np.testing.assert_array_equal(triplets_from_labels(X, words, targets, impostors), found)


def test_default_triplets_are_those_of_the_learners(wine: Any) -> None:
    X, y = wine
    triplets = triplets_from_labels(X, y)
    assert len(triplets) == 178 * 3 * 10 == LMNN(preprocess="none", refresh=0).fit(X, y).model_.facts["n_triplets"]


def test_small_classes_give_the_targets_that_they_have() -> None:
    X, y = np.array([[0.0], [1.0], [5.0], [9.0]]), [0, 0, 1, 1]
    assert triplets_from_labels(X, y, 3, 1).tolist() == [[0, 1, 2], [1, 0, 2], [2, 3, 1], [3, 2, 1]]


def slow_margins(X: np.ndarray, triplets: np.ndarray, L: np.ndarray, norm: str) -> np.ndarray:
    """[g]_+ / (2 |M (x_j - x_l)|_p*), g = D^2(x_i, x_l) - D^2(x_i, x_j)."""
    M = L.T @ L
    margins = []
    for i, j, k in triplets:
        to_impostor, to_target = X[i] - X[k], X[i] - X[j]
        gap = to_impostor @ M @ to_impostor - to_target @ M @ to_target
        margins.append(max(gap, 0.0) / (2 * np.linalg.norm(M @ (X[j] - X[k]), ord=DUAL[norm])))
    return np.array(margins)


def slow_points(X: np.ndarray, triplets: np.ndarray, L: np.ndarray) -> np.ndarray:
    """x_i - g / (2 q) M (x_j - x_l), q = |M (x_j - x_l)|_2^2."""
    M = L.T @ L
    points = []
    for i, j, k in triplets:
        to_impostor, to_target = X[i] - X[k], X[i] - X[j]
        gap = to_impostor @ M @ to_impostor - to_target @ M @ to_target
        direction = M @ (X[j] - X[k])
        points.append(X[i] - gap / (2 * direction @ direction) * direction)
    return np.array(points)


def metrics(X: np.ndarray, y: np.ndarray) -> dict[str, tuple[Any, np.ndarray]]:
    """Whatever may be given as the metric, with its L."""
    learner = LMNN(preprocess="standardize").fit(X, y)
    flat = np.random.default_rng(0).normal(size=(3, X.shape[1]))
    knn = CertifiedKNeighborsClassifier(learner=LMNN(n_components=2)).fit(X, y)
    return {
        "none": (None, np.eye(X.shape[1])),
        "learner": (learner, learner.components_),
        "classifier": (knn, knn.model_.components_),
        "model": (learner.model_, learner.components_),
        "array": (flat, flat),
        "list": (flat.tolist(), flat),
    }


@pytest.mark.parametrize("name", ["none", "learner", "classifier", "model", "array", "list"])
def test_margins_and_points_are_those_of_the_formulas(name: str, wine: Any) -> None:
    X, y = wine
    triplets = np.random.default_rng(0).integers(0, len(X), (300, 3))
    triplets = triplets[triplets[:, 1] != triplets[:, 2]]
    metric, L = metrics(X, y)[name]
    for norm in DUAL:
        margins = adversarial_margin(X, triplets, metric, norm=norm)
        np.testing.assert_allclose(margins, slow_margins(X, triplets, L, norm), rtol=1e-6, atol=1e-9)
        assert np.mean(margins == 0) > 0.1  # triplets that are broken already are among them
    np.testing.assert_allclose(support_points(X, triplets, metric), slow_points(X, triplets, L), rtol=1e-6, atol=1e-6)


def test_support_points_are_the_nearest_points_of_the_boundary(iris: Any) -> None:
    X, y = iris
    learner = LMNN().fit(X, y)
    triplets = triplets_from_labels(X, y, 2, 5)
    points = support_points(X, triplets, learner)
    near = learner.pair_distance(np.stack([points, X[triplets[:, 1]]], axis=1))
    far = learner.pair_distance(np.stack([points, X[triplets[:, 2]]], axis=1))
    np.testing.assert_allclose(near, far, rtol=1e-9)
    holds = learner.pair_distance(X[triplets[:, [0, 2]]]) > learner.pair_distance(X[triplets[:, [0, 1]]])
    lengths = np.linalg.norm(points - X[triplets[:, 0]], axis=1)
    np.testing.assert_allclose(adversarial_margin(X, triplets, learner)[holds], lengths[holds], rtol=1e-9)
    np.testing.assert_array_equal(adversarial_margin(X, triplets, learner)[~holds], 0.0)


@pytest.mark.parametrize("norm", DUAL)
def test_no_smaller_perturbation_breaks_a_triplet(norm: str, iris: Any) -> None:
    X, y = iris
    learner = LMNN().fit(X, y)
    triplets = triplets_from_labels(X, y, 2, 5)
    margins = adversarial_margin(X, triplets, learner, norm=norm)
    triplets, margins = triplets[margins > 0], margins[margins > 0]
    anchors, targets, impostors = (X[triplets[:, place]] for place in range(3))
    gradient = (targets - impostors) @ learner.get_mahalanobis_matrix()
    steepest = {  # of norm 1, the direction along which the gap falls most
        "l2": gradient / np.linalg.norm(gradient, axis=1, keepdims=True),
        "linf": np.sign(gradient),
        "l1": np.sign(gradient) * (np.abs(gradient) == np.abs(gradient).max(axis=1, keepdims=True)),
    }[norm]

    def gap(perturbed: np.ndarray) -> np.ndarray:
        near = learner.pair_distance(np.stack([perturbed, targets], axis=1))
        far: np.ndarray = learner.pair_distance(np.stack([perturbed, impostors], axis=1)) - near
        return far

    assert np.all(gap(anchors - (1 - 1e-6) * margins[:, np.newaxis] * steepest) > 0)
    assert np.all(gap(anchors - (1 + 1e-6) * margins[:, np.newaxis] * steepest) < 0)
    rng = np.random.default_rng(0)
    for _ in range(20):
        steps = rng.normal(size=anchors.shape)
        steps /= np.linalg.norm(steps, ord=ORDER[norm], axis=1, keepdims=True)
        assert np.all(gap(anchors + margins[:, np.newaxis] * steps) > -1e-9)


def test_results_are_in_the_order_of_the_triplets(iris: Any) -> None:
    X, y = iris
    triplets = triplets_from_labels(X, y, 2, 2)
    order = np.random.default_rng(0).integers(0, len(triplets), 500)  # some of them more than once
    np.testing.assert_allclose(
        adversarial_margin(X, triplets[order]), slow_margins(X, triplets[order], np.eye(4), "l2"), rtol=1e-9
    )
    np.testing.assert_allclose(
        support_points(X, triplets[order]), slow_points(X, triplets[order], np.eye(4)), rtol=1e-9
    )


def test_the_scale_of_the_metric_does_not_matter(iris: Any) -> None:
    X, y = iris
    triplets = triplets_from_labels(X, y, 1, 3)
    L = LMNN().fit(X, y).components_
    np.testing.assert_allclose(adversarial_margin(X, triplets, 1e3 * L), adversarial_margin(X, triplets, L), rtol=1e-12)


def test_of_rows_that_are_not_affine_the_preprocessed_ones_are_given(wine: Any) -> None:
    X, y = wine
    learner = LMNN(preprocess="unit").fit(X, y)
    rows = learner.model_.prepare(X)
    triplets = triplets_from_labels(rows, y, 1, 2)
    np.testing.assert_allclose(
        adversarial_margin(rows, triplets, learner), slow_margins(rows, triplets, learner.components_, "l2"), rtol=1e-6
    )


@pytest.mark.parametrize("data", ["digits", "wine", "iris"])
def test_the_perturbation_loss_enlarges_margins(data: str, request: pytest.FixtureRequest) -> None:
    X, y = request.getfixturevalue(data)
    triplets = triplets_from_labels(X, y)
    plain = LMNN(preprocess="none").fit(X, y)
    robust = LMNN(preprocess="none", perturbation_weight="auto*1").fit(X, y)
    before, after = (adversarial_margin(X, triplets, learner) for learner in (plain, robust))
    assert after.mean() > 1.02 * before.mean()
    assert np.mean(after >= robust.derived_["perturbation_margin"]) > np.mean(
        before >= robust.derived_["perturbation_margin"]
    )


def test_derived_margins_are_the_quantile_of_the_margins_at_the_start(wine: Any) -> None:
    X, y = wine
    learner = LMNN(preprocess="minmax", perturbation_weight="auto").fit(X, y)
    rows = Euclidean(preprocess="minmax").fit_transform(X, y)
    margins = adversarial_margin(rows, triplets_from_labels(rows, y))
    assert learner.derived_["perturbation_margin"] == pytest.approx(np.quantile(margins, 0.9), rel=0.01)


# Edges and refusals.


def test_a_triplet_whose_target_and_impostor_coincide() -> None:
    X = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_array_equal(adversarial_margin(X, [[0, 1, 2]]), [0.0])
    np.testing.assert_array_equal(support_points(X, [[0, 1, 2]]), [[0.0, 0.0]])


def test_no_triplets(iris: Any) -> None:
    none = np.empty((0, 3), dtype=int)
    assert adversarial_margin(iris[0], none).shape == (0,)
    assert support_points(iris[0], none).shape == (0, 4)


@pytest.mark.parametrize(
    "triplets, text",
    [
        ([[0, 1]], r"triplets: must hold row numbers of anchor, target and impostor, of the shape \(n, 3\)"),
        ([0, 1, 2], "triplets: must hold row numbers"),
        ([[0.0, 1.0, 2.0]], "triplets: must hold row numbers"),
        ([["a", "b", "c"]], "triplets: must hold row numbers"),
        ([[True, False, True]], "triplets: must hold row numbers"),
        ([[0, 1, 150]], "row 150 is out of range; valid rows are 0 to 149"),
        ([[0, 1, -1]], "row -1 is out of range; valid rows are 0 to 149"),
        ([[0, 1, 2**32 + 2]], "row 4294967298 is out of range; valid rows are 0 to 149"),
        (np.array([[0, 1, 2**64 - 1]], dtype=np.uint64), "row 18446744073709551615 is out of range"),
    ],
)
def test_refused_triplets(triplets: Any, text: str, iris: Any) -> None:
    for function in (adversarial_margin, support_points):
        with pytest.raises(InputError, match=text):
            function(iris[0], triplets)


def test_other_refusals(iris: Any) -> None:
    X, y = iris
    with pytest.raises(InputError, match="the rows have 4 columns, and the metric is of 3"):
        adversarial_margin(X, [[0, 1, 2]], np.eye(3))
    with pytest.raises(InputError, match='norm "l3": must be l2, l1 or linf'):
        adversarial_margin(X, [[0, 1, 2]], norm="l3")
    with pytest.raises(ValueError, match="This LMNN instance is not fitted yet"):
        adversarial_margin(X, [[0, 1, 2]], LMNN())
    with pytest.raises(ValueError, match="contains NaN"):
        adversarial_margin(X, [[0, 1, 2]], np.full((2, 4), np.nan))
    with pytest.raises(InputError, match="neighbors 0: must be at least 1"):
        triplets_from_labels(X, y, 0)
    with pytest.raises(InputError, match='all 150 rows have the label "1"'):
        triplets_from_labels(X, np.ones(150, dtype=int))
    with pytest.raises(TypeError, match="n_neighbors 2.5: must be an integer"):
        triplets_from_labels(X, y, 2.5)  # type: ignore[arg-type]
