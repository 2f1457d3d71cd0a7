"""Names of sessions, subjects and assets: what is parsed, and what is refused."""

from __future__ import annotations

import contextlib
import copy
import datetime
import pathlib
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(asset_names)
def test_values_survive_copying_and_pickling(name: AssetName) -> None:
    for again in (copy.copy(name), copy.deepcopy(name), pickle.loads(pickle.dumps(name))):
        assert again == name
        assert hash(again) == hash(name)


def test_values_are_frozen() -> None:
    for value, field in (
        (SESSION, "dt"),
        (AssetName(SESSION), "suffix"),
        (Derivation("a", DT), "dt"),
    ):
        with pytest.raises(AttributeError):
            setattr(value, field, None)


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
