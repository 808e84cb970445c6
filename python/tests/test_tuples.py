"""Pairs and triplets of points, as points and as indices."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.metrics import get_scorer, roc_auc_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from holdfast import (
    AML,
    ARML,
    GMML,
    ITML,
    LFDA,
    LMNN,
    LSML,
    NCA,
    RCA,
    SCML,
    Covariance,
    Euclidean,
    HoldfastWarning,
    InputError,
    ITML_Supervised,
    sample_pairs,
    triplets_from_labels,
)
from holdfast._core import methods
from holdfast.learners import all_learners

FROM_PAIRS = [all_learners()[m["name"]] for m in methods() if "pairs" in m["learns_from"]]
FROM_TRIPLETS = [all_learners()[m["name"]] for m in methods() if "triplets" in m["learns_from"]]


def pairs_of(y: np.ndarray, count: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Indices of pairs, and their labels, mixed."""
    similar, dissimilar = sample_pairs(y, count, random_state=0)
    order = np.random.default_rng(0).permutation(len(similar) + len(dissimilar))
    labels = np.repeat([1, -1], [len(similar), len(dissimilar)])
    return np.concatenate([similar, dissimilar])[order], labels[order]


def distances(learner: Any, X: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    Z = learner.transform(X)
    lengths: np.ndarray = np.linalg.norm(Z[pairs[:, 0]] - Z[pairs[:, 1]], axis=1)
    return lengths


def test_which_learners() -> None:
    assert set(FROM_PAIRS) == {Euclidean, Covariance, GMML, AML} | {all_learners()[name] for name in ("itml", "mmc", "sdml")}
    assert set(FROM_TRIPLETS) == {Euclidean, Covariance, LMNN, SCML, ARML}


@pytest.mark.parametrize("learner", FROM_PAIRS)
def test_pairs(learner: Any, wine: Any) -> None:
    X, y = wine
    pairs, labels = pairs_of(y)
    fitted = learner().fit(X[pairs], labels)
    by_index = learner(preprocessor=X).fit(pairs, labels)
    by_function = learner(preprocessor=lambda indices: X[indices]).fit(pairs, labels)
    rows = np.unique(pairs)
    assert len(rows) == len(X)  # otherwise the preprocessing would see other rows
    M = by_index.get_mahalanobis_matrix()
    np.testing.assert_allclose(fitted.get_mahalanobis_matrix(), M, rtol=1e-6, atol=1e-6 * np.abs(M).max())
    np.testing.assert_array_equal(by_function.components_, by_index.components_)
    np.testing.assert_allclose(fitted.pair_distance(X[pairs]), distances(fitted, X, pairs), rtol=1e-12)
    np.testing.assert_array_equal(by_index.pair_distance(pairs), by_index.pair_distance(X[pairs]))
    np.testing.assert_array_equal(by_index.pair_score(pairs), -by_index.pair_distance(pairs))
    np.testing.assert_array_equal(by_index.decision_function(pairs), by_index.pair_score(pairs))
    assert by_index.score(pairs, labels) == roc_auc_score(labels, -distances(by_index, X, pairs))
    np.testing.assert_array_equal(by_index.transform(np.arange(178)), by_index.transform(X))
    assert fitted.n_features_in_ == by_index.n_features_in_ == 13


@pytest.mark.parametrize("learner", FROM_PAIRS)
def test_threshold(learner: Any, wine: Any) -> None:
    X, y = wine
    pairs, labels = pairs_of(y)
    fitted = learner(preprocessor=X).fit(pairs, labels)
    lengths = distances(fitted, X, pairs)
    np.testing.assert_array_equal(fitted.predict(pairs), np.where(lengths <= fitted.threshold_, 1, -1))
    right = (fitted.predict(pairs) == labels).mean()
    assert right == max((np.where(lengths <= other, 1, -1) == labels).mean() for other in [*lengths, 0.0])
    assert right > 0.7 or learner is Covariance  # which learns nothing from them
    assert fitted.set_threshold(1.5) is fitted
    np.testing.assert_array_equal(fitted.predict(pairs) == 1, lengths <= 1.5)
    assert fitted.set_threshold(fitted.pair_distance(pairs[:1])[0]).predict(pairs[:1]) == [1]


@pytest.mark.parametrize("learner", FROM_TRIPLETS)
def test_triplets(learner: Any, wine: Any) -> None:
    X, y = wine
    triplets = triplets_from_labels(X / X.std(axis=0), y, 2, 4)
    fitted = learner().fit(X[triplets])
    by_index = learner(preprocessor=X).fit(triplets)
    by_function = learner(preprocessor=lambda indices: X[indices]).fit(triplets)
    assert len(np.unique(triplets)) == len(X)
    np.testing.assert_array_equal(by_function.components_, by_index.components_)
    if learner is not ARML:  # which draws among the triplets, by the order of the rows
        np.testing.assert_allclose(
            fitted.get_mahalanobis_matrix(), by_index.get_mahalanobis_matrix(), rtol=1e-2, atol=1e-4
        )
    near, far = distances(by_index, X, triplets[:, [0, 1]]), distances(by_index, X, triplets[:, [0, 2]])
    np.testing.assert_allclose(by_index.decision_function(triplets), far - near, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(by_index.predict(triplets), np.where(far > near, 1, -1))
    assert by_index.score(triplets) == np.mean(far > near)
    unlearned = Euclidean(preprocessor=X).fit(triplets)
    assert by_index.score(triplets) >= unlearned.score(triplets) or learner is Covariance
    np.testing.assert_array_equal(by_index.decision_function(X[triplets]), by_index.decision_function(triplets))


def test_a_preprocessor_turns_indices_into_rows(wine: Any) -> None:
    X, y = wine
    plain = LMNN().fit(X[20:150], y[20:150])
    for table in (X, X.tolist(), lambda indices: X[indices]):
        fitted = LMNN(preprocessor=table).fit(np.arange(20, 150), y[20:150])
        np.testing.assert_array_equal(fitted.components_, plain.components_)
        np.testing.assert_array_equal(fitted.transform([3, 1, 2]), plain.transform(X[[3, 1, 2]]))
        np.testing.assert_array_equal(fitted.transform(X[:3]), plain.transform(X[:3]))


def test_a_preprocessor_of_other_indices() -> None:
    points = {"a": [0.0, 0.0], "b": [0.0, 1.0], "c": [5.0, 0.0], "d": [5.0, 1.0]}
    fitted = GMML(preprocessor=lambda names: np.array([points[name] for name in names])).fit(
        np.array([["a", "b"], ["c", "d"], ["a", "c"], ["b", "d"]]), [1, 1, -1, -1]
    )
    assert fitted.predict([["a", "d"], ["a", "b"]]).tolist() == [-1, 1]


def test_rows_of_the_preprocessor_that_no_pair_names_are_preprocessed_with_the_rest(wine: Any) -> None:
    X, y = wine
    pairs = np.array([[0, 1], [2, 3], [0, 100], [1, 120]])
    fitted = GMML(preprocessor=X, preprocess="standardize", regularization=0.1).fit(pairs, [1, 1, -1, -1])
    assert fitted.model_.facts["n"] == 178
    np.testing.assert_allclose(fitted.model_.reference.std(axis=0), 1.0)


def test_scorers_of_scikit_learn_judge_pairs(iris: Any) -> None:
    X, y = iris
    pairs, labels = pairs_of(y)
    fitted = ITML(preprocessor=X).fit(pairs, labels)
    np.testing.assert_array_equal(fitted.classes_, [-1, 1])
    assert is_classifier(fitted)
    for scoring in ("accuracy", "f1", "roc_auc", "average_precision", "precision", "recall"):
        scores = cross_val_score(ITML(preprocessor=X), pairs, labels, scoring=scoring)
        assert np.all((scores > 0.5) & (scores <= 1)), scoring
    by_hand = roc_auc_score(labels, -fitted.pair_distance(pairs))
    assert get_scorer("roc_auc")(fitted, pairs, labels) == pytest.approx(by_hand)
    on_rows = ITML().fit(X, y)
    assert not is_classifier(on_rows)
    with pytest.raises(AttributeError, match="classes_: only an estimator fitted on tuples of points has them"):
        _ = on_rows.classes_


def test_points_that_occur_often_count_once(iris: Any) -> None:
    X, _ = iris
    pairs = np.array([[0, 1], [0, 2], [0, 60], [1, 60]])
    fitted = GMML(preprocess="none", regularization=0.1).fit(X[pairs], [1, 1, -1, -1])
    assert fitted.model_.facts["n"] == 4


def test_what_only_tuples_give(wine: Any) -> None:
    X, y = wine
    pairs, labels = pairs_of(y)
    fitted = GMML(preprocessor=X)
    names = ("decision_function", "predict", "score", "set_threshold", "calibrate_threshold")
    assert not any(hasattr(learner(), name) for name in names for learner in (NCA, LFDA, RCA, GMML, LMNN, ITML_Supervised))
    # Cross-validation asks before it fits.
    assert all(hasattr(estimator, name) for name in names for estimator in (fitted, ITML(), AML()))
    assert [hasattr(SCML(), name) for name in names] == [True, True, True, False, False]
    for call in (lambda: ITML().predict(X[pairs]), lambda: ITML().score(X[pairs]), lambda: ITML().set_threshold(1.0)):
        with pytest.raises(NotFittedError):
            call()
    fitted.fit(pairs, labels)
    assert all(hasattr(fitted, name) for name in names)
    fitted.fit(np.arange(178), y)
    assert not any(hasattr(fitted, name) for name in names)
    triplets = triplets_from_labels(X, y, 1, 1)
    of_triplets = LMNN(preprocessor=X).fit(triplets)
    assert [hasattr(of_triplets, name) for name in names] == [True, True, True, False, False]


def test_clone_and_pickle(wine: Any) -> None:
    X, y = wine
    pairs, labels = pairs_of(y)
    fitted = AML(preprocessor=X).fit(pairs, labels)
    restored = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(restored.predict(pairs), fitted.predict(pairs))
    np.testing.assert_array_equal(clone(fitted).fit(pairs, labels).components_, fitted.components_)


def test_fitted_on_points_it_takes_no_tuples_of_another_size(wine: Any) -> None:
    X, y = wine
    fitted = LMNN().fit(X, y)
    with pytest.raises(InputError, match="X: must hold tuples of 2 points, not 3"):
        fitted.pair_distance(X[:6].reshape(2, 3, 13))
    for wrong in (X[:2], X[0], X[:8].reshape(2, 2, 2, 13)):
        with pytest.raises(InputError, match=r"X: must hold tuples of the shape \(n, 2, n_features\)"):
            fitted.pair_distance(wrong)
    with pytest.raises(ValueError, match="X has 5 features, but LMNN is expecting 13 features as input"):
        fitted.pair_distance(X[:4, :5].reshape(2, 2, 5))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        fitted.pair_distance(np.full((2, 2, 13), np.nan))


X4 = np.arange(16.0).reshape(8, 2) % 5


@pytest.mark.parametrize(
    "learner, X, y, text",
    [
        (LMNN(), X4.reshape(4, 2, 2), [1, 1, -1, -1], "lmnn learns from labels or triplets, not from pairs"),
        (LMNN(), X4[:4].reshape(2, 2, 2), [-1, -1], "lmnn learns from labels or triplets, not from pairs"),
        (NCA(), X4.reshape(4, 2, 2), [1, 1, -1, -1], "nca learns from labels, not from pairs; gmml"),
        (GMML(), X4[:6].reshape(2, 3, 2), None, "gmml learns from labels or pairs, not from triplets"),
        (NCA(), X4[:6].reshape(2, 3, 2), None, "nca learns from labels, not from triplets"),
        (GMML(), X4.reshape(2, 4, 2), None, "X: holds tuples of 4 points; give pairs or triplets"),
        (GMML(), X4.reshape(8, 1, 2), None, "X: holds tuples of 1 points; give pairs or triplets"),
        (GMML(), X4.reshape(4, 2, 2), None, r"y: pairs need labels, 1 \(similar\) or -1 \(dissimilar\), one per pair"),
        (GMML(), X4.reshape(4, 2, 2), [1, 1, 0, -1], r"y: must hold one label per pair, 1 \(similar\) or -1"),
        (GMML(), X4.reshape(4, 2, 2), [1, 1], r"y: must hold one label per pair, 1 \(similar\) or -1"),
        (GMML(), X4.reshape(4, 2, 2), [1, 1, 1, 1], "there is no dissimilar pair"),
        (GMML(), X4.reshape(4, 2, 2), [-1, -1, -1, -1], "there is no similar pair"),
        (GMML(preprocessor=X4), [[0, 1], [2, 9]], [1, -1], "row 9 is out of range; valid rows are 0 to 7"),
        (GMML(preprocessor=X4), [[0, 1], [2, -1]], [1, -1], "row -1 is out of range; valid rows are 0 to 7"),
        (LMNN(preprocessor=X4), np.empty((0, 3), int), None, "there are no triplets"),
        (GMML(), X4.reshape(4, 2, 2), [1, 1, -1, -1, 1], "y: must hold one label per pair"),
        (LMNN(preprocessor=X4), [0.5, 1.0], [0, 1], "points are given by their integer indices"),
        (LMNN(preprocessor=3), [[0, 1, 2]], None, "Expected 2D array, got scalar array"),
        (LMNN(preprocessor=lambda i: X4[:1]), [[0, 1, 2]], None, "the preprocessor gave 1 points for 3 indices"),
        (GMML(preprocessor=np.full((8, 2), np.nan)), [[0, 1], [2, 3]], [1, -1], "contains NaN"),
    ],
)
def test_refusals(learner: Any, X: Any, y: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        learner.fit(X, y)
    assert not hasattr(learner, "model_")


def quadruplets_of(y: np.ndarray, count: int = 2000) -> np.ndarray:
    similar, dissimilar = sample_pairs(y, count, random_state=0)
    return np.concatenate([similar, dissimilar], axis=1)


def test_quadruplets(wine: Any) -> None:
    X, y = wine
    quadruplets = quadruplets_of(y)
    learner = all_learners()["lsml"]
    fitted = learner().fit(X[quadruplets])
    by_index = learner(preprocessor=X).fit(quadruplets)
    by_function = learner(preprocessor=lambda indices: X[indices]).fit(quadruplets)
    assert len(np.unique(quadruplets)) == len(X)
    np.testing.assert_array_equal(by_function.components_, by_index.components_)
    M = by_index.get_mahalanobis_matrix()
    np.testing.assert_allclose(fitted.get_mahalanobis_matrix(), M, rtol=1e-5, atol=1e-5 * np.abs(M).max())
    near, far = distances(by_index, X, quadruplets[:, :2]), distances(by_index, X, quadruplets[:, 2:])
    np.testing.assert_allclose(by_index.decision_function(quadruplets), far - near, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(by_index.predict(quadruplets), np.where(far > near, 1, -1))
    assert by_index.score(quadruplets) == np.mean(far > near)
    assert by_index.score(quadruplets) >= Euclidean(preprocessor=X).fit(quadruplets).score(quadruplets)
    assert by_index.model_.options["supervision"] == "quadruplets"
    assert not hasattr(by_index, "set_threshold")
    with pytest.raises(InputError, match="X: must hold tuples of 4 points, not 3"):
        by_index.decision_function(quadruplets[:, :3])
    with pytest.raises(InputError, match="X: holds tuples of 5 points; give pairs, triplets or quadruplets"):
        learner().fit(np.zeros((2, 5, 3)))


# Tuples that say nothing.


def test_pairs_that_say_nothing_are_left_out(wine: Any) -> None:
    X, y = wine
    pairs, labels = pairs_of(y, 200)
    plain = GMML(preprocessor=X).fit(pairs, labels)
    odd = np.array([[5, 5], [8, 8], [20, 120], [120, 20]])
    with pytest.warns(HoldfastWarning) as told:
        fitted = GMML(preprocessor=X).fit(np.concatenate([pairs, odd]), [*labels, 1, -1, 1, -1])
    messages = [str(warning.message) for warning in told]
    count = len(pairs) + 4
    # Pairs that are drawn already contradict one of the two.
    assert messages[0] == f"2 of {count} pairs name a point twice: left out"
    assert messages[1].endswith(f" of {count} pairs contradict others: left out")
    assert all(warning.filename == __file__ for warning in told)
    kept = ~np.all(np.sort(pairs, axis=1) == [20, 120], axis=1)
    expected = plain if kept.all() else GMML(preprocessor=X).fit(pairs[kept], labels[kept])
    np.testing.assert_array_equal(fitted.components_, expected.components_)


def test_points_that_are_equal_are_one_point(iris: Any) -> None:
    X, _ = iris
    np.testing.assert_array_equal(X[101], X[142])
    pairs = X[np.array([[0, 1], [101, 142], [0, 60], [3, 101]])]
    with pytest.warns(HoldfastWarning, match="1 of 4 pairs name a point twice: left out"):
        ITML().fit(pairs, [1, 1, -1, -1])


def test_triplets_that_say_nothing_are_left_out(wine: Any) -> None:
    X, y = wine
    triplets = triplets_from_labels(X, y, 2, 2)
    plain = LMNN(preprocessor=X).fit(triplets)
    odd = np.array([[0, 0, 1], [0, 2, 2], [3, 4, 3], [0, 1, 177], [0, 177, 1], [0, 1, 177]])
    assert not np.isin(triplets[triplets[:, 0] == 0], 177).any()
    with pytest.warns(HoldfastWarning) as told:
        fitted = LMNN(preprocessor=X).fit(np.concatenate([triplets, odd]))
    count = len(triplets) + 6
    assert [str(warning.message) for warning in told] == [
        f"3 of {count} triplets name a point twice: left out",
        f"3 of {count} triplets contradict others: left out",
    ]
    np.testing.assert_array_equal(fitted.components_, plain.components_)


def test_quadruplets_that_say_nothing_are_left_out(wine: Any) -> None:
    X, y = wine
    quadruplets = quadruplets_of(y, 200)
    plain = LSML(preprocessor=X).fit(quadruplets)
    odd = np.array([[0, 0, 1, 2], [1, 2, 3, 3], [0, 1, 1, 0], [0, 1, 0, 1]])
    with pytest.warns(HoldfastWarning, match="4 of 104 quadruplets name a point twice: left out"):
        fitted = LSML(preprocessor=X).fit(np.concatenate([quadruplets, odd]))
    np.testing.assert_array_equal(fitted.components_, plain.components_)


def test_tuples_of_which_none_says_anything_are_refused() -> None:
    cases: list[tuple[Any, Any, Any, str]] = [
        (GMML(preprocessor=X4), [[0, 1], [2, 2]], [1, -1], "there is no dissimilar pair"),
        (GMML(preprocessor=X4), [[0, 1], [1, 0]], [1, -1], "there is no similar pair"),
        (LMNN(preprocessor=X4), [[0, 1, 1]], None, "there are no triplets"),
        (LMNN(preprocessor=X4), [[0, 1, 2], [0, 2, 1]], None, "there are no triplets"),
        (LSML(preprocessor=X4), [[0, 1, 1, 0]], None, "there is no quadruplet"),
    ]
    for learner, X, y, text in cases:
        with pytest.raises(InputError, match=text):
            learner.fit(X, y)


def test_cross_validation_over_points_without_a_preprocessor(wine: Any) -> None:
    X, y = wine
    pairs, labels = pairs_of(y, 400)
    assert cross_val_score(ITML(), X[pairs], labels).mean() > 0.9
    assert cross_val_score(GMML(), X[pairs], labels, scoring="roc_auc").mean() > 0.9
    assert cross_val_score(LSML(), X[quadruplets_of(y, 400)], scoring=None).mean() > 0.7


def test_without_labels(wine: Any) -> None:
    X, y = wine
    for learner in (Covariance, Euclidean):
        fitted = learner().fit(X)
        np.testing.assert_array_equal(fitted.components_, learner().fit(X, y).components_)
        assert fitted.model_.classes_.size == 0
    with pytest.raises(ValueError, match="requires y to be passed, but the target y is None"):
        LMNN().fit(X)


def test_transform_of_tuples(wine: Any) -> None:
    X, y = wine
    pairs, labels = pairs_of(y, 100)
    for preprocess in ("standardize", "unit"):
        fitted = GMML(preprocess=preprocess).fit(X[pairs], labels)
        mapped = fitted.transform(X)[pairs]
        np.testing.assert_array_equal(fitted.transform(X[pairs]), mapped)
        by_index = GMML(preprocess=preprocess, preprocessor=X).fit(pairs, labels)
        np.testing.assert_array_equal(by_index.transform(pairs), by_index.transform(X)[pairs])
        np.testing.assert_array_equal(make_pipeline(by_index).transform(pairs), by_index.transform(pairs))
    with pytest.raises(ValueError, match="Found array with dim 3"):
        GMML().fit(X, y).transform(X[pairs])
    with pytest.raises(InputError, match="X: must hold tuples of 2 points, not 3"):
        fitted.transform(X[pairs][:, [0, 1, 1]])
