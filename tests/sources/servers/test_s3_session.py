"""Sessions of botocore read the descriptions of services as botocore does, in less time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import BotoCoreError

from aind_session import RemoteError
from aind_session.sources.servers.s3_session import anonymous_session, new_session, region_of


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


class TestRegion:
    @pytest.fixture(autouse=True)
    def alone(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """Take away all settings of AWS but those in an empty home."""
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        return tmp_path

    def test_the_default_one(self) -> None:
        assert region_of(botocore.session.Session()) == "us-west-2"

    def test_a_real_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        assert region_of(botocore.session.Session()) == "eu-central-1"

    def test_an_unknown_one_in_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "no where")
        with pytest.raises(RemoteError, match="no region 'no where', which AWS_DEFAULT_REGION"):
            region_of(botocore.session.Session())

    def test_an_unknown_one_in_the_usual_file(self, alone: Path) -> None:
        (alone / ".aws").mkdir()
        (alone / ".aws/config").write_text("[default]\nregion = no where\n")
        with pytest.raises(RemoteError, match=r"which ~/\.aws/config names"):
            region_of(botocore.session.Session())

    def test_an_unknown_one_of_another_service(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "no where")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        assert region_of(botocore.session.Session()) == "no where"
