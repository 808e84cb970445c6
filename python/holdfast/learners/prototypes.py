"""Learned prototypes."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from .._estimator import MetricLearner


@dataclass(eq=False, repr=False)
class NearestPrototypes(MetricLearner):
    """Prototypes of the classes, learned so that the predictions of the nearest one hold under perturbation.

    Minimises over prototypes :math:`w_1, \\ldots, w_P` of fixed classes the mean over rows of a loss of the certified margin

    .. math::
        e(x) = \\max_{i \\text{ of the class}} \\; \\min_{j \\text{ of others}}
               \\frac{|x - w_j|^2 - |x - w_i|^2}{2 |w_i - w_j|}

    No perturbation shorter than :math:`e(x)` changes the prediction. The prototypes take the place of the training
    rows: `model_` has them as its reference rows, and `CertifiedKNeighborsClassifier(1, learner=NearestPrototypes())`
    predicts and certifies by them. The metric stays Euclidean.

    Parameters
    ----------
    n_prototypes : int, default=0
        Prototypes per class. 0: a fifteenth of the rows of the class, at least 5 and at most 400.
    margin : float, optional
        tau, the certified margin that rows should have, in units of the preprocessed rows. None: the radius over 0.63 if
        there is one, else the 0.75 quantile of the margins at the start.
    margin_factor : float, default=1.0
        The derived margin times this.
    radius : float, optional
        The radius at which rows held out should be certified, in the same units. None: 0.63 of the margin.
    loss : {"hinge", "squared-hinge", "sigmoid"}, default="hinge"
        :math:`[\\tau - e]_+`, :math:`[\\tau - e]_+^2 / (2 \\tau)`, or a sigmoid around the radius, which counts the rows
        below it.
    start : {"random", "kmeans"}, default="random"
        Prototypes at the start: random rows of the class, or the centres of k-means.
    batch_size : int, default=0
        Rows per step. 0: a twentieth of the rows, at least 10 and at most 500.
    rate : float, default=0.03
        The first step per row, in units of the margin; it falls to a fiftieth.
    max_iter : int, default=100
        Passes over the rows.
    held_out : float, optional
        Share of the rows held out to choose the best pass, at most 5,000 rows. None: 0.1 of 1,000 rows or more, else 0.
    shift : int, default=0
        Images, rows of s x s or 3 x s x s pixels, are moved by up to this many pixels in training:
        half of the rows of each step, drawn at random.
    warp : float, default=0.0
        Images are warped smoothly at random by about this many pixels in training: the standard deviation of the
        displacements at 5 x 5 knots, which are interpolated.
    border : int, default=0
        Outer pixels of images that are left out of the distance.
    {shared}

    References
    ----------
    Voracek and Hein, *Provably adversarially robust nearest prototype classifiers*, ICML 2022.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import CertifiedKNeighborsClassifier, NearestPrototypes
    >>> X, y = load_wine(return_X_y=True)
    >>> knn = CertifiedKNeighborsClassifier(1, learner=NearestPrototypes(2)).fit(X[::2], y[::2])
    >>> knn.model_.reference.shape
    (6, 13)
    >>> bool(knn.certify(X[1::2], y[1::2], method="exact").certified_accuracy(1.0) > 0.7)
    True
    """

    _method = "prototypes"

    n_prototypes: int = 0
    _: KW_ONLY
    margin: float | None = None
    margin_factor: float = 1.0
    radius: float | None = None
    loss: str = "hinge"
    start: str = "random"
    batch_size: int = 0
    rate: float = 0.03
    max_iter: int = 100
    held_out: float | None = None
    shift: int = 0
    warp: float = 0.0
    border: int = 0
