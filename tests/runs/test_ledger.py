"""The ledger: one writer appends, incomplete lines are readable, nothing is overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from aind_session import FileFormatError, LedgerError, memory_sources, open_ledger, plan_runs
from aind_session.runs.ledger import Ledger
from tests.runs.played import name_of, played_world, sorting

NAMES = [name_of(number) for number in (1, 2, 3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with two runs under way."""
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(played_world()))
    plan.start(tmp_path / "runs.jsonl", at_most=2)
    return tmp_path / "runs.jsonl"


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_it_is_for_its_user_alone_and_holds_no_token(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert "cop_" not in path.read_text()
    head = events(path)[0]
    assert (head["format"], head["version"]) == ("aind-session runs", 1)
    assert [e["event"] for e in events(path)][1:5] == ["planned", "planned", "planned", "opened"]


def test_a_start_is_written_before_it_is_sent(path: Path) -> None:
    kinds = [e["event"] for e in events(path)]
    assert kinds.index("start") < kinds.index("started")


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_a_line_without_end_does_not_count(path: Path, cut: int) -> None:
    whole = path.read_bytes()
    assert whole.splitlines()[-1].startswith(b'{"event":"named"')
    last_started = whole.rindex(b'{"event":"started"')
    path.write_bytes(whole[: last_started + cut])
    states = [record.state for record in open_ledger(path, sources=memory_sources(played_world()))]
    assert states == ["running", "unknown", "planned"]
    ledger = Ledger(path)
    for _ in range(2):
        with ledger.writing():
            pass
    assert ledger.state.notes[0].startswith("an unfinished line was dropped")
    assert len(ledger.state.notes) == 1
    assert [row.state for row in Ledger(path).state.rows.values()] == states
    assert path.read_bytes().startswith(whole[: last_started + cut])


@pytest.mark.parametrize("cut", range(1, 12))
def test_so_does_the_note_of_it(path: Path, cut: int) -> None:
    whole = path.read_bytes()
    torn = whole[: whole.rindex(b'{"event":"started"') + 20]
    path.write_bytes(torn)
    ledger = Ledger(path)
    with ledger.writing():
        pass
    fixed = path.read_bytes()
    path.write_bytes(fixed[: len(torn) + 1 + cut])
    again = Ledger(path)
    with again.writing():
        pass
    states = [row.state for row in Ledger(path).state.rows.values()]
    assert states == ["running", "unknown", "planned"]


def test_a_damaged_line_is_an_error_that_names_it(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[6] = b'{"event":"sta\n'
    path.write_bytes(b"".join(lines))
    with pytest.raises(FileFormatError, match=r"line 7.*plan again"):
        open_ledger(path)
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{}", "is not a known event, b'{}' (KeyError: 'event')"),
        (b"[1]", "is not a known event, b'[1]' (KeyError: 'event')"),
        (b'{"event":"dance","key":"k"}', "(KeyError: 'dance')"),
        (b"{" + b"x" * 100 + b"}", f"known event, {b'{' + b'x' * 79!r} (KeyError"),
    ],
)
def test_a_line_that_is_no_event_is_quoted(path: Path, line: bytes, said: str) -> None:
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:6], line, *lines[6:], b""]))
    with pytest.raises(FileFormatError) as caught:
        open_ledger(path)
    text = str(caught.value)
    assert "is damaged, or written by a newer release: line 7 is not a known event" in text
    assert said in text
    assert (
        "started runs continue in Code Ocean; keep the file, and plan again: what runs, "
        "and what was captured, is skipped"
    ) in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no complete line"),
        ("hello\n", "no complete line"),
        ('{"event":"head","format":"x"}\n', "its format is 'x'"),
        (
            '{"event":"head","format":"aind-session runs","version":2}\n',
            "version 2.*pip install --upgrade",
        ),
    ],
)
def test_another_file_is_an_error_that_says_which(
    tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(content)
    with pytest.raises(FileFormatError, match=message):
        open_ledger(file)
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(played_world()))
    with pytest.raises(FileFormatError, match=message):
        plan.start(file)
    assert file.read_text() == content


def test_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        open_ledger(tmp_path / "x.jsonl")


def test_another_plan_is_an_error_and_the_same_one_goes_on(path: Path) -> None:
    before = path.read_bytes()
    world = played_world()
    other = plan_runs(NAMES[:2], sorting(), sources=memory_sources(world))
    with pytest.raises(LedgerError, match=f"{path.name} is the ledger of another plan"):
        other.start(path)
    assert path.read_bytes() == before
    with pytest.raises(LedgerError) as caught:
        open_ledger(path, process=sorting(version=2))
    assert str(caught.value) == f"{path} belongs to another process: its version is None, not 2"


