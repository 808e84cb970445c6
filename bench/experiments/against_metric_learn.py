"""Every learner of metric-learn against Holdfast's, with the defaults of both: accuracy and time of the fit.

    python bench/experiments/against_metric_learn.py [--learners LMNN ITML ...] [--sets iris wine ...] [--splits 5]
        [--results FILE.json] [--again ours] [--verbose]

The same rows, standardized by the training rows, and the same pairs, triplets, quadruplets or chunks go to both packages.
Accuracy is that of 1-NN on the rows left out (30 %), after `transform`; of MLKR, whose labels are the numbers of the
classes, R2 of the nearest row. Times are CPU seconds of the fit with one thread, so that other work on the machine
matters little. A fit of metric-learn that fails is told by its error. With --results the runs are kept, and a later call only
does what is missing.

Needs metric-learn 0.7, scikit-learn < 1.8 and holdfast in one environment (bench/peers/run makes one), and the data sets
in $HOLDFAST_DATA, which default to ../shared/data.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import subprocess
import time
import warnings
from itertools import product
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import metric_learn
import numpy as np
from metric_learn.constraints import Constraints

import holdfast

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("HOLDFAST_DATA", ROOT.parent / "shared" / "data"))
SETS = "iris wine wdbc glass sonar heart australian pima haberman balance german voting".split()
SIDES = ("theirs", "ours")
PAIRS_PER_CLASS_SQUARED = 20  # constraints, as metric-learn's supervised classes count them


def load(name):
    path = DATA / name / f"{name}.csv.gz"
    rows = list(csv.reader(gzip.open(path, "rt")))
    try:
        float(rows[0][0])
    except ValueError:
        rows = rows[1:]
    classes = np.unique([row[-1] for row in rows], return_inverse=True)[1]
    return np.array([[float(value) for value in row[:-1]] for row in rows]), classes


def split(X, seed):
    """Training and test rows, standardized by the former."""
    order = np.random.RandomState(seed).permutation(len(X))
    train, test = order[: int(0.7 * len(X))], order[int(0.7 * len(X)) :]
    mean, deviation = X[train].mean(0), X[train].std(0)
    deviation[deviation == 0] = 1
    scaled = (X - mean) / deviation
    return scaled[train], scaled[test], train, test


def pairs(X, y, seed):
    count = PAIRS_PER_CLASS_SQUARED * len(np.unique(y)) ** 2
    a, b, c, d = Constraints(y).positive_negative_pairs(count, random_state=seed)
    tuples = np.stack([np.concatenate([X[a], X[c]]), np.concatenate([X[b], X[d]])], axis=1)
    return tuples, np.concatenate([np.ones(len(a), int), -np.ones(len(c), int)])


def quadruplets(X, y, seed):
    count = PAIRS_PER_CLASS_SQUARED * len(np.unique(y)) ** 2
    rows = np.column_stack(Constraints(y).positive_negative_pairs(count, same_length=True, random_state=seed))
    return (X[rows],)


def chunks_of(y, seed):
    size = 2
    most = sum(count // size for count in np.bincount(y))
    return Constraints(y).chunks(min(100, most), size, random_state=seed)


def labels(X, y, seed):
    return X, y


def fitted(make, data):
    """The estimator fitted on `data`, and the CPU seconds of the fit."""
    estimator = make()
    began = time.process_time()
    estimator.fit(*data)
    return estimator, time.process_time() - began


def tuples_of_triplets(X, y, seed):
    rows = Constraints(y).generate_knntriplets(X, k_genuine=3, k_impostor=10)
    return (X[rows],)


class ChunkedRCA:
    """Holdfast's RCA with the signature of metric-learn's."""

    def fit(self, X, chunks):
        self.learner = holdfast.RCA(preprocess="none").fit(X, chunks=chunks)
        return self

    def transform(self, X):
        return self.learner.transform(X)


def ours(name, **options):
    return lambda: getattr(holdfast, name)(preprocess="none", **options)


def theirs(name, **options):
    return lambda: getattr(metric_learn, name)(**options)


# Name: what both learn from, metric-learn's class and ours.
LEARNERS = {
    "Covariance": (labels, theirs("Covariance"), ours("Covariance")),
    "LMNN": (labels, theirs("LMNN"), ours("LMNN")),
    "NCA": (labels, theirs("NCA"), ours("NCA")),
    "LFDA": (labels, theirs("LFDA"), ours("LFDA")),
    "MLKR": (labels, theirs("MLKR"), ours("MLKR")),
    "RCA": (lambda X, y, seed: (X, chunks_of(y, seed)), theirs("RCA"), ChunkedRCA),
    "RCA_Supervised": (labels, theirs("RCA_Supervised", random_state=0), ours("RCA")),
    "ITML": (pairs, theirs("ITML"), ours("ITML")),
    "ITML_Supervised": (labels, theirs("ITML_Supervised", random_state=0), ours("ITML")),
    "MMC": (pairs, theirs("MMC"), ours("MMC")),
    "MMC_Supervised": (labels, theirs("MMC_Supervised", random_state=0), ours("MMC")),
    "SDML": (pairs, theirs("SDML"), ours("SDML")),
    "SDML_Supervised": (labels, theirs("SDML_Supervised", random_state=0), ours("SDML")),
    "LSML": (quadruplets, theirs("LSML"), ours("LSML")),
    "LSML_Supervised": (labels, theirs("LSML_Supervised", random_state=0), ours("LSML")),
    "SCML": (tuples_of_triplets, theirs("SCML", random_state=0), ours("SCML")),
    "SCML_Supervised": (labels, theirs("SCML_Supervised", random_state=0), ours("SCML")),
}


def nearest(train, test):
    squares = (test**2).sum(1)[:, None] - 2 * test @ train.T + (train**2).sum(1)[None]
    return squares.argmin(1)


def score(estimator, learner, X, y, test_X, test_y):
    predicted = y[nearest(estimator.transform(X), estimator.transform(test_X))]
    if learner != "MLKR":
        return float((predicted == test_y).mean())
    return float(1 - ((predicted - test_y) ** 2).mean() / test_y.var())


def run(learner, side, name, seed):
    """(score, seconds) of one fit, or its error."""
    make_data, *classes = LEARNERS[learner]
    X, y = load(name)
    train_X, test_X, train, test = split(X, seed)
    given = make_data(train_X, y[train].astype(float) if learner == "MLKR" else y[train], seed)
    try:
        estimator, seconds = fitted(classes[SIDES.index(side)], given)
        reached = score(estimator, learner, train_X, y[train], test_X, y[test])
        return (reached, seconds) if np.isfinite(reached) else "not finite"
    except Exception as error:  # the peer's failures are results, too
        return f"{type(error).__name__}: {error}"[:100]


def mean_and_error(values):
    deviation = np.std(values, ddof=1) if len(values) > 1 else np.nan
    return np.mean(values), deviation / np.sqrt(len(values))


def summary(learner, results, sets, splits):
    """Over the runs in which both fits succeeded: means of both, sets that are clearly worse, seconds, failures."""
    differences, reached, failed, lines = {}, [], dict.fromkeys(SIDES, 0), []
    for name in sets:
        both = []
        for seed in range(splits):
            found = {side: results[f"{learner}/{side}/{name}/{seed}"] for side in SIDES}
            for side in failed:
                failed[side] += isinstance(found[side], str)
            if not any(isinstance(found[side], str) for side in failed):
                both.append((*found["theirs"], *found["ours"]))
        if both:
            table = np.array(both)
            reached.append(table.mean(0))
            differences[name] = mean_and_error(table[:, 2] - table[:, 0])
            lines.append((name, *table.mean(0), *differences[name]))
    means = np.mean(reached, axis=0) if reached else np.full(4, np.nan)
    worse = [f"{name} {mean:+.3f}" for name, (mean, error) in differences.items() if mean < -2 * error and mean < 0]
    return means, worse, failed, lines


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return f"{model}, one thread; holdfast {commit.stdout.strip()}, metric-learn {metric_learn.__version__}"


def print_table(results, arguments):
    print(machine(), flush=True)
    print("| learner | metric-learn | Holdfast | CPU s, metric-learn | CPU s, Holdfast | ratio | clearly worse on | failed fits |")
    print("|---|---|---|---|---|---|---|---|")
    for learner in arguments.learners:
        means, worse, failed, lines = summary(learner, results, arguments.sets, arguments.splits)
        their_score, their_seconds, our_score, our_seconds = means
        print(
            f"| {learner} | {their_score:.4f} | {our_score:.4f} | {their_seconds:.3f} | {our_seconds:.4f} "
            f"| {their_seconds / our_seconds:.1f} | {', '.join(worse) or '-'} "
            f"| {failed['theirs'] or '-'} / {failed['ours'] or '-'} |"
        )
        if arguments.verbose:
            for name, *figures in lines:
                print("   ", name, " ".join(f"{figure:.4f}" for figure in figures))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", nargs="+", default=list(LEARNERS), choices=list(LEARNERS))
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--verbose", action="store_true", help="figures of every set")
    parser.add_argument("--again", choices=SIDES, help="do the fits of this side again, whatever --results holds")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    holdfast.set_threads(1)
    results = json.loads(arguments.results.read_text()) if arguments.results and arguments.results.exists() else {}
    for learner, name, seed, side in product(arguments.learners, arguments.sets, range(arguments.splits), SIDES):
        key = f"{learner}/{side}/{name}/{seed}"
        if key not in results or side == arguments.again:
            results[key] = run(learner, side, name, seed)
            if arguments.results:
                arguments.results.write_text(json.dumps(results))
    print_table(results, arguments)


if __name__ == "__main__":
    main()
