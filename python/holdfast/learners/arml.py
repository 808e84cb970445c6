"""Adversarially robust metric learning."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from .._estimator import MetricLearner


@dataclass(eq=False, repr=False)
class ARML(MetricLearner):
    """Adversarially robust metric learning: the largest mean distance from a row to its nearest adversarial example.

    Minimises over M = L^T L the mean over triplets of :math:`[\\tau - g / (2 \\sqrt q)]_+`, the adversarial margin itself;
    with tau infinite it is minus the mean margin. It does not change with the scale of M.

    Learns from labelled rows, or from triplets (`fit`).

    Parameters
    ----------
    n_neighbors : int, default=5
        Targets are drawn from this many nearest rows of the class.
    n_impostors : int, default=5
        Impostors are drawn from this many nearest rows of other classes.
    n_draws : int, default=25
        Triplets drawn per row; all of them if a row has fewer.
    margin : float, default=inf
        tau, in units of the preprocessed rows; infinity: as large as possible.
    {perturbation}
    n_components : int, optional
        Rows of L. None: as many as columns.
    refresh : int, default=30
        Iterations between draws of new triplets under the current metric; 0: never.
    max_iter : int, default=200
        Largest number of iterations. A fit that stops there issues a ConvergenceWarning.
    tol : float, default=1e-4
        A stretch between draws ends when the relative decrease of the objective over five iterations is below this.
    {shared}

    References
    ----------
    Wang, Liu, Yi, Zhou and Hsieh, *Provably robust metric learning*, NeurIPS 2020, arXiv 2006.07024.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from holdfast import ARML
    >>> X, y = load_iris(return_X_y=True)
    >>> ARML().fit(X, y).components_.shape
    (4, 4)
    """

    _method = "arml"

    n_neighbors: int = 5
    _: KW_ONLY
    n_impostors: int = 5
    n_draws: int = 25
    margin: float = np.inf
    perturbation_weight: Any = None
    perturbation_margin: Any = "auto"
    n_components: int | None = None
    refresh: int = 30
    max_iter: int = 200
    tol: float = 1e-4
