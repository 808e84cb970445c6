"""What the estimators by nearest training rows share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted, validate_data

from ._arrays import Floats
from ._estimator import Saved
from ._progress import progress_bar


class NearestRows(Saved):
    """An estimator that predicts by the nearest training rows of its model."""

    n_neighbors: int
    verbose: bool

    def _rows(self, X: Any) -> Floats:
        check_is_fitted(self, "model_")
        rows: Floats = validate_data(self, X, reset=False, dtype=np.float64, order="C")
        return rows

    def _rows_or_none(self, X: Any) -> Floats | None:
        check_is_fitted(self, "model_")
        return None if X is None else self._rows(X)

    def kneighbors(self, X: Any = None, n_neighbors: int | None = None) -> tuple[Floats, NDArray[np.int32]]:
        """The nearest training rows of each row, by rising distance under the learned metric, ties by row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), optional
            None: the training rows, none of which is its own neighbour.
        n_neighbors : int, optional
            Default: the estimator's own.

        Returns
        -------
        distances, rows : ndarrays of shape (n_samples, n_neighbors)
            Distances are not squared.
        """
        rows = self._rows_or_none(X)
        with progress_bar(self.verbose) as progress:
            return self.model_.kneighbors(rows, self.n_neighbors if n_neighbors is None else n_neighbors, progress=progress)
