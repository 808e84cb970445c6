"""Certificates and attacks of nearest-neighbour predictions, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arrays import Floats, contiguous
from ._checks import integer, text
from ._errors import InputError
from ._tuples import labels_of_pairs

Box = Union[None, tuple[ArrayLike, ArrayLike], Mapping[Union[str, int], tuple[float, float]]]
"""Least and greatest values of perturbed rows: two numbers, one pair of arrays with an entry per column, or a pair of numbers
by column, for those that have limits."""

Columns = Union[None, str, int, Sequence[Union[str, int]]]
"""Columns of the raw table by name or by position from 0."""

Flips = Union[None, str, int, Sequence[Union[str, int, Sequence[Union[str, int]]]]]
"""Columns of categories by name or position, or groups of features that encode one."""


@dataclass(frozen=True)
class Threat:
    """What an adversary may do to a row: the keyword arguments that `certify` and `attack` share.

    Parameters
    ----------
    norm : {"l2", "l1", "linf"}, default="l2"
        Norm of the perturbation.
    space : {"preprocessed", "raw"}, default="preprocessed"
        Units of the perturbation: those of the rows after the learner's preprocessing, or of X (if the preprocessing is
        affine).
    box : pair of numbers or of arrays of shape (n_features,), or dict, optional
        Least and greatest values that perturbed rows may have, in the units of `space`: exact radii and attacks keep to
        them. A dict gives them by column: ``{"age": (18, 99)}``.
    ellipsoid : array-like of shape (d, d) or (d,), optional
        A of the norm sqrt(v^T A v), which replaces `norm`, or its diagonal.
    frozen : column or list of columns, optional
        Columns of the raw table that stay as they are: names, or positions from 0. Columns of categories that the model
        knows (of a table) always do, unless `perturb` lists them.
    perturb : column or list of columns, optional
        The only columns that change. Not together with `frozen`.
    flip : column, or list of columns and groups, optional
        Columns of categories that may take any of their values, together with a perturbation of the other columns: the
        radius is that of individual fairness. A list within the list is a group of features, names or positions, that encode
        a column, one of them 1 and the others 0 (a group of one: 0 or 1), for rows that you encoded yourself.
    """

    norm: str = "l2"
    space: str = "preprocessed"
    box: Box = None
    ellipsoid: ArrayLike | None = None
    frozen: Columns = None
    perturb: Columns = None
    flip: Flips = None

    def of(self, core: _core.Model, *, by_column: bool = True) -> _core.ThreatModel:
        """The threat model as the library takes it. `by_column`: columns of categories are frozen."""
        columns = core.facts["d"] if self.space == "raw" else core.map.shape[1]
        by_name = isinstance(self.box, Mapping)
        flips = _listed("flip", self.flip)
        groups = [[_feature(core, feature) for feature in group] for group in flips if isinstance(group, (list, tuple))]
        return _core.ThreatModel(
            core,
            text("norm", self.norm),
            text("space", self.space),
            None if by_name else _limits(self.box, columns),
            _limits_by_column(self.box) if isinstance(self.box, Mapping) else [],
            _matrix(self.norm, self.ellipsoid),
            _core.ColumnOptions(
                [_column("frozen", column) for column in _listed("frozen", self.frozen)],
                [_column("perturb", column) for column in _listed("perturb", self.perturb)],
                [_column("flip", column) for column in flips if not isinstance(column, (list, tuple))],
                groups,
            ),
            by_column,
        )


@dataclass(frozen=True, eq=False)
class Certificates:
    """The radius of each row: what is known about the smallest perturbation that changes its prediction."""

    radius: Floats
    """No perturbation of a smaller norm changes the prediction (lower bounds and exact radii), or one of this norm does
    (upper bounds). 0 if the prediction is wrong already, infinity if no perturbation changes it."""
    upper: Floats
    """The size of the smallest perturbation found that changes the prediction: the radius if it is exact or of an attack,
    the upper end of the interval if an exact search ended before its time, infinity for bounds, which look for none."""
    kind: NDArray[np.str_]
    """"lower bound", "exact" or "upper bound", one per row."""
    predicted: NDArray[Any]
    """The classes predicted for the rows as they are."""
    label: NDArray[Any]
    """The class that the prediction must keep: the label given, or else the prediction."""
    witness: Floats | None = field(repr=False)
    """n x d: each row moved to where its prediction changes (the row itself if no such point is known), in the units of
    the radius. None for bounds, which have none."""
    norm: str
    """Norm of the perturbation: "l2", "l1", "linf" or "ellipsoid"."""
    method: str
    """"bound", "fast", "exact" or "attack"."""
    space: str
    """"raw" or "preprocessed"."""
    units: str
    """The space in words, with the steps of the preprocessing."""
    n_neighbors: int
    """The neighbors that vote."""
    frozen: list[str]
    """Columns that stay as they are."""
    flipped: list[str]
    """Columns of categories that may take any of their values."""
    notes: list[str]
    """How the rows were judged, if that is not as usual: the training rows are judged leave-one-out."""

    def __len__(self) -> int:
        return len(self.radius)

    @property
    def mean_radius(self) -> float:
        """Infinity if a radius is infinite."""
        return float(np.mean(self.radius))

    @property
    def median_radius(self) -> float:
        return float(np.median(self.radius))

    def certified_accuracy(self, eps: ArrayLike) -> Any:
        """The share of rows that are right and stay right under every perturbation of size `eps`: radius > eps. A number
        for a number, an array for an array."""
        return _share_above(self.radius, eps)

    def to_frame(self) -> Any:
        """A pandas DataFrame with the columns of the command line's file: row, label, predicted, norm, method, radius,
        space, upper."""
        import pandas as pd

        columns = ("label", "predicted", "norm", "method", "radius", "space", "upper")
        return pd.DataFrame({"row": np.arange(len(self)), **{name: getattr(self, name) for name in columns}})


@dataclass(frozen=True, eq=False)
class Attacks(Certificates):
    """The smallest perturbations found that change predictions: upper bounds of the exact radii."""

    adversarial_label: NDArray[Any]
    """The class predicted for each witness, or for the row itself if it has no witness."""

    @property
    def adversarial(self) -> Floats:
        """The perturbed rows, n x d, in the units of the radius; rows themselves if no perturbation was needed or found."""
        if self.witness is None:
            raise ValueError("no row has an adversarial example: all predictions are wrong already, or cannot be changed")
        return self.witness


@dataclass(frozen=True, eq=False)
class Poisoning:
    """How many training rows must change before the prediction of a row changes: exact numbers, each kind of change alone.
    Metric and preprocessing stay as they are. 0 if the prediction is wrong already; the largest int64 if no number of
    changes suffices."""

    insertions: NDArray[np.int64]
    """Rows inserted, of any class at any place; an inserted row may stand before others at the same distance."""
    deletions: NDArray[np.int64]
    """Rows deleted. At least one row remains; if fewer than `n_neighbors` remain, all of them vote. The largest int64 if
    all training rows are of the predicted class."""
    relabelings: NDArray[np.int64]
    """Rows given another class."""
    predicted: NDArray[Any]
    """The classes predicted for the rows as they are."""
    label: NDArray[Any]
    """The class that the prediction must keep: the label given, or else the prediction."""
    n_neighbors: int
    """The neighbors that vote."""
    notes: list[str]
    """How the rows were judged, if that is not as usual: the training rows are judged leave-one-out."""

    def __len__(self) -> int:
        return len(self.insertions)

    def certified_accuracy(self, kind: str, changes: ArrayLike) -> Any:
        """The share of rows that are right and stay right under any `changes` changes of one kind: number > changes.

        Parameters
        ----------
        kind : {"insertions", "deletions", "relabelings"}
        changes : int or array-like of int

        Returns
        -------
        float, or ndarray of the shape of `changes`
        """
        kinds = ("insertions", "deletions", "relabelings")
        if text("kind", kind) not in kinds:
            raise InputError(f'kind "{kind}": must be insertions, deletions or relabelings')
        return _share_above(getattr(self, kind), changes)

    def to_frame(self) -> Any:
        """A pandas DataFrame: row, label, predicted, insertions, deletions, relabelings."""
        import pandas as pd

        columns = ("label", "predicted", "insertions", "deletions", "relabelings")
        return pd.DataFrame({"row": np.arange(len(self)), **{name: getattr(self, name) for name in columns}})


class _Radii:
    """What the certificates of other tasks share."""

    radius: Floats

    def __len__(self) -> int:
        return len(self.radius)

    @property
    def mean_radius(self) -> float:
        """Infinity if a radius is infinite; rows without a radius are left out."""
        return float(np.nanmean(self.radius))

    @property
    def median_radius(self) -> float:
        return float(np.nanmedian(self.radius))


@dataclass(frozen=True, eq=False)
class PairCertificates(_Radii):
    """The radius of each decision on a pair, the same or different by a threshold on the learned distance."""

    radius: Floats
    """No perturbation of a smaller norm changes the decision, right or wrong. Infinity if no perturbation does."""
    kind: NDArray[np.str_]
    """"exact", or "lower bound" if rounding keeps the radius from the smallest perturbation by more than 1e-9 of it."""
    decision: NDArray[np.int32]
    """1 (the same: a distance of at most the threshold) or -1 (different), one per pair."""
    distance: Floats
    """The learned distances of the pairs."""
    threshold: float
    witness: Floats = field(repr=False)
    """n_pairs x 2 x d: the pairs moved to where their decision changes (unchanged if no such pair is known), in the units
    of the radius."""
    move: str
    """"one": the first member of a pair is perturbed. "both": each member, by up to the radius."""
    norm: str
    """Norm of the perturbation: "l2" or "ellipsoid"."""
    space: str
    """"raw" or "preprocessed"."""
    units: str
    """The space in words, with the steps of the preprocessing."""

    def certified_accuracy(self, y: ArrayLike, eps: ArrayLike) -> Any:
        """The share of pairs whose decision is `y` (1 or -1) and stays so under every perturbation of size `eps`. A number
        for a number, an array for an array."""
        labels = labels_of_pairs(y, len(self))
        return _share_above(np.where(self.decision == labels, self.radius, 0.0), eps)


@dataclass(frozen=True, eq=False)
class RetrievalCertificates(_Radii):
    """The radius of each search for the nearest of the other rows, which stay as they are."""

    radius: Floats
    """No perturbation of a smaller norm makes a row of another class the nearest: the query's class stays first. 0 if a
    row of another class is the nearest already; NaN if the query is the only row of its class."""
    kind: NDArray[np.str_]
    """"exact" (l2, ellipsoids) or "lower bound", one per row."""
    nearest: NDArray[np.int64]
    """The nearest other row of each row."""
    same_row_radius: Floats
    """No perturbation of a smaller norm makes another row the nearest, of whichever class."""
    same_row_kind: NDArray[np.str_]
    """"exact", or "lower bound" in a box and where two rows are equally near."""
    norm: str
    """Norm of the perturbation: "l2", "l1", "linf" or "ellipsoid"."""
    space: str
    """"raw" or "preprocessed"."""
    units: str
    """The space in words, with the steps of the preprocessing."""

    def certified_recall_at_1(self, eps: ArrayLike) -> Any:
        """The share of queries whose nearest row is of their class and stays so under every perturbation of size `eps`:
        radius > eps. Rows that are the only one of their class are no queries. A number for a number, an array for an
        array."""
        return _share_above(self.radius[~np.isnan(self.radius)], eps)


def certify_retrieval(
    estimator: Any, X: ArrayLike, y: ArrayLike, *, n_queries: int | None = None, verbose: bool = False, **threat: Any
) -> RetrievalCertificates:
    """Radii of the search of each row among the other rows, under perturbations of that row.

    Parameters
    ----------
    estimator : fitted learner, classifier, or Model
        Its classes do not matter.
    X : array-like of shape (n_samples, n_features)
        Queries and gallery at once: each row is searched among the others.
    y : array-like of shape (n_samples,)
        Classes, also such that the estimator has never seen.
    n_queries : int, optional
        Only the first rows are queries; all are the gallery. None: all.
    verbose : bool, default=False
        Show a progress bar.
    threat : keyword arguments
        The perturbation: `norm`, `space`, `box`, `ellipsoid`, `frozen` and `perturb`, as in `Threat`.

    Returns
    -------
    RetrievalCertificates

    Notes
    -----
    "A row of the class stays first" is the radius of 1-NN classification by the other rows: exact in l2 and ellipsoids, a
    lower bound in l1 and linf. "The nearest row stays the same" is the least of
    :math:`[D^2(z, x_l) - D^2(z, x_i)] / (2 |B^T L (x_i - x_l)|_{p^*})` over all rows l but the nearest, i: exact in every
    norm without a box.
    """
    from .model import model_of

    return model_of(estimator).certify_retrieval(X, y, n_queries=n_queries, verbose=verbose, **threat)


def _share_above(values: NDArray[Any], sizes: ArrayLike) -> Any:
    """The share of values above each size, in the shape of the sizes: a number for a number."""
    given = np.asarray(sizes)
    share = 1.0 - np.searchsorted(np.sort(values), given.reshape(-1), side="right") / len(values)
    return float(share[0]) if given.ndim == 0 else share.reshape(given.shape)


def _listed(name: str, columns: Any) -> list[Any]:
    if columns is None:
        return []
    if isinstance(columns, (list, tuple)):
        return list(columns)
    if isinstance(columns, (str, int, np.integer)):
        return [columns]
    raise InputError(f"{name}: must be a column or a list of columns, names or positions from 0, not {type(columns).__name__}")


def _column(name: str, column: Any) -> str:
    """A column as the library takes it: a name, or a position counted from 1."""
    return column if isinstance(column, str) else f"#{integer(name, column) + 1}"


def _feature(core: _core.Model, feature: Any) -> int:
    """The position of a feature that is given by name or position."""
    if not isinstance(feature, str):
        return integer("flip", feature)
    names: list[str] = core.facts["columns"]
    if feature not in names:
        raise InputError(f'flip: the model has no feature "{feature}"; a list within the list names features that encode a column')
    return names.index(feature)


def _limits_by_column(box: Mapping[str | int, tuple[float, float]]) -> list[_core.ColumnLimit]:
    limits = []
    for column, limit in box.items():
        try:
            lower, upper = (float(value) for value in limit)
        except (TypeError, ValueError):
            raise InputError(f"box: the limits of column {column!r} must be a pair of numbers, not {limit!r}") from None
        limits.append(_core.ColumnLimit(_column("box", column), lower, upper))
    return limits


def _limits(box: Any, columns: int) -> tuple[Floats, Floats] | None:
    if box is None:
        return None
    try:
        lower, upper = (contiguous(np.broadcast_to(np.asarray(limit, dtype=float), (1, columns))) for limit in box)
        if np.all(lower < upper):
            return lower, upper
    except (TypeError, ValueError):  # not a pair, or of another shape
        pass
    raise InputError(
        "box: must be the least and the greatest value of a perturbed row's entries, such as (0, 1) or (0, inf), numbers "
        "or one for each column"
    )


def _matrix(norm: str, ellipsoid: ArrayLike | None) -> Floats | None:
    if ellipsoid is None:
        if norm == "ellipsoid":
            raise InputError('norm "ellipsoid": give its matrix A, of sqrt(v^T A v), as ellipsoid')
        return None
    given = np.asarray(ellipsoid, dtype=float)
    return contiguous(np.diag(given) if given.ndim == 1 else given)


def certified_accuracy_curve(
    certificates: Certificates, eps: ArrayLike | None = None, *, n_points: int = 201
) -> tuple[Floats, Floats]:
    """Certified accuracy over the size of the perturbation.

    Parameters
    ----------
    certificates : Certificates
        Certificates of labelled rows; the curve of attacks is the accuracy under attack, an upper bound.
    eps : array-like of shape (m,), optional
        Sizes. Default: `n_points` from 0 to the largest finite radius, evenly.
    n_points : int, default=201

    Returns
    -------
    eps, accuracy : ndarrays of shape (m,)
        The share of rows with radius > eps.
    """
    if eps is None:
        finite = certificates.radius[np.isfinite(certificates.radius)]
        sizes = np.linspace(0.0, finite.max() if finite.size else 1.0, n_points)
    else:
        sizes = np.asarray(eps, dtype=float)
    return sizes, certificates.certified_accuracy(sizes)
