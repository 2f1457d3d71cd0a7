"""Deliberate failures raise the errors of the real clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import aind_session
from aind_session import (
    AccessDeniedError,
    CredentialsError,
    OddAnswerError,
    Session,
    UnavailableError,
)
from aind_session.errors import CouldNotLook
from aind_session.sources import default_sources
from aind_session.testing import FakeAIND
from aind_session.testing.failing import How
from tests.behaviour.test_failures import impatient
from tests.platform import Platform
from tests.platform.faults import Service

NAME = "ecephys_123456_2024-01-01_10-00-00"
CAPSULE = "0000000b-0000-4000-8000-000000000001"


QUESTIONS: dict[str, Callable[[str], Any]] = {
    "Code Ocean search": lambda _: Session(NAME).data_assets,
    "Code Ocean get": lambda id_: aind_session.get_data_asset_model(id_),
    "Code Ocean computations": lambda _: aind_session.search_computations(CAPSULE),
    "Code Ocean run": lambda _: default_sources().assets.run({"capsule_id": CAPSULE}),
    "DocDB find": lambda _: Session(NAME).docdb,
    "S3 list": lambda _: default_sources().storage.list("aind-open-data", f"{NAME}/"),
    "S3 read": lambda _: default_sources().storage.read("aind-open-data", f"{NAME}/subject.json"),
}
PLATFORM: dict[str, Service] = {"Code Ocean": "code_ocean", "DocDB": "docdb", "S3": "s3"}
FAULTS: dict[How, dict[str, Any]] = {
    "no answer": {"kind": "reset"},
    "odd answer": {"kind": "html"},
    **{status: {"status": status} for status in (400, 401, 403, 429, 500, 502, 503, 504)},
}


class TestFailures:
    @pytest.mark.parametrize(
        ("question", "how"),
        [
            (question, how)
            for question in QUESTIONS
            for how in FAULTS
            if not (question.startswith("S3") and how == "odd answer")
        ],
    )
    def test_they_are_those_of_the_real_clients(
        self, stand_in: Callable[..., Platform], question: str, how: How
    ) -> None:
        service = question.rpartition(" ")[0]
        fake = FakeAIND()
        fake.add_session(NAME)
        fake.add_computation(CAPSULE)
        asset_id = fake.world.assets[0]["id"]
        platform = stand_in(fake.world)
        platform.fail(PLATFORM[service], **FAULTS[how])
        fake.fail(service, how)
        errors = []
        for sources in (impatient(), fake.sources):
            with pytest.raises(CouldNotLook) as caught, aind_session.use_sources(sources):
                QUESTIONS[question](asset_id)
            errors.append(caught.value)
        real, faked = map(vars, errors)
        assert type(errors[0]) is type(errors[1])
        assert [real[part] for part in ("service", "status") if part in real] == [
            faked[part] for part in ("service", "status") if part in faked
        ]
        assert "made to fail by FakeAIND" in str(errors[1])

    def test_a_missing_credential(self, fake_aind: FakeAIND) -> None:
        fake_aind.add_session(NAME)
        fake_aind.fail("Code Ocean", "no credentials")
        with pytest.raises(CredentialsError, match="Code Ocean"):
            Session(NAME).data_assets
        assert Session(NAME).is_uploaded

    def test_one_schema_version(self, fake_aind: FakeAIND) -> None:
        fake_aind.add_session(NAME)
        fake_aind.fail("DocDB v2")
        with pytest.warns(aind_session.SourceDownWarning, match="DocDB"):
            assert Session(NAME).docdb["name"] == NAME

    def test_one_asset(self, fake_aind: FakeAIND) -> None:
        one, other = fake_aind.add_asset(NAME), fake_aind.add_asset(NAME)
        fake_aind.fail(one.id, 403)
        assert aind_session.get_data_asset_model(other.id) == other
        with pytest.raises(AccessDeniedError):
            aind_session.get_data_asset_model(one.id)

    @pytest.mark.parametrize("what", ["aind-open-data", f"s3://aind-open-data/{NAME}"])
    def test_one_bucket_or_directory(self, fake_aind: FakeAIND, what: str) -> None:
        fake_aind.add_session(NAME)
        fake_aind.add_file("s3://aind-ephys-data/x", "x")
        fake_aind.fail(what, "no answer")
        assert default_sources().storage.read("aind-ephys-data", "x") == b"x"
        with pytest.raises(UnavailableError) as caught:
            default_sources().storage.read("aind-open-data", f"{NAME}/subject.json")
        assert caught.value.url == f"s3://aind-open-data/{NAME}/subject.json"

    def test_so_many_times(self, fake_aind: FakeAIND) -> None:
        failure = fake_aind.fail("S3", times=2)
        for _ in range(2):
            with pytest.raises(UnavailableError):
                default_sources().storage.exists("aind-open-data", "x")
        assert not default_sources().storage.exists("aind-open-data", "x")
        assert failure.hits == 2

    def test_until_healed_one_or_all(self, fake_aind: FakeAIND) -> None:
        session = Session(NAME)
        with fake_aind.fail("Code Ocean") as failure, pytest.raises(UnavailableError):
            session.data_assets
        assert session.data_assets == ()
        assert failure.hits == 2
        fake_aind.fail("Code Ocean")
        with pytest.raises(UnavailableError):
            session.data_assets
        fake_aind.heal()
        assert session.data_assets == ()

    def test_the_last_one_counts(self, fake_aind: FakeAIND) -> None:
        fake_aind.fail("Code Ocean", 503)
        with fake_aind.fail("Code Ocean", "odd answer"), pytest.raises(OddAnswerError):
            Session(NAME).data_assets
        with pytest.raises(UnavailableError):
            Session(NAME).data_assets

    @pytest.mark.parametrize(
        ("what", "more", "message"),
        [
            (
                "CodeOcean",
                {},
                "nothing is named 'CodeOcean'; near: 'Code Ocean': pass one of Code Ocean, DocDB",
            ),
            ("0000000b", {}, "nothing is named"),
            ("S3", {"how": 200}, "cannot fail with 200"),
            ("S3", {"how": 404}, "leave the object out of the fake"),
            ("S3", {"how": "timeout"}, "'no answer'"),
            ("DocDB", {"how": "no credentials"}, "without credentials"),
            ("S3", {"how": "odd answer"}, "add_file"),
            ("S3", {"times": 0}, "times must be 1 or more, not 0"),
        ],
    )
    def test_that_would_never_come_are_refused(
        self, what: str, more: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            FakeAIND().fail(what, **more)
