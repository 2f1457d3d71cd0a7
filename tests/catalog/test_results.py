"""Results know the session of each item, and what is missing from an answer."""

from __future__ import annotations

import pytest

from aind_session.catalog.results import Answer, Found, outcome_at
from aind_session.conventions.names import parse_session
from aind_session.errors import AccessDeniedError, Searched, SourceDownWarning, UnavailableError
from aind_session.sources.batch import Batch

DOWN = UnavailableError("DocDB", "no answer")
OLDER = "ecephys_676909_2023-12-13_13-43-40"
NEWER = "676909_2023-12-13_13-43-40"
OTHER = "behavior_676909_2023-12-13_13-43-40"


def _found(*names: str) -> Found[str]:
    return Found(tuple(Batch.of([name]) for name in names))


def test_a_session_is_found_under_both_of_its_names() -> None:
    found = _found(OLDER, f"{NEWER}_processed_2024-01-01_00-00-00", OTHER)
    assert found.of(parse_session(OLDER)) == [OLDER, f"{NEWER}_processed_2024-01-01_00-00-00"]
    assert {session.id for session in found.sessions} == {OLDER, NEWER, OTHER}


def test_another_platform_counts_when_nothing_else_is_there() -> None:
    assert _found(OTHER).of(parse_session(OLDER)) == [OTHER]


def test_an_answer_without_a_source_is_given_with_a_warning() -> None:
    with pytest.warns(SourceDownWarning, match="it was answered without DocDB: "):
        assert Answer(1, failures=(DOWN,)).known("it") == 1


def test_nothing_found_where_a_place_could_not_be_asked_is_its_error() -> None:
    with pytest.raises(UnavailableError):
        Answer(None, failures=(DOWN,)).known("it")
    assert Answer(None).known("it") is None


def test_an_outcome_says_why_a_place_could_not_be_asked() -> None:
    assert outcome_at("here", []) == Searched("here")
    assert outcome_at("here", DOWN) == Searched("here", str(DOWN))
    assert outcome_at("here", AccessDeniedError("S3", "closed")) == Searched("here", "closed")


NAMES = (OLDER, f"{OLDER}_sorted_2024-01-01_00-00-00", OTHER)


def searched(place: str, *names: str) -> str:
    """Return what a message says about a place with these names."""
    batch = Batch.of(list(names))
    found = Found((batch,), searched=(Searched(place),))
    (one,) = found.searched_for(parse_session(OLDER))
    assert one.place == place
    return one.outcome


@pytest.mark.parametrize(
    ("place", "names", "outcome"),
    [
        ("DocDB v1, records of subject 1", (), "nothing there"),
        (
            "DocDB v1, records of subject 1",
            (OLDER,),
            "1 record of this session, but not a suitable one",
        ),
        (
            "Code Ocean, assets with the subject id 1",
            (OLDER, f"{OLDER}_sorted_2024-01-01_00-00-00"),
            "2 assets of this session, but not a suitable one",
        ),
        (
            "Code Ocean, assets with the subject id 1",
            ("ecephys_1_2024-01-01_00-00-00",),
            "1 asset of the subject, none of this session",
        ),
        (
            "DocDB v2, records of names x",
            ("ecephys_1_2024-01-01_00-00-00", "ecephys_1_2024-01-02_00-00-00"),
            "2 records, none of this session",
        ),
    ],
)
def test_a_place_says_how_much_there_is_of_this_session_and_of_others(
    place: str, names: tuple[str, ...], outcome: str
) -> None:
    assert searched(place, *names) == outcome


def test_a_place_that_could_not_be_asked_keeps_its_reason_and_has_no_batch() -> None:
    found = Found(
        (Batch.of([OLDER]),),
        failures=(DOWN,),
        searched=(Searched("DocDB v1", "no answer"), Searched("DocDB v2")),
    )
    assert found.searched_for(parse_session(OLDER)) == (
        Searched("DocDB v1", "no answer"),
        Searched("DocDB v2", "1 record of this session, but not a suitable one"),
    )
    assert Answer(None, searched=found.searched).searched_for(parse_session(OLDER)) == (
        found.searched
    )


def test_of_two_platforms_the_wanted_one_and_none_are_close() -> None:
    found = _found(OTHER, NEWER)
    assert found.of(parse_session(OLDER)) == [NEWER]
    assert found.of(parse_session(OTHER)) == [OTHER, NEWER]
    assert found.of(parse_session(NEWER)) == [OTHER, NEWER]
    assert found.items == [OTHER, NEWER]
