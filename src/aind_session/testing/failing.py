"""Requests to a fake, and deliberate failures like those of the real servers."""

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
from aind_session.errors.wording import quote
from aind_session.runtime import meter
from aind_session.runtime.arguments import count, text
from aind_session.runtime.near import near, near_in_words
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
    """A deliberate failure; `heal`, or the end of a ``with`` block, ends it.

    Attributes
    ----------
    service, about
        The requests that fail: those to the service that begin with this text (S3 and DocDB) or
        contain it (Code Ocean).
    how
        An HTTP status or words; see `FakeAIND.fail`.
    times
        The number of requests that fail; None fails all.
    hits
        The number of requests that have failed.
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
        """Return whether this failure applies to a request."""
        if self.service != request.service or self.times == self.hits:
            return False
        if self.service == "Code Ocean":
            return self.about in request.about
        return request.about.startswith(self.about)


class Gate:
    """Records all requests to a fake, and fails those that should fail."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.failures: list[Failure] = []
        self._lock = threading.Lock()

    def ask(self, request: Request, answer: Callable[[], T]) -> T:
        """Record a request, and answer it or fail."""
        meter.count(request.service, requests=1)
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
        """Add a failure; if several apply to a request, the last one counts."""
        _check(service, how, times)
        failure = Failure(service, about, how, times, self._remove)
        with self._lock:
            self.failures.append(failure)
        return failure

    def _remove(self, failure: Failure) -> None:
        with self._lock:
            self.failures = [other for other in self.failures if other is not failure]


class Asked:
    """A source whose requests pass through a gate.

    Parameters
    ----------
    service
        The service that the source replaces.
    source
        The source that answers.
    gate
        The gate.
    """

    def __init__(self, service: Service, source: Any, gate: Gate) -> None:
        self._service = service
        self._source = source
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # copying reads these before `_source` is set
            raise AttributeError(name)
        found = getattr(self._source, name)
        return found if name in _ASKS_NOTHING else partial(self._ask, name, found)

    def _ask(self, name: str, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        request = Request.of(self._service, name, args)
        return self._gate.ask(request, partial(method, *args, **options))


def _check(service: Service, how: How, times: int | None) -> None:
    if times is not None:
        count(times, "times")
    if isinstance(how, int) and 400 <= how < 600 and how != 404:
        return
    if how == "no credentials" and service == "DocDB":
        raise ValueError("DocDB is read without credentials: they cannot be missing")
    if how == "odd answer" and service == "S3":
        raise ValueError("S3 sends files, so add an odd file with add_file")
    if not isinstance(how, str) or how not in _WORDS:
        raise ValueError(
            f"cannot fail with {quote(how)}: pass an HTTP status from 400 to 599 or one of "
            f"{', '.join(map(repr, _WORDS))}; for 404, leave the object out of the fake"
        )


def target(what: str, ids: Container[str], buckets: Container[str]) -> tuple[Service, str]:
    """Return the service and the text of the requests that should fail.

    Parameters
    ----------
    what
        See `FakeAIND.fail`.
    ids, buckets
        The existing IDs and buckets.

    Raises
    ------
    ValueError
        No request can match: a failure that never occurs would let each test pass.
    """
    text(what, "what fails")
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
        f"nothing is named {what!r}{hint}: pass one of {', '.join((*SERVICES, *_VERSIONS))}, "
        "the ID of an asset, capsule or computation, a bucket, or a URL that starts with s3://"
    )


def error_for(request: Request, how: How) -> Exception:
    """Return the error that the real clients raise if a server fails in this way."""
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
    from aind_session.sources.servers.retries import RETRIED_STATUSES  # takes 50 ms

    service = request.service
    where: dict[str, Any] = {"status": status, "url": request.url}
    if status in RETRIED_STATUSES:
        return _answered(UnavailableError, service, where)
    # for one object, a refusal means no access to it; for a search, an invalid token
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
    """Return the error that the real clients raise, for HTTP also a `requests.HTTPError`."""
    if service == "S3":
        plain: RemoteError = kind(service, _WHY, **where)
        return plain
    from aind_session.sources.servers.answered import answered_with

    return answered_with(kind, service, _WHY, where["status"], where["url"])
