"""Rows as the library takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def as_rows(x: ArrayLike) -> Floats:
    """n x d float64, C-contiguous: the array itself if it is so already, else a copy. Finite, or ValueError.

    Sparse matrices are refused with scikit-learn's words.
    """
    from sklearn.utils import check_array

    rows: Floats = check_array(x, dtype=np.float64, order="C", input_name="X")
    return rows


def contiguous(x: Any) -> Floats:
    """The same without checks, for arrays of our own."""
    return np.ascontiguousarray(x, dtype=np.float64)


def seed_of(random_state: Any) -> int:
    """The seed of a scikit-learn `random_state`: an integer is the seed itself, the one that the command line calls
    --seed; from a RandomState one is drawn; None draws a new one each time."""
    import numbers

    from sklearn.utils import check_random_state

    if isinstance(random_state, numbers.Integral) and int(random_state) >= 0:
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
