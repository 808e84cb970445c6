"""Certificates against their definition, and against perturbations that they speak of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from holdfast import (
    GMML,
    LMNN,
    Attacks,
    Certificates,
    CertifiedKNeighborsClassifier,
    Euclidean,
    InputError,
    certified_accuracy_curve,
)

DUAL = {"l2": 2, "l1": np.inf, "linf": 1}
ORDER = {"l2": 2, "l1": 1, "linf": np.inf}
NORMS = list(DUAL)

every_norm = pytest.mark.parametrize("norm", NORMS)


@pytest.fixture(scope="module")
def knn(digits: Any) -> CertifiedKNeighborsClassifier:
    X, y = digits
    return CertifiedKNeighborsClassifier(1, learner=LMNN(perturbation_weight="auto")).fit(X[:300], y[:300])


@pytest.fixture(scope="module")
def rows(digits: Any) -> tuple[np.ndarray, np.ndarray]:
    return digits[0][300:360], digits[1][300:360]


def prepared(knn: Any, X: np.ndarray) -> np.ndarray:
    rows: np.ndarray = knn.model_.prepare(np.ascontiguousarray(X))
    return rows


def slow_bound(knn: Any, z: np.ndarray, label: Any, k: int, dual: float) -> float:
    """The s-th smallest over rows l of others of the s-th largest over rows i of the class of
    [D^2(z, x_l) - D^2(z, x_i)]_+ / (2 |M (x_i - x_l)|_p*), in preprocessed units."""
    core = knn.model_.core
    L, reference = core.map, core.reference
    same = knn.classes_[knn.model_._encoding.order[core.codes]] == label
    squared = (((z - reference) @ L.T) ** 2).sum(axis=1)
    per_other = []
    images = reference @ (L.T @ L)
    for other in np.flatnonzero(~same):
        difference = images[same] - images[other]
        gap = np.maximum(squared[other] - squared[same], 0)
        bounds = gap / (2 * np.linalg.norm(difference, ord=dual, axis=1))
        per_other.append(np.sort(bounds)[::-1][(k - 1) // 2])
    return float(np.sort(per_other)[(k - 1) // 2])


@every_norm
@pytest.mark.parametrize("k", [1, 3, 5])
def test_bounds_are_those_of_the_definition(k: int, norm: str, knn: Any, rows: Any) -> None:
    knn = CertifiedKNeighborsClassifier.from_model(knn.model_, k)
    X, y = rows[0][:15], rows[1][:15]
    found = knn.certify(X, y, norm=norm)
    for row, z in enumerate(prepared(knn, X)):
        wanted = slow_bound(knn, z, y[row], k, DUAL[norm]) if found.predicted[row] == y[row] else 0.0
        assert found.radius[row] == pytest.approx(wanted, rel=1e-9)
        assert found.radius[row] <= wanted


def slow_exact(knn: Any, z: np.ndarray, label: Any) -> float:
    """The least |delta| over rows l of others such that z + delta is as near to l as to all rows of the class: the
    distance of a polyhedron {delta: G delta >= h} from 0, by Lawson and Hanson's non-negative least squares."""
    core = knn.model_.core
    L, reference = core.map, core.reference
    same = knn.classes_[knn.model_._encoding.order[core.codes]] == label
    squared = (((z - reference) @ L.T) ** 2).sum(axis=1)
    best = np.inf
    for other in np.flatnonzero(~same):
        G = (reference[other] - reference[same]) @ L.T @ L
        h = (squared[other] - squared[same]) / 2
        target = np.append(np.zeros(G.shape[1]), 1.0)
        weights, _ = nnls(np.vstack([G.T, h]), target, maxiter=10_000)
        residual = np.vstack([G.T, h]) @ weights - target
        best = min(best, float(np.linalg.norm(residual[:-1] / residual[-1])))
    return best


