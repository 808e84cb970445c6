"""The library's texts in the words of Python, and its records as dataclasses."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field

import numpy as np
import pytest

from holdfast import LMNN, InputError, load
from holdfast._errors import ARGUMENTS, PARAMETERS, parameter, spelled
from holdfast._facts import built
from holdfast.learners import all_learners


@pytest.mark.parametrize(
    "text, expected",
    [
        ("raise `max-iterations` or `tolerance`", "raise max_iter or tol"),
        ("set `perturbation=auto`", 'set perturbation_weight="auto"'),
        ("try `k=3` or `mu=0.5`", "try n_neighbors=3 or mu=0.5"),
        ("name the label column (`label=NAME`) or not", "name the label column or not"),
        ("take `something-else`", "take something_else"),
        ("no option (at all) here", "no option (at all) here"),
    ],
)
def test_options_become_parameters(text: str, expected: str) -> None:
    assert spelled(text) == expected


def test_every_name_is_one_of_a_parameter() -> None:
    """The tables have no parameter that no learner and no function has."""
    known = {name for learner in all_learners().values() for name in learner().get_params()}
    functions = {"n_folds", "n_repeats", "n_trials", "n_tries"}
    assert {*PARAMETERS.values(), *ARGUMENTS.values()} <= known | functions
    assert parameter("n-neighbors") == parameter("neighbors") == "n_neighbors"


def test_an_error_has_its_parts() -> None:
    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    with pytest.raises(InputError) as refused:
        LMNN(n_neighbors=0).fit(X, y)
    error = refused.value
    assert (error.field, error.value, error.rule) == ("n_neighbors", "0", "must be at least 1")
    assert str(error) == "n_neighbors 0: must be at least 1"
    with pytest.raises(InputError) as missing:
        load("no-such-model")
    assert (missing.value.place, missing.value.rule) == ("no-such-model", "no such file")
    assert missing.value.remedy == "give a model file that holdfast fit wrote"


def test_an_error_survives_pickling() -> None:
    error = InputError("k 2: must be odd; try 3", place="X", field="k", value="2", rule="must be odd", remedy="try 3")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and vars(again) == vars(error)
    assert InputError("a sentence").rule == "a sentence"


@dataclass(frozen=True)
class Inner:
    a: int


@dataclass(frozen=True)
class Outer:
    b: float
    inner: Inner | None = None
    inners: list[Inner] = field(default_factory=list)


def test_dataclasses_from_records() -> None:
    facts = {"b": 0.5, "inner": {"a": 1, "unknown": 2}, "inners": [{"a": 2}, {"a": 3}], "unknown": 4}
    assert built(Outer, facts, inner=Inner, inners=Inner) == Outer(0.5, Inner(1), [Inner(2), Inner(3)])
    assert built(Outer, {"b": 0.5}, inner=Inner, inners=Inner) == Outer(0.5)
    assert built(Outer, {"b": 0.5, "inner": None}, inner=Inner) == Outer(0.5)
