"""Records of the library, which come as dictionaries, as dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def built(kind: type[T], facts: Mapping[str, Any], **nested: type) -> T:
    """A dataclass with the facts of its names. `nested` names the dataclasses of facts that are records, or lists of
    records."""
    values = {field.name: facts[field.name] for field in fields(kind) if field.name in facts}  # type: ignore[arg-type]
    for name, inner in nested.items():
        found = values.get(name)
        if isinstance(found, list):
            values[name] = [built(inner, entry) for entry in found]
        elif found is not None:
            values[name] = built(inner, found)
    return kind(**values)
