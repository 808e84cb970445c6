"""Pairs, chunks and triplets drawn from labels, with the names and shapes of metric-learn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state, column_or_1d

from . import _core
from ._arrays import as_rows, seed_of
from ._checks import integer
from ._errors import InputError
from ._labels import LabelEncoding
from .termination import HoldfastWarning

Indices = NDArray[np.intp]


class Constraints:
    """Draws supervision from labels, some of which may be unknown.

    Parameters
    ----------
    partial_labels : array-like of shape (n_samples,)
        Classes. A negative number stands for an unknown class; rows of unknown class are drawn nowhere.

    Attributes
    ----------
    partial_labels : ndarray of shape (n_samples,)

    Examples
    --------
    >>> from holdfast import Constraints
    >>> a, b, c, d = Constraints([0, 0, 1, 1, -1]).positive_negative_pairs(2, random_state=0)
    >>> sorted(zip(a.tolist(), b.tolist()))
    [(0, 1), (2, 3)]
    """

    def __init__(self, partial_labels: ArrayLike) -> None:
        labels = column_or_1d(partial_labels)
        self.partial_labels: NDArray[Any] = labels
        self._known: Indices = np.flatnonzero(labels >= 0) if labels.dtype.kind in "if" else np.arange(len(labels))

    def positive_negative_pairs(
        self, n_constraints: int, same_length: bool = False, random_state: Any = None
    ) -> tuple[Indices, Indices, Indices, Indices]:
        """Pairs of rows of one class, and of two, none twice.

        Parameters
        ----------
        n_constraints : int
            Pairs of each kind. If there are fewer, all are drawn, and a warning says so.
        same_length : bool, default=False
            Leave pairs of one kind out until there are as many of each.
        random_state : int, RandomState or None, default=None
            An integer gives the same pairs each time.

        Returns
        -------
        a, b, c, d : ndarrays of row numbers
            Row a[i] has the class of row b[i]; row c[i] has another one than row d[i].

        Raises
        ------
        InputError
            (a ValueError) If no two rows, or all rows, have the same label.
        """
        wanted = integer("n_constraints", n_constraints)
        if wanted < 1:
            raise InputError(f"n_constraints {wanted}: must be at least 1")
        kinds = _core.sample_pairs(self._labels(), 2 * wanted, seed_of(random_state))
        for name, pairs in zip(("similar", "dissimilar"), kinds):
            if len(pairs) < wanted:
                message = f"there are only {len(pairs)} {name} pairs, fewer than n_constraints={wanted}"
                warnings.warn(message, HoldfastWarning, stacklevel=2)
        least = min(map(len, kinds)) if same_length else wanted
        (a, b), (c, d) = (self._known[pairs[:least]].T for pairs in kinds)
        return a, b, c, d

    def chunks(self, n_chunks: int = 100, chunk_size: int = 2, random_state: Any = None) -> Indices:
        """Sets of rows of one class, for `RCA`.

        Parameters
        ----------
        n_chunks : int, default=100
        chunk_size : int, default=2
            Rows per chunk.
        random_state : int, RandomState or None, default=None
            An integer gives the same chunks each time.

        Returns
        -------
        ndarray of shape (n_samples,)
            The number of each row's chunk; -1: the row is in no chunk.

        Raises
        ------
        InputError
            (a ValueError) If the classes hold fewer chunks.
        """
        count, size = integer("n_chunks", n_chunks), integer("chunk_size", chunk_size)
        for name, value in (("n_chunks", count), ("chunk_size", size)):
            if value < 1:
                raise InputError(f"{name} {value}: must be at least 1")
        random = check_random_state(random_state)
        possible: list[Indices] = []
        for label in np.unique(self.partial_labels[self._known]):
            members = random.permutation(self._known[self.partial_labels[self._known] == label])
            possible += [members[at : at + size] for at in range(0, len(members) - size + 1, size)]
        if len(possible) < count:
            raise InputError(
                f"n_chunks {count}: the classes hold {len(possible)} chunks of {size} rows; lower n_chunks"
            )
        chunk_of: Indices = np.full(len(self.partial_labels), -1)
        for number, at in enumerate(random.permutation(len(possible))[:count]):
            chunk_of[possible[at]] = number
        return chunk_of

    def generate_knntriplets(self, X: ArrayLike, k_genuine: int, k_impostor: int) -> Indices:
        """Each row with its nearest rows of the same class and its nearest rows of others, by Euclidean distance: every
        combination of the two.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        k_genuine : int
            Neighbours of the row's class; fewer in smaller classes, and a warning says so.
        k_impostor : int
            Neighbours of other classes; fewer if there are no more, and a warning says so.

        Returns
        -------
        ndarray of shape (n_triplets, 3)
            Row numbers of the row, its neighbour and its impostor.

        Raises
        ------
        InputError
            (a ValueError) If no two rows, or all rows, have the same label, or a number is below 1.
        """
        near, far = integer("k_genuine", k_genuine), integer("k_impostor", k_impostor)
        rows = as_rows(X)
        if len(rows) != len(self.partial_labels):
            raise InputError(f"X: has {len(rows)} rows; there are {len(self.partial_labels)} labels")
        labels = self._labels()
        counts = np.bincount(labels[0])
        for name, kept, most in (
            ("k_genuine", near, counts.min() - 1),
            ("k_impostor", far, len(labels[0]) - counts.max()),
        ):
            if kept > most:
                message = f"{name} {kept}: some classes have only {most} such neighbours, all of which are taken"
                warnings.warn(message, HoldfastWarning, stacklevel=2)
        triplets = _core.triplets_from_labels(np.ascontiguousarray(rows[self._known]), labels, near, far)
        found: Indices = self._known[triplets]
        return found

    def _labels(self) -> Any:
        """The known labels as the library takes them."""
        return LabelEncoding.of(self.partial_labels[self._known])[1]
