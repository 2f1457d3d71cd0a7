"""After Ctrl-C at any line of the driver, continuing duplicates nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from aind_session import memory_sources, open_ledger, plan_runs
from tests.runs.played import name_of, played_world, sorting

NAMES = [name_of(number) for number in (1, 2, 3)]
POINTS = 40


class _Interrupt:
    """Counts the executed lines of `runs`, and raises at one of them."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.lines = 0

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        if f"{Path('aind_session', 'runs')}" not in frame.f_code.co_filename:
            return None
        return self._line

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            self.lines += 1
            if self.lines == self.at:
                raise KeyboardInterrupt
        return self._line


def _traced(tracer: _Interrupt, call: Callable[[], object]) -> None:
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        call()
    finally:
        sys.settrace(before)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The number of executed lines from the start to the last capture."""
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(played_world()))
    tracer = _Interrupt(at=0)
    file = tmp_path_factory.mktemp("whole") / "runs.jsonl"
    _traced(tracer, lambda: plan.start(file, at_most=2).wait())
    return tracer.lines


@pytest.mark.parametrize("same", [True, False], ids=["the same process", "another"])
@pytest.mark.parametrize("point", range(POINTS))
def test_nothing_is_doubled(lines: int, tmp_path: Path, point: int, *, same: bool) -> None:
    world = played_world()
    sources = memory_sources(world)
    plan = plan_runs(NAMES, sorting(), sources=sources)
    file = tmp_path / "runs.jsonl"
    at = 1 + (lines - 2) * (2 * point + same) // (2 * POINTS)
    begun: list[Any] = []

    def all_of_it() -> None:
        begun.append(plan.start(file, at_most=2))
        begun[0].wait()

    with pytest.raises(KeyboardInterrupt):
        _traced(_Interrupt(at), all_of_it)
    if same and begun:
        runs = begun[0]
    else:
        runs = open_ledger(file, sources=sources) if file.exists() else plan.start(file)
    runs.wait()
    assert [record.state for record in runs.records] == ["captured"] * 3
    assert open_ledger(file).records == runs.records
    assert sum(map(len, world.computations.values())) == 3
    made_of = [(asset.get("provenance") or {}).get("computation") for asset in world.assets]
    captured = [computation for computation in made_of if computation]
    assert len(captured) == len(set(captured)) == 3
