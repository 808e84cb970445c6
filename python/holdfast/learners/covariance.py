"""The Mahalanobis distance of the rows, a baseline."""

from __future__ import annotations

from .._bases import PairsLearner


class Covariance(PairsLearner):
    """The Mahalanobis distance: :math:`M = C^{-1}` for the covariance C of the rows. Labels, pairs and triplets do not matter.

    If the columns are linearly dependent, M is the pseudo-inverse of C.

    Parameters
    ----------
    {shared}

    References
    ----------
    Mahalanobis, *On the generalised distance in statistics*, Proceedings of the National Institute of Sciences of India, 1936.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import Covariance
    >>> X, y = load_wine(return_X_y=True)
    >>> M = Covariance().fit(X, y).get_mahalanobis_matrix()
    >>> bool(np.allclose(M @ np.cov(X, rowvar=False), np.eye(13)))
    True
    """

    _method = "covariance"