def test_the_same_plan_goes_on_with_its_ledger(tmp_path: Path) -> None:
    world = played_world()
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(world))
    plan.start(tmp_path / "runs.jsonl", at_most=1)
    plan.start(tmp_path / "runs.jsonl", at_most=2).wait()
    assert sum(map(len, world.computations.values())) == 3


HOLD = """
import sys, time
from aind_session.runs.ledger import Ledger
with Ledger(sys.argv[1]).writing():
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_process_writes_and_one_that_is_gone_does_not_count(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        runs = open_ledger(path, sources=memory_sources(played_world()))
        with pytest.raises(LedgerError, match=f"written by process {other.pid} on "):
            runs.step()
        assert len(runs.records) == 3  # reading is possible
        other.kill()
    with Ledger(path).writing():
        assert events(path)[-1]["pid"] == os.getpid()


def test_one_thread_writes_while_others_look(path: Path) -> None:
    runs = open_ledger(path, sources=memory_sources(played_world()))
    ledger = Ledger(path)
    with ledger.writing():
        with pytest.raises(LedgerError, match=f"process {os.getpid()} on"):
            runs.step()
        with pytest.raises(LedgerError), ledger.writing():
            pass

        def look() -> None:
            for _ in range(200):
                ledger.refresh()

        looking = threading.Thread(target=look)
        looking.start()
        for number in range(200):
            ledger.append({"event": "note", "text": str(number)})
        looking.join()
    assert ledger.state.notes == [str(number) for number in range(200)]
    assert Ledger(path).state.notes == ledger.state.notes


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    world = played_world()
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(world))
    with pytest.raises(OSError, match="the ledger cannot be written"):
        plan.start(tmp_path / "none" / "runs.jsonl")
    assert not world.computations


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none")
def test_what_is_no_file_is_an_error_and_hangs_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.jsonl")
    with pytest.raises(FileFormatError, match="is a FIFO"):
        open_ledger(tmp_path / "x.jsonl")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileFormatError, match="is a folder"):
        open_ledger(tmp_path / "folder")


def test_it_is_found_whatever_becomes_of_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = played_world()
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(world))
    monkeypatch.chdir(tmp_path)
    runs = plan.start("runs.jsonl", at_most=1)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "runs.jsonl").write_text("of another")
    runs.wait()
    assert runs.is_done
    assert (tmp_path / "elsewhere" / "runs.jsonl").read_text() == "of another"


def test_under_two_names_it_has_one_writer(path: Path) -> None:
    other = path.with_name("other.jsonl")
    other.symlink_to(path)
    with Ledger(path).writing(), pytest.raises(LedgerError, match="one writer at a time"):
        open_ledger(other, sources=memory_sources(played_world())).step()


@pytest.mark.skipif(sys.platform == "win32", reason="it has no locks of this kind")
def test_a_hard_link_is_no_second_ledger(path: Path) -> None:
    other = path.with_name("other.jsonl")
    os.link(path, other)
    sources = memory_sources(played_world())
    with Ledger(path).writing(), pytest.raises(LedgerError, match="one writer at a time"):
        open_ledger(other, sources=sources).step()
    open_ledger(other, sources=sources).step()


def test_a_link_to_a_file_that_is_not_there_makes_that_file(tmp_path: Path) -> None:
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "runs.jsonl")
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(played_world()))
    runs = plan.start(tmp_path / "link.jsonl", at_most=1)
    assert runs.path == tmp_path / "link.jsonl"
    assert (tmp_path / "link.jsonl").is_symlink()
    states = [record.state for record in open_ledger(tmp_path / "runs.jsonl")]
    assert states == ["running", "planned", "planned"]


def test_a_ledger_that_cannot_be_locked_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / "runs.jsonl.lock").mkdir()
    world = played_world()
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(world))
    with pytest.raises(OSError, match=r"the ledger cannot be locked: .*runs.jsonl.lock"):
        plan.start(tmp_path / "runs.jsonl")
    assert not world.computations


@pytest.mark.parametrize("how", ["replaced", "cut"])
def test_one_that_was_replaced_is_neither_read_on_nor_written(path: Path, how: str) -> None:
    runs = open_ledger(path, sources=memory_sources(played_world()))
    whole = path.read_bytes()
    if how == "replaced":
        beside = path.with_name("new")
        beside.write_bytes(whole)
        os.replace(beside, path)
    else:
        path.write_bytes(whole[: whole.index(b'{"event":"opened"')])
    found = path.read_bytes()
    for call in (runs.step, lambda: runs.records):
        with pytest.raises(LedgerError, match="replaced or truncated since it was opened"):
            call()
    assert path.read_bytes() == found
    assert len(open_ledger(path).records) == 3


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_a_path_that_names_no_file_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="the path of a ledger must name a file, not "):
        open_ledger(name)


def test_a_path_may_be_bytes(path: Path) -> None:
    assert len(open_ledger(os.fsencode(path)).records) == 3  # type: ignore[arg-type]


def test_an_option_that_there_is_not_gets_similar_names(tmp_path: Path) -> None:
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(played_world()))
    with pytest.raises(TypeError, match="'poll_seconds'"):  # in the words of Python 3.13, or ours
        plan.start(tmp_path / "x.jsonl", poll_second=1)
    assert not list(tmp_path.glob("*.jsonl"))


@pytest.mark.parametrize(
    ("about", "value"),
    [
        (("process",), None),
        (("process",), "sorted"),
        (("process", "label"), 5),
        (("process", "judged_by_function"), 1),
        (("process", "capture"), {}),
        (("at_most",), None),
        (("at_most",), True),
        (("at_most",), 0),
        (("process", "capture", "name"), "{subject}"),
        (("process", "capture", "name"), "{}"),
        (("watermark",), []),
        (("watermark", "created"), "now"),
        (("around", "fixed"), None),
        (("listed_by",), None),
    ],
)
def test_a_head_that_lacks_what_is_read_is_an_error(
    path: Path, about: tuple[str, ...], value: Any
) -> None:
    head, *others = path.read_text().splitlines(keepends=True)
    changed = json.loads(head)
    *outer, last = about
    part = changed
    for name in outer:
        part = part[name]
    part[last] = value
    content = "".join([json.dumps(changed) + "\n", *others])
    path.write_text(content)
    with pytest.raises(FileFormatError, match=r"line 1 is not a known event"):
        open_ledger(path)
    assert path.read_text() == content


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("planned", {"session": "nothing"}),
        ("planned", {"labels": {}}),
        ("planned", {"labels": {"tags": "derived", "custom_metadata": {}}}),
        ("start", {"attempt": "1"}),
        ("start", {"watermark": {}}),
        ("start", {"watermark": {"created": 0, "seen": None}}),
        ("started", {"computation": None}),
        ("started", {"computation": 5}),
        ("started", {"event": "adopted", "computation": None}),
        ("started", {"event": "missing", "at": "now"}),
        ("started", {"event": "refused"}),
        ("started", {"event": "drafted"}),
        ("started", {"event": "not_captured", "why": "", "final": 1}),
        ("named", {"attempt": "1"}),
        ("named", {"event": "note", "text": None}),
    ],
)
def test_an_event_that_was_edited_is_an_error_before_anything_is_sent(
    path: Path, kind: str, changed: dict[str, Any]
) -> None:
    lines = list(map(json.loads, path.read_text().splitlines()))
    number = next(n for n, event in enumerate(lines) if event["event"] == kind)
    lines[number] |= changed
    content = "".join(f"{json.dumps(line)}\n" for line in lines)
    path.write_text(content)
    with pytest.raises(FileFormatError, match=rf"line {number + 1} is not a known event"):
        open_ledger(path)
    assert path.read_text() == content


@pytest.mark.parametrize("state", ["planned", "ended", "", None, 5])
def test_an_end_that_there_is_not_is_an_error(path: Path, state: Any) -> None:
    whole = path.read_text()
    key = next(event["key"] for event in events(path) if event["event"] == "started")
    end = {"event": "ended", "key": key, "state": state, "why": "", "at": 1}
    path.write_text(f"{whole}{json.dumps(end)}\n")
    with pytest.raises(FileFormatError, match=r"no run ends as|not of the type"):
        open_ledger(path)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize("room", [0, 20, 200, 600, 1200])
def test_a_disk_that_is_full_amid_the_runs_doubles_none(tmp_path: Path, room: int) -> None:
    import resource

    world = played_world()
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(world))
    file = tmp_path / "runs.jsonl"
    runs = plan.start(file, at_most=1)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + room, before[1]))
    try:
        with pytest.raises(OSError, match=r"the ledger cannot be written.*runs\.jsonl"):
            runs.wait()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(open_ledger(file).records) == 3
    done = open_ledger(file, sources=memory_sources(world)).wait()
    assert [record.state for record in done.records] == ["captured"] * 3
    assert sum(map(len, world.computations.values())) == 3
    made_of = [(asset.get("provenance") or {}).get("computation") for asset in world.assets]
    captured = [computation for computation in made_of if computation]
    assert len(captured) == len(set(captured)) == 3


def test_a_file_without_a_whole_line_is_no_ledger(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"event":"head"')
    with pytest.raises(FileFormatError, match=r": it has no complete line$"):
        open_ledger(file)
