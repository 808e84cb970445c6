"""The search for parameters: what it draws, how it judges, what it returns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from holdfast import (
    AML,
    ARML,
    GMML,
    LMNN,
    NCA,
    SCML,
    CertifiedKNeighborsClassifier,
    Euclidean,
    InputError,
    SCML_Supervised,
    Trial,
    Tuning,
    _core,
    tune,
)
from holdfast.learners import all_learners


@pytest.fixture(scope="module")
def tuning(wine: Any) -> Tuning:
    return tune(LMNN(n_impostors=4), *wine, n_trials=12, random_state=0)


def test_the_best_estimator_is_fitted_with_the_best_parameters(tuning: Tuning, wine: Any) -> None:
    best = tuning.best_estimator
    assert isinstance(best, LMNN)
    refitted = LMNN(n_impostors=4).set_params(**tuning.best_parameters).fit(*wine)
    assert best.model_ == refitted.model_
    assert {name: best.get_params()[name] for name in tuning.best_parameters} == tuning.best_parameters
    assert tuning.best_parameters == tuning.trials[tuning.best].parameters


def test_the_best_trial_has_the_best_score_of_those_that_ran_to_the_end(tuning: Tuning) -> None:
    complete = [place for place, trial in enumerate(tuning.trials) if trial.status == "complete"]
    assert tuning.best in complete
    assert tuning.trials[tuning.best].score == max(tuning.trials[place].score for place in complete)
    for trial in tuning.trials:
        assert isinstance(trial, Trial)
        assert trial.status in ("complete", "dropped", "failed")
        assert (trial.folds == 5) == (trial.status == "complete")
        assert trial.score == pytest.approx((trial.accuracy + trial.certified) / 2)
    assert 4 <= len(complete) < 12
    assert tuning.eps > 0


def test_the_first_trial_has_the_learners_own_parameters(tuning: Tuning) -> None:
    defaults = LMNN(n_impostors=4).get_params()
    first = tuning.trials[0].parameters
    assert first == {name: defaults[name] for name in first}
    assert len({repr(trial.parameters) for trial in tuning.trials}) == 12


def test_parameters_that_are_given_stay(wine: Any) -> None:
    learner = LMNN(mu=0.25, perturbation_weight="auto*0.5", tol=1e-3)
    found = tune(learner, *wine, n_trials=6, n_folds=2)
    assert all(trial.parameters["mu"] == 0.25 for trial in found.trials)
    assert all(trial.parameters["perturbation_weight"] == "auto*0.5" for trial in found.trials)
    assert found.best_estimator.tol == 1e-3
    assert not hasattr(learner, "model_")
    free = tune(LMNN(), *wine, n_trials=6, n_folds=2)
    assert len({trial.parameters["mu"] for trial in free.trials}) > 2
    fixed = tune(LMNN(), *wine, n_trials=6, n_folds=2, fixed=("mu",))
    assert {trial.parameters["mu"] for trial in fixed.trials} == {None}


@pytest.mark.parametrize("learner", [LMNN(), SCML(), NCA(), GMML(), AML(), ARML()], ids=repr)
def test_fixed_parameters_that_are_none_stay_so(learner: Any, wine: Any) -> None:
    names = tuple(name for name in learner.get_params() if name not in ("mu", "sparsity", "t", "beta", "n_neighbors"))
    found = tune(learner, *wine, n_trials=6, n_folds=2, fixed=names)
    for trial in found.trials:
        kept = {name: value for name, value in trial.parameters.items() if name in names}
        assert kept == {name: learner.get_params()[name] for name in kept}


def test_preprocessing_and_seed_are_the_learners(wine: Any) -> None:
    found = tune(ARML(preprocess="minmax", random_state=5), *wine, n_trials=2, n_folds=2, random_state=9)
    assert found.best_estimator.preprocess == "minmax"
    assert found.best_estimator.random_state == 5
    assert found.best_estimator.model_.seed == 5
    other = tune(ARML(preprocess="standardize"), *wine, n_trials=2, n_folds=2, random_state=9)
    assert found.eps != other.eps


@pytest.mark.filterwarnings("ignore::holdfast.HoldfastWarning")
@pytest.mark.filterwarnings("ignore:not converged:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", [name for name in all_learners() if name not in ("euclidean", "covariance", "mlkr")])
def test_every_learner(name: str, iris: Any) -> None:
    learner = all_learners()[name]()
    found = tune(learner, *iris, n_trials=4, n_folds=2)
    assert type(found.best_estimator) is type(learner)
    for trial in found.trials:
        assert set(trial.parameters) <= set(learner.get_params())
        model = clone(learner).set_params(**trial.parameters).fit(*iris).model_
        assert model.n_features_in_ == 4
    refitted = clone(learner).set_params(**found.best_parameters).fit(*iris)
    assert refitted.model_ == found.best_estimator.model_


def test_options_without_a_parameter_are_not_drawn(wine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the best estimator would not be the best trial."""
    library = _core.tune
    drawn: list[dict[str, Any]] = []

    def spy(*arguments: Any) -> Any:
        found = library(*arguments)
        drawn.extend(dict(trial["options"]) for trial in found["trials"])
        return found

    monkeypatch.setattr(_core, "tune", spy)
    tune(SCML_Supervised(), *wine, n_trials=5, n_folds=2)
    assert {options["sparsity"] for options in drawn} == {0.03}


