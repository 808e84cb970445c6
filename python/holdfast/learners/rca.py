"""Relevant component analysis."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._estimator import MetricLearner


@dataclass(eq=False, repr=False)
class RCA(MetricLearner):
    """Relevant component analysis: the inverse covariance within chunks of rows that belong together.

    A chunk holds rows of one class, whatever that class is. With the mean :math:`m_j` of chunk j and N rows in chunks,
    :math:`M = C^{-1}` of

    .. math::
        C = \\frac{1}{N} \\sum_j \\sum_i (x_{ji} - m_j)(x_{ji} - m_j)^\\top

    With fewer components, L keeps the directions in which the variance within chunks is the smallest share of the whole.

    Learns from labelled rows, by which it draws chunks, or from chunks (`fit`).

    Parameters
    ----------
    n_components : int, optional
        Rows of L. None: as many as columns.
    n_chunks : int, default=100
        Chunks drawn by label; fewer if the classes hold no more (`derived_` says how many). No effect on given chunks.
    chunk_size : int, default=2
        Rows of a chunk drawn by label. No effect on given chunks.
    {shared}

    References
    ----------
    Bar-Hillel, Hertz, Shental and Weinshall, *Learning a Mahalanobis metric from equivalence constraints*, JMLR 2005.

    Examples
    --------
    >>> from holdfast import RCA
    >>> X = [[-0.05, 3.0], [0.05, -3.0], [0.1, -3.5], [-0.1, 3.5], [-0.9, 0.1], [0.9, 0.0]]
    >>> RCA().fit(X, chunks=[0, 0, 1, 1, -1, -1]).components_.shape
    (2, 2)
    """

    _method = "rca"

    n_components: int | None = None
    _: KW_ONLY
    n_chunks: int = 100
    chunk_size: int = 2

    def fit(self, X: Any, y: Any = None, *, chunks: Any = None) -> Any:
        """Learns the metric from labels, or from chunks.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; with a `preprocessor`, indices may be given instead.
        y : array-like of shape (n_samples,), optional
            Class labels of any type, by which chunks are drawn unless `chunks` are given.
        chunks : array-like of int of shape (n_samples,), optional
            The number of each row's chunk; -1: the row is in no chunk. (metric-learn's `RCA().fit(X, chunks)` is
            `RCA().fit(X, chunks=chunks)` here.) Labels y, if they are given too, only serve the classifier of `model_`.

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
        return self._fit(X, y, chunks)
