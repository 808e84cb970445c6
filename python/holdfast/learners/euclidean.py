"""The Euclidean distance, the baseline."""

from __future__ import annotations

from typing import Any

from .._estimator import MetricLearner
from ._documentation import documented


@documented
class Euclidean(MetricLearner):
    """The Euclidean distance of the preprocessed rows: the baseline, nothing is learned.

    Parameters
    ----------
    {shared}

    Attributes
    ----------
    {attributes}

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import Euclidean
    >>> X, y = load_wine(return_X_y=True)
    >>> Euclidean(preprocess="standardize").fit_transform(X, y).shape
    (178, 13)
    """

    _method = "euclidean"

    def __init__(
        self, *, preprocess: str = "auto", preprocessor: Any = None, random_state: Any = 0, verbose: bool = False
    ) -> None:
        self.preprocess = preprocess
        self.preprocessor = preprocessor
        self.random_state = random_state
        self.verbose = verbose
