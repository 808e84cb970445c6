"""How a fit ended."""

from __future__ import annotations

from dataclasses import dataclass


class HoldfastWarning(UserWarning):
    """Something in the data or the options that a user should know of."""


@dataclass(frozen=True)
class Termination:
    """Why the iterations of a fit ended, and where."""

    reason: str
    """In words; "closed form" where there are no iterations."""
    converged: bool
    iterations: int
    evaluations: int
    """Of the objective and its gradient."""
    objective: float
    """At the end."""
    objective_at_start: float
