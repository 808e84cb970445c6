"""Progress bars of long work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Optional

Progress = Optional[Callable[[str, int, int, float], None]]
"""Called with the stage, the step, the number of steps (0 if unknown) and the objective (0 if there is none)."""


@contextmanager
def progress_bar(verbose: bool) -> Iterator[Progress]:
    """A callable that draws a bar of the present stage with tqdm; None if `verbose` is false."""
    if not verbose:
        yield None
        return
    from tqdm.auto import tqdm

    bar: Any = None
    shown = ("", 0)

    def show(stage: str, step: int, total: int, value: float) -> None:
        nonlocal bar, shown
        if bar is not None and shown != (stage, total):
            bar.close()
            bar = None
        if bar is None:
            shown = (stage, total)
            bar = tqdm(total=total or None, desc=stage, leave=False)
        bar.n = step
        if value:
            bar.set_postfix(objective=f"{value:.6g}", refresh=False)
        bar.refresh()

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()
