"""Certificates of other tasks: poisoning, decisions on pairs, retrieval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from holdfast import (
    ITML,
    LMNN,
    CertifiedKNeighborsClassifier,
    Euclidean,
    InputError,
    PairCertificates,
    Poisoning,
    RetrievalCertificates,
    certify_retrieval,
)


@pytest.fixture(scope="module")
def knn(digits: Any) -> CertifiedKNeighborsClassifier:
    X, y = digits
    return CertifiedKNeighborsClassifier(3, learner=Euclidean()).fit(X[:300], y[:300])


def test_poisoning_changes_what_it_says(knn: CertifiedKNeighborsClassifier, digits: Any) -> None:
    X, y = digits[0][:300], digits[1][:300]
    rows = digits[0][300:330]
    found = knn.poisoning(rows)
    assert isinstance(found, Poisoning)
    assert found.insertions.dtype == found.deletions.dtype == found.relabelings.dtype == np.int64
    assert found.insertions.min() >= 1
    order = knn.kneighbors(rows, 300)[1]
    for at, row in enumerate(rows):
        predicted = found.predicted[at]
        own = order[at][y[order[at]] == predicted]

        def after(deleted: int, own: Any = own, row: Any = row) -> Any:
            keep = np.setdiff1d(np.arange(300), own[:deleted])
            return CertifiedKNeighborsClassifier(3).fit(X[keep], y[keep]).predict(row[None])[0]

        assert after(found.deletions[at]) != predicted
        assert after(found.deletions[at] - 1) == predicted


def test_poisoning_of_labels_counts_wrong_rows_as_zero(knn: CertifiedKNeighborsClassifier, digits: Any) -> None:
    rows, labels = digits[0][300:400], digits[1][300:400]
    found = knn.poisoning(rows, labels)
    wrong = found.predicted != labels
    assert wrong.any()
    assert np.all(found.insertions[wrong] == 0) and np.all(found.insertions[~wrong] > 0)
    assert found.certified_accuracy("deletions", 0) == np.mean(~wrong)
    shares = found.certified_accuracy("deletions", [0, 1, 5])
    assert np.all(np.diff(shares) <= 0) and shares.shape == (3,)
    assert list(found.to_frame().columns) == ["row", "label", "predicted", "insertions", "deletions", "relabelings"]
    with pytest.raises(InputError, match="insertions, deletions or relabelings"):
        found.certified_accuracy("changes", 1)


def test_poisoning_of_the_training_rows_is_leave_one_out(knn: CertifiedKNeighborsClassifier, digits: Any) -> None:
    found = knn.poisoning(digits[0][:300], digits[1][:300])
    assert "leave-one-out" in found.notes[0]


@pytest.fixture(scope="module")
def pairs(digits: Any) -> tuple[np.ndarray, np.ndarray]:
    X, y = digits
    random = np.random.default_rng(0)
    first, second = random.integers(0, 200, (2, 300))
    kept = first != second
    first, second = first[kept], second[kept]
    return np.stack([X[first], X[second]], axis=1), np.where(y[first] == y[second], 1, -1)


@pytest.mark.parametrize("move", ["one", "both"])
@pytest.mark.parametrize("space", ["preprocessed", "raw"])
def test_pairs_change_just_beyond_their_radius(pairs: Any, move: str, space: str) -> None:
    points, labels = pairs
    learner = ITML(preprocess="none").fit(points, labels)
    found = learner.certify(points, move=move, space=space)
    assert isinstance(found, PairCertificates)
    assert np.all(found.kind == "exact")
    assert np.array_equal(found.decision, learner.predict(points))
    assert np.allclose(found.distance, learner.pair_distance(points))
    assert np.array_equal(learner.predict(found.witness), -found.decision)
    sizes = np.linalg.norm(found.witness - points, axis=2)
    assert np.allclose(sizes[:, 0], found.radius)
    assert np.allclose(sizes[:, 1], found.radius if move == "both" else 0)
    inside = points + (1 - 1e-6) * (found.witness - points)
    assert np.array_equal(learner.predict(inside), found.decision)
    assert found.certified_accuracy(labels, 0.0) == np.mean(found.decision == labels)
    assert found.certified_accuracy(labels, [0.0, 1e9])[1] == 0


def test_pairs_follow_the_threshold(pairs: Any) -> None:
    points, labels = pairs
    learner = ITML(preprocess="standardize").fit(points, labels)
    learner.set_threshold(0.0)
    assert np.all(learner.certify(points).decision == -1)
    learner.set_threshold(-1.0)
    with pytest.raises(InputError, match="finite distance of at least 0"):
        learner.certify(points)
    learner.set_threshold(1.0)
    with pytest.raises(InputError, match="must be one or both"):
        learner.certify(points, move="none")
    with pytest.raises(InputError, match="in l2 or an ellipsoid"):
        learner.certify(points, norm="linf")
    with pytest.raises(InputError, match="n_pairs, 2, n_features"):
        learner.model_.certify_pairs(points[:, 0], 1.0)


def test_only_learners_of_pairs_certify(digits: Any) -> None:
    assert not hasattr(Euclidean().fit(digits[0][:50], digits[1][:50]), "certify")


def test_retrieval_of_unseen_classes(digits: Any) -> None:
    X, y = digits
    seen = y[:400] < 5
    learner = LMNN().fit(X[:400][seen], y[:400][seen])
    rows, labels = X[:400][~seen][:80], y[:400][~seen][:80]
    found = certify_retrieval(learner, rows, labels)
    assert isinstance(found, RetrievalCertificates)
    mapped = learner.transform(rows)
    distances = np.linalg.norm(mapped[:, None] - mapped[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert np.array_equal(found.nearest, distances.argmin(axis=1))
    hit = labels[found.nearest] == labels
    assert np.array_equal(found.radius > 0, hit)
    assert np.all(found.same_row_kind == "exact")
    assert np.all(found.kind[hit] == "exact")
    assert np.all(found.radius[hit] >= found.same_row_radius[hit] * (1 - 1e-9))
    assert found.certified_recall_at_1(0.0) == np.mean(hit)
    first = certify_retrieval(learner, rows, labels, n_queries=10)
    assert np.array_equal(first.radius, found.radius[:10])
    bounds = certify_retrieval(learner, rows, labels, norm="linf")
    assert np.all(bounds.kind == "lower bound") and np.all(bounds.same_row_kind == "exact")
    with pytest.raises(InputError, match="n_queries 0"):
        certify_retrieval(learner, rows, labels, n_queries=0)


def test_retrieval_of_a_lone_row_has_no_radius(digits: Any) -> None:
    learner = Euclidean(preprocess="none").fit(digits[0][:50], digits[1][:50])
    found = certify_retrieval(learner, digits[0][:3], ["a", "a", "b"])
    assert np.isnan(found.radius[2]) and not np.isnan(found.radius[:2]).any()
    assert found.certified_recall_at_1(1e9) == 0
