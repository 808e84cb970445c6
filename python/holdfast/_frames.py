"""Data frames as rows of a model of a table."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._arrays import Floats
from ._errors import InputError


def encoded_frame(core: _core.Model, frame: Any) -> Floats | None:
    """n x d: the columns of a data frame (pandas or polars) that the model's table had, found by name in any order, with
    texts encoded and missing cells filled in as in the training file. None if `frame` has no columns with names, or the
    model comes from no table with a header.

    A category that the training rows did not have becomes zeros, with one warning. Raises InputError for a column that is
    not there or not numeric, and for missing cells that the model keeps no value for.
    """
    names = [str(name) for name in getattr(frame, "columns", [])]
    expected = core.table_features
    if not names or not expected:
        return None
    lacking = [name for name, _ in expected if name not in names]
    if lacking:
        raise InputError(f"X: has no column {_quoted(lacking)}, which the model needs; its columns are {_quoted(names)}")
    cells = np.empty((len(frame), len(expected)))
    texts: list[list[str]] = []
    for at, (name, is_text) in enumerate(expected):
        if names.count(name) > 1:
            raise InputError(f'X: has more than one column "{name}"; give each column a name of its own')
        values = np.asarray(frame[frame.columns[names.index(name)]], dtype=object if is_text else None)
        cells[:, at], found = _numbered(values) if is_text else (_numbers(name, values), [])
        texts.append(found)
    rows, messages = core.encode(cells, texts)
    for message in messages:
        warnings.warn(f"X: {message}", UserWarning, stacklevel=4)
    return rows


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _is_missing(value: Any) -> bool:
    return value is None or value != value or str(value) in ("<NA>", "NaT")


def _text(value: Any) -> str:
    """A value as the csv reader sees it: a whole number has no decimals."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _numbered(values: NDArray[Any]) -> tuple[Floats, list[str]]:
    """Numbers of distinct texts (NaN: missing), and the texts."""
    number_of: dict[str, int] = {}
    cells = np.full(len(values), np.nan)
    for row, value in enumerate(values):
        if not _is_missing(value):
            cells[row] = number_of.setdefault(_text(value), len(number_of))
    return cells, list(number_of)


def _numbers(name: str, values: NDArray[Any]) -> Floats:
    try:
        numbers = np.array([np.nan if _is_missing(v) else v for v in values] if values.dtype == object else values, float)
    except (TypeError, ValueError) as error:
        raise InputError(f'X: column "{name}" was numeric in the training data, and is not here ({error})') from error
    if np.isinf(numbers).any():
        row = int(np.isinf(numbers).argmax())
        raise InputError(f'X: row {row} (counted from 0), column "{name}" is infinite; every feature must be a finite number')
    return numbers
