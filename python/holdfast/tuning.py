"""A choice of a learner's parameters by cross-validated random search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import ArrayLike

from . import _core
from ._arrays import as_rows, seed_of
from ._errors import InputError
from ._estimator import MetricLearner
from ._checks import integer, text
from ._labels import coded_labels
from ._options import METHODS, parameter_values
from ._progress import progress_bar


@dataclass(frozen=True)
class Trial:
    """One choice of parameters and its scores."""

    parameters: dict[str, Any]
    status: str
    """"complete", "dropped" (after some folds, because too many others were better there) or "failed"."""
    folds: int
    score: float | None
    """None for a trial that failed on the first fold, as are the accuracies."""
    accuracy: float | None
    accuracy_std: float | None
    """None also for a single fold."""
    certified: float | None
    """Certified accuracy at `Tuning.eps`; None if the objective does not need it."""
    certified_std: float | None
    seconds: float
    note: str


@dataclass(frozen=True)
class Tuning:
    """The result of `tune`."""

    best_estimator: Any
    """Fitted on all rows with the best parameters."""
    best_parameters: dict[str, Any]
    best: int
    """The index of the best trial."""
    eps: float
    """Size of the l2 perturbation of certified accuracy, in preprocessed units."""
    trials: list[Trial] = field(repr=False)
    """In the order drawn; the first has the learner's defaults."""

    def to_frame(self) -> Any:
        """A pandas DataFrame, one line per trial, with one column per parameter."""
        import pandas as pd

        lines = [vars(t) | {f"param_{name}": value for name, value in t.parameters.items()} for t in self.trials]
        return pd.DataFrame(lines).drop(columns="parameters")


def tune(
    learner: MetricLearner,
    X: ArrayLike,
    y: ArrayLike,
    *,
    fixed: tuple[str, ...] = (),
    n_trials: int = 30,
    n_folds: int = 5,
    n_neighbors: int = 1,
    objective: str = "mean",
    random_state: Any = 0,
    verbose: bool = False,
) -> Tuning:
    """Draws parameters from ranges that suit the method, judges them on stratified folds, and fits the best on all rows:
    the command line's `tune`. The worse half of the trials is dropped after each fold, down to four, so that the search
    costs a fraction of a grid search; the folds of the trials run in parallel.

    Parameters
    ----------
    learner : MetricLearner
        Parameters that differ from the class's defaults keep their values.
    X : array-like of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
    fixed : tuple of str, default=()
        Parameters that keep their values, even if these are the defaults.
    n_trials, n_folds : int
    n_neighbors : int, default=1
        Nearest neighbours that vote, odd.
    objective : str, default="mean"
        "accuracy", "certified[:EPS]" (certified accuracy at an l2 perturbation of that size in preprocessed units), or
        "mean[:EPS]" of both. Default EPS: the median radius of the Euclidean distance.
    random_state : int, RandomState or None, default=0
    verbose : bool, default=False
        Show a progress bar.

    Returns
    -------
    Tuning
    """
    from sklearn.base import clone

    if not isinstance(learner, MetricLearner):
        raise TypeError(f"learner {learner!r}: must be a learner of holdfast, such as LMNN()")
    values, defaults = learner.get_params(), type(learner)().get_params()
    for name in fixed:
        if name not in values:
            raise InputError(f"fixed: {type(learner).__name__} has no parameter {name}")
    # A changed parameter is one with another repr, as in scikit-learn: arrays have no single truth value.
    given = {name for name, value in values.items() if name in fixed or repr(value) != repr(defaults[name])}
    parameters_of = learner._parameters()
    given_options = learner._options()
    # Options of the library that the class has no parameter for could not be passed on to its fit.
    options = {
        name: option["default"]
        for name, option in METHODS[learner._method]["options"].items()
        if name not in parameters_of and option["default"] is not None
    }
    for name, parameters in parameters_of.items():
        if given.intersection(parameters):
            value = given_options.get(name, () if len(parameters) > 1 else None)  # (): several parameters, all off
            if value is not None:
                options[name] = value
    seed = seed_of(random_state)
    rows = as_rows(X)
    data = (rows, coded_labels(y, rows), text("preprocess", learner.preprocess))
    counts = (integer("n_trials", n_trials), integer("n_folds", n_folds), integer("n_neighbors", n_neighbors))
    with progress_bar(verbose) as progress:
        found = _core.tune(learner._method, *data, options, seed, *counts, text("objective", objective), progress)
    trials = []
    for trial in found["trials"]:
        chosen = _parameters(learner, trial.pop("options"))
        chosen |= {name: values[name] for name in fixed if name in chosen}
        trials.append(Trial(chosen, **trial))
    best = trials[found["best"]].parameters
    estimator = clone(learner).set_params(**best).fit(X, y)
    return Tuning(estimator, best, found["best"], found["eps"], trials)


def _parameters(learner: MetricLearner, options: dict[str, Any]) -> dict[str, Any]:
    """Parameters of the learner from options of the library."""
    parameters: dict[str, Any] = {}
    for name, names in learner._parameters().items():
        kind = METHODS[learner._method]["options"][name]["kind"]
        parameters |= dict.fromkeys(names) | parameter_values(kind, names, options.get(name))
    if parameters.get("n_components") == 0:
        parameters["n_components"] = None  # all columns
    return parameters
