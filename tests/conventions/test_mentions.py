"""Texts from users' arguments, and the subject that metadata state."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aind_session import NothingFoundWarning, Session, Subject, search, sessions
from aind_session.conventions.mentions import digits, is_same_subject, stated_subject, words
from aind_session.conventions.names import find_asset_name, parse_session, parse_subject
from aind_session.errors import SessionIdError
from aind_session.sources.bodies import computation, data_asset
from aind_session.sources.servers.decode import decode_asset, decode_computation
from aind_session.testing import FakeAIND
from tests.conftest import Serve
from tests.worlds import uuid_of

NAME = "ecephys_676909_2023-12-13_13-43-40"
SORTED = f"{NAME}_sorted_2024-03-01_16-02-45"
ANALYSIS = "AIND Viral Genetic Tools_aav9-screen_2026-05-01_12-00-00"
STAMP = "2024-11-25_10-10-10"


def test_assets_runs_and_records_are_named_by_their_name() -> None:
    asset = decode_asset(data_asset(uuid_of(1), SORTED, 1))
    run = decode_computation(computation(uuid_of(2), 1, inputs={}, name=f"sorting of {NAME}"))
    for thing in (asset, run, {"name": SORTED, "subject": None}):
        assert Session(thing).id == NAME
        assert parse_subject(thing) == "676909"
        assert [session.id for session in sessions([thing])] == [NAME]


def test_of_a_run_without_a_session_in_its_name_the_id_is_quoted() -> None:
    run = decode_computation(computation(uuid_of(2), 1, inputs={}))
    with pytest.raises(SessionIdError, match=uuid_of(2)):
        Session(run)


@pytest.mark.parametrize("record", [{}, {"name": None}, {"name": 5}, {"id": NAME}])
def test_a_record_without_a_name_is_not_a_session(record: Any) -> None:
    with pytest.raises(SessionIdError, match="not dict"):
        Session(record)


@pytest.mark.parametrize("number", [676909, np.int64(676909), 676909.0, np.float64(676909)])
def test_a_number_is_a_subject(number: Any) -> None:
    with pytest.raises(SessionIdError, match=r"see Subject\(676909\)"):
        Session(number)
    assert Subject(number).id == "676909"


@pytest.mark.parametrize("several", [[NAME], (NAME,), {NAME}, iter([NAME])])
def test_several_names_are_sessions(several: Any) -> None:
    with pytest.raises(SessionIdError, match=r"see aind_session\.sessions"):
        Session(several)


@pytest.mark.parametrize("text", ["676909.0", " 676909.00 ", np.float32(676909)])
def test_decimals_of_a_table_with_gaps_are_no_part_of_a_subject(text: Any) -> None:
    assert Subject(text).id == "676909"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 676909.5, True, np.bool_(True)])
def test_what_is_no_whole_number_is_no_subject(value: Any) -> None:
    with pytest.raises(SessionIdError):
        Subject(value)


@pytest.mark.parametrize(
    ("record", "subject_id"),
    [
        ({"subject": {"subject_id": " 676909 "}}, "676909"),
        ({"subject": {"subject_id": 123456}}, "123456"),
        ({"subject": None, "data_description": {"subject_id": "123456"}}, "123456"),
        ({"subject": {"subject_id": ""}, "data_description": {"subject_id": "5"}}, "5"),
        ({"subject": {"subject_id": None}}, None),
        ({"subject": "123456"}, None),
        ({"subject": {"subject_id": True}}, None),
        (SimpleNamespace(custom_metadata={"subject id": "7"}), "7"),
        (SimpleNamespace(custom_metadata=None), None),
    ],
)
def test_the_subject_is_read_where_it_stands(record: Any, subject_id: str | None) -> None:
    assert stated_subject(record) == subject_id


@pytest.mark.parametrize("name", [ANALYSIS, "model_3D-ROI_LGBM_k5_2026-06-19_14-26-00"])
def test_the_subject_of_a_record_tells_an_analysis_from_a_session(name: str) -> None:
    record = {"name": name, "subject": {"subject_id": "816004"}}
    assert find_asset_name(record) is None
    with pytest.raises(SessionIdError, match="its metadata state subject 816004"):
        Session(record)
    asset = decode_asset(
        {**data_asset(uuid_of(1), name, 1), "custom_metadata": {"subject id": "816004"}}
    )
    assert find_asset_name(asset) is None
    assert find_asset_name({"name": name}) is not None


@pytest.mark.parametrize("subject", ["676908", "", None])
def test_a_strong_name_is_believed_whatever_its_record_says(subject: str | None) -> None:
    record = {"name": NAME, "subject": {"subject_id": subject}}
    assert parse_session(record).subject_id == "676909"


@pytest.mark.parametrize(
    ("name", "subject"),
    [("HCR_783884-02_2025-06-06_13-00-00", "783884"), ("x_163_2024-08-06_10-01-24", "000163")],
)
def test_a_specimen_is_of_its_animal(name: str, subject: str) -> None:
    found = find_asset_name({"name": name, "subject": {"subject_id": subject}})
    assert found is not None


def test_an_analysis_is_no_session_of_its_subject(serve: Serve) -> None:
    fake = FakeAIND()
    fake.add_session("behavior_816004_2026-04-01_12-00-00")
    fake.world.records["v2"].append(
        {
            "_id": "analysis",
            "name": ANALYSIS,
            "location": f"s3://aind-open-data/{ANALYSIS}",
            "subject": {"subject_id": "816004"},
            "data_description": {"subject_id": "816004", "project_name": "Tools"},
        }
    )
    sources = serve(fake.world)
    assert [s.id for s in search(subject=816004, sources=sources)] == [
        "behavior_816004_2026-04-01_12-00-00"
    ]
    with pytest.warns(
        NothingFoundWarning, match="project 'Tools' has records, but none meets all criteria"
    ):
        assert len(search(project="Tools", sources=sources)) == 0
    assert [s.id for s in Subject(816004, sources=sources).sessions] == [
        "behavior_816004_2026-04-01_12-00-00"
    ]


FORMS = (
    "expected <platform>_<subject>_<YYYY-MM-DD>_<HH-MM-SS>, with or without platform, such as "
    "'ecephys_676909_2023-12-13_13-43-40'"
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "676909",
            "no session in '676909': it names a subject, but not when the session was acquired; "
            f"understood: subject 676909; {FORMS}; see get_sessions('676909')",
        ),
        (
            "ecephys_676909_2023-12-13",
            "no session in 'ecephys_676909_2023-12-13': a date without its time can mean several "
            f"sessions; understood: subject 676909, date 2023-12-13; {FORMS}; "
            "see get_sessions('676909', date='2023-12-13')",
        ),
        (
            "ecephys_676909_2023-02-30_10-00-00",
            "no session in 'ecephys_676909_2023-02-30_10-00-00': '2023-02-30_10-00-00' is not in "
            f"the calendar; understood: subject 676909; {FORMS}; see get_sessions('676909')",
        ),
        (
            "1386750279_747816_20240814.sync",
            "no session in '1386750279_747816_20240814.sync': a date without its time can mean "
            "several sessions; understood: subject 747816, date 2024-08-14, LIMS ID 1386750279; "
            f"{FORMS}; see get_sessions('747816', date='2024-08-14') and take the one whose "
            "`lims.id` is 1386750279",
        ),
        (
            "1386750279_747816_20249999",
            "no session in '1386750279_747816_20249999': it names a subject, but not when the "
            f"session was acquired; understood: subject 747816, LIMS ID 1386750279; {FORMS}; "
            "see get_sessions('747816') and take the one whose `lims.id` is 1386750279",
        ),
        ("x", f"no session in 'x': it contains no subject with a date and time; {FORMS}"),
        (
            1.5,
            "no session in '1.5': expected text, a path or an object with a session's id, "
            f"not float; {FORMS}",
        ),
        (
            {"name": None},
            "no session in \"{'name': None}\": expected text, a path or an object with a "
            f"session's id, not dict; {FORMS}",
        ),
        (
            [1],
            "no session in '[1]': expected text, a path or an object with a session's id, "
            f"not list; {FORMS}; for several sessions, see aind_session.sessions(...)",
        ),
        (
            676909,
            "no session in '676909': expected text, a path or an object with a session's id, "
            f"not int; {FORMS}; a number is a subject: see Subject(676909)",
        ),
        (
            {"name": ANALYSIS, "subject": {"subject_id": "816004"}},
            f"no session in '{ANALYSIS}': its metadata state subject 816004, so 'aav9-screen' is "
            f"not a subject; understood: subject 816004; {FORMS}",
        ),
    ],
)
def test_what_names_no_session_is_said_with_what_was_understood(given: Any, message: str) -> None:
    with pytest.raises(SessionIdError) as caught:
        parse_session(given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "16d46411-540a-4122-b47f-8cb2a15d593a",
            "no subject in '16d46411-540a-4122-b47f-8cb2a15d593a': "
            "it is the ID of a data asset, a computation or a record",
        ),
        ("676909.5", "no subject in '676909.5': a number with decimals is not a subject"),
        ("x y", "no subject in 'x y': it names no subject"),
        (
            1.5,
            "no subject in '1.5': expected text, a path or an object with a subject's id, "
            "not float",
        ),
    ],
)
def test_what_names_no_subject_is_said_with_the_reason(given: Any, message: str) -> None:
    with pytest.raises(SessionIdError) as caught:
        parse_subject(given)
    assert str(caught.value) == (
        f"{message}; expected an ID such as '676909', or a text that contains a session ID"
    )


@pytest.mark.parametrize(
    ("thing", "subject"),
    [
        ({"subject": {"subject_id": " 123456 "}, "name": "x"}, "123456"),
        ({"subject": {"subject_id": "not one"}, "name": "676909"}, "676909"),
        ({"subject": {"subject_id": "123456"}, "name": "676909"}, "123456"),
        # a strong name has priority over its record
        ({"subject": {"subject_id": "123456"}, "name": NAME}, "676909"),
        # a weak one does not
        ({"subject": {"subject_id": "816004"}, "name": ANALYSIS}, "816004"),
        ("sub-676909", "676909"),
        (" 676909 ", "676909"),
        ("1386750279_747816_20240814", "747816"),
        (NAME, "676909"),
    ],
)
def test_a_subject_is_what_is_stated_unless_a_strong_name_says_another(
    thing: Any, subject: str
) -> None:
    assert parse_subject(thing) == subject


class Whole:
    """A library's whole number with more digits than Python converts to text."""

    def is_integer(self) -> bool:
        return True

    def __int__(self) -> int:
        return 10**5000


