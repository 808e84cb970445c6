"""Sparse compositional metric learning."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._estimator import MetricLearner


@dataclass(eq=False, repr=False)
class SCML(MetricLearner):
    """Sparse compositional metric learning, with the perturbation loss on request.

    Minimises over weights w >= 0, with :math:`M = \\sum_k w_k b_k b_k^T` of directions b that separate classes in regions of
    the data,

    .. math::
        \\frac{1}{|T|} \\sum_T [1 - g]_+ + \\beta |w|_1
        + \\frac{\\lambda}{|T|} \\sum_T \\left[\\tau^2 - \\frac{g^2}{4 q}\\right]_+

    Directions that do not reduce the objective have weight 0, so that L has few rows.

    Learns from labelled rows, or from triplets (`fit`), as metric-learn's SCML does.

    Parameters
    ----------
    n_neighbors : int, default=3
        Target neighbours per row.
    n_impostors : int, default=10
        Impostors per row.
    n_basis : int, optional
        Number of directions. None: twenty per column, at least 100 and at most 1000; those of a given `basis`.
    basis : {"auto", "lda", "triplet_diffs"} or ndarray of shape (n_basis, n_features), default="auto"
        What the directions are found by: discriminants of labelled rows, or triplets, whose impostors are far and whose
        targets are near in these directions; "auto" takes labels if there are labels. The rows of an array are directions
        of raw rows; their lengths do not matter.
    sparsity : float, default=0.03
        beta, relative to the size of w at the start.
    {perturbation}
    batch_size : int, default=0
        Rows per step, whose triplets are drawn; 0: all rows up to 20,000, else mini-batches.
    {solver}
    beta, gamma, output_iter : optional
        Parameters of metric-learn's stochastic solver without effect here; a warning says so if they are given.
    {shared}

    References
    ----------
    Shi, Bellet and Sha, *Sparse compositional metric learning*, AAAI 2014.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import SCML
    >>> X, y = load_wine(return_X_y=True)
    >>> SCML().fit(X, y).transform(X).shape[0]
    178
    """

    _method = "scml"
    _for_tuples = True
    _without_effect = ("beta", "gamma", "output_iter")

    n_neighbors: int = 3
    _: KW_ONLY
    n_impostors: int = 10
    n_basis: int | None = None
    sparsity: float = 0.03
    perturbation_weight: Any = None
    perturbation_margin: Any = "auto"
    batch_size: int = 0
    max_iter: int = 1000
    tol: float = 1e-4
    beta: Any = None
    basis: Any = "auto"
    gamma: Any = None
    output_iter: Any = None
