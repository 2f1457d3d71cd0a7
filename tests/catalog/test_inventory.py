"""The questions about one subject: their requests, names, cached answers, and refresh."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aind_session import OddAnswerError, Session
from aind_session.catalog.inventory import Inventory, of_directory
from aind_session.conventions.location import Location
from aind_session.conventions.names import parse_session
from aind_session.errors import AccessDeniedError, Searched
from aind_session.runtime.known_only import NotAskedError
from aind_session.sources import memory_sources, remote_sources
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, record_v2, uuid_of

SUBJECT = "700001"
ONE = "ecephys_700001_2024-01-01_10-00-00"
TWO = "ecephys_700001_2024-01-02_10-00-00"
PLACE = Location("aind-open-data", ONE)


def inventory(world: World | None = None) -> Inventory:
    return Inventory(SUBJECT, memory_sources(world or empty_world()))


def test_each_question_names_the_place_that_is_searched() -> None:
    asked = inventory()
    assert [question.place for question in asked.asset_questions()] == [
        "Code Ocean, assets with the subject id 700001",
        "Code Ocean, assets with the text 700001",
    ]
    assert [question.place for question in asked.asset_questions(archived=True)] == [
        "Code Ocean, archived assets with the subject id 700001",
        "Code Ocean, archived assets with the text 700001",
    ]
    assert [question.place for question in asked.record_questions()] == [
        "DocDB v1, records of subject 700001",
        "DocDB v2, records of subject 700001",
    ]
    assert [one.place for one in asked.records_or_unstated().searched] == [
        "DocDB v1, records of subject 700001, also by name",
        "DocDB v2, records of subject 700001, also by name",
    ]
    assert [one.place for one in asked.assets_named(parse_session(ONE)).searched] == [
        "Code Ocean, names that contain 700001_2024-01-01_10-00-00"
    ]


def test_the_versions_of_docdb_are_sources_each_of_its_own() -> None:
    asked = inventory()
    assert [question.source for question in asked.record_questions()] == [
        ("DocDB", "v1"),
        ("DocDB", "v2"),
    ]
    assert [question.source for question in asked.asset_questions()] == [("Code Ocean",)] * 2


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["b"], "names b"),
        (["b", "a"], "names b, a"),
        (["b", "a", "c"], "names b, a and 1 more"),
        (["b", "a", "c", "d"], "names b, a and 2 more"),
    ],
)
def test_of_the_names_that_are_asked_for_two_are_listed(names: list[str], said: str) -> None:
    found = inventory().records_named(names)
    assert [one.place for one in found.searched] == [
        f"DocDB v1, records of {said}",
        f"DocDB v2, records of {said}",
    ]


def test_assets_are_searched_by_label_and_by_text_oldest_first(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.assets += [raw(2, TWO), raw(1, ONE), raw(3, f"{ONE}_x", archived=True)]
    stand_in(world)
    asked = Inventory(SUBJECT, remote_sources())
    assert [one.id for one in asked.assets().batches[0].items] == [uuid_of(1), uuid_of(2)]
    assert [one.id for one in asked.archived_assets().batches[0].items] == [uuid_of(3)]


def test_an_answer_is_kept_until_it_is_forgotten(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.assets.append(raw(1, ONE))
    world.objects["aind-open-data"] = {f"{ONE}/subject.json": b"{}", f"{ONE}/x/y": b""}
    platform = stand_in(world)
    asked = Inventory(SUBJECT, remote_sources())
    questions: list[Callable[[], object]] = [
        asked.assets,
        asked.records,
        asked.records_or_unstated,
        asked.archived_assets,
        lambda: asked.asset(uuid_of(1)),
        lambda: asked.asset(uuid_of(9)),
        lambda: asked.listing(PLACE),
        lambda: asked.listing(PLACE, "x/"),
        lambda: asked.listing(PLACE, delimiter=""),
        lambda: asked.content(PLACE, "subject.json"),
        lambda: asked.content(PLACE, "absent.json"),
        asked.whole_records,
        lambda: asked.directory([ONE]),
    ]
    for ask in questions:
        before = platform.count()
        first = ask()
        assert platform.count() > before
        before = platform.count()
        assert str(ask()) == str(first)
        assert platform.count() == before
    asked.refresh()
    before = platform.count()
    asked.assets()
    assert platform.count() == before + 2


def test_what_is_at_a_place_is_a_level_a_file_or_nothing() -> None:
    world = empty_world()
    world.objects["aind-open-data"] = {f"{ONE}/subject.json": b'{"a": 1}', f"{ONE}/x/y": b"z"}
    asked = inventory(world)
    assert asked.listing(PLACE).folders == ("x",)
    assert asked.listing(PLACE).files == ("subject.json",)
    assert asked.listing(PLACE, "x/").files == ("y",)
    assert asked.content(PLACE, "x/y") == b"z"
    assert asked.content(PLACE, "y") is None
    assert asked.json(PLACE, "subject.json") == {"a": 1}
    assert asked.json(PLACE, "absent.json") is None


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_json_is_an_odd_answer_and_is_read_again(content: bytes) -> None:
    world = empty_world()
    files = world.objects["aind-open-data"]
    files[f"{ONE}/subject.json"] = content
    asked = inventory(world)
    with pytest.raises(OddAnswerError, match="the file is not JSON: ") as caught:
        asked.json(PLACE, "subject.json")
    assert f"s3://aind-open-data/{ONE}/subject.json" in str(caught.value)
    assert "S3" in str(caught.value)
    files[f"{ONE}/subject.json"] = b"5"
    assert asked.json(PLACE, "subject.json") == 5


def test_an_asset_is_found_by_its_id_or_is_none() -> None:
    world = empty_world()
    world.assets += [raw(1, ONE), raw(2, TWO)]
    asked = inventory(world)
    found = asked.look_up([uuid_of(2), uuid_of(9), uuid_of(1)])
    assert list(found) == [uuid_of(2), uuid_of(9), uuid_of(1)]
    assert found[uuid_of(9)] is None
    names = [getattr(one, "name", None) for one in found.values()]
    assert names == [TWO, None, ONE]


def test_linked_assets_are_in_the_order_of_the_links_each_once(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.assets += [raw(1, ONE), raw(2, TWO), raw(3, f"{ONE}_x", archived=True)]
    platform = stand_in(world)
    asked = Inventory(SUBJECT, remote_sources())
    known = asked.assets()
    before = platform.count()
    links = [uuid_of(3), uuid_of(2), uuid_of(9), uuid_of(1), uuid_of(2)]
    answer = asked.linked_assets(links, known)
    assert [one.id for one in answer.value or ()] == [uuid_of(3), uuid_of(2), uuid_of(1)]
    assert answer.failures == ()
    assert platform.count() == before + 2


@pytest.mark.parametrize(("status", "failures"), [(403, 0), (500, 1)])
def test_a_link_that_is_closed_is_left_out_and_one_that_could_not_be_asked_is_a_failure(
    stand_in: Callable[..., Platform], status: int, failures: int
) -> None:
    world = empty_world()
    world.assets.append(raw(1, ONE))
    platform = stand_in(world)
    asked = Inventory(SUBJECT, remote_sources())
    known = asked.assets()
    platform.fail("code_ocean", path=uuid_of(9), status=status)
    answer = asked.linked_assets([uuid_of(9), uuid_of(1)], known)
    assert [one.id for one in answer.value or ()] == [uuid_of(1)]
    assert len(answer.failures) == failures


def test_a_record_is_given_whole_by_its_version_and_id() -> None:
    world = empty_world()
    world.records["v1"].append(record(ONE, None, note="v1"))
    world.records["v2"].append(record_v2(ONE, None, note="v2"))
    asked = inventory(world)
    slim = asked.records().items
    assert [asked.record(one)["note"] for one in slim] == ["v1", "v2"]
    assert asked.record({"version": "v1", "_id": "absent"}) == {}
    assert [one["note"] for one in asked.whole_records()] == ["v1", "v2"]


def test_both_are_asked_in_one_step() -> None:
    world = empty_world()
    world.assets.append(raw(1, ONE))
    world.records["v1"].append(record(ONE, None))
    assets, records = inventory(world).assets_and_records()
    assert [one.name for one in assets.items] == [ONE, ONE]
    assert [one["name"] for one in records.items] == [ONE]
    assert [one.place for one in assets.searched] == [
        "Code Ocean, assets with the subject id 700001",
        "Code Ocean, assets with the text 700001",
    ]
    assert [one.place for one in records.searched] == [
        "DocDB v1, records of subject 700001",
        "DocDB v2, records of subject 700001",
    ]


def test_sessions_are_read_from_names_as_from_the_assets_that_have_them() -> None:
    world = empty_world()
    other = asset(3, "mfish_screen1_2024-01-03_10-00-00", custom_metadata={"subject id": SUBJECT})
    world.assets += [raw(1, ONE), asset(2, f"{TWO}_sorted_2024-02-01_00-00-00"), other]
    world.assets.append(asset(4, f"MRI of {SUBJECT}", custom_metadata=None))
    found = inventory(world).assets()
    assert found.sessions == {parse_session(ONE), parse_session(TWO)}
    keys = {key for batch in found.batches for key in batch.by_key}  # of the assets
    assert keys == {parse_session(ONE).key, parse_session(TWO).key}
    assert {one.id for one in found.items} == set(map(uuid_of, (1, 2, 3, 4)))


def test_a_directory_is_looked_for_by_name_then_by_bucket() -> None:
    world = empty_world()
    world.objects["aind-ephys-data"][f"{ONE}/a"] = b""
    world.objects["aind-open-data"][f"{ONE}/a"] = b""
    world.objects["aind-ophys-data"][f"{TWO}/a"] = b""
    asked = inventory(world)
    assert str(asked.directory([ONE]).value) == f"s3://aind-open-data/{ONE}"
    assert str(asked.directory([TWO, ONE]).value) == f"s3://aind-ophys-data/{TWO}"
    absent = asked.directory(["absent"])
    assert absent.value is None
    assert absent.searched[-1] == Searched("s3://aind-ophys-data/absent")
    assert len(absent.searched) == 7


def test_a_bucket_that_could_not_be_asked_is_a_failure_with_its_reason(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.objects["aind-ephys-data"][f"{ONE}/a"] = b""
    stand_in(world).fail("s3", path="aind-open-data", status=403)
    found = Inventory(SUBJECT, remote_sources()).directory([ONE])
    assert str(found.value) == f"s3://aind-ephys-data/{ONE}"
    # aind-open-data-prod-o5171v, whose name starts the same
    assert [type(failure) for failure in found.failures] == [AccessDeniedError] * 2
    assert len(found.searched) == 7


def test_a_view_of_what_is_known_asks_nothing() -> None:
    world = empty_world()
    world.assets.append(raw(1, ONE))
    asked = inventory(world)
    with pytest.raises(NotAskedError):
        asked.known_only().asset(uuid_of(1))
    asked.asset(uuid_of(1))
    known = asked.known_only().asset(uuid_of(1))
    assert known is not None
    assert known.name == ONE


def test_what_is_kept_of_a_subject_is_kept_by_its_name_and_by_its_places() -> None:
    world = empty_world()
    world.assets += [raw(1, ONE), raw(2, TWO), asset(3, "both", type="combined")]
    asked = inventory(world)
    assert asked.scopes() == [SUBJECT]
    asked.assets()
    assert asked.scopes() == [
        SUBJECT,
        f"s3://aind-open-data/{ONE}",
        f"s3://aind-open-data/{TWO}",
    ]
    assert of_directory(PLACE, asked.sources).subject_id == f"s3://aind-open-data/{ONE}"


def test_a_refresh_forgets_the_files_of_assets_too() -> None:
    world = empty_world()
    world.assets.append(raw(1, ONE))
    files = world.objects["aind-open-data"]
    files[f"{ONE}/x"] = b"1"
    asked = inventory(world)
    asked.assets()
    below = of_directory(PLACE, asked.sources)
    assert below.content(PLACE, "x") == b"1"
    files[f"{ONE}/x"] = b"2"
    assert below.content(PLACE, "x") == b"1"
    asked.refresh()
    assert below.content(PLACE, "x") == b"2"


def test_records_with_more_fields_answer_the_question_for_fewer(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.records["v1"].append(record(ONE, None))
    platform = stand_in(world)
    asked = Inventory(SUBJECT, remote_sources())
    more, fewer = ("name", "location", "subject"), ("name", "location")
    asked.records_with(more)
    before = platform.count()
    asked.take_as_answered(more, fewer)
    found = asked.records_with(fewer)
    assert platform.count() == before
    assert [one["name"] for one in found.items] == [ONE]
    # fewer fields do not answer a question for more
    asked.records_with(("name",))
    assert platform.count() == before + 2


@pytest.mark.parametrize(("there", "seconds"), [(False, 30), (True, 600)])
def test_what_is_known_for_fewer_fields_is_known_as_long(*, there: bool, seconds: float) -> None:
    world, now = empty_world(), [0.0]
    if there:
        for version in ("v1", "v2"):
            world.records[version].append(record(ONE, None))
    asked = Inventory(SUBJECT, memory_sources(world, cache_seconds=600, clock=lambda: now[0]))
    more, fewer = ("name", "location", "subject"), ("name", "location")
    asked.records_with(more)
    asked.take_as_answered(more, fewer)
    questions = [question.key for question in asked.record_questions(fewer)]
    for now[0], known in ((seconds - 1, True), (seconds + 1, False)):
        assert [asked.sources.cache.has(SUBJECT, key) for key in questions] == [known, known]


def test_an_empty_file_is_there_and_is_kept_as_long_as_others() -> None:
    world, now = empty_world(), [0.0]
    files = world.objects["aind-open-data"]
    files[f"{ONE}/empty"] = b""
    asked = Inventory(SUBJECT, memory_sources(world, cache_seconds=600, clock=lambda: now[0]))
    assert asked.content(PLACE, "empty") == b""
    assert asked.content(PLACE, "absent") is None
    files |= {f"{ONE}/empty": b"1", f"{ONE}/absent": b"2"}
    for now[0], empty, absent in ((29, b"", None), (31, b"", b"2"), (601, b"1", b"2")):
        assert (asked.content(PLACE, "empty"), asked.content(PLACE, "absent")) == (empty, absent)


def test_what_was_asked_with_more_fields_cost_nothing_more_for_fewer(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.records["v1"].append(record(ONE, None))
    stand_in(world)
    asked = Inventory(SUBJECT, remote_sources())
    more, fewer = ("name", "location", "subject"), ("name", "location")
    asked.records_with(more)
    asked.take_as_answered(more, fewer)
    for question in asked.record_questions(fewer):
        how = asked.sources.cache.how(SUBJECT, question.key)
        assert how is not None
        assert (how.requests, how.bytes, how.retries, how.seconds) == (0, 0, 0, 0.0)


def test_a_place_is_a_path_of_its_store() -> None:
    asked = inventory()
    assert asked.path(PLACE).as_posix() == f"s3://aind-open-data/{ONE}"
    elsewhere = pytest.importorskip("gcsfs", reason="Google's store is read with gcsfs")
    assert elsewhere is not None
    assert str(asked.path(Location("b", "k", "gs"))) == "gs://b/k"


def test_a_session_that_states_no_subject_is_found_by_its_name(serve: Serve) -> None:
    world = empty_world()
    odd = raw(1, ONE)
    odd["custom_metadata"] = None
    world.assets.append(odd)
    assert Session(ONE, sources=serve(world)).raw_data_asset.id == uuid_of(1)
