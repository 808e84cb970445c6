"""Neighbourhood components analysis."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._bases import WeightedLearner


@dataclass(eq=False, repr=False)
class NCA(WeightedLearner):
    """Neighbourhood components analysis, with the perturbation loss on request.

    Minimises over M = L^T L

    .. math::
        1 - \\frac{1}{n} \\sum_i p_i + \\frac{\\lambda}{|T|} \\sum_T \\left[\\tau^2 - \\frac{g^2}{4 q}\\right]_+

    with :math:`p_i` the chance that a neighbour of row i, drawn with probability proportional to
    :math:`\\exp(-D^2)`, has its label.

    Parameters
    ----------
    n_components : int, optional
        Rows of L. None: as many as columns.
    init : {"auto", "identity", "pca", "lda", "random"} or ndarray of shape (n_components, n_features), default="auto"
        L at the start. "auto" is "identity"; for fewer components than columns "lda" if there are more classes than
        components, else "pca". "lda" takes principal directions for components beyond the discriminants, and warns. An
        array is a map of raw rows, as `components_`, and taken as it is; the others are scaled to a mean squared distance
        of 1 between target neighbours.
    {perturbation}
    n_neighbors : int, default=3
        Target neighbours of the perturbation loss, and of the scale at the start.
    n_impostors : int, default=10
        Impostors of the perturbation loss.
    batch_size : int, default=0
        Rows per step, each compared with all others; 0: all rows, and with more than 3,000 each compared with its 20
        nearest alone (`derived_` has the share of the softmax that this leaves out).
    search : {"exact", "approximate"}, default="exact"
        Search of near rows, targets and impostors among 10,000 rows or more, as in `LMNN`.
    max_iter : int, default=1000
        Largest number of iterations. A fit that stops there issues a ConvergenceWarning.
    tol : float, default=1e-2
        The fit stops when the decrease of the objective over five iterations is below this share of its value at the start.
        A smaller one follows the training rows more closely.
    {shared}

    References
    ----------
    Goldberger, Roweis, Hinton and Salakhutdinov, *Neighbourhood components analysis*, NIPS 2004.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from holdfast import NCA
    >>> X, y = load_iris(return_X_y=True)
    >>> NCA(n_components=2).fit_transform(X, y).shape
    (150, 2)
    """

    _method = "nca"

    n_components: int | None = None
    _: KW_ONLY
    perturbation_weight: Any = None
    perturbation_margin: Any = "auto"
    n_neighbors: int = 3
    n_impostors: int = 10
    batch_size: int = 0
    search: str = "exact"
    max_iter: int = 1000
    tol: float | None = 1e-2
    init: Any = "auto"
