"""The contract of a namespace: a correct one passes, and others fail in each way."""

from __future__ import annotations

import copy
from typing import ClassVar

import pytest

import aind_session
from aind_session import (
    ExtensionBaseClass,
    RemoteError,
    Session,
    Subject,
    register_namespace,
)
from aind_session.testing import NamespaceContract

NAME = "ecephys_123456_2024-01-01_10-00-00"


class Contract(NamespaceContract):
    """The contract of a namespace that is registered here as ``mine``."""

    name: ClassVar[str] = "mine"
    example: ClassVar[str] = NAME


def broken_promises(namespace: type) -> list[str]:
    """Run the contract on a namespace; return the names of failing tests."""
    register_namespace("mine")(namespace)
    failed = []
    for name in [n for n in dir(Contract) if n.startswith("test_")]:
        try:
            getattr(Contract(), name)()
        except (AssertionError, aind_session.AindSessionError):
            failed.append(name)
    return failed


class TestContract:
    def test_what_keeps_it_passes(self) -> None:
        class Honest(ExtensionBaseClass):
            @property
            def newest(self) -> str:
                return str(self._base.data_assets[-1].name)

        assert broken_promises(Honest) == []

    def test_an_outage_that_looks_like_absence(self) -> None:
        class Hopeful(ExtensionBaseClass):
            @property
            def newest(self) -> str | None:
                try:
                    return str(self._base.data_assets[-1].name)
                except RemoteError:
                    return None

        assert broken_promises(Hopeful) == ["test_a_server_that_is_down_never_looks_like_absence"]

    def test_an_outage_that_is_called_a_missing_thing(self) -> None:
        class Loose(ExtensionBaseClass):
            @property
            def genotype(self) -> str:
                try:
                    return str(self._base.docdb["subject"]["genotype"])
                except (RemoteError, KeyError):
                    raise AttributeError("no genotype") from None

        assert broken_promises(Loose) == ["test_a_server_that_is_down_never_looks_like_absence"]

    def test_an_answer_that_leaves_out_what_one_server_would_have_said(self) -> None:
        class Partial(ExtensionBaseClass):
            @property
            def known(self) -> tuple[str, int]:
                name = self._base.docdb["name"]
                try:
                    return name, len(self._base.data_assets)
                except RemoteError:
                    return name, 0

        assert broken_promises(Partial) == ["test_a_server_that_is_down_never_looks_like_absence"]

    def test_such_an_answer_with_a_warning_of_the_library_passes(self) -> None:
        class Frank(ExtensionBaseClass):
            @property
            def place(self) -> str:
                return str(self._base.raw_data_dir)

        assert broken_promises(Frank) == []

    def test_building_that_asks(self) -> None:
        class Eager(ExtensionBaseClass):
            def __init__(self, base: Session) -> None:
                super().__init__(base)
                self.assets = base.data_assets

            @property
            def count(self) -> int:
                return len(self.assets)

        assert "test_building_it_asks_nothing" in broken_promises(Eager)

    def test_another_base(self) -> None:
        class Astray(ExtensionBaseClass):
            def __init__(self, base: Session) -> None:
                super().__init__(copy.copy(base))

            @property
            def day(self) -> int:
                return int(self._base.dt.day)

        assert broken_promises(Astray) == [
            "test_copies_and_pickles_have_one_of_their_own",
            "test_it_knows_what_it_belongs_to",
        ]

    def test_every_name_is_answered(self) -> None:
        class Generous(ExtensionBaseClass):
            day = property(lambda self: self._base.dt.day)

            def __getattr__(self, name: str) -> None:
                return None

            def _missing(self, name: str) -> None:
                return None

        assert broken_promises(Generous) == [
            "test_a_misspelt_name_is_missing_and_what_comes_close_is_named"
        ]

    def test_something_else_under_its_name(self) -> None:
        class Mine(ExtensionBaseClass):
            day = property(lambda self: self._base.dt.day)

        register_namespace("mine")(Mine)
        Session.mine = property(lambda self: Mine(self))  # type: ignore[attr-defined]
        with pytest.raises((AssertionError, aind_session.NamespaceError)):
            Contract().test_it_is_registered_and_covers_nothing()
        with pytest.raises(AssertionError):
            Contract().test_it_is_built_once_an_instance_and_kept()

    def test_subjects_have_it_too(self) -> None:
        @register_namespace("theirs", Subject)
        class Theirs(ExtensionBaseClass):
            @property
            def count(self) -> int:
                return len(self._base.sessions)

        class OfSubject(NamespaceContract):
            cls = Subject
            name = "theirs"
            example = "123456"

        OfSubject().test_a_server_that_is_down_never_looks_like_absence()
        OfSubject().test_it_is_registered_and_covers_nothing()
