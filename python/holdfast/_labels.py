"""Class labels of any type, as the library numbers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._errors import InputError

Coded = tuple[NDArray[np.int32], list[str]]
"""Codes, one per row, and the texts of the classes that they number."""


@dataclass(frozen=True)
class LabelEncoding:
    """The classes of training labels, in the order of the library's codes.

    The library sorts the texts of classes by value if all are numbers; NumPy may sort `classes` in another order.
    """

    classes: NDArray[Any]
    """Sorted, as scikit-learn's `classes_`."""
    texts: list[str]
    """Texts of the classes, in the order of the codes."""
    order: NDArray[np.intp]
    """Places in `classes`, in the order of the codes."""

    @staticmethod
    def of(labels: NDArray[Any]) -> tuple[LabelEncoding, Coded]:
        """The encoding of labels, and the labels encoded."""
        classes, places = np.unique(labels, return_inverse=True)
        texts = [text_of(value) for value in classes]
        codes, names = _core.encode_labels(texts)
        if len(names) != len(classes):
            raise InputError("two classes have the same text; give labels whose texts differ")
        order = np.empty(len(classes), dtype=np.intp)
        order[codes] = np.arange(len(classes))
        return LabelEncoding(classes, names, order), (codes[places.reshape(-1)], names)

    @staticmethod
    def from_texts(texts: list[str]) -> LabelEncoding:
        """The encoding of texts in a model file: integers if all are integers, else floats if all are numbers, else texts."""
        kind: type = str
        if all(is_written(text, int) for text in texts):
            kind = int
        elif all(is_written(text, int) or is_written(text, float) for text in texts):
            kind = float
        numbers = np.array([kind(text) for text in texts], dtype=None if texts else object)
        classes, order = np.unique(numbers, return_inverse=True)
        if len(classes) != len(texts):  # different texts of equal numbers
            classes, order = np.unique(np.array(texts), return_inverse=True)
        return LabelEncoding(classes, texts, order)

    def decode(self, codes: NDArray[np.int32]) -> NDArray[Any]:
        """The labels that codes stand for."""
        return np.asarray(self.classes[self.order[codes]])


def text_of(value: Any) -> str:
    """The text of a label in a model file, as the command line writes it. A whole number is one class whatever its type."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def is_written(text: str, kind: type) -> bool:
    """Whether a finite number of the type is written as the text."""
    try:
        value = kind(text)
    except ValueError:
        return False
    return abs(value) < np.inf and repr(value) == text


def coded_labels(y: ArrayLike, rows: Any) -> Coded:
    """The labels of rows, one per row, as the library takes them."""
    from sklearn.utils import check_consistent_length, column_or_1d

    labels = column_or_1d(y)
    check_consistent_length(rows, labels)
    return LabelEncoding.of(labels)[1]
