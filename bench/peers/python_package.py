# mypy: allow-untyped-calls
"""The Python package in one process with its peers, and beside the command line: times, ratios, accuracies.

    scripts/setup --bench && python3 -m venv build/peers
    build/peers/bin/pip install . -r bench/peers/requirements.txt
    build/peers/bin/python bench/peers/python_package.py [--rounds 4] [--jobs lmnn knn-faiss ...] [--json]

Holdfast and a peer do the same work in turn, on the rows and splits of compare.py and on as many threads. Medians over
the rounds are compared; before them goes a round of warm-up, but for the command line, whose every run is a first one.
A ratio above 1 means that Holdfast is faster; in brackets is the range of the ratios within a round. Rows are in memory
as each side wants them: float64, float32 for FAISS.

The overhead jobs compare with the command line's program, built from the same sources: $HOLDFAST_PROGRAM, or that of
the preset release or bench. Fashion-MNIST is looked for in $HOLDFAST_DATA, else in ../shared/data beside the
repository.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.metadata
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from compare import ROOT, split_digits, timed

DATA = Path(os.environ.get("HOLDFAST_DATA", ROOT.parent / "shared" / "data"))
PEERS = ("numpy", "scikit-learn", "metric-learn", "faiss-cpu")

# Digits have columns that are 0 in every row; metric-learn uses names that scikit-learn is about to drop, and tells of
# its choice of a basis.
warnings.filterwarnings("ignore", message=".*feature columns are constant")
warnings.filterwarnings("ignore", message=".*force_all_finite", category=FutureWarning)
warnings.filterwarnings("ignore", message=".*(n_basis|number of bases)", category=UserWarning)


@dataclass
class Bench:
    rounds: int
    threads: int
    folder: Path
    """For files, in memory where the system has such a place, so that no disk takes part."""
    wheel: Path | None
    as_json: bool
    results: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str, **figures: Any) -> None:
        self.results.append({"text": text, **figures})
        if not self.as_json:
            print(text, flush=True)

    def compare(self, name: str, ours: list[float], peer_name: str, peer: list[float], asked: str = "") -> None:
        """Seconds of each round, of both sides."""
        medians = statistics.median(ours), statistics.median(peer)
        ratio = medians[1] / medians[0]
        ratios = [b / a for a, b in zip(ours, peer, strict=True)]
        self.say(
            f"  {name:<28} holdfast {medians[0] * 1e3:9.2f} ms   {peer_name} {medians[1] * 1e3:9.2f} ms   "
            f"ratio {ratio:6.3g} ({min(ratios):.3g} to {max(ratios):.3g})" + (f"   asked: {asked}" if asked else ""),
            seconds=ours,
            peer=peer_name,
            peer_seconds=peer,
            ratio=ratio,
            asked=asked,
        )


def rest() -> None:
    """Threads of OpenMP and OpenBLAS spin for a while after their work, and would slow whoever comes next."""
    time.sleep(0.1)


def in_turn(
    jobs: dict[str, Callable[[], Callable[[], Any]]], rounds: int, repeats: int = 1
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """The seconds of each job in each round (of several repeats the median), and what it returned last. A job makes
    itself ready, which is not timed, and gives what is."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    found: dict[str, Any] = {}
    for number in range(rounds + 1):
        for name, job in jobs.items():
            of_round = []
            for ready in [job() for _ in range(repeats)]:
                rest()
                took, found[name] = timed(ready)
                of_round.append(took)
            if number > 0:
                seconds[name].append(statistics.median(of_round))
    return seconds, found


# Learners on digits scaled to [0, 1]: 1,257 rows to learn, 3-NN accuracy on the other 540, a split for each round.


