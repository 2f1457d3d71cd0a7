"""The faults: changes of the stand-in, or of the addresses that the clients use."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.platform import Platform
from tests.platform.faults import Service

Alter = Callable[[Any], Any]


@dataclass(frozen=True)
class Place:
    """A server, or the part of it that can fail alone.

    Attributes
    ----------
    name
        As the table shows it.
    service
        Its name in the stand-in.
    path
        A part of the path of its requests.
    says
        Its name in errors.
    variable
        The setting with its address.
    """

    name: str
    service: Service
    path: str
    says: tuple[str, ...]
    variable: str


CODE_OCEAN = Place("Code Ocean", "code_ocean", "", ("Code Ocean",), "CODE_OCEAN_DOMAIN")
DOCDB = Place("DocDB", "docdb", "", ("DocDB",), "AIND_SESSION_DOCDB_HOST")
DOCDB_V1 = Place("DocDB v1", "docdb", "/v1/", ("DocDB", "v1"), DOCDB.variable)
DOCDB_V2 = Place("DocDB v2", "docdb", "/v2/", ("DocDB", "v2"), DOCDB.variable)
S3 = Place("S3", "s3", "", ("S3",), "AWS_ENDPOINT_URL")

WHOLE = (CODE_OCEAN, DOCDB, S3)
SINGLE = (CODE_OCEAN, DOCDB_V1, DOCDB_V2, S3)


@dataclass(frozen=True, eq=False)
class Fault:
    """A way to fail.

    Attributes
    ----------
    name
        As the table shows it.
    how
        The arguments of `Platform.fail`.
    elsewhere
        Returns a wrong address for the clients, instead of changing the stand-in.
    is_slow
        Whether it lasts until the deadline.
    endless
        Returns the tokens of endless pages; see `Rules.endless_pages`.
    says_not_there
        Whether the server itself says that an object does not exist.
    places
        The servers that can fail this way.
    """

    name: str
    how: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Callable[[], str] | None = None
    is_slow: bool = False
    says_not_there: bool = False
    endless: Callable[[], str] | None = None
    places: tuple[Place, ...] = SINGLE

    def strike(self, platform: Platform, place: Place) -> None:
        """Let a server fail, until it is healed."""
        platform.endless_pages = self.endless
        if self.how:
            platform.fail(place.service, **{"path": place.path, **self.how})


def _closed_port() -> str:
    """Return an address without a server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _json(alter: Alter) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(alter(json.loads(body))).encode()


def _each(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """Change each asset, computation or record of an answer."""

    def alter(answer: Any) -> Any:
        for thing in _things(answer):
            change(thing)
        return answer

    return _json(alter)


def _things(answer: Any) -> list[dict[str, Any]]:
    if isinstance(answer, list):
        return answer
    things: list[dict[str, Any]] = answer.get("results", [answer])
    return things


def _first(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """Change the first item of an answer with several."""

    def alter(answer: Any) -> Any:
        things = _things(answer)
        if len(things) > 1:
            change(things[0])
        return answer

    return _json(alter)


def _without(*names: str) -> Callable[[dict[str, Any]], None]:
    def change(thing: dict[str, Any]) -> None:
        for name in names:
            thing.pop(name, None)

    return change


def _with(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda thing: thing.update({k: v for k, v in values.items() if k in thing})


def _odd_values(thing: dict[str, Any]) -> None:
    """Set states of assets and end statuses of runs that no release of the SDK knows."""
    name = "state" if "mount" in thing else "end_status"
    thing.update({name: "napping"} if name in thing else {})


def _extra(thing: dict[str, Any]) -> None:
    thing["novelty"] = {"a": [1, None]}


_ENDLESS_LISTING = (
    b"<ListBucketResult><Name>b</Name><KeyCount>1</KeyCount><IsTruncated>true</IsTruncated>"
    b"<NextContinuationToken>t</NextContinuationToken>"
    b"<Contents><Key>k</Key></Contents></ListBucketResult>"
)


def _altered(alter: Callable[[bytes], bytes], **more: Any) -> dict[str, Any]:
    return {"kind": "altered", "alter": alter, **more}


_LISTS = "delimiter="
_CODE = (CODE_OCEAN,)
_DOCS = (DOCDB_V1, DOCDB_V2)
_JSON = (*_CODE, *_DOCS)

FAULTS = (
    Fault("refused", elsewhere=_closed_port, places=WHOLE),
    Fault("reset", {"kind": "reset"}),
    Fault("truncated", {"kind": "truncated"}),
    Fault("500, 502, 503, 504", {"status": (500, 502, 503, 504)}),
    Fault("429", {"status": 429, "headers": {"Retry-After": "1"}}),
    Fault("429 for an hour", {"status": 429, "headers": {"Retry-After": "3600"}}),
    Fault(
        "400 for the version",
        {"status": 400, "body": b'{"message": "server too old"}'},
        places=_CODE,
    ),
    Fault("400", {"status": 400}, places=(*_DOCS, S3)),
    Fault("401", {"status": 401}),
    Fault("403", {"status": 403}),
    Fault("404", {"status": 404}, says_not_there=True, places=_JSON),
    Fault("404 with HTML", {"status": 404, "body": b"<html>nginx</html>"}),
    Fault("200 with HTML", {"kind": "html"}),
    Fault(
        "200 with broken HTML", {"kind": "html", "body": b"<html><br>Sign in &nbsp;"}, places=(S3,)
    ),
    Fault("wrong shape", {"kind": "shape"}),
    Fault("`null`", {"kind": "shape", "body": b"null"}, places=_JSON),
    Fault("nothing", {"kind": "shape", "body": b""}, places=(S3,)),
    Fault("JSON cut short", _altered(lambda body: body[: len(body) // 2]), places=_JSON),
    Fault("XML cut short", _altered(lambda body: body[:-30], query=_LISTS), places=(S3,)),
    Fault("unknown enum value", _altered(_each(_odd_values)), places=_CODE),
    Fault("extra field", _altered(_each(_extra)), places=_JSON),
    Fault(
        "fields null",
        _altered(
            _each(
                _with(
                    tags=None, description=None, provenance=None, session=None, last_modified=None
                )
            )
        ),
        places=_JSON,
    ),
    Fault(
        "fields missing",
        _altered(_each(_without("tags", "description", "last_used", "session", "last_modified"))),
        places=_JSON,
    ),
    Fault("none has an ID", _altered(_each(_with(id=None, _id=None))), places=_JSON),
    Fault("one without ID", _altered(_first(_without("id", "_id"))), places=_JSON),
    Fault("names null", _altered(_each(_with(name=None))), places=_JSON),
    Fault(
        "`results` null",
        _altered(_json(lambda a: {**a, "results": None} if "results" in a else a)),
        places=_CODE,
    ),
    Fault("a page repeated", endless=lambda: "again", places=_CODE),
    Fault("`has_more` for ever", endless=lambda: str(uuid.uuid4()), places=_CODE),
    Fault(
        "more for ever", {"kind": "shape", "body": _ENDLESS_LISTING, "query": _LISTS}, places=(S3,)
    ),
    Fault("no answer", {"kind": "hang"}, is_slow=True),
    Fault("slow head", {"kind": "slow head"}, is_slow=True),
    Fault("slow drip", {"kind": "drip", "pause": 10.0}, is_slow=True),
    Fault("no end", {"kind": "endless"}, is_slow=True),
)
