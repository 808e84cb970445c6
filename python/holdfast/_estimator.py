"""The base class of all learners: scikit-learn's rules, metric-learn's conventions, and the call of the library's `train`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _core
from ._arrays import Floats, seed_of
from ._checks import chunk_numbers, text
from ._documentation import documented
from ._errors import InputError
from ._facts import built
from ._labels import LabelEncoding
from ._options import METHODS, option_value, parameters_of
from ._progress import progress_bar
from ._tuples import dimensions, is_tuples, points_of, split_pairs, tuples_of
from .model import Model
from .termination import HoldfastWarning, Termination


def learned_from(size: int) -> Callable[[Any], bool]:
    """For `available_if`: whether the estimator was fitted on tuples of that size (0: of any)."""

    def check(estimator: Any) -> bool:
        # Cross-validation asks before the fit: an estimator with a preprocessor may be fitted on indices of tuples.
        may_be = 2 if estimator.preprocessor is not None else 1
        fitted: int = getattr(estimator, "tuple_size_", may_be)
        return fitted == size if size else fitted > 1

    return check


class Saved:
    """An estimator whose fit makes a model."""

    model_: Model

    def save(self, file: str | os.PathLike[str]) -> None:
        """Writes the model to a file that `holdfast.load` and the command line read. The number of neighbours is not part
        of the file."""
        check_is_fitted(self, "model_")
        self.model_.save(file)


@dataclass(eq=False, repr=False, kw_only=True)
class MetricLearner(Saved, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Base of the learners. Subclasses name the method and their own parameters, as fields of a dataclass."""

    _method: ClassVar[str]
    # Options of the library whose parameters have other names than with the other learners.
    _renamed: ClassVar[dict[str, str]] = {}
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
            d(a, b) < d(c, d).
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

    def _fit(self, X: Any, y: Any, chunks: Any = None) -> Any:
        """`fit`, for those who call it directly: the warnings are of the lines of their callers."""
        given = [name for name in self._without_effect if getattr(self, name) is not None]
        if given:
            message = f"{', '.join(given)}: no effect on {type(self).__name__}, whose solver chooses its own steps"
            warnings.warn(message, HoldfastWarning, stacklevel=3)
        if getattr(self, "perturbation_margin", "auto") != "auto" and getattr(self, "perturbation_weight") is None:
            warnings.warn("perturbation_margin: no effect without perturbation_weight", HoldfastWarning, stacklevel=3)
        if chunks is not None:
            report = self._fit_chunks(X, y, chunks)
        elif is_tuples(X, self.preprocessor, self._tuple_sizes()):
            report = self._fit_tuples(X, y)
        else:
            report = self._fit_labelled(X, y)
        for message in report["warnings"]:
            warnings.warn(message, HoldfastWarning, stacklevel=3)
        if not self.termination_.converged:
            message = f"not converged after {self.n_iter_} iterations; raise max_iter or tol"
            warnings.warn(message, ConvergenceWarning, stacklevel=3)
        return self

    def _fit_labelled(self, X: Any, y: Any) -> dict[str, Any]:
        if self.preprocessor is not None and dimensions(X) == 1:
            X = points_of(X, self.preprocessor)
        X, y = validate_data(self, X, y, dtype=np.float64, order="C", ensure_min_samples=2)
        check_classification_targets(y)
        encoding, labels = LabelEncoding.of(y)
        self.tuple_size_ = 1
        return self._train(X, encoding, columns=getattr(self, "feature_names_in_", ()), labels=labels)

    def _fit_chunks(self, X: Any, y: Any, chunks: Any) -> dict[str, Any]:
        if self.preprocessor is not None and dimensions(X) == 1:
            X = points_of(X, self.preprocessor)
        encoding = labels = None
        if y is None:
            X = validate_data(self, X, dtype=np.float64, order="C", ensure_min_samples=2)
        else:
            X, y = validate_data(self, X, y, dtype=np.float64, order="C", ensure_min_samples=2)
            encoding, labels = LabelEncoding.of(y)
        self.tuple_size_ = 1
        columns = getattr(self, "feature_names_in_", ())
        return self._train(X, encoding, columns=columns, labels=labels, chunks=chunk_numbers(chunks))

    def _fit_tuples(self, X: Any, y: Any) -> dict[str, Any]:
        points, rows = tuples_of(X, self.preprocessor)
        validate_data(self, points, reset=True)
        size = rows.shape[1]
        sizes = self._tuple_sizes()
        if size not in sizes:
            also = "pairs, triplets or quadruplets" if 4 in sizes else "pairs or triplets"
            raise InputError(f"X: holds tuples of {size} points; give {also}")
        self.tuple_size_ = size
        if size == 3:
            return self._train(points, triplets=np.ascontiguousarray(rows))
        if size == 4:
            return self._train(points, quadruplets=np.ascontiguousarray(rows))
        pairs = split_pairs(rows, y)
        report = self._train(points, pairs=pairs)
        mapped = self.model_.core.transform(points)
        lengths = [np.linalg.norm(mapped[p[:, 0]] - mapped[p[:, 1]], axis=1).tolist() for p in pairs]
        self.threshold_ = _core.best_threshold(*lengths)
        return report

    @classmethod
    def _tuple_sizes(cls) -> tuple[int, ...]:
        """The sizes of the tuples of points that `fit` takes for supervision."""
        return (2, 3, 4) if "quadruplets" in METHODS[cls._method]["learns_from"] else (2, 3)

    def _train(
        self,
        X: Floats,
        encoding: Any = None,
        *,
        columns: Any = (),
        labels: Any = None,
        pairs: Any = None,
        triplets: Any = None,
        chunks: Any = None,
        quadruplets: Any = None,
    ) -> dict[str, Any]:
        """Learns the metric from labels, tuples or chunks and sets the fitted attributes; returns the library's report."""
        preprocess, options, seed = text("preprocess", self.preprocess), self._options(), seed_of(self.random_state)
        given, others = (labels, pairs, triplets), (chunks, quadruplets)
        with progress_bar(self.verbose) as progress:
            core, report = _core.train(self._method, X, *given, preprocess, options, list(columns), seed, progress, *others)
        self.model_ = Model(core, encoding)
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
        options = {
            name: option_value(
                METHODS[self._method]["options"][name]["kind"],
                {parameter: getattr(self, parameter) for parameter in parameters},
            )
            for name, parameters in self._parameters().items()
        }
        return {name: value for name, value in options.items() if value is not None}

    # Use of the metric.

    def transform(self, X: Any) -> Floats:
        """`X @ components_.T`: Euclidean distances of the result are the learned distances. Rows of unit length, which
        no linear map gives, are preprocessed first.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Or, with a `preprocessor`, indices of shape (n_samples,).

        Returns
        -------
        ndarray of shape (n_samples, n_components)
        """
        check_is_fitted(self, "model_")
        if self.preprocessor is not None and dimensions(X) == 1:
            X = points_of(X, self.preprocessor)
        X = validate_data(self, X, reset=False, dtype=np.float64, order="C")
        return self.model_.core.transform(X)

    def get_mahalanobis_matrix(self) -> Floats:
        """M = L^T L of `components_`, (n_features, n_features)."""
        check_is_fitted(self, "model_")
        return self.model_.get_mahalanobis_matrix()

    def get_metric(self) -> Callable[..., float]:
        """A function of two rows that gives their distance, `squared=True` its square. The function
        does not change if the estimator is fitted again."""
        check_is_fitted(self, "model_")
        model, components = self.model_, self.components_.copy()

        def metric(u: ArrayLike, v: ArrayLike, squared: bool = False) -> float:
            rows = [np.array([row], dtype=float) for row in (u, v)]
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

    def _distance(self, a: Floats, b: Floats) -> Floats:
        """Distances of rows as `components_` takes them, from differences, so that equal rows are at distance 0."""
        lengths: Floats = np.linalg.norm((a - b) @ self.components_.T, axis=1)
        return lengths

    def _tuples(self, X: Any, size: int) -> list[Floats]:
        """The points of each place of tuples, as `components_` takes them."""
        check_is_fitted(self, "model_")
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
        rows = validate_data(self, points, reset=False, dtype=np.float64, order="C")
        places = list(rows.reshape(len(tuples), size, -1).swapaxes(0, 1))
        if self.model_.is_affine:
            return places
        # Place by place, so that rounding is the same for equal rows of a tuple.
        return [self.model_.core.prepare(np.ascontiguousarray(place)) for place in places]

    # Further methods of an estimator that was fitted on tuples, as in metric-learn.

    @available_if(learned_from(0))
    def decision_function(self, X: Any) -> Floats:
        """For pairs, `pair_score`; for triplets, how much farther the impostor is than the target; for quadruplets,
        d(c, d) - d(a, b)."""
        if self.tuple_size_ == 2:
            return self.pair_score(X)
        if self.tuple_size_ == 4:
            a, b, c, d = self._tuples(X, 4)
            differences: Floats = self._distance(c, d) - self._distance(a, b)
            return differences
        anchor, target, impostor = self._tuples(X, 3)
        margins: Floats = self._distance(anchor, impostor) - self._distance(anchor, target)
        return margins

    @available_if(learned_from(0))
    def predict(self, X: Any) -> NDArray[np.int64]:
        """1 for pairs at a distance of at most `threshold_` (that which judged most training pairs right) and for triplets
        whose target is nearer than their impostor and quadruplets with d(a, b) < d(c, d), else -1."""
        holds = self.pair_distance(X) <= self.threshold_ if self.tuple_size_ == 2 else self.decision_function(X) > 0
        return np.where(holds, 1, -1)

    @available_if(learned_from(0))
    def score(self, X: Any, y: Any = None) -> float:
        """For pairs, the area under the ROC curve; for triplets and quadruplets, the share that `predict` calls 1."""
        if self.tuple_size_ > 2:
            return float(np.mean(self.predict(X) == 1))
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(y, self.decision_function(X)))

    @available_if(learned_from(2))
    def set_threshold(self, threshold: float) -> Any:
        """Sets the distance up to which `predict` calls a pair similar."""
        self.threshold_ = float(threshold)
        return self

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