def learners(bench: Bench, title: str, ours: dict[str, Any], peer_name: str, peer: Any, asked: str = "") -> None:
    from sklearn.base import clone
    from sklearn.neighbors import KNeighborsClassifier

    sides = {**ours, peer_name: peer}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    accuracies: dict[str, list[float]] = {name: [] for name in ("Euclidean", *sides)}
    iterations: dict[str, list[int]] = {name: [] for name in sides}

    def accuracy(transform: Callable[[Any], Any]) -> float:
        classifier = KNeighborsClassifier(3, algorithm="brute").fit(transform(x), y)
        return float(classifier.score(transform(x_test), y_test))

    for number, seed in enumerate([0, *range(bench.rounds)]):
        x, y, x_test, y_test = split_digits(seed)
        for name, estimator in sides.items():
            learner = clone(estimator)
            rest()
            took = timed(partial(learner.fit, x, y))[0]
            if number > 0:
                seconds[name].append(took)
                accuracies[name].append(accuracy(learner.transform))
                iterations[name].append(int(learner.n_iter_))
        if number > 0:
            accuracies["Euclidean"].append(accuracy(lambda rows: rows))

    means = {name: statistics.mean(values) for name, values in accuracies.items()}
    bench.say(
        f"{title} on digits; mean 3-NN accuracy over {bench.rounds} splits: "
        + ", ".join(f"{name} {mean:.4f}" for name, mean in means.items())
        + "; iterations: "
        + ", ".join(f"{name} {statistics.median(values):g}" for name, values in iterations.items()),
        accuracy=means,
        iterations=iterations,
    )
    for name in ours:
        bench.compare(name, seconds[name], peer_name, seconds[peer_name], asked)


def lmnn(bench: Bench) -> None:
    import metric_learn  # type: ignore[import-untyped]
    from holdfast import LMNN

    ours = {"LMNN()": LMNN(preprocess="none"), "refresh=0": LMNN(refresh=0, preprocess="none")}
    peer = metric_learn.LMNN(n_neighbors=3)
    learners(bench, "LMNN", ours, "metric-learn", peer, "ratio >= 15 at no lower accuracy")


def scml(bench: Bench) -> None:
    import metric_learn
    from holdfast import SCML

    ours = {"SCML()": SCML(preprocess="none"), "batch_size=200": SCML(batch_size=200, preprocess="none")}
    peer = metric_learn.SCML_Supervised(random_state=0)
    learners(bench, "SCML", ours, "metric-learn", peer, "ratio >= 10 at 0.985 or more")


def nca(bench: Bench) -> None:
    import metric_learn
    from holdfast import NCA

    ours = {"NCA()": NCA(preprocess="none"), "batch_size=200": NCA(batch_size=200, preprocess="none")}
    peer = metric_learn.NCA(max_iter=100)
    learners(bench, "NCA", ours, "metric-learn", peer, "ratio >= 3 at no lower accuracy")


def nca_sklearn(bench: Bench) -> None:
    from holdfast import NCA
    from sklearn.neighbors import NeighborhoodComponentsAnalysis

    ours = {"max_iter=50": NCA(max_iter=50, preprocess="none")}
    peer = NeighborhoodComponentsAnalysis(max_iter=50, random_state=0)
    learners(bench, "NCA, 50 iterations at most,", ours, "scikit-learn", peer)


# Nearest neighbours. As in compare.py, our time has the building of the index, at the first search after a fit.


def random_rows() -> tuple[Any, Any]:
    """Rows and queries, float32, those of compare.py."""
    random = np.random.default_rng(0)
    return random.random((60000, 64), dtype=np.float32), random.random((10000, 64), dtype=np.float32)


def agreement(ours: Any, peer: Any) -> dict[str, float]:
    """Of two answers (distances, rows): the share of rows that both have, and the largest difference of distances.
    Where rows are as far as one another, either may be had."""
    (distances, rows), (peer_distances, peer_rows) = ours, peer
    return {
        "same_neighbors": float((np.sort(rows, axis=1) == np.sort(peer_rows, axis=1)).mean()),
        "distance_difference": float(np.abs(distances - peer_distances).max()),
    }


