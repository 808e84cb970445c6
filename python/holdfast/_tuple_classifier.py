"""What an estimator that was fitted on tuples of points says about other tuples, as in metric-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ._arrays import Floats
from ._checks import real
from ._threshold import best_threshold, check_strategy
from ._tuples import labels_of_pairs
from .certificates import PairCertificates
from .model import Model


def learned_from(size: int) -> Callable[[Any], bool]:
    """For `available_if`: whether the estimator was fitted on tuples of that size (0: of any), or is made for them."""

    def check(estimator: Any) -> bool:
        fitted = getattr(estimator, "tuple_size_", None)
        if fitted is not None:
            return bool(fitted == size if size else fitted > 1)
        # Cross-validation asks before the fit. With a preprocessor, the estimator may be fitted on indices of tuples.
        sizes = estimator._tuple_sizes() if estimator._for_tuples or estimator.preprocessor is not None else ()
        return size in sizes if size else bool(sizes)

    return check


class TupleClassifier:
    """Methods that only estimators fitted on pairs, triplets or quadruplets have."""

    tuple_size_: int
    threshold_: float
    pair_distance: Callable[[Any], Floats]
    pair_score: Callable[[Any], Floats]
    model_: Model
    _tuples: Callable[[Any, int], list[Floats]]
    _points: Callable[[Any, int], Floats]
    _distance: Callable[[Floats, Floats], Floats]

    @property
    def classes_(self) -> NDArray[np.int64]:
        """If the estimator was fitted on tuples of points, what `predict` says of them: -1 and 1."""
        if getattr(self, "tuple_size_", 1) == 1:
            raise AttributeError("classes_: only an estimator fitted on tuples of points has them")
        return np.array([-1, 1])

    @available_if(learned_from(0))
    def decision_function(self, X: Any) -> Floats:
        """For pairs, `pair_score`; for triplets, how much farther the impostor is than the target; for quadruplets,
        d(c, d) - d(a, b)."""
        check_is_fitted(self, "model_")
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
        """1 for pairs at a distance of at most `threshold_` and for triplets whose target is nearer than their impostor
        and quadruplets with d(a, b) < d(c, d), else -1."""
        check_is_fitted(self, "model_")
        holds = self.pair_distance(X) <= self.threshold_ if self.tuple_size_ == 2 else self.decision_function(X) > 0
        return np.where(holds, 1, -1)

    @available_if(learned_from(0))
    def score(self, X: Any, y: Any = None) -> float:
        """For pairs, the area under the ROC curve; for triplets and quadruplets, the share that `predict` calls 1."""
        check_is_fitted(self, "model_")
        if self.tuple_size_ > 2:
            return float(np.mean(self.predict(X) == 1))
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(y, self.decision_function(X)))

    @available_if(learned_from(2))
    def set_threshold(self, threshold: float) -> Any:
        """Sets the distance up to which `predict` calls a pair similar."""
        check_is_fitted(self, "model_")
        self.threshold_ = real("threshold", threshold)
        return self

    @available_if(learned_from(2))
    def calibrate_threshold(
        self,
        pairs_valid: ArrayLike,
        y_valid: ArrayLike,
        strategy: str = "accuracy",
        min_rate: float | None = None,
        beta: float = 1.0,
    ) -> Any:
        """Sets `threshold_` to the distance that judges given pairs best. Pairs that the fit has not seen give a threshold
        that suits new pairs better than the one of the fit.

        Parameters
        ----------
        pairs_valid : array-like of shape (n_pairs, 2, n_features)
            Or, with a `preprocessor`, indices of shape (n_pairs, 2).
        y_valid : array-like of shape (n_pairs,)
            1 (similar) or -1 (dissimilar).
        strategy : {"accuracy", "f_beta", "max_tpr", "max_tnr"}, default="accuracy"
            What is largest: the share of pairs judged right; the F score of similar pairs,
            :math:`(1 + \\beta^2) P R / (\\beta^2 P + R)` of precision P and recall R; the share of similar pairs that are
            found (true positive rate), or that of dissimilar pairs (true negative rate), while the other is at least
            `min_rate`.
        min_rate : float, optional
            From 0 to 1; for "max_tpr" and "max_tnr".
        beta : float, default=1.0
            For "f_beta".

        Returns
        -------
        self

        Raises
        ------
        InputError
            (a ValueError) If the strategy or its parameter is wrong, or a label is not 1 or -1.
        """
        check_is_fitted(self, "model_")
        check_strategy(strategy, min_rate, beta)
        lengths = self.pair_distance(pairs_valid)
        similar = labels_of_pairs(y_valid, len(lengths)) == 1
        self.threshold_ = best_threshold(lengths[similar], lengths[~similar], strategy, min_rate, beta)
        return self

    @available_if(learned_from(2))
    def certify(self, pairs: Any, *, move: str = "one", **threat: Any) -> PairCertificates:
        """Radii within which the decisions of `predict` on pairs cannot change, at the threshold `threshold_`.

        Parameters
        ----------
        pairs : array-like of shape (n_pairs, 2, n_features)
            Or, with a `preprocessor`, indices of shape (n_pairs, 2).
        move : {"one", "both"}, default="one"
            Who is perturbed: the first member of a pair, or both, each by up to the radius.
        threat : keyword arguments
            The perturbation: `norm` ("l2"), `space` and `ellipsoid`, as in `holdfast.Threat`.

        Returns
        -------
        PairCertificates

        Notes
        -----
        With v = x - x' the radius is the least :math:`|\\delta|_2` for which :math:`|L(v + \\delta)|` reaches the threshold:
        :math:`v + \\delta = (I + \\lambda M)^{-1} v`, with the root :math:`\\lambda` of the secular equation. It is proved from
        below by duality and rounded down; if both members move, half of it.
        """
        check_is_fitted(self, "model_")
        return self.model_.certify_pairs(self._points(pairs, 2), self.threshold_, move=move, **threat)
