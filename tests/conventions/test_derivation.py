"""What an asset was made of, where names and provenance leave room."""

from __future__ import annotations

from aind_session.conventions.derivation import AssetIndex, Edge, inputs_of
from aind_session.sources.servers.decode import decode_asset
from tests.worlds import asset, raw, uuid_of

BARE = "700001_2024-01-01_10-00-00"
ECEPHYS, BEHAVIOR = f"ecephys_{BARE}", f"behavior_{BARE}"
SORTED = f"{ECEPHYS}_sorted_2024-01-02_00-00-00"
MADE = decode_asset(asset(9, SORTED))


def index_of(*names: str) -> AssetIndex:
    """The assets are numbered from 1, in the order in which they were created."""
    return AssetIndex(decode_asset(raw(at, name)) for at, name in enumerate(names, start=1))


def test_a_platform_in_the_name_chooses_among_assets_of_one_time() -> None:
    found = index_of(BEHAVIOR, ECEPHYS).named(BEHAVIOR, made=MADE)
    assert found is not None
    assert found.name == "behavior_700001_2024-01-01_10-00-00"


def test_without_the_asset_of_that_platform_another_one_is_meant() -> None:
    index = index_of(ECEPHYS)
    found = index.named(BEHAVIOR, made=MADE)
    assert found is not None
    assert found.name == "ecephys_700001_2024-01-01_10-00-00"
    assert index.ids_named(BEHAVIOR) == ["0000000a-0000-4000-8000-000000000001"]


def test_a_name_without_platform_means_the_last_asset_of_any() -> None:
    found = index_of(BARE, ECEPHYS).named(BARE, made=MADE)
    assert found is not None
    assert found.name == "ecephys_700001_2024-01-01_10-00-00"


def test_the_assets_of_a_name_are_those_that_spell_it_the_same() -> None:
    index = index_of(ECEPHYS, BARE)
    assert index.ids_named(BARE) == ["0000000a-0000-4000-8000-000000000002"]
    assert index.ids_named("700001_20240101_100000") == [
        "0000000a-0000-4000-8000-000000000001",
        "0000000a-0000-4000-8000-000000000002",
    ]


def test_two_spellings_are_one_name_in_either_order() -> None:
    index = index_of()
    assert index.same_name(BARE, ECEPHYS)
    assert index.same_name(ECEPHYS, BARE)
    assert not index.same_name(ECEPHYS, SORTED)


def test_an_edge_by_name_tells_the_run_that_made_the_asset() -> None:
    made = asset(2, SORTED, provenance={"computation": "a run", "capsule": "a capsule"})
    assert inputs_of(decode_asset(made), index_of(ECEPHYS)).edges == (
        Edge(uuid_of(1), uuid_of(2), "name", "a run", "a capsule"),
    )


def test_an_asset_created_at_an_unknown_time_was_there_before_all_others() -> None:
    unknown = decode_asset({**raw(1, ECEPHYS), "created": None})
    later = decode_asset(raw(2, ECEPHYS))
    index = AssetIndex([later, unknown])
    assert list(index.by_id) == [uuid_of(1), uuid_of(2)]
    made = decode_asset({**asset(3, SORTED), "created": None})
    assert inputs_of(made, index).edges[0].source == uuid_of(1)
