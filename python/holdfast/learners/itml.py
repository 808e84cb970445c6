"""Information-theoretic metric learning."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import vector
from .._errors import InputError
from .._bases import PairsLearner


@dataclass(eq=False, repr=False)
class ITML(PairsLearner):
    """Information-theoretic metric learning: bounds on the distances of pairs, as close to a prior metric as they allow.

    Minimises over positive definite M and bounds :math:`\\xi_i`, with :math:`b_i` = near² for similar and far² for
    dissimilar pairs,

    .. math::
        D(M, P) + \\gamma \\sum_i D(\\xi_i, b_i), \\qquad
        v_i^\\top M v_i \\le \\xi_i \\text{ (similar)}, \\; \\ge \\xi_i \\text{ (dissimilar)}

    for the differences v of pairs and the LogDet divergence D from the prior P.

    Learns from labelled rows, by which it draws pairs, or from pairs (`fit`).

    Parameters
    ----------
    gamma : float, default=1.0
        Price of a pair that violates its bound.
    near, far : float, optional
        Bounds of the distances of similar and of dissimilar pairs, under the prior. None: the 5th and the 95th
        percentile of all distances.
    prior : {"identity", "covariance", "random"} or ndarray of shape (n_features, n_features), default="identity"
        P: the identity, the inverse covariance of the rows, a metric drawn by `random_state`, or a given positive definite
        matrix, a metric of raw rows.
    n_constraints : int, optional
        Similar pairs drawn by label, and as many dissimilar pairs. None: 20 c² for c classes. No effect on given pairs.
    max_iter : int, default=1000
        Largest number of iterations. A fit that stops there issues a ConvergenceWarning.
    tol : float, default=1e-8
        The fit stops when the relative decrease of the objective over five iterations is below this.
    {shared}

    References
    ----------
    Davis, Kulis, Jain, Sra and Dhillon, *Information-theoretic metric learning*, ICML 2007.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import ITML
    >>> X, y = load_wine(return_X_y=True)
    >>> ITML().fit(X, y).transform(X).shape
    (178, 13)
    """

    _method = "itml"
    _for_tuples = True

    gamma: float = 1.0
    _: KW_ONLY
    near: float | None = None
    far: float | None = None
    prior: Any = "identity"
    n_constraints: int | None = None
    max_iter: int = 1000
    tol: float = 1e-8

    def fit(
        self,
        X: Any,
        y: Any = None,
        bounds: ArrayLike | None = None,
        calibration_params: dict[str, Any] | None = None,
    ) -> Any:
        """Learns the metric from labels, or from pairs.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Labelled rows, or pairs (n_pairs, 2, n_features); with a `preprocessor`, indices may be given instead.
        y : array-like of shape (n_samples,)
            Class labels of any type; for pairs 1 (similar) or -1 (dissimilar).
        bounds : array-like of two numbers, optional
            Bounds of *squared* distances as metric-learn has them: near², far². They replace `near` and `far`.
        calibration_params : dict, optional
            For pairs: arguments of `calibrate_threshold`.

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
        return self._fit(X, y, calibration_params=calibration_params, options=bounds_of(bounds))


def bounds_of(bounds: ArrayLike | None) -> dict[str, float]:
    """The options `near` and `far` from bounds of squared distances."""
    if bounds is None:
        return {}
    near, far = _two_numbers(bounds)
    return {"near": float(np.sqrt(near)), "far": float(np.sqrt(far))}


def _two_numbers(bounds: ArrayLike) -> tuple[float, float]:
    try:
        values = vector(bounds)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.size != 2 or not np.all(values > 0):
        raise InputError("bounds: must hold two numbers above 0, the squared distances near² and far²")
    return float(values[0]), float(values[1])
