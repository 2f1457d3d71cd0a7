"""Many sessions: named in any way, asked together, each with an answer or a note."""

from __future__ import annotations

import concurrent.futures
import datetime
import operator
import pickle
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import polars as pl
import pytest
from benchmarks.world import benchmark_world, many_names

from aind_session import (
    AccessDenied,
    Failed,
    LeftOutWarning,
    Missing,
    NotFoundError,
    NotInTableError,
    OddAnswerWarning,
    Session,
    SessionIdError,
    Sessions,
    SourceDown,
    SourceDownWarning,
    Subject,
    demo,
    get_sessions,
    memory_sources,
    sessions,
)
from aind_session.many.parcels import Parcel, call_each
from aind_session.sources import remote_sources, use_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.nightly import BUCKET, add_tables
from tests.platform import QUIET, Platform
from tests.worlds import empty_world, record, record_v2

NAMES = ["ecephys_700001_2024-01-02_00-00-00", "ecephys_700001_2024-01-01_00-00-00"]


class TestNaming:
    def test_names_paths_and_objects_are_taken_in_their_order_each_once(self) -> None:
        many = sessions(
            [NAMES[0], f"/data/{NAMES[1]}/behavior"], Session(DEMO_SESSION), f"s3://b/{NAMES[0]}"
        )
        assert [s.id for s in many] == [NAMES[0], NAMES[1], DEMO_SESSION]

    @pytest.mark.parametrize(
        "column", [pd.Series(NAMES), pl.Series(NAMES), tuple(NAMES), iter(NAMES)]
    )
    def test_columns_of_tables_are_taken(self, column: object) -> None:
        assert [s.id for s in sessions(column)] == NAMES

    def test_the_class_takes_what_the_function_takes(self) -> None:
        assert Sessions(NAMES) == Sessions(Session(name) for name in NAMES) == sessions(NAMES)
        with pytest.raises(SessionIdError, match="nothing"):
            Sessions(["nothing"])

    def test_a_whole_table_is_refused_with_its_columns(self) -> None:
        with pytest.raises(TypeError, match="session_id, day"):
            sessions(pd.DataFrame({"session_id": NAMES, "day": [1, 2]}))

    def test_text_without_a_session_is_left_out_with_a_warning(self) -> None:
        with pytest.warns(LeftOutWarning, match=r"1 left out.*'nothing'"):
            assert len(sessions([*NAMES, "nothing"])) == 2

    def test_text_without_a_session_is_an_error_when_strict_or_when_it_is_all(self) -> None:
        with pytest.raises(SessionIdError, match="nothing"):
            sessions([*NAMES, "nothing"], strict=True)
        with pytest.raises(SessionIdError, match="nil"):
            sessions(["nothing", "nil"])

    def test_none_gives_an_empty_collection(self) -> None:
        assert len(sessions()) == len(sessions([])) == 0
        assert sessions().raw_data_assets.notes == {}

    def test_subjects_give_their_sessions(self, serve: Serve) -> None:
        sources = serve(benchmark_world(2, 3))
        many = sessions(700001, Subject("700002"), sources=sources)
        assert [s.id for s in many] == many_names(2, 3)
        assert [s.id for s in many.subjects] == ["700001", "700002"]

    def test_get_sessions_takes_several_subjects(self, serve: Serve) -> None:
        sources = serve(benchmark_world(2, 3))
        many = get_sessions(subject_ids=[700001, "700002"], date="2024-01-02", sources=sources)
        assert isinstance(many, Sessions)
        assert [s.id for s in many] == [n for n in many_names(2, 3) if "2024-01-02" in n]
        with pytest.raises(TypeError, match="one subject or several"):
            get_sessions()  # type: ignore[call-overload]


