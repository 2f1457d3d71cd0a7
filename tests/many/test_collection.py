"""A collection as a sequence and a set: members, lookups, forms and invalid input."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aind_session import (
    AssetNotFoundError,
    LeftOutWarning,
    Session,
    SessionIdError,
    Sessions,
    Subject,
    memory_sources,
    sessions,
)
from aind_session.diagnosis.notes import Failed
from aind_session.many.members import member_named
from aind_session.sources import remote_sources
from tests.many import two_sessions
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, uuid_of

NAMES = [f"ecephys_700001_2024-01-0{number}_10-00-00" for number in range(1, 8)]
ONE, TWO, THREE = NAMES[:3]
BARE = ONE.removeprefix("ecephys_")


def many(*names: str) -> Sessions:
    world = empty_world()
    world.assets += [raw(number, name) for number, name in enumerate(NAMES, 1)]
    return sessions(list(names), sources=memory_sources(world))


def ids(found: Any) -> list[str]:
    return [session.id for session in found]


class TestOperators:
    def test_they_keep_the_order_and_each_session_once(self) -> None:
        both = many(ONE, TWO)
        assert ids(both + many(THREE, ONE)) == [ONE, TWO, THREE]
        assert ids(both | many(THREE)) == [ONE, TWO, THREE]
        assert ids(both & [TWO, THREE]) == [TWO]
        assert ids(both - [TWO]) == [ONE]
        assert ids(both - many(ONE, TWO)) == []
        assert ids(both[::-1]) == [TWO, ONE]
        assert ids(both.only(lambda session: session.id == TWO)) == [TWO]

    def test_equal_ones_have_the_same_sessions_in_the_same_order(self) -> None:
        assert many(ONE, TWO) == many(ONE)[:] + many(TWO)
        assert many(ONE, TWO) != many(TWO, ONE)
        assert hash(many(ONE, TWO)) == hash((Session(ONE), Session(TWO)))
        assert many(ONE) != [Session(ONE)]

    def test_members_are_named_by_index_slice_session_or_text(self) -> None:
        both = many(ONE, TWO)
        for key in (0, -2, ONE, f"/data/{ONE}/x", Session(ONE), {"name": ONE}, BARE):
            assert both[key].id == ONE
            assert isinstance(key, int) or key in both
        others: tuple[Any, ...] = (THREE, "text", None, 5.5)
        assert [other for other in others if other in both] == []
        with pytest.raises(KeyError) as caught:
            both[THREE]
        assert caught.value.args == (f"'{THREE}' is not one of the 2 sessions",)
        with pytest.raises(IndexError, match=r"^2 is not an index of 2 sessions, from -2 to 1$"):
            both[2]
        with pytest.raises(IndexError, match=r"^0 is not an index of no sessions$"):
            both[:0][0]

    def test_the_older_and_the_newer_name_are_one_member_where_only_one_is_there(self) -> None:
        members = {Session(ONE): 1, Session(TWO): 2}
        assert member_named(BARE, members) == Session(ONE)
        assert member_named(Session(BARE), members) == Session(ONE)
        assert member_named(ONE.replace("ecephys", "behavior"), members) is None
        with_both = {Session(BARE): 1, Session(ONE): 2}
        assert member_named(ONE, with_both) == Session(ONE)
        assert member_named("nothing", members) is None


def test_a_missing_attribute_names_what_is_similar_or_that_each_session_has_it() -> None:
    both: Any = many(ONE, TWO)
    start = "'Sessions' object has no attribute"
    for name, hint in {
        "to_panda": "; did you mean 'to_pandas'",
        "nwb": "; each session has it, see .each(lambda session: session.nwb())",
        "metadata": "; each session has it, see .each(lambda session: session.metadata)",
        "xyz": "",
    }.items():
        with pytest.raises(AttributeError) as caught:
            getattr(both, name)
        assert str(caught.value).startswith(f"{start} {name!r}{hint}")


def test_ids_complete_in_brackets_and_nothing_is_requested() -> None:
    assert many(ONE, TWO)._ipython_key_completions_() == [ONE, TWO]
    by_subject = sessions("700001", sources=memory_sources(empty_world()))
    assert by_subject._ipython_key_completions_() == []
    assert repr(by_subject) == "Sessions(of 700001)"
    answers = many(ONE, TWO).each(lambda session: session.platform)
    assert answers._ipython_key_completions_() == [ONE, TWO]


class TestNames:
    def test_five_are_shown(self) -> None:
        assert repr(many(*NAMES[:5])) == f"Sessions(5: {', '.join(NAMES[:5])})"
        assert repr(many(*NAMES[:6])) == f"Sessions(6: {', '.join(NAMES[:5])}, ...)"
        assert repr(many(ONE)) == f"Sessions(1: {ONE})"
        assert repr(many()) == "Sessions(0)"
        named = sessions(["700001"], sources=memory_sources(empty_world()))
        assert repr(named) == "Sessions(of 700001)"

    def test_the_time_of_the_answers_is_shown(self) -> None:
        at = datetime.datetime(2024, 1, 1, 12, 30, tzinfo=datetime.timezone.utc)
        found = Sessions([ONE], as_of=at)
        assert found.as_of == at
        assert repr(found) == f"Sessions(1: {ONE}; as of 2024-01-01 12:30 UTC)"
        assert Sessions([ONE]).as_of is None

    def test_by_default_it_is_lenient_and_shows_bars(self) -> None:
        made = Sessions([ONE])
        assert (made.strict, made.progress, made.source) == (False, True, None)
        with pytest.raises(ValueError, match="source"):
            Sessions([ONE], source="tables")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("things", "left_out", "message"),
        [
            ([ONE, "x"], "x", "1 left out, because it names no session: 'x'"),
            ([ONE, "x", "y"], "x", "2 left out, because they name no session: 'x', 'y'"),
        ],
    )
    def test_what_names_no_session_is_left_out_with_a_warning(
        self, things: list[str], left_out: str, message: str
    ) -> None:
        with pytest.warns(LeftOutWarning) as warned:
            assert ids(sessions(things)) == [ONE]
        assert [str(one.message) for one in warned] == [message]

    def test_where_nothing_names_a_session_all_are_named_in_the_error(self) -> None:
        with pytest.raises(SessionIdError) as caught:
            sessions(["x", "y", "z"])
        assert "; the same holds for 'y', 'z'" in str(caught.value)
        assert str(caught.value).startswith("no session in 'x': ")
        with pytest.raises(SessionIdError) as alone:
            sessions([ONE, "x"], strict=True)
        assert "the same holds" not in str(alone.value)

    def test_nested_names_numbers_and_subjects_are_taken(self) -> None:
        world = empty_world()
        world.assets += [raw(1, ONE), raw(2, TWO)]
        sources = memory_sources(world)
        for thing in ("700001", 700001, 700001.0, "700001.0", Subject("700001"), "sub-700001"):
            if thing == "sub-700001":
                continue
            assert ids(sessions([[thing]], sources=sources)) == [ONE, TWO]
        nested = [[ONE, (TWO,)], {THREE}, iter([ONE])]
        assert ids(sessions(nested, sources=sources)) == [ONE, TWO, THREE]

    def test_a_table_is_refused_with_its_first_five_columns(self) -> None:
        pandas = pytest.importorskip("pandas")
        table = pandas.DataFrame(columns=list("abcdef"))
        with pytest.raises(TypeError) as caught:
            sessions(table)
        assert str(caught.value) == (
            "pass one column of the table, not the whole table; its columns: a, b, c, d, e"
        )


class TestAsking:
    def test_answers_are_in_order_and_errors_are_notes(self) -> None:
        def look(session: Session) -> str:
            if session.id == TWO:
                raise ZeroDivisionError("odd")
            return session.id

        found = many(ONE, TWO, THREE).each(look)
        assert list(found.values()) == [ONE, THREE]
        assert list(found) == [Session(ONE), Session(THREE)]
        ((session, note),) = found.notes.items()
        assert session == Session(TWO)
        assert isinstance(note, Failed)
        assert (note.about, str(note.error)) == (TWO, "odd")
        assert repr(found) == "<2 answers, 1 note>"

    def test_strict_raises_the_first_error_in_order(self) -> None:
        def look(session: Session) -> None:
            raise ValueError(session.id)

        found = many(ONE, TWO)
        found.strict = True
        with pytest.raises(ValueError, match=ONE):
            found.each(look)

    def test_none_are_asked_nothing(self) -> None:
        found = many().each(lambda session: session.id)
        assert (dict(found), dict(found.notes)) == ({}, {})

    @pytest.mark.parametrize("executor", [None, ThreadPoolExecutor(2)])
    @pytest.mark.parametrize("progress", [True, False])
    def test_a_function_is_called_with_each_wherever_it_runs(
        self, executor: Any, progress: bool
    ) -> None:
        def look(session: Session) -> str:
            if session.id == TWO:
                raise ZeroDivisionError("odd")
            return str(session.raw_data_asset.id)

        found = many(ONE, TWO, THREE).map(look, executor, progress)
        assert list(found.values()) == [uuid_of(1), uuid_of(3)]
        assert [str(note.error) for note in found.notes.values()] == ["odd"]

    def test_each_property_asks_for_all(self) -> None:
        world = empty_world()
        world.assets += [raw(1, ONE), asset(2, f"{ONE}_sorted_2024-02-01_00-00-00")]
        world.objects["aind-open-data"] = {f"{ONE}/behavior/x": b""}
        found = sessions([ONE, TWO], sources=memory_sources(world))
        one, two = found
        assert found.raw_data_assets[one].id == uuid_of(1)
        assert found.raw_data_dirs[one].as_posix() == f"s3://aind-open-data/{ONE}"
        assert [len(assets) for assets in found.data_assets.values()] == [2, 0]
        assert [len(assets) for assets in found.sorted_data_assets.values()] == [1, 0]
        assert found.modalities[one] == ("behavior",)
        assert list(found.docdb.values()) == [{}, {}]
        assert [len(made) for made in found.derived("sorted").values()] == [1, 0]
        assert [len(made) for made in found.derived(after="2025-01-01").values()] == [0, 0]
        assert [len(made) for made in found.derived(before="2024-01-31").values()] == [0, 0]
        assert [len(made) for made in found.derived(capsule="x").values()] == [0, 0]
        assert set(found.raw_data_assets.notes) == {two}

    def test_a_refresh_asks_again(self, stand_in: Callable[..., Platform]) -> None:
        world = empty_world()
        world.assets.append(raw(1, ONE))
        platform = stand_in(world)
        found = sessions(["700001"], sources=remote_sources())
        assert ids(found) == [ONE]
        world.assets.append(raw(2, TWO))
        assert ids(found) == [ONE]
        before = platform.count()
        found.refresh()
        assert ids(found) == [ONE, TWO]
        assert TWO in found
        assert platform.count() > before

    def test_notes_of_assets_are_notes_of_what_was_derived(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        stand_in(empty_world()).fail("code_ocean", status=403)
        found = sessions([ONE], sources=remote_sources())
        assert list(found.derived("sorted").notes) == [Session(ONE)]

    def test_an_answer_that_is_missing_raises_why(self) -> None:
        found = many(ONE, TWO)[:1] + many(NAMES[0].replace("700001", "700009"))
        answers = found.raw_data_assets
        with pytest.raises(AssetNotFoundError):
            answers[found[1]]
        with pytest.raises(KeyError):
            answers[Session(THREE)]


def test_a_collection_counts_what_names_it_and_then_its_sessions() -> None:
    many = sessions("700001", sources=memory_sources(two_sessions.world()))
    assert repr(many) == "Sessions(of 700001)"
    assert many._card().aside == ""
    assert len(many) == 2
    assert repr(many) == "Sessions(2 of 700001)"
    assert many._card().aside == "2 sessions"
