"""A bar for what takes longer than two seconds; in a terminal or a notebook, never in a file."""

from __future__ import annotations

import threading
import warnings
from importlib.util import find_spec
from types import TracebackType
from typing import Any

_DELAY_SECONDS = 2.0


class Progress:
    """Counts what is done of what is to do.

    Parameters
    ----------
    total
        How much is known to do.
    name
        What the bar says.
    shown
        Whether there is a bar at all.
    """

    def __init__(self, total: int, name: str, *, shown: bool) -> None:
        self._total = total
        self._name = name
        self._shown = shown
        self._lock = threading.Lock()
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if self._shown and self._total > 1:
            # disable=None: off where the output is not a terminal; a notebook with widgets is one.
            # miniters: each step may be drawn, so that tqdm's own thread, which corrects a bar
            # that skips steps, is not needed
            self._bar = _bar_class()(
                total=self._total,
                desc=self._name,
                delay=_DELAY_SECONDS,
                disable=None,
                leave=False,
                miniters=1,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self) -> None:
        """Note that one thing is done."""
        self.grow(0, 1)

    def grow(self, more: int, done: int) -> None:
        """Note that there is more to do, or that something is done."""
        if self._bar is None:
            return
        with self._lock:
            self._bar.total += more
            self._bar.update(done)


def _bar_class() -> Any:
    """Import the bar that suits: 50 ms, and one session needs none.

    The one for notebooks needs ipywidgets. Without these it would warn, in red, instead. Either
    goes without tqdm's own thread, which cannot start any more while the interpreter ends.
    """
    if find_spec("ipywidgets") is None:
        from tqdm import tqdm as bar
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of widgets that are there and do not work
            from tqdm.auto import tqdm as bar
    return type("Bar", (bar,), {"monitor_interval": 0, "__module__": bar.__module__})
