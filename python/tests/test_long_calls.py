"""Work in the library leaves the interpreter free, reports, stops when told, and leaves nothing behind."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from holdfast import ARML, LMNN, NCA, SCML, CertifiedKNeighborsClassifier, _core, tune
from holdfast._labels import LabelEncoding


def test_the_interpreters_lock_is_free_during_a_fit(digits: Any) -> None:
    """Another thread counts between two reports of the fit; with the lock held the count would stand still there."""
    X, y = digits
    count = 0
    done = threading.Event()

    def work() -> None:
        nonlocal count
        while not done.is_set():
            count += 1
            time.sleep(0.001)

    last: int | None = None
    advances = reports = 0

    def progress(*report: Any) -> None:
        nonlocal last, advances, reports
        reports += 1
        advances += last is not None and count > last
        if advances == 5 or reports == 500:
            raise Enough
        last = count

    other = threading.Thread(target=work)
    other.start()
    try:
        with pytest.raises(Enough):
            train(X, y, progress, **{"tolerance": 1e-15, "max-iterations": 10**7})
    finally:
        done.set()
        other.join()
    assert advances == 5, f"the other thread advanced between {advances} of {reports} reports"


INTERRUPTED = """
import json, os, signal, threading, warnings
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from holdfast import ARML, LMNN, NCA, SCML, CertifiedKNeighborsClassifier, tune

