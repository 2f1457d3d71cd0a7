"""The built-in namespaces pass the public contract tests."""

from __future__ import annotations

from aind_session import Subject
from aind_session.testing import FakeAIND, NamespaceContract

SESSION = "ecephys_123456_2024-01-01_10-00-00"


class TestEcephys(NamespaceContract):
    name = "ecephys"
    example = SESSION


class TestMetadata(NamespaceContract):
    name = "metadata"
    example = SESSION
    misspelt = "subject"


class TestLims(NamespaceContract):
    name = "lims"
    example = SESSION

    def fake(self) -> FakeAIND:
        fake = FakeAIND()
        fake.add_session(SESSION, files={"behavior/1386750279_123456_20240101.sync": b""})
        return fake


class TestNeuroglancer(NamespaceContract):
    cls = Subject
    name = "neuroglancer"
    example = "123456"


class TestIBLDataConverter(NamespaceContract):
    cls = Subject
    name = "ibl_data_converter"
    example = "123456"
