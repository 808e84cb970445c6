"""The k-nearest-neighbour classifier against plain loops, and as scikit-learn's classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from holdfast import GMML, LMNN, CertifiedKNeighborsClassifier, Euclidean, InputError, load


def slow_neighbors(Z: np.ndarray, reference: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and rows, ties by row."""
    distances = np.sqrt(((Z[:, np.newaxis] - reference) ** 2).sum(axis=2))
    rows = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distances, rows, axis=1), rows


def slow_vote(labels: np.ndarray) -> Any:
    """The label of most of a row's neighbours; of tied ones, that of the nearest."""
    counts = {label: int((labels == label).sum()) for label in labels}
    return next(label for label in labels if counts[label] == max(counts.values()))


@pytest.mark.parametrize("k", [1, 3, 5, 11])
@pytest.mark.parametrize("learner", [None, LMNN(), Euclidean(preprocess="unit")], ids=repr)
def test_predictions_are_those_of_the_definition(learner: Any, k: int, wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(k, learner=learner).fit(X[::2], y[::2])
    metric = knn.model_.transform
    distances, rows = slow_neighbors(metric(X[1::2]), metric(X[::2]), k)
    found, found_rows = knn.kneighbors(X[1::2])
    np.testing.assert_array_equal(found_rows, rows)
    np.testing.assert_allclose(found, distances, rtol=1e-9)
    votes = np.array([slow_vote(y[::2][row]) for row in rows])
    np.testing.assert_array_equal(knn.predict(X[1::2]), votes)


def test_ties() -> None:
    # Around 0: class b nearest, then c, then a; at k = 3 all tie. Equal distances go by row.
    X = np.array([[3.0], [-1.0], [2.0], [-3.0], [1.0]])
    y = np.array(["a", "b", "c", "a", "c"])
    knn = CertifiedKNeighborsClassifier(3).fit(X[:4], y[:4])
    assert list(knn.predict([[0.0]])) == ["b"]
    distances, rows = knn.kneighbors([[0.0]], 4)
    np.testing.assert_array_equal(rows, [[1, 2, 0, 3]])
    np.testing.assert_array_equal(distances, [[1.0, 2.0, 3.0, 3.0]])
    assert list(CertifiedKNeighborsClassifier(1).fit(X, y).predict([[0.0]])) == ["b"]
    share = knn.predict_proba([[0.0]])[0]
    np.testing.assert_allclose(share, 1 / 3, rtol=1e-15)
    assert list(knn.classes_)[int(share.argmax())] == "b"


@pytest.mark.parametrize("k", [1, 3, 7])
def test_probabilities_are_shares_of_votes(k: int, wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(k, learner=LMNN()).fit(X[::2], y[::2])
    shares = knn.predict_proba(X)
    votes = y[::2][knn.kneighbors(X)[1]]
    np.testing.assert_allclose(shares, (votes[:, :, np.newaxis] == knn.classes_).mean(axis=1), atol=1e-15)
    np.testing.assert_array_equal(knn.classes_[shares.argmax(axis=1)], knn.predict(X))
    assert knn.score(X, y) == np.mean(knn.predict(X) == y)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_training_rows_are_not_their_own_neighbours(k: int, wine: Any) -> None:
    """`kneighbors()`, `predict(None)` and `score(None, y)` as scikit-learn has them."""
    X, y = wine
    knn = CertifiedKNeighborsClassifier(k, learner=LMNN()).fit(X, y)
    theirs = KNeighborsClassifier(k).fit(knn.model_.transform(X), y)
    distances, rows = knn.kneighbors()
    np.testing.assert_array_equal(rows, theirs.kneighbors()[1])
    np.testing.assert_allclose(distances, theirs.kneighbors()[0], rtol=1e-6)
    assert knn.kneighbors(None, 7)[1].shape == (len(X), 7)
    votes = np.array([slow_vote(y[row]) for row in rows])
    np.testing.assert_array_equal(knn.predict(None), votes)
    np.testing.assert_array_equal(knn.classes_[knn.predict_proba(None).argmax(axis=1)], votes)
    assert knn.score(None, y) == np.mean(votes == y)
    assert knn.kneighbors(n_neighbors=len(X) - 1)[1].shape == (len(X), len(X) - 1)
    with pytest.raises(InputError):
        knn.kneighbors(n_neighbors=len(X))
    with pytest.raises(NotFittedError):
        CertifiedKNeighborsClassifier().predict(None)


LABELS = {
    "texts": np.array(["z", "y", "x"]),
    "integers": np.array([10, 2, -3]),
    "numeric texts": np.array(["10", "9", "2"]),
    "mixed texts": np.array(["10", "9", "a"]),
    "floats": np.array([10.0, 2.0, -3.0]),
    "objects": np.array(["b", "c", "a"], dtype=object),
    "signed": np.array(["+1", "-1", "0"]),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_of_any_type_come_back(labels: np.ndarray, wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(3, learner=LMNN()).fit(X, labels[y])
    np.testing.assert_array_equal(knn.classes_, np.unique(labels))
    assert knn.classes_.dtype == labels.dtype
    predicted = knn.predict(X)
    assert predicted.dtype == labels.dtype
    plain = CertifiedKNeighborsClassifier(3, learner=LMNN()).fit(X, y)
    np.testing.assert_array_equal(predicted, labels[plain.predict(X)])
    shares = knn.predict_proba(X)
    for place, label in enumerate(labels):
        column = list(knn.classes_).index(label)
        np.testing.assert_array_equal(shares[:, column], plain.predict_proba(X)[:, place])
    certificates = knn.certify(X[:20], labels[y[:20]])
    np.testing.assert_array_equal(certificates.label, labels[y[:20]])
    np.testing.assert_array_equal(certificates.radius, plain.certify(X[:20], y[:20]).radius)
    attacks = knn.attack(X[::20], n_tries=0)
    assert np.all(attacks.adversarial_label != attacks.predicted)
    assert attacks.adversarial_label.dtype == labels.dtype


def test_labels_of_bool(iris: Any) -> None:
    X, y = iris
    knn = CertifiedKNeighborsClassifier(1).fit(X, y == 0)
    assert knn.predict(X).dtype == bool
    np.testing.assert_array_equal(knn.predict(X), y == 0)


def test_without_a_learner_rows_stay_as_they_are(wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(1).fit(X[::2], y[::2])
    assert knn.model_.preprocessing == "none"
    np.testing.assert_array_equal(knn.predict(X), KNeighborsClassifier(1).fit(X[::2], y[::2]).predict(X))


def test_the_learner_is_cloned(wine: Any) -> None:
    learner = LMNN(mu=0.25)
    knn = CertifiedKNeighborsClassifier(learner=learner).fit(*wine)
    assert not hasattr(learner, "model_")
    assert knn.learner_.mu == 0.25
    assert knn.model_ is knn.learner_.model_
    with pytest.raises(TypeError, match=r"learner MinMaxScaler\(\): must be a learner of holdfast"):
        CertifiedKNeighborsClassifier(learner=MinMaxScaler()).fit(*wine)


def test_grid_search_over_the_learners_parameters(wine: Any) -> None:
    X, y = wine
    search = GridSearchCV(
        CertifiedKNeighborsClassifier(learner=LMNN()),
        {"n_neighbors": [1, 3], "learner__perturbation_weight": [None, "auto"], "learner": [LMNN(), LMNN(mu=0.2)]},
        cv=3,
    )
    search.fit(X, y)
    assert search.best_score_ > 0.95
    assert len(search.cv_results_["params"]) == 8


def test_in_a_pipeline(wine: Any) -> None:
    X, y = wine
    pipeline = make_pipeline(MinMaxScaler(), CertifiedKNeighborsClassifier(1, learner=GMML()))
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.95
    knn = pipeline.fit(X[::2], y[::2])[-1]
    assert knn.certify(pipeline[:-1].transform(X[1::2]), y[1::2]).mean_radius > 0


def test_from_a_model(wine: Any, tmp_path: Any) -> None:
    X, y = wine
    frame = pd.DataFrame(X, columns=[f"c{i}" for i in range(13)])
    fitted = CertifiedKNeighborsClassifier(5, learner=LMNN()).fit(frame, y)
    fitted.save(tmp_path / "wine.holdfast")
    for model in (fitted.model_, load(tmp_path / "wine.holdfast")):
        knn = CertifiedKNeighborsClassifier.from_model(model, 5)
        np.testing.assert_array_equal(knn.classes_, [0, 1, 2])
        assert list(knn.feature_names_in_) == list(frame.columns)
        np.testing.assert_array_equal(knn.predict(frame), fitted.predict(frame))
        np.testing.assert_array_equal(knn.certify(frame).radius, fitted.certify(frame).radius)
        with pytest.raises(ValueError, match="The feature names should match"):
            knn.predict(frame.rename(columns={"c0": "other"}))
    knn = CertifiedKNeighborsClassifier.from_model(CertifiedKNeighborsClassifier().fit(X, y).model_, 5)
    with pytest.raises(ValueError, match="X has 5 features, but CertifiedKNeighborsClassifier is expecting 13"):
        knn.predict(X[:, :5])
    assert clone(knn).n_neighbors == 5


def test_a_model_without_labels_does_not_classify(iris: Any) -> None:
    model = GMML(preprocessor=iris[0]).fit([[0, 1], [0, 60], [2, 3], [4, 120]], [1, -1, 1, -1]).model_
    assert model.classes_.size == 0
    with pytest.raises(InputError, match="the model has no labels and cannot predict"):
        CertifiedKNeighborsClassifier.from_model(model)
    with pytest.raises(InputError, match="the model has no labels and cannot predict"):
        model.predict(iris[0])


def test_before_it_is_fitted(iris: Any) -> None:
    X, y = iris
    knn = CertifiedKNeighborsClassifier()
    for call in (knn.predict, knn.predict_proba, knn.kneighbors, knn.certify, knn.attack):
        with pytest.raises(NotFittedError, match="This CertifiedKNeighborsClassifier instance is not fitted yet"):
            call(X)


@pytest.mark.parametrize(
    "k, kind, text",
    [
        (2, ValueError, "n_neighbors 2: must be odd, so that a vote has a majority; try 1 or 3"),
        (0, ValueError, "n_neighbors 0: must be an odd number of at least 1"),
        (-3, ValueError, "n_neighbors -3: must be an odd number of at least 1"),
        (151, ValueError, "n_neighbors 151: must be at most 150, the number of reference rows of the model"),
        (2**70, ValueError, "n_neighbors"),
        (3.0, TypeError, "n_neighbors 3.0: must be an integer"),
        ("3", TypeError, "n_neighbors '3': must be an integer"),
        (True, TypeError, "n_neighbors True: must be an integer"),
    ],
)
def test_wrong_numbers_of_neighbours(k: Any, kind: type[Exception], text: str, iris: Any) -> None:
    X, y = iris
    knn = CertifiedKNeighborsClassifier(k).fit(X, y)
    for call in (knn.predict, knn.certify, knn.attack):
        with pytest.raises(kind, match=text):
            call(X[:5])


@pytest.mark.parametrize("k", [0, -1, 151])
def test_wrong_numbers_of_listed_neighbours(k: int, iris: Any) -> None:
    knn = CertifiedKNeighborsClassifier().fit(*iris)
    with pytest.raises(InputError, match=f"n_neighbors {k}: must be between 1 and 150, the number of rows to choose from"):
        knn.kneighbors(iris[0], k)
    assert knn.kneighbors(iris[0], 4)[1].shape == (150, 4)
