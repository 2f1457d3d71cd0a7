"""`find` says what a mention of an experiment means, and the nearest matches."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    AssetNotFoundError,
    NotFoundError,
    Session,
    SessionIdError,
    SeveralSessionsWarning,
    Subject,
    find,
    get_codeocean_model,
)
from aind_session.many.find import Match
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from tests.conftest import Serve
from tests.many import two_sessions
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, uuid_of

MORNING = "ecephys_700001_2024-01-01_10-00-00"
NOON = "behavior_700001_2024-01-01_12-11-30"
LATER = "ecephys_700001_2024-03-01_10-00-00"
SORTED = f"{MORNING}_sorted_2024-01-02_00-00-00"
RUN = "0000000c-0000-4000-8000-000000000001"
CAPSULE = "0000000d-0000-4000-8000-000000000001"

BAD_TOLERANCES: tuple[Any, ...] = ("5", b"5", True, 1e400, -1.5, [], datetime.timedelta(-1))


def world() -> World:
    made = empty_world()
    made.assets += [raw(1, MORNING), raw(2, NOON), raw(3, LATER), asset(4, SORTED)]
    made.computations[CAPSULE] = [{"id": RUN, "name": "Run 1", "state": "running", "run_time": 1}]
    return made


@pytest.mark.parametrize(
    "mention",
    [
        MORNING,
        MORNING.removeprefix("ecephys_"),
        f"s3://aind-open-data/{MORNING}/ecephys/settings.xml",
        f"/root/capsule/data/{SORTED}",
        f"C:\\data\\{MORNING}",
        {"name": MORNING}.get("name"),
    ],
)
def test_a_text_with_a_session_is_read_and_nothing_is_asked(mention: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        match = find(mention)
    assert match.kind == "session"
    assert match.session is not None
    assert match.session.key == Session(MORNING).key
    assert match.subject == Subject("700001")


def test_the_name_of_a_derived_asset_tells_its_process() -> None:
    name = find(SORTED).name
    assert name is not None
    assert name.label == "sorted"


@pytest.mark.parametrize("text", [f"{MORNING} and {LATER}", f"/data/{MORNING}/{LATER}/x"])
def test_a_text_with_two_sessions_warns_and_names_both(text: str) -> None:
    with pytest.warns(SeveralSessionsWarning, match=f"{MORNING} is meant, not {LATER}"):
        match = find(text)
    assert match.session == Session(MORNING)
    assert match.others == (Session(LATER),)


@pytest.mark.parametrize(
    "mention",
    [
        uuid_of(4),
        uuid_of(4).replace("-", "").upper(),
        f"https://codeocean.allenneuraldynamics.org/data-assets/{uuid_of(4)}/{SORTED[:5]}",
    ],
)
def test_an_id_is_asked_for_and_leads_to_the_session(serve: Serve, mention: str) -> None:
    match = find(mention, sources=serve(world()))
    assert match.kind == "asset"
    assert match.asset is not None
    assert match.asset.name == SORTED
    assert match.session == Session(MORNING)


def test_an_id_of_a_run_is_a_computation(serve: Serve) -> None:
    match = find(RUN, sources=serve(world()))
    assert match.kind == "computation"
    assert match.computation is not None
    assert match.computation.name == "Run 1"


def test_an_unknown_id_is_not_found_anywhere(serve: Serve) -> None:
    with pytest.raises(AssetNotFoundError, match="computations"):
        find(uuid_of(99), sources=serve(world()))


def test_a_closed_id_may_be_what_is_meant(stand_in: Callable[..., Platform]) -> None:
    stand_in(world()).fail("code_ocean", path="data_assets", status=403)
    with pytest.raises(AccessDeniedError, match=f"data asset {uuid_of(99)} is archived, private"):
        find(uuid_of(99), sources=remote_sources())
    # an asset that is closed is no reason to miss a run with this ID
    assert find(RUN, sources=remote_sources()).kind == "computation"


@pytest.mark.parametrize("near", ["12:11", "12-00-00", datetime.time(12, 30)])
def test_subject_day_and_time_give_the_nearest_session(serve: Serve, near: Any) -> None:
    match = find(700001, "2024-01-01", near=near, sources=serve(world()))
    assert match.session == Session(NOON)
    assert match.others == (Session(MORNING),)


def test_a_day_with_several_sessions_gives_them_all(serve: Serve) -> None:
    match = find("700001", "20240101", sources=serve(world()))
    assert match.kind == "sessions"
    assert match.sessions == (Session(MORNING), Session(NOON))
    assert find("700001", "2024-03-01", sources=serve(world())).session == Session(LATER)


def test_a_text_with_subject_and_day_alone_is_looked_up(serve: Serve) -> None:
    match = find("1386750279_700001_20240301.sync", sources=serve(world()))
    assert match.session == Session(LATER)


@pytest.mark.parametrize(
    "text",
    [
        "700001 2024-03-01",
        "mouse 700001, 20240301",
        "2024-03-01 700001",
        "/data/700001/2024-03-01/video.mp4",
        "s3://bucket/700001/2024-03-01_10-00-00/x",
    ],
)
def test_a_subject_and_a_day_may_stand_apart(serve: Serve, text: str) -> None:
    assert find(text, sources=serve(world())).session == Session(LATER)


@pytest.mark.parametrize(
    "text", ["700001_sorted_2024-03-01", "700001 processed 2024-03-01", "700001 2024-02-30"]
)
def test_a_day_of_a_process_or_outside_the_calendar_is_not_the_sessions(text: str) -> None:
    assert find(text).kind == "subject"


def test_a_text_with_two_days_names_no_day() -> None:
    assert find("700001 2024-03-01 2024-03-02").kind == "subject"


def test_a_text_with_two_subjects_warns_and_names_both() -> None:
    message = "^'700001, 700002' names several subjects: 700001 is meant, not 700002$"
    with pytest.warns(SeveralSessionsWarning, match=message):
        assert find("700001, 700002").subject == Subject("700001")


@pytest.mark.parametrize(
    ("text", "what", "caveat"),
    [
        ("ecephys_700001_2024-03-01_25-00-00", f"the session {LATER}", "2024-03-01_25-00-00"),
        ("ecephys_700001_2024-02-30_10-00-00", "the subject 700001", "2024-02-30_10-00-00"),
    ],
)
def test_an_impossible_time_is_said(serve: Serve, text: str, what: str, caveat: str) -> None:
    match = find(text, sources=serve(world()))
    assert match.caveat == f"'{caveat}' is not in the calendar"
    assert str(match).splitlines() == [f"'{text}': {what}", f"  {match.caveat}"]


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        (
            "16d46411",
            "it looks like the first eight characters of an ID",
            "pass the whole ID, which is an asset's .id",
        ),
        (
            "https://codeocean.allenneuraldynamics.org/capsule/1234567/tree",
            "the address of a capsule contains its number, not its ID",
            "pass the ID, which Code Ocean shows in the capsule's metadata",
        ),
    ],
)
def test_parts_of_ids_are_no_subjects(text: str, reason: str, hint: str) -> None:
    with pytest.raises(SessionIdError) as caught:
        find(text)
    assert (caught.value.reason, caught.value.hint) == (reason, hint)
    assert find("12345678").kind == "subject"


def test_a_capsule_without_a_name_is_its_id() -> None:
    assert str(Match("capsule", "x", capsule={"id": "y"})) == "'x': the capsule or pipeline (y)"


def test_nothing_within_the_tolerance_names_what_comes_close(serve: Serve) -> None:
    sources = serve(world())
    with pytest.raises(NotFoundError, match="near 11:00") as caught:
        find(700001, "2024-01-01", near="11:00", tolerance=30, sources=sources)
    assert caught.value.close == (MORNING, NOON, LATER)
    hour = datetime.timedelta(hours=1)
    found = find(700001, "2024-01-01", near="11:00", tolerance=hour, sources=sources)
    assert found.session == Session(MORNING)


def test_what_comes_near_a_session_are_the_others_of_its_subject(serve: Serve) -> None:
    match = find(MORNING, sources=serve(world()))
    assert match.near == (Session(NOON), Session(LATER))


@pytest.mark.parametrize("mention", ["700001", 700001, "sub-700001"])
def test_a_subject_alone_is_the_subject(mention: Any) -> None:
    match = find(mention)
    assert (match.kind, match.subject) == ("subject", Subject("700001"))


@pytest.mark.parametrize("thing", [Session(MORNING), Subject("700001")])
def test_what_is_known_already_is_itself(thing: Any) -> None:
    match = find(thing)
    assert thing in (match.session, match.subject)


@pytest.mark.parametrize("mention", ["", "hello", "2024-01-01", None, 1.5, []])
def test_what_names_nothing_is_refused(mention: Any) -> None:
    with pytest.raises(SessionIdError, match=r"^no session, subject or ID in "):
        find(mention)


def test_a_refused_text_and_a_day_alone_say_what_find_takes() -> None:
    with pytest.raises(SessionIdError) as caught:
        find("hello")
    assert str(caught.value) == (
        "no session, subject or ID in 'hello': it names none of them; expected a session such as "
        "'ecephys_676909_2023-12-13_13-43-40', a subject such as '676909', the ID of an asset or "
        "a run, or a path or URL with one of these"
    )
    with pytest.raises(SessionIdError, match=r"; to find the sessions of a day, pass the subject"):
        find("2024-01-01")
    with pytest.raises(SessionIdError, match=r"': a number with decimals is not a subject; "):
        find("676909.5")


@pytest.mark.parametrize("near", ["25:00", "noon", "12", ""])
def test_a_time_that_is_not_one_is_refused_before_anything_is_asked(near: str) -> None:
    with pytest.raises(ValueError, match="near is a time of the day"):
        find(700001, "2024-01-01", near=near)


def test_near_without_a_day_and_odd_tolerances_are_refused() -> None:
    with pytest.raises(TypeError, match="require a day"):
        find(700001, near="12:00")
    with pytest.raises(ValueError, match="minutes from 0 to 1440"):
        find(700001, "2024-01-01", near="12:00", tolerance=float("nan"))


@pytest.mark.parametrize(
    ("mention", "lines"),
    [
        (MORNING, [f"'{MORNING}': the session {MORNING}"]),
        (
            SORTED,
            [
                f"'{SORTED}': the session {MORNING}",
                "  name of derived data: _sorted_2024-01-02_00-00-00",
            ],
        ),
        (
            uuid_of(4),
            [
                f"'{uuid_of(4)}': the data asset {SORTED} ({uuid_of(4)})",
                "  name of derived data: _sorted_2024-01-02_00-00-00",
                f"  session: {MORNING}",
            ],
        ),
        (RUN, [f"'{RUN}': the computation Run 1 ({RUN})"]),
        ("700001", ["'700001': the subject 700001"]),
    ],
)
def test_a_match_says_what_it_is(serve: Serve, mention: str, lines: list[str]) -> None:
    match = find(mention, sources=serve(world()))
    assert str(match).splitlines() == lines
    assert match.as_text().splitlines() == lines
    what = lines[0].partition(": ")[2]
    assert repr(match) == f"<Match: '{mention}' is {what}>"
    card = match._card()
    assert (card.title, card.aside) == (f"'{mention}'", what)
    assert [note.text for note in card.notes] == lines[1:]


def test_a_match_of_several_lists_them(serve: Serve) -> None:
    match = find("700001", "20240101", sources=serve(world()))
    assert str(match).splitlines() == [
        "'700001, 20240101': one of 2 sessions",
        f"  {MORNING}",
        f"  {NOON}",
    ]
    with pytest.warns(SeveralSessionsWarning) as warned:
        match = find(f"{MORNING} {LATER} {LATER}", sources=serve(world()))
    assert str(warned[0].message) == (
        f"'{MORNING} {LATER} {LATER}' names several sessions: {MORNING} is meant, not {LATER}"
    )
    assert str(match).splitlines()[-1] == f"  also in this text: {LATER}"
    assert len(match.others) == 1


def test_a_capsule_is_found_last_and_named(serve: Serve) -> None:
    match = find(CAPSULE, sources=serve(world()))
    assert (match.kind, match.session, match.subject, match.near) == ("capsule", None, None, ())
    assert match.capsule is not None
    name = match.capsule.get("name")
    said = f"{name} ({CAPSULE})" if name else f"({CAPSULE})"
    assert str(match) == f"'{CAPSULE}': the capsule or pipeline {said}"


def test_what_is_nowhere_says_where_was_looked(serve: Serve) -> None:
    with pytest.raises(AssetNotFoundError) as caught:
        find(uuid_of(99), sources=serve(world()))
    text = str(caught.value)
    assert f"an asset, run, capsule or pipeline with the ID {uuid_of(99)} was not found" in text
    for kind in ("data assets", "computations", "capsules and pipelines"):
        assert f"Code Ocean, {kind}" in text


@pytest.mark.parametrize(
    ("near", "tolerance", "session"),
    [
        ("10:00", 0, MORNING),
        ("12:11:30", 0, NOON),
        ("9-59-59", 1, MORNING),
        (datetime.time(12, 11, 30, tzinfo=datetime.timezone.utc), 0, NOON),
        ("11:05", 65, MORNING),
        ("11:06", 1440, NOON),
    ],
)
def test_the_session_nearest_to_a_time_is_meant(
    serve: Serve, near: Any, tolerance: float, session: str
) -> None:
    sources = serve(world())
    match = find(700001, "2024-01-01", near=near, tolerance=tolerance, sources=sources)
    assert match.session == Session(session)


def test_a_day_with_a_time_means_the_nearest_session(serve: Serve) -> None:
    match = find(700001, "2024-01-01 12:00:00", sources=serve(world()))
    assert (match.session, match.others) == (Session(NOON), (Session(MORNING),))


def test_a_day_without_sessions_names_those_nearest_to_its_noon(serve: Serve) -> None:
    with pytest.raises(NotFoundError) as caught:
        find(700001, "2024-02-28", sources=serve(world()))
    assert caught.value.close == (LATER, NOON, MORNING)
    text = str(caught.value)
    assert "a session of subject 700001 on 2024-02-28" in text
    assert "the 3 sessions of the subject" in text


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (
            {"near": "12:00"},
            TypeError,
            "near and tolerance require a day: find(subject, day, near=...)",
        ),
        (
            {"tolerance": 5},
            TypeError,
            "near and tolerance require a day: find(subject, day, near=...)",
        ),
        (
            {"day": "2024-01-01", "tolerance": 1441},
            ValueError,
            "tolerance is a timedelta, or minutes from 0 to 1440, not 1441",
        ),
        (
            {"day": "2024-01-01", "tolerance": -1},
            ValueError,
            "tolerance is a timedelta, or minutes from 0 to 1440, not -1",
        ),
        *(
            (
                {"day": "2024-01-01", "tolerance": bad},
                ValueError,
                f"tolerance is a timedelta, or minutes from 0 to 1440, not {bad!r}",
            )
            for bad in BAD_TOLERANCES
        ),
        (
            {"day": "2024-01-01", "near": "25:00"},
            ValueError,
            "near is a time of the day such as '12:11' or '12:11:30', not '25:00'",
        ),
    ],
)
def test_a_time_or_tolerance_that_cannot_be_meant_is_refused(
    more: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        find(700001, **more)
    assert str(caught.value) == message


def test_a_day_without_sessions_is_as_far_from_each_as_its_noon(serve: Serve) -> None:
    made = empty_world()
    early, late = "ecephys_700001_2024-01-01_23-30-00", "ecephys_700001_2024-01-03_01-00-00"
    made.assets += [raw(1, early), raw(2, late)]
    with pytest.raises(NotFoundError) as caught:
        find(700001, "2024-01-02", sources=serve(made))
    assert caught.value.close == (early, late)


def test_a_tolerance_can_be_a_timedelta(serve: Serve) -> None:
    hour = datetime.timedelta(hours=1)
    with pytest.raises(NotFoundError):
        find(700001, "2024-03-01", near="12:00", tolerance=hour, sources=serve(world()))


def test_an_object_is_what_it_is(serve: Serve) -> None:
    sources = serve(two_sessions.world())
    run = get_codeocean_model(two_sessions.RUN, sources=sources)
    match = find(run, sources=sources)
    assert (match.kind, match.mention, match.computation) == ("computation", two_sessions.RUN, run)
    made = decode_asset(two_sessions.world().assets[2])
    match = find(made, sources=sources)
    assert (match.kind, match.mention, match.asset) == ("asset", two_sessions.SORTED, made)
    assert (match.session, match.subject) == (Session(two_sessions.ONE), Subject("700001"))
    assert match.near == (Session(two_sessions.TWO),)
    match = find(Session(two_sessions.ONE))
    assert (match.kind, match.mention, match.subject) == (
        "session",
        two_sessions.ONE,
        Subject("700001"),
    )
    match = find(Subject("700001"))
    assert (match.kind, match.mention, match.session) == ("subject", "700001", None)
    match = find(uuid_of(3), sources=sources)
    assert match.mention == uuid_of(3)
    assert match.near == (Session(two_sessions.TWO),)