def test_exact_radii_are_the_smallest_perturbations(wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(1, learner=LMNN()).fit(X[::3], y[::3])
    found = knn.certify(X[1::9], method="exact")
    for row, z in enumerate(prepared(knn, X[1::9])):
        assert found.radius[row] == pytest.approx(slow_exact(knn, z, found.predicted[row]), rel=1e-6)


def test_order_of_the_methods(knn: Any, rows: Any) -> None:
    radius = {method: knn.certify(*rows, method=method).radius for method in ("fast", "bound", "exact")}
    radius["attack"] = knn.attack(*rows).radius
    assert np.all(radius["fast"] <= radius["bound"])
    assert np.all(radius["bound"] <= radius["exact"])
    assert np.all(radius["exact"] <= radius["attack"])
    assert np.mean(radius["bound"]) < np.mean(radius["exact"])
    np.testing.assert_allclose(radius["attack"], radius["exact"], rtol=1e-6)  # of one neighbour in l2 they meet
    for norm in ("l1", "linf"):
        assert np.all(knn.certify(*rows, norm=norm).radius <= knn.attack(*rows, norm=norm).radius)
    three = CertifiedKNeighborsClassifier.from_model(knn.model_, 3)
    assert np.all(three.certify(*rows).radius <= three.attack(*rows).radius)


def changed(knn: Any, before: np.ndarray, perturbed: np.ndarray, space: str) -> np.ndarray:
    """Which predictions perturbed rows change, by plain distances to the reference rows."""
    core = knn.model_.core
    moved = prepared(knn, perturbed) if space == "raw" else perturbed
    Z, reference = moved @ core.map.T, core.reference @ core.map.T
    distances = ((Z[:, np.newaxis] - reference) ** 2).sum(axis=2)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, : knn.n_neighbors]
    labels = knn.classes_[knn.model_._encoding.order[core.codes]][nearest]
    votes = (labels[:, :, np.newaxis] == labels[:, np.newaxis]).sum(axis=2)
    winners = labels[np.arange(len(labels)), votes.argmax(axis=1)]
    return np.asarray(winners != before)


