"""Adversarial metric learning."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._bases import PairsLearner


@dataclass(eq=False, repr=False)
class AML(PairsLearner):
    """Adversarial metric learning: pairs, and the pairs that an adversary makes of them to fool the metric.

    Minimises over symmetric positive definite M, the adversary's best answer put in,

    .. math::
        \\mathrm{tr}(M A) + (1 + \\alpha c^2) \\mathrm{tr}(M^{-1} B) + \\alpha \\mathrm{tr}(A\\, h(M)), \\quad
        c = \\frac{\\beta}{2 + \\beta}, \\quad h(t) = \\frac{\\beta^2 t^5}{(2 + \\beta t^2)^2}

    with the scatters A of similar and B of dissimilar pairs. An iteration costs d^3, whatever the number of pairs.

    Learns from labelled rows (all of their pairs) or from pairs (`fit`).

    Parameters
    ----------
    alpha : float, default=1
        Weight of the adversarial pairs; 0 is `GMML`.
    beta : float, default=1
        Cost to the adversary of moving a pair: the smaller, the stronger the adversary.
    solver : {"bilevel", "alternating"}, default="bilevel"
        Bilevel minimises the formula above; alternating solves confusion and distinguishment in turn.
    regularization : float, optional
        As in `GMML`.
    prior : {"identity", "covariance", "random"} or ndarray of shape (n_features, n_features), default="identity"
        As in `GMML`.
    max_iter : int, default=1000
        Largest number of iterations.
    tol : float, default=1e-10
        The fit stops when the relative decrease of the objective over five iterations is below this.
    {shared}
    threshold_ : float
        If the estimator was fitted on pairs: the distance up to which `predict` calls a pair similar.

    References
    ----------
    Chen, Gong, Yang, Li, Wei and Li, *Adversarial metric learning*, IJCAI 2018, arXiv 1802.03170.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import AML
    >>> X, y = load_wine(return_X_y=True)
    >>> AML(beta=0.5).fit(X, y).termination_.converged
    True
    """

    _method = "aml"
    _for_tuples = True

    alpha: float = 1.0
    beta: float = 1.0
    _: KW_ONLY
    solver: str = "bilevel"
    regularization: float | None = None
    prior: Any = "identity"
    max_iter: int = 1000
    tol: float = 1e-10
