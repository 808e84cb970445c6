"""metric-learn's classes for labelled rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import holdfast
from holdfast import (
    ITML,
    LFDA,
    LSML,
    MMC,
    RCA,
    SCML,
    SDML,
    HoldfastWarning,
    InputError,
    ITML_Supervised,
    LSML_Supervised,
    MMC_Supervised,
    RCA_Supervised,
    SCML_Supervised,
    SDML_Supervised,
)
from holdfast.learners._supervised import Supervised

CLASSES: dict[Any, Any] = {
    ITML_Supervised: ITML,
    LSML_Supervised: LSML,
    MMC_Supervised: MMC,
    RCA_Supervised: RCA,
    SCML_Supervised: SCML,
    SDML_Supervised: SDML,
}

every_class = pytest.mark.parametrize("supervised", CLASSES)


def test_every_class_is_here() -> None:
    assert {cls for name, cls in vars(holdfast.learners).items() if name.endswith("_Supervised")} == set(CLASSES)
    assert all(issubclass(cls, Supervised) for cls in CLASSES)


@every_class
def test_they_learn_what_their_learners_learn(supervised: Any, wine: Any) -> None:
    X, y = wine
    fitted = supervised().fit(X, y)
    assert fitted.model_ == CLASSES[supervised]().fit(X, y).model_
    np.testing.assert_array_equal(supervised().fit_transform(X, y), fitted.transform(X))


@pytest.mark.parametrize(
    "supervised, parameters",
    [
        (ITML_Supervised, {"gamma": 2.0, "n_constraints": 60, "prior": "covariance", "max_iter": 300, "tol": 1e-5}),
        (LSML_Supervised, {"n_constraints": 60, "prior": "covariance", "max_iter": 300, "tol": 1e-5}),
        (MMC_Supervised, {"n_constraints": 200, "diagonal": True, "max_iter": 300, "tol": 1e-5}),
        (RCA_Supervised, {"n_components": 3, "n_chunks": 30, "chunk_size": 3}),
        (SDML_Supervised, {"balance_param": 1e-3, "sparsity_param": 0.05, "prior": "identity", "n_constraints": 60}),
    ],
)
def test_parameters_of_metric_learn(supervised: Any, parameters: dict[str, Any], wine: Any) -> None:
    fitted = supervised(**parameters).fit(*wine)
    assert fitted.model_ == CLASSES[supervised](**parameters).fit(*wine).model_
    assert fitted.model_ != supervised().fit(*wine).model_


@every_class
def test_rows_of_unknown_class_are_left_out(supervised: Any, wine: Any) -> None:
    X, y = wine
    some = np.where(np.arange(len(y)) % 5 == 0, -1, y)
    known = some >= 0
    with pytest.warns(HoldfastWarning, match="36 of 178 rows have a negative label, .* unknown: left out") as told:
        fitted = supervised().fit(X, some)
    assert told[0].filename == __file__
    assert fitted.model_ == supervised().fit(X[known], y[known]).model_
    assert fitted.model_ != CLASSES[supervised]().fit(X, some).model_
    with pytest.raises(InputError, match="y: all labels are negative, which stands for unknown"):
        supervised().fit(X, -y - 1)


@every_class
def test_tuples_are_refused(supervised: Any, wine: Any) -> None:
    X, _ = wine
    name = supervised.__name__.removesuffix("_Supervised")
    with pytest.raises(InputError, match=f"X: {name}_Supervised learns from labelled rows; give tuples to {name}"):
        supervised().fit(X[:8].reshape(4, 2, 13), [1, 1, -1, -1])
    assert not any(hasattr(supervised(), method) for method in ("predict", "score", "decision_function"))


@every_class
def test_a_preprocessor(supervised: Any, wine: Any) -> None:
    X, y = wine
    fitted = supervised(preprocessor=X).fit(np.arange(178), y)
    np.testing.assert_array_equal(fitted.components_, supervised().fit(X, y).components_)


def test_bounds(wine: Any) -> None:
    X, y = wine
    given = ITML(near=2.0, far=7.0).fit(X, y)
    for bounds in ((4.0, 49.0), [4.0, 49.0], np.array([[4.0, 49.0]]), np.array([[4], [49]])):
        for learner in (ITML, ITML_Supervised):
            assert learner().fit(X, y, bounds=bounds).model_ == given.model_
    assert ITML_Supervised().fit(X, y, bounds=None).model_ == ITML().fit(X, y).model_
    wrong: Any
    for wrong in ("weird", ["a", "b"], [1, 2, 3], [0.0, 1.0], 4.0, [-1.0, 2.0]):
        with pytest.raises(
            InputError, match="bounds: must hold two numbers above 0, the squared distances near² and far²"
        ):
            ITML().fit(X, y, bounds=wrong)
    pairs = X[np.array([[0, 1], [2, 3], [0, 100], [1, 120]])]
    assert ITML().fit(pairs, [1, 1, -1, -1], bounds=(4.0, 49.0)).model_.options["far"] == "7"


def test_parameters_without_effect(wine: Any) -> None:
    with pytest.warns(HoldfastWarning, match="init, max_proj, diagonal_c: no effect on MMC_Supervised"):
        fitted = MMC_Supervised(init="identity", max_proj=10000, diagonal_c=1.0).fit(*wine)
    assert fitted.model_ == MMC().fit(*wine).model_


@pytest.mark.parametrize(
    "learner, text",
    [
        (SDML(balance_param=-1.0), "balance_param -1: must be a number above 0"),
        (SDML(sparsity_param=-1.0), "sparsity_param -1: must be a number of at least 0"),
        (SCML_Supervised(k_genuine=0), "k_genuine 0: must be at least 1"),
        (LFDA(k=-1), "k -1: must be at least 1"),
        (LFDA(embedding_type="x"), 'embedding_type "x": must be one of'),
    ],
)
def test_errors_name_the_parameters(learner: Any, text: str, wine: Any) -> None:
    with pytest.raises(InputError, match=f"^{text}") as raised:
        learner.fit(*wine)
    assert raised.value.field == text.split()[0]
