"""Errors of the user's input, in the words of Python."""

from __future__ import annotations

import re
from collections.abc import Mapping


class InputError(ValueError):
    """The input is wrong; the message says where, what is wrong, and what would be right.

    Attributes
    ----------
    place : str
        Where: a file, a line of it, or an argument such as "X"; or empty.
    field : str
        The parameter, or empty.
    value : str
        The value that was given, or empty.
    rule : str
        The rule that the value breaks.
    remedy : str
        Advice on what to do next, or empty.
    """

    def __init__(
        self, message: str, *, place: str = "", field: str = "", value: str = "", rule: str = "", remedy: str = ""
    ) -> None:
        super().__init__(message)
        self.place = place
        self.field = field
        self.value = value
        self.rule = rule or message
        self.remedy = remedy


class WrongTypeError(InputError, TypeError):
    """An argument has the wrong type: a TypeError, and a ValueError as scikit-learn's errors of parameters are."""


# The library's names of options with the parameters of the learners that stand for them, if the two differ.
PARAMETERS = {
    "anchors": "n_anchors",
    "balance": "balance_param",
    "basis": "n_basis",
    "batch": "batch_size",
    "constraints": "n_constraints",
    "directions": "basis",
    "draws": "n_draws",
    "impostors": "n_impostors",
    "max-iterations": "max_iter",
    "neighbors": "n_neighbors",
    "per-class": "n_prototypes",
    "rank": "n_components",
    "sample-chunks": "n_chunks",
    "tolerance": "tol",
}
# The same for other arguments, and for an option that two parameters stand for.
ARGUMENTS = {
    "folds": "n_folds",
    "k": "n_neighbors",
    "perturbation": "perturbation_weight",
    "repeats": "n_repeats",
    "seed": "random_state",
    "trials": "n_trials",
    "tries": "n_tries",
}
# Options about reading files, which Python does not have.
_OF_FILES = "label|labels|format"


def parameter(option: str) -> str:
    """The parameter that stands for an option of the library."""
    return PARAMETERS.get(option) or ARGUMENTS.get(option) or option.replace("-", "_")


def spelled(text: str) -> str:
    """A text of the library, whose options stand in backticks, in the words of Python: "raise max_iter". Hints on options of
    files, which stand in parentheses, are left out."""
    text = re.sub(rf" \([^()]*`(?:{_OF_FILES})[`=][^()]*\)", "", text)
    return re.sub(r"`([^`=]+)=?([^`]*)`", lambda found: _assigned(parameter(found[1]), found[2]), text)


def _assigned(name: str, value: str) -> str:
    try:
        float(value or 0)
    except ValueError:
        value = f'"{value}"'
    return f"{name}={value}" if value else name


def renamed(error: InputError, names: Mapping[str, str]) -> InputError:
    """The error, about the parameter that stands for the option with this learner; `names` maps options to parameters."""
    for option, name in names.items():
        if error.field == parameter(option) and str(error).startswith(f"{error.field} "):
            text = name + str(error).removeprefix(error.field)
            return InputError(
                text, place=error.place, field=name, value=error.value, rule=error.rule, remedy=error.remedy
            )
    return error