def knn_sklearn(bench: Bench) -> None:
    from holdfast import CertifiedKNeighborsClassifier
    from sklearn.neighbors import KNeighborsClassifier

    rows, queries = (x.astype(np.float64) for x in random_rows())
    halves = (rows[:, 0] > 0.5).astype(int)  # of two classes five votes never tie, where both sides choose as they like
    x, y, x_test, _ = split_digits(0)
    for title, fitted_on, searched, repeats in (
        ("10,000 queries x 60,000 rows x 64", (rows, halves), queries, 1),
        ("digits, 540 queries x 1,257 rows x 64", (x, y), x_test, 5),
    ):
        sides = {
            "holdfast": CertifiedKNeighborsClassifier(5),
            "scikit-learn": KNeighborsClassifier(5, algorithm="brute"),
        }

        def fit(side: str) -> Any:
            return partial(sides[side].fit, *fitted_on)

        def call(name: str, side: str) -> Any:
            return partial(getattr(fit(side)(), name), searched)

        both: dict[str, Any] = {
            name: in_turn({side: partial(call, name, side) for side in sides}, bench.rounds, repeats)
            for name in ("kneighbors", "predict")
        }
        both["fit"] = in_turn({side: partial(fit, side) for side in sides}, bench.rounds, repeats)
        agreed = agreement(*(both["kneighbors"][1][side] for side in sides))
        predicted, peer_predicted = (both["predict"][1][side] for side in sides)
        agreed["same_predictions"] = float((predicted == peer_predicted).mean())
        bench.say(
            f"k-NN, {title}, k=5, float64; {agreed['same_neighbors']:.4%} of the neighbours and "
            f"{agreed['same_predictions']:.4%} of the predictions are scikit-learn's (ties may differ), its distances "
            f"within {agreed['distance_difference']:.1e}",
            **agreed,
        )
        for name, (seconds, _) in both.items():
            bench.compare(name, seconds["holdfast"], "scikit-learn", seconds["scikit-learn"])


def knn_faiss(bench: Bench) -> None:
    import faiss
    from holdfast import CertifiedKNeighborsClassifier

    faiss.omp_set_num_threads(bench.threads)
    rows, queries = random_rows()
    rows64, queries64 = rows.astype(np.float64), queries.astype(np.float64)

    def ours() -> Callable[[], Any]:
        fitted = CertifiedKNeighborsClassifier(5).fit(rows64, np.arange(len(rows)) % 2)
        return partial(fitted.kneighbors, queries64)

    def search() -> Any:
        index = faiss.IndexFlatL2(rows.shape[1])
        index.add(rows)
        return index.search(queries, 5)

    seconds, found = in_turn({"holdfast": ours, "FAISS": lambda: search}, bench.rounds)
    squared, nearest = found["FAISS"]
    agreed = agreement(found["holdfast"], (np.sqrt(squared), nearest))
    bench.say(
        "k-NN, 10,000 queries x 60,000 rows x 64, k=5: ours in float64 through Python, FAISS IndexFlatL2 in float32; "
        f"{agreed['same_neighbors']:.4%} of the neighbours are FAISS's (float32 rounds ties), its distances within "
        f"{agreed['distance_difference']:.1e}",
        **agreed,
    )
    bench.compare("kneighbors, float64", seconds["holdfast"], "FAISS (float32)", seconds["FAISS"])


# The package beside the command line: both read npy files, do the work, and write the same model file. What the program
# calls seconds of a fit is all of that. Of a certificate it is the radii alone, without the predictions that go before
# them; so the program certifies one model, then the model many times over, and the difference of the two runs has a
# model's load, the rows' reading, predictions and radii. Python does the same in a process of its own. There the first
# fit, as the program's only one, pays for fresh memory and threads; the later ones are what a session pays.

