"""The base of metric-learn's classes for labelled rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arrays import Floats
from .._errors import InputError
from .._estimator import MetricLearner
from .._training import Training

_SUMMARY = """`{base}` for labelled rows only, as metric-learn's class of this name.

    Rows with a negative number as label are of unknown class: they are left out, and a warning says how many. `{base}`
    itself learns from labelled rows too, and takes every label for a class.

    """

_EXAMPLE = """Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import {name}
    >>> X, y = load_wine(return_X_y=True)
    >>> {name}().fit(X, y).transform(X).shape
    (178, 13)
    """


class Supervised(MetricLearner):
    """Base of the learners that take labelled rows and no tuples of points. Subclasses of a learner without a docstring
    get the one of that learner."""

    def __init_subclass__(cls, **options: Any) -> None:
        if Supervised in cls.__bases__ and cls.__doc__ is None:
            cls.__doc__ = _documentation(cls.__name__, cls.__bases__[1])
        super().__init_subclass__(**options)

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learns the metric from labelled rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            With a `preprocessor`, indices may be given instead of rows.
        y : array-like of shape (n_samples,)
            Class labels of any type. Rows with negative numbers are left out, as of unknown class.

        Returns
        -------
        self

        Raises
        ------
        InputError
            (a ValueError) If an option is out of bounds, or the method cannot learn from the data.
        RuntimeError
            If squares of very large values overflow.
        """
        return self._fit(X, y)

    @classmethod
    def _tuple_sizes(cls) -> tuple[int, ...]:
        return ()

    def _tuples_to_learn_from(self, X: Any, y: Any) -> Training:
        name = type(self).__name__
        raise InputError(f"X: {name} learns from labelled rows; give tuples to {name.removesuffix('_Supervised')}")

    def _labelled(self, X: Floats, y: NDArray[Any]) -> Training:
        unknown = y < 0 if y.dtype.kind in "if" else np.zeros(len(y), dtype=bool)
        if not unknown.any():
            return super()._labelled(X, y)
        if unknown.all():
            raise InputError("y: all labels are negative, which stands for unknown; number the classes from 0")
        training = super()._labelled(np.ascontiguousarray(X[~unknown]), y[~unknown])
        training.notes = [f"{unknown.sum()} of {len(y)} rows have a negative label, which stands for unknown: left out"]
        return training


def _documentation(name: str, base: type) -> str:
    """The docstring of a learner for labelled rows: summary and example of its own, the rest of its base."""
    text = base.__doc__ or ""
    rest = text[text.index("Parameters\n") : text.index("Examples\n")]
    return _SUMMARY.format(base=base.__name__) + rest + _EXAMPLE.format(name=name)
