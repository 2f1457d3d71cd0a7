"""A server that is down hides no answer of another server, and never looks like absence."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

import pytest

from aind_session import (
    CredentialsError,
    LeftOutWarning,
    NotFoundError,
    OddAnswerWarning,
    RemoteError,
    Session,
    SourceDownWarning,
    Subject,
    UnavailableError,
    sessions,
)
from aind_session.sources import Sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.servers.code_ocean import CodeOceanAssets
from aind_session.sources.servers.docdb import DocdbRecords
from aind_session.sources.servers.s3 import S3Storage
from aind_session.sources.settings import read_settings
from tests.platform import Platform
from tests.worlds import empty_world

RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
PROPERTIES = ["raw_data_asset", "raw_data_dir", "data_assets", "is_uploaded", "docdb", "modalities"]


def impatient() -> Sources:
    """The real sources, without the waits between attempts."""
    settings = read_settings()
    return replace(
        remote_sources(),
        assets=CodeOceanAssets(settings, sleep=lambda seconds: None),
        records=DocdbRecords(settings, sleep=lambda seconds: None),
        storage=S3Storage(settings, sleep=lambda seconds: None),
    )


@pytest.fixture
def platform(stand_in: Callable[..., Platform]) -> Platform:
    return stand_in(demo_world())


def test_docdb_down_leaves_what_code_ocean_knows(platform: Platform) -> None:
    platform.fail("docdb", status=503)
    session = Session(DEMO_SESSION, sources=impatient())
    with pytest.warns(SourceDownWarning, match="DocDB"):
        assert session.raw_data_asset.id == RAW_ID
    with pytest.warns(SourceDownWarning, match="DocDB"):
        assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"


def test_code_ocean_down_leaves_what_docdb_knows(platform: Platform) -> None:
    platform.fail("code_ocean", kind="reset")
    session = Session(DEMO_SESSION, sources=impatient())
    assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
    assert session.metadata.subject["genotype"].startswith("Pvalb")
    with pytest.raises(UnavailableError, match="Code Ocean"):
        session.raw_data_asset


def test_one_schema_version_down_leaves_the_other(platform: Platform) -> None:
    platform.fail("docdb", path="/v2/", status=500)
    with pytest.warns(SourceDownWarning, match="v2"):
        assert Session(DEMO_SESSION, sources=impatient()).docdb["name"] == DEMO_SESSION


def test_a_missing_token_is_no_outage_when_another_source_answers(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    session = Session(DEMO_SESSION, sources=remote_sources())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert session.is_uploaded
        assert session.modalities == ("behavior", "behavior_videos", "ecephys")
    with pytest.raises(CredentialsError, match="CODE_OCEAN_API_TOKEN"):
        session.raw_data_asset


@pytest.mark.parametrize("name", PROPERTIES)
def test_could_not_look_is_never_absence(stand_in: Callable[..., Platform], name: str) -> None:
    platform = stand_in(empty_world())
    for service in ("code_ocean", "docdb", "s3"):
        platform.fail(service, status=503)
    with pytest.raises(RemoteError) as caught:
        getattr(Session(DEMO_SESSION, sources=impatient()), name, None)
    assert not isinstance(caught.value, NotFoundError)


@pytest.mark.parametrize("name", ["sessions", "data_assets", "docdb"])
def test_a_subject_that_could_not_be_looked_up_is_not_empty(
    stand_in: Callable[..., Platform], name: str
) -> None:
    platform = stand_in(empty_world())
    platform.fail("docdb", status=503)
    with pytest.raises(UnavailableError, match="DocDB"):
        getattr(Subject(676909, sources=impatient()), name)


def test_failures_are_asked_again(platform: Platform) -> None:
    platform.fail("code_ocean", status=500)
    session = Session(DEMO_SESSION, sources=impatient())
    with pytest.raises(UnavailableError):
        session.data_assets
    platform.heal()
    assert len(session.data_assets) == 3


def test_the_warning_points_at_the_line_of_the_user(platform: Platform) -> None:
    platform.fail("docdb", status=503)
    session = Session(DEMO_SESSION, sources=impatient())
    with pytest.warns(SourceDownWarning) as caught:
        session.raw_data_asset
    assert caught[0].filename == __file__


def test_the_warning_points_there_from_within_a_cached_property(platform: Platform) -> None:
    platform.fail("docdb", status=503)
    many = sessions(Subject(DEMO_SESSION), sources=impatient())
    with pytest.warns(SourceDownWarning) as caught:
        len(many)
    assert caught[0].filename == __file__


def test_sorters_that_could_not_be_read_are_not_none(platform: Platform) -> None:
    platform.fail("s3", status=503)
    session = Session(DEMO_SESSION, sources=impatient())
    with pytest.raises(UnavailableError, match="S3"):
        session.ecephys.sorter.names
    platform.heal()
    assert session.ecephys.sorter.names == ("kilosort2_5",)


def test_a_sorter_that_could_not_be_read_is_left_out_beside_others(platform: Platform) -> None:
    platform.fail("s3", path="a2a54575", status=503)
    with pytest.warns(LeftOutWarning, match="503"):
        assert Session(DEMO_SESSION, sources=impatient()).ecephys.sorter.names == ("kilosort2_5",)


def test_refused_aws_credentials_are_a_warning_if_a_record_answers(platform: Platform) -> None:
    body = b"<Error><Code>ExpiredToken</Code><Message>old</Message></Error>"
    platform.fail("s3", status=400, body=body)
    with pytest.warns(SourceDownWarning, match="ExpiredToken"):
        assert Session(DEMO_SESSION, sources=impatient()).modalities[0] == "behavior"


def test_an_answer_that_is_not_whole_says_so_each_time(platform: Platform) -> None:
    platform.world.assets.append({"id": "x", "name": None, "created": 1})
    platform.world.assets[-1]["custom_metadata"] = {"subject id": "676909"}
    session = Session(DEMO_SESSION, sources=impatient())
    for _ in range(2):
        with pytest.warns(OddAnswerWarning, match="not a data asset") as caught:
            assert len(session.data_assets) == 3
        assert len(caught) == 1
