"""Learned prototypes as reference rows of models in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from holdfast import CertifiedKNeighborsClassifier, Euclidean, HoldfastWarning, InputError, NearestPrototypes, load, tune


def margins(X: Any, y: Any, W: Any, classes: Any) -> Any:
    """Certified margins by their definition."""
    squared = ((X[:, np.newaxis] - W) ** 2).sum(axis=2)
    apart = np.sqrt(((W[:, np.newaxis] - W) ** 2).sum(axis=2))
    found = []
    for row, label in zip(squared, y):
        own, others = np.flatnonzero(classes == label), np.flatnonzero(classes != label)
        found.append(((row[others] - row[own, np.newaxis]) / (2 * apart[np.ix_(own, others)])).min(axis=1).max())
    return np.array(found)


def test_prototypes_are_the_reference_rows_of_the_model(wine: Any, tmp_path: Any) -> None:
    X, y = wine
    fitted = NearestPrototypes(4, preprocess="standardize").fit(X, y)
    model = fitted.model_
    assert model.reference.shape == (12, 13)
    np.testing.assert_array_equal(np.bincount(model.codes), [4, 4, 4])
    assert fitted.derived_["prototypes"] == 12
    assert fitted.termination_.reason == "completed: all passes over the rows were made"
    assert fitted.termination_.converged and fitted.n_iter_ == 100
    fitted.save(tmp_path / "model")
    assert load(tmp_path / "model") == model
    steps, values = fitted.objective_trace_.T
    np.testing.assert_array_equal(steps, np.arange(101))
    assert values[-1] < values[0]


def test_radii_are_at_least_the_margins_that_are_learned(wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(1, learner=NearestPrototypes(4, preprocess="standardize")).fit(X, y)
    rows = (X - X.mean(axis=0)) / X.std(axis=0)
    lower = margins(rows, y, knn.model_.reference, knn.model_.codes)
    exact = knn.certify(X, y, method="exact").radius
    assert np.all(exact >= np.maximum(lower, 0.0) - 1e-6)
    assert exact.mean() > 0.9 * np.maximum(lower, 0.0).mean() > 0.3
    assert np.all(knn.attack(X, y, n_tries=20).radius >= exact - 1e-9)
    # Training rows are judged by the prototypes, like any others.
    assert knn.certify(X, y).notes == []


def test_more_is_certified_than_by_the_training_rows(wine: Any) -> None:
    X, y = wine
    share = [
        CertifiedKNeighborsClassifier(1, learner=learner).fit(X[::2], y[::2]).certify(X[1::2], y[1::2], method="exact")
        for learner in (NearestPrototypes(preprocess="standardize"), Euclidean(preprocess="standardize"))
    ]
    assert share[0].mean_radius > 1.1 * share[1].mean_radius
    assert share[0].certified_accuracy(0.0) > 0.95


def test_what_needs_the_training_rows_is_refused(iris: Any) -> None:
    X, y = iris
    knn = CertifiedKNeighborsClassifier(1, learner=NearestPrototypes()).fit(X, y)
    for use in (lambda: knn.predict(None), lambda: knn.poisoning(X, y)):
        with pytest.raises(InputError, match="the model keeps prototypes, not its training rows, and cannot"):
            use()


@pytest.mark.filterwarnings("ignore:.*constant:holdfast.HoldfastWarning")
def test_images_are_shifted_and_lose_their_border() -> None:
    X, y = load_digits(return_X_y=True)
    fitted = NearestPrototypes(5, shift=1, border=1, max_iter=5).fit(X, y)
    assert fitted.components_.shape == (36, 64)
    inner = np.zeros((8, 8), dtype=bool)
    inner[1:-1, 1:-1] = True
    np.testing.assert_array_equal(fitted.components_.any(axis=0), inner.ravel())
    changed = X.copy()
    changed[:, ~inner.ravel()] += 5.0
    np.testing.assert_array_equal(fitted.model_.predict(changed, 1), fitted.model_.predict(X, 1))
    assert fitted.model_ != NearestPrototypes(5, border=1, max_iter=5).fit(X, y).model_


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"n_prototypes": -1}, "n_prototypes -1: must be at least 1"),
        ({"margin": 0.0}, "margin 0: must be"),
        ({"loss": "huge"}, 'loss "huge": must be one of hinge, squared-hinge, sigmoid'),
        ({"start": "zero"}, 'start "zero": must be random or kmeans'),
        ({"border": 1}, "border 1: must be at most 0 pixels, for images of 2 x 2"),
        ({"shift": 2}, "shift 2: must be at most 1 pixels, for images of 2 x 2"),
        ({"shift": 1, "preprocess": "pca:4"}, 'shift: the preprocessing "pca:4" makes rows that are no images'),
        ({"held_out": 0.6}, "held_out 0.6: must be"),
        ({"loss": "sigmoid", "radius": 9.0, "margin": 1.0}, "radius 9: must be below the margin, 1"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, Any], message: str, iris: Any) -> None:
    with pytest.raises(InputError, match=message):
        NearestPrototypes(**parameters).fit(*iris)


def test_seeds_and_tuning(iris: Any) -> None:
    assert NearestPrototypes().fit(*iris).model_ == NearestPrototypes().fit(*iris).model_
    assert NearestPrototypes(random_state=1).fit(*iris).model_ != NearestPrototypes().fit(*iris).model_
    found = tune(NearestPrototypes(), *iris, n_trials=3, n_folds=2)
    assert set(found.best_parameters) <= set(NearestPrototypes().get_params())
    assert (found.trials[0].accuracy or 0.0) > 0.85


def test_there_is_no_warning_by_default(iris: Any, recwarn: Any) -> None:
    NearestPrototypes().fit(*iris)
    assert not [told for told in recwarn if issubclass(told.category, HoldfastWarning)]