@every_norm
@pytest.mark.parametrize("space", ["preprocessed", "raw"])
@pytest.mark.parametrize("k", [1, 3])
def test_no_perturbation_inside_a_radius_changes_a_prediction(k: int, space: str, norm: str, wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(k, learner=LMNN(preprocess="standardize")).fit(X[::2], y[::2])
    tested = X[1::4]
    certificates = knn.certify(tested, norm=norm, space=space)
    before = tested if space == "raw" else prepared(knn, tested)
    rng = np.random.default_rng(0)
    toward = knn.attack(tested, norm=norm, space=space).adversarial - before  # the worst direction, and random ones
    for draw in range(40):
        steps = toward if draw == 0 else rng.normal(size=before.shape) * (rng.random(before.shape) < rng.random())
        length = np.linalg.norm(steps, ord=ORDER[norm], axis=1, keepdims=True)
        steps = np.divide(steps, length, out=np.zeros_like(steps), where=length > 0)
        perturbed = before + (1 - 1e-9) * certificates.radius[:, np.newaxis] * steps
        assert not changed(knn, certificates.predicted, perturbed, space).any()
    assert certificates.radius.min() > 0


@pytest.mark.parametrize("space", ["preprocessed", "raw"])
def test_witnesses_lie_just_outside(space: str, wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(1, learner=LMNN(preprocess="standardize")).fit(X[::2], y[::2])
    tested = X[1::2]
    exact = knn.certify(tested, method="exact", space=space)
    before = tested if space == "raw" else prepared(knn, tested)
    assert exact.witness is not None
    moves = exact.witness - before
    np.testing.assert_allclose(np.linalg.norm(moves, axis=1), exact.radius, rtol=1e-8)
    assert changed(knn, exact.predicted, exact.witness, space).all()


@every_norm
@pytest.mark.parametrize("k", [1, 3])
def test_attacks_change_predictions(k: int, norm: str, knn: Any, rows: Any) -> None:
    knn = CertifiedKNeighborsClassifier.from_model(knn.model_, k)
    X, y = rows
    attacks = knn.attack(X, y, norm=norm, random_state=3)
    assert isinstance(attacks, Attacks)
    right = attacks.predicted == y
    np.testing.assert_array_equal(attacks.predicted, knn.predict(X))
    assert set(attacks.kind[right]) == {"upper bound"}
    assert np.all(attacks.radius[~right] == 0)
    before = prepared(knn, X)
    sizes = np.linalg.norm(attacks.adversarial - before, ord=ORDER[norm], axis=1)
    np.testing.assert_allclose(sizes[right], attacks.radius[right], rtol=1e-9)
    np.testing.assert_array_equal(attacks.adversarial[~right], before[~right])
    assert changed(knn, attacks.predicted, attacks.adversarial, "preprocessed")[right].all()
    assert np.all(attacks.adversarial_label[right] != y[right])
    np.testing.assert_array_equal(attacks.adversarial_label[~right], attacks.predicted[~right])


def test_adversarial_rows_in_raw_units_fool_the_classifier(wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(3, learner=GMML()).fit(X[::2], y[::2])
    attacks = knn.attack(X[1::2], space="raw")
    np.testing.assert_array_equal(knn.predict(attacks.adversarial), attacks.adversarial_label)
    assert np.all(attacks.adversarial_label != attacks.predicted)


def test_more_tries_and_other_seeds(knn: Any, rows: Any) -> None:
    three = CertifiedKNeighborsClassifier.from_model(knn.model_, 3)
    none = three.attack(*rows, n_tries=0).radius
    some = three.attack(*rows, n_tries=300).radius
    assert np.all(some <= none)
    np.testing.assert_array_equal(some, three.attack(*rows, n_tries=300, random_state=0).radius)
    assert np.any(some != three.attack(*rows, n_tries=300, random_state=1).radius)


# Labels.


def test_a_wrong_prediction_has_radius_zero(knn: Any, rows: Any) -> None:
    X, y = rows
    wrong = np.where(np.arange(len(y)) % 3 == 0, (y + 1) % 10, y)
    for certificates in (knn.certify(X, wrong), knn.certify(X, wrong, method="exact"), knn.attack(X, wrong)):
        np.testing.assert_array_equal(certificates.label, wrong)
        np.testing.assert_array_equal(certificates.radius == 0, certificates.predicted != wrong)


def test_without_labels_each_prediction_is_held_to_itself(knn: Any, rows: Any) -> None:
    X, y = rows
    alone, labelled = knn.certify(X), knn.certify(X, y)
    np.testing.assert_array_equal(alone.label, alone.predicted)
    right = labelled.predicted == y
    np.testing.assert_array_equal(alone.radius[right], labelled.radius[right])
    assert np.all(alone.radius > 0)


def test_where_no_perturbation_changes_a_prediction() -> None:
    X, y = np.array([[0.0], [1.0], [2.0], [9.0]]), np.array(["a", "a", "a", "b"])
    knn = CertifiedKNeighborsClassifier(3).fit(X, y)
    for certificates in (knn.certify([[0.5]]), knn.attack([[0.5]])):
        assert certificates.radius[0] == certificates.mean_radius == np.inf
        assert certificates.certified_accuracy(1e300) == 1.0
    attacks = knn.attack([[0.5]])
    with pytest.raises(ValueError, match="no row has an adversarial example"):
        attacks.adversarial  # noqa: B018
    assert CertifiedKNeighborsClassifier(1).fit(X, y).certify([[0.5]], method="exact").radius[0] == pytest.approx(5.0)


def test_rows_that_coincide_with_others() -> None:
    X, y = np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]]), np.array([1, 2, 2])
    knn = CertifiedKNeighborsClassifier(1).fit(X, y)
    for method in ("bound", "exact"):
        np.testing.assert_array_equal(knn.certify([[0.0, 0.0], [0.1, 0.0]], method=method).radius, 0.0)


# Units.


def test_raw_units_of_standardised_rows(wine: Any) -> None:
    """A radius in raw units, measured with each column in units of its deviation, is that of preprocessed rows."""
    X, y = wine
    knn = CertifiedKNeighborsClassifier(1, learner=LMNN(preprocess="standardize")).fit(X[::2], y[::2])
    inverse = 1 / X[::2].var(axis=0)
    for method in ("bound", "exact"):
        plain = knn.certify(X[1::2], method=method)
        for ellipsoid in (inverse, np.diag(inverse)):
            raw = knn.certify(X[1::2], method=method, space="raw", ellipsoid=ellipsoid)
            np.testing.assert_allclose(raw.radius, plain.radius, rtol=1e-6)
            assert (raw.norm, raw.space) == ("ellipsoid", "raw")
    shifted = CertifiedKNeighborsClassifier(1, learner=Euclidean(preprocess="center")).fit(X[::2], y[::2])
    np.testing.assert_allclose(shifted.certify(X[1::2], space="raw").radius, shifted.certify(X[1::2]).radius, rtol=1e-9)