class TestAsASet:
    def test_operators_keep_order_and_members(self) -> None:
        a, b = sessions(NAMES), sessions([DEMO_SESSION, NAMES[1]])
        assert [s.id for s in a + b] == [s.id for s in a | b] == [*NAMES, DEMO_SESSION]
        assert [s.id for s in a & b] == [NAMES[1]]
        assert [s.id for s in a - b] == [NAMES[0]]
        assert a[1:] == sessions(NAMES[1])
        assert a[0] == Session(NAMES[0])
        assert Session(NAMES[1]) in a
        assert len({a, sessions(NAMES), a[::-1]}) == 2

    def test_pickling_carries_names_alone(self) -> None:
        sources = memory_sources(demo_world())
        many = sessions(DEMO_SESSION, NAMES, sources=sources)
        _ = many.data_assets
        packed = pickle.dumps(many)
        assert pickle.loads(packed) == many
        assert len(packed) < 1000

    def test_what_was_chosen_travels(self) -> None:
        when = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
        many = Sessions([Session(NAMES[0])], strict=True, progress=False, as_of=when)
        travelled = pickle.loads(pickle.dumps(many))
        assert (travelled.strict, travelled.progress, travelled.as_of) == (True, False, when)

    def test_a_part_knows_what_the_whole_knew(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(benchmark_world(2, 3))
        many = sessions(many_names(2, 3), sources=remote_sources())
        _ = many.data_assets
        platform.forget()
        assert len(many[2:4].data_assets) == 2
        assert len((many[:1] + many[3:]).data_assets) == 4
        assert platform.count() == 0


class TestCost:
    @pytest.fixture(autouse=True)
    def patient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A slow machine changes neither the waiting nor the counts."""
        monkeypatch.setenv("AIND_SESSION_PATIENCE_SECONDS", "600")

    def ask_all(self, many: Sessions) -> None:
        assert len(many.raw_data_assets) == len(many)
        assert len(many.raw_data_dirs) == len(many)
        assert len(many.sorted_data_assets) == len(many)

    def test_forty_sessions_of_five_subjects(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(benchmark_world(5, 8), quiet=QUIET)
        many = sessions(many_names(5, 8), sources=remote_sources())
        assert platform.count() == 0
        self.ask_all(many)
        assert platform.count() <= 20
        assert platform.steps() <= 2

    def test_eight_hundred_sessions_of_a_hundred_subjects(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(benchmark_world(100, 8))
        many = sessions(many_names(100, 8), sources=remote_sources())
        self.ask_all(many)
        assert platform.count() <= 220

    def test_looping_over_members_costs_no_more(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(benchmark_world(5, 8))
        for session in sessions(many_names(5, 8), sources=remote_sources()):
            assert session.raw_data_asset.name == session.id
            assert session.raw_data_dir.name == session.id
        assert platform.count() <= 20

    def test_never_more_at_a_time_than_the_setting_says(
        self, stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        platform = stand_in(benchmark_world(10, 1), latency=0.02)
        monkeypatch.setenv("AIND_SESSION_CONCURRENCY", "3")
        _ = sessions(many_names(10, 1), sources=remote_sources()).raw_data_assets
        moments = [(r.start, 1) for r in platform.requests]
        moments += [(r.end, -1) for r in platform.requests]
        running = most = 0
        for _, change in sorted(moments):
            running += change
            most = max(most, running)
        assert 1 < most <= 3

    def test_memory_a_session(self) -> None:
        sources = memory_sources(benchmark_world(20, 8))
        many = sessions(many_names(20, 8), sources=sources)
        _ = many[:1].data_assets  # imports
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        self.ask_all(many)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown / len(many) < 20_000

    def test_sorters_of_all_are_one_question_a_schema_version(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        world = benchmark_world(5, 8)
        for name in many_names(5, 8):
            derived = f"{name}_sorted_2024-02-01_00-00-00"
            processes = [{"name": "Spike sorting", "parameters": {"sorter_name": "kilosort4"}}]
            more = {"processing": {"processing_pipeline": {"data_processes": processes}}}
            body = record(derived, f"s3://x/{derived}", **more)
            world.records["v1"].append({**body, "subject": {"subject_id": name.split("_")[1]}})
        platform = stand_in(world)
        many = sessions(many_names(5, 8), sources=remote_sources())
        assert {row["sorter"] for row in many.to_records(["sorter"])} == {"kilosort4"}
        assert platform.count("docdb") == 2
        assert platform.count("s3") == 0


class TestNotes:
    def test_what_is_missing_is_a_note_and_the_others_have_answers(self, serve: Serve) -> None:
        many = sessions(
            [*many_names(1, 2), NAMES[0].replace("2024", "2001")],
            sources=serve(benchmark_world(1, 2)),
        )
        found = many.raw_data_assets
        assert list(found) == list(many[:2])
        assert [type(note) for note in found.notes.values()] == [Missing]
        with pytest.raises(NotFoundError, match="2001"):
            found[many[2]]
        with pytest.raises(KeyError, match="is not one of the 3"):
            found[Session(DEMO_SESSION)]

    def test_strict_raises(self, serve: Serve) -> None:
        many = sessions(NAMES[0].replace("2024", "2001"), strict=True, sources=serve(empty_world()))
        with pytest.raises(NotFoundError):
            _ = many.raw_data_assets

    def test_a_subject_that_cannot_be_asked_is_a_note_of_its_sessions(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(benchmark_world(2, 2))
        platform.fail("code_ocean", body='{"message": "no"}', status=500)
        platform.fail("docdb", status=503)
        many = sessions(many_names(2, 2), sources=impatient())
        found = many.data_assets
        assert {type(note) for note in found.notes.values()} == {SourceDown}
        count = platform.count()
        _ = many.raw_data_assets  # a recent failure is not repeated
        assert platform.count("code_ocean") == count
        many.refresh()
        platform.heal()
        assert len(many.data_assets) == 4

    def test_one_source_down_is_one_warning_for_all(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(benchmark_world(2, 2))
        platform.fail("docdb", status=503)
        many = sessions(many_names(2, 2), sources=impatient())
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert len(many.raw_data_assets) == 4
        assert [warning.category for warning in caught] == [SourceDownWarning]
        said = str(caught[0].message)
        assert said.startswith("raw data assets of many sessions: ")
        assert said.endswith(" (and 3 more of this kind)")

    def test_a_warning_says_what_the_sessions_were_asked_for(self) -> None:
        world = benchmark_world(1, 2)
        names = many_names(1, 2)
        subject = names[0].split("_")[1]
        odd = {"id": "x", "name": None, "created": 1, "custom_metadata": {"subject id": subject}}
        world.assets.append(odd)
        many = sessions(names, sources=memory_sources(world))
        expected = r"^sorted data assets of many sessions: Code Ocean sent something that is not a"
        with pytest.warns(OddAnswerWarning, match=expected):
            assert len(many.sorted_data_assets) == 2

    @pytest.mark.parametrize("down", ["v1", "v2"])
    def test_what_one_schema_version_tells_stays_when_the_other_is_down(
        self, stand_in: Callable[..., Platform], down: str
    ) -> None:
        name = "ecephys_700001_2024-05-01_10-00-00"
        about = {"project_name": "P", "data_level": "raw"}
        found = empty_world()
        made = record_v2 if down == "v1" else record
        other = found.records["v2" if down == "v1" else "v1"]
        other.append(made(name, "s3://b/x", data_description=about))
        platform = stand_in(found)
        platform.fail("docdb", path=f"/{down}/", status=503)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SourceDownWarning)
            rows = sessions(name, sources=impatient()).to_records(["id", "project"])
        assert rows == [{"id": name, "project": "P"}]

    def test_a_refused_token_is_its_own_note(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(benchmark_world(1, 2))
        platform.fail("code_ocean", status=401)
        found = sessions(many_names(1, 2), sources=impatient()).data_assets
        assert {type(note) for note in found.notes.values()} == {AccessDenied}

    def test_errors_of_the_users_function_are_notes(self, serve: Serve) -> None:
        many = sessions(many_names(1, 2), sources=serve(benchmark_world(1, 2)))
        found = many.each(lambda session: 1 / (session.dt.day - 1))
        assert list(found.values()) == [1.0]
        note = found.notes[many[0]]
        assert type(note) is Failed
        assert isinstance(note.error, ZeroDivisionError)


def modalities_or_error(session: Session) -> str:
    """Ask for something that no table and no parcel contains."""
    try:
        return str(session.modalities)
    except NotInTableError:
        return "not in the tables"


def describe(session: Session) -> tuple[str, int]:
    """The answer of a worker that cannot ask a server."""
    return session.raw_data_asset.name, len(session.data_assets)


def fail_on_the_first(session: Session) -> str:
    if session.dt.day == 1:
        raise RuntimeError(f"no {session.id}")
    return session.id


@pytest.fixture
def demo_many() -> Sessions:
    names = many_names(2, 2)
    return sessions(names, sources=memory_sources(benchmark_world(2, 2)))


class TestMap:
    def test_threads_are_the_default(self, demo_many: Sessions) -> None:
        assert list(demo_many.map(describe).values()) == [(s.id, 2) for s in demo_many]

    def test_processes_get_what_is_known(
        self, demo_many: Sessions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CODE_OCEAN_DOMAIN", "http://127.0.0.1:9")  # no server answers there
        monkeypatch.setenv("AIND_SESSION_DOCDB_HOST", "http://127.0.0.1:9")
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            found = demo_many.map(describe, pool)
        assert list(found.values()) == [(s.id, 2) for s in demo_many]

    def test_workers_ask_only_whom_the_collection_asks(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        world = benchmark_world(1, 2)
        add_tables(world)
        platform = stand_in(world)
        many = sessions(many_names(1, 2), source="table", sources=remote_sources())
        _ = many.data_assets
        platform.forget()
        with concurrent.futures.ProcessPoolExecutor(1) as pool:
            found = many.map(modalities_or_error, pool)
        assert list(found.values()) == ["not in the tables"] * 2
        assert platform.count("code_ocean") == platform.count("docdb") == 0
        assert [r.path for r in platform.requests if BUCKET not in r.path] == []

    def test_failures_are_values(self, demo_many: Sessions) -> None:
        with concurrent.futures.ProcessPoolExecutor(1) as pool:
            found = demo_many.map(fail_on_the_first, pool)
        assert [session.id for session in found] == [s.id for s in demo_many if s.dt.day == 2]
        assert {note.text for note in found.notes.values()} == {
            f"RuntimeError: no {s.id}" for s in demo_many if s.dt.day == 1
        }

    def test_a_traveller_does_not_take_itself_for_all_of_its_subject(self) -> None:
        world = benchmark_world(1, 3)
        many = sessions(many_names(1, 3)[:1], sources=memory_sources(world))
        with (
            use_sources(memory_sources(world)),
            concurrent.futures.ThreadPoolExecutor(1) as pool,
        ):
            found = many.map(lambda session: len(session.subject.sessions), pool)
        assert list(found.values()) == [3]

    def test_an_interruption_cancels_what_has_not_begun(self, demo_many: Sessions) -> None:
        begun = []

        def interrupt(session: Session) -> None:
            begun.append(session)
            if len(begun) == 1:
                raise KeyboardInterrupt
            time.sleep(0.1)  # the others wait for their turn meanwhile

        with (
            pytest.raises(KeyboardInterrupt),
            concurrent.futures.ThreadPoolExecutor(1) as pool,
        ):
            demo_many.map(interrupt, pool)
        assert len(begun) < len(demo_many)


class TestTables:
    def test_rows_are_in_order_with_what_is_known(self, serve: Serve) -> None:
        world = benchmark_world(1, 2)
        many = sessions(many_names(1, 2), sources=serve(world))
        rows = many.to_records(["id", "raw_dir", "derived_assets", "sorted_asset", "modalities"])
        assert rows == [
            {
                "id": name,
                "raw_dir": f"s3://aind-open-data/{name}",
                "derived_assets": 1,
                "sorted_asset": f"{name}_sorted_2024-02-01_00-00-00",
                "modalities": ["behavior"],
            }
            for name in many_names(1, 2)
        ]

    def test_only_the_cost_of_the_columns_is_paid(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(benchmark_world(2, 2))
        many = sessions(many_names(2, 2), sources=remote_sources())
        many.to_records(["id", "time", "platform"])
        assert platform.count() == 0
        many.to_records(["genotype", "project"])
        assert platform.count() == platform.count("docdb") == 2

    def test_types_are_the_same_when_there_are_no_rows(self, serve: Serve) -> None:
        full = sessions(many_names(1, 2), sources=serve(benchmark_world(1, 2)))
        none = full[:0]
        assert (full.to_pandas().dtypes == none.to_pandas().dtypes).all()
        assert full.to_polars().schema == none.to_polars().schema
        assert full.to_arrow().schema == none.to_arrow().schema
        assert list(none.to_pandas().columns) == list(full.to_records()[0])

    @pytest.mark.parametrize(
        ("library", "extra"), [("pandas", "pandas"), ("polars", "polars"), ("pyarrow", "arrow")]
    )
    def test_a_library_that_is_not_installed_is_named_before_anything_is_asked(
        self,
        stand_in: Callable[..., Platform],
        monkeypatch: pytest.MonkeyPatch,
        library: str,
        extra: str,
    ) -> None:
        platform = stand_in(benchmark_world(1, 2))
        many = sessions(many_names(1, 2), sources=remote_sources())
        monkeypatch.setitem(sys.modules, library, None)  # makes the import fail
        with pytest.raises(ImportError, match=rf"aind-session\[{extra}\]"):
            getattr(many, f"to_{extra}")()
        assert platform.count() == 0

    def test_times_have_a_zone_where_the_record_states_one(self, serve: Serve) -> None:
        world = empty_world()
        name = NAMES[0]
        start = {"session_start_time": "2024-01-02T00:00:00-08:00"}
        world.records["v1"].append(record(name, f"s3://aind-open-data/{name}", session=start))
        row = sessions(name, sources=serve(world)).to_pandas(["time", "start_time"]).iloc[0]
        assert row["start_time"] == pd.Timestamp("2024-01-02T08:00:00Z")
        assert row["time"] == pd.Timestamp("2024-01-02T00:00:00")
        assert row["time"].tzinfo is None

    def test_an_unknown_column_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(ValueError, match=r"'colour'.*id, subject_id"):
            sessions(NAMES).to_records(["colour"])

    def test_an_unknown_value_is_none_with_a_note(self, serve: Serve) -> None:
        row = sessions(NAMES[0], sources=serve(empty_world())).to_records()[0]
        assert row["raw_asset_id"] is None
        assert row["is_uploaded"] is False
        assert any("raw data asset" in note for note in row["notes"])


class _Counting(concurrent.futures.Executor):
    """An executor that calls at once, and counts tasks."""

    def __init__(self) -> None:
        self.tasks = 0
        self.packed: list[bytes] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.tasks += 1
        self.packed.append(args[1])
        future = concurrent.futures.Future[Any]()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.mark.parametrize(("count", "tasks"), [(3, 3), (1001, 501)])
def test_an_executor_gets_a_thousand_tasks_at_most(count: int, tasks: int) -> None:
    start = datetime.datetime(2024, 1, 1)
    times = [start + datetime.timedelta(hours=hour) for hour in range(count)]
    names = [f"x_700001_{time:%Y-%m-%d_%H-%M-%S}" for time in times]
    counting, done = _Counting(), list[int]()
    with demo():
        packed = [partial(Parcel, name, ()) for name in names]
        found = call_each(operator.attrgetter("id"), packed, counting, done.append)
    assert found == names
    assert counting.tasks == tasks
    assert sum(done) == count


def test_a_session_travels_without_what_was_asked_for_the_names_of_others() -> None:
    names = [f"x_700001_2024-01-{day:02}_00-00-00" for day in range(1, 21)]
    counting = _Counting()
    with demo():
        sessions(names).map(operator.attrgetter("id"), counting, progress=False)
    parcels = [parcel for packed in counting.packed for parcel in pickle.loads(packed)]
    assert [parcel.session_id for parcel in parcels] == names
    assert max(len(parcel.answers) for parcel in parcels) <= 8
