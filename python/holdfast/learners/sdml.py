"""Sparse distance metric learning."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._bases import PairsLearner


@dataclass(eq=False, repr=False)
class SDML(PairsLearner):
    """Sparse distance metric learning: near similar pairs, and a metric most of whose interactions of columns are zero.

    Minimises over positive definite M, with :math:`S = P^{-1} + \\eta K` for the prior P and K, the sum of
    :math:`v v^\\top` over similar minus that over dissimilar pairs,

    .. math::
        \\mathrm{tr}(M S) - \\log\\det M + \\lambda \\sum_{i \\ne j} |M_{ij}|

    Learns from labelled rows, by which it draws pairs, or from pairs (`fit`).

    Parameters
    ----------
    balance_param : float, optional
        eta, the weight of the pairs. None: 0.5, or less if the problem then has no minimum (`derived_`). A given weight
        is lowered too in that case.
    sparsity_param : float, default=0.01
        lambda, in units of the mean variance of the columns.
    prior : {"identity", "covariance", "random"} or ndarray of shape (n_features, n_features), default="identity"
        P: the identity divided by the mean variance of the columns, the inverse covariance of the rows, a metric drawn by
        `random_state` in the same unit as the identity, or a given positive definite matrix, a metric of raw rows.
    n_constraints : int, optional
        Similar pairs drawn by label, and as many dissimilar pairs. None: 20 c² for c classes. No effect on given pairs.
    max_iter : int, default=1000
        Largest number of iterations. A fit that stops there issues a ConvergenceWarning.
    tol : float, default=1e-8
        The fit stops when the subgradient is this share of the matrices that it is a difference of.
    {shared}

    References
    ----------
    Qi, Tang, Zha, Shen, Fu, Wang and Zhang, *An efficient sparse metric learning in high-dimensional space via
    l1-penalized log-determinant regularization*, ICML 2009.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import SDML
    >>> X, y = load_wine(return_X_y=True)
    >>> SDML().fit(X, y).transform(X).shape
    (178, 13)
    """

    _method = "sdml"
    _for_tuples = True
    _renamed = {"balance": "balance_param", "sparsity": "sparsity_param"}

    balance_param: float | None = None
    _: KW_ONLY
    sparsity_param: float = 0.01
    prior: Any = "identity"
    n_constraints: int | None = None
    max_iter: int = 1000
    tol: float = 1e-8
