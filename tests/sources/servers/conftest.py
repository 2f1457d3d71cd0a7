"""Both clients of S3, for the same tests."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["direct", "botocore"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The client that asks; botocore, if a variable is set that only it understands."""
    name: str = request.param
    if name == "botocore":
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return name
