"""Trained models, made by `fit` or read from model files."""

from __future__ import annotations

import math
import os
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arrays import Floats, as_rows, seed_of
from ._checks import integer, real, text
from ._errors import InputError
from ._frames import encoded_frame
from ._labels import Coded, LabelEncoding, coded_labels
from ._progress import Progress, progress_bar
from .certificates import Attacks, Certificates, PairCertificates, Poisoning, RetrievalCertificates, Threat


def _from(source: str, name: str) -> Any:
    """A read-only attribute of the model: an entry of its facts, or an attribute of its core."""
    get = itemgetter(name) if source == "facts" else attrgetter(name)
    return property(lambda model: get(getattr(model, source)))


class Model:
    """Preprocessing, metric and the reference rows of a nearest-neighbour classifier: everything that prediction needs.

    A value that never changes. `load` reads one from a file, whether the command line or Python wrote it; a fitted
    estimator has its own in `model_`. Two models are equal if all their contents are equal, bit for bit.

    Attributes
    ----------
    facts : dict
        How the model was trained, and what it holds: what the command `holdfast info` prints.
    method : str
        Such as "lmnn".
    options : dict of str to str
        Every option in effect: names of the command line with their values.
    seed : int
        The seed of the fit.
    classes_ : ndarray of shape (n_classes,)
        Sorted. From a file: integers if all classes are integers, else floats if all are numbers, else texts. Empty for
        a metric learned without labels.
    columns : list of str
        Names of the raw columns, or empty.
    preprocessing : str
        The steps before the metric.
    is_regression : bool
        Whether the labels are quantities, as `MLKR` learns them, and not classes.
    is_affine : bool
        Whether the preprocessing is an affine map, so that radii can be given in units of the raw columns.
    map : ndarray of shape (n_components, n_prepared)
        L with M = L^T L, of prepared rows; read-only.
    reference : ndarray of shape (n_samples, n_prepared)
        The prepared training rows, which vote; read-only.
    codes : ndarray of shape (n_samples,)
        Classes of the training rows, as the library numbers them.
    """

    def __init__(self, core: _core.Model, encoding: LabelEncoding | None = None) -> None:
        self.core = core
        self._encoding = encoding or LabelEncoding.from_texts(core.class_names)

    @property
    def classes_(self) -> NDArray[Any]:
        return self._encoding.classes

    @cached_property
    def facts(self) -> dict[str, Any]:
        return self.core.facts

    method: str = _from("facts", "method")
    options: dict[str, str] = _from("facts", "options")
    seed: int = _from("facts", "seed")
    columns: list[str] = _from("facts", "columns")
    preprocessing: str = _from("facts", "preprocess")
    is_affine: bool = _from("facts", "affine")
    n_features_in_: int = _from("facts", "d")
    is_regression: bool = _from("core", "is_regression")
    map: Floats = _from("core", "map")
    reference: Floats = _from("core", "reference")
    codes: NDArray[np.int32] = _from("core", "codes")

    @property
    def components_(self) -> Floats:
        """L, r x d: distances are \\|L (x - x')\\|_2 of raw rows if the preprocessing is affine (`is_affine`), with the
        preprocessing folded in; else of prepared rows."""
        return self.core.folded_map() if self.is_affine else self.map.copy()

    @property
    def offset_(self) -> Floats | None:
        """What the mapped prepared rows have beyond `X @ components_.T`, one number per component; it changes no distance.
        None if the preprocessing is not affine."""
        return self.core.offset() if self.is_affine else None

    def get_mahalanobis_matrix(self) -> Floats:
        """M = L^T L of `components_`, d x d."""
        components = self.components_
        matrix: Floats = components.T @ components
        return matrix

    def prepare(self, X: ArrayLike) -> Floats:
        """Raw rows after preprocessing, as the metric takes them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_prepared)
        """
        return self.core.prepare(self._rows(X))

    def transform(self, X: ArrayLike) -> Floats:
        """`X @ components_.T`: Euclidean distances of the result are the learned distances. Rows of unit length, which
        no linear map gives, are preprocessed first.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_components)
        """
        return self.core.transform(self._rows(X))

    def kneighbors(
        self, X: ArrayLike | None = None, n_neighbors: int = 3, *, progress: Progress = None
    ) -> tuple[Floats, NDArray[np.int32]]:
        """The nearest reference rows of each row, by rising distance, ties by row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), optional
            None: the reference rows, none of which is a neighbour of itself.
        n_neighbors : int, default=3
        progress : callable, optional
            Called about ten times per second with the stage, the step, the number of steps and a value; an exception that
            it raises stops the search.

        Returns
        -------
        distances, rows : ndarrays of shape (n_samples, n_neighbors)
            Distances are not squared; rows are those of the training data.
        """
        distances, rows = self.core.neighbors(self._rows_or_none(X), integer("n_neighbors", n_neighbors), progress)
        return distances, rows

    def predict(self, X: ArrayLike | None, n_neighbors: int = 3, *, progress: Progress = None) -> NDArray[Any]:
        """Labels by majority of the nearest reference rows; ties go to the class of the nearest. By a model of regression,
        the mean of their labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or None
            None: the reference rows, each by the others (leave-one-out).
        n_neighbors : int, default=3
            Odd, for classes.
        progress : callable, optional
            As in `kneighbors`.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        rows, k = self._rows_or_none(X), integer("n_neighbors", n_neighbors)
        if self.is_regression:
            return self.core.predict_numbers(rows, k, progress)
        return self._encoding.decode(self.core.predict(rows, k, progress))

    def certify(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        n_neighbors: int = 1,
        *,
        method: str = "bound",
        time_limit: float = 10.0,
        max_nodes: int = 0,
        up_to: float = math.inf,
        verbose: bool = False,
        **threat: Any,
    ) -> Certificates:
        """`CertifiedKNeighborsClassifier.certify` of the model's predictions."""
        certifiers = [name for name, kind in _core.certifiers().items() if kind != "upper bound"]
        if text("method", method) not in certifiers:
            names = ", ".join(certifiers[:-1]) + " or " + certifiers[-1]
            raise InputError(f'method "{method}": must be {names}; upper bounds come from attack()')
        search = _core.RadiusSearch(
            time_limit=real("time_limit", time_limit),
            max_nodes=integer("max_nodes", max_nodes),
            up_to=real("up_to", up_to),
        )
        return Certificates(**self._radii(X, y, n_neighbors, method, threat, verbose, search))

    def attack(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        n_neighbors: int = 1,
        *,
        n_tries: int = 200,
        random_state: Any = 0,
        verbose: bool = False,
        **threat: Any,
    ) -> Attacks:
        """`CertifiedKNeighborsClassifier.attack` of the model's predictions."""
        if integer("n_tries", n_tries) < 0:
            raise InputError(f"n_tries {n_tries}: must be at least 0")
        search = _core.RadiusSearch(query_budget=n_tries, seed=seed_of(random_state))
        return Attacks(**self._radii(X, y, n_neighbors, "attack", threat, verbose, search))

    def poisoning(
        self, X: ArrayLike, y: ArrayLike | None = None, n_neighbors: int = 1, *, verbose: bool = False
    ) -> Poisoning:
        """`CertifiedKNeighborsClassifier.poisoning` of the model's predictions."""
        rows, k = self._rows(X), integer("n_neighbors", n_neighbors)
        with progress_bar(verbose) as progress:
            found: dict[str, Any] = _core.poisoning(self.core, rows, self._labels_of(y, rows), k, progress)
        for classes in ("predicted", "label"):
            found[classes] = self._encoding.decode(found[classes])
        return Poisoning(**found, n_neighbors=k)

    def certify_pairs(
        self, pairs: ArrayLike, threshold: float, *, move: str = "one", verbose: bool = False, **threat: Any
    ) -> PairCertificates:
        """Radii of the decisions whether pairs of rows are the same, by a threshold on their distance.

        Parameters
        ----------
        pairs : array-like of shape (n_pairs, 2, n_features)
        threshold : float
            Pairs at a distance of at most that are the same. At least 0.
        move, verbose, threat
            As in the method `certify` of learners fitted on pairs.

        Returns
        -------
        PairCertificates
        """
        points = np.asarray(pairs, dtype=float)
        if points.ndim != 3 or points.shape[1] != 2:
            raise InputError(f"pairs: must be of the shape (n_pairs, 2, n_features), not {points.shape}")
        rows = self._rows(np.concatenate([points[:, 0], points[:, 1]]))
        level = real("threshold", threshold)
        with progress_bar(verbose) as progress:
            found: dict[str, Any] = _core.pair_radii(
                self.core, rows, level, text("move", move), Threat(**threat).of(self.core, by_column=False), progress
            )
        moved = found.pop("rows")
        witness = np.stack([moved[: len(points)], moved[len(points) :]], axis=1)
        kinds = np.array(found.pop("kind"), dtype=str)
        return PairCertificates(**found, kind=kinds, witness=witness, threshold=level, move=move)

    def certify_retrieval(
        self, X: ArrayLike, y: ArrayLike, *, n_queries: int | None = None, verbose: bool = False, **threat: Any
    ) -> RetrievalCertificates:
        """`holdfast.certify_retrieval` by the model's metric."""
        queries = 0 if n_queries is None else integer("n_queries", n_queries)
        if n_queries is not None and queries < 1:
            raise InputError(f"n_queries {n_queries}: must be at least 1, or None")
        rows = self._rows(X)
        labels, model = coded_labels(y, rows), Threat(**threat).of(self.core)
        with progress_bar(verbose) as progress:
            found: dict[str, Any] = _core.retrieval_radii(self.core, rows, labels, queries, model, progress)
        for kind in ("kind", "same_row_kind"):
            found[kind] = np.array(found[kind], dtype=str)
        return RetrievalCertificates(**found)

    def _radii(
        self,
        X: ArrayLike,
        y: ArrayLike | None,
        n_neighbors: int,
        method: str,
        threat: dict[str, Any],
        verbose: bool,
        search: _core.RadiusSearch,
    ) -> dict[str, Any]:
        """The fields of `Certificates`, and of `Attacks` if the method is an attack."""
        rows, k = self._rows(X), integer("n_neighbors", n_neighbors)
        labels, model = self._labels_of(y, rows), Threat(**threat).of(self.core)
        with progress_bar(verbose) as progress:
            found: dict[str, Any] = _core.radii(self.core, rows, labels, k, model, method, search, progress)
        for classes in found.keys() & {"predicted", "label", "adversarial_label"}:
            found[classes] = self._encoding.decode(found[classes])
        return {**found, "kind": np.array(found["kind"], dtype=str), "n_neighbors": n_neighbors}

    def save(self, file: str | os.PathLike[str]) -> None:
        """Writes the model file (safetensors), whole or not at all. The command line reads it."""
        self.core.save(os.fspath(file))

    @staticmethod
    def _labels_of(y: ArrayLike | None, rows: Floats) -> Coded | None:
        """Labels to compare predictions with, as the library takes them. It refuses those that the model does not know."""
        return None if y is None else coded_labels(y, rows)

    def _rows_or_none(self, X: ArrayLike | None) -> Floats | None:
        return None if X is None else self._rows(X)

    def _rows(self, X: ArrayLike) -> Floats:
        if (encoded := encoded_frame(self.core, X)) is not None:
            return encoded
        names = getattr(X, "columns", None)
        rows = as_rows(X)
        if names is not None and self.columns and list(names) != self.columns and rows.shape[1] == len(self.columns):
            at = next(i for i, (a, b) in enumerate(zip(names, self.columns)) if a != b)
            raise InputError(
                f'X: feature column {at + 1} is "{names[at]}"; in the training data it was "{self.columns[at]}"; '
                "give the same columns in the same order"
            )
        return rows

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.core == other.core

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        facts = self.facts
        kind = "numeric labels" if self.is_regression else "no labels"
        classes = f"{len(facts['classes'])} classes" if facts["classes"] else kind
        rows = f"{facts['n']} rows of {facts['d']} columns"
        return f"<Model {self.method}: {rows}, {classes}, preprocessing {self.preprocessing}>"


def load(file: str | os.PathLike[str]) -> Model:
    """Reads a model file that `save`, or the command line, wrote.

    Parameters
    ----------
    file : str or path

    Returns
    -------
    Model

    Raises
    ------
    InputError
        If the file is missing, damaged, of a later version, or holds a network, which the Python package does not read:
        map the images with `holdfast transform`, and work on the embeddings.
    """
    return Model(_core.Model.load(os.fspath(file)))


def save(model: Any, file: str | os.PathLike[str]) -> None:
    """Writes a model to a file that `load` and the command line read: whole, or not at all.

    Parameters
    ----------
    model : fitted learner, CertifiedKNeighborsClassifier, or Model
    file : str or path
    """
    model_of(model).save(file)


def model_of(source: Any) -> Model:
    """The `Model` of a fitted estimator, or the model itself."""
    if isinstance(source, Model):
        return source
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(source, "model_")
    model: Model = source.model_
    return model
