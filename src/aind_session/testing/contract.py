"""Tests that every namespace should pass; the author's test class inherits them."""

from __future__ import annotations

import copy
import functools
import pickle
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import getattr_static
from typing import Any, ClassVar

from aind_session.conventions.names import find_session
from aind_session.errors import AindSessionWarning, CouldNotLook
from aind_session.extension import register_namespace
from aind_session.session import Session
from aind_session.testing.failing import SERVICES, Service
from aind_session.testing.fake import FakeAIND


class NamespaceContract:
    """Tests of a namespace; a subclass names the namespace.

    A property may answer, report that something is missing, or raise an error because a server
    could not be asked. It must not treat a server that is down as an empty one. So each property is
    read with the working `fake`, then with each server down: it must raise a `RemoteError` or
    `CredentialsError`, return the same answer, or issue a warning of this library. With all servers
    down it must raise, unless it asks no server.

    Attributes
    ----------
    name
        The name of the namespace.
    cls
        The class that has the namespace: `Session` or `Subject`.
    example
        The ID of a session, or subject, with data for the namespace.
    misspelt
        A public name of the namespace to misspell; by default its first property.

    Examples
    --------
    >>> class TestMetadata(NamespaceContract):
    ...     name = "metadata"
    ...     example = "ecephys_123456_2024-01-01_10-00-00"
    ...     misspelt = "subject"
    >>> TestMetadata().test_building_it_asks_nothing()
    """

    name: ClassVar[str]
    cls: ClassVar[type] = Session
    example: ClassVar[str]
    misspelt: ClassVar[str | None] = None

    def fake(self) -> FakeAIND:
        """Return the fake servers; by default they have one complete session."""
        name = self.example
        if find_session(name) is None:
            name = f"ecephys_{name}_2024-01-01_10-00-00"
        fake = FakeAIND()
        fake.add_session(name, modalities=("behavior", "ecephys"), sorted="kilosort4")
        return fake

    def test_it_is_registered_and_covers_nothing(self) -> None:
        """Registering the class again is allowed only if the name is its own."""
        namespace = type(self._built())
        assert getattr(self.cls, self.name) is namespace
        register_namespace(self.name, self.cls)(namespace)

    def test_it_is_built_once_an_instance_and_kept(self) -> None:
        """Two reads return the same object; another instance has another object."""
        base = self._base()
        assert getattr(base, self.name) is getattr(base, self.name)
        assert getattr(base, self.name) is not getattr(self._base(), self.name)

    def test_it_knows_what_it_belongs_to(self) -> None:
        """``_base`` is the session or subject."""
        base = self._base()
        assert getattr(base, self.name)._base is base

    def test_it_is_shown_by_dir(self) -> None:
        """Notebooks complete its name."""
        assert self.name in dir(self._base())

    def test_building_it_asks_nothing(self) -> None:
        """Building a namespace sends no request."""
        fake = self.fake()
        self._built(fake)
        assert fake.requests == ()

    def test_copies_and_pickles_have_one_of_their_own(self) -> None:
        """A session with a built namespace can still be copied and pickled."""
        base = self._base()
        getattr(base, self.name)
        sent = pickle.loads(pickle.dumps(base))  # noqa: S301 - made in this line
        for other in (copy.copy(base), copy.deepcopy(base), sent):
            assert getattr(other, self.name)._base is other

    def test_a_misspelt_name_is_missing_and_what_comes_close_is_named(self) -> None:
        """A misspelled name is an `AttributeError` that names the nearest one."""
        name = self.misspelt or self._properties()[0]
        wrong = f"{name[:-1]}_{name[-1]}"
        outcome = _ask(self._built(), wrong)
        assert isinstance(outcome.error, AttributeError), f"{wrong!r} is misspelt: {outcome}"
        assert name in str(outcome.error)

    def test_a_server_that_is_down_never_looks_like_absence(self) -> None:
        """Each property is read with each server down, and with all; see the class."""
        fake = self.fake()
        for name in self._properties():
            healthy = _ask(self._built(fake), name)
            for service in SERVICES:
                outcome, hits = self._ask_without(fake, name, [service])
                if hits and not (outcome.could_not_look or outcome.warned):
                    what = f"{self.name}.{name} with {service} down"
                    assert outcome.is_like(healthy), f"{what}: {outcome}, else {healthy}"
            outcome, hits = self._ask_without(fake, name, SERVICES)
            assert not hits or outcome.could_not_look, (
                f"{self.name}.{name} with all servers down: {outcome}"
            )

    def _base(self, fake: FakeAIND | None = None) -> Any:
        return self.cls(self.example, sources=(fake or self.fake()).sources)

    def _built(self, fake: FakeAIND | None = None) -> Any:
        return getattr(self._base(fake), self.name)

    def _properties(self) -> list[str]:
        """Return the names of the public properties."""
        namespace = type(self._built())
        members = {name: getattr_static(namespace, name) for name in dir(namespace)}
        kinds = (property, functools.cached_property)
        return [n for n, m in members.items() if isinstance(m, kinds) and not n.startswith("_")]

    def _ask_without(
        self, fake: FakeAIND, name: str, down: Iterable[Service]
    ) -> tuple[_Outcome, int]:
        """Read a property while servers are down; also return the number of failed requests."""
        failures = [fake.fail(service) for service in down]
        outcome = _ask(self._built(fake), name)
        for failure in failures:
            failure.heal()
        return outcome, sum(failure.hits for failure in failures)


@dataclass(frozen=True)
class _Outcome:
    """The outcome of reading a property: an answer or an error, and whether it warned."""

    value: Any
    error: Exception | None
    warned: bool

    @property
    def could_not_look(self) -> bool:
        return isinstance(self.error, CouldNotLook)

    def is_like(self, other: _Outcome) -> bool:
        if self.error is not None:
            return type(self.error) is type(other.error)
        return other.error is None and bool(self.value == other.value)

    def __str__(self) -> str:
        if self.error is not None:
            return f"{type(self.error).__name__} ({self.error})"
        return f"the answer {self.value!r}"


def _ask(namespace: Any, name: str) -> _Outcome:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value, error = getattr(namespace, name), None
        except Exception as raised:  # noqa: BLE001 - the test judges the error
            value, error = None, raised
    warned = any(issubclass(warning.category, AindSessionWarning) for warning in caught)
    return _Outcome(value, error, warned)