@pytest.mark.parametrize("value", [Whole(), float("inf"), float("nan"), "5", b"5", None])
def test_what_is_no_number_that_can_be_written_has_no_digits(value: Any) -> None:
    assert digits(value) is None
    assert digits(10**5000) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("163", "00163", True),
        ("783884-02", "783884-03", True),
        ("783884", " 783884 ", True),
        ("BL6-000", "BL6-001", False),
        ("BL6-000", " BL6-000", True),
        ("1630", "163", False),
        ("0163-1", "163", True),
    ],
)
def test_zeros_before_a_number_and_a_specimen_do_not_tell_animals_apart(
    one: str, other: str, same: bool
) -> None:
    assert is_same_subject(one, other) is same
    assert is_same_subject(other, one) is same


class Path(str):
    """A text whose ``__str__`` returns another one."""

    __slots__ = ()

    def __str__(self) -> str:
        return "shown"


def test_a_text_is_read_as_it_is_and_not_as_its_class_shows_it() -> None:
    assert words(Path(NAME)) == NAME
    assert words({"name": Path(NAME)}) == NAME
    assert words(NAME.encode()) == NAME
    assert type(words(Path(NAME))) is str


def test_of_an_id_and_a_name_the_first_that_names_a_session_counts() -> None:
    assert words(SimpleNamespace(id="a", name=NAME)) == NAME
    assert words(SimpleNamespace(id=SORTED, name=NAME)) == SORTED
    assert words(SimpleNamespace(id="a", name="b")) == "a"
    assert words(SimpleNamespace(id=None, name="b")) == "b"
    with pytest.raises(SessionIdError, match="not SimpleNamespace"):
        words(SimpleNamespace(id=1, name=2))
