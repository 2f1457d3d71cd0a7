"""Patterns of file kinds match the names of one level at a time."""

from __future__ import annotations

import pytest

from aind_session.conventions.layout import KINDS, Search


def search(*patterns: str) -> Search:
    return Search(frozenset(tuple(pattern.split("/")) for pattern in patterns))


@pytest.mark.parametrize(
    ("patterns", "narrow"),
    [
        (["behavior/*.pkl", "ecephys/a/b.xml"], True),
        (["behavior/*.pkl", "subject.json"], False),
        (["behavior/*.pkl", "*/x.json"], False),
        (["behavio?/x.json"], False),
        (["behavio[r]/x.json"], False),
        (["behavior/x"], True),
    ],
)
def test_a_search_is_narrow_where_each_first_part_is_a_folder_that_is_named(
    patterns: list[str], narrow: bool
) -> None:
    assert search(*patterns).is_narrow is narrow


def test_the_folders_of_a_narrow_search_are_sorted() -> None:
    patterns = [f"{folder}/x" for folder in "fbdaceb"]
    assert search(*patterns).named_folders() == ["a", "b", "c", "d", "e", "f"]


def test_files_of_a_level_are_sorted_and_case_counts() -> None:
    found = search("*.nwb", "x/y.nwb").files(["c.nwb", "a.nwb", "b.NWB", "y.nwb", "d.txt"], [])
    assert found == ["a.nwb", "c.nwb", "y.nwb"]


def test_a_folder_counts_as_a_file_where_a_pattern_takes_it() -> None:
    folders = ["z.nwb.zarr", "b.nwb", "curated"]
    assert search("*.nwb", "*.nwb.zarr").files(["c.nwb"], folders) == ["c.nwb", "z.nwb.zarr"]
    assert search("*").files(["c.nwb"], folders) == ["b.nwb", "c.nwb", "curated", "z.nwb.zarr"]
    assert search("b.nwb").files([], folders) == []


def test_what_is_left_of_a_pattern_is_looked_for_in_the_folders_that_fit() -> None:
    below = search("a*/x.csv", "ab/*/y", "c/z", "top.csv").below(["ab", "c", "d", "a.zarr", "aa"])
    assert below == [
        ("ab", search("x.csv", "*/y")),
        ("c", search("z")),
        ("aa", search("x.csv")),
    ]


LEVELS = {
    "nwb": ["a.nwb", "a.nwb.zarr", "nwb/a.nwb", "nwb/a.nwb.zarr"],
    "behavior_videos": [
        f"{folder}/{below}a.{suffix}"
        for folder in ("behavior_videos", "behavior-videos")
        for below in ("", "Face/")
        for suffix in ("mp4", "avi")
    ],
    "video_metadata": [
        "behavior_videos/a.json",
        "behavior_videos/a.csv",
        "behavior-videos/a.json",
        "behavior-videos/a.csv",
        "behavior-videos/Face/a.json",
        "behavior-videos/Face/a.csv",
    ],
    "behavior": ["behavior/a.txt"],
    "sync": ["behavior/a.sync", "elsewhere/a.sync", "behavior/a.h5"],
    "stimulus": ["behavior/a.pkl", "behavior/a.stim.pkl"],
    "settings": [
        "ecephys/ecephys_clipped/Record Node 101/settings.xml",
        "ecephys_clipped/Record Node 101/settings_2.xml",
        "ecephys/ecephys_clipped/settings.xml",
        "ecephys_clipped/settings.xml",
    ],
    "recordings": ["ecephys/ecephys_compressed/a.zarr", "ecephys_compressed/a.zarr"],
    "sorted": ["spikesorted/a", "curated/a", "sorting_precurated/a"],
    "analyzers": ["postprocessed/a.zarr", "postprocessed/a"],
    "images": [
        "SPIM/a",
        "SmartSPIM/a",
        "image_tile_fusing/OMEZarr/a.zarr",
        "pophys/a",
        "slap2/a",
    ],
    "photometry": ["fib/FIP/a.csv", "fib/a.csv"],
    "metadata": [
        "subject.json",
        "data_description.json",
        "procedures.json",
        "session.json",
        "acquisition.json",
        "rig.json",
        "instrument.json",
        "processing.json",
        "quality_control.json",
        "model.json",
        "metadata.nd.json",
    ],
}


def test_there_are_these_kinds_of_files() -> None:
    assert list(KINDS) == list(LEVELS)


@pytest.mark.parametrize(("kind", "path"), [(k, path) for k in LEVELS for path in LEVELS[k]])
def test_a_file_is_found_where_a_layout_of_some_year_had_it(kind: str, path: str) -> None:
    *folders, name = path.split("/")
    searches = [Search.of(kind)]
    for folder in folders:
        searches = [found for one in searches for _, found in one.below([folder])]
    is_folder = name.endswith(".zarr")
    names: tuple[list[str], list[str]] = ([], [name]) if is_folder else ([name], [])
    assert [one.files(*names) for one in searches] == [[name]]
