"""The requests to a fake, and deliberate failures like those of the real servers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeVar

from aind_session.conventions.location import Location, is_in_s3
from aind_session.errors import (
    AccessDeniedError,
    CredentialsError,
    OddAnswerError,
    RemoteError,
    UnavailableError,
    UnknownOutcomeError,
)
from aind_session.runtime import meter as observe
from aind_session.runtime.arguments import near, near_in_words
from aind_session.sources.settings import TOKEN_VARIABLE

T = TypeVar("T")

Service = Literal["Code Ocean", "DocDB", "S3"]
How = int | Literal["no answer", "odd answer", "lost answer", "no credentials"]

SERVICES: tuple[Service, ...] = ("Code Ocean", "DocDB", "S3")
_VERSIONS = {"DocDB v1": "v1 ", "DocDB v2": "v2 "}
_WORDS = ("no answer", "odd answer", "lost answer", "no credentials")
_WHY = "made to fail by FakeAIND"
_WRITES = frozenset({"run", "create", "rename", "stop", "share", "archive"})
_ABOUT_ONE = _WRITES | {"get", "computation", "computations", "results", "result", "panel"}
_UNKNOWN = ("no answer", "odd answer", "lost answer")
_ASKS_NOTHING = frozenset({"buckets", "path"})


@dataclass(frozen=True)
class Request:
    """One request to a fake.

    Attributes
    ----------
    service
        ``"Code Ocean"``, ``"DocDB"`` or ``"S3"``.
    method
        The operation: ``search``, ``get``, ``computation``, ``computations``, ``results``,
        ``result``, ``panel``, ``custom_metadata``, ``run``, ``rename``, ``stop``, ``create``,
        ``share`` and ``archive`` of Code Ocean; ``find`` of DocDB; ``list``, ``exists``, ``read``
        and ``write`` of S3.
    about
        Its subject: an ID or the fields of a search; the schema version and the filter; the URL.
    """

    service: Service
    method: str
    about: str

    @property
    def url(self) -> str | None:
        """The URL, for requests to S3."""
        return self.about if self.service == "S3" else None

    @classmethod
    def of(cls, service: Service, method: str, arguments: tuple[Any, ...]) -> Request:
        """Describe a call of a source."""
        if service == "S3":
            about = str(Location(arguments[0], arguments[1]))
        else:
            about = " ".join(a if isinstance(a, str) else json.dumps(a) for a in arguments)
        return cls(service, method, about)


@dataclass(eq=False)
class Failure:
    """A deliberate failure, until it is healed; a ``with`` block heals it at its end.

    Attributes
    ----------
    service, about
        Which requests fail: those to the service that begin with (S3 and DocDB) or are about (Code
        Ocean) this text.
    how
        An HTTP status or words; see `FakeAIND.fail`.
    times
        How many requests fail from now on; None fails all.
    hits
        How many have failed.
    """

    service: Service
    about: str
    how: How
    times: int | None
    _heal: Callable[[Failure], None] = field(repr=False)
    hits: int = field(default=0, init=False)

    def __enter__(self) -> Failure:
        return self

    def __exit__(self, *_: object) -> None:
        self.heal()

    def heal(self) -> None:
        """End this failure."""
        self._heal(self)

    def meets(self, request: Request) -> bool:
        """Tell whether a question fails."""
        if self.service != request.service or self.times == self.hits:
            return False
        if self.service == "Code Ocean":
            return self.about in request.about
        return request.about.startswith(self.about)


class Gate:
    """Where all questions to a fake pass: counts them, and lets those fail that shall."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.failures: list[Failure] = []
        self._lock = threading.Lock()

    def ask(self, request: Request, answer: Callable[[], T]) -> T:
        """Note a question, and answer it or fail."""
        observe.count(request.service, requests=1)
        with self._lock:
            self.requests.append(request)
            failure = next((f for f in reversed(self.failures) if f.meets(request)), None)
            if failure is not None:
                failure.hits += 1
        if failure is not None:
            if failure.how == "lost answer":
                answer()
            raise error_for(request, failure.how)
        return answer()

    def add(self, service: Service, about: str, how: How, times: int | None) -> Failure:
        """Let something fail; of several that meet a question, the last counts."""
        _check(service, how, times)
        failure = Failure(service, about, how, times, self._remove)
        with self._lock:
            self.failures.append(failure)
        return failure

    def _remove(self, failure: Failure) -> None:
        with self._lock:
            self.failures = [other for other in self.failures if other is not failure]


