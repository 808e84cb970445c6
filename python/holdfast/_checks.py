"""Types of parameters, checked before the library sees them."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import InputError, WrongTypeError


def shown(value: Any) -> str:
    """The value in a message of one line: itself, or its type if it is long."""
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else f"of the type {type(value).__name__}"


def integer(name: str, value: Any) -> int:
    """WrongTypeError for what is no integer, InputError for one beyond those of the library."""
    if not isinstance(value, numbers.Integral) or isinstance(value, (bool, np.bool_)):
        raise WrongTypeError(f"{name} {shown(value)}: must be an integer")
    if not -(2**63) <= int(value) < 2**63:
        raise InputError(f"{name} {value}: must be an integer of 64 bits")
    return int(value)


def real(name: str, value: Any) -> float:
    """WrongTypeError for what is no number."""
    if not isinstance(value, numbers.Real) or isinstance(value, (bool, np.bool_)):
        raise WrongTypeError(f"{name} {shown(value)}: must be a number")
    return float(value)


def text(name: str, value: Any) -> str:
    """WrongTypeError for what is no text."""
    if not isinstance(value, str):
        raise WrongTypeError(f"{name} {shown(value)}: must be a text")
    return value


def vector(given: Any) -> NDArray[np.float64]:
    """A point: a sequence of numbers, or a number, or an array with a single row."""
    numbers_ = np.asarray(given, dtype=np.float64)
    if numbers_.size != max(numbers_.shape, default=1):
        raise InputError(f"a point is a vector of numbers, not an array of the shape {numbers_.shape}")
    return numbers_.reshape(-1)


def given_matrix(name: str, given: Any, words: Sequence[str], shape: str) -> NDArray[np.float64]:
    """A matrix given for a parameter whose other values are `words`."""
    try:
        numbers_ = np.asarray(given)
    except ValueError:  # rows of different lengths
        numbers_ = np.empty(0)
    if numbers_.ndim != 2 or numbers_.dtype.kind not in "iuf":
        choices = ", ".join(f'"{word}"' for word in words)
        raise InputError(f"{name} {shown(given)}: must be {choices} or an array of the shape {shape}")
    if not np.isfinite(numbers_).all():
        raise InputError(f"{name}: must hold finite numbers")
    return np.ascontiguousarray(numbers_, dtype=np.float64)


def chunk_numbers(given: Any) -> NDArray[np.int64]:
    """The chunk of each row as the library takes it."""
    numbers_ = np.asarray(given)
    if numbers_.ndim != 1 or numbers_.dtype.kind not in "iu":
        raise InputError("chunks: must hold one integer per row, -1 for a row in no chunk")
    return np.ascontiguousarray(numbers_, dtype=np.int64)


def row_numbers(given: Any, rows: int, *, place: str = "") -> NDArray[np.int32]:
    """Numbers of rows as the library takes them; InputError for one that is out of range."""
    numbers_ = np.asarray(given)
    outside = (numbers_ < 0) | (numbers_ >= rows)
    if outside.any():
        raise InputError(f"{place}row {numbers_[outside][0]} is out of range; valid rows are 0 to {rows - 1}")
    return np.ascontiguousarray(numbers_, dtype=np.int32)


def row_tuples(name: str, given: Any, size: int, rows: int, *, of: str = "") -> NDArray[np.int32]:
    """An array of the shape (n, size) of row numbers."""
    numbers_ = np.asarray(given)
    if numbers_.ndim != 2 or numbers_.shape[1] != size or numbers_.dtype.kind not in "iu":
        raise InputError(f"{name}: must hold row numbers{of}, of the shape (n, {size})")
    return row_numbers(numbers_, rows)
