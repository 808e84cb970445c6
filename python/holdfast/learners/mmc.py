"""Mahalanobis metric for clustering."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._bases import PairsLearner


@dataclass(eq=False, repr=False)
class MMC(PairsLearner):
    """Mahalanobis metric for clustering: the largest distances of dissimilar pairs for given ones of similar pairs.

    Maximises over positive semidefinite M, for the differences v of pairs,

    .. math::
        \\sum_{\\text{dissimilar}} \\sqrt{v^\\top M v}, \\qquad
        \\frac{1}{|S|} \\sum_{\\text{similar}} v^\\top M v \\le 1

    Learns from labelled rows, by which it draws pairs, or from pairs (`fit`).

    Parameters
    ----------
    diagonal : bool, default=False
        M is diagonal: weights of the columns.
    regularization : float, optional
        Share of the mean variance of similar pairs that is added in every direction. None: 2 sqrt(columns /
        similar pairs) (`derived_` has it), as few pairs leave it uncertain; 0 is the problem of the paper.
    n_constraints : int, optional
        Similar pairs drawn by label, and as many dissimilar pairs. None: 20 c² for c classes. No effect on given pairs.
    max_iter : int, default=1000
        Largest number of iterations. A fit that stops there issues a ConvergenceWarning.
    tol : float, default=1e-10
        The fit stops when the relative decrease of the objective over five iterations is below this.
    init, max_proj, diagonal_c : optional
        Parameters of metric-learn's solver without effect here; a warning says so if they are given. The solution does
        not depend on the start.
    {shared}

    References
    ----------
    Xing, Ng, Jordan and Russell, *Distance metric learning with application to clustering with side-information*, NIPS 2002.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import MMC
    >>> X, y = load_wine(return_X_y=True)
    >>> MMC().fit(X, y).transform(X).shape
    (178, 13)
    """

    _method = "mmc"
    _for_tuples = True
    _without_effect = ("init", "max_proj", "diagonal_c")

    diagonal: bool = False
    _: KW_ONLY
    regularization: float | None = None
    n_constraints: int | None = None
    max_iter: int = 1000
    tol: float = 1e-10
    init: Any = None
    max_proj: Any = None
    diagonal_c: Any = None
