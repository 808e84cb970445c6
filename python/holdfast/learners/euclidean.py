"""The Euclidean distance, the baseline."""

from __future__ import annotations

from .._bases import PairsLearner


class Euclidean(PairsLearner):
    """The Euclidean distance of the preprocessed rows: the baseline, nothing is learned.

    Parameters
    ----------
    {shared}

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import Euclidean
    >>> X, y = load_wine(return_X_y=True)
    >>> Euclidean(preprocess="standardize").fit_transform(X, y).shape
    (178, 13)
    """

    _method = "euclidean"
