"""The options of the library's methods, and the parameters of the learners that stand for them."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import _core
from ._checks import integer, real, shown, text
from ._errors import PARAMETERS, InputError, WrongTypeError

# Options that a matrix may be given for, with the shape that it has.
MATRICES = {
    "init": "(n_components, n_features)",
    "prior": "(n_features, n_features)",
    "directions": "(n_basis, n_features)",
}

METHODS: dict[str, dict[str, Any]] = {method["name"]: method for method in _core.methods()}
"""The registry: each method with its options, their kinds and defaults."""


def parameters_of(option: str, parts: list[str], renamed: Mapping[str, str]) -> list[str]:
    """The parameters that stand for an option: one, or one for each part of it."""
    name = renamed.get(option) or PARAMETERS.get(option) or option.replace("-", "_")
    return [f"{name}_{part}" for part in parts] or [name]


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise WrongTypeError(f"{name} {shown(value)}: must be True or False")
    return bool(value)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {"flag": _flag, "integer": integer, "real": real, "text": text}


def _derivable(name: str, value: Any) -> tuple[float | None, float | None]:
    """A number that is given, or the factor of the number that is derived; neither if the library decides."""
    if value == "auto":
        return None, None
    if isinstance(value, str):
        try:
            if value.startswith("auto*"):
                return None, float(value.removeprefix("auto*"))
        except ValueError:
            pass
        raise InputError(f'{name} "{value}": must be a number, "auto" or "auto*FACTOR"')
    if isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_)):
        return float(value), None
    raise WrongTypeError(f'{name} {shown(value)}: must be a number, "auto" or "auto*FACTOR"')


# The classes of methods whose names are words, not abbreviations.
_CLASSES = {"covariance": "Covariance", "euclidean": "Euclidean", "prototypes": "NearestPrototypes"}


def class_of(method: str) -> str:
    """The name of a method's class."""
    return _CLASSES.get(method, method.upper())


def option_value(kind: str, values: dict[str, Any]) -> Any:
    """The value of an option from its parameters by name, as the library takes it; None leaves the method's default."""
    (name, value), *_ = values.items()
    if value is None:
        return None
    return tuple(_derivable(*part) for part in values.items()) if kind == "derivables" else _CHECKS[kind](name, value)


def parameter_values(kind: str, names: list[str], value: Any) -> dict[str, Any]:
    """The parameters from the value of an option as the library gives it, None if it is absent."""
    if kind != "derivables":
        return {} if value is None else {names[0]: value}
    if not value:  # absent, or off
        return {name: "auto" if place else None for place, name in enumerate(names)}
    return {
        name: number if number is not None else "auto" if factor is None else f"auto*{str(factor).removesuffix('.0')}"
        for name, (number, factor) in zip(names, value)
    }
