"""The callbacks of scikit-learn 1.9 and newer, which see the iterations of a fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ._progress import Progress

__all__ = ["CallbackSupportMixin", "Iterations", "with_callbacks"]

F = TypeVar("F", bound=Callable[..., Any])

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # before scikit-learn 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing: this scikit-learn has no callbacks."""

    def with_callbacks(method: F) -> F:
        """The method as it is."""
        return method


class Iterations:
    """Tells the callbacks of an estimator the iterations of a fit, as subtasks of it.

    The library reports some ten times a second, so that several iterations may be told at once.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, most: int) -> None:
        self.given = {"estimator": estimator, "X": X, "y": y}
        self.stage = estimator._method
        self.most = most
        self.told = 0
        self.asked_to_stop = False
        begin = getattr(estimator, "_init_callback_context", None)
        self.context: Any = begin(max_subtasks=most) if begin and getattr(estimator, "_skl_callbacks", None) else None
        if self.context is not None:
            self.context.call_on_fit_task_begin(**self.given)

    def beside(self, bar: Progress) -> Progress:
        """A callable that reports to the callbacks and to the bar."""
        if self.context is None:
            return bar

        def report(stage: str, step: int, total: int, value: float) -> None:
            if bar is not None:
                bar(stage, step, total, value)
            if stage == self.stage:
                self._tell(min(step, self.most))

        return report

    def _tell(self, step: int) -> None:
        while self.told < step:
            self.told += 1
            task = self.context.subcontext(task_name=f"iteration {self.told}")
            task.call_on_fit_task_begin(**self.given)
            self.asked_to_stop |= task.call_on_fit_task_end(**self.given)

    def end(self, iterations: int) -> list[str]:
        """Tells the rest, and the end of the fit; returns warnings."""
        if self.context is None:
            return []
        self._tell(min(iterations, self.most))
        self.context.call_on_fit_task_end(**self.given, reconstruction_attributes={})
        return ["a callback asked to stop the fit: no effect; lower max_iter"] if self.asked_to_stop else []
