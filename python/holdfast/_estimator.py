"""The base class of all learners: scikit-learn's rules, metric-learn's conventions, and the call of the library's `train`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import ClassifierTags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from . import _core
from ._arrays import Floats, seed_of
from ._callbacks import CallbackSupportMixin, Iterations, with_callbacks
from ._checks import chunk_numbers, given_matrix, text, vector
from ._documentation import documented
from ._errors import InputError, renamed
from ._facts import built
from ._labels import LabelEncoding
from ._options import MATRICES, METHODS, option_value, parameters_of
from ._progress import progress_bar
from ._threshold import best_threshold, check_strategy, require_both_kinds
from ._training import Training
from ._tuple_classifier import TupleClassifier
from ._tuples import dimensions, is_tuples, labels_of_pairs, points_of, tuples_of, useful
from .model import Model
from .termination import HoldfastWarning, Termination


# Of a sparse matrix, the entries of the rows that are dense at a time: 32 MB.
_ENTRIES_AT_ONCE = 1 << 22


class Saved:
    """An estimator whose fit makes a model."""

    model_: Model

    def save(self, file: str | os.PathLike[str]) -> None:
        """Writes the model to a file that `holdfast.load` and the command line read. The number of neighbours is not part
        of the file."""
        check_is_fitted(self, "model_")
        self.model_.save(file)


class Transformer(CallbackSupportMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A transformer by scikit-learn's rules, with its callbacks if it has some."""


