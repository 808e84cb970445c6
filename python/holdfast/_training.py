"""What a fit learns from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import Floats
from ._errors import InputError
from ._labels import Coded, LabelEncoding

Rows = NDArray[np.int32]


@dataclass
class Training:
    """Rows, and one kind of supervision of them."""

    X: Floats
    encoding: LabelEncoding | None = None
    labels: Coded | None = None
    pairs: tuple[Rows, Rows] | None = None
    """Similar and dissimilar ones."""
    triplets: Rows | None = None
    quadruplets: Rows | None = None
    chunks: NDArray[np.int64] | None = None
    weights: Floats | None = None
    """Of the labelled rows or the quadruplets; None: all the same."""
    columns: list[str] = field(default_factory=list)
    """Names of the columns, if they have any."""
    kept: NDArray[np.bool_] | None = None
    """Which of the given quadruplets are learned from."""
    notes: list[str] = field(default_factory=list)
    """What is left out."""

    def weights_of_tuples(self, given: ArrayLike) -> Floats:
        """Weights of the given quadruplets as those of the quadruplets that are learned from."""
        if self.kept is None:
            raise InputError("weights: only quadruplets have weights")
        try:
            weights = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            weights = np.empty(0)
        if weights.shape != self.kept.shape or not np.all((weights >= 0) & np.isfinite(weights)):
            raise InputError(
                f"weights: must be one finite number of at least 0 for each of the {len(self.kept)} quadruplets"
            )
        return np.ascontiguousarray(weights[self.kept])

    @property
    def tuple_size(self) -> int:
        """The number of points of a tuple; 1 for rows."""
        sizes = {2: self.pairs, 3: self.triplets, 4: self.quadruplets}
        return next((size for size, tuples in sizes.items() if tuples is not None), 1)
