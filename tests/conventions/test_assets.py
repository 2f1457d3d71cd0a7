"""What an asset is: raw, sorted, by its labels and by its name in any spelling."""

from __future__ import annotations

from aind_session import Session
from aind_session.testing import FakeAIND
from tests.conftest import Serve

S = "ecephys_123456_2024-01-01_10-00-00"


def test_other_spellings_of_the_times_in_a_name_are_of_the_same_session(serve: Serve) -> None:
    fake = FakeAIND()
    fake.add_asset("804430_2025-03-26T234133")
    fake.add_asset("804430_2025-03-26T234133_sorted_2025-03-28T101010")
    session = Session("804430_2025-03-26_23-41-33", sources=serve(fake.world))
    assert [asset.name for asset in session.ecephys.sorted_data_assets] == [
        "804430_2025-03-26T234133_sorted_2025-03-28T101010"
    ]
    assert session.raw_data_asset.name == "804430_2025-03-26T234133"


def test_blanks_at_the_ends_of_a_name_do_not_count(serve: Serve) -> None:
    fake = FakeAIND()
    fake.add_asset(f"{S} ", tags=[], custom_metadata=None)
    session = Session(S, sources=serve(fake.world))
    assert session.raw_data_asset.name == f"{S} "
