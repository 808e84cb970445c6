"""The pages of the methods agree with the library's registry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from holdfast import _core

PAGES = Path(__file__).resolve().parents[2] / "docs" / "methods"
METHODS = {method["name"]: method for method in _core.methods()}
# Options of the command that have no counterpart in the registry.
OF_THE_COMMAND = {"sample-pairs", "pairs", "triplets", "chunks", "quadruplets", "adversarial", "adversarial-pairs"}

every_method = pytest.mark.parametrize("method", METHODS)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def option_rows(method: str) -> dict[str, str]:
    """The options of the page's table with the texts of their defaults."""
    page = (PAGES / f"{method}.md").read_text()
    section = page.partition("## Options\n")[2].partition("\n## ")[0]
    rows: dict[str, str] = {}
    for line in section.splitlines():
        names = re.findall(r"`--([a-z-]+)", cells(line)[0]) if line.startswith("| `--") else []
        defaults = cells(line)[2].split(", ") if len(names) > 1 else cells(line)[2:3]
        rows |= dict(zip(names, defaults if len(defaults) == len(names) else defaults * len(names)))
    return rows


@every_method
def test_every_option_of_the_registry_is_in_the_table_and_no_other(method: str) -> None:
    assert set(option_rows(method)) - OF_THE_COMMAND == set(METHODS[method]["options"])


def stated(text: str, default: Any) -> bool:
    """Whether a cell gives the default of the registry."""
    text = text.strip("`")
    if text.startswith("as in"):
        return True
    if default is None:
        return text == "off" or text.startswith("none")
    if isinstance(default, bool):
        return text == ("yes" if default else "no")
    if text == "d":  # all columns
        return bool(default == 0)
    return text == default if isinstance(default, str) else float(text.partition(":")[0]) == default


@every_method
def test_defaults_are_those_of_the_registry(method: str) -> None:
    options = METHODS[method]["options"]
    for name, text in option_rows(method).items():
        assert name in OF_THE_COMMAND or stated(text, options[name]["default"]), name


@every_method
def test_the_ranges_of_tune_are_those_of_the_registry(method: str) -> None:
    page = (PAGES / f"{method}.md").read_text()
    paragraph = re.search(r"`tune` searches (.*?)(?:\n\n|\. )", page + "\n\n", re.DOTALL)
    ranges = {name: option["search"] for name, option in METHODS[method]["options"].items() if option["search"]}
    if paragraph is None:
        assert not ranges
        return
    numbers = [tuple(map(float, pair)) for pair in re.findall(r"\(([\d.e-]+)\s+to\s+([\d.e-]+)", paragraph[1])]
    for name, (low, high) in ranges.items():
        assert re.search(rf"\b{name}\b", paragraph[1]), name
        assert (low, high) in numbers, name


def test_what_the_methods_learn_from() -> None:
    rows = [cells(line) for line in (PAGES / "README.md").read_text().splitlines() if line.startswith("| [`")]
    learned = {re.findall(r"`(.+?)`", row[0])[0]: row[1] for row in rows}
    assert learned.keys() <= METHODS.keys() and "lmnn" in learned
    for method, kinds in learned.items():
        assert kinds == (", ".join(METHODS[method]["learns_from"]) if METHODS[method]["options"] else "-"), method
