"""Labels that are quantities: MLKR, and k-NN regression with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsRegressor as Peer

import holdfast
from holdfast import LMNN, MLKR, InputError, KNeighborsRegressor, RegressionEvaluation, evaluate, tune


@pytest.fixture(scope="module")
def curve() -> Any:
    """Rows whose label depends on the first of their columns alone."""
    X = np.random.default_rng(0).normal(size=(200, 4))
    return X, 10 * np.sin(2 * X[:, 0])


def test_mlkr_finds_the_column_that_the_label_depends_on(curve: Any) -> None:
    M = MLKR().fit(*curve).get_mahalanobis_matrix()
    assert M[0, 0] > 0.95 * np.trace(M)


def test_the_prediction_is_the_mean_of_the_nearest_labels(curve: Any) -> None:
    X, y = curve
    knn = KNeighborsRegressor(4).fit(X[:150], y[:150])
    mapped = [knn.learner_.transform(rows) for rows in (X[:150], X[150:])]
    peer = Peer(4, algorithm="brute").fit(mapped[0], y[:150])
    assert np.allclose(knn.predict(X[150:]), peer.predict(mapped[1]))
    assert knn.score(X[150:], y[150:]) > 0.95
    rows = knn.kneighbors(X[150:], 1)[1]
    assert np.array_equal(KNeighborsRegressor(1).fit(X[:150], y[:150]).predict(X[150:]), y[rows[:, 0]])


def test_no_row_of_the_training_rows_is_its_own_neighbour(curve: Any) -> None:
    knn = KNeighborsRegressor(1).fit(*curve)
    assert not np.any(knn.predict(None) == curve[1])
    assert knn.kneighbors()[0].min() > 0


def test_cross_validation(curve: Any) -> None:
    assert cross_val_score(KNeighborsRegressor(3), *curve, cv=3).mean() > 0.9


def test_a_saved_model_predicts_the_same(curve: Any, tmp_path: Path) -> None:
    X, y = curve
    knn = KNeighborsRegressor(2).fit(X, y)
    knn.save(tmp_path / "m")
    model = holdfast.load(tmp_path / "m")
    assert model.is_regression
    assert np.array_equal(model.predict(X, 2), knn.predict(X))
    assert "numeric labels" in repr(model)


def test_evaluation_has_errors_in_place_of_accuracy(curve: Any) -> None:
    X, y = curve
    found = evaluate(KNeighborsRegressor(3).fit(X[:150], y[:150]), X[150:], y[150:], noise="gaussian:10", n_repeats=2)
    assert isinstance(found, RegressionEvaluation)
    assert found.k == 3
    assert found.r2 is not None and found.r2 > 0.9
    assert found.noise[0].rmse_mean is not None and found.noise[0].rmse_mean > found.rmse


def test_classes_and_quantities_are_not_mixed_up(curve: Any) -> None:
    X, y = curve
    with pytest.raises(TypeError, match="must be a learner of quantities"):
        KNeighborsRegressor(learner=LMNN()).fit(X, y)
    with pytest.raises(InputError, match="cannot be certified: its labels are no classes"):
        MLKR().fit(X, y).model_.certify(X, y)
    with pytest.raises(InputError, match="mlkr learns quantities"):
        tune(MLKR(), X, y)
    with pytest.raises(InputError, match='the label "down" is not a finite number'):
        MLKR().fit(X, np.where(y > 0, "up", "down"))
    with pytest.raises(InputError, match="there is nothing to predict"):
        MLKR().fit(X, np.ones(len(X)))
