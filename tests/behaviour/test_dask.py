"""Many sessions with dask: resolved once here, not requested again in worker processes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from benchmarks.world import benchmark_world, many_names
from distributed import Client, LocalCluster

from aind_session import sessions
from aind_session.sources import remote_sources
from tests.many.test_sessions import describe
from tests.platform import Platform


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_two_worker_processes_ask_nothing(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(benchmark_world(5, 8))
    many = sessions(many_names(5, 8), sources=remote_sources())
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with (
        LocalCluster(**options) as cluster,  # type: ignore[no-untyped-call]
        Client(cluster) as client,  # type: ignore[no-untyped-call]
    ):
        found = many.map(describe, client.get_executor())
        assert len(client.nthreads()) == 2
    assert list(found.values()) == [(session.id, 2) for session in many]
    assert platform.count() == 12  # all requests come from this process
