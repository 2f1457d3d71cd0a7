"""Names of sessions, subjects and assets: what is parsed, and what is refused."""

from __future__ import annotations

import contextlib
import copy
import datetime
import pathlib
import pickle
import sys
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aind_session.conventions import grammar
from aind_session.conventions.grammar import is_process_label
from aind_session.conventions.names import (
    KNOWN_PLATFORMS,
    AssetName,
    Derivation,
    SessionId,
    find_asset_name,
    find_session,
    parse_asset_name,
    parse_session,
    parse_subject,
    whole_session,
)
from aind_session.conventions.session_id import read_usual
from aind_session.errors import SessionIdError

DT = datetime.datetime(2023, 12, 13, 13, 43, 40)
SESSION = SessionId("ecephys", "676909", DT)

# a name that begins like the label of a process, such as ``dlc_``, has no platform
others = st.from_regex(r"[a-m]{2,9}1?", fullmatch=True).filter(lambda x: not is_process_label(x))
platforms = st.none() | st.sampled_from(KNOWN_PLATFORMS) | others
subjects = st.from_regex(
    r"[0-9]{5,7}(-[0-9]{2})?|[JKLM]{1,3}[0-9]{3,4}(-[0-9]{3})?", fullmatch=True
)
moments = st.datetimes().map(lambda dt: dt.replace(microsecond=0))
sessions = st.builds(SessionId, platforms, subjects, moments)
labels = st.none() | st.sampled_from(
    ["sorted", "sorted-ks2.5", "dlc_eye", "sorted_curated", "None"]
)
derivations = st.lists(st.builds(Derivation, labels, moments), max_size=3).map(tuple)
suffixes = st.none() | st.sampled_from(["raw_data", "corrected", "58cc5b6f6e", "v2", "0.2s"])
asset_names = st.builds(AssetName, sessions, derivations, suffixes)

PIECES = ["ecephys", "multiplane", "ophys", "676909", "M2501", "sorted", "2023-12-13", "13-43-40"]
PIECES += ["20231213", "134340", "2023_12_13", "13:43:40", "ses", "DynamicRouting1", "2023-02-30"]
PIECES += [
    "1386750279",
    "a",
    "1",
    "é",
    "٣",
    "_",
    "_",
    "_",
    "-",
    ".",
    "/",
    "\\",
    " ",
    "T",
    "Z",
    "%2F",
]
soups = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@pytest.mark.parametrize(
    "text",
    [
        "ecephys_676909_2023-12-13_13-43-40",
        "ecephys_676909_2023-12-13_13:43:40",
        "ecephys_676909_2023-12-13_134340",
        "ecephys_676909_2023-12-13-13-43-40",
        "ecephys_676909_2023-12-13 13:43:40",
        "ecephys_676909_2023-12-13T134340",
        "ecephys_676909_2023-12-13T13:43:40.123456Z",
        "ecephys_676909_20231213_134340",
        "ecephys_676909_20231213T134340Z",
        "ecephys_676909_20231213134340",
        "ecephys_676909_2023_12_13_13_43_40_url",
        "sub-676909/sub-676909_ses-ecephys-676909-2023-12-13-13-43-40_ecephys.nwb",
        "sub-676909_ses-ecephys-676909-2023-12-13-13-43-40-acq-synced_ecephys.nwb",
    ],
)
def test_every_spelling_gives_the_same_session(text: str) -> None:
    assert parse_session(text) == SESSION


