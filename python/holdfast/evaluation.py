"""How well a metric classifies, retrieves and verifies, clean and under noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arrays import Floats, as_rows, seed_of
from ._checks import integer, row_tuples
from ._facts import built
from ._labels import coded_labels
from ._progress import progress_bar
from .model import model_of

Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]


@dataclass(frozen=True)
class Retrieval:
    """Every row is a query against all others; R is the number of other rows of its class. The figures are None if no
    two rows are of one class."""

    recall_at_1: float | None
    """The nearest row is of the class."""
    map_at_r: float | None
    r_precision: float | None
    queries: int
    excluded: int
    """Rows that are the only one of their class; they are not queries."""


@dataclass(frozen=True)
class NoisyAccuracy:
    """Accuracy under noise over repeated draws."""

    kind: str
    snr_db: float
    accuracy_mean: float | None
    """None without accuracy."""
    accuracy_std: float | None
    """None also for a single draw."""


@dataclass(frozen=True)
class Evaluation:
    """The result of `evaluate`."""

    n: int
    k: int
    accuracy: float | None
    """Over the rows of classes that the model knows; None if there are none."""
    noise: list[NoisyAccuracy]
    retrieval: Retrieval | None = None
    notes: list[str] = field(default_factory=list)
    """How the rows were judged, if that is not as usual: leave-one-out, or without rows of unknown classes."""


@dataclass(frozen=True)
class NoisyErrors:
    """Errors of predicted numbers under noise over repeated draws."""

    kind: str
    snr_db: float
    rmse_mean: float | None
    rmse_std: float | None
    """None for a single draw."""


@dataclass(frozen=True)
class RegressionEvaluation:
    """The result of `evaluate` for a model whose labels are quantities."""

    n: int
    k: int
    rmse: float
    """Root of the mean squared error, in units of the labels."""
    r2: float | None
    """Share of the labels' variance that is explained; None if all true labels are equal."""
    noise: list[NoisyErrors]
    notes: list[str] = field(default_factory=list)
    """How the rows were judged, if that is not as usual: leave-one-out."""


@dataclass(frozen=True)
class Verification:
    """Pairs judged by their distance: do two rows belong together? Figures that need pairs of a kind that there are not
    are None."""

    similar: int
    dissimilar: int
    auc: float | None
    """The chance that a similar pair is nearer than a dissimilar one."""
    eer: float | None
    """Equal error rate: the rate at the threshold where false acceptances and false rejections are equally frequent."""
    accuracy: float | None
    """At the threshold."""
    threshold: float | None
    """The distance that judges most training pairs right."""
    tpr_at_fpr: dict[float, float | None]
    roc: Floats = field(repr=False)
    """(threshold, false positive rate, true positive rate), one row per distinct distance."""


def evaluate(
    estimator: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    n_neighbors: int | None = None,
    noise: str | Sequence[str] = (),
    n_repeats: int = 10,
    random_state: Any = 0,
    retrieval: bool = True,
    verbose: bool = False,
) -> Evaluation | RegressionEvaluation:
    """Accuracy on labelled rows, clean and under noise, and retrieval figures among them; for a model whose labels are
    quantities (`MLKR`), the errors of its predictions.

    Rows of classes that the model does not know have no part in the accuracy, but in the retrieval figures, as images and
    faces are commonly judged. The training rows, in any order, are judged leave-one-out. `Evaluation.notes` says so.

    Parameters
    ----------
    estimator : fitted learner, CertifiedKNeighborsClassifier, KNeighborsRegressor, or Model
    X : array-like of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
    n_neighbors : int, optional
        Default: the classifier's own, else 3.
    noise : str or list of str, default=()
        "gaussian:20,10,5" or "uniform:10": noise of these signal-to-noise ratios in decibels, added to the preprocessed
        rows; its power is that of the preprocessed training rows.
    n_repeats : int, default=10
        Draws of each noise.
    random_state : int, RandomState or None, default=0
    retrieval : bool, default=True
        False leaves the retrieval figures out.
    verbose : bool, default=False
        Show progress bars.

    Returns
    -------
    Evaluation or RegressionEvaluation
    """
    model = model_of(estimator)
    if n_neighbors is None:
        n_neighbors = estimator.n_neighbors if hasattr(estimator, "kneighbors") and estimator is not model else 3
    rows = model._rows(X)
    labels, k = model._labels_of(y, rows), integer("n_neighbors", n_neighbors)
    noises = [noise] if isinstance(noise, str) else list(noise)
    draws = (integer("n_repeats", n_repeats), seed_of(random_state))
    if model.is_regression:
        with progress_bar(verbose) as progress:
            found = _core.evaluate_regression(model.core, rows, labels, k, noises, *draws, progress)
        return built(RegressionEvaluation, found, noise=NoisyErrors)
    with progress_bar(verbose) as progress:
        found = _core.evaluate(model.core, rows, labels, k, noises, *draws, retrieval, progress)
    return built(Evaluation, found, noise=NoisyAccuracy, retrieval=Retrieval)


def retrieval(embeddings: ArrayLike, y: ArrayLike) -> Retrieval:
    """Retrieval figures: does a search by distance return rows of the query's class?

    Parameters
    ----------
    embeddings : array-like of shape (n_samples, n_components)
        Rows in a space with Euclidean distances, such as the result of `transform`.
    y : array-like of shape (n_samples,)
        Classes.

    Returns
    -------
    Retrieval
    """
    rows = as_rows(embeddings)
    return built(Retrieval, _core.retrieval(rows, coded_labels(y, rows)[0]))


def sample_pairs(y: ArrayLike, n_pairs: int, random_state: Any = 0) -> Pairs:
    """Pairs of rows drawn by label, half of them of one class, none twice.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Classes.
    n_pairs : int
        At most; fewer if there are no more.
    random_state : int, RandomState or None, default=0

    Returns
    -------
    similar, dissimilar : ndarrays of shape (m, 2)
        Row numbers.
    """
    labels = coded_labels(y, np.asarray(y))
    return _core.sample_pairs(labels, integer("n_pairs", n_pairs), seed_of(random_state))


def verification(
    estimator: Any, X: ArrayLike, pairs: Pairs, *, threshold_X: ArrayLike, threshold_pairs: Pairs
) -> Verification:
    """How well the learned distance tells whether two rows belong together.

    Parameters
    ----------
    estimator : fitted learner, classifier, or Model
    X : array-like of shape (n_samples, n_features)
        Test rows.
    pairs : (similar, dissimilar)
        Pairs of test rows, as `sample_pairs` draws them.
    threshold_X, threshold_pairs
        Rows and pairs, of the training data, that choose the threshold.

    Returns
    -------
    Verification
    """
    model = model_of(estimator)
    mapped = [model.transform(rows) for rows in (X, threshold_X)]
    test, training = [
        (rows, tuple(row_tuples("pairs", kind, 2, len(rows)) for kind in both))
        for both, rows in zip((pairs, threshold_pairs), mapped)
    ]
    found = _core.verification(*test, *training)
    found["tpr_at_fpr"] = {entry["fpr"]: entry["tpr"] for entry in found["tpr_at_fpr"]}
    return built(Verification, found)
