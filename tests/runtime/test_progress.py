"""The progress bar appears in a terminal, for long tasks only."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import threading
import time
from contextlib import redirect_stderr

import pytest

from aind_session.runtime.progress import Progress

LONGER_THAN_THE_DELAY = 2.1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(file: io.StringIO, total: int = 3, *, shown: bool = True, seconds: float = 0) -> str:
    """Return what a bar draws after one more step is added, and then two are done."""
    with redirect_stderr(file), Progress(total, "raw data assets", shown=shown) as bar:
        bar.grow(1, 0)
        time.sleep(seconds)
        bar.grow(0, 1)
        bar.advance()
    return file.getvalue()


def test_what_takes_long_is_shown_in_a_terminal() -> None:
    bar = drawn(Terminal(), seconds=LONGER_THAN_THE_DELAY)
    assert "raw data assets:  25%" in bar
    assert "1/4" in bar


def test_nothing_is_shown_where_the_output_was_closed() -> None:
    file = Terminal()
    file.close()
    with redirect_stderr(file), Progress(3, "raw data assets", shown=True) as bar:
        bar.advance()


def test_what_is_quick_is_not_shown() -> None:
    assert drawn(Terminal()) == ""


def test_a_file_gets_no_bar() -> None:
    assert drawn(io.StringIO(), seconds=LONGER_THAN_THE_DELAY) == ""


@pytest.mark.parametrize(("total", "shown"), [(1, True), (3, False)])
def test_one_session_or_a_user_who_wants_none_gets_no_bar(total: int, shown: bool) -> None:
    assert drawn(Terminal(), total, shown=shown, seconds=LONGER_THAN_THE_DELAY) == ""


def test_a_notebook_without_widgets_gets_no_warning() -> None:
    code = (
        "import sys, warnings; warnings.simplefilter('error')\n"
        "sys.modules['ipywidgets'] = None\n"
        "from aind_session.runtime.progress import _bar_class\n"
        "print(_bar_class().__module__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bar_starts_no_thread() -> None:
    before = set(threading.enumerate())
    file = Terminal()
    with redirect_stderr(file), Progress(3, "raw data assets", shown=True) as bar:
        time.sleep(LONGER_THAN_THE_DELAY)
        bar.advance()
        assert set(threading.enumerate()) == before
    assert "1/3" in file.getvalue()


def test_the_time_of_a_bar_counts_from_the_start() -> None:
    bar = drawn(Terminal(), seconds=LONGER_THAN_THE_DELAY)
    assert re.search(r"1/4 \[00:0[2-9]<", bar)


def test_what_ends_after_the_bar_draws_nothing() -> None:
    file = Terminal()
    with redirect_stderr(file):
        with Progress(3, "raw data assets", shown=True) as bar:
            bar.advance()
        time.sleep(LONGER_THAN_THE_DELAY)
        bar.advance()
    assert file.getvalue() == ""


def test_what_is_quick_imports_no_bar() -> None:
    code = (
        "import sys\n"
        "from aind_session.runtime.progress import Progress\n"
        "with Progress(2, 'raw data assets', shown=True) as bar: bar.advance()\n"
        "print('tqdm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