@pytest.mark.parametrize(
    "text",
    [
        "/root/capsule/data/{}/behavior",
        r"\\allen\aind\stage\{}\ecephys",
        "C:\\\\data\\\\{}\\\\ecephys",
        "s3://aind-ephys-data/{}/ecephys_clipped",
        "zarr://s3://aind-open-data/{}/SPIM.ome.zarr",
        "https://aind-open-data.s3.amazonaws.com/?prefix={}/&list-type=2",
        "https://example.org/?prefix=data%2F{}%2Fecephys",
        "Session('{}')",
        "2024-01-01 00:00:00 INFO: found {} in bucket",
        "ecephys/{}",
        "1374103167_{}",
        "{}_raw_data",
        "{}.nwb",
        "{}:omezarr",
        "{}_sorted_2024-03-01_16-02-45",
        "{}/behavior/DynamicRouting1_676909_20231213_134455.hdf5",
    ],
)
@pytest.mark.parametrize("session", [SESSION, SESSION.with_platform(None)])
def test_a_session_is_found_in_any_text(text: str, session: SessionId) -> None:
    assert parse_session(text.format(session.id)) == session


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-07-26_14-09-36_366122_1", "366122_2022-07-26_14-09-36"),
        ("recordings/2023-01-18_10-44-55_646318", "646318_2023-01-18_10-44-55"),
        ("20230220_12_16_27_642480", "642480_2023-02-20_12-16-27"),
        (
            "multiplane_ophys_485152_2019_12_09_13_04_09",
            "multiplane-ophys_485152_2019-12-09_13-04-09",
        ),
        ("HCR_BL6-000_2023-06-1_00-00-00_fused", "HCR_BL6-000_2023-06-01_00-00-00"),
        ("ses-SLAP2-776270-2025-07-02-11-50-06", "SLAP2_776270_2025-07-02_11-50-06"),
        ("ses-behavior-ZS061-2025-07-02-11-50-06", "behavior_ZS061_2025-07-02_11-50-06"),
        ("ses-828408-2025-11-13-10-30-53_ophys", "828408_2025-11-13_10-30-53"),
        ("sub-828408/sub-828408_ses-20251113T103053_ophys.nwb", "828408_2025-11-13_10-30-53"),
        ("sub-ZS061_ses-2025-11-13T10-30-53.nwb", "ZS061_2025-11-13_10-30-53"),
        ("sub-828408_ses-2025-11-13-10-30-53", "828408_2025-11-13_10-30-53"),
        ("--ecephys_676909_2023-12-13_13-43-40", "ecephys_676909_2023-12-13_13-43-40"),
    ],
)
def test_other_orders_and_separators_give_the_canonical_id(text: str, expected: str) -> None:
    assert parse_session(text).id == expected


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


@pytest.mark.parametrize(
    ("text", "session_id"),
    [
        (" 804430_2025-03-26T234133\n", "804430_2025-03-26_23-41-33"),
        ("ecephys_676909_20231213_134340", SESSION.id),
        ("multiplane_ophys_485152_2019_12_09_13_04_09",
         "multiplane-ophys_485152_2019-12-09_13-04-09"),
        (f"x {SESSION.id}", None),
        (f"{SESSION.id}_raw_data", None),
        (f"{SESSION.id}.nwb", None),
        (f"sorted_{SESSION.with_platform(None).id}", None),
        (f"676909_{SESSION.with_platform(None).id}", None),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_a_whole_name_is_a_sessions_and_nothing_more(text: Any, session_id: str | None) -> None:
    found = whole_session(text)
    assert (found and found.id) == session_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ecephys",
        "integration_test_2024-05-29_01-01-01",
        "SLAP2_2025-08-28_14-25-34",
        "sorted-ks25_2024-05-29_01-01-01",
        "processed_2024-05-29_01-01-01_sorted-ks25_2024-05-30_01-01-01",
        "2023-12-13_13-43-40_2024-12-13_13-43-40",
        "ecephys__676909_2023-12-13_13-43-40",
        "é676909_2023-12-13_13-43-40",
        "676909_2023-12-13_13-43-40é",
        "676909_2023-12-13_13-43-400",
        "676909_2023-12-130_13-43-40",
        "676909_٢٠٢٣-١٢-١٣_١٣-٤٣-٤٠",
        "676909_0000-12-13_13-43-40",
        "676909_2023-12-13_13-43-40".replace("-", "\N{HYPHEN}"),
        "782149_v2_2026-03-06_12-00-00",
    ],
)
def test_what_is_no_session_is_refused(text: str) -> None:
    with pytest.raises(SessionIdError):
        parse_session(text)
    assert find_session(text) is None
    assert find_asset_name(text) is None


@pytest.mark.parametrize(
    "when", ["2023-02-30_13-43-40", "2023-13-13_13-43-40", "2023-12-13_25-43-40"]
)
def test_a_date_that_does_not_exist_is_named(when: str) -> None:
    with pytest.raises(SessionIdError, match=f"'{when}' is not in the calendar"):
        parse_session(f"ecephys_676909_{when}")