FITS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "euclidean": ("Euclidean", {}, []),
    "gmml": ("GMML", {}, []),
    "lmnn": ("LMNN", {"perturbation_weight": "auto"}, ["--perturbation", "auto"]),
}


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """function(*arguments) in a fresh interpreter."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(function, *arguments).result()


def fit_files(method: str, preprocess: str, folder: Path, repeats: int) -> list[float]:
    """Seconds from the files train-x.npy and train-y.npy to the model METHOD-python.holdfast, of each repeat."""
    import holdfast

    name, parameters, _ = FITS[method]
    learner = getattr(holdfast, name)(preprocess=preprocess, **parameters)

    def job() -> None:
        learner.fit(np.load(folder / "train-x.npy"), np.load(folder / "train-y.npy"))
        learner.save(folder / f"{method}-python.holdfast")

    return [timed(job)[0] for _ in range(repeats)]


def certify_files(model: Path, folder: Path, repeats: int) -> tuple[list[float], Any]:
    """Seconds from the model file, test-x.npy and test-y.npy to radii, of each repeat; and the radii."""
    import holdfast
    import holdfast.certificates

    def job() -> Any:
        return holdfast.load(model).certify(np.load(folder / "test-x.npy"), np.load(folder / "test-y.npy")).radius

    runs = [timed(job) for _ in range(repeats)]
    return [took for took, _ in runs], runs[-1][1]


def program() -> Path | None:
    built = [ROOT / "build" / preset / "apps" / "holdfast" / "holdfast" for preset in ("release", "bench")]
    named = os.environ.get("HOLDFAST_PROGRAM")
    return next((file for file in ([Path(named)] if named else built) if file.exists()), None)


def overhead(
    bench: Bench, title: str, arrays: dict[str, Any], preprocess: str, repeats: int, models: int
) -> None:
    """`arrays`: train-x, train-y, test-x, test-y. A round has so many fits of either side, and models certified."""
    binary = program()
    if binary is None:
        bench.say(f"overhead on {title}: skipped, the command line's program is not built (or set HOLDFAST_PROGRAM)")
        return
    folder = bench.folder
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)

    def run(*arguments: Any) -> Any:
        command = [binary, *arguments, "--json", "--quiet", "--threads", bench.threads, "--seed", 0]
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(result.stderr)
        return json.loads(result.stdout)

    train = ["--train", folder / "train-x.npy", "--labels", folder / "train-y.npy"]
    bench.say(f"Python beside the command line, {title}, from npy files to a model, and to radii (bound, l2, k=1)")
    for method, (_, _, options) in FITS.items():
        model = folder / f"{method}.holdfast"
        command, first, later = [], [], []
        for _ in range(bench.rounds):
            runs = [
                run("fit", method, *train, "--preprocess", preprocess, *options, "--out", model)["seconds"]
                for _ in range(repeats)
            ]
            command.append(statistics.median(runs))
            fits = apart(fit_files, method, preprocess, folder, 1 + repeats)
            first.append(fits[0])
            later.append(statistics.median(fits[1:]))
        same = model.read_bytes() == (folder / f"{method}-python.holdfast").read_bytes()
        bench.say(f"  {method}: the two model files are {'the same bytes' if same else 'NOT THE SAME'}", same=same)
        bench.compare(f"fit {method}, first", first, "command line", command, "ratio >= 0.952 (within 5 %)")
        bench.compare(f"fit {method}, later", later, "command line", command, "ratio >= 0.952 (within 5 %)")

    model = folder / "lmnn.holdfast"
    # Without --eps the program looks for round sizes over the radii of all models.
    test = ["--test", folder / "test-x.npy", "--labels", folder / "test-y.npy", "--eps", "0.1"]
    run("certify", model, *test, "--out", folder / "radii.csv")
    of_program = np.loadtxt(folder / "radii.csv", delimiter=",", skiprows=1, usecols=5)
    command, python = [], []
    for _ in range(bench.rounds):
        one, many = (timed(partial(run, "certify", *[model] * count, *test))[0] for count in (1, 1 + models))
        command.append((many - one) / models)
        seconds, radii = apart(certify_files, model, folder, 1 + models)
        python.append(statistics.mean(seconds[1:]))
    same = np.array_equal(radii, of_program)
    bench.say(f"  certify: the {len(radii)} radii are {'the same' if same else 'NOT THE SAME'}", same=same)
    bench.compare("certify lmnn, load and all", python, "command line", command, "ratio >= 0.952 (within 5 %)")


def overhead_digits(bench: Bench) -> None:
    arrays = dict(zip(("train-x", "train-y", "test-x", "test-y"), split_digits(0), strict=True))
    overhead(bench, "digits (1,257 rows to fit, 540 to certify)", arrays, "auto", repeats=5, models=60)


def overhead_fashion(bench: Bench) -> None:
    folder = DATA / "fashion_mnist"
    if not folder.is_dir():
        bench.say(f"overhead on Fashion-MNIST: skipped, {folder} is not on this machine (set HOLDFAST_DATA)")
        return

    def read(name: str, header: int) -> Any:
        with gzip.open(folder / f"{name}-ubyte.gz", "rb") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)

    arrays = {
        "train-x": read("train-images-idx3", 16).reshape(-1, 784),
        "train-y": read("train-labels-idx1", 8),
        "test-x": read("t10k-images-idx3", 16).reshape(-1, 784)[:1000],
        "test-y": read("t10k-labels-idx1", 8)[:1000],
    }
    overhead(
        bench, "Fashion-MNIST with pca:50 (60,000 to fit, 1,000 to certify)", arrays, "pca:50", repeats=1, models=5
    )


# The package itself.


def import_time(bench: Bench) -> None:
    statements = (
        "import holdfast",
        "from holdfast import LMNN",
        "from metric_learn import LMNN",
        "import sklearn.neighbors",
        "import faiss",
    )
    code = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"
    seconds: dict[str, list[float]] = {statement: [] for statement in statements}
    for number in range(bench.rounds + 1):
        for statement in statements:
            command = [sys.executable, "-W", "ignore", "-c", code.format(statement)]
            result = subprocess.run(command, check=True, capture_output=True, text=True)
            if number > 0:
                seconds[statement].append(float(result.stdout))
    bench.say("Time to import, each in a fresh interpreter")
    for statement, values in seconds.items():
        bench.say(f"  {statement:<30} {statistics.median(values) * 1e3:7.0f} ms", seconds=values)


def wheel_size(bench: Bench) -> None:
    built = sorted((ROOT / "dist").glob("holdfast-*.whl"), key=lambda file: file.stat().st_mtime)
    file = bench.wheel or (built[-1] if built else None)
    if file is None:
        bench.say("Wheel: skipped, there is none in dist/ (or name it with --wheel)")
        return
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    packed = file.stat().st_size
    text = f"Wheel {file.name}: {packed / 1e6:.2f} MB, unpacked {unpacked / 1e6:.2f} MB"
    bench.say(text, packed=packed, unpacked=unpacked)


def resident() -> int:
    """Bytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory_of_fits(warm_up: int, fits: int) -> tuple[int, int]:
    """Resident bytes before and after so many fits, predictions and certificates."""
    import holdfast

    x, y, x_test, y_test = split_digits(0)

    def job() -> None:
        learner = holdfast.GMML(preprocess="none")
        knn = holdfast.CertifiedKNeighborsClassifier(1, learner=learner).fit(x, y)
        knn.predict(x_test[:20])
        knn.certify(x_test[:20], y_test[:20])

    for _ in range(warm_up):
        job()
    before = resident()
    for _ in range(fits):
        job()
    return before, resident()