@dataclass(eq=False, repr=False, kw_only=True)
class MetricLearner(Saved, TupleClassifier, Transformer):
    """Base of the learners. Subclasses name the method and their own parameters, as fields of a dataclass."""

    _method: ClassVar[str]
    # Options of the library whose parameters have other names than with the other learners.
    _renamed: ClassVar[dict[str, str]] = {}
    # Whether an estimator is mostly fitted on tuples of points: it has the methods for them before the fit, too.
    _for_tuples: ClassVar[bool] = False
    # Parameters of other packages' classes that have no counterpart here.
    _without_effect: ClassVar[tuple[str, ...]] = ()

    preprocess: str = "auto"
    preprocessor: Any = None
    random_state: Any = 0
    verbose: bool = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__doc__ = cls.__doc__ and documented(cls.__doc__)

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learns the metric.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Labelled rows. Contiguous float64 is used without a copy, everything else is converted once; sparse matrices
            and missing values are refused. With a `preprocessor`, indices may be given instead of rows.

            Or tuples of points, as metric-learn has them: pairs (n_pairs, 2, n_features) or triplets (n_triplets, 3,
            n_features) of anchor, target and impostor; with a `preprocessor`, (n_pairs, 2) or (n_triplets, 3) indices.
            Learners that compare distances take quadruplets (n_quadruplets, 4, n_features) of a, b, c, d with
            d(a, b) < d(c, d). Tuples that name a point twice or contradict each other are left out, with a warning.
        y : array-like of shape (n_samples,)
            Class labels of any type; for pairs 1 (similar) or -1 (dissimilar); None for triplets and quadruplets.

        Returns
        -------
        self

        Raises
        ------
        InputError
            (a ValueError) If an option is out of bounds, or the method cannot learn from the data.
        RuntimeError
            If the objective is not finite, for example because squares of very large values overflow. An estimator that
            was not fitted before stays unfitted.
        """
        return self._fit(X, y)

    def _fit(
        self,
        X: Any,
        y: Any,
        chunks: Any = None,
        calibration_params: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
        sample_weight: Any = None,
        weights: Any = None,
    ) -> Any:
        """`fit`, for those who call it directly: the warnings are of the lines of their callers. `options` of the library
        replace those of the parameters."""
        given = [name for name in self._without_effect if getattr(self, name) is not None]
        if given:
            message = f"{', '.join(given)}: no effect on {type(self).__name__}, whose solver chooses its own steps"
            warnings.warn(message, HoldfastWarning, stacklevel=3)
        if getattr(self, "perturbation_margin", "auto") != "auto" and getattr(self, "perturbation_weight") is None:
            warnings.warn("perturbation_margin: no effect without perturbation_weight", HoldfastWarning, stacklevel=3)
        for message in self._learn(X, y, chunks, calibration_params, options or {}, sample_weight, weights):
            warnings.warn(message, HoldfastWarning, stacklevel=3)
        if not self.termination_.converged:
            message = f"not converged after {self.n_iter_} iterations; raise max_iter or tol"
            warnings.warn(message, ConvergenceWarning, stacklevel=3)
        return self

    @with_callbacks
    def _learn(
        self,
        X: Any,
        y: Any,
        chunks: Any,
        calibration_params: dict[str, Any] | None,
        options: dict[str, Any],
        sample_weight: Any,
        weights: Any,
    ) -> list[str]:
        """Learns the metric, and a threshold from pairs; returns warnings."""
        of_tuples = chunks is None and is_tuples(X, self.preprocessor, (2, 3, *self._tuple_sizes()))
        check_strategy(**(calibration_params or {}))
        training = self._tuples_to_learn_from(X, y) if of_tuples else self._rows_to_learn_from(X, y, chunks)
        if calibration_params is not None and training.pairs is None:
            raise InputError("calibration_params: only pairs have a threshold")
        if sample_weight is not None:
            if training.labels is None or chunks is not None:
                raise InputError("sample_weight: only labelled rows have weights")
            training.weights = _check_sample_weight(sample_weight, training.X, dtype=np.float64)
        if weights is not None:
            training.weights = training.weights_of_tuples(weights)
        options = self._options() | options
        iterations = Iterations(self, X, y, options.get("max-iterations") or self._max_iterations())
        report = self._train(training, options, iterations)
        if training.pairs is not None:
            lengths = [self._distance(*self._places(training.X[pairs])) for pairs in training.pairs]
            self.threshold_ = best_threshold(lengths[0], lengths[1], **(calibration_params or {}))
        return [*training.notes, *report["warnings"], *iterations.end(self.n_iter_)]

    def _rows_to_learn_from(self, X: Any, y: Any, chunks: Any) -> Training:
        if self.preprocessor is not None and dimensions(X) == 1:
            X = points_of(X, self.preprocessor)
        if y is None and (chunks is not None or self._ignores_labels()):
            X = validate_data(self, X, dtype=np.float64, order="C", ensure_min_samples=2)
            training = Training(X, chunks=np.full(len(X), -1, dtype=np.int64))
        else:
            numeric = self._task() == "regression"
            X, y = validate_data(self, X, y, dtype=np.float64, order="C", ensure_min_samples=2, y_numeric=numeric)
            training = self._labelled(X, y)
        if chunks is not None:
            training.chunks = chunk_numbers(chunks)
        training.columns = list(getattr(self, "feature_names_in_", ()))
        return training

    def _labelled(self, X: Floats, y: NDArray[Any]) -> Training:
        if self._task() == "classification":
            check_classification_targets(y)
        encoding, labels = LabelEncoding.of(y)
        return Training(X, encoding, labels=labels)

    def _tuples_to_learn_from(self, X: Any, y: Any) -> Training:
        points, rows = tuples_of(X, self.preprocessor)
        validate_data(self, points, reset=True)
        size = rows.shape[1]
        if size not in (2, 3) and size not in self._tuple_sizes():
            also = "pairs, triplets or quadruplets" if 4 in self._tuple_sizes() else "pairs or triplets"
            raise InputError(f"X: holds tuples of {size} points; give {also}")
        labels = labels_of_pairs(y, len(rows)) if size == 2 else None
        kept, notes = useful(rows, labels)
        rows = np.ascontiguousarray(rows[kept])
        if size == 3:
            return Training(points, triplets=rows, notes=notes)
        if labels is None:
            if y is not None and np.any(np.asarray(y) != 1):
                notes.append("y: no effect on quadruplets, which need no labels; give how much each counts as weights=...")
            return Training(points, quadruplets=rows, notes=notes, kept=kept)
        similar = labels[kept] == 1
        if size in self._tuple_sizes():  # else the library says which learners learn from pairs
            require_both_kinds(rows[similar], rows[~similar])
        return Training(points, pairs=(rows[similar], rows[~similar]), notes=notes)

    @classmethod
    def _tuple_sizes(cls) -> tuple[int, ...]:
        """The sizes of the tuples of points that `fit` learns from."""
        kinds = {"pairs": 2, "triplets": 3, "quadruplets": 4}
        return tuple(size for kind, size in kinds.items() if kind in METHODS[cls._method]["learns_from"])

    @classmethod
    def _ignores_labels(cls) -> bool:
        """Whether the metric depends on nothing but the rows: those methods learn from every kind of supervision."""
        return {"labels", "pairs", "triplets", "chunks"} <= set(METHODS[cls._method]["learns_from"])

    @classmethod
    def _task(cls) -> str:
        """What models of the method predict: "classification", or "regression" for labels that are quantities."""
        return str(METHODS[cls._method]["task"])

    @classmethod
    def _max_iterations(cls) -> int:
        return int(METHODS[cls._method]["options"].get("max-iterations", {"default": 0})["default"])

    def _train(self, training: Training, options: dict[str, Any], iterations: Iterations) -> dict[str, Any]:
        """Learns the metric and sets the fitted attributes; returns the library's report."""
        preprocess, seed = text("preprocess", self.preprocess), seed_of(self.random_state)
        try:
            with progress_bar(self.verbose) as bar:
                core, report = _core.train(
                    self._method,
                    training.X,
                    training.labels,
                    training.pairs,
                    training.triplets,
                    preprocess,
                    options,
                    training.columns,
                    seed,
                    iterations.beside(bar),
                    training.chunks,
                    training.quadruplets,
                    training.weights,
                    *map(self._given_matrices().get, ("init", "prior", "directions")),
                )
        except InputError as error:
            raise renamed(error, self._renamed) from None
        self.tuple_size_ = training.tuple_size
        self.model_ = Model(core, training.encoding)
        self.components_ = self.model_.components_
        self.offset_ = self.model_.offset_
        self.n_iter_ = report["iterations"]
        self.termination_ = built(Termination, report)
        self.objective_trace_ = report["trace"]
        self.derived_ = report["derived"]
        return report

    @classmethod
    def _parameters(cls) -> dict[str, list[str]]:
        """The options of the method with the parameters that stand for them; those without parameters are left out."""
        own = set(cls._get_param_names()) - set(cls._without_effect)
        of_options = {
            name: parameters_of(name, option["parts"], cls._renamed)
            for name, option in METHODS[cls._method]["options"].items()
        }
        return {name: parameters for name, parameters in of_options.items() if own.issuperset(parameters)}

    def _options(self) -> dict[str, Any]:
        """Options of the library from the parameters; None leaves the method's default."""
        given = self._given_matrices()
        options = {
            name: option_value(
                METHODS[self._method]["options"][name]["kind"],
                {parameter: getattr(self, parameter) for parameter in parameters},
            )
            for name, parameters in self._parameters().items()
            if name not in given
        }
        return {name: value for name, value in options.items() if value is not None}

    def _given_matrices(self) -> dict[str, Floats]:
        """Matrices in place of options, by the names of the options. All are about raw rows: L at the start (init), the
        prior P (prior), the basis vectors (directions)."""
        options = METHODS[self._method]["options"]
        names = {option: parameters[0] for option, parameters in self._parameters().items() if option in MATRICES}
        return {
            option: given_matrix(name, getattr(self, name), options[option]["choices"], MATRICES[option])
            for option, name in names.items()
            if not (getattr(self, name) is None or isinstance(getattr(self, name), str))
        }

    # Use of the metric.

    def transform(self, X: Any) -> Floats:
        """`X @ components_.T`: Euclidean distances of the result are the learned distances. Rows of unit length, which
        no linear map gives, are preprocessed first.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            May be a sparse matrix. Or, with a `preprocessor`, indices of shape (n_samples,). If the metric was learned from
            tuples of points, also such tuples.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            (n_tuples, size, n_components) for tuples.
        """
        check_is_fitted(self, "model_")
        if issparse(X):
            return self._transform_sparse(X)
        if self.tuple_size_ > 1 and is_tuples(X, self.preprocessor, (self.tuple_size_,)):
            points = self._points(X, self.tuple_size_)
            mapped = self.model_.core.transform(np.ascontiguousarray(points.reshape(-1, points.shape[2])))
            return mapped.reshape(*points.shape[:2], -1)
        if self.preprocessor is not None and dimensions(X) == 1:
            X = points_of(X, self.preprocessor)
        X = validate_data(self, X, reset=False, dtype=np.float64, order="C")
        return self.model_.core.transform(X)

    def _transform_sparse(self, X: Any) -> Floats:
        """`transform` of a sparse matrix: some dense rows at a time, so that the result is that of the dense matrix."""
        X = validate_data(self, X, reset=False, accept_sparse="csr", dtype=np.float64)
        rows = max(1, _ENTRIES_AT_ONCE // X.shape[1])
        parts = [self.model_.core.transform(X[first : first + rows].toarray()) for first in range(0, X.shape[0], rows)]
        return np.concatenate(parts)

    def get_mahalanobis_matrix(self) -> Floats:
        """M = L^T L of `components_`, (n_features, n_features)."""
        check_is_fitted(self, "model_")
        return self.model_.get_mahalanobis_matrix()

    def get_metric(self) -> Callable[..., float]:
        """A function of two rows that gives their distance, `squared=True` its square. The function
        does not change if the estimator is fitted again."""
        check_is_fitted(self, "model_")
        model, components = self.model_, np.atleast_2d(self.components_).copy()

        def metric(u: ArrayLike, v: ArrayLike, squared: bool = False) -> float:
            rows = [vector(row)[np.newaxis] for row in (u, v)]
            if rows[0].shape != rows[1].shape:
                raise InputError(f"u, v: have {rows[0].size} and {rows[1].size} numbers; give two points of one space")
            a, b = (rows if model.is_affine else map(model.core.prepare, rows))
            difference = components @ (a - b)[0]
            length = float(difference @ difference)
            return length if squared else float(np.sqrt(length))

        return metric

    def pair_distance(self, pairs: Any) -> Floats:
        """The learned distance of each pair.

        Parameters
        ----------
        pairs : array-like of shape (n_pairs, 2, n_features)
            Or, with a `preprocessor`, indices of shape (n_pairs, 2).

        Returns
        -------
        ndarray of shape (n_pairs,)
            Distances, not squared.
        """
        return self._distance(*self._tuples(pairs, 2))

    def pair_score(self, pairs: Any) -> Floats:
        """Minus `pair_distance`: larger for pairs that are nearer."""
        return -self.pair_distance(pairs)

    def score_pairs(self, pairs: Any) -> Floats:
        """`pair_distance`, by its old name in metric-learn; deprecated."""
        distances = self.pair_distance(pairs)
        warnings.warn("score_pairs: use pair_distance, or pair_score for its negative", FutureWarning, stacklevel=2)
        return distances

    def _distance(self, a: Floats, b: Floats) -> Floats:
        """Distances of rows as `components_` takes them, from differences, so that equal rows are at distance 0."""
        lengths: Floats = np.linalg.norm((a - b) @ self.components_.T, axis=1)
        return lengths

    def _tuples(self, X: Any, size: int) -> list[Floats]:
        """The points of each place of tuples, as `components_` takes them."""
        check_is_fitted(self, "model_")
        return self._places(self._points(X, size))

    def _points(self, X: Any, size: int) -> Floats:
        """m x t x d: the points of tuples."""
        tuples = np.asarray(X)
        is_indices = tuples.ndim == 2 and self.preprocessor is not None
        if tuples.ndim != 3 and not is_indices:
            raise InputError(
                f"X: must hold tuples of the shape (n, {size}, n_features), or (n, {size}) indices if there is a "
                f"preprocessor, not {tuples.shape}"
            )
        if tuples.shape[1] != size:
            raise InputError(f"X: must hold tuples of {size} points, not {tuples.shape[1]}")
        points = points_of(tuples.reshape(-1), self.preprocessor) if is_indices else tuples.reshape(-1, tuples.shape[2])
        rows: Floats = validate_data(self, points, reset=False, dtype=np.float64, order="C")
        return rows.reshape(len(tuples), size, -1)

    def _places(self, tuples: Floats) -> list[Floats]:
        """The points of each place of m x t x d tuples, as `components_` takes them."""
        places = list(tuples.swapaxes(0, 1))
        if self.model_.is_affine:
            return places
        # Place by place, so that rounding is the same for equal rows of a tuple.
        return [self.model_.core.prepare(np.ascontiguousarray(place)) for place in places]

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        if getattr(self, "tuple_size_", 1) > 1:  # so that scikit-learn's scorers ask for decision_function
            tags.estimator_type = "classifier"
            tags.classifier_tags = ClassifierTags(multi_class=False)
        return tags
