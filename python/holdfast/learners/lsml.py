"""Least squared-residual metric learning."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from .._estimator import MetricLearner


@dataclass(eq=False, repr=False)
class LSML(MetricLearner):
    """Least squared-residual metric learning: comparisons of two distances, as close to a prior metric as they allow.

    Minimises over positive definite M, for m quadruplets (a, b, c, d) with the prior P,

    .. math::
        \\mathrm{tr}(M P^{-1}) - \\log\\det(M P^{-1}) + \\frac{1}{m} \\sum [d_M(a, b) - d_M(c, d)]_+^2

    Learns from labelled rows, by which it draws comparisons, or from quadruplets (`fit`).

    Parameters
    ----------
    prior : {"identity", "covariance"}, default="identity"
        P: the identity divided by the mean variance of the columns, or the inverse covariance of the rows.
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
    prior: str = "identity"
    n_constraints: int | None = None
    max_iter: int = 1000
    tol: float = 1e-8
