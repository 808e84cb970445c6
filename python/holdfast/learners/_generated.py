"""Classes of the methods that have no module of their own: signature and docstring follow from the registry."""

from __future__ import annotations

from dataclasses import field, make_dataclass
from typing import Any

from .._bases import PairsLearner
from .._estimator import MetricLearner
from .._options import METHODS, class_of, parameter_values, parameters_of

_TYPES = {"flag": "bool", "integer": "int", "real": "float", "text": "str", "derivables": 'float, "auto" or "auto*FACTOR"'}
_DOCUMENTATION = """{summary}.

    Learns from {learns_from} (`fit`). docs/methods/{method}.md has the formula.

    Parameters
    ----------
    {parameters}
    {{shared}}

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
    text = _DOCUMENTATION.format(
        summary=described["summary"][:1].upper() + described["summary"][1:],
        learns_from=" or ".join(described["learns_from"]),
        method=method,
        name=class_of(method),
        parameters="\n    ".join(lines),
    )
    members = {"__doc__": text, "_method": method}
    fields = [(name, Any, field(default=default, kw_only=True)) for name, default in defaults.items()]
    base = PairsLearner if "pairs" in described["learns_from"] else MetricLearner
    cls = make_dataclass(class_of(method), fields, bases=(base,), namespace=members, eq=False, repr=False)
    cls.__module__ = module
    return cls
