"""The tables of KNN_Certifier (Ranzato, Shakeel, Zanella 2025) recomputed from one run of exact radii per k.

    PYTHONPATH=... python3 bench/experiments/knn_certification.py [--data FOLDER] [--reference FILE] [--sets NAME ...]

A cell of theirs is the share of test rows that no perturbation of at most eps in every column of numbers, columns scaled to
[0, 1], changes ("stability"), that are right as well ("robustness"), or that no value of a sensitive column together with
such a perturbation changes ("individual fairness"). Columns of categories are encoded over the values of both parts (two
values: 0 or 1, more: one-hot) and frozen. Radii in linf of one run give all cells of a table. A difference is shown with the row that decides it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from holdfast import CertifiedKNeighborsClassifier

ROOT = Path(__file__).resolve().parents[2]
@dataclass(frozen=True)
class Source:
    """Where a set is, and which of its columns, counted from 0 after the label, are categories."""

    file: str
    categories: tuple[int, ...] = ()
    sensitive: int | None = None


SETS = {
    "Australian": Source("australian", (0, 3, 4, 5, 7, 8, 10, 11)),
    "BreastCancer": Source("breast-cancer"),
    "Diabetes": Source("diabetes"),
    "Fourclass": Source("fourclass"),
    "Pendigits": Source("pendigits"),
    "Compas": Source("compas", (1, 2, 7, 8), 2),
    "German": Source("german", (0, 2, 3, 5, 6, 8, 10, 12, 13, 15, 17, 18, 19), 19),
}


@dataclass
class Split:
    """Rows of the two parts with labels, columns of numbers scaled to [0, 1] by the training rows."""

    train: np.ndarray
    y_train: np.ndarray
    test: np.ndarray
    y_test: np.ndarray
    frozen: list[int]
    flip: list[list[int]]


def read_libsvm(file: Path) -> tuple[list[dict[int, float]], np.ndarray]:
    rows, labels = [], []
    with gzip.open(file, "rt") as lines:
        for line in lines:
            label, *cells = line.split()
            labels.append(float(label))
            rows.append({int(at): float(value) for at, value in (cell.split(":") for cell in cells)})
    return rows, np.array(labels)


def read_cells(folder: Path, source: Source) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The cells of both parts as texts, and the labels."""
    cells, labels = [], []
    if (folder / f"{source.file}.train.csv.gz").exists():
        for part in ("train", "test"):
            with gzip.open(folder / f"{source.file}.{part}.csv.gz", "rt") as lines:
                table = np.array([line.strip().split(",") for line in lines])
            cells.append(table[:, 1:])
            labels.append(table[:, 0].astype(float))
        return cells, labels
    parts = [read_libsvm(folder / f"{source.file}.{part}.libsvm.gz") for part in ("train", "test")]
    width = max(max(row, default=0) for rows, _ in parts for row in rows)
    for rows, y in parts:
        cells.append(np.array([[row.get(at + 1, 0.0) for at in range(width)] for row in rows]))
        labels.append(y)
    return cells, labels


def read_set(folder: Path, source: Source) -> Split:
    cells, labels = read_cells(folder, source)
    blocks: list[list[np.ndarray]] = [[], []]
    frozen: list[int] = []
    flip: list[list[int]] = []
    at = 0
    for column in range(cells[0].shape[1]):
        train, test = cells[0][:, column], cells[1][:, column]
        if column in source.categories:
            values = np.unique(np.concatenate([train, test]))
            if len(values) == 2:
                values = values[1:]
            for block, part in zip(blocks, (train, test), strict=True):
                block.append((part[:, None] == values).astype(float))
            features = list(range(at, at + len(values)))
            if column == source.sensitive:
                flip.append(features)
            else:
                frozen += features
            at += len(values)
            continue
        train, test = train.astype(float), test.astype(float)
        least, spread = train.min(), np.ptp(train) or 1.0
        for block, part in zip(blocks, (train, test), strict=True):
            block.append(((part - least) / spread)[:, None])
        at += 1
    return Split(np.hstack(blocks[0]), labels[0], np.hstack(blocks[1]), labels[1], frozen, flip)


