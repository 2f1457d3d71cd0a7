"""``session.ecephys``: sorted data, and the folders of the recording."""

from __future__ import annotations

import pytest

import aind_session
from aind_session import AssetNotFoundError, DirectoryNotFoundError, Session
from aind_session.sources import use_sources
from tests.conftest import Serve
from tests.worlds import asset, empty_world, raw, record, uuid_of

NAME = "ecephys_700001_2024-01-02_03-04-05"


def test_sorted_assets_are_those_whose_name_says_so_right_after_the_session(serve: Serve) -> None:
    world = empty_world()
    labels = ["sorted_2024-02-01", "sorted-ks25_2024-02-02", "sortedKS4_2024-02-03"]
    others = ["processed_2024-02-01", "dlc_eye_sorted_2024-02-01"]
    for number, label in enumerate([*labels, *others]):
        world.assets.append(asset(number, f"{NAME}_{label}_00-00-00"))
    session = Session(NAME, sources=serve(world))
    found = [a.name for a in session.ecephys.sorted_data_assets]
    assert found == [f"{NAME}_{label}_00-00-00" for label in labels]
    assert session.ecephys.sorted_data_asset.name == found[-1]


def test_no_sorted_asset_is_an_empty_tuple_and_an_attribute_error(serve: Serve) -> None:
    world = empty_world()
    world.assets.append(raw(1, NAME))
    ecephys = Session(NAME, sources=serve(world)).ecephys
    assert ecephys.sorted_data_assets == ()
    with pytest.raises(AssetNotFoundError, match="sorted data asset"):
        ecephys.sorted_data_asset
    assert getattr(ecephys, "sorted_data_asset", None) is None


def test_an_asset_or_its_id_is_judged(serve: Serve) -> None:
    world = empty_world()
    world.assets += [asset(1, f"{NAME}_sorted_2024-02-01_00-00-00"), raw(2, NAME), asset(3, "x")]
    with use_sources(serve(world)):
        is_sorted = aind_session.Session.ecephys.is_sorted_data_asset
        assert is_sorted(uuid_of(1))
        assert is_sorted(Session(NAME).data_assets[0])
        assert not is_sorted(uuid_of(2))
        assert not is_sorted(uuid_of(3))
        with pytest.raises(ValueError, match=uuid_of(4)):
            is_sorted(uuid_of(4))


@pytest.mark.parametrize(
    ("folders", "clipped"),
    [
        (["ecephys_clipped", "ecephys_compressed"], "ecephys_clipped"),
        (["ecephys/ecephys_clipped", "ecephys/ecephys_compressed"], "ecephys/ecephys_clipped"),
        (
            ["ecephys_clipped", "ecephys/ecephys_clipped", "ecephys_compressed"],
            "ecephys/ecephys_clipped",
        ),
    ],
)
def test_folders_are_found_at_the_root_and_in_ecephys(
    serve: Serve, folders: list[str], clipped: str
) -> None:
    world = empty_world()
    root = f"s3://aind-open-data/{NAME}"
    world.records["v1"].append(record(NAME, root))
    for folder in folders:
        world.objects["aind-open-data"][f"{NAME}/{folder}/Record Node 1#x/data"] = b""
    world.objects["aind-open-data"][f"{NAME}/ecephys/settings.xml"] = b""
    ecephys = Session(NAME, sources=serve(world)).ecephys
    assert ecephys.clipped_dir.as_posix() == f"{root}/{clipped}"
    assert ecephys.compressed_dir.as_posix() == f"{root}/{folders[-1]}"


def test_an_absent_folder_is_an_attribute_error(serve: Serve) -> None:
    world = empty_world()
    world.objects["aind-open-data"][f"{NAME}/ecephys/x"] = b""
    ecephys = Session(NAME, sources=serve(world)).ecephys
    with pytest.raises(DirectoryNotFoundError, match="ecephys_clipped"):
        ecephys.clipped_dir
    assert getattr(ecephys, "compressed_dir", None) is None


def test_a_typo_after_the_namespace_names_what_comes_close() -> None:
    with pytest.raises(AttributeError, match="sorted_data_assets"):
        Session(NAME).ecephys.sorted_asets  # type: ignore[attr-defined]
