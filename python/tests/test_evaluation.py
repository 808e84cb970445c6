"""Accuracy, retrieval and verification against scikit-learn and plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from holdfast import (
    GMML,
    LMNN,
    CertifiedKNeighborsClassifier,
    Euclidean,
    InputError,
    evaluate,
    retrieval,
    sample_pairs,
    verification,
)


@pytest.fixture(scope="module")
def fitted(digits: Any) -> Any:
    X, y = digits
    return LMNN().fit(X[:600], y[:600])


@pytest.fixture(scope="module")
def rows(digits: Any) -> tuple[np.ndarray, np.ndarray]:
    return digits[0][600:900], digits[1][600:900]


# Accuracy.


def test_accuracy(fitted: Any, rows: Any) -> None:
    X, y = rows
    for k in (1, 3, 5):
        found = evaluate(fitted, X, y, n_neighbors=k, retrieval=False)
        assert (found.n, found.k, found.noise, found.retrieval) == (300, k, [], None)
        assert found.accuracy == np.mean(fitted.model_.predict(X, k) == y)
    assert evaluate(fitted, X, y).k == 3
    knn = CertifiedKNeighborsClassifier.from_model(fitted.model_, 5)
    assert evaluate(knn, X, y).k == 5
    assert evaluate(knn, X, y, n_neighbors=1).k == 1
    assert evaluate(fitted.model_, X, y).accuracy == evaluate(fitted, X, y).accuracy


@pytest.mark.parametrize("kind", ["gaussian", "uniform"])
def test_noise(kind: str, fitted: Any, rows: Any) -> None:
    """Noise of a signal-to-noise ratio of s decibels has the mean square of the preprocessed training rows over
    10^(s/10); accuracies of our draws and of theirs agree within their spread."""
    X, y = rows
    found = evaluate(fitted, X, y, noise=f"{kind}:40,10,0", n_repeats=20, retrieval=False)
    assert [(level.kind, level.snr_db) for level in found.noise] == [(kind, 40), (kind, 10), (kind, 0)]
    assert found.noise[0].accuracy_mean > found.noise[1].accuracy_mean > found.noise[2].accuracy_mean > 0.2
    core = fitted.model_.core
    prepared, power = core.prepare(np.ascontiguousarray(X)), np.mean(core.reference**2)
    rng = np.random.default_rng(0)
    centred = Euclidean(preprocess="none").fit(core.reference @ core.map.T, fitted.model_.classes_[core.codes])
    for level in found.noise:
        deviation = np.sqrt(power / 10 ** (level.snr_db / 10))
        draws = []
        for _ in range(20):
            noise = rng.normal(size=X.shape) if kind == "gaussian" else rng.uniform(-1, 1, X.shape) * np.sqrt(3)
            mapped = (prepared + deviation * noise) @ core.map.T
            draws.append(np.mean(centred.model_.predict(mapped, 3) == y))
        spread = np.hypot(np.std(draws), level.accuracy_std) / np.sqrt(20)
        assert level.accuracy_mean == pytest.approx(np.mean(draws), abs=5 * spread + 1e-3)


def test_noise_follows_the_seed(fitted: Any, rows: Any) -> None:
    def found(seed: int) -> list[float]:
        return [level.accuracy_mean for level in evaluate(fitted, *rows, noise="gaussian:5", random_state=seed).noise]

    assert found(1) == found(1)
    assert found(1) != found(2)
    several = evaluate(fitted, *rows, noise=["gaussian:20,10", "uniform:5"], n_repeats=3)
    assert [level.kind for level in several.noise] == ["gaussian", "gaussian", "uniform"]


def test_training_rows_are_judged_leave_one_out(wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(3, learner=LMNN()).fit(X, y)
    found = evaluate(knn, X, y)
    assert found.accuracy == knn.score(None, y)
    assert "leave-one-out" in found.notes[0]
    order = np.random.default_rng(0).permutation(len(X))
    assert evaluate(knn, X[order], y[order]).accuracy == found.accuracy
    assert evaluate(knn, X[1:], y[1:]).notes == []
    certificates, attacks = knn.certify(X, y), knn.attack(X, y, n_tries=0)
    for radii in (certificates, attacks):
        np.testing.assert_array_equal(radii.predicted, knn.predict(None))
        assert "leave-one-out" in radii.notes[0]
    np.testing.assert_array_equal(knn.certify(X).predicted, knn.predict(X))  # nothing is judged
    assert knn.certify(X).notes == []


def test_unknown_classes(fitted: Any, rows: Any) -> None:
    X, y = rows
    unseen = evaluate(fitted, X, y + 100, noise="gaussian:10", n_repeats=2)
    assert (unseen.accuracy, unseen.noise[0].accuracy_mean) == (None, None)
    assert unseen.retrieval == evaluate(fitted, X, y).retrieval
    assert "k-NN accuracy is n/a" in unseen.notes[0]
    some = evaluate(fitted, X, np.where(np.arange(len(X)) < 100, y, 100))
    assert some.accuracy == evaluate(fitted, X[:100], y[:100]).accuracy
    assert some.notes[0].startswith("200 of 300 rows are of a class that the model does not know")
    with pytest.raises(InputError, match="the model does not know"):
        fitted.model_.certify(X, y + 100)


def test_figures_that_do_not_exist(fitted: Any, rows: Any) -> None:
    X, y = rows
    lone = evaluate(fitted, X[:2], [0, 1], noise="gaussian:10", n_repeats=1)
    assert lone.retrieval is not None
    assert (lone.retrieval.recall_at_1, lone.noise[0].accuracy_std) == (None, None)
    pairs, none = np.array([[0, 1]]), np.empty((0, 2), dtype=int)
    found = verification(fitted, X, (pairs, none), threshold_X=X, threshold_pairs=(pairs, none))
    assert (found.auc, found.eer, found.threshold, found.accuracy) == (None, None, None, None)
    assert len(found.roc) == 0


# Retrieval.


def slow_retrieval(Z: np.ndarray, y: np.ndarray) -> tuple[float, float, float, int, int]:
    """Every row a query against all others; R is the number of other rows of its class."""
    first, average, precision, excluded = [], [], [], 0
    for i in range(len(Z)):
        relevant = int((y == y[i]).sum()) - 1
        if relevant == 0:
            excluded += 1
            continue
        order = np.argsort(((Z - Z[i]) ** 2).sum(axis=1), kind="stable")
        hits = (y[order[order != i]] == y[i]).astype(float)
        at = hits[:relevant]
        first.append(hits[0])
        precision.append(at.mean())
        average.append((at * np.cumsum(at) / np.arange(1, relevant + 1)).sum() / relevant)
    return float(np.mean(first)), float(np.mean(average)), float(np.mean(precision)), len(first), excluded


def test_retrieval(wine: Any) -> None:
    X, y = wine
    Z = LMNN().fit_transform(X, y)
    labels = np.concatenate([y, [7, 8]])
    Z = np.vstack([Z, Z[:2] + 0.1])  # two rows that are alone in their class
    found = retrieval(Z, labels)
    recall, average, precision, queries, excluded = slow_retrieval(Z, labels)
    assert (found.queries, found.excluded) == (queries, excluded) == (178, 2)
    assert found.recall_at_1 == pytest.approx(recall, abs=1e-12)
    assert found.map_at_r == pytest.approx(average, abs=1e-12)
    assert found.r_precision == pytest.approx(precision, abs=1e-12)
    assert retrieval(Z, np.array(["a", "b", "c", "", "", "", "", "d", "e"])[labels]) == found


def test_retrieval_of_an_evaluation(fitted: Any, rows: Any) -> None:
    X, y = rows
    found = evaluate(fitted, X, y).retrieval
    assert found == retrieval(fitted.transform(X), y)
    assert found is not None
    assert found.recall_at_1 == pytest.approx(slow_retrieval(fitted.transform(X), y)[0], abs=1e-12)


# Verification.


def test_sampled_pairs(digits: Any) -> None:
    y = digits[1]
    similar, dissimilar = sample_pairs(y, 1000, random_state=3)
    assert len(similar) == len(dissimilar) == 500
    assert np.all(y[similar[:, 0]] == y[similar[:, 1]])
    assert np.all(y[dissimilar[:, 0]] != y[dissimilar[:, 1]])
    for pairs in (similar, dissimilar):
        assert np.all(pairs[:, 0] != pairs[:, 1])
        assert len(np.unique(np.sort(pairs, axis=1), axis=0)) == 500
    again = sample_pairs(np.array(list("abcdefghij"))[y], 1000, random_state=3)
    np.testing.assert_array_equal(again[0], similar)
    assert not np.array_equal(sample_pairs(y, 1000, random_state=4)[0], similar)
    few = sample_pairs([0, 0, 1], 100)
    assert (len(few[0]), len(few[1])) == (1, 2)


def test_verification(digits: Any) -> None:
    X, y = digits
    gmml = GMML().fit(X[:600], y[:600])
    training, test = sample_pairs(y[:600], 2000), sample_pairs(y[600:900], 1500, random_state=1)
    found = verification(gmml, X[600:900], test, threshold_X=X[:600], threshold_pairs=training)

    def lengths(rows: np.ndarray, pairs: Any) -> tuple[np.ndarray, np.ndarray]:
        Z = gmml.transform(rows)
        parts = [np.linalg.norm(Z[part[:, 0]] - Z[part[:, 1]], axis=1) for part in pairs]
        return np.concatenate(parts), np.repeat([1, 0], [len(part) for part in parts])

    distances, same = lengths(X[600:900], test)
    assert (found.similar, found.dissimilar) == (same.sum(), (1 - same).sum())
    assert found.auc == pytest.approx(roc_auc_score(same, -distances), abs=1e-12)
    false_positive, true_positive, thresholds = roc_curve(same, -distances, drop_intermediate=False)
    for threshold, false_rate, true_rate in found.roc[:: len(found.roc) // 50]:
        assert false_rate == pytest.approx(np.mean(distances[same == 0] <= threshold * (1 + 1e-12)), abs=1e-12)
        assert true_rate == pytest.approx(np.mean(distances[same == 1] <= threshold * (1 + 1e-12)), abs=1e-12)
    assert len(found.roc) == len(np.unique(distances)) + (found.roc[0, 1:].sum() == 0)
    assert found.tpr_at_fpr.keys() == {0.001, 0.01, 0.1}
    for rate, share in found.tpr_at_fpr.items():
        assert share == pytest.approx(true_positive[false_positive <= rate].max(), abs=1e-12)
    at = np.argmin(np.abs(false_positive - (1 - true_positive)))
    assert found.eer == pytest.approx((false_positive[at] + 1 - true_positive[at]) / 2, abs=2e-3)

    seen, seen_same = lengths(X[:600], training)
    right = np.mean((seen <= found.threshold) == seen_same)
    assert right == max(np.mean((seen <= threshold) == seen_same) for threshold in seen)
    assert found.accuracy == pytest.approx(np.mean((distances <= found.threshold) == same), abs=1e-12)
    assert found.accuracy > 0.8


def test_verification_of_any_estimator(wine: Any) -> None:
    X, y = wine
    pairs = sample_pairs(y, 200)
    knn = CertifiedKNeighborsClassifier(learner=LMNN()).fit(X, y)
    of_knn, of_learner, of_model = (
        verification(source, X, pairs, threshold_X=X, threshold_pairs=pairs)
        for source in (knn, knn.learner_, knn.model_)
    )
    np.testing.assert_array_equal(of_knn.roc, of_learner.roc)
    np.testing.assert_array_equal(of_knn.roc, of_model.roc)


def test_equal_distances_are_one_threshold() -> None:
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    identity = Euclidean(preprocess="none").fit(X, [0, 0, 1, 1])
    similar, dissimilar = np.array([[0, 1], [2, 3], [0, 3]]), np.array([[1, 2], [0, 2], [1, 3]])
    found = verification(identity, X, (similar, dissimilar), threshold_X=X, threshold_pairs=(similar, dissimilar))
    distances, same = np.array([1, 1, 3, 1, 2, 2]), np.array([1, 1, 1, 0, 0, 0])
    assert found.auc == pytest.approx(roc_auc_score(same, -distances))
    assert found.auc < average_precision_score(same, -distances)
    assert (found.accuracy, found.threshold >= 1, found.threshold < 2) == (4 / 6, True, True)


# Refusals.


def test_refusals(fitted: Any, rows: Any) -> None:
    X, y = rows
    pair = np.array([[0, 1]])
    with pytest.raises(ValueError, match="This LMNN instance is not fitted yet"):
        evaluate(LMNN(), X, y)
    with pytest.raises(TypeError, match="estimator"):
        evaluate("lmnn", X, y)
    with pytest.raises(InputError, match="n_neighbors 2: must be odd"):
        evaluate(fitted, X, y, n_neighbors=2)
    with pytest.raises(InputError, match="n_neighbors 0: must be an odd number of at least 1"):
        evaluate(fitted, X, y, n_neighbors=0)
    with pytest.raises(InputError, match='noise "gauss:20": must be a kind and signal-to-noise ratios in dB'):
        evaluate(fitted, X, y, noise="gauss:20")
    with pytest.raises(InputError, match="n_repeats 0: must be at least 1"):
        evaluate(fitted, X, y, noise="gaussian:20", n_repeats=0)
    with pytest.raises(InputError, match="0 pairs: must be at least 2"):
        sample_pairs(y, 0)
    with pytest.raises(InputError, match="all rows have the same label"):
        sample_pairs(np.ones(5), 4)
    wrong: Any
    for wrong in ([[0, 1, 2]], [0, 1], [[0.5, 1.0]]):
        with pytest.raises(InputError, match=r"pairs: must hold row numbers, of the shape \(n, 2\)"):
            verification(fitted, X, (pair, wrong), threshold_X=X, threshold_pairs=(pair, pair))
    for number in (300, -1, 2**32 + 1):
        wrong = [[0, number]]
        with pytest.raises(InputError, match=f"row {number} is out of range; valid rows are 0 to 299"):
            verification(fitted, X, (pair, wrong), threshold_X=X, threshold_pairs=(pair, pair))
    unlabelled = GMML(preprocessor=X).fit([[0, 1], [2, 3]], [1, -1])
    found = evaluate(unlabelled, X, y)
    assert (found.accuracy, found.notes) == (None, ["the model has no labels, so that k-NN accuracy is n/a"])
    assert found.retrieval == retrieval(unlabelled.transform(X), y)
