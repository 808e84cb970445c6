"""Large margin nearest neighbour."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._bases import WeightedLearner


@dataclass(eq=False, repr=False)
class LMNN(WeightedLearner):
    """Large margin nearest neighbour, with the perturbation loss on request.

    Minimises over M = L^T L

    .. math::
        \\frac{\\mu}{|S|} \\sum_S D^2(x_i, x_j) + \\frac{1-\\mu}{|T|} \\sum_T [1 - g]_+
        + \\frac{\\lambda}{|T|} \\sum_T \\left[\\tau^2 - \\frac{g^2}{4 q}\\right]_+

    over near pairs S (a row and its target neighbours) and triplets T, with :math:`g = D^2(x_i, x_l) - D^2(x_i, x_j)`
    and :math:`q = |M (x_j - x_l)|^2`. The last term asks that no perturbation of a row smaller than tau makes its
    impostor as near as its target. L-BFGS over L: there is no learning rate.

    Learns from labelled rows, or from triplets (`fit`).

    Parameters
    ----------
    n_neighbors : int, default=3
        Target neighbours per row: nearest rows of its class. Rows of smaller classes have fewer.
    n_impostors : int, default=10
        Impostors per row: nearest rows of other classes.
    mu : float, optional
        Weight of the pull, in [0, 1]; the push has 1 - mu. None: :math:`|S| / (|S| + |T|)`, so that every pair and every
        triplet counts the same.
    {perturbation}
    n_components : int, optional
        Rows of L. None: as many as columns.
    init : {"auto", "identity", "pca", "lda", "random"} or ndarray of shape (n_components, n_features), default="auto"
        L at the start. "auto" is "identity"; for fewer components than columns "lda" if there are more classes than
        components, else "pca". "lda" takes principal directions for components beyond the discriminants, and warns. An
        array is a map of raw rows, as `components_`, and taken as it is; the others are scaled to a mean squared distance
        of 1 between target neighbours.
    refresh : int, default=30
        Iterations between searches for new impostors under the current metric; 0: never. Given triplets stay as they
        are.
    n_anchors : int, default=0
        Rows that have targets and impostors, drawn by `random_state`; 0: all, or 100,000 if there are more. Their
        neighbours come from all rows. No effect on given triplets.
    search : {"exact", "approximate"}, default="exact"
        Search of neighbours among 10,000 rows or more. `derived_["neighbor_recall"]` is the measured share of the
        neighbours that the approximate search finds.
    max_iter : int, default=1000
        Largest number of iterations. A fit that stops there issues a ConvergenceWarning.
    tol : float, default=1e-3
        The fit stops when the relative decrease of the objective over five iterations is below this.
    min_iter, learn_rate, convergence_tol : optional
        Parameters of metric-learn without effect here; a warning says so if they are given.
    regularization : float, optional
        Metric-learn's name for `mu`; if it is given, it replaces `mu`.
    {shared}

    References
    ----------
    Weinberger and Saul, *Distance metric learning for large margin nearest neighbor classification*, JMLR 2009, section 3.
    Yang, Guo, Dong and Xue, *Towards certified robustness of distance metric learning*, arXiv 2006.05945, section 4.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from holdfast import LMNN
    >>> X, y = load_iris(return_X_y=True)
    >>> lmnn = LMNN(n_neighbors=5, perturbation_weight="auto").fit(X, y)
    >>> lmnn.termination_.converged
    True
    """

    _method = "lmnn"
    _without_effect = ("min_iter", "learn_rate", "convergence_tol")

    n_neighbors: int = 3
    _: KW_ONLY
    n_impostors: int = 10
    mu: float | None = None
    perturbation_weight: Any = None
    perturbation_margin: Any = "auto"
    n_components: int | None = None
    refresh: int = 30
    n_anchors: int = 0
    search: str = "exact"
    max_iter: int = 1000
    tol: float = 1e-3
    init: Any = "auto"
    min_iter: Any = None
    learn_rate: Any = None
    convergence_tol: Any = None
    regularization: float | None = None

    def _options(self) -> dict[str, Any]:
        options = super()._options()
        if self.regularization is not None:
            options["mu"] = float(self.regularization)
        return options
