"""The search for names in texts: which one counts, and its cost."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aind_session.conventions import grammar
from aind_session.conventions.names import (
    KNOWN_PLATFORMS,
    find_asset_name,
    find_session,
    parse_session,
    parse_subject,
)
from aind_session.errors import SessionIdError
from tests.conventions.test_names import SESSION


@pytest.mark.parametrize(
    ("text", "platform", "subject_id"),
    [
        ("smartspim_695464_2023-10-18_20-30-30", "smartspim", "695464"),
        ("novel-rig_695464_2023-10-18_20-30-30", "novel-rig", "695464"),
        ("676909_676909_2023-10-18_20-30-30", None, "676909"),
        ("124mHCR_788639-25_2025-06-06_13-00-00", None, "788639-25"),
        ("processed_788639_2025-06-06_13-00-00", None, "788639"),
        ("sorted_2023-12-16_06-52-11_366122_2022-04-25_14-24-35", None, "366122"),
        ("2022-09-20_14-10-18_628801_2022-09-20_14-10-18", None, "628801"),
        ("exaSPIM_H17.24.006-CX55-31B_2023-05-11_14-59-09", "exaSPIM", "H17.24.006-CX55-31B"),
        ("000163_2024-08-06_10-01-24", None, "000163"),
        ("sub-676909_2023-10-18_20-30-30", None, "676909"),
    ],
)
def test_platform_and_subject_are_distinguished(
    text: str, platform: str | None, subject_id: str
) -> None:
    session = parse_session(text)
    assert (session.platform, session.subject_id) == (platform, subject_id)


def test_of_two_sessions_the_leftmost_wins() -> None:
    assert parse_session(f"/{SESSION.id}/behavior_1_2024-01-01_00-00-00") == SESSION


WEAK = [f"{name}_{'2024-11-25_10-10-10'}" for name in (
    "results_v2", "job_12345", "run_3", "user1", "pipeline_1.2.0", "v2", "XY_05", "ZS061", "other_1"
)]  # fmt: skip


SEPARATORS = ["/", "\\", "\\\\", "%2F", "%5C", "/x/", "/ ", " ", "?a=", "', '"]


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("weak", WEAK)
def test_a_folder_of_a_run_or_a_user_gives_way_to_a_session(weak: str, separator: str) -> None:
    path = separator.join(["s3:", "scratch", weak, SESSION.id, "x"])
    assert parse_session(path) == SESSION
    assert parse_session(f"{weak}{separator}{SESSION.id}") == SESSION
    assert parse_session(f"{SESSION.id}{separator}{weak}") == SESSION


@pytest.mark.parametrize("weak", WEAK)
def test_a_weak_name_alone_is_a_session(weak: str) -> None:
    assert parse_session(weak).id == weak
    assert parse_session(f"C:\\data\\{weak}\\x").id == weak
    assert parse_session(f"/data/{weak}/run_9_2024-01-01_00-00-00").id == weak


@pytest.mark.parametrize("weak", WEAK)
def test_within_a_component_the_leftmost_wins_weak_or_not(weak: str) -> None:
    assert parse_session(f"/data/{weak}_{SESSION.id}/x").id == weak
    assert parse_session(f"{weak}_sorted_2024-12-01_00-00-00_{SESSION.id}").id == weak


@pytest.mark.parametrize(
    "strong",
    [
        "ECEPHYS_1_2024-01-01_00-00-00",
        "smartspim_ZS061_2024-01-01_00-00-00",
        "1234567_2024-01-01_00-00-00",
        "x_123456-s1-ls2_2024-01-01_00-00-00",
    ],
)
def test_of_two_strong_ones_the_leftmost_wins(strong: str) -> None:
    assert parse_session(f"/run_3_2024-11-25_10-10-10/{strong}/{SESSION.id}").id == strong


@given(st.lists(st.sampled_from([*WEAK, SESSION.id, "x", f"{SESSION.id}_nwb"]), max_size=5))
def test_which_session_a_path_means_does_not_depend_on_its_separators(parts: list[str]) -> None:
    meant = {find_session(separator.join(parts)) for separator in SEPARATORS}
    assert len(meant) == 1
    if any(SESSION.id in part for part in parts):
        assert meant == {SESSION}


def _calls(function: Callable[[str], object], text: str) -> int:
    """Count the calls of Python functions and of the regex engine."""
    count = 0

    def profile(frame: object, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        function(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece",
    ["1", "a_", "-", "2023-12-13_", "ecephys_", "676909_", "_2023-12-13_13-43-40", "%2F",
     "x_2023-12-13_13-43-40 ", "1-", "ses-a-2023-12-13-13-43-40 ", "2023-12-13_13-43-40_1",
     "results_v2_2024-11-25_10-10-10_", "results_v2_2024-11-25_10-10-10/", "%2F%3A", "a_1_"],
)  # fmt: skip
def test_the_work_grows_with_the_length_of_the_text_at_most(piece: str) -> None:
    short, long = piece * 200, piece * 800
    find_asset_name(long)  # compiles the patterns, once
    assert _calls(find_asset_name, long) <= 4 * _calls(find_asset_name, short) + 10


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02 10:00:00 INFO uploaded mouse_676909",
        "2024-01-02 10:00:00,123 DEBUG subject 676909 is done",
    ],
)
def test_a_line_of_a_log_is_no_session(text: str) -> None:
    with pytest.raises(SessionIdError):
        parse_session(text)


def test_a_subject_between_two_times_is_the_second_ones() -> None:
    found = find_session("2023-01-01_00-00-00_676909_2023-12-13_13-43-40")
    assert found is not None
    assert found.id == "676909_2023-12-13_13-43-40"


@pytest.mark.parametrize("before", ["_", "-", ".", "x_"])
def test_a_subject_after_a_time_counts_where_the_time_begins_the_name(before: str) -> None:
    assert find_session("2023-12-13_13-43-40_676909") is not None
    assert find_session(f"{before}2023-12-13_13-43-40_676909") is None


def test_a_subject_is_that_of_the_session_wherever_it_stands_in_a_long_path() -> None:
    folders = "/".join(["a folder"] * 50)
    assert parse_subject(f"{folders}/ecephys_676909_2023-12-13_13-43-40") == "676909"
    assert parse_subject("run_3_2024-01-01_00-00-00/ecephys_676909_2023-12-13_13-43-40") == "676909"


@pytest.mark.parametrize("platform", [name for name in KNOWN_PLATFORMS if name != "Other"])
def test_a_known_platform_names_a_session_as_nothing_else_does(platform: str) -> None:
    assert grammar.is_strong(platform, "12345")
    assert grammar.is_strong(platform.upper(), "12345")


def test_other_is_a_platform_that_says_nothing() -> None:
    assert not grammar.is_strong("Other", "12345")


RUN_WORDS = (
    "analysis array attempt backup batch build capsule computation container copy exp experiment "
    "job jobs log logs model nextflow node output outputs pipeline process release result results "
    "run runs sbatch shard slurm snakemake step task task-array tasks temp tmp trial user version "
    "work worker workflow"
).split()


@pytest.mark.parametrize("word", RUN_WORDS)
def test_a_folder_of_a_run_is_no_session_where_another_one_is_named(word: str) -> None:
    assert not grammar.is_strong(word, "1234567")
    found = find_session(f"/{word}_1234567_2024-01-01_00-00-00/foo_676909_2023-12-13_13-43-40")
    assert found is not None
    assert found.id == "foo_676909_2023-12-13_13-43-40"


LABELS = (
    "sorted sorting processed processing spikesorted spikesorting preprocessed postprocessed "
    "videoprocessed stitched nwb curated fused fusion flatfield aligned dlc_eye facemap "
    "motion-corrected neuroglancer ibl-converted ctl-1 gammaencoding registered registration "
    "filtered qc unmixed pairwise-unmixed cell-typed none experiment1 recording1 l415 l470 l560 "
    "2-class 10-class SORTED DLC"
).split()


@pytest.mark.parametrize("label", LABELS)
def test_a_label_of_a_processing_step_is_neither_platform_nor_subject(label: str) -> None:
    assert grammar.is_process_label(label)
    assert not grammar.is_subject(label)


@pytest.mark.parametrize("word", ["raw", "nonesuch", "qcx", "l4150", "experiment", "class", "sort"])
def test_other_words_are_no_labels(word: str) -> None:
    assert not grammar.is_process_label(word)


@pytest.mark.parametrize("task", ["DynamicRouting1", "DRpilot", "TempletonPilot2", "drpilot1"])
def test_the_time_in_the_name_of_a_stimulus_file_is_not_the_sessions(task: str) -> None:
    assert find_session(f"{task}_676909_20231213_134340.hdf5") is None
    assert find_session(f"x{task}_676909_20231213_134340.hdf5") is not None


@pytest.mark.parametrize(
    ("text", "platform", "subject"),
    [
        ("Xray-676909-2023-12-13-13-43-40", "Xray", "676909"),
        (".Xray-676909-2023-12-13-13-43-40", "Xray", "676909"),
        ("X676909_2023-12-13_13-43-40", None, "X676909"),
        (".X676909_2023-12-13_13-43-40", None, "X676909"),
    ],
)
def test_signs_before_a_name_are_left_out_and_letters_are_not(
    text: str, platform: str | None, subject: str
) -> None:
    found = find_session(text)
    assert found is not None
    assert (found.platform, found.subject_id) == (platform, subject)
