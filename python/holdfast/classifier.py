"""The k-nearest-neighbour classifier that says how much perturbation each of its predictions withstands."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from . import _core
from ._arrays import Floats
from ._checks import integer
from ._errors import InputError
from ._estimator import MetricLearner
from ._labels import LabelEncoding
from ._nearest import NearestRows
from ._progress import progress_bar
from .certificates import Attacks, Certificates, Poisoning
from .model import Model


class CertifiedKNeighborsClassifier(NearestRows, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """k-nearest-neighbour classification under a learned metric, with certificates and attacks.

    Parameters
    ----------
    n_neighbors : int, default=3
        Nearest training rows that vote. Odd: with an even number a certificate has no majority to hold. Ties of three
        classes and more go to the class of the nearest row.
    learner : MetricLearner, optional
        Learns the metric on the training rows, such as `LMNN(perturbation_weight="auto")`; it is cloned. None: the
        Euclidean distance of the rows as they are.
    verbose : bool, default=False
        Show progress bars.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    learner_ : MetricLearner
        The fitted learner, if there is one.
    model_ : Model
        Metric, preprocessing and training rows; `save` writes it.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import LMNN, CertifiedKNeighborsClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> knn = CertifiedKNeighborsClassifier(1, learner=LMNN(perturbation_weight="auto", preprocess="minmax"))
    >>> certificates = knn.fit(X[::2], y[::2]).certify(X[1::2], y[1::2], method="exact")
    >>> bool(certificates.certified_accuracy(0.1) > 0.8)
    True
    """

    def __init__(self, n_neighbors: int = 3, *, learner: MetricLearner | None = None, verbose: bool = False) -> None:
        self.n_neighbors = n_neighbors
        self.learner = learner
        self.verbose = verbose

    @classmethod
    def from_model(cls, model: Model, n_neighbors: int = 3) -> CertifiedKNeighborsClassifier:
        """A fitted classifier of a model.

        Parameters
        ----------
        model : Model
            Such as one that `load` read.
        n_neighbors : int, default=3

        Returns
        -------
        CertifiedKNeighborsClassifier
        """
        if not model.core.class_names:
            raise InputError(
                "the model has no labels and cannot predict: its metric was learned from pairs, triplets or chunks of "
                "unlabelled rows; use transform, or fit on rows with labels"
            )
        classifier = cls(n_neighbors)
        classifier.model_ = model
        classifier.classes_ = model.classes_
        classifier.n_features_in_ = model.n_features_in_
        if model.columns:
            classifier.feature_names_in_ = np.array(model.columns, dtype=object)
        return classifier

    def fit(self, X: Any, y: Any) -> CertifiedKNeighborsClassifier:
        """Learns the metric and keeps the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Class labels of any type, two classes or more.

        Returns
        -------
        self
        """
        if self.learner is not None:
            if not isinstance(self.learner, MetricLearner):
                raise TypeError(
                    f"learner {self.learner!r}: must be a learner of holdfast, such as LMNN(); other transformers go "
                    "before the classifier in a Pipeline"
                )
            validate_data(self, X, y, dtype=np.float64, order="C", ensure_min_samples=2)
            self.learner_ = clone(self.learner).fit(X, y)
            self.model_ = self.learner_.model_
        else:
            X, y = validate_data(self, X, y, dtype=np.float64, order="C", ensure_min_samples=2)
            check_classification_targets(y)
            encoding, labels = LabelEncoding.of(y)
            columns = list(getattr(self, "feature_names_in_", ()))
            core, _ = _core.train("euclidean", X, labels, None, None, "none", {}, columns, 0, None)
            self.model_ = Model(core, encoding)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Labels by majority of the nearest training rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or None
            None: the training rows, none of which is its own neighbour. So `score(None, y)` is the accuracy of
            leave-one-out under the metric that was learned once, on all rows.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        rows = self._rows_or_none(X)
        with progress_bar(self.verbose) as progress:
            return self.model_.predict(rows, integer("n_neighbors", self.n_neighbors), progress=progress)

    def predict_proba(self, X: Any) -> Floats:
        """The share of the neighbours' votes for each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or None
            None: the training rows, as in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`. If classes tie, the class with the nearest member, which `predict` chooses, has the
            larger share by one rounding unit.
        """
        _, rows = self.kneighbors(X)
        places = self.model_._encoding.order[self.model_.codes[rows]]
        count = np.arange(len(rows))
        shares = np.zeros((len(rows), len(self.classes_)))
        np.add.at(shares, (count[:, np.newaxis], places), 1.0)
        most = shares.max(axis=1, keepdims=True)
        tied = (shares == most).sum(axis=1) > 1
        nearest = (shares[count[:, np.newaxis], places] == most).argmax(axis=1)
        winner = places[count, nearest]
        shares /= self.n_neighbors
        shares[tied, winner[tied]] = np.nextafter(shares[tied, winner[tied]], 1.0)
        return shares

    def certify(
        self,
        X: Any,
        y: ArrayLike | None = None,
        *,
        method: str = "bound",
        time_limit: float = 10.0,
        max_nodes: int = 0,
        up_to: float = math.inf,
        **threat: Any,
    ) -> Certificates:
        """Radii within which predictions cannot change.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), optional
            Labels: a wrong prediction has radius 0. None: each prediction is compared with itself. The training rows
            with their labels, in any order, are judged leave-one-out, as `Certificates.notes` says.
        method : {"bound", "fast", "exact"}, default="bound"
            A lower bound over all pairs of rows; the same over the nearest rows, lower but as valid; or the smallest
            perturbation itself with its witness.
        time_limit : float, default=10.0
            Seconds per row for "exact", after which the radius is given as an interval from `radius` to `upper`, of kind
            "lower bound". Does not apply to one neighbour in l2 or an ellipsoid, which needs milliseconds.
        max_nodes : int, default=0
            The same after that many parts of the search, which any machine repeats; 0: no limit.
        up_to : float, default=inf
            Radii beyond this need not be resolved by "exact": they may be intervals.
        threat : keyword arguments
            The perturbation: `norm`, `space`, `box`, `ellipsoid`, and by column `frozen`, `perturb` and `flip`, as in
            `holdfast.Threat`. By default it is measured in l2, after the learner's preprocessing.

        Returns
        -------
        Certificates

        Notes
        -----
        The bound is that of Wang et al. (NeurIPS 2020, arXiv 2006.07024): with s = (k+1)/2 and the pair bound

        .. math:: e(i, l) = \\frac{[D^2(z, x_l) - D^2(z, x_i)]_+}{2 |M (x_i - x_l)|_{p^*}},

        p* the dual norm, the s-th smallest over rows l of other classes of the s-th largest over rows i of the class.
        """
        rows = self._rows(X)
        search: dict[str, Any] = {"time_limit": time_limit, "max_nodes": max_nodes, "up_to": up_to}
        return self.model_.certify(rows, y, self.n_neighbors, method=method, verbose=self.verbose, **search, **threat)

    def poisoning(self, X: Any, y: ArrayLike | None = None) -> Poisoning:
        """How many training rows must be inserted, deleted or relabelled before predictions change.

        Parameters
        ----------
        X, y
            As in `certify`.

        Returns
        -------
        Poisoning
            Three exact numbers per row, each for one kind of change alone.

        Notes
        -----
        The prediction y changes if and only if another class c beats it. With v(j) the votes of a class among the j
        nearest rows and k neighbors: the least m with v_c(k - m) + m >= v_y(k - m) rows of c inserted at the row itself;
        the least number of nearest rows of y whose deletion loses y the vote; max(1, ceil((v_y(k) - v_c(k)) / 2)) of the
        nearest rows of y relabelled to c; the smallest over c.
        """
        rows = self._rows(X)
        return self.model_.poisoning(rows, y, self.n_neighbors, verbose=self.verbose)

    def attack(
        self, X: Any, y: ArrayLike | None = None, *, n_tries: int = 200, random_state: Any = 0, **threat: Any
    ) -> Attacks:
        """The smallest perturbations found that change predictions.

        Parameters
        ----------
        X, y
            As in `certify`.
        n_tries : int, default=200
            Query budget of the boundary attack, in predictions per row; 0: no boundary attack.
        random_state : int, RandomState or None, default=0
        threat : keyword arguments
            As in `certify`.

        Returns
        -------
        Attacks
            Radii that are upper bounds, with the perturbed rows and their predictions.
        """
        rows = self._rows(X)
        search = {"n_tries": n_tries, "random_state": random_state}
        return self.model_.attack(rows, y, self.n_neighbors, verbose=self.verbose, **search, **threat)
