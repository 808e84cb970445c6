"""Data that the tests share, and the command-line program that Python is compared with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Read by SciPy when it is imported: with it scikit-learn's checks of estimators leave nothing out.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import numpy as np
import pytest
from sklearn import datasets

import holdfast

Table = tuple[np.ndarray, np.ndarray]


def frozen(X: np.ndarray, y: np.ndarray) -> Table:
    """Nothing may write to what it is given."""
    X.setflags(write=False)
    y.setflags(write=False)
    return X, y


@pytest.fixture(scope="session")
def digits() -> Table:
    """Pixels from 0 to 1, without those at the borders, which hardly vary: learners warn of columns that do not."""
    X, y = datasets.load_digits(return_X_y=True)
    X /= 16.0
    return frozen(X[:, X.std(axis=0) > 0.1].copy(), y)


@pytest.fixture(scope="session")
def iris() -> Table:
    return frozen(*datasets.load_iris(return_X_y=True))


@pytest.fixture(scope="session")
def wine() -> Table:
    return frozen(*datasets.load_wine(return_X_y=True))


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    """Sets the number of threads for the time of a test."""
    before = holdfast.threads()
    yield holdfast.set_threads
    holdfast.set_threads(before)


class Program:
    """The command line, with as many threads as Python has."""

    def __init__(self, path: str) -> None:
        self.path = path

    def run(self, *arguments: Any) -> subprocess.CompletedProcess[str]:
        command = [self.path, *map(str, arguments), "--quiet", "--threads", str(holdfast.threads())]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def __call__(self, *arguments: Any) -> str:
        """What it prints; it must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refusal(self, *arguments: Any) -> str:
        """The sentence with which it refuses wrong input."""
        done = self.run(*arguments)
        assert done.returncode == 2, done.stdout + done.stderr
        return done.stderr.strip().removeprefix("holdfast: ")


@pytest.fixture(scope="session")
def program() -> Program:
    path = os.environ.get("HOLDFAST_PROGRAM")
    if not path:
        pytest.skip("HOLDFAST_PROGRAM does not name the command-line program to compare with")
    return Program(path)


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Writes a table whose numbers read back exactly."""

    def write(name: str, X: Any, y: Any = None) -> Path:
        lines = [",".join(map(repr, map(float, row))) for row in X]
        if y is not None:
            lines = [f"{line},{label}" for line, label in zip(lines, y, strict=True)]
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


@pytest.fixture(scope="session")
def interpreter() -> Callable[..., str]:
    """Runs a program in a Python of its own, and gives what it prints."""

    here = Path(__file__).parent

    def run(source: str, timeout: float = 60.0) -> str:
        done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=timeout, cwd=here)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
