"""The replaced parts of urllib3, http.client and botocore exist, and one variable restores them."""

from __future__ import annotations

import http.client
import inspect
from collections.abc import Callable
from importlib.metadata import version

import boto3
import pytest
import requests

from aind_session import Session
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.servers.direct import is_direct
from aind_session.sources.servers.limits import OFF_VARIABLE
from aind_session.sources.servers.sessions import BoundedAdapter
from tests.platform import Platform

TRIED = {
    "urllib3": ((1, 26), (2, 8)),
    "botocore": ((1, 31), (1, 43)),
    "requests": ((2, 31), (2, 34)),
}
"""Oldest and newest tested releases. For a newer one, run `tests/sources/servers` and
`tests/runtime`, and add it here."""


@pytest.mark.parametrize("name", TRIED)
def test_the_installed_release_is_one_that_was_tried(name: str) -> None:
    oldest, newest = TRIED[name]
    major, minor = version(name).split(".")[:2]
    assert oldest <= (int(major), int(minor)) <= newest, f"try {name} {major}.{minor}: see TRIED"


def test_the_replaced_parts_are_where_they_were() -> None:
    client = boto3.session.Session().client("s3", region_name="us-west-2")
    session = client._endpoint.http_session
    assert session._pool_classes_by_scheme.keys() == {"http", "https"}
    assert session._manager.pool_classes_by_scheme is session._pool_classes_by_scheme
    manager = requests.adapters.HTTPAdapter().poolmanager
    assert manager.pool_classes_by_scheme["https"].ConnectionCls.response_class
    assert "fp" in inspect.getsource(http.client.HTTPResponse.__init__)


@pytest.mark.parametrize("off", ["", "1"])
def test_answers_are_the_same_with_and_without_them(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, off: str
) -> None:
    monkeypatch.setenv(OFF_VARIABLE, off)
    stand_in(demo_world())
    session = Session(DEMO_SESSION, sources=remote_sources())
    assert session.raw_data_asset.id == "16d46411-540a-4122-b47f-8cb2a15d593a"
    assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
    assert "ecephys" in session.modalities
    pools = BoundedAdapter().poolmanager.pool_classes_by_scheme
    assert pools["https"].__name__.startswith("Bounded") == (off == "")
    assert is_direct() == (off == "")
