"""The tables of KNN_Certifier (Ranzato, Shakeel, Zanella 2025) recomputed from one run of exact radii per k.

    PYTHONPATH=... python3 bench/experiments/knn_certification.py [--data FOLDER] [--reference FILE] [--sets NAME ...]

A cell of theirs is the share of test rows that no perturbation of at most eps in every column, columns scaled to [0, 1],
changes ("stability"), and that are right as well ("robustness"). Radii in linf of one run give all cells of a table. A
difference is shown with the row that decides it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import subprocess
import time
from pathlib import Path

import numpy as np

from holdfast import CertifiedKNeighborsClassifier

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "Australian": "australian",
    "BreastCancer": "breast-cancer",
    "Diabetes": "diabetes",
    "Fourclass": "fourclass",
    "Pendigits": "pendigits",
}


def read_libsvm(file: Path) -> tuple[list[dict[int, float]], np.ndarray]:
    rows, labels = [], []
    with gzip.open(file, "rt") as lines:
        for line in lines:
            label, *cells = line.split()
            labels.append(float(label))
            rows.append({int(at): float(value) for at, value in (cell.split(":") for cell in cells)})
    return rows, np.array(labels)


def read_set(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows and labels of the two parts, columns scaled to [0, 1] by the training rows."""
    train, y_train = read_libsvm(folder / f"{name}.train.libsvm.gz")
    test, y_test = read_libsvm(folder / f"{name}.test.libsvm.gz")
    width = max(max(row, default=0) for row in train + test)
    dense = [np.array([[row.get(at + 1, 0.0) for at in range(width)] for row in part]) for part in (train, test)]
    least, spread = dense[0].min(axis=0), np.ptp(dense[0], axis=0)
    spread[spread == 0.0] = 1.0
    scaled = [(part - least) / spread for part in dense]
    return scaled[0], y_train, scaled[1], y_test


def shares(radius: np.ndarray, eps: float) -> float:
    return 100.0 * float(np.mean(radius > eps))


def cut(share: float) -> float:
    return math.floor(10.0 * share + 1e-9) / 10.0


def compare(name: str, table: dict, data: Path, time_limit: float) -> dict:
    X, y, rows, labels = read_set(data, NAMES[name])
    print(f"\n## {name}\n\n{len(X)} reference rows, {len(rows)} test rows, {X.shape[1]} columns\n")
    print("| k | seconds | open rows | cells | equal | theirs lower | theirs higher |\n|---:|---:|---:|---:|---:|---:|---:|")
    total, differences = 0.0, []
    for k in (1, 3, 5, 7):
        knn = CertifiedKNeighborsClassifier(k).fit(X, y)
        began = time.perf_counter()
        found = knn.certify(rows, method="exact", norm="linf", up_to=0.06, time_limit=time_limit)
        seconds = time.perf_counter() - began
        total += seconds
        is_right = found.predicted == labels
        cells = lower = higher = 0
        for kind, radius, upper in (
            ("stability", found.radius, found.upper),
            ("robustness", np.where(is_right, found.radius, -1.0), np.where(is_right, found.upper, -1.0)),
        ):
            for eps, by_k in table[kind].items():
                theirs = by_k.get(f"k={k}", {}).get("exact")
                if theirs is None:
                    continue
                cells += 1
                least, most = shares(radius, float(eps)), shares(upper, float(eps))
                # Their figures are cut after one decimal.
                if cut(least) <= theirs <= cut(most):
                    continue
                lower += theirs < cut(least)
                higher += theirs > cut(most)
                near = int(np.argmin(np.abs(radius - float(eps))))
                differences.append(
                    f"{kind}, k = {k}, eps {eps}: theirs {theirs}, ours {least:.2f}; nearest radius {radius[near]:.9g} of row {near}"
                )
        open_rows = int(np.sum((found.upper > found.radius * (1 + 1e-9)) & (found.radius < 0.05)))
        print(f"| {k} | {seconds:.2f} | {open_rows} | {cells} | {cells - lower - higher} | {lower} | {higher} |")
    for line in differences:
        print(f"- {line}")
    return {"seconds": total, "differences": len(differences)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = Path(os.environ.get("HOLDFAST_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=shared / "knn_certification")
    parser.add_argument("--reference", type=Path, default=shared.parent / "reference" / "knn_certification.json")
    parser.add_argument("--sets", nargs="+", choices=list(NAMES), default=list(NAMES))
    parser.add_argument("--time-limit", type=float, default=10.0, help="seconds per row")
    options = parser.parse_args()
    published = json.loads(options.reference.read_text())
    commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    print(f"commit {commit.stdout.strip()}; {os.cpu_count()} processors")
    summary = []
    for name in options.sets:
        table = published["tables"][name]
        result = compare(name, table, options.data, options.time_limit)
        sizes = len(table["stability"])
        theirs = published["seconds_per_eps"][name] * sizes
        summary.append((name, result["seconds"], theirs, result["differences"]))
    print("\n| set | seconds, all k and eps | theirs, one k, all eps (12 processes) | ratio | cells that differ |")
    print("|---|---:|---:|---:|---:|")
    for name, seconds, theirs, differences in summary:
        print(f"| {name} | {seconds:.2f} | {theirs:.0f} | {theirs * 4 / seconds:.0f} | {differences} |")


if __name__ == "__main__":
    main()