class Asked:
    """A source whose questions pass a gate; everything else is that of the source.

    Parameters
    ----------
    service
        Whose questions they are.
    source
        Who answers.
    gate
        Through which.
    """

    def __init__(self, service: Service, source: Any, gate: Gate) -> None:
        self._service = service
        self._source = source
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # copying asks for such before there is a source
            raise AttributeError(name)
        found = getattr(self._source, name)
        return found if name in _ASKS_NOTHING else partial(self._ask, name, found)

    def _ask(self, name: str, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        request = Request.of(self._service, name, args)
        return self._gate.ask(request, partial(method, *args, **options))


def _check(service: Service, how: How, times: int | None) -> None:
    if times is not None and times < 1:
        raise ValueError(f"times is 1 or more, not {times} times")
    if isinstance(how, int) and 400 <= how < 600 and how != 404:
        return
    if how == "no credentials" and service == "DocDB":
        raise ValueError("DocDB is read without credentials: they cannot be missing")
    if how == "odd answer" and service == "S3":
        raise ValueError("what S3 sends is a file, odd or not: add_file makes one")
    if how not in _WORDS:
        raise ValueError(
            f"cannot fail with {how!r}: give an HTTP status from 400 to 599 or one of "
            f"{', '.join(map(repr, _WORDS))}; what is to be absent (404) is left out of the fake"
        )


def target(what: str, ids: Container[str], buckets: Container[str]) -> tuple[Service, str]:
    """Tell which questions are meant: of which service, and about what.

    Parameters
    ----------
    what
        As `FakeAIND.fail` takes it.
    ids, buckets
        What there is.

    Raises
    ------
    ValueError
        Nothing is: a failure that never comes would let each test pass.
    """
    for service in SERVICES:
        if what == service:
            return service, ""
    if what in _VERSIONS:
        return "DocDB", _VERSIONS[what]
    if what in ids:
        return "Code Ocean", what
    if what in buckets:
        return "S3", str(Location(what, ""))
    if is_in_s3(what):
        return "S3", what
    hint = near_in_words(near(what, (*SERVICES, *_VERSIONS)))
    raise ValueError(
        f"nothing here is {what!r}{hint}: give one of {', '.join((*SERVICES, *_VERSIONS))}, "
        "the ID of an asset, capsule or computation, a bucket, or a URL that starts with s3://"
    )


def error_for(request: Request, how: How) -> Exception:
    """Give what the real clients raise when a server answers a question so."""
    service = request.service
    if request.method in _WRITES and (how in _UNKNOWN or (isinstance(how, int) and how >= 500)):
        status = how if isinstance(how, int) else 200 if how == "odd answer" else None
        return UnknownOutcomeError(service, f"the outcome is unknown, {_WHY}", status=status)
    if isinstance(how, int):
        return _of_status(request, how)
    if how in ("no answer", "lost answer"):
        return UnavailableError(service, f"no answer in time, {_WHY}", url=request.url)
    if how == "odd answer":
        return OddAnswerError(service, f"the answer is not JSON, {_WHY}", status=200)
    return CredentialsError(f"{service} needs credentials, {_WHY}", service=service)


def _of_status(request: Request, status: int) -> Exception:
    from aind_session.sources.servers.retries import RETRIED_STATUSES  # 50 ms, paid by who fails

    service = request.service
    where: dict[str, Any] = {"status": status, "url": request.url}
    if status in RETRIED_STATUSES:
        return _answered(UnavailableError, service, where)
    # of one thing, a refusal says that it is closed; of a search, that the token is no good
    if service == "Code Ocean" and status in (401, 403):
        from aind_session.sources.servers.answered import answered_as

        answer = _answered(RemoteError, service, where)
        if request.method in _ABOUT_ONE and not (status == 401 and request.method in _WRITES):
            said = f"not allowed, {_WHY}"
            return answered_as(AccessDeniedError, answer, service, said, **where)
        why = f"{service} answered {status}, {_WHY}"
        known = {"service": service, "variable": TOKEN_VARIABLE}
        return answered_as(CredentialsError, answer, why, **known)
    if service == "S3" and status == 403:
        return AccessDeniedError(service, f"not allowed, {_WHY}", **where)
    return _answered(RemoteError, service, where)


def _answered(kind: Any, service: str, where: dict[str, Any]) -> RemoteError:
    """Make an error as the real clients do: of a server over HTTP, a `requests.HTTPError` too."""
    if service == "S3":
        plain: RemoteError = kind(service, _WHY, **where)
        return plain
    from aind_session.sources.servers.answered import answered_with

    return answered_with(kind, service, _WHY, where["status"], where["url"])
