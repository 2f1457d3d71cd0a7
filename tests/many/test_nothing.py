"""Empty answers say which criterion matches nothing, and name similar values."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    NothingFoundWarning,
    RemoteError,
    Session,
    SourceDownWarning,
    get_sessions,
    search,
    sessions,
)
from aind_session.many.nothing import (
    _in_any_case,
    _misspellings_of,
    _near_names,
    _of_name,
    _of_project,
    record_subject,
)
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import empty_world, record, record_v2

ONE = "ecephys_700001_2024-01-01_10-00-00"


def world() -> World:
    """One session of a project, in both versions."""
    found = empty_world()
    about = {"subject": {"subject_id": "700001"}}
    description = {"project_name": "Dynamic Routing", "subject_id": "700001"}
    found.records["v1"].append(record(ONE, None, data_description=description, **about))
    found.records["v2"].append(record_v2(ONE, None, data_description=description, **about))
    return found


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        (
            {"project": "Dynamic Rooting"},
            "no record has the project 'Dynamic Rooting'; near: 'Dynamic Routing'",
        ),
        ({"project": "zzz"}, "no record has the project 'zzz'"),
        (
            {"project": "Dynamic Routing", "start_date": "2030-01-01"},
            "project 'Dynamic Routing' has records, but none meets all criteria",
        ),
        (
            {"name": "ECEPHYS_700001"},
            f"no name contains 'ECEPHYS_700001' (case matters); near: {ONE!r}",
        ),
        (
            {"name": "behavior_700001"},
            f"no name contains 'behavior_700001' (case matters); near: {ONE!r}",
        ),
        ({"name": "zzz"}, "no name contains 'zzz' (case matters)"),
        (
            {"name": "ecephys_700001", "start_date": "2030-01-01"},
            "some names contain 'ecephys_700001', but none meets all criteria",
        ),
        ({"subject": "700010"}, "no record has the subject '700010'; near: '700001'"),
        ({"subject": "70001"}, "no record has the subject '70001'; near: '700001'"),
        ({"subject": "7000012"}, "no record has the subject '7000012'; near: '700001'"),
        ({"subject": "700002"}, "no record has the subject '700002'; near: '700001'"),
        ({"subject": "123456"}, "no record has the subject '123456'"),
        ({"subject": "M2501"}, "no record has the subject 'M2501'"),
        ({"platform": "newrig"}, "nothing has the platform 'newrig'"),
        ({"modality": "hologram"}, "nothing has the modality 'hologram'"),
    ],
)
def test_nothing_found_says_which_word_nothing_has(
    serve: Serve, criteria: dict[str, Any], said: str
) -> None:
    with pytest.warns(NothingFoundWarning) as warned:
        assert len(search(**criteria, sources=serve(world()))) == 0
    assert [str(one.message) for one in warned] == [f"no session was found: {said}"]


def test_a_collection_says_which_of_its_subjects_nothing_names(serve: Serve) -> None:
    many = sessions("700001", "700010", "8", ONE, sources=serve(world()))
    said = (
        "no session was found: no record has the subject '700010'; near: '700001'; "
        "no record has the subject '8'"
    )
    with pytest.warns(NothingFoundWarning) as warned:
        assert list(many) == [Session(ONE)]
    assert [str(one.message) for one in warned] == [said]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(many) == 1
        assert len(sessions("700001", sources=many._sources)) == 1


def test_a_collection_warns_not_of_subjects_that_could_not_be_asked(
    stand_in: Callable[..., Platform],
) -> None:
    stand_in(world()).fail("docdb", status=403)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RemoteError):
            len(sessions("700009"))


def test_several_unknown_words_are_one_warning(serve: Serve) -> None:
    with pytest.warns(NothingFoundWarning) as warned:
        search(platform="newrig", project="zzz", subject="123456", sources=serve(world()))
    assert [str(one.message) for one in warned] == [
        "no session was found: nothing has the platform 'newrig'; "
        "no record has the subject '123456'; no record has the project 'zzz'"
    ]


def test_known_words_that_do_not_meet_are_no_mistake(serve: Serve) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = search(subject="700001", platform="behavior", sources=serve(world()))
    assert len(found) == 0


@pytest.mark.parametrize("subject", ["700010", "123456"])
def test_a_subject_without_sessions_is_looked_for_by_its_misspellings(
    serve: Serve, subject: str
) -> None:
    near = "; near: '700001'" if subject == "700010" else ""
    with pytest.warns(NothingFoundWarning) as warned:
        assert get_sessions(subject, sources=serve(world())) == ()
    assert str(warned[0].message) == (
        f"no session was found: no record has the subject '{subject}'{near}"
    )


def test_without_docdb_what_comes_near_is_unknown(stand_in: Callable[..., Platform]) -> None:
    from aind_session.many.nothing import warn_of_unknown_subjects
    from aind_session.sources import remote_sources

    stand_in(world()).fail("docdb", status=500)
    with pytest.warns(NothingFoundWarning) as warned:
        warn_of_unknown_subjects(["700010"], remote_sources())
    assert [str(one.message) for one in warned] == [
        "no session was found: could not check whether subject '700010' has records"
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unknown_subjects([], remote_sources())


def test_one_version_of_docdb_is_enough_to_know_what_comes_near(
    stand_in: Callable[..., Platform],
) -> None:
    from aind_session.many.nothing import warn_of_unknown_subjects
    from aind_session.sources import remote_sources

    stand_in(world()).fail("docdb", path="/v1/", status=500)
    with pytest.warns(NothingFoundWarning, match="'700010'; near: '700001'"):
        warn_of_unknown_subjects(["700010"], remote_sources())


def test_a_misspelling_swaps_drops_adds_or_changes_a_digit() -> None:
    misspellings = _misspellings_of("12345")
    assert misspellings[:9] == [
        "21345",
        "13245",
        "12435",
        "12354",
        "2345",
        "1345",
        "1245",
        "1235",
        "1234",
    ]
    assert misspellings[9:12] == ["012345", "112345", "212345"]
    assert misspellings[-1] == "12349"
    assert "123459" in misspellings
    assert "12345" not in misspellings
    assert len(misspellings) == len(set(misspellings)) == 4 + 5 + 55 + 45
    assert _misspellings_of("1234") == []
    assert _misspellings_of("M2501") == []


def test_a_subject_is_the_one_that_is_stated_or_else_named() -> None:
    assert record_subject({"subject": {"subject_id": "5"}, "name": ONE}) == "5"
    assert record_subject({"name": ONE}) == "700001"
    assert record_subject({"name": "x"}) is None


def test_patterns_find_words_that_begin_so_and_names_in_any_case() -> None:
    assert _of_project("Dynamic Routing") == "[dD][yY][nN][aA]|[rR][oO][uU][tT]"
    assert _of_project("a-b") == "[aA]|[bB]"
    assert _of_project("--") == r"\-\-"
    assert _of_name("Ab.700001x12") == r"[aA][bB]\.700001[xX]12|700001"
    assert _of_name("é1234") == "é1234"
    assert _in_any_case("") == ""


def test_a_search_without_one_version_says_so(stand_in: Callable[..., Platform]) -> None:
    from aind_session.sources import remote_sources

    stand_in(world()).fail("docdb", path="/v1/", status=403)
    with pytest.warns(SourceDownWarning, match="the search was answered without"):
        assert len(search(project="Dynamic Routing", sources=remote_sources())) == 1


def test_of_names_that_are_near_the_nearest_come_first() -> None:
    names = [f"ecephys_700001_2024-01-0{day}_10-00-00" for day in range(1, 8)]
    assert _near_names("ECEPHYS_700001_2024-01-05_10-00-00", names)[0] == (
        "ecephys_700001_2024-01-05_10-00-00"
    )
    assert _near_names("700001", names) == tuple(names[:3])
