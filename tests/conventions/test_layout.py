"""Where files of a kind lie: patterns against the names of one level at a time."""

from __future__ import annotations

import pytest

from aind_session.conventions.layout import Search


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
