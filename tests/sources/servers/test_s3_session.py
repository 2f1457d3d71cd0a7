"""Sessions of botocore read the descriptions of services as botocore does, in less time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import BotoCoreError

from aind_session.sources.servers.s3_session import anonymous_session, new_session


def loader(session: Any) -> Any:
    return session.get_component("data_loader")


@pytest.mark.parametrize("service", ["s3", "sts", "sso"])  # credentials may come from the latter
def test_descriptions_are_those_of_botocore(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # with another folder they are read again: clients of other tests have completed those in memory
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    expected = loader(botocore.session.get_session())
    for session in (new_session(), anonymous_session()):
        ours = loader(session)
        for kind in ("service-2", "paginators-1"):
            read = ours.load_service_model(service, kind)
            assert read == expected.load_service_model(service, kind)
            assert list(read) == list(expected.load_service_model(service, kind))
        assert ours.load_data("endpoints") == expected.load_data("endpoints")


def test_a_service_that_does_not_exist_is_an_error_of_botocore() -> None:
    with pytest.raises(BotoCoreError):
        new_session().create_client("no-service", region_name="us-west-2")