X, y = load_digits(return_X_y=True)
X = X[:, X.std(axis=0) > 1.6] / 16
endless = {"tol": 1e-15, "max_iter": 10**7}
knn = CertifiedKNeighborsClassifier(3).fit(X[:1000], y[:1000])
lmnn, inside = LMNN(perturbation_weight="auto", refresh=5, **endless), LMNN(refresh=5, **endless)
work = {
    "lmnn": lambda: lmnn.fit(X, y),
    "scml": lambda: SCML(perturbation_weight="auto", **endless).fit(X, y),
    "nca": lambda: NCA(**endless).fit(X, y),
    "arml": lambda: ARML(n_neighbors=20, n_impostors=20, **endless).fit(X, y),
    "mini-batches": lambda: NCA(batch_size=100, **endless).fit(X, y),
    "classifier": lambda: CertifiedKNeighborsClassifier(learner=inside).fit(X, y),
    "certify": lambda: knn.certify(np.tile(X, (99, 1)), np.tile(y, 99), norm="l1"),
    "attack": lambda: knn.attack(np.tile(X, (99, 1)), np.tile(y, 99), norm="linf"),
    "tune": lambda: tune(NCA(), X, y, n_trials=1000),
}
finished = []
for name, call in work.items():
    timer = threading.Timer(0.15, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        call()
        finished.append(name)
    except KeyboardInterrupt:
        pass
    timer.cancel()
    timer.join()
for learner in (lmnn, inside):
    try:
        learner.transform(X)
        raise SystemExit("it is fitted")
    except NotFittedError:
        assert not hasattr(learner, "model_")
print(json.dumps(finished))
"""


def test_interruption(interpreter: Callable[..., str]) -> None:
    """None of these would end within the interpreter's time if it were not interrupted."""
    assert json.loads(interpreter(INTERRUPTED)) == []


def train(X: np.ndarray, y: np.ndarray, progress: Any, method: str = "lmnn", **options: Any) -> Any:
    labels = LabelEncoding.of(y)[1]
    return _core.train(method, X, labels, None, None, "auto", options, [], 0, progress)


class Enough(Exception):
    pass


def test_an_exception_in_the_progress_function_ends_the_work(digits: Any) -> None:
    X, y = digits
    calls = []

    def progress(*report: Any) -> None:
        calls.append(report)
        raise Enough("that will do")

    endless: dict[str, Any] = {"tolerance": 1e-15, "max-iterations": 10**7}
    with pytest.raises(Enough, match="that will do"):
        train(X, y, progress, **endless)
    assert len(calls) == 1
    model = CertifiedKNeighborsClassifier().fit(X, y).model_.core
    with pytest.raises(Enough):
        model.predict(X, 1, progress)
    with pytest.raises(TypeError):
        train(X, y, lambda: None, **endless)


def test_reports(digits: Any) -> None:
    X, y = digits[0][:1000], digits[1][:1000]
    reports: list[tuple[str, int, int, float]] = []
    options: dict[str, Any] = {"tolerance": 1e-15, "max-iterations": 5}
    train(X, y, lambda *report: reports.append(report), "nca", **options)
    for stage, step, total, value in reports:
        assert isinstance(stage, str) and isinstance(step, int) and isinstance(total, int)
        assert 0 <= step and (total == 0 or step <= total)
        assert isinstance(value, float)
    steps = [step for stage, step, *_ in reports if stage == "nca"]
    assert steps == sorted(set(steps))
    assert steps[-1] == 5 and len(steps) > 1  # the first of a stage and the last, however soon after it


def test_verbose_draws_a_bar_and_changes_nothing(digits: Any, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = digits[0][:1000], digits[1][:1000]
    quiet = NCA().fit(X, y)
    assert capsys.readouterr() == ("", "")
    loud = NCA(verbose=True).fit(X, y)
    drawn = capsys.readouterr()
    assert drawn.out == ""
    assert "nca: " in drawn.err and "objective=" in drawn.err
    assert loud.model_ == quiet.model_
    knn = CertifiedKNeighborsClassifier(3, verbose=True).fit(X, y)
    plain = CertifiedKNeighborsClassifier(3).fit(X, y)
    np.testing.assert_array_equal(knn.attack(X[:50]).radius, plain.attack(X[:50]).radius)
    assert "it/s" in capsys.readouterr().err
    loud_tuning = tune(LMNN(), X[:200], y[:200], n_trials=3, n_folds=2, verbose=True)
    assert "it/s" in capsys.readouterr().err
    quiet_tuning = tune(LMNN(), X[:200], y[:200], n_trials=3, n_folds=2)
    assert capsys.readouterr().err == ""
    assert [trial.score for trial in loud_tuning.trials] == [trial.score for trial in quiet_tuning.trials]


def test_two_threads_at_once(digits: Any) -> None:
    X, y = digits[0][:400], digits[1][:400]

    def work(seed: int) -> Any:
        learner = [LMNN, ARML, NCA, SCML][seed % 4](random_state=seed).fit(X, y)
        knn = CertifiedKNeighborsClassifier.from_model(learner.model_, 3)
        return learner.components_, knn.predict(X), knn.attack(X[:20], n_tries=20).radius

    alone = [work(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, range(8)))
    for ours, theirs in zip(alone, together, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)


def test_one_model_in_many_threads(digits: Any) -> None:
    """The first prediction indexes the reference rows, whoever asks for it."""
    X, y = digits
    wanted = CertifiedKNeighborsClassifier(1).fit(X[:900], y[:900]).predict(X[900:])
    knn = CertifiedKNeighborsClassifier(1).fit(X[:900], y[:900])
    with ThreadPoolExecutor(8) as pool:
        for predicted in pool.map(lambda _: knn.predict(X[900:]), range(16)):
            np.testing.assert_array_equal(predicted, wanted)


BLAS = """
import ctypes
from concurrent.futures import ThreadPoolExecutor
from sklearn.datasets import load_digits

blas = ctypes.CDLL("libopenblas.so.0")
blas.openblas_set_num_threads(3)
from holdfast import LMNN, Euclidean, _core
assert blas.openblas_get_num_threads() == 3, "the import leaves the number as it is"

X, y = load_digits(return_X_y=True)
X = X[:, X.std(axis=0) > 1.6].copy() / 16
labels = _core.encode_labels([str(label) for label in y])
seen = []
for count in (2, 3):
    blas.openblas_set_num_threads(count)
    Euclidean().fit(X, y).transform(X)
    model, _ = _core.train("lmnn", X, (labels[0], labels[1]), None, None, "auto", {"max-iterations": 20}, [], 0,
                           lambda *report: seen.append(blas.openblas_get_num_threads()))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: model.predict(X, 3, None), range(16)))
    try:
        LMNN(mu=2).fit(X, y)
    except ValueError:
        pass
    assert blas.openblas_get_num_threads() == count
assert seen and set(seen) == {1}, seen
print("given back")
"""


def test_a_shared_blas_gets_its_threads_back(interpreter: Callable[..., str]) -> None:
    """Debian's NumPy has the same OpenBLAS, which would else be left with one thread."""
    assert interpreter(BLAS).strip() == "given back"


FORKED = """
import multiprocessing
import numpy as np
from sklearn.datasets import load_digits
import holdfast
from holdfast import ARML, CertifiedKNeighborsClassifier, LMNN

holdfast.set_threads(4)
X, y = load_digits(return_X_y=True)
X = X[:400, X.std(axis=0) > 1.6] / 16
y = y[:400]

def work():
    arml, lmnn = ARML(n_draws=5).fit(X, y), LMNN().fit(X, y)
    knn = CertifiedKNeighborsClassifier(3).fit(X, y)
    return arml.components_, lmnn.components_, knn.predict(X), knn.certify(X[:50]).radius

def child(queue):
    queue.put(work())

here = work()
fork = multiprocessing.get_context("fork")
for _ in range(2):
    queue = fork.Queue()
    process = fork.Process(target=child, args=(queue,), daemon=True)
    process.start()
    there = queue.get(timeout=30)
    process.join(5)
    assert process.exitcode == 0, process.exitcode
    assert all(np.array_equal(a, b) for a, b in zip(here, there))
print("the same")
"""


def test_a_forked_child_works_on(interpreter: Callable[..., str]) -> None:
    """A hang of the child, whose threads are gone, would end this by `queue.Empty`."""
    assert interpreter("import warnings; warnings.simplefilter('ignore')\n" + FORKED).strip() == "the same"


MEMORY = """
import gc, pickle, warnings
import numpy as np
from holdfast import AML, ARML, CertifiedKNeighborsClassifier, GMML, LMNN, NCA, SCML, InputError

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 8)), np.arange(60) % 3
X[:, 0] += y
few = {"max_iter": 20}
learners = [LMNN(perturbation_weight="auto", **few), SCML(**few), GMML(), AML(**few), NCA(**few), ARML(**few)]

def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20

def once(i):
    learner = learners[i % 6].fit(X, y)
    knn = CertifiedKNeighborsClassifier(1).fit(X, y)
    knn.predict(X)
    knn.certify(X[:5], y[:5], method="exact")
    knn.attack(X[:2], y[:2], n_tries=5)
    pickle.loads(pickle.dumps(learner.model_.core))
    try:
        LMNN(mu=2).fit(X, y)
    except InputError:
        pass

for i in range(90):
    once(i)
before = resident()
for i in range(500):  # two fits each
    once(i)
print(resident() - before)
"""


def test_a_thousand_fits_leave_no_memory_behind(interpreter: Callable[..., str]) -> None:
    """A model of 60 rows holds some 5 kB, and a thousand of them as many MB."""
    grown = float(interpreter(MEMORY, timeout=120))
    assert grown < 1.5  # MiB
