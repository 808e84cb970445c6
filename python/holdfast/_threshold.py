"""Thresholds of distances, up to which pairs count as similar, by the strategies of metric-learn."""

from __future__ import annotations

import numbers
from collections.abc import Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._arrays import Floats
from ._checks import shown
from ._errors import InputError

STRATEGIES = ("accuracy", "f_beta", "max_tpr", "max_tnr")


def check_strategy(strategy: Any = "accuracy", min_rate: Any = None, beta: Any = 1.0) -> None:
    """InputError for a strategy that does not exist, or whose parameter is out of bounds."""
    if strategy not in STRATEGIES:
        names = ", ".join(f'"{name}"' for name in STRATEGIES)
        raise InputError(f"strategy {shown(strategy)}: must be one of {names}")
    if strategy == "f_beta" and not isinstance(beta, numbers.Real):
        raise InputError(f"beta {shown(beta)}: must be a number")
    if strategy in ("max_tpr", "max_tnr") and not (isinstance(min_rate, numbers.Real) and 0 <= float(min_rate) <= 1):
        raise InputError(f'min_rate {shown(min_rate)}: must be a number from 0 to 1 for the strategy "{strategy}"')


def require_both_kinds(similar: Sized, dissimilar: Sized) -> None:
    """InputError if there is no pair of a kind: no threshold tells one from the other then."""
    for name, pairs in (("similar", similar), ("dissimilar", dissimilar)):
        if len(pairs) == 0:
            raise InputError(f"there is no {name} pair; give pairs of both kinds")


def best_threshold(
    similar: Floats, dissimilar: Floats, strategy: str = "accuracy", min_rate: float | None = None, beta: float = 1.0
) -> float:
    """The threshold that is best by the strategy for pairs at these distances.

    Of thresholds that are equally good, "accuracy" takes the smallest, "f_beta" the largest, and the others that with
    the best other rate.
    """
    check_strategy(strategy, min_rate, beta)
    require_both_kinds(similar, dissimilar)
    if strategy == "accuracy":
        return _core.best_threshold(similar.tolist(), dissimilar.tolist())
    steps = np.unique(np.concatenate([similar, dissimilar]))
    # After 0, 1, 2, ... of the distinct distances are accepted.
    accepted, wrong = (
        np.concatenate([[0], np.searchsorted(np.sort(kind), steps, side="right")]) for kind in (similar, dissimilar)
    )
    rates = accepted / len(similar), 1.0 - wrong / len(dissimilar)
    if strategy == "f_beta":
        found = accepted + wrong
        score = (1 + beta**2) * accepted / np.maximum(beta**2 * len(similar) + found, 1)
        best = len(score) - 1 - int(np.argmax(score[::-1]))
    else:
        best = _best_rate(*(rates if strategy == "max_tpr" else rates[::-1]), float(min_rate or 0.0))
    return _between(steps, best)


def _best_rate(rate: Floats, other: Floats, least: float) -> int:
    """Where the rate is largest among the places whose other rate is at least `least`; of these, where the other is."""
    places: NDArray[np.intp] = np.flatnonzero(other >= least)
    places = places[rate[places] == rate[places].max()]
    return int(places[np.argmax(other[places])])


def _between(steps: Floats, accepted: int) -> float:
    """The threshold that accepts the first `accepted` distinct distances: halfway to the next one, as the library's."""
    if accepted == 0:
        return float(0.5 * steps[0] if steps[0] > 0 else np.nextafter(0.0, -1.0))
    if accepted == len(steps):
        return float(steps[-1])
    below, above = steps[accepted - 1], steps[accepted]
    middle = 0.5 * (below + above)
    return float(middle if middle < above else below)
