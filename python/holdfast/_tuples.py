"""Pairs, triplets and quadruplets of points as supervision, in metric-learn's shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import Floats, as_rows
from ._checks import row_numbers
from ._errors import InputError

Preprocessor = Union[ArrayLike, Callable[[Any], ArrayLike], None]
"""A map from indices to points: an array whose rows are the points, or a function of an array of indices."""


def is_tuples(X: Any, preprocessor: Preprocessor, sizes: tuple[int, ...]) -> bool:
    """Whether X holds tuples: m x t x d points, or, with a preprocessor, m x t indices of points for t in `sizes`."""
    if dimensions(X) == 3:
        return True
    if preprocessor is None or dimensions(X) != 2:
        return False
    indices = np.asarray(X)
    # Numbers that are not whole are points, whatever their shape.
    return indices.shape[1] in sizes and indices.dtype.kind != "f" and (callable(preprocessor) or indices.dtype.kind in "iu")


def dimensions(X: Any) -> int:
    """The number of dimensions of an array or of nested lists."""
    return len(X.shape) if hasattr(X, "shape") else np.asarray(X).ndim


def points_of(indices: Any, preprocessor: Preprocessor) -> Floats:
    """The points that indices stand for."""
    if callable(preprocessor):
        rows = as_rows(preprocessor(indices))
        if len(rows) != len(indices):
            raise InputError(f"X: the preprocessor gave {len(rows)} points for {len(indices)} indices")
        return rows
    table = as_rows(preprocessor)  # type: ignore[arg-type]
    places = np.asarray(indices)
    if places.dtype.kind not in "iu":
        raise InputError("X: with a preprocessor, points are given by their integer indices")
    points: Floats = table[row_numbers(places, len(table), place="X: ")]
    return points


def tuples_of(X: Any, preprocessor: Preprocessor) -> tuple[Floats, NDArray[np.int32]]:
    """Distinct points (all rows of a preprocessor that is an array), and the m x t row numbers of the tuples."""
    if dimensions(X) == 3:
        stacked = np.asarray(X, dtype=np.float64)
        count, size, columns = stacked.shape
        points, places = np.unique(as_rows(stacked.reshape(count * size, columns)), axis=0, return_inverse=True)
        return np.ascontiguousarray(points), places.reshape(count, size).astype(np.int32)
    indices = np.asarray(X)
    if callable(preprocessor):
        distinct, places = np.unique(indices, return_inverse=True)
        return points_of(distinct, preprocessor), places.reshape(indices.shape).astype(np.int32)
    points_of(indices.reshape(-1), preprocessor)  # checks the indices
    return as_rows(preprocessor), indices.astype(np.int32)  # type: ignore[arg-type]


def labels_of_pairs(y: ArrayLike | None, count: int) -> NDArray[Any]:
    """The labels of pairs, 1 or -1."""
    if y is None:
        raise InputError("y: pairs need labels, 1 (similar) or -1 (dissimilar), one per pair")
    labels = np.asarray(y)
    if labels.shape != (count,) or not np.all(np.isin(labels, (-1, 1))):
        raise InputError("y: must hold one label per pair, 1 (similar) or -1 (dissimilar)")
    return labels


def useful(rows: NDArray[np.int32], labels: NDArray[Any] | None = None) -> tuple[NDArray[np.bool_], list[str]]:
    """Which tuples of row numbers say something, and a warning for each kind of those that do not.

    Tuples say nothing if they name a point twice, so that they hold, or do not, whatever the metric is; and those that
    contradict each other cancel out.
    """
    size = rows.shape[1]
    kind = {2: "pairs", 3: "triplets", 4: "quadruplets"}[size]
    a, b = rows[:, 0], rows[:, 1]
    empty = a == b
    if size == 3:
        empty |= (b == rows[:, 2]) | (a == rows[:, 2])
    elif size == 4:
        pairs = np.sort(rows.reshape(-1, 2, 2), axis=2)
        empty |= (rows[:, 2] == rows[:, 3]) | np.all(pairs[:, 0] == pairs[:, 1], axis=1)
    contradicting = _contradicting(rows, labels) & ~empty
    counts = {"name a point twice": empty, "contradict others": contradicting}
    notes = [f"{mask.sum()} of {len(rows)} {kind} {what}: left out" for what, mask in counts.items() if mask.any()]
    return ~(empty | contradicting), notes


def _contradicting(rows: NDArray[np.int32], labels: NDArray[Any] | None) -> NDArray[np.bool_]:
    """Pairs that are similar and dissimilar, triplets with the target and the impostor of another exchanged."""
    if len(rows) == 0 or rows.shape[1] == 4:
        return np.zeros(len(rows), dtype=bool)
    if rows.shape[1] == 3:
        keys, labels = rows[:, [0, 1, 2]].copy(), np.where(rows[:, 1] < rows[:, 2], 1, -1)
        keys[:, 1:].sort(axis=1)
    else:
        keys = np.sort(rows, axis=1)
    _, place = np.unique(keys, axis=0, return_inverse=True)
    place = place.reshape(-1)
    has = [np.bincount(place, weights=labels == sign) > 0 for sign in (1, -1)]
    both: NDArray[np.bool_] = (has[0] & has[1])[place]
    return both
