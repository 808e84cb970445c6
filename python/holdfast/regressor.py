"""k-nearest-neighbour regression under a learned metric."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils.validation import validate_data

from ._arrays import Floats
from ._checks import integer
from ._estimator import MetricLearner
from ._nearest import NearestRows
from ._progress import progress_bar


class KNeighborsRegressor(NearestRows, RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts the mean label of the nearest training rows under a learned metric.

    Parameters
    ----------
    n_neighbors : int, default=3
        Nearest training rows whose labels are averaged, all with the same weight.
    learner : MLKR, optional
        Learns the metric on the training rows; it is cloned. None: `MLKR()`.
    verbose : bool, default=False
        Show progress bars.

    Attributes
    ----------
    learner_ : MLKR
        The fitted learner.
    model_ : Model
        Metric, preprocessing and training rows; `save` writes it.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from holdfast import MLKR, KNeighborsRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> knn = KNeighborsRegressor(15, learner=MLKR(n_components=2)).fit(X[::2], y[::2])
    >>> bool(knn.score(X[1::2], y[1::2]) > 0.3)
    True
    """

    def __init__(self, n_neighbors: int = 3, *, learner: Any = None, verbose: bool = False) -> None:
        self.n_neighbors = n_neighbors
        self.learner = learner
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> KNeighborsRegressor:
        """Learns the metric and keeps the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Numbers, not all equal.

        Returns
        -------
        self
        """
        from .learners import MLKR

        learner = MLKR() if self.learner is None else self.learner
        if not isinstance(learner, MetricLearner) or learner._task() != "regression":
            raise TypeError(f"learner {learner!r}: must be a learner of quantities, MLKR()")
        validate_data(self, X, y, dtype=np.float64, order="C", y_numeric=True, ensure_min_samples=2)
        self.learner_ = clone(learner).fit(X, y)
        self.model_ = self.learner_.model_
        return self

    def predict(self, X: Any) -> Floats:
        """The mean label of the nearest training rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or None
            None: the training rows, none of which is its own neighbour (leave-one-out).

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        rows = self._rows_or_none(X)
        with progress_bar(self.verbose) as progress:
            return self.model_.predict(rows, integer("n_neighbors", self.n_neighbors), progress=progress)
