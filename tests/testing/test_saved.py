"""A fake from a saved file gives the same answers as when it was saved."""

from __future__ import annotations

from pathlib import Path

import pytest

import aind_session
from aind_session import Session
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.testing import FakeAIND
from tests.conftest import Serve
from tests.many.test_saved import everything


def test_what_was_known_is_there(serve: Serve, tmp_path: Path) -> None:
    many = aind_session.sessions(DEMO_SESSION, sources=serve(demo_world()))
    before = everything(many[0])
    many.save(tmp_path / "mice.json")
    with FakeAIND.from_file(tmp_path / "mice.json"):
        assert everything(Session(DEMO_SESSION)) == before


def test_what_comes_in_parts_is_put_together(serve: Serve, tmp_path: Path) -> None:
    many = aind_session.sessions(DEMO_SESSION, sources=serve(demo_world()))
    assert many[0].docdb["subject"]["subject_id"] == "676909"
    assert many[0].data_assets.notes
    many.save(tmp_path / "mice.json")
    fake = FakeAIND.from_file(tmp_path / "mice.json")
    assert len(fake.world.records["v1"]) == 1
    assert fake.world.records["v1"][0] == demo_world().records["v1"][0]


def test_archived_assets_stay_archived(tmp_path: Path) -> None:
    fake = FakeAIND()
    made = fake.add_session("ecephys_123456_2024-01-01_10-00-00")
    gone = fake.add_asset(f"{made.id}_qc_2024-02-01_00-00-00", archived=True)
    many = aind_session.sessions(made.id, sources=fake.sources)
    assert isinstance(many[0].data_assets.notes[0], aind_session.Archived)
    many.save(tmp_path / "mice.json")
    copy = FakeAIND.from_file(tmp_path / "mice.json")
    session = Session(made.id, sources=copy.sources)
    assert gone.id not in [asset.id for asset in session.data_assets]
    assert session.data_assets.notes[0].about == gone.id


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(aind_session.FileFormatError, match=r"x\.json"):
        FakeAIND.from_file(tmp_path / "x.json")