@pytest.mark.parametrize(
    ("text", "subject_id", "date", "lims_id"),
    [
        ("behavior_751004_2024-12-23", "751004", "2024-12-23", None),
        ("ecephys_626791_2022-08-15_00-00_dlc_eye", "626791", "2022-08-15", None),
        ("DRpilot_690706_20231129_surface_channels", "690706", "2023-11-29", None),
        ("20170628_316945_plane4", "316945", "2017-06-28", None),
        ("DynamicRouting1_670248_20230803_123154.hdf5", "670248", "2023-08-03", None),
        ("1386750279_747816_20240814.sync", "747816", "2024-08-14", 1386750279),
        ("HCR_782149_pairwise-unmixing_2026-03-06_12-00-00", "782149", None, None),
        ("767018_ctl-czstack-hcr-coreg_2025-10-16_00-00-00", "767018", None, None),
        ("Behavior_20230831_123154.mp4", None, None, None),
    ],
)
def test_the_error_says_what_was_understood(
    text: str, subject_id: str | None, date: str | None, lims_id: int | None
) -> None:
    with pytest.raises(SessionIdError) as caught:
        parse_session(text)
    error = caught.value
    assert (error.subject_id, error.lims_id) == (subject_id, lims_id)
    assert error.date == (date and datetime.date.fromisoformat(date))


def test_the_error_says_how_to_go_on() -> None:
    with pytest.raises(SessionIdError, match=r"get_sessions\('751004', date='2024-12-23'\)"):
        parse_session("behavior_751004_2024-12-23")
    with pytest.raises(SessionIdError, match=r"get_sessions\('751004'\)"):
        parse_session("behavior_751004_sorted")
    with pytest.raises(SessionIdError, match=r"`lims\.id` is 1386750279"):
        parse_session("1386750279_747816_20240814")


class _HasNumber:
    id = 676909


@pytest.mark.parametrize("value", [None, 676909, [], _HasNumber()])
def test_what_is_no_text_is_refused_as_such(value: Any) -> None:
    for parse in (parse_session, parse_asset_name):
        with pytest.raises(SessionIdError, match=f"not {type(value).__name__}"):
            parse(value)
    assert find_session(value) is None
    assert find_asset_name(value) is None


class _Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class _HasId:
    id = SESSION.id


@pytest.mark.parametrize(
    "value",
    [
        _Text(SESSION.id),
        pathlib.PurePosixPath("/data") / SESSION.id,
        pathlib.PureWindowsPath("C:/data") / SESSION.id,
        _HasId(),
        SESSION,
    ],
)
def test_paths_and_objects_with_an_id_are_texts(value: Any) -> None:
    assert parse_session(value) == SESSION
    assert parse_asset_name(value) == AssetName(SESSION)


def test_path_objects_are_asked_as_the_system_asks_them() -> None:
    class Path:
        def __fspath__(self) -> str:
            return f"/data/{SESSION.id}"

    assert parse_session(Path()) == SESSION


def test_a_session_tells_its_parts() -> None:
    assert str(SESSION) == SESSION.id == "ecephys_676909_2023-12-13_13-43-40"
    assert (SESSION.date, SESSION.time) == ("2023-12-13", "13:43:40")
    assert SESSION.datetime == "2023-12-13 13:43:40"
    assert SESSION.key == SESSION.with_platform(None).key == ("676909", DT)


def test_the_year_has_four_digits_in_all_forms() -> None:
    first = SessionId(None, "676909", datetime.datetime.min)
    assert (first.id, first.date) == ("676909_0001-01-01_00-00-00", "0001-01-01")
    assert parse_session(first.id) == first


def test_the_name_with_another_platform_is_another_value() -> None:
    bare = SESSION.with_platform(None)
    assert bare.id == "676909_2023-12-13_13-43-40"
    assert bare != SESSION
    assert bare.with_platform("ecephys") == SESSION


