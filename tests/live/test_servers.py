"""The real servers, read-only: documented facts hold there. Run with ``pytest -m live``."""

from __future__ import annotations

import pytest

import aind_session
from aind_session import Session
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.memory import World
from aind_session.sources.settings import read_settings

pytestmark = [pytest.mark.live, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def _credentials() -> None:
    if read_settings().code_ocean_api_token is None:
        pytest.skip("no Code Ocean token: set CODE_OCEAN_API_TOKEN")


@pytest.fixture
def facts() -> World:
    return demo_world()


def test_nothing_that_is_needed_is_wrong() -> None:
    assert aind_session.doctor().status in (0, 1)


def test_the_tour_of_the_readme() -> None:
    session = Session(DEMO_SESSION)
    assert session.raw_data_asset.id == "16d46411-540a-4122-b47f-8cb2a15d593a"
    assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
    assert session.metadata.subject["genotype"] == "Pvalb-IRES-Cre/wt;Ai32(RCL-ChR2(H134R)_EYFP)/wt"
    assert "ecephys" in session.modalities


def test_documented_assets_of_the_session_are_among_those_that_are_found(facts: World) -> None:
    documented = {a["id"] for a in facts.assets if a["name"].startswith(DEMO_SESSION)}
    assert documented <= {asset.id for asset in Session(DEMO_SESSION).data_assets}


def test_many_sessions_cost_a_few_requests() -> None:
    with aind_session.meter() as m:
        found = aind_session.sessions(676909).raw_data_dirs
    assert DEMO_SESSION in [session.id for session in found]
    assert m.requests - m.retries <= 4 + 7 * len(found)


def test_search_finds_the_session_by_its_metadata() -> None:
    found = aind_session.search(subject=676909, modality="ecephys")
    assert DEMO_SESSION in [session.id for session in found]
