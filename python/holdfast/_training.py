"""What a fit learns from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ._arrays import Floats
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
    """Of the labelled rows; None: all the same."""
    columns: list[str] = field(default_factory=list)
    """Names of the columns, if they have any."""
    notes: list[str] = field(default_factory=list)
    """What is left out."""

    @property
    def tuple_size(self) -> int:
        """The number of points of a tuple; 1 for rows."""
        sizes = {2: self.pairs, 3: self.triplets, 4: self.quadruplets}
        return next((size for size, tuples in sizes.items() if tuples is not None), 1)
