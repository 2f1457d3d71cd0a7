"""Every argument of a kind with values of other kinds: an error that says what was expected.

A function, a path, a flag, a number of seconds, a mapping, sources, a process: an argument of
another kind is refused before any request is sent, never taken for something else.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aind_session
from aind_session import Process, Session, Sessions, Sources, World, sessions, use_sources
from aind_session.sources import default_sources, memory_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.testing import FakeAIND
from tests.behaviour.test_bad_input import ASSET, PIPELINE, counted

Ask = Callable[[Any], object]

SORTING = Process("sorted", pipeline=PIPELINE)


def many() -> Sessions:
    return sessions(DEMO_SESSION)


def session() -> Session:
    return Session(DEMO_SESSION)


def refused(ask: Ask, bad: Any) -> str:
    """Return the class and message of the error; nothing may be requested before it."""
    asked: list[str] = []
    with use_sources(counted(asked)), pytest.raises((TypeError, ValueError)) as caught:
        ask(bad)
    assert asked == []
    return f"{caught.type.__name__}: {caught.value}"


FUNCTIONS: dict[str, Ask] = {
    "fits": lambda bad: many().only(bad),
    "the function to call": lambda bad: many().each(bad),
    "the function to call ": lambda bad: many().map(bad),
    "a clock": lambda bad: memory_sources(World(), clock=bad),
}


@pytest.mark.parametrize(
    "bad", [None, "", "id", b"x", 0, True, math.nan, [], ["id"], {}, session()]
)
@pytest.mark.parametrize("what", FUNCTIONS)
def test_a_function_is_something_that_can_be_called(what: str, bad: Any) -> None:
    said = refused(FUNCTIONS[what], bad)
    assert said == f"TypeError: {what.strip()} must be a function, not {bad!r}"


def test_the_error_of_a_function_is_its_own() -> None:
    with use_sources(memory_sources(demo_world())), pytest.raises(ZeroDivisionError):
        many().only(lambda one: 1 // len(one.id[:0]) > 0)


@pytest.mark.parametrize("bad", ["dask", 4, True, [], os])
def test_an_executor_can_submit(bad: Any) -> None:
    said = refused(lambda executor: many().map(len, executor), bad)  # type: ignore[arg-type]
    assert "an executor must have a method `submit`" in said
    assert said.endswith(f"not {bad!r}")


PATHS: dict[str, Ask] = {
    "saved collection": aind_session.load,
    "saved collection ": lambda bad: many().save(bad),
    "lock file": aind_session.thaw,
    "lock file ": lambda bad: many().freeze(bad),
    "ledger": aind_session.open_ledger,
    "fake": FakeAIND.from_file,
}


@pytest.mark.parametrize("bad", [None, 0, 3, True, 1.5, math.nan, [], ["x"], {}, int, session()])
@pytest.mark.parametrize("what", PATHS)
def test_a_path_is_text_or_a_path(what: str, bad: Any) -> None:
    said = refused(PATHS[what], bad)
    assert said == (
        f"TypeError: the path of a {what.strip()} must be text or a local path, not {bad!r}"
    )


@pytest.mark.parametrize("bad", ["", " ", "a\0b"])
@pytest.mark.parametrize("what", PATHS)
def test_a_path_names_a_file(what: str, bad: str) -> None:
    said = refused(PATHS[what], bad)
    assert said == f"ValueError: the path of a {what.strip()} must name a file, not {bad!r}"


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_a_path_may_be_text_bytes_or_a_path(tmp_path: Path, kind: Callable[[Any], Any]) -> None:
    path = kind(tmp_path / "mice.json")
    with use_sources(memory_sources(demo_world())):
        many().save(path)
        assert aind_session.load(path) == many()


def flagged(function: Callable[..., object], name: str, *args: Any, **more: Any) -> Ask:
    return lambda bad: function(*args, **more, **{name: bad})


def asked_of_session(method: str, name: str, **more: Any) -> Ask:
    return lambda bad: getattr(session(), method)(**more, **{name: bad})


FLAGS: dict[str, Ask] = {
    "strict": flagged(sessions, "strict", DEMO_SESSION),
    "progress": flagged(Sessions, "progress", [DEMO_SESSION]),
    "overwrite": lambda bad: many().freeze("paper.lock", overwrite=bad),
    "dry_run": flagged(aind_session.archive_assets, "dry_run", ASSET),
    "dry_run ": flagged(aind_session.share_assets, "dry_run", ASSET, "viewer"),
    "archived": flagged(aind_session.archive_assets, "archived", ASSET),
}
OPTIONAL_FLAGS: dict[str, Ask] = {
    "check_files": flagged(aind_session.wait_until_ready, "check_files", ASSET),
    "share_inputs": flagged(aind_session.share_assets, "share_inputs", ASSET),
    "is_computation": flagged(aind_session.get_codeocean_model, "is_computation", ASSET),
    "has_results": flagged(aind_session.search_computations, "has_results", PIPELINE),
    "in_progress": flagged(aind_session.search_computations, "in_progress", PIPELINE),
}


@pytest.mark.parametrize("bad", ["", "no", "False", b"", 2, -1, 0.5, math.nan, [], {}, session()])
@pytest.mark.parametrize("what", [*FLAGS, *OPTIONAL_FLAGS])
def test_a_flag_is_true_or_false(what: str, bad: Any) -> None:
    said = refused({**FLAGS, **OPTIONAL_FLAGS}[what], bad)
    assert said == f"TypeError: {what.strip()} must be True or False, not {bad!r}"


@pytest.mark.parametrize("what", FLAGS)
def test_a_missing_flag_is_not_false(what: str) -> None:
    said = refused(FLAGS[what], None)
    assert said == f"TypeError: {what.strip()} must be True or False, not None"


def test_a_missing_value_or_an_array_is_no_flag() -> None:
    pd = pytest.importorskip("pandas")
    for bad in (pd.NA, pd.NaT, np.array([True, False]), np.array([1]), pd.Series([True])):
        assert "dry_run must be True or False, not " in refused(FLAGS["dry_run"], bad)


@pytest.mark.parametrize("truth", [True, 1, np.bool_(True), np.int64(1)])
def test_a_flag_may_come_from_numpy_or_be_a_number(truth: Any) -> None:
    plan = aind_session.archive_assets(ASSET, truth, dry_run=truth)
    assert plan.to_dict() == aind_session.archive_assets(ASSET, dry_run=True).to_dict()


SECONDS: dict[str, Ask] = {
    "timeout": flagged(aind_session.wait_until_ready, "timeout", ASSET),
    "timeout ": flagged(aind_session.wait_until_completed, "timeout", ASSET),
    "polling_interval": flagged(aind_session.wait_until_ready, "polling_interval", ASSET),
    "polling_interval ": flagged(aind_session.wait_until_completed, "polling_interval", ASSET),
    "wait": flagged(aind_session.attach, "wait", ASSET, PIPELINE),
    "cache_seconds": flagged(memory_sources, "cache_seconds", World()),
    "seconds": aind_session.get_ttl_hash,
    "start": aind_session.PlayedClock,
}


@pytest.mark.parametrize("bad", ["1", "", b"1", True, np.bool_(True), [], [1], {}, session()])
@pytest.mark.parametrize("what", SECONDS)
def test_seconds_are_a_number(what: str, bad: Any) -> None:
    said = refused(SECONDS[what], bad)
    assert said == f"TypeError: {what.strip()} must be a number of seconds, not {bad!r}"


@pytest.mark.parametrize("bad", [-1, -0.5, math.nan, -math.inf, -(10**400)])
@pytest.mark.parametrize("what", SECONDS)
def test_seconds_are_not_negative_or_missing(what: str, bad: Any) -> None:
    said = refused(SECONDS[what], bad)
    assert said.startswith(f"ValueError: {what.strip()} must be 0 seconds or more, not ")


@pytest.mark.parametrize("seconds", [0, 1.5, np.int64(3), np.float32(2), math.inf, 10**400])
def test_a_wait_may_be_any_number_and_endless(seconds: Any) -> None:
    with use_sources(memory_sources(demo_world())):
        asset = aind_session.wait_until_ready(ASSET, timeout=seconds, polling_interval=0)
    assert asset.id == ASSET


WITH_SOURCES: dict[str, Ask] = {
    "Session": lambda bad: Session(DEMO_SESSION, sources=bad).raw_data_asset,
    "sessions": lambda bad: sessions(DEMO_SESSION, sources=bad).raw_data_assets,
    "Subject": lambda bad: aind_session.Subject(676909, sources=bad).sessions,
    "search": lambda bad: aind_session.search(subject=676909, sources=bad),
    "asset_dir": lambda bad: aind_session.asset_dir(ASSET, "s3", sources=bad),
    "search_computations": lambda bad: aind_session.search_computations(PIPELINE, sources=bad),
    "doctor": lambda bad: aind_session.doctor(sources=bad),
    "archive_assets": lambda bad: aind_session.archive_assets(ASSET, sources=bad),
    "Plan.send": lambda bad: aind_session.archive_assets(ASSET, dry_run=True).send(bad),
    "use_sources": lambda bad: aind_session.use_sources(bad),
}


@pytest.mark.parametrize(
    "bad", ["", "table", 0, False, [], {}, FakeAIND(), World(), Sources, memory_sources]
)
@pytest.mark.parametrize("what", WITH_SOURCES)
def test_sources_are_sources(what: str, bad: Any) -> None:
    said = refused(WITH_SOURCES[what], bad)
    assert said.startswith("TypeError: sources must be of the class Sources, not ")
    assert said.endswith(
        ": memory_sources(world) makes them from data, and a FakeAIND has them as .sources"
    )


def test_what_is_not_used_as_sources_leaves_none_behind() -> None:
    with use_sources(memory_sources(demo_world())) as outer:
        with pytest.raises(TypeError, match="sources must be of the class Sources"):
            aind_session.use_sources(World())  # type: ignore[arg-type]
        assert session().raw_data_asset.id == ASSET
        assert default_sources() is outer


@pytest.mark.parametrize("bad", [None, "", "world", 0, [], {}, World, FakeAIND()])
def test_a_world_is_a_world(bad: Any) -> None:
    said = refused(memory_sources, bad)
    assert said.startswith("TypeError: a world must be of the class World, not ")


def test_one_bucket_is_not_read_letter_by_letter() -> None:
    for buckets in ("aind-ephys-data", ["aind-ephys-data"], ("aind-ephys-data",)):
        chosen = memory_sources(demo_world(), buckets=buckets)  # type: ignore[arg-type]
        assert tuple(chosen.storage.buckets) == ("aind-ephys-data",)
    for bad in (0, [None], {1}):
        assert "a bucket must be text, not " in refused(
            lambda bad: memory_sources(World(), buckets=bad), bad
        )


@pytest.mark.parametrize("bad", ["", "a@b.org", 0, True, [], [("a@b.org", "viewer")], session()])
@pytest.mark.parametrize("what", ["users", "groups"])
def test_roles_are_a_mapping(what: str, bad: Any) -> None:
    said = refused(flagged(aind_session.share_assets, what, ASSET, "viewer"), bad)
    assert said == f"TypeError: {what} must be a mapping, such as a dict, not {bad!r}"


PROCESSES: dict[str, Ask] = {
    "session.plan_runs": lambda bad: session().plan_runs(bad),
    "many.plan_runs": lambda bad: many().plan_runs(bad),
}


@pytest.mark.parametrize("bad", [None, "", "sorted", PIPELINE, 0, Process, {}, session()])
@pytest.mark.parametrize("what", PROCESSES)
def test_a_process_is_a_process(what: str, bad: Any) -> None:
    said = refused(PROCESSES[what], bad)
    assert said.startswith(f"TypeError: a process must be of the class Process, not {bad!r}: ")


@pytest.mark.parametrize("bad", [None, "", DEMO_SESSION, 0, Session, Process, {}])
def test_a_process_is_bound_to_a_session(bad: Any) -> None:
    said = refused(lambda bad: aind_session.BoundProcess(bad, SORTING), bad)
    assert said == f"TypeError: a process is bound to a session, not to {bad!r}"
    said = refused(lambda bad: aind_session.BoundProcess(session(), bad), bad)
    assert said == f"TypeError: a session is bound to a `Process`, not to {bad!r}"


@pytest.mark.parametrize("bad", ["2", 1.5, True, math.nan, [], b"1"])
def test_a_version_is_a_number(bad: Any) -> None:
    said = refused(lambda bad: Process("a", pipeline=PIPELINE, version=bad), bad)
    assert said == f"TypeError: a version must be a whole number, not {bad!r}"


@pytest.mark.parametrize("bad", [0, -1])
def test_a_version_is_at_least_one(bad: int) -> None:
    said = refused(lambda bad: Process("a", pipeline=PIPELINE, version=bad), bad)
    assert said == f"ValueError: a version must be 1 or more, not {bad}"


def test_a_version_from_numpy_can_be_sent() -> None:
    assert type(Process("a", pipeline=PIPELINE, version=np.int64(3)).version) is int  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "names", [["sorted", "nwb"], ("sorted", "nwb"), np.array(["sorted", "nwb"])]
)
def test_a_matrix_takes_names_or_a_list_of_them(names: Any) -> None:
    with use_sources(memory_sources(demo_world())):
        assert many().matrix(names) == many().matrix("sorted", "nwb")
        assert many().matrix(names).columns == ("sorted", "nwb")


@pytest.mark.parametrize("bad", [0, True, math.nan, b"nwb", [None], session()])
def test_a_process_in_a_matrix_is_text(bad: Any) -> None:
    with use_sources(memory_sources(demo_world())):
        with pytest.raises(TypeError, match="a process must be text, not "):
            many().matrix(bad)
        with pytest.raises(TypeError, match="a process must be text, not "):
            many().lacking(bad)


@pytest.mark.parametrize("bad", [[], (), set(), iter(())])
def test_an_analysis_without_assets_is_not_frozen(tmp_path: Path, bad: Any) -> None:
    with (
        use_sources(memory_sources(demo_world())),
        pytest.raises(ValueError, match=r"^no data asset was passed to freeze"),
    ):
        many().freeze(tmp_path / "paper.lock", bad)
    assert not (tmp_path / "paper.lock").exists()


def test_the_id_of_one_asset_is_not_read_letter_by_letter(tmp_path: Path) -> None:
    with use_sources(memory_sources(demo_world())):
        many().freeze(tmp_path / "one.lock", ASSET)
        many().freeze(tmp_path / "list.lock", [ASSET])
        one, listed = (
            aind_session.thaw(tmp_path / f"{name}.lock").assets for name in ("one", "list")
        )
    assert one == listed
    assert [asset.id for assets in one.values() for asset in assets] == [ASSET]


@pytest.mark.parametrize("bad", [None, "", "x", 0, b"x", session().id])
def test_an_asset_outside_a_lineage_has_no_inputs_there(bad: Any) -> None:
    with use_sources(memory_sources(demo_world())):
        lineage = session().lineage()
        for ask in (lineage.inputs, lineage.outputs):
            with pytest.raises((TypeError, ValueError)):
                ask(bad)


@pytest.mark.parametrize("bad", [True, False, None, "1", 1.0])
def test_a_run_is_not_stopped_by_a_flag(tmp_path: Path, bad: Any) -> None:
    with use_sources(memory_sources(demo_world())):
        runs = session().plan_runs(SORTING, skip=()).start(tmp_path / "runs.jsonl")
        with pytest.raises(aind_session.PlanError, match=r"^1 run of .* is under way"):
            runs.stop(confirm=bad)
        assert [record.state for record in runs.stop(confirm=1).records] == ["stopped"]


@pytest.mark.parametrize(
    ("kind", "near"),
    [
        ("vidoes", "'behavior_videos'"),
        ("video", "'behavior_videos' or 'video_metadata'"),
        ("setting", "'settings'"),
        ("NWB", "'nwb'"),
    ],
)
def test_a_misspelled_kind_of_file_is_refused_with_the_kinds_and_the_nearest(
    kind: str, near: str
) -> None:
    for ask in (session().files, lambda kind: aind_session.asset_files(ASSET, kind)):
        said = refused(ask, kind)
        assert said.startswith("ValueError: a kind of file must be 'analyzers', 'behavior', ")
        assert said.endswith(f"not '{kind}'; near: {near}")


def test_the_position_of_a_session_is_found_by_anything_that_names_it() -> None:
    with use_sources(memory_sources(demo_world())):
        found = sessions(676909)
        for name in (DEMO_SESSION, f"/data/{DEMO_SESSION}", session(), found[2].raw_data_asset):
            assert found.index(name) == 2
            assert found.count(name) == 1
        others: tuple[Any, ...] = (None, "", "x", 0, True, math.nan, [], np.array([1, 2]))
        for bad in others:
            with pytest.raises(ValueError, match="is not one of the 4 sessions"):
                found.index(bad)
            assert found.count(bad) == 0
