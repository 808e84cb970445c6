"""Exact radii against a slow, independent solution: every set of voters by a linear program of HiGHS, in l1 and linf."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn.preprocessing import StandardScaler

from holdfast import CertifiedKNeighborsClassifier


def least_size(normals: list[np.ndarray], bounds: list[float], norm: str, dimension: int) -> float:
    """The least |x|_p with normals x >= bounds; infinity if there is none."""
    a, b = np.array(normals), np.array(bounds)
    if norm == "linf":  # x and its largest size t
        sides = np.hstack([np.vstack([np.eye(dimension), -np.eye(dimension)]), -np.ones((2 * dimension, 1))])
        upper = np.vstack([np.hstack([-a, np.zeros((len(a), 1))]), sides])
        cost = np.append(np.zeros(dimension), 1.0)
        limits = [(None, None)] * dimension + [(0, None)]
    else:  # x = p - n
        upper, cost, limits = np.hstack([-a, a]), np.ones(2 * dimension), [(0, None)] * (2 * dimension)
    right = np.append(-b, np.zeros(len(upper) - len(a)))
    solved = linprog(cost, A_ub=upper, b_ub=right, bounds=limits, method="highs")
    return float(solved.fun) if solved.status == 0 else float("inf")


def slow_radius(X: np.ndarray, y: np.ndarray, z: np.ndarray, k: int, label: Any, norm: str) -> float:
    """The least perturbation of z at which some k rows may be the nearest and outvote the label."""
    best = float("inf")
    distance = ((X - z) ** 2).sum(axis=1)
    for voters in combinations(range(len(X)), k):
        others = [row for row in range(len(X)) if row not in voters]
        order = [(a, b) for a in voters for b in others]
        votes = {c: sum(y[row] == c for row in voters) for c in set(y)}
        rivals = {c: n for c, n in votes.items() if c != label and n >= votes.get(label, 0) and n > 0}
        if not rivals:
            continue
        firsts: list[Any] = [None]  # no row has to come first if a rival has more votes
        if max(rivals.values()) == votes.get(label, 0):
            firsts = [row for row in voters if y[row] in rivals]
        for first in firsts:
            pairs = order + ([] if first is None else [(first, own) for own in voters if y[own] == label])
            normals = [X[a] - X[b] for a, b in pairs]
            bounds = [0.5 * (distance[a] - distance[b]) for a, b in pairs]
            best = min(best, least_size(normals, bounds, norm, X.shape[1]))
    return best


@pytest.mark.parametrize("norm", ["l1", "linf"])
@pytest.mark.parametrize(("k", "n_classes"), [(1, 2), (1, 3), (3, 2), (3, 3), (5, 3)])
def test_exact_radii_equal_linear_programs(norm: str, k: int, n_classes: int) -> None:
    random = np.random.default_rng(10 * k + n_classes)
    X, y = random.normal(size=(8, 3)), np.append(np.arange(n_classes), random.integers(n_classes, size=8 - n_classes))
    knn = CertifiedKNeighborsClassifier(k).fit(X, y)
    rows = random.normal(size=(4, 3))
    found = knn.certify(rows, method="exact", norm=norm)
    expected = [slow_radius(X, y, z, k, label, norm) for z, label in zip(rows, found.predicted)]
    np.testing.assert_allclose(found.radius, expected, rtol=1e-8, atol=1e-9)
    finite = np.isfinite(expected)
    assert set(found.kind[finite]) <= {"exact"}
    assert found.witness is not None
    assert (knn.predict(found.witness[finite]) != found.predicted[finite]).all()


def test_an_unfinished_search_gives_an_interval(wine: Any) -> None:
    X, y = StandardScaler().fit_transform(wine[0]), wine[1]
    knn = CertifiedKNeighborsClassifier(5).fit(X[::2], y[::2])
    exact = knn.certify(X[1::8], method="exact")
    ended = knn.certify(X[1::8], method="exact", max_nodes=1)
    bound = knn.certify(X[1::8])
    assert set(exact.kind) == {"exact"}
    assert "lower bound" in set(ended.kind)
    assert np.all(bound.radius <= ended.radius)
    assert np.all(ended.radius <= exact.radius * (1 + 1e-9))
    assert np.all(exact.radius <= ended.upper * (1 + 1e-9))
    np.testing.assert_array_equal(exact.upper, exact.radius)
    assert np.all(np.isinf(bound.upper))


def test_radii_beyond_up_to_need_not_be_resolved(wine: Any) -> None:
    X, y = StandardScaler().fit_transform(wine[0]), wine[1]
    knn = CertifiedKNeighborsClassifier(3).fit(X[::2], y[::2])
    exact = knn.certify(X[1::8], method="exact", norm="linf")
    limit = float(np.median(exact.radius))
    short = knn.certify(X[1::8], method="exact", norm="linf", up_to=limit)
    near = exact.radius < limit * (1 - 1e-9)
    np.testing.assert_allclose(short.radius[near], exact.radius[near], rtol=1e-9)
    assert np.all(short.radius[~near] >= limit * (1 - 1e-9))
