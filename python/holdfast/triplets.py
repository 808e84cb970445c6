"""Smallest perturbations that break triplets, in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arrays import Floats, as_rows, contiguous
from ._checks import integer, row_tuples, text
from ._labels import coded_labels
from .model import Model, model_of


def triplets_from_labels(
    X: ArrayLike, y: ArrayLike, n_neighbors: int = 3, n_impostors: int = 10
) -> NDArray[np.int32]:
    """The triplets that learners form from labelled rows: each row with its nearest rows of the same class (targets) and its
    nearest rows of others (impostors), by Euclidean distance.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
        Classes.
    n_neighbors : int, default=3
        Targets per row; fewer in smaller classes.
    n_impostors : int, default=10

    Returns
    -------
    ndarray of shape (n_triplets, 3)
        Row numbers of anchor, target and impostor, by anchor, then by distance.
    """
    rows = as_rows(X)
    counts = (integer("n_neighbors", n_neighbors), integer("n_impostors", n_impostors))
    return _core.triplets_from_labels(rows, coded_labels(y, rows), *counts)


def adversarial_margin(X: ArrayLike, triplets: ArrayLike, metric: Any = None, *, norm: str = "l2") -> Floats:
    """The size of the smallest perturbation of each anchor that makes it as far from its target as from its impostor,

    .. math:: \\frac{[g]_+}{2 |M (x_j - x_l)|_{p^*}}, \\qquad g = D^2(x_i, x_l) - D^2(x_i, x_j),

    with p* the dual norm. 0 if the triplet is broken already.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    triplets : array-like of shape (n_triplets, 3)
        Row numbers of anchor i, target j and impostor l.
    metric : fitted learner, classifier, Model, or array-like of shape (r, n_features), optional
        A source of `components_`, or L itself. None: the Euclidean distance. For a model whose preprocessing is not
        affine, X holds preprocessed rows (`model_.prepare`).
    norm : {"l2", "l1", "linf"}, default="l2"

    Returns
    -------
    ndarray of shape (n_triplets,)
        In the units of X.

    References
    ----------
    Yang, Guo, Dong and Xue, *Towards certified robustness of distance metric learning*, arXiv 2006.05945, section 3.
    """
    rows = as_rows(X)
    return _core.adversarial_margins(rows, _numbers(triplets, len(rows)), _map_of(metric, rows), text("norm", norm))


def support_points(X: ArrayLike, triplets: ArrayLike, metric: Any = None) -> Floats:
    """The nearest adversarial example of each triplet's anchor in l2: the point, as far from the target as from the
    impostor, that is nearest to the anchor,

    .. math:: x_i - \\frac{g}{2 q} M (x_j - x_l), \\qquad q = |M (x_j - x_l)|_2^2.

    Parameters
    ----------
    X, triplets, metric
        As in `adversarial_margin`, which also has the reference.

    Returns
    -------
    ndarray of shape (n_triplets, n_features)
    """
    rows = as_rows(X)
    return _core.support_points(rows, _numbers(triplets, len(rows)), _map_of(metric, rows))


def _numbers(triplets: ArrayLike, rows: int) -> NDArray[np.int32]:
    return row_tuples("triplets", triplets, 3, rows, of=" of anchor, target and impostor")


def _map_of(metric: Any, rows: Floats) -> Floats:
    if metric is None:
        return np.eye(rows.shape[1])
    if isinstance(metric, Model) or hasattr(metric, "fit"):
        return contiguous(model_of(metric).components_)
    return as_rows(metric)
