"""The callbacks of scikit-learn 1.9."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from holdfast import AML, GMML, LMNN, SCML, HoldfastWarning
from holdfast.learners import all_learners

callback = pytest.importorskip("sklearn.callback")


class Recorder:
    """Notes what it is called with."""

    def __init__(self, stop: bool = False) -> None:
        self.events: list[tuple[str, str]] = []
        self.fitted: Any = None
        self.most: int | None = None
        self.stop = stop

    def setup(self, estimator: Any, context: Any) -> None:
        self.events.append(("setup", context.task_name))
        self.most = context.max_subtasks

    def teardown(self, estimator: Any, context: Any) -> None:
        self.events.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator: Any, context: Any, *, X: Any = None) -> None:
        self.events.append(("begin", context.task_name))
        assert X is not None

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> bool:
        self.events.append(("end", context.task_name))
        self.fitted = fitted_estimator
        return self.stop


class Propagated(Recorder):
    max_propagation_depth = None


def test_iterations_are_tasks(wine: Any) -> None:
    recorder = Recorder()
    lmnn = LMNN(max_iter=500).set_callbacks(recorder).fit(*wine)
    steps = [f"iteration {i + 1}" for i in range(lmnn.n_iter_)]
    expected = [(event, step) for step in steps for event in ("begin", "end")]
    assert recorder.events == [("setup", "fit"), ("begin", "fit"), *expected, ("end", "fit"), ("teardown", "fit")]
    assert recorder.most == 500
    np.testing.assert_array_equal(recorder.fitted.transform(wine[0]), lmnn.transform(wine[0]))
    assert not [name for name in vars(lmnn) if name.startswith("_callback")]


@pytest.mark.parametrize("learner", all_learners().values())
def test_callbacks_change_no_metric(learner: Any, wine: Any) -> None:
    recorder = Recorder()
    fitted = learner().set_callbacks(recorder).fit(*wine)
    assert fitted.model_ == learner().fit(*wine).model_
    assert recorder.events[0] == ("setup", "fit") and recorder.events[-1] == ("teardown", "fit")
    assert recorder.events.count(("end", f"iteration {max(fitted.n_iter_, 1)}")) == min(fitted.n_iter_, 1)


def test_beside_a_progress_bar(wine: Any, capsys: Any) -> None:
    recorder = Recorder()
    SCML(verbose=True).set_callbacks(recorder).fit(*wine)
    assert "scml" in capsys.readouterr().err
    assert ("begin", "iteration 1") in recorder.events


def test_pairs(wine: Any) -> None:
    X, y = wine
    recorder = Recorder()
    AML(preprocessor=X).set_callbacks(recorder).fit([[0, 1], [2, 3], [0, 100], [1, 120]], [1, 1, -1, -1])
    assert recorder.events[-1] == ("teardown", "fit")


def test_in_a_pipeline(wine: Any) -> None:
    recorder = Propagated()
    pipeline = make_pipeline(LMNN(), KNeighborsClassifier()).set_callbacks(recorder)
    with pytest.warns(UserWarning, match="KNeighborsClassifier does not support callbacks"):
        pipeline.fit(*wine)
    assert ("begin", "iteration 1") in recorder.events


def test_what_a_callback_raises_ends_the_fit(wine: Any) -> None:
    class Failing(Recorder):
        def on_fit_task_begin(self, estimator: Any, context: Any, *, X: Any = None) -> None:
            super().on_fit_task_begin(estimator, context, X=X)
            if context.task_name == "iteration 1":
                raise KeyError("stop here")

    recorder = Failing()
    lmnn = LMNN().set_callbacks(recorder)
    with pytest.raises(KeyError, match="stop here"):
        lmnn.fit(*wine)
    assert recorder.events[-1] == ("teardown", "fit")
    assert not hasattr(lmnn, "model_")


def test_a_request_to_stop_is_told(wine: Any) -> None:
    with pytest.warns(HoldfastWarning, match="a callback asked to stop the fit: no effect; lower max_iter") as told:
        fitted = LMNN().set_callbacks(Recorder(stop=True)).fit(*wine)
    assert told[0].filename == __file__
    assert fitted.model_ == LMNN().fit(*wine).model_


def test_clone_and_pickle(wine: Any) -> None:
    fitted = GMML().set_callbacks(Recorder()).fit(*wine)
    assert pickle.loads(pickle.dumps(fitted)).model_ == fitted.model_
    assert clone(fitted).fit(*wine).model_ == fitted.model_


def test_scikit_learns_progress_bar(wine: Any, capsys: Any) -> None:
    pytest.importorskip("rich")
    LMNN().set_callbacks(callback.ProgressBar()).fit(*wine)
    assert "LMNN - fit" in capsys.readouterr().out
