"""DocDB over its REST interface: both versions, pages, faults."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import requests

from aind_session import (
    OddAnswerError,
    OddAnswerWarning,
    RemoteError,
    Session,
    UnavailableError,
)
from aind_session.conventions.records import SLIM_FIELDS
from aind_session.sources.servers.answered import answered
from aind_session.sources.servers.docdb import DocdbRecords
from aind_session.sources.settings import read_settings
from tests.conftest import Serve
from tests.platform import Platform
from tests.platform.faults import Kind
from tests.worlds import empty_world, record, record_v2

NAME = "ecephys_700001_2024-01-02_03-04-05"
OF_SUBJECT = {"subject.subject_id": "700001"}


def test_filters_and_fields_mean_the_same_everywhere(serve: Serve) -> None:
    world = empty_world()
    world.records["v1"] += [record(NAME, "s3://a/b", "x"), record("e_2_2024-01-01_00-00-00", None)]
    world.records["v2"] += [record_v2(NAME, "s3://c/d")]
    records = serve(world).records
    assert [r["_id"] for r in records.find("v1", OF_SUBJECT)] == [f"v1-{NAME}-s3://a/b"]
    slim = records.find("v1", {"name": {"$in": [NAME]}}, SLIM_FIELDS)[0]
    assert slim == {
        "_id": f"v1-{NAME}-s3://a/b",
        "name": NAME,
        "location": "s3://a/b",
        "created": "2024-06-20T21:13:53.068424",
        "external_links": {"Code Ocean": ["x"]},
        "subject": {"subject_id": "700001"},
        "data_description": {"data_level": "raw", "modality": [{"abbreviation": "behavior"}]},
    }
    either = {"$or": [{"name": {"$regex": "^e_2"}}, {"location": "s3://c/d"}]}
    assert len(records.find("v1", either)) == len(records.find("v2", either)) == 1
    assert records.find("v2", {"name": "nobody"}) == []


def test_one_request_when_the_answer_is_small(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.records["v1"] += [record(NAME, f"s3://a/{n}") for n in range(100)]
    platform = stand_in(world)
    assert len(DocdbRecords(read_settings()).find("v1", OF_SUBJECT)) == 100
    assert platform.count() == 1


def test_a_page_that_was_cut_short_is_continued(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.records["v1"] += [record(NAME, f"s3://a/{n}", big="x" * 100_000) for n in range(100)]
    stand_in(world)
    found = DocdbRecords(read_settings()).find("v1", OF_SUBJECT)
    assert len({r["_id"] for r in found}) == len(found) == 100


@pytest.mark.parametrize("kind", ["html", "shape"])
def test_an_odd_answer_is_an_error(stand_in: Callable[..., Platform], kind: Kind) -> None:
    stand_in(empty_world()).fail("docdb", kind=kind)
    with pytest.raises(OddAnswerError, match="DocDB"):
        DocdbRecords(read_settings()).find("v1", OF_SUBJECT)


def test_a_server_that_is_down_is_named(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    platform.fail("docdb", status=503)
    with pytest.raises(UnavailableError, match="DocDB") as caught:
        DocdbRecords(read_settings(), sleep=lambda seconds: None).find("v1", OF_SUBJECT)
    assert caught.value.status == 503
    assert platform.count() == 4


def test_a_large_record_after_small_ones_is_not_lost(stand_in: Callable[..., Platform]) -> None:
    found = empty_world()
    sizes = {"1": 2_500_000, "2": 3_900_000, "3": 10}
    found.records["v1"] += [
        {**record(f"{NAME}_{id_}", "s3://a/b", big="x" * size), "_id": id_}
        for id_, size in sizes.items()
    ]
    stand_in(found)
    records = DocdbRecords(read_settings()).find("v1", OF_SUBJECT)
    assert [one["_id"] for one in records] == ["1", "2", "3"]


def test_pages_that_repeat_themselves_end_in_an_error(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    page = [record(NAME, "s3://a/b", big="x" * 3_100_000)]
    platform.fail("docdb", kind="shape", body=json.dumps(page))
    with pytest.raises(OddAnswerError, match="do not end"):
        DocdbRecords(read_settings()).find("v1", OF_SUBJECT)
    assert platform.count() == 2


@pytest.mark.parametrize("odd", [{"name": NAME}, {"_id": "x", "name": None}, None, "x"])
def test_what_is_no_record_is_left_out_with_a_warning(
    stand_in: Callable[..., Platform], odd: Any
) -> None:
    platform = stand_in(empty_world())
    records = DocdbRecords(read_settings())
    platform.fail("docdb", kind="shape", body=json.dumps([odd, record(NAME, None)]))
    with pytest.warns(OddAnswerWarning, match="v2 sent 1 of 2 records") as caught:
        assert [r["name"] for r in records.find("v2", OF_SUBJECT, SLIM_FIELDS)] == [NAME]
    assert len(caught) == 1
    platform.fail("docdb", kind="shape", body=json.dumps([odd]))
    with pytest.raises(OddAnswerError, match="records of v2 were expected"):
        records.find("v2", OF_SUBJECT, SLIM_FIELDS)


def test_a_whole_record_need_not_have_a_name(stand_in: Callable[..., Platform]) -> None:
    stand_in(empty_world()).fail("docdb", kind="shape", body='[{"_id": "x", "name": null}]')
    assert DocdbRecords(read_settings()).find("v1", {"_id": "x"})[0]["_id"] == "x"


def test_a_redirect_is_not_followed(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    platform.fail("docdb", status=302, headers={"Location": f"{platform.url('s3')}/login"})
    with pytest.raises(
        RemoteError, match=r"DocDB: redirects to other addresses are not followed.*/login"
    ):
        DocdbRecords(read_settings()).find("v1", OF_SUBJECT)
    assert platform.count("s3") == 0


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_refusal_is_what_callers_of_requests_catch(
    stand_in: Callable[..., Platform], status: int
) -> None:
    platform = stand_in(empty_world())
    platform.fail("docdb", status=status)
    session = Session(NAME)
    with pytest.raises(requests.HTTPError) as caught:
        session.docdb
    error = caught.value
    assert isinstance(error, RemoteError)
    assert error.response.status_code == status
    assert error.response.request is None
    assert str(error).startswith("DocDB: ")


def test_such_an_error_travels_and_is_the_same_there() -> None:
    error = answered(UnavailableError)("DocDB", "busy", status=503, url="https://x/y?z", wait=2.0)
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is type(error)
    assert isinstance(copied, UnavailableError)
    assert isinstance(copied, requests.HTTPError)
    assert str(copied) == str(error)
    assert (copied.status, copied.wait, copied.response) == (503, 2.0, None)
    assert type(error).__name__ == "UnavailableError"
