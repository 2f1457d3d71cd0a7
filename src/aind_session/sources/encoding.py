"""Convert answers to readable JSON and back, for files that outlive a process.

An answer is ``{"about": subject, "question": [...], "at": time, "answer": ...}``. Assets, records,
listings and files are stored as the servers sent them, except that assets lose the fields that the
SDK does not know.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from aind_session.conventions.location import Location
from aind_session.sources.batch import Batch
from aind_session.sources.protocols import Body, Listing
from aind_session.sources.servers.decode import decode_asset, decode_assets
from aind_session.sources.subject_filter import subjects_in


def as_key(params: Mapping[str, Any]) -> str:
    """Return a question's parameters as text; equal parameters give equal text.

    Examples
    --------
    >>> as_key({"query": "676909", "archived": False})
    '{"archived": false, "query": "676909"}'
    """
    return json.dumps(params, sort_keys=True)


def encode(about: str, question: Hashable, value: Any, at: float) -> Body | None:
    """Return an answer as JSON; None for kinds of answers that are not stored.

    Parameters
    ----------
    about, question, value
        The cache's scope, question and value.
    at
        When the answer was obtained, in seconds since 1970-01-01 UTC.
    """
    kind, *rest = question if isinstance(question, tuple) else (question,)
    if kind not in _KINDS:
        return None
    then = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    return {
        "about": about,
        "question": [kind, *(map(_opened, rest) if kind in _WITH_PARAMETERS else rest)],
        "at": then.isoformat(),
        "answer": None if value is None else _KINDS[kind][0](value),
    }


def decode(entry: Mapping[str, Any]) -> tuple[str, Hashable, Any, float]:
    """Return the arguments of `encode`: subject, question, answer, time.

    Raises
    ------
    ValueError, KeyError, TypeError, OverflowError
        The entry is malformed.
    """
    kind, *rest = entry["question"]
    expected = _PARTS[kind]
    if not (len(rest) == len(expected) and all(map(_fits, rest, expected))):
        raise ValueError(f"a question of kind {kind!r} has different parts")
    question = (kind, *map(_closed, rest))
    value = entry["answer"]
    at = datetime.datetime.fromisoformat(entry["at"]).timestamp()
    is_absent = value is None and kind in _MAY_BE_ABSENT
    answer = None if is_absent else _KINDS[kind][1](value, question)
    if not isinstance(entry["about"], str):
        raise TypeError('"about" must be text')
    return entry["about"], question, answer, at


_WITH_PARAMETERS = ("search", "find")
_MAY_BE_ABSENT = ("asset", "read")  # a search that finds nothing has an empty list

_PARTS: dict[Any, tuple[type, ...]] = {
    "search": (dict,),
    "find": (str, dict, list),
    "asset": (str,),
    "record": (str, str),
    "whole records": (str,),
    "list": (str, str, str),
    "read": (str, str),
    "exists": (str, str),
}
"""The types of the parts of each kind of question, in JSON."""


def _fits(part: Any, kind: type) -> bool:
    if not isinstance(part, kind):
        return False
    return not isinstance(part, list) or all(isinstance(item, str) for item in part)


def _each(things: Any, *fields: str) -> list[Body]:
    """Check that `things` is a list of objects with text in these fields, and return it."""
    if not isinstance(things, list):
        raise TypeError("a list was expected")
    for thing in things:
        if not (isinstance(thing, dict) and all(isinstance(thing.get(f), str) for f in fields)):
            raise ValueError(f"objects with {', '.join(fields)} were expected")
    return things


def _opened(part: Any) -> Any:
    """Decode the parameters of a question, which are stored as JSON text."""
    return json.loads(part) if isinstance(part, str) and part.startswith("{") else part


def _closed(part: Any) -> Any:
    if isinstance(part, dict):
        return as_key(part)
    return tuple(part) if isinstance(part, list) else part


def _plain(value: Any) -> Any:
    """Return one of the SDK's objects as JSON."""
    if dataclasses.is_dataclass(value):
        fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: _plain(held) for name, held in fields if held is not None}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _without_version(record: Body) -> Body:
    return {name: value for name, value in record.items() if name != "version"}