@pytest.mark.parametrize(
    ("text", "derived", "suffix"),
    [
        ("_sorted_2024-03-01_16-02-45", [("sorted", "2024-03-01_16-02-45")], None),
        ("_2024-03-01_16-02-45", [(None, "2024-03-01_16-02-45")], None),
        ("_dlc_eye_2024-03-01_16-02-45/x", [("dlc_eye", "2024-03-01_16-02-45")], None),
        ("_sorted-ads2.4.0-main_2024-03-01_16-02-45.zarr",
         [("sorted-ads2.4.0-main", "2024-03-01_16-02-45")], None),
        ("_a_2024-03-01T160245Z_b_20240302_000000_c",
         [("a", "2024-03-01_16-02-45"), ("b", "2024-03-02_00-00-00")], "c"),
        ("_sorted_2024-03-01_16-02-45_0.2s.zarr", [("sorted", "2024-03-01_16-02-45")], "0.2s"),
        ("_2024-03-01_16-02-45.a_b_2024-03-01_16-02-45", [(None, "2024-03-01_16-02-45")], None),
        ("_sorted_curated", [], "sorted_curated"),
        ("_fusion_2023-08-24/fused.zarr", [], "fusion_2023-08-24"),
        ("_experiment1_recording1.nwb.zarr", [], "experiment1_recording1"),
        ("_58cc5b6f6e", [], "58cc5b6f6e"),
        ("_raw_data/", [], "raw_data"),
        ("/x_raw_data", [], None),
        (".nwb", [], None),
        ("_", [], None),
    ],
)  # fmt: skip
def test_asset_names_hold_dated_steps_and_a_suffix(
    text: str, derived: list[tuple[str | None, str]], suffix: str | None
) -> None:
    name = parse_asset_name(SESSION.id + text)
    assert name.session == SESSION
    assert [(d.label, f"{d.dt:%Y-%m-%d_%H-%M-%S}") for d in name.derivations] == derived
    assert name.suffix == suffix
    assert name.is_bare is (not derived and suffix is None)


def test_the_last_step_gives_label_and_time() -> None:
    name = parse_asset_name(f"{SESSION.id}_sorted_2024-03-01_16-02-45_nwb_2024-03-02_00-00-00_v2")
    assert (name.label, name.dt) == ("nwb", datetime.datetime(2024, 3, 2))
    bare = AssetName(SESSION)
    assert (bare.label, bare.dt, str(bare)) == (None, None, SESSION.id)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (676909, "676909"),
        (type("SubjectNumber", (int,), {"__str__": lambda self: "?"})(676909), "676909"),
        (_Text("676909"), "676909"),
        (" 676909\n", "676909"),
        ("M2501", "M2501"),
        ("783884-02", "783884-02"),
        ("000163", "000163"),
        ("5", "5"),
        ("sub-676909", "676909"),
        ("ecephys_676909_2023-12-13_13-43-40_sorted", "676909"),
        ("ecephys_676909_2023-12-13", "676909"),
        ("HCR_782149_pairwise-unmixing_2026-03-06_12-00-00", "782149"),
        (pathlib.PurePosixPath("/scratch/751004/plots"), "751004"),
        (SESSION, "676909"),
    ],
)
def test_subjects_are_understood(value: Any, expected: str) -> None:
    subject_id = parse_subject(value)
    assert subject_id == expected
    assert type(subject_id) is str


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1.5,
        "",
        "ecephys",
        "SLAP2",
        "sorted",
        "2023-12-13",
        "20231213",
        -1,
        "2023-12-13_13-43-40",
    ],
)
def test_what_names_no_subject_is_refused(value: Any) -> None:
    with pytest.raises(SessionIdError):
        parse_subject(value)


@given(sessions)
def test_a_session_is_parsed_from_what_it_formats(session: SessionId) -> None:
    assert parse_session(session.id) == session


@given(asset_names)
def test_an_asset_name_is_parsed_from_what_it_formats(name: AssetName) -> None:
    assert parse_asset_name(name.name) == name


@given(soups)
def test_what_was_understood_of_any_text_is_understood_again(text: str) -> None:
    name = find_asset_name(text)
    if name is not None:
        assert find_asset_name(name.name) == name


@given(soups | st.text() | st.text(alphabet="0123456789-_T.aZ:/ "))
def test_no_text_fails_with_anything_but_a_session_id_error(text: str) -> None:
    for parse in (parse_session, parse_asset_name, parse_subject):
        with contextlib.suppress(SessionIdError):
            parse(text)
    assert (find_session(text) is None) == (find_asset_name(text) is None)


