"""Certificates and attacks of nearest-neighbour predictions, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arrays import Floats, contiguous
from ._checks import text
from ._errors import InputError

Box = Optional[tuple[ArrayLike, ArrayLike]]
"""Least and greatest values of perturbed rows: two numbers, or one pair per column."""


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
    box : pair of numbers or of arrays of shape (n_features,), optional
        Least and greatest values that perturbed rows may have, in the units of `space`: exact radii and attacks keep to
        them.
    ellipsoid : array-like of shape (d, d) or (d,), optional
        A of the norm sqrt(v^T A v), which replaces `norm`, or its diagonal.
    """

    norm: str = "l2"
    space: str = "preprocessed"
    box: Box = None
    ellipsoid: ArrayLike | None = None

    def of(self, core: _core.Model) -> _core.ThreatModel:
        """The threat model as the library takes it."""
        columns = core.facts["d"] if self.space == "raw" else core.map.shape[1]
        return _core.ThreatModel(
            text("norm", self.norm),
            text("space", self.space),
            _limits(self.box, columns),
            _matrix(self.norm, self.ellipsoid),
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
        sizes = np.asarray(eps, dtype=float)
        kept = np.sort(self.radius)
        share = 1.0 - np.searchsorted(kept, sizes.reshape(-1), side="right") / len(kept)
        return float(share[0]) if sizes.ndim == 0 else share.reshape(sizes.shape)

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


def _limits(box: Box, columns: int) -> tuple[Floats, Floats] | None:
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
