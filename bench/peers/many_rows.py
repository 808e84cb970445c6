#!/usr/bin/env python3
"""Rows of 200 Gaussians in 30 columns, 10 of them informative, and FAISS's IndexIVFFlat on them for comparison with
holdfast_many_rows.

    many_rows.py make ROWS FILE.npz     writes the rows (seed 0) and their ten classes; test rows: --seed 1
    many_rows.py faiss FILE.npz [K]     nearest other rows of every row: seconds, processor seconds and recall by the
                                        number of groups visited; the recall is that of 2,000 rows

numpy, and faiss-cpu for the second, as in requirements.txt."""

import argparse
import time

import numpy as np


def make(rows, file, seed):
    """The centres are those of seed 0 whatever the seed of the rows."""
    centres = 2.0 * np.random.RandomState(0).randn(200, 10)
    random = np.random.RandomState(1000 + seed)
    cluster = random.randint(0, 200, rows)
    x = random.randn(rows, 30)
    x[:, :10] += centres[cluster]
    np.savez(file, X=x, y=cluster % 10)


def compare(file, k):
    import faiss

    x = np.load(file)["X"].astype(np.float32)
    print(f"{len(x)} rows, {x.shape[1]} columns, k = {k}, faiss {faiss.__version__}, {faiss.omp_get_max_threads()} threads")
    flat = faiss.IndexFlatL2(x.shape[1])
    flat.add(x)
    some = np.random.RandomState(0).permutation(len(x))[:2000]
    exact = flat.search(x[some], k + 1)[1]
    lists = int(2 * len(x) ** 0.5)
    start = (time.perf_counter(), time.process_time())
    quantizer = faiss.IndexFlatL2(x.shape[1])
    index = faiss.IndexIVFFlat(quantizer, x.shape[1], lists)
    index.train(x)
    index.add(x)
    print(f"groups: {time.perf_counter() - start[0]:.2f} s, {time.process_time() - start[1]:.2f} processor seconds")
    for visits in (8, 16, 32, 64, 128):
        index.nprobe = visits
        found = index.search(x[some], k + 1)[1]
        recall = np.mean([len(set(a) & set(b)) / (k + 1) for a, b in zip(found, exact)])
        start = (time.perf_counter(), time.process_time())
        index.search(x, k + 1)
        print(
            f"{visits} of {lists} groups: {time.perf_counter() - start[0]:.2f} s, "
            f"{time.process_time() - start[1]:.2f} processor seconds, recall {recall:.4f}",
            flush=True,
        )
        if recall > 0.995:
            break


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("rows", type=int)
    making.add_argument("file")
    making.add_argument("--seed", type=int, default=0)
    comparing = commands.add_parser("faiss")
    comparing.add_argument("file")
    comparing.add_argument("k", type=int, nargs="?", default=10)
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.rows, arguments.file, arguments.seed)
    else:
        compare(arguments.file, arguments.k)


if __name__ == "__main__":
    main()
