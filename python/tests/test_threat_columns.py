"""Threats by column: frozen columns, limits by column, and categories that may take any value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Program

from holdfast import CertifiedKNeighborsClassifier, InputError, load


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    """Four numbers, 0 or 1, and a one-hot group of three."""
    random = np.random.default_rng(1)
    X = np.hstack([random.normal(size=(160, 4)), random.integers(2, size=(160, 1)), np.eye(3)[random.integers(3, size=160)]])
    y = (X[:, 0] + X[:, 1] + X[:, 4] + X[:, 5] > 0.7).astype(int)
    return X, y


@pytest.fixture(scope="module")
def knn(data: tuple[np.ndarray, np.ndarray]) -> CertifiedKNeighborsClassifier:
    X, y = data
    return CertifiedKNeighborsClassifier(3).fit(X[:120], y[:120])


@pytest.mark.parametrize("norm", ["l2", "l1", "linf"])
def test_frozen_columns_do_not_move(knn: CertifiedKNeighborsClassifier, data: Any, norm: str) -> None:
    rows, labels = data[0][120:], data[1][120:]
    frozen = knn.certify(rows, labels, method="exact", norm=norm, frozen=[1, "#5", 5, 6, 7])
    assert frozen.frozen == ["#2", "#5", "#6", "#7", "#8"]
    assert frozen.witness is not None
    np.testing.assert_array_equal(frozen.witness[:, [1, 4, 5, 6, 7]], rows[:, [1, 4, 5, 6, 7]])
    same = knn.certify(rows, labels, method="exact", norm=norm, perturb=[0, 2, 3])
    np.testing.assert_array_equal(frozen.radius, same.radius)
    free = knn.certify(rows, labels, method="exact", norm=norm)
    assert np.all(frozen.radius >= free.radius * (1 - 1e-9)) and frozen.mean_radius > free.mean_radius
    bound = knn.certify(rows, labels, norm=norm, perturb=[0, 2, 3])
    attack = knn.attack(rows, labels, norm=norm, perturb=[0, 2, 3])
    assert np.all(bound.radius <= frozen.radius * (1 + 1e-9)) and np.all(frozen.radius <= attack.radius * (1 + 1e-9))


def test_nothing_changes_if_all_columns_are_frozen(knn: CertifiedKNeighborsClassifier, data: Any) -> None:
    found = knn.certify(data[0][120:], method="exact", frozen=list(range(8)))
    assert np.all(np.isinf(found.radius)) and set(found.kind) == {"exact"}


def test_a_flip_is_the_worst_of_all_values(knn: CertifiedKNeighborsClassifier, data: Any) -> None:
    rows = data[0][120:]
    predicted = knn.predict(rows)
    found = knn.certify(rows, predicted, method="exact", frozen=[4], flip=[[5, 6, 7]])
    assert found.flipped == ["features 5,6,7"]
    least = np.full(len(rows), np.inf)
    for category in range(3):
        moved = rows.copy()
        moved[:, 5:] = np.eye(3)[category]
        least = np.minimum(least, knn.certify(moved, predicted, method="exact", frozen=[4, 5, 6, 7]).radius)
    np.testing.assert_allclose(found.radius, least, rtol=1e-12)
    assert np.any(found.radius == 0.0) and np.any(found.radius > 0.0)


def test_limits_by_column(knn: CertifiedKNeighborsClassifier, data: Any) -> None:
    rows = data[0][120:]
    limits = (rows[:, 0].min(), rows[:, 0].max())
    found = knn.certify(rows, method="exact", box={0: limits, "#2": (-9, 9)}, perturb=[0, 1])
    assert found.witness is not None
    assert found.witness[:, 0].min() >= limits[0] and found.witness[:, 0].max() <= limits[1]
    assert np.all(found.radius >= knn.certify(rows, method="exact", perturb=[0, 1]).radius * (1 - 1e-9))


@pytest.mark.parametrize(
    ("threat", "message"),
    [
        ({"frozen": 9}, "the table has 8 columns"),
        ({"frozen": 1, "perturb": 2}, "give one of the two"),
        ({"flip": 4}, "is a column of numbers"),
        ({"flip": [[4], [4]]}, "twice"),
        ({"flip": [[8]]}, "position of no feature"),
        ({"box": {0: (1, 0)}}, "must be below the upper one"),
        ({"box": {0: 1}}, "must be a pair of numbers"),
        ({"frozen": 1.5}, "must be a column or a list of columns"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    knn: CertifiedKNeighborsClassifier, data: Any, threat: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        knn.certify(data[0][120:], **threat)


def test_categories_of_a_table_are_known_by_name(program: Program, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    random = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 80, 120),
            "colour": random.choice(["red", "green", "blue"], 120),
            "height": random.normal(170, 10, 120).round(1),
        }
    )
    frame["y"] = np.where(frame.age + frame.height + 20 * (frame.colour == "red") > 225, "a", "b")
    frame[:90].to_csv(tmp_path / "train.csv", index=False)
    program("fit", "euclidean", "--train", tmp_path / "train.csv", "--label", "y", "--out", tmp_path / "model")
    model = load(tmp_path / "model")
    rows, labels = frame[90:].drop(columns="y"), frame.y[90:].to_numpy()
    default = model.certify(rows, labels)
    assert default.frozen == ["colour"] and default.flipped == []
    flipped = model.certify(rows, labels, method="exact", flip="colour", space="raw", box={"age": (0, 120)})
    assert flipped.flipped == ["colour"]
    assert np.all(flipped.radius <= model.certify(rows, labels, method="exact", space="raw").radius * (1 + 1e-9))
    assert model.certify(rows, labels, perturb=["age", "colour", "height"]).frozen == []