def _batch_of_assets(bodies: Any, _: Any) -> Batch[Any]:
    return Batch.of(decode_assets(_each(bodies, "id", "name")))


def _batch_of_records(slim: Any, question: Any) -> Batch[Body]:
    return batch_of_records(_each(slim, "_id"), question[1])


def batch_of_records(slim: Sequence[Body], version: str) -> Batch[Body]:
    """Group slim records by session, and add the schema version to each."""
    versioned = [{**record, "version": version} for record in slim]
    return Batch.of(versioned)


def _as_text(content: bytes) -> Body:
    try:
        return {"text": content.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def _as_bytes(content: Body, _: Any) -> bytes:
    if "text" in content:
        return str(content["text"]).encode(errors="surrogatepass")
    return base64.b64decode(content["base64"], validate=True)


def _as_bool(there: Any, _: Any) -> bool:
    if not isinstance(there, bool):
        raise TypeError("true or false was expected")
    return there


def _as_lists(listing: Listing) -> Body:
    return {"folders": list(listing.folders), "files": list(listing.files)}


_KINDS: dict[Any, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    "search": (lambda batch: _plain(batch.items), _batch_of_assets),
    "find": (lambda batch: [_without_version(r) for r in batch.items], _batch_of_records),
    "asset": (_plain, lambda body, _: decode_asset(_each([body], "id", "name")[0])),
    "record": (list, lambda records, _: _each(records, "_id")),
    "whole records": (list, lambda records, _: _each(records, "_id")),
    "list": (_as_lists, lambda body, _: _listing(body)),
    "read": (_as_text, _as_bytes),
    "exists": (bool, _as_bool),
}
"""The functions that convert each kind of answer to JSON and back."""


def _listing(body: Body) -> Listing:
    folders, files = body["folders"], body["files"]
    if not (_fits(folders, list) and _fits(files, list)):
        raise ValueError("lists of names were expected")
    return Listing(tuple(folders), tuple(files))


def as_text(question: Hashable) -> str:
    """Describe a question in words: the service, and what was asked.

    Examples
    --------
    >>> as_text(("find", "v1", '{"name": "676909_2023-12-13_13-43-40"}', ("name",)))
    'DocDB v1, records with name 676909_2023-12-13_13-43-40'
    >>> as_text(("exists", "aind-open-data", "a/b"))
    'S3, whether s3://aind-open-data/a/b exists'
    """
    kind, *rest = question if isinstance(question, tuple) else (question,)
    words = _WORDS.get(kind)
    return str(kind) if words is None else words(rest)


def _search_as_text(rest: list[Any]) -> str:
    from aind_session.sources.passed_on import search_in_words  # only needed for messages

    params = json.loads(rest[0])
    kind = "archived assets" if params.get("archived") else "assets"
    return f"Code Ocean, {kind} with {search_in_words(params)}"


def _find_as_text(rest: list[Any]) -> str:
    where = json.loads(rest[1])
    subjects = subjects_in(where)
    fields = where if subjects is None else {"subject": {"$in": subjects}}
    wanted = (f"{name} {_wanted_as_text(value)}" for name, value in fields.items())
    return f"DocDB {rest[0]}, records with {', '.join(wanted)}"


def _wanted_as_text(value: Any) -> str:
    several = value.get("$in") if isinstance(value, dict) else None
    return ", ".join(map(str, several)) if isinstance(several, list) else str(value)


_WORDS: dict[Any, Callable[[list[Any]], str]] = {
    "search": _search_as_text,
    "find": _find_as_text,
    "asset": lambda rest: f"Code Ocean, asset {rest[0]}",
    "record": lambda rest: f"DocDB {rest[0]}, the whole record {rest[1]}",
    "whole records": lambda rest: f"DocDB {rest[0]}, all records, whole",
    "list": lambda rest: f"S3, what is in {Location(rest[0], rest[1])}",
    "read": lambda rest: f"S3, the file {Location(rest[0], rest[1])}",
    "exists": lambda rest: f"S3, whether {Location(rest[0], rest[1])} exists",
}