def memory(bench: Bench) -> None:
    before, after = apart(memory_of_fits, 100, 1000)
    bench.say(
        f"Memory of 1,000 fits of GMML on digits, each with 20 predictions and certificates, after 100: resident "
        f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after, {(after - before) / 1e3 / 1000:+.2f} kB a fit",
        before=before,
        after=after,
    )


JOBS: dict[str, Callable[[Bench], None]] = {
    "lmnn": lmnn,
    "scml": scml,
    "nca": nca,
    "nca-sklearn": nca_sklearn,
    "knn-sklearn": knn_sklearn,
    "knn-faiss": knn_faiss,
    "overhead-digits": overhead_digits,
    "overhead-fashion": overhead_fashion,
    "import": import_time,
    "wheel": wheel_size,
    "memory": memory,
}


def machine(threads: int) -> dict[str, Any]:
    import holdfast

    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return {
        "machine": platform.machine(),
        "processor": next((line.split(": ")[1] for line in lines if line.startswith("model name")), "unknown"),
        "processors": os.cpu_count(),
        "threads": threads,
        "python": platform.python_version(),
        "holdfast": holdfast.__version__,
        **{name: importlib.metadata.version(name) for name in PEERS},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS), metavar="NAME", help=", ".join(JOBS))
    parser.add_argument("--rounds", type=int, default=4, help="rounds of each job, of learners the splits too")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--wheel", type=Path, help="the wheel to weigh; default: the newest in dist/")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: must be at least 1")
    # Libraries look for this when they are loaded, and NumPy is by now: start again.
    if os.environ.get("OMP_NUM_THREADS") != str(arguments.threads):
        os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
        os.execv(sys.executable, [sys.executable, *sys.argv])

    facts = machine(arguments.threads)
    in_memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=in_memory if in_memory.is_dir() else None) as folder:
        bench = Bench(arguments.rounds, arguments.threads, Path(folder), arguments.wheel, arguments.json)
        bench.say(", ".join(f"{name} {value}" for name, value in facts.items()), **facts)
        for name in arguments.jobs:
            started = len(bench.results)
            JOBS[name](bench)
            for result in bench.results[started:]:
                result["job"] = name
    if bench.as_json:
        print(json.dumps({"machine": facts, "rounds": bench.rounds, "results": bench.results[1:]}, indent=1))


if __name__ == "__main__":
    main()
