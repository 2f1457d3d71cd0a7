"""The demo: its queries count as requests, and messages say that it is the demo."""

from __future__ import annotations

import gc

import pytest

from aind_session import DirectoryNotFoundError, OfflineError, Session, demo, meter, offline
from aind_session.sources import default_sources, use_sources
from aind_session.sources.demo_world import DEMO_SESSION


def test_its_questions_are_counted() -> None:
    with demo(), meter() as m:
        session = Session(DEMO_SESSION)
        assert session.raw_data_asset.id == "16d46411-540a-4122-b47f-8cb2a15d593a"
        assert {name: tally.requests for name, tally in m.by_source.items()} == {
            "Code Ocean": 2,
            "DocDB": 2,
        }
        assert "ecephys" in session.modalities
        session.raw_data_asset
        assert m.cache_hits > 0


def test_offline_it_answers_what_is_known_and_no_more() -> None:
    with demo():
        known, unknown = Session(DEMO_SESSION), Session("ecephys_999999_2024-01-01_10-00-00")
        known.data_assets
        with offline():
            with pytest.warns(UserWarning, match="answered offline, .* just now"):
                assert len(known.data_assets) == 3
            with pytest.raises(OfflineError):
                unknown.raw_data_dir


def test_what_it_does_not_hold_is_said_to_be_outside_of_the_demo() -> None:
    with (
        demo(),
        pytest.raises(
            DirectoryNotFoundError, match=r"this is the demo.*only sessions of subject 676909"
        ),
    ):
        Session("ecephys_999999_2024-01-01_10-00-00").raw_data_dir


def test_entering_it_is_enough_although_nobody_holds_it() -> None:
    sources = demo().__enter__()
    try:
        gc.collect()
        assert default_sources() is sources
    finally:
        use_sources(sources).__exit__(None, None, None)
    assert default_sources() is not sources
