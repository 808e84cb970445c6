"""Bases of the learners whose `fit` takes more than rows and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._estimator import MetricLearner


@dataclass(eq=False, repr=False, kw_only=True)
class WeightedLearner(MetricLearner):
    """Base of the learners whose labelled rows can have weights."""

    def fit(self, X: Any, y: Any = None, *, sample_weight: Any = None) -> Any:
        """Learns the metric from labelled rows or tuples of points, as the other learners do; see `SCML.fit`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or of tuples of points
            Labelled rows, or tuples that the learner learns from.
        y : array-like of shape (n_samples,)
            Class labels of any type.
        sample_weight : array-like of shape (n_samples,), optional
            How much each labelled row counts in what is learned: at least 0, 1 by default. A row of weight 0 adds nothing of
            its own, but still is a neighbour of others and a row to predict by.

        Returns
        -------
        self

        Raises
        ------
        InputError
            (a ValueError) If an option is out of bounds, or the method cannot learn from the data.
        RuntimeError
            If squares of very large values overflow.
        """
        return self._fit(X, y, sample_weight=sample_weight)


@dataclass(eq=False, repr=False, kw_only=True)
class PairsLearner(MetricLearner):
    """Base of the learners that learn from pairs, among others."""

    def fit(self, X: Any, y: Any = None, *, calibration_params: dict[str, Any] | None = None) -> Any:
        """Learns the metric from labelled rows or tuples of points, as the other learners do; see `LMNN.fit`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or of tuples of points
            Labelled rows; or pairs (n_pairs, 2, n_features), with a `preprocessor` (n_pairs, 2) indices.
        y : array-like of shape (n_samples,)
            Class labels of any type; for pairs 1 (similar) or -1 (dissimilar).
        calibration_params : dict, optional
            For pairs: arguments of `calibrate_threshold`, by which `threshold_` is chosen on the pairs of the fit. None:
            the threshold that judges most of them right.

        Returns
        -------
        self

        Raises
        ------
        InputError
            (a ValueError) If an option is out of bounds, or the method cannot learn from the data.
        RuntimeError
            If the objective is not finite, for example because squares of very large values overflow.
        """
        return self._fit(X, y, calibration_params=calibration_params)
