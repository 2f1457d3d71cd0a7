"""Whether an asset is raw or sorted, by its labels and by its name in any spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aind_session import Session, Subject, get_subject_data_assets
from aind_session.conventions.assets import (
    asset_location,
    assets_by_creation,
    folder_modalities,
    is_of_subject,
    is_raw_asset,
    is_sorted_asset,
    last_usable,
    pick_raw_asset,
    why_passed_over,
    why_raw_asset,
)
from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.names import parse_session
from aind_session.sources.bodies import data_asset
from aind_session.sources.servers.decode import decode_asset
from aind_session.testing import FakeAIND
from tests.conftest import Serve

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

S = "ecephys_123456_2024-01-01_10-00-00"


def test_other_spellings_of_the_times_in_a_name_are_of_the_same_session(serve: Serve) -> None:
    fake = FakeAIND()
    fake.add_asset("804430_2025-03-26T234133")
    fake.add_asset("804430_2025-03-26T234133_sorted_2025-03-28T101010")
    session = Session("804430_2025-03-26_23-41-33", sources=serve(fake.world))
    assert [asset.name for asset in session.ecephys.sorted_data_assets] == [
        "804430_2025-03-26T234133_sorted_2025-03-28T101010"
    ]
    assert session.raw_data_asset.name == "804430_2025-03-26T234133"


def test_blanks_at_the_ends_of_a_name_do_not_count(serve: Serve) -> None:
    fake = FakeAIND()
    fake.add_asset(f"{S} ", tags=[], custom_metadata=None)
    session = Session(S, sources=serve(fake.world))
    assert session.raw_data_asset.name == f"{S} "


def made(name: str = S, **more: Any) -> DataAsset:
    """Make an asset with only the passed attributes."""
    return decode_asset(data_asset(more.pop("id", "a"), name, more.pop("created", 1), **more))


@pytest.mark.parametrize(
    ("asset", "is_raw"),
    [
        (made("x", tags=["raw"]), True),
        (made("x", tags=["Raw "]), True),
        (made(f"{S}_sorted_2024-02-01_02-00-00", tags=["withdrawn"]), False),
        (made(f"{S}_sorted_2024-02-01_02-00-00", tags=["drawn", "strawberry"]), False),
        (made("x", custom_metadata={"data level": "raw data"}), True),
        (made("x", tags=["raw"], custom_metadata={"data level": "derived"}), False),
        (made("x", tags=["raw"], custom_metadata={"data level": "derived data"}), False),
        (made("x", tags=["raw"], custom_metadata={"subject id": "1"}), True),
        (made(S), True),
        (made(f"{S}_raw_data"), False),
        (made(f"{S}_raw_data", tags=["raw"]), True),
    ],
)
def test_the_level_tells_what_is_raw_then_a_tag_then_the_name(
    asset: DataAsset, is_raw: bool
) -> None:
    assert is_raw_asset(asset) is is_raw


OTHER = "ecephys_123456_2024-01-02_10-00-00"
SORTED = f"{S}_sorted_2024-02-01_02-00-00"
SESSION = parse_session(S)


def chosen(linked: list[DataAsset], found: list[DataAsset]) -> str | None:
    winner = pick_raw_asset(linked, found, SESSION)
    return winner and winner.id


def test_a_linked_asset_of_another_session_is_passed_over() -> None:
    other = made(OTHER, id="other", created=9, custom_metadata={"data level": "raw data"})
    assert chosen([other], [made(id="own")]) == "own"
    assert chosen([other], []) is None


def test_what_was_made_of_raw_data_is_not_raw_because_a_record_links_it() -> None:
    assert chosen([made(SORTED, id="sorted", created=9)], [made(id="own")]) == "own"
    assert chosen([made(SORTED, id="sorted")], []) is None


@pytest.mark.parametrize("state", ["failed", "draft"])
def test_what_cannot_be_used_never_wins_over_what_is_ready(state: str) -> None:
    broken = made(id="broken", created=9, state=state)
    assert chosen([broken], [broken, made(id="own")]) == "own"
    assert chosen([], [broken, made(id="own")]) == "own"
    assert chosen([broken], [broken]) == "broken"


def test_a_linked_asset_that_no_search_brings_may_be_archived() -> None:
    archived = made(id="archived", created=9)
    assert chosen([archived], [made(id="own")]) == "own"
    assert chosen([archived], []) == "archived"


def test_of_several_one_that_is_not_named_as_derived_then_the_latest_counts() -> None:
    labelled = made(SORTED, id="mislabelled", created=9, custom_metadata={"data level": "raw data"})
    assert chosen([], [labelled, made(id="own")]) == "own"
    assert chosen([], [made(id="older"), made(id="newer", created=2)]) == "newer"
    older, newer = made(id="linked"), made(id="newer", created=2)
    assert chosen([older], [older, newer]) == "linked"


def test_an_asset_without_a_session_in_its_name_counts_where_a_record_links_it() -> None:
    assert chosen([made("my upload", id="odd")], []) == "odd"


@pytest.mark.parametrize(
    ("asset", "subject", "is_mine"),
    [
        (made("ecephys_676909_2023-12-13_13-43-40"), "676909", True),
        (made("ecephys_676909_2023-12-13_13-43-40"), "67690", False),
        (made("x", custom_metadata={"subject id": "676909"}, description="67690"), "67690", False),
        (made("ecephys_676909_2023-12-13_13-43-40", description="as 67690"), "67690", False),
        (
            made("ecephys_676909_2023-12-13_13-43-40", custom_metadata={"subject id": "67690"}),
            "67690",
            True,
        ),
        (made("x", custom_metadata={"subject id": "1, 676909"}), "676909", True),
        (made("x", custom_metadata={"subject id": 676909}), "676909", True),
        (made("x", description="for 676909, and others"), "676909", True),
        (made("x", description="for 676909, and others"), "67690", False),
        (made("HCR_676909_2023", tags=None), "676909", True),
        (made("x", tags=["676909"]), "676909", True),
        (made("x", tags=["of 676909"]), "67690", False),
        (made("x", description=None, tags=None), "676909", True),
    ],
)
def test_an_asset_is_of_the_subject_that_it_states(
    asset: DataAsset, subject: str, is_mine: bool
) -> None:
    assert is_of_subject(asset, subject) is is_mine


def test_a_subject_has_no_assets_of_a_longer_number(serve: Serve) -> None:
    fake = FakeAIND()
    fake.add_session("ecephys_676909_2023-12-13_13-43-40")
    sources = serve(fake.world)
    assert Subject("67690", sources=sources).data_assets == ()
    assert get_subject_data_assets("67690", sources=sources) == ()
    assert len(Subject("676909", sources=sources).data_assets) == 1


def test_assets_are_sorted_by_creation_then_by_id_and_each_comes_once() -> None:
    assets = [
        made(id="b", created=2),
        made(id="a", created=2),
        made(id="c", created=1),
        made("x", id="b", created=3),
    ]
    found = assets_by_creation(assets)
    assert [asset.id for asset in found] == ["c", "a", "b"]
    assert found[-1].name == "x"


@pytest.mark.parametrize(
    ("asset", "why"),
    [
        (made(custom_metadata={"data level": "Raw Data"}), "its custom metadata say 'Raw Data'"),
        (made("x", custom_metadata={"data level": "raw"}), "its custom metadata say 'raw'"),
        (made("x", tags=["ecephys", "RAW"]), "one of its tags is 'RAW'"),
        (made(tags=None), "its name is exactly the session ID"),
        (made("x", tags=None), None),
        (made("x", tags=["ecephys"], custom_metadata=None), None),
    ],
)
def test_it_is_said_by_what_an_asset_is_raw(asset: DataAsset, why: str | None) -> None:
    assert why_raw_asset(asset) == why


@pytest.mark.parametrize(
    ("asset", "why"),
    [
        (made(OTHER), "belongs to another session"),
        (made(SORTED), "is derived, by its name"),
        (made(state="failed"), "is failed"),
        (made(state="draft"), "is draft"),
        (made(), None),
        (made("my upload"), None),
        (made(state="pending"), None),
    ],
)
def test_it_is_said_why_a_linked_asset_is_not_taken_for_raw(
    asset: DataAsset, why: str | None
) -> None:
    assert why_passed_over(asset, SESSION) == why


def test_of_some_the_last_that_can_be_used_counts() -> None:
    ready, failed, draft = made(id="r"), made(id="f", state="failed"), made(id="d", state="draft")
    assert last_usable([ready, failed, draft]).id == "r"
    assert last_usable([made(id="older"), ready]).id == "r"
    assert last_usable([draft, failed]).id == "f"


def test_one_in_an_unknown_state_is_between_one_that_is_ready_and_one_that_failed() -> None:
    unknown = made(id="unknown", created=5, state="thawing")
    failed = made(id="failed", created=9, state="failed")
    assert chosen([], [unknown, failed]) == "unknown"
    assert chosen([], [unknown, failed, made(id="ready", created=1)]) == "ready"
    assert chosen([unknown], [made(id="ready", created=1)]) == "ready"


def test_of_assets_created_together_the_last_id_counts() -> None:
    assert chosen([], [made(id="b"), made(id="a")]) == "b"


def test_without_a_session_no_asset_is_passed_over_for_its_name() -> None:
    other = made(OTHER, id="other", created=9)
    found = pick_raw_asset([], [other, made(id="own")])
    assert found is not None
    assert found.id == "other"


@pytest.mark.parametrize(
    ("asset", "place"),
    [
        (made(id="a", type="dataset"), f"s3://{CODE_OCEAN_BUCKET}/a"),
        (made(id="a", type="result"), f"s3://{CODE_OCEAN_BUCKET}/a"),
        (made(id="a", type="combined"), None),
        (made(source_bucket={"origin": "aws", "bucket": "b", "prefix": "p/"}), "s3://b/p"),
        (made(source_bucket={"origin": "gcp", "bucket": "b", "prefix": "p"}), "gs://b/p"),
        (made(source_bucket={"origin": "aws", "bucket": "b", "prefix": None}), "s3://b/"),
        (made(source_bucket={"origin": "local", "bucket": "b", "prefix": "p"}), None),
    ],
)
def test_the_place_of_an_asset_is_in_its_bucket_or_in_code_oceans(
    asset: DataAsset, place: str | None
) -> None:
    where = asset_location(asset)
    assert (where and str(where)) == place


@pytest.mark.parametrize(
    ("name", "is_sorted"),
    [(SORTED, True), (f"{S}_sorted", True), (f"{S}_nwb", False), (S, False), ("sorted", False)],
)
def test_a_sorted_asset_has_sorted_as_its_first_label(name: str, is_sorted: bool) -> None:
    assert is_sorted_asset(made(name)) is is_sorted


def test_modalities_of_folders_are_sorted_in_one_spelling_without_metadata() -> None:
    folders = ["pophys", "metadata_dir", "ecephys", "behavior-videos", "fib", "ecephys_compressed"]
    assert folder_modalities(folders) == ("behavior_videos", "ecephys", "fib", "pophys")