def test_the_search_follows_its_seed(wine: Any) -> None:
    def scores(seed: int) -> list[Any]:
        found = tune(SCML(), *wine, n_trials=5, n_folds=2, random_state=seed)
        return [(trial.parameters, trial.score) for trial in found.trials]

    assert scores(1) == scores(1)
    assert scores(1) != scores(2)


@pytest.mark.parametrize("objective", ["accuracy", "certified", "certified:0.25", "mean:0.25"])
def test_objectives(objective: str, wine: Any) -> None:
    found = tune(LMNN(), *wine, n_trials=3, n_folds=3, objective=objective)
    kind, _, eps = objective.partition(":")
    if eps:
        assert found.eps == 0.25
    for trial in found.trials:
        parts = {"accuracy": [trial.accuracy], "certified": [trial.certified], "mean": [trial.accuracy, trial.certified]}
        assert trial.score == pytest.approx(np.mean(parts[kind]))
        assert (trial.certified is None) == (kind == "accuracy")
        assert trial.accuracy > 0.8


def test_a_larger_perturbation_is_certified_for_fewer_rows(wine: Any) -> None:
    near, far = (tune(LMNN(), *wine, n_trials=1, n_folds=3, objective=f"certified:{eps}") for eps in (0.1, 1.5))
    assert near.trials[0].certified > far.trials[0].certified > 0
    assert near.trials[0].accuracy == far.trials[0].accuracy


def test_neighbours(wine: Any) -> None:
    one, five = (tune(GMML(), *wine, n_trials=2, n_folds=3, n_neighbors=k, objective="accuracy") for k in (1, 5))
    assert [trial.accuracy for trial in one.trials] != [trial.accuracy for trial in five.trials]


def test_frame(tuning: Tuning) -> None:
    frame = tuning.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == 12
    given = [trial.parameters["mu"] for trial in tuning.trials if trial.parameters["mu"] is not None]
    assert len(given) > 8
    assert frame["param_mu"].dropna().tolist() == given
    assert frame["score"].tolist() == [trial.score for trial in tuning.trials]
    assert "parameters" not in frame


def test_the_best_estimator_in_the_classifier(tuning: Tuning, wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(1, learner=tuning.best_estimator).fit(X[::2], y[::2])
    assert knn.score(X[1::2], y[1::2]) > 0.9


def test_labels_and_frames(wine: Any) -> None:
    X, y = wine
    plain = tune(LMNN(), X, y, n_trials=3, n_folds=2)
    frame = pd.DataFrame(X).add_prefix("c")
    named = tune(LMNN(), frame, np.array(["b", "c", "a"])[y], n_trials=3, n_folds=2)
    assert list(named.best_estimator.feature_names_in_) == list(frame.columns)
    assert [trial.parameters for trial in named.trials] == [trial.parameters for trial in plain.trials]


@pytest.mark.parametrize(
    "settings, kind, text",
    [
        ({"n_trials": 0}, ValueError, "n_trials 0: must be at least 1"),
        ({"n_folds": 1}, ValueError, "n_folds 1: must be between 2 and 178, the number of rows"),
        ({"n_neighbors": 2}, ValueError, "n_neighbors 2: must be odd"),
        ({"objective": "x"}, ValueError, 'objective "x": must be accuracy, certified or mean'),
        ({"objective": "certified:-1"}, ValueError, "objective"),
        ({"fixed": ("nothing",)}, ValueError, "fixed: LMNN has no parameter nothing"),
        ({"n_trials": 1.5}, TypeError, "n_trials 1.5: must be an integer"),
    ],
)
def test_refusals(settings: dict[str, Any], kind: type[Exception], text: str, wine: Any) -> None:
    with pytest.raises(kind, match=text):
        tune(LMNN(), *wine, **settings)


def test_what_is_no_learner_is_refused(wine: Any) -> None:
    with pytest.raises(TypeError, match="must be a learner of holdfast"):
        tune(CertifiedKNeighborsClassifier(), *wine)
    with pytest.raises(InputError, match='all [0-9]+ rows have the label "1"'):
        tune(NCA(), wine[0], np.ones(178, dtype=int))
    with pytest.raises(InputError, match="the method euclidean has nothing to tune; use fit"):
        tune(Euclidean(), *wine)
    with pytest.raises(InputError, match="t 2: must be between 0 and 1"):
        tune(GMML(2.0), *wine)
    with pytest.raises(TypeError, match="solver 3: must be a text"):
        tune(AML(solver=3), *wine)  # type: ignore[arg-type]
