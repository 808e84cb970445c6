"""Least squared-residual metric learning."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._estimator import MetricLearner


@dataclass(eq=False, repr=False)
class LSML(MetricLearner):
    """Least squared-residual metric learning: comparisons of two distances, as close to a prior metric as they allow.

    Minimises over positive definite M, for m quadruplets (a, b, c, d) with the prior P,

    .. math::
        \\mathrm{tr}(M P^{-1}) - \\log\\det(M P^{-1}) + \\sum w \\, [d_M(a, b) - d_M(c, d)]_+^2

    with the weights w of the quadruplets over their sum, 1/m without weights.

    Learns from labelled rows, by which it draws comparisons, or from quadruplets (`fit`).

    Parameters
    ----------
    prior : {"identity", "covariance", "random"} or ndarray of shape (n_features, n_features), default="identity"
        P: the identity divided by the mean variance of the columns, the inverse covariance of the rows, a metric drawn by
        `random_state` in the same unit as the identity, or a given positive definite matrix, a metric of raw rows.
    n_constraints : int, optional
        Comparisons of a similar with a dissimilar pair drawn by label. None: 20 c² for c classes. No effect on given
        quadruplets.
    max_iter : int, default=1000
        Largest number of iterations. A fit that stops there issues a ConvergenceWarning.
    tol : float, default=1e-8
        The fit stops when the relative decrease of the objective over five iterations is below this.
    {shared}

    References
    ----------
    Liu, Guo, Zhang, Xie and Wang, *Metric learning from relative comparisons by minimizing squared residual*, ICDM 2012.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import LSML
    >>> X, y = load_wine(return_X_y=True)
    >>> LSML().fit(X, y).transform(X).shape
    (178, 13)
    """

    _method = "lsml"
    _for_tuples = True

    _: KW_ONLY
    prior: Any = "identity"
    n_constraints: int | None = None
    max_iter: int = 1000
    tol: float = 1e-8

    def fit(self, X: Any, y: Any = None, weights: Any = None) -> Any:
        """Learns the metric from labels, or from quadruplets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Labelled rows, or quadruplets (n_quadruplets, 4, n_features) of a, b, c, d with d(a, b) < d(c, d); with a
            `preprocessor`, indices may be given instead.
        y : array-like of shape (n_samples,)
            Class labels of any type; None for quadruplets.
        weights : array-like of shape (n_quadruplets,), optional
            How much each quadruplet counts, at least 0; only their shares of the sum matter. None: all the same.
            (metric-learn's `LSML().fit(quadruplets, weights)` is `LSML().fit(quadruplets, weights=weights)` here.)

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
        return self._fit(X, y, weights=weights)
