"""Classes of the methods that have no module of their own: signature and docstring follow from the registry."""

from __future__ import annotations

import inspect
from typing import Any

from .._estimator import MetricLearner
from .._options import METHODS, class_of, parameter_values, parameters_of
from ._documentation import documented

_SHARED = {"preprocess": "auto", "preprocessor": None, "random_state": 0, "verbose": False}
_TYPES = {"flag": "bool", "integer": "int", "real": "float", "text": "str", "derivables": 'float, "auto" or "auto*FACTOR"'}
_DOCUMENTATION = """{summary}.

    Learns from {learns_from} (`fit`). docs/methods/{method}.md has the formula.

    Parameters
    ----------
    {parameters}
    {{shared}}

    Attributes
    ----------
    {{attributes}}

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import {name}
    >>> X, y = load_wine(return_X_y=True)
    >>> {name}().fit(X, y).transform(X).shape[0]
    178
    """


def generated_class(method: str, module: str) -> type[MetricLearner]:
    """The class of a method, as one of `module`."""
    described = METHODS[method]
    defaults: dict[str, Any] = {}
    lines = []
    for option, info in described["options"].items():
        names = parameters_of(option, info["parts"], {})
        values = dict.fromkeys(names) | parameter_values(info["kind"], names, info["default"])
        defaults |= values
        for name in names:
            default = "optional" if values[name] is None else f"default={values[name]!r}"
            lines += [f"{name} : {_TYPES[info['kind']]}, {default}", f"    {info['help']}."]
    defaults |= _SHARED
    parameters = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=v) for n, v in defaults.items()]
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    signature = inspect.Signature([own, *parameters])

    def __init__(self: Any, **given: Any) -> None:
        bound = signature.bind(self, **given)
        bound.apply_defaults()
        for name in defaults:
            setattr(self, name, bound.arguments[name])

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    text = _DOCUMENTATION.format(
        summary=described["summary"][:1].upper() + described["summary"][1:],
        learns_from=" or ".join(described["learns_from"]),
        method=method,
        name=class_of(method),
        parameters="\n    ".join(lines),
    )
    members = {"__doc__": text, "__module__": module, "__init__": __init__, "_method": method}
    return documented(type(class_of(method), (MetricLearner,), members))