@given(soups)
def test_a_directory_before_a_name_changes_nothing(text: str) -> None:
    assert find_asset_name(f"/{text}") == find_asset_name(text)


@given(
    sessions,
    st.sampled_from(["", "/", "s3://b/", "Session('", "see ", "C:\\", "x=", "(", "é/", "a.b/"]),
    st.sampled_from(["", "/", ".zarr", "')", " é", "\\", "&x=2", "_raw", ".nwb", ":omezarr", "-a"]),
)
def test_a_session_is_found_between_any_edges(session: SessionId, left: str, right: str) -> None:
    assert parse_session(left + session.id + right) == session


@given(st.lists(sessions))
def test_sessions_are_ordered_by_time_then_id(values: list[SessionId]) -> None:
    assert sorted(values) == sorted(values, key=lambda value: (value.dt, value.id))


@given(asset_names)
def test_values_survive_copying_and_pickling(name: AssetName) -> None:
    for again in (copy.copy(name), copy.deepcopy(name), pickle.loads(pickle.dumps(name))):
        assert again == name
        assert hash(again) == hash(name)


@pytest.mark.parametrize("platform", [*KNOWN_PLATFORMS, None])
def test_the_usual_spelling_is_read_without_patterns_as_with_them(platform: str | None) -> None:
    text = SESSION.with_platform(platform).id
    found = grammar.locate(text)
    assert found is not None
    assert found[:3] == (platform, "676909", DT)
    assert read_usual(text) == SessionId(*found[:3])


@pytest.mark.parametrize(
    "text",
    [
        "ecephys_676909_2023-12-13_13:43:40",  # another spelling
        "ecephys_676909_20231213_13-43-40",
        "ecephys_676909_2023-W50-3_13-43-40",
        "ecephys_676909_2023-12-13_13-43+01",
        "ecephys_676909_2023-02-30_13-43-40",  # not in the calendar
        "ecephys_676909_2023-12-13_13-43-40 ",  # more than a name
        "ecephys_676909_2023-12-13_13-43-40_nwb",
        "_676909_2023-12-13_13-43-40",
        "sorted_676909_2023-12-13_13-43-40",  # no platform
        "ecephys_\u0666\u0667\u0666\u0669\u0660\u0669_2023-12-13_13-43-40",  # other digits
        "ecephys_67690_2023-12-13_13-43-40",
        "_".join(["676909"] * 3),
        "",
    ],
)
def test_other_texts_are_left_to_the_patterns(text: str) -> None:
    assert read_usual(text) is None


def test_annotations_of_values_can_be_read() -> None:
    assert get_type_hints(SessionId)["dt"] is datetime.datetime


def test_values_are_frozen() -> None:
    for value, field in (
        (SESSION, "dt"),
        (AssetName(SESSION), "suffix"),
        (Derivation("a", DT), "dt"),
    ):
        with pytest.raises(AttributeError):
            setattr(value, field, None)


def test_sessions_order_only_among_themselves() -> None:
    mixed: list[Any] = [SESSION, SESSION.id]
    with pytest.raises(TypeError):
        mixed.sort()


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
    assert _calls(find_asset_name, long) <= 4 * _calls(find_asset_name, short) + 10


@given(
    st.builds(
        lambda name, tail: name.name + tail,
        asset_names,
        st.sampled_from(["", "/x", "a", "_b", "Z", "é", ".json"]),
    )
    | soups
)
def test_the_shortcut_for_usual_names_reads_as_the_search_does(text: str) -> None:
    text = grammar._unescape(text)
    assert grammar.locate(text) == grammar._search(text)


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
    ("name", "is_session"),
    [
        ("ecephys_12345_2024-01-01_00-00-00", True),
        ("fiber_1234567_2024-01-01_00-00-00", True),
        ("job_1234567_2024-01-01_00-00-00", False),
        ("fiber_12345_2024-01-01_00-00-00", False),
    ],
)
def test_a_strong_name_is_believed_before_the_subject_of_the_record(
    name: str, is_session: bool
) -> None:
    record = {"name": name, "subject": {"subject_id": "676909"}}
    assert (find_session(record) is not None) is is_session


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