def test_an_ellipsoid_of_scaled_columns(digits: Any) -> None:
    X, y = digits
    scale = np.linspace(0.5, 2.0, X.shape[1])
    knn = CertifiedKNeighborsClassifier(1).fit(X[:300], y[:300])
    radius = knn.certify(X[300:340], ellipsoid=np.full(X.shape[1], 4.0)).radius
    np.testing.assert_allclose(radius, 2 * knn.certify(X[300:340]).radius, rtol=1e-9)
    exact = knn.certify(X[300:340], ellipsoid=scale, method="exact")
    assert exact.witness is not None
    moves = exact.witness - X[300:340]
    np.testing.assert_allclose(np.sqrt(moves**2 @ scale), exact.radius, rtol=1e-8)
    assert np.all(knn.certify(X[300:340], ellipsoid=scale).radius <= exact.radius)
    assert np.all(exact.radius <= knn.attack(X[300:340], ellipsoid=scale).radius)


def test_steps_that_are_not_affine_have_no_raw_units(wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(1, learner=LMNN(preprocess="standardize,unit")).fit(X, y)
    certificates = knn.certify(X[:5])
    assert (certificates.space, certificates.units) == ("preprocessed", "preprocessed units (standardize,unit)")
    for call in (knn.certify, knn.attack):
        with pytest.raises(InputError, match="unit") as refused:
            call(X[:5], space="raw")
        assert "raw" in str(refused.value) and "preprocessed" in str(refused.value)


def test_what_certificates_say_of_themselves(knn: Any, rows: Any) -> None:
    certificates = knn.certify(*rows, norm="linf", method="fast")
    assert isinstance(certificates, Certificates)
    assert len(certificates) == len(rows[0])
    assert (certificates.norm, certificates.method, certificates.space) == ("linf", "fast", "preprocessed")
    assert certificates.units == "preprocessed units (center)"
    assert certificates.n_neighbors == 1
    assert certificates.witness is None
    assert set(certificates.kind) == {"lower bound"}
    assert set(knn.certify(rows[0], method="exact").kind) == {"exact"}
    assert certificates.mean_radius == np.mean(certificates.radius)
    assert certificates.median_radius == np.median(certificates.radius)
    assert "witness" not in repr(certificates)
    frame = certificates.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["row", "label", "predicted", "norm", "method", "radius", "space", "upper"]
    np.testing.assert_array_equal(frame["radius"], certificates.radius)


# Boxes.


@pytest.mark.parametrize("box", [(0, 1), (0, np.inf), "per column"])
def test_perturbed_rows_keep_to_the_box(box: Any, digits: Any) -> None:
    X, y = digits
    limits = (X[:400].min(axis=0) - 0.01, X[:400].max(axis=0) + 0.01) if box == "per column" else box
    inside = X[400:440].clip(*limits)
    knn = CertifiedKNeighborsClassifier(1).fit(X[:400], y[:400])
    free = knn.certify(inside, method="exact")
    exact = knn.certify(inside, method="exact", box=limits)
    attacks = knn.attack(inside, box=limits)
    assert np.all(exact.radius >= free.radius * (1 - 1e-9))
    assert np.mean(exact.radius) > np.mean(free.radius) * 1.0001
    assert np.all(exact.radius <= attacks.radius)
    for witness in (exact.witness, attacks.adversarial):
        assert np.all(witness >= limits[0]) and np.all(witness <= limits[1])
    assert changed(knn, exact.predicted, attacks.adversarial, "preprocessed").all()
    np.testing.assert_array_equal(knn.certify(inside, box=limits).radius, knn.certify(inside).radius)


# Certified accuracy.


def test_certified_accuracy_is_the_share_of_larger_radii(knn: Any, rows: Any) -> None:
    certificates = knn.certify(*rows)
    for eps in (0.0, 0.1, 0.3, *certificates.radius[:5], np.inf):
        assert certificates.certified_accuracy(eps) == pytest.approx(np.mean(certificates.radius > eps), abs=1e-15)
    assert certificates.certified_accuracy(0) == np.mean(certificates.predicted == rows[1])
    sizes = np.array([[0.0, 0.2], [0.4, 9.0]])
    shares = certificates.certified_accuracy(sizes)
    np.testing.assert_allclose(shares, (certificates.radius > sizes[:, :, np.newaxis]).mean(axis=2), atol=1e-15)
    assert isinstance(certificates.certified_accuracy(0.1), float)


def test_curve(knn: Any, rows: Any) -> None:
    certificates = knn.certify(*rows)
    eps, accuracy = certified_accuracy_curve(certificates)
    assert (len(eps), eps[0], eps[-1]) == (201, 0.0, certificates.radius.max())
    assert accuracy[0] == certificates.certified_accuracy(0)
    assert accuracy[-1] == 0.0
    assert np.all(np.diff(accuracy) <= 0)
    eps, accuracy = certified_accuracy_curve(certificates, [0.1, 0.5])
    np.testing.assert_array_equal(accuracy, certificates.certified_accuracy([0.1, 0.5]))
    assert len(certified_accuracy_curve(certificates, n_points=11)[0]) == 11
    attacked = certified_accuracy_curve(knn.attack(*rows), [0.1, 0.5])[1]
    assert np.all(attacked >= accuracy)


def test_the_perturbation_loss_raises_certified_accuracy(digits: Any) -> None:
    X, y = digits
    plain, robust = (
        CertifiedKNeighborsClassifier(1, learner=LMNN(perturbation_weight=weight)).fit(X[:1000], y[:1000])
        for weight in (None, "auto")
    )
    before, after = plain.certify(X[1000:1300], y[1000:1300]), robust.certify(X[1000:1300], y[1000:1300])
    assert after.mean_radius > 1.3 * before.mean_radius
    assert after.certified_accuracy(0.3) > before.certified_accuracy(0.3) + 0.05


# Refusals.


@pytest.mark.parametrize(
    "threat, kind, text",
    [
        ({"norm": "l3"}, ValueError, 'norm "l3": must be l2, l1 or linf'),
        ({"norm": 2}, TypeError, "norm 2: must be a text"),
        ({"nrom": "l2"}, TypeError, "unexpected keyword argument 'nrom'"),
        ({"method": "attack"}, ValueError, 'method "attack": must be fast, bound or exact; upper bounds come from'),
        ({"method": "exact", "time_limit": 0}, ValueError, "time_limit 0: must be above 0 seconds"),
        ({"method": "exact", "norm": "l1", "max_nodes": -1}, ValueError, "max_nodes -1: must be at least 0"),
        ({"space": "x"}, ValueError, 'space "x": must be preprocessed or raw'),
        ({"box": (1, 0)}, ValueError, "box: must be the least and the greatest value"),
        ({"box": (0, np.nan)}, ValueError, "box: must be the least and the greatest value"),
        ({"box": (0,)}, ValueError, "box: must be the least and the greatest value"),
        ({"box": 3}, (TypeError, ValueError), "box: must be the least and the greatest value"),
        ({"box": (np.zeros(3), 1)}, ValueError, "box: must be the least and the greatest value"),
        ({"box": (5, 9), "method": "exact"}, ValueError, "box: row 0 has 3.5 in column 2, outside its limits 5 and 9"),
        ({"norm": "ellipsoid"}, ValueError, 'norm "ellipsoid": give its matrix A, of sqrt'),
        ({"ellipsoid": np.eye(3)}, ValueError, "ellipsoid: is of 3 dimensions; the perturbed rows have 4 columns"),
        ({"ellipsoid": np.ones(3)}, ValueError, "ellipsoid: is of 3 dimensions; the perturbed rows have 4 columns"),
        ({"ellipsoid": -np.ones(4)}, ValueError, "the matrix of an ellipsoid must be positive definite"),
        ({"ellipsoid": np.full(4, np.nan)}, ValueError, "ellipsoid"),
        ({"ellipsoid": np.eye(4) + np.eye(4, k=1)}, ValueError, "ellipsoid must be symmetric"),
    ],
)
def test_refused_threats(threat: dict[str, Any], kind: Any, text: str, iris: Any) -> None:
    knn = CertifiedKNeighborsClassifier(1).fit(*iris)
    with pytest.raises(kind, match=text):
        knn.certify(iris[0], **threat)


def test_refusals_of_attacks(iris: Any) -> None:
    knn = CertifiedKNeighborsClassifier(1).fit(*iris)
    with pytest.raises(ValueError, match="tries -1: must be"):
        knn.attack(iris[0], n_tries=-1)
    with pytest.raises(TypeError, match="n_tries 1.5: must be an integer"):
        knn.attack(iris[0], n_tries=1.5)  # type: ignore[arg-type]
