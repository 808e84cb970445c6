"""Geometric mean metric learning."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from .._bases import PairsLearner


@dataclass(eq=False, repr=False)
class GMML(PairsLearner):
    """Geometric mean metric learning: closed form over all similar and dissimilar pairs, the fastest.

    :math:`M = A^{-1} \\#_t B`, the point t of the geodesic between the inverse scatter of similar pairs and the scatter of
    dissimilar ones; for t = 1/2 the unique minimum of :math:`\\mathrm{tr}(M A) + \\mathrm{tr}(M^{-1} B)`.

    Learns from labelled rows (all of their pairs) or from pairs (`fit`).

    Parameters
    ----------
    t : float, default=0.5
        0 looks at similar pairs only, 1 at dissimilar pairs only.
    regularization : float, optional
        Share of the prior added to the scatters. None: none, or 0.001 if they are singular; `derived_`
        has what was used.
    prior : {"identity", "covariance", "random"} or ndarray of shape (n_features, n_features), default="identity"
        P, the metric that regularisation draws to; a matrix is a metric of raw rows.
    {shared}
    threshold_ : float
        If the estimator was fitted on pairs: the distance up to which `predict` calls a pair similar.

    References
    ----------
    Zadeh, Hosseini and Sra, *Geometric mean metric learning*, ICML 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import GMML
    >>> X, y = load_wine(return_X_y=True)
    >>> GMML().fit(X, y).get_mahalanobis_matrix().shape
    (13, 13)
    """

    _method = "gmml"

    t: float = 0.5
    _: KW_ONLY
    regularization: float | None = None
    prior: Any = "identity"

    def fit(
        self, X: Any, y: Any = None, *, sample_weight: Any = None, calibration_params: dict[str, Any] | None = None
    ) -> Any:
        """Learns the metric from labelled rows or pairs of points, as the other learners do; see `SCML.fit`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or of tuples of points
            Labelled rows; or pairs (n_pairs, 2, n_features), with a `preprocessor` (n_pairs, 2) indices.
        y : array-like of shape (n_samples,)
            Class labels of any type; for pairs 1 (similar) or -1 (dissimilar).
        sample_weight : array-like of shape (n_samples,), optional
            At least 0, 1 by default: a pair of labelled rows counts as the product of their weights, so that a row of weight w
            counts as w copies of it.
        calibration_params : dict, optional
            For pairs: arguments of `calibrate_threshold`, by which `threshold_` is chosen on the pairs of the fit. None:
            the threshold that judges most of them right.

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
        return self._fit(X, y, calibration_params=calibration_params, sample_weight=sample_weight)
