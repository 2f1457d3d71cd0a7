"""A meter counts the requests while it runs, by source, in all threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import aind_session
from aind_session import Session
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.behaviour.test_failures import impatient
from tests.platform import Platform


@pytest.fixture
def platform(stand_in: Callable[..., Platform]) -> Platform:
    return stand_in(demo_world())


def test_requests_and_bytes_by_source_are_those_that_the_servers_saw(platform: Platform) -> None:
    session = Session(DEMO_SESSION, sources=remote_sources())
    with aind_session.meter() as m:
        session.raw_data_asset
        session.modalities
    by_source = {name: tally.requests for name, tally in m.by_source.items() if tally.requests}
    assert by_source == {"Code Ocean": 2, "DocDB": 2, "S3": 1}
    assert m.requests == platform.count() == 5
    assert m.bytes == platform.bytes_sent()
    assert (m.retries, m.waited) == (0, 0.0)


def test_what_is_known_is_a_cache_hit(platform: Platform) -> None:
    session = Session(DEMO_SESSION, sources=remote_sources())
    session.data_assets
    with aind_session.meter() as m:
        session.data_assets
    assert (m.requests, m.cache_hits) == (0, 2)


def test_retries_and_the_waits_before_them_are_counted(platform: Platform) -> None:
    platform.fail("docdb", path="/v1/", times=2)
    session = Session(DEMO_SESSION, sources=impatient())
    with aind_session.meter() as m:
        session.docdb
    assert m.retries == m.by_source["DocDB"].retries == 2
    assert m.waited == 1.5
    assert m.requests == platform.count()


def test_meters_overlap_and_count_all_threads(platform: Platform) -> None:
    sources = remote_sources()
    with aind_session.meter() as outer:
        with aind_session.meter() as inner, ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: Session(DEMO_SESSION, sources=sources).data_assets).result()
        Session(DEMO_SESSION, sources=sources).docdb
    assert inner.requests == 2
    assert outer.requests == platform.count() > 2


def test_a_meter_shows_its_counts() -> None:
    with aind_session.meter() as m:
        pass
    assert "no requests" in repr(m)
