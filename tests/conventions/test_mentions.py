"""What stands for a text, and the subject that its metadata state."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aind_session import NothingFoundWarning, Session, Subject, search, sessions
from aind_session.conventions.mentions import stated_subject
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
    with pytest.raises(SessionIdError, match="its metadata are of subject 816004"):
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
    with pytest.warns(NothingFoundWarning, match="the project 'Tools', none meets all criteria"):
        assert len(search(project="Tools", sources=sources)) == 0
    assert [s.id for s in Subject(816004, sources=sources).sessions] == [
        "behavior_816004_2026-04-01_12-00-00"
    ]
