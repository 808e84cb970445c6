"""Supervision drawn from labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from holdfast import ITML, LSML, RCA, SCML, Constraints, HoldfastWarning, InputError

Y = np.array([0, 1, 1, 0, -1, 2, 2, 2, -1, 0])


def test_pairs(wine: Any) -> None:
    y = wine[1]
    a, b, c, d = Constraints(y).positive_negative_pairs(300, random_state=1)
    assert [len(rows) for rows in (a, b, c, d)] == [300] * 4
    assert np.all(y[a] == y[b]) and np.all(y[c] != y[d])
    assert np.all(a != b)
    for first, second in ((a, b), (c, d)):
        assert len({frozenset(pair) for pair in zip(first.tolist(), second.tolist())}) == 300
    again = Constraints(y).positive_negative_pairs(300, random_state=1)
    assert all(np.array_equal(one, two) for one, two in zip((a, b, c, d), again))
    other = Constraints(y).positive_negative_pairs(300, random_state=2)
    assert not np.array_equal(a, other[0])
    state = Constraints(y).positive_negative_pairs(300, random_state=np.random.RandomState(1))
    assert np.all(y[state[0]] == y[state[1]])


def test_unknown_classes_are_drawn_nowhere() -> None:
    with pytest.warns(HoldfastWarning) as told:
        drawn = Constraints(Y).positive_negative_pairs(50, random_state=0)
    assert [str(warning.message) for warning in told] == [
        "there are only 7 similar pairs, fewer than n_constraints=50",
        "there are only 21 dissimilar pairs, fewer than n_constraints=50",
    ]
    assert told[0].filename == __file__
    a, b, c, d = drawn
    assert (len(a), len(b), len(c), len(d)) == (7, 7, 21, 21)
    for rows in drawn:
        assert np.all(Y[rows] >= 0)
    assert np.all(Y[a] == Y[b]) and np.all(Y[c] != Y[d])
    chunks = Constraints(Y).chunks(3, random_state=0)
    assert np.all(chunks[Y < 0] == -1)
    triplets = Constraints(Y).generate_knntriplets(np.arange(10.0)[:, np.newaxis], 1, 1)
    assert np.all(Y[triplets] >= 0)


def test_as_many_of_each() -> None:
    with pytest.warns(HoldfastWarning):
        drawn = Constraints(Y).positive_negative_pairs(50, same_length=True, random_state=0)
    assert [len(rows) for rows in drawn] == [7] * 4


def test_texts_are_classes() -> None:
    y = np.array(["a", "b", "a", "b", "a"])
    a, b, c, d = Constraints(y).positive_negative_pairs(3, random_state=0)
    assert np.all(y[a] == y[b]) and np.all(y[c] != y[d])


def test_chunks(wine: Any) -> None:
    y = wine[1]
    for size in (1, 2, 5):
        chunks = Constraints(y).chunks(20, size, random_state=3)
        numbers, counts = np.unique(chunks[chunks >= 0], return_counts=True)
        np.testing.assert_array_equal(numbers, np.arange(20))
        np.testing.assert_array_equal(counts, size)
        assert all(len(set(y[chunks == number])) == 1 for number in numbers)
        np.testing.assert_array_equal(chunks, Constraints(y).chunks(20, size, random_state=3))
    assert not np.array_equal(Constraints(y).chunks(20, random_state=3), Constraints(y).chunks(20, random_state=4))


def test_all_chunks_that_there_are() -> None:
    chunks = Constraints(Y).chunks(3, 2, random_state=0)
    assert sorted(chunks.tolist()) == [-1, -1, -1, -1, 0, 0, 1, 1, 2, 2]
    with pytest.raises(InputError, match="n_chunks 4: the classes hold 3 chunks of 2 rows; lower n_chunks"):
        Constraints(Y).chunks(4, 2)


def test_triplets() -> None:
    X = np.array([[0.0], [1.0], [2.5], [10.0], [11.0]])
    triplets = Constraints([0, 0, 0, 1, 1]).generate_knntriplets(X, 1, 2)
    assert sorted(triplets.tolist()) == [
        [0, 1, 3], [0, 1, 4], [1, 0, 3], [1, 0, 4], [2, 1, 3], [2, 1, 4], [3, 4, 1], [3, 4, 2], [4, 3, 1], [4, 3, 2],
    ]  # fmt: skip


def test_too_few_neighbours_are_told() -> None:
    X, y = np.arange(5.0)[:, np.newaxis], [0, 0, 0, 1, 1]
    with pytest.warns(HoldfastWarning) as told:
        triplets = Constraints(y).generate_knntriplets(X, 2, 3)
    assert [str(warning.message) for warning in told] == [
        "k_genuine 2: some classes have only 1 such neighbours, all of which are taken",
        "k_impostor 3: some classes have only 2 such neighbours, all of which are taken",
    ]
    assert len(triplets) == 3 * 2 * 2 + 2 * 1 * 3


def test_learners_take_what_is_drawn(wine: Any) -> None:
    X, y = wine
    constraints = Constraints(y)
    a, b, c, d = constraints.positive_negative_pairs(100, random_state=0)
    pairs = np.concatenate([np.column_stack([a, b]), np.column_stack([c, d])])
    assert ITML(preprocessor=X).fit(pairs, np.repeat([1, -1], 100)).score(pairs, np.repeat([1, -1], 100)) > 0.8
    assert LSML(preprocessor=X).fit(np.column_stack([a, b, c, d])).score(np.column_stack([a, b, c, d])) > 0.8
    RCA().fit(X, chunks=constraints.chunks(50, random_state=0))
    assert SCML(preprocessor=X).fit(constraints.generate_knntriplets(X, 2, 2)).tuple_size_ == 3


@pytest.mark.parametrize(
    "call, text",
    [
        (lambda: Constraints([0, 0, 1]).positive_negative_pairs(0), "n_constraints 0: must be at least 1"),
        (lambda: Constraints([0, 0, 1]).positive_negative_pairs(1.5), "n_constraints 1.5: must be an integer"),
        (lambda: Constraints([0, 1, 2]).positive_negative_pairs(1), "no two rows have the same label"),
        (lambda: Constraints([0, 0, -1]).positive_negative_pairs(1), "all rows have the same label"),
        (lambda: Constraints([0, 0, 1]).chunks(0), "n_chunks 0: must be at least 1"),
        (lambda: Constraints([0, 0, 1]).chunks(1, 0), "chunk_size 0: must be at least 1"),
        (lambda: Constraints([0, 0, 1]).generate_knntriplets([[1.0]], 1, 1), "X: has 1 rows; there are 3 labels"),
        (lambda: Constraints([0, 0, 1]).generate_knntriplets([[1.0], [2], [3]], 0, 1), "at least 1"),
        (lambda: Constraints([[0, 0], [1, 1]]), "1d array"),
    ],
)
def test_refusals(call: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call()