def shares(radius: np.ndarray, eps: float) -> float:
    return 100.0 * float(np.mean(radius > eps))


def cut(share: float) -> float:
    return math.floor(10.0 * share + 1e-9) / 10.0


def compare(name: str, table: dict, data: Path, time_limit: float) -> dict:
    split = read_set(data, SETS[name])
    rows, labels = split.test, split.y_test
    print(f"\n## {name}\n\n{len(split.train)} reference rows, {len(rows)} test rows, {rows.shape[1]} features\n")
    print("| k | seconds | open rows | cells | equal | theirs lower | theirs higher |\n|---:|---:|---:|---:|---:|---:|---:|")
    total, differences = 0.0, []
    for k in (1, 3, 5, 7):
        knn = CertifiedKNeighborsClassifier(k).fit(split.train, split.y_train)
        began = time.perf_counter()
        found = knn.certify(
            rows, method="exact", norm="linf", up_to=0.06, time_limit=time_limit, frozen=split.frozen, flip=split.flip
        )
        seconds = time.perf_counter() - began
        total += seconds
        is_right = found.predicted == labels
        cells = lower = higher = 0
        for kind, radius, upper in (
            ("stability", found.radius, found.upper),
            ("robustness", np.where(is_right, found.radius, -1.0), np.where(is_right, found.upper, -1.0)),
            ("individual_fairness", found.radius, found.upper),
        ):
            for eps, by_k in table.get(kind, {}).items():
                theirs = by_k.get(f"k={k}", {}).get("exact")
                if theirs is None:
                    continue
                cells += 1
                least, most = shares(radius, float(eps)), shares(upper, float(eps))
                # Their figures are cut after one decimal, or rounded.
                if cut(least) <= theirs <= math.ceil(10.0 * most - 1e-9) / 10.0:
                    continue
                lower += theirs < cut(least)
                higher += theirs > cut(least)
                near = int(np.argmin(np.abs(radius - float(eps))))
                differences.append(
                    f"{kind}, k = {k}, eps {eps}: theirs {theirs}, ours {least:.2f}; nearest radius {radius[near]:.9g} of row {near}"
                )
        sizes = np.array([float(eps) for eps in next(iter(table.values()))])
        # The interval of an open row holds one of the sizes.
        open_rows = int(np.sum(np.any((found.radius[:, None] <= sizes) & (sizes < found.upper[:, None]), axis=1)))
        print(f"| {k} | {seconds:.2f} | {open_rows} | {cells} | {cells - lower - higher} | {lower} | {higher} |")
    for line in differences:
        print(f"- {line}")
    print(f"\n{total:.2f} seconds")
    return {"seconds": total, "differences": len(differences)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = Path(os.environ.get("HOLDFAST_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=shared / "knn_certification")
    parser.add_argument("--reference", type=Path, default=shared.parent / "reference" / "knn_certification.json")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--time-limit", type=float, default=10.0, help="seconds per row")
    options = parser.parse_args()
    published = json.loads(options.reference.read_text())
    commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    print(f"commit {commit.stdout.strip()}; {os.cpu_count()} processors")
    summary = []
    for name in options.sets:
        table = published["tables"][name]
        result = compare(name, table, options.data, options.time_limit)
        sizes = len(next(iter(table.values())))
        theirs = published["seconds_per_eps"][name] * sizes
        summary.append((name, result["seconds"], theirs, result["differences"]))
    # Their runs decide k = 1, 2, 3, 5 and 7 at once for one eps.
    print("\n| set | seconds, all k and eps | theirs, all k and eps (12 processes) | ratio | cells that differ |")
    print("|---|---:|---:|---:|---:|")
    for name, seconds, theirs, differences in summary:
        print(f"| {name} | {seconds:.2f} | {theirs:.0f} | {theirs / seconds:.0f} | {differences} |")


if __name__ == "__main__":
    main()
