"""How a fit ended."""

from __future__ import annotations

from dataclasses import dataclass


class HoldfastWarning(UserWarning):
    """A warning about the data or the options."""


@dataclass(frozen=True)
class Termination:
    """Why the iterations of a fit ended, and where."""

    reason: str
    """In words; "closed form" if there are no iterations."""
    converged: bool
    iterations: int
    evaluations: int
    """Evaluations of the objective and its gradient."""
    objective: float
    """At the end."""
    objective_at_start: float
