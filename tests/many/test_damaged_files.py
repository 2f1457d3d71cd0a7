"""Edited or damaged files of this library return their content or raise `FileFormatError`."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aind_session import AindSessionError, FileFormatError, load, offline, sessions, thaw
from aind_session.sources import memory_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world

SOURCES = memory_sources(demo_world())

ODD: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**30, float("inf"), float("nan")),
    *("", "x", "2024", "../..", "\x1b[2J", "\ud800", "{}"),
    *([], {}, [None], [[[]]], {"a": 1}, {"_id": 5}),
]

Place = tuple[Any, ...]


@cache
def _whole(kind: str, folder: Path) -> Any:
    many = sessions(DEMO_SESSION, "behavior_676909_2023-10-24_15-15-50", sources=SOURCES)
    for session in many:  # so that answers of all kinds are known
        _ = (session.docdb, session.modalities, session.raw_data_dir)
    file = folder / f"good.{kind}"
    (many.save if kind == "answers" else many.freeze)(file)
    return json.loads(file.read_text("utf-8"))


def _places(thing: Any, place: Place = ()) -> Iterator[Place]:
    yield place
    if len(place) < 6:
        for key in thing if isinstance(thing, dict) else range(_length(thing)):
            yield from _places(thing[key], (*place, key))


def _length(thing: Any) -> int:
    return len(thing) if isinstance(thing, list) else 0


@st.composite
def _damaged(draw: st.DrawFn, whole: Any) -> Any:
    """Return data with up to three values replaced, removed or duplicated."""
    whole = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from([p for p in _places(whole) if p] or [()]))
        if not place:
            return copy.deepcopy(draw(st.sampled_from(ODD)))
        holder = whole
        for key in place[:-1]:
            holder = holder[key]
        how = draw(st.sampled_from(["replaced", "left out", "doubled"]))
        if how == "left out":
            del holder[place[-1]]
        elif how == "doubled" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[place[-1]]))
        else:
            holder[place[-1]] = copy.deepcopy(draw(st.sampled_from(ODD)))
    return whole


def _use_answers(file: Path) -> None:
    many = load(file, sources=SOURCES)
    repr(many)
    with offline():
        for session in many:
            for ask in (
                lambda s: s.data_assets,
                lambda s: s.docdb,
                lambda s: s.raw_data_dir,
                lambda s: s.modalities,
                lambda s: s.ecephys.sorter.names,
                lambda s: repr(s.explain()),
            ):
                try:
                    ask(session)
                except FileFormatError:
                    raise
                except AindSessionError:  # the file does not contain the answer
                    pass


def _use_lock(file: Path) -> None:
    found = thaw(file, sources=SOURCES)
    repr((found, found.sessions, found.changes))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


@pytest.mark.parametrize(("kind", "use"), [("answers", _use_answers), ("lock", _use_lock)])
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_what_was_damaged_is_read_or_refused_as_such(
    folder: Path, kind: str, use: Any, data: st.DataObject
) -> None:
    file = folder / f"damaged.{kind}"
    damaged = data.draw(_damaged(_whole(kind, folder)))
    file.write_text(json.dumps(damaged), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(FileFormatError):
            use(file)


@pytest.mark.filterwarnings("ignore")  # of stale answers, offline
def test_each_answer_may_be_null_or_is_refused(folder: Path) -> None:
    file = folder / "null.answers"
    whole = _whole("answers", folder)
    for answer in whole["answers"]:
        changed = [{**a, "answer": None} if a is answer else a for a in whole["answers"]]
        file.write_text(json.dumps({**whole, "answers": changed}), encoding="utf-8")
        if answer["question"][0] in ("asset", "read"):  # others would be an empty list
            _use_answers(file)
        else:
            with pytest.raises(FileFormatError):
                _use_answers(file)


@pytest.mark.parametrize(("kind", "use"), [("answers", _use_answers), ("lock", _use_lock)])
@given(end=st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_what_was_cut_short_is_refused(folder: Path, kind: str, use: Any, end: float) -> None:
    text = json.dumps(_whole(kind, folder))
    file = folder / f"cut.{kind}"
    file.write_text(text[: int(end * (len(text) - 1))], encoding="utf-8")
    with pytest.raises(FileFormatError):
        use(file)
