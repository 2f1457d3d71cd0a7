"""A progress bar after two seconds, in a terminal or a notebook; never written to a file."""

from __future__ import annotations

import sys
import threading
import time
import warnings
from importlib.util import find_spec
from types import TracebackType
from typing import Any

_DELAY_SECONDS = 2.0


class Progress:
    """A progress bar that counts finished steps.

    Parameters
    ----------
    total
        How many steps are known at the start.
    name
        The label of the bar.
    shown
        Whether to show a bar at all.
    """

    def __init__(self, total: int, name: str, *, shown: bool) -> None:
        self._total = total
        self._done = 0
        self._name = name
        self._shown = shown
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._bar: Any = None

    def __enter__(self) -> Progress:
        is_open = not getattr(sys.stderr, "closed", False)
        self._shown = self._shown and self._total > 1 and is_open
        self._started = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._shown = False  # steps that end later draw nothing
            if self._bar is not None:
                self._bar.close()

    def advance(self) -> None:
        """Count one finished step."""
        self.grow(0, 1)

    def grow(self, more: int, done: int) -> None:
        """Add steps to do, and finished ones."""
        with self._lock:
            if not self._shown:
                return
            self._total += more
            self._done += done
            passed = time.monotonic() - self._started
            if self._bar is None and passed >= _DELAY_SECONDS:
                self._bar = self._made(passed)
            if self._bar is not None:
                self._bar.total = self._total
                self._bar.update(self._done - self._bar.n)

    def _made(self, passed: float) -> Any:
        """Make the bar late, since importing tqdm takes as long as many quick questions."""
        # disable=None hides the bar where the output is not a terminal (a notebook with widgets
        # counts as one). miniters=1 lets tqdm draw each step, so its monitor thread, which
        # corrects bars that skip steps, is not needed
        bar = _bar_class()(
            total=self._total,
            desc=self._name,
            delay=_DELAY_SECONDS,
            disable=None,
            leave=False,
            miniters=1,
        )
        if not bar.disable:  # the time and the rate that it shows count from the start
            bar.start_t -= passed
            bar.last_print_t -= passed
        return bar


def _bar_class() -> Any:
    """Import tqdm's class for notebooks or terminals. It takes 50 ms, so only when a bar is shown.

    The class for notebooks needs ipywidgets; without them, tqdm shows a red warning. tqdm's monitor
    thread is switched off, because it cannot start while the interpreter shuts down.
    """
    if find_spec("ipywidgets") is None:
        from tqdm import tqdm as bar
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # from widgets that are installed but do not work
            from tqdm.auto import tqdm as bar
    return type("Bar", (bar,), {"monitor_interval": 0, "__module__": bar.__module__})
