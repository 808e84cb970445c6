"""Thresholds of distances, compared with all thresholds that there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, fbeta_score, precision_score

from holdfast import GMML, LMNN, Covariance, Euclidean, InputError
from holdfast._threshold import best_threshold

STRATEGIES: list[dict[str, Any]] = [
    {"strategy": "accuracy"},
    *({"strategy": "f_beta", "beta": beta} for beta in (0.0, 0.1, 0.5, 1.0, 3.0)),
    *({"strategy": name, "min_rate": rate} for name in ("max_tpr", "max_tnr") for rate in (0, 0.1, 0.5, 0.8, 1.0)),
]

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES, ids=str)


def rates(labels: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    return float((predicted[labels == 1] == 1).mean()), float((predicted[labels == -1] == -1).mean())


def value(labels: np.ndarray, predicted: np.ndarray, strategy: dict[str, Any]) -> float:
    """What the strategy maximises."""
    name = strategy["strategy"]
    if name == "accuracy":
        return float(accuracy_score(labels, predicted))
    if name == "f_beta":
        if strategy["beta"] == 0:
            return float(precision_score(labels, predicted, zero_division=0))
        return float(fbeta_score(labels, predicted, beta=strategy["beta"], zero_division=0))
    first, second = rates(labels, predicted)[:: 1 if name == "max_tpr" else -1]
    return first if second >= strategy["min_rate"] else -1.0


def cases() -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    labels = rng.choice([-1, 1], 60)
    apart, mixed = rng.random(60) + (labels < 0), rng.random(60)
    tied = np.round(mixed, 1)
    alternating = np.arange(6.0)
    return [
        (apart, labels),
        (mixed, labels),
        (tied, labels),
        (2.0 - apart, labels),
        (np.ones(60), labels),
        (alternating, np.array([1, -1, 1, -1, 1, -1])),
        (np.arange(5.0), np.array([-1, -1, -1, 1, 1])),
    ]


@every_strategy
def test_no_threshold_is_better(strategy: dict[str, Any]) -> None:
    for distances, labels in cases():
        if strategy["strategy"] == "accuracy":
            distances = distances + 1.0
        threshold = best_threshold(distances[labels == 1], distances[labels == -1], **strategy)
        best = value(labels, np.where(distances <= threshold, 1, -1), strategy)
        others = [
            value(labels, np.where(distances <= other, 1, -1), strategy) for other in [distances.min() - 1, *distances]
        ]
        assert best == pytest.approx(max(others), abs=1e-12)


def test_nothing_or_everything_is_accepted() -> None:
    similar, dissimilar = np.array([3.0, 4.0]), np.array([0.0, 1.0, 2.0])
    assert best_threshold(similar, dissimilar, "max_tnr", min_rate=0) < 0
    assert best_threshold(similar, dissimilar + 0.5, "max_tnr", min_rate=0) == 0.25
    assert best_threshold(similar, dissimilar, "max_tpr", min_rate=0) == 4.0


def test_of_equal_rates_the_other_is_best() -> None:
    similar, dissimilar = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert best_threshold(similar, dissimilar, "max_tpr", min_rate=0.5) == 2.5
    assert best_threshold(similar, dissimilar, "max_tnr", min_rate=0.5) == 2.5


def pairs_of(X: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.random.default_rng(seed).choice(len(y), (300, 2))
    rows = rows[rows[:, 0] != rows[:, 1]]
    return X[rows], np.where(y[rows[:, 0]] == y[rows[:, 1]], 1, -1)


@every_strategy
def test_calibration(strategy: dict[str, Any], wine: Any) -> None:
    X, y = wine
    pairs, labels = pairs_of(X, y, 0)
    new_pairs, new_labels = pairs_of(X, y, 1)
    fitted = GMML().fit(pairs, labels)
    assert fitted.calibrate_threshold(new_pairs, new_labels, **strategy) is fitted
    lengths = fitted.pair_distance(new_pairs)
    best = value(new_labels, fitted.predict(new_pairs), strategy)
    assert best == pytest.approx(max(value(new_labels, np.where(lengths <= t, 1, -1), strategy) for t in lengths))
    in_fit = GMML().fit(pairs, labels, calibration_params=strategy)
    assert in_fit.threshold_ == GMML().fit(pairs, labels).calibrate_threshold(pairs, labels, **strategy).threshold_


def test_the_fit_maximises_accuracy(wine: Any) -> None:
    pairs, labels = pairs_of(*wine, 0)
    for learner in (GMML, Euclidean, Covariance):
        fitted = learner().fit(pairs, labels)
        assert fitted.threshold_ == learner().fit(pairs, labels, calibration_params={}).threshold_
        assert fitted.threshold_ == fitted.calibrate_threshold(pairs, labels).threshold_


def test_a_preprocessor(wine: Any) -> None:
    X, y = wine
    pairs = np.array([[0, 1], [2, 3], [0, 100], [1, 120], [4, 5], [60, 150]])
    labels = [1, 1, -1, -1, 1, -1]
    fitted = Euclidean(preprocessor=X).fit(pairs, labels)
    assert (
        fitted.calibrate_threshold(pairs, labels).threshold_ == fitted.calibrate_threshold(X[pairs], labels).threshold_
    )


@pytest.mark.parametrize(
    "strategy, text",
    [
        ({"strategy": "weird"}, 'strategy \'weird\': must be one of "accuracy", "f_beta", "max_tpr", "max_tnr"'),
        ({"strategy": "max_tpr"}, 'min_rate None: must be a number from 0 to 1 for the strategy "max_tpr"'),
        ({"strategy": "max_tnr", "min_rate": 1.2}, "min_rate 1.2: must be a number from 0 to 1"),
        ({"strategy": "max_tnr", "min_rate": -0.2}, "min_rate -0.2: must be"),
        ({"strategy": "max_tpr", "min_rate": 3 + 2j}, "min_rate .*: must be"),
        ({"strategy": "f_beta", "beta": None}, "beta None: must be a number"),
        ({"strategy": "f_beta", "beta": "weird"}, "beta 'weird': must be a number"),
    ],
)
def test_wrong_strategies(strategy: dict[str, Any], text: str, wine: Any) -> None:
    pairs, labels = pairs_of(*wine, 0)
    with pytest.raises(InputError, match=text):
        GMML().fit(pairs, labels).calibrate_threshold(pairs, labels, **strategy)
    unfitted = GMML()
    with pytest.raises(InputError, match=text):
        unfitted.fit(pairs, labels, calibration_params=strategy)
    assert not hasattr(unfitted, "model_")  # it is checked before the fit


def test_refusals(wine: Any) -> None:
    X, y = wine
    pairs, labels = pairs_of(X, y, 0)
    fitted = GMML().fit(pairs, labels)
    with pytest.raises(InputError, match="y: must hold one label per pair, 1"):
        fitted.calibrate_threshold(pairs, labels + 1)
    for wrong in ("ABC", None, [1, 2], {"key": None}, pairs):
        with pytest.raises(ValueError, match="^threshold .*: must be a number$"):
            fitted.set_threshold(wrong)
    with pytest.raises(TypeError, match="^threshold of the type ndarray: must be a number$"):
        fitted.set_threshold(pairs)
    with pytest.raises(InputError, match="calibration_params: only pairs have a threshold"):
        GMML().fit(X, y, calibration_params={})
    for strategy in STRATEGIES:
        with pytest.raises(InputError, match="there is no dissimilar pair; give pairs of both kinds"):
            fitted.calibrate_threshold(pairs[labels == 1], labels[labels == 1], **strategy)
    unfitted = Euclidean()
    with pytest.raises(InputError, match="there is no similar pair; give pairs of both kinds"):
        unfitted.fit(pairs[labels == -1], labels[labels == -1])
    assert not hasattr(unfitted, "model_")
    with pytest.raises(AttributeError, match="has no attribute 'calibrate_threshold'"):
        LMNN().fit(X, y).calibrate_threshold(pairs, labels)
