"""Metric learning for kernel regression."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._estimator import MetricLearner


@dataclass(eq=False, repr=False)
class MLKR(MetricLearner):
    """Metric learning for kernel regression: labels that are quantities, predicted by the mean of near rows.

    Minimises over M = L^T L the mean squared error of leave-one-out kernel regression

    .. math:: \\frac{1}{n} \\sum_i \\Bigl(y_i - \\sum_{j \\ne i} p_{ij} y_j\\Bigr)^2

    with :math:`p_{ij}` proportional to :math:`\\exp(-D^2(x_i, x_j))`. `KNeighborsRegressor` predicts with it.

    Parameters
    ----------
    n_components : int, optional
        Rows of L. None: as many as columns.
    init : {"auto", "identity", "pca", "random"} or ndarray of shape (n_components, n_features), default="auto"
        L at the start. "auto" is "identity", or "pca" for fewer components than columns. An array is a map of raw rows,
        as `components_`, and taken as it is; the others are scaled to a mean squared distance of 1 between nearest rows.
    batch_size : int, default=0
        Rows per step; 0: all up to 3,000 rows, else mini-batches.
    max_iter : int, default=1000
        Largest number of iterations. A fit that stops there issues a ConvergenceWarning.
    tol : float, default=1e-2
        The fit stops when the decrease of the objective over five iterations is below this share of its value at the start.
        A smaller one follows the training rows more closely.
    {shared}

    References
    ----------
    Weinberger and Tesauro, *Metric learning for kernel regression*, AISTATS 2007.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from holdfast import MLKR
    >>> X, y = load_diabetes(return_X_y=True)
    >>> MLKR(n_components=2).fit_transform(X, y).shape
    (442, 2)
    """

    _method = "mlkr"

    n_components: int | None = None
    _: KW_ONLY
    init: Any = "auto"
    batch_size: int = 0
    max_iter: int = 1000
    tol: float | None = 1e-2
