"""The metadata database: its REST API, with mongomock for queries."""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Callable
from typing import Any

import mongomock
from mongomock.aggregate import process_pipeline

from aind_session.sources.memory import World

from .messages import Answer, Call, Refusal, compact, json_answer
from .projection import is_plain, project
from .rules import Rules

_ROUTE = re.compile(r"/(v1|v2)/metadata_index/data_assets(?:/(\w+))?/?$")
URL_LIMIT = 10_240  # the limit of the real gateway for request line and headers together

Record = dict[str, Any]


class DocDB:
    """The records of one world, read-only."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._world = world
        self._rules = rules
        self._lock = threading.Lock()
        self._database = mongomock.MongoClient().metadata_index
        self._loaded: dict[str, list[Record]] = {}

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if len(call.target) > URL_LIMIT:
            raise Refusal(414, "Request URI too long")
        route = _ROUTE.match(call.path)
        version, operation = route.groups() if route else (None, None)
        handle = self._handlers().get((call.method, operation)) if version else None
        if handle is None:  # writing needs a signature; the gateway says so for missing paths, too
            raise Refusal(403, "Missing Authentication Token")
        with self._lock:
            return _translated(handle, self._collection(version), call)

    def _handlers(self) -> dict[tuple[str, str | None], Callable[[Any, Call], Answer]]:
        return {
            ("GET", None): self._get,
            ("GET", "find"): self._find,
            ("GET", "count_documents"): self._count,
            ("POST", "aggregate"): self._aggregate,
        }

    def _find(self, collection: Any, call: Call) -> Answer:
        return json_answer(self._page(_query(collection, call)))

    def _get(self, collection: Any, call: Call) -> Answer:
        return self._whole(_query(collection, call))

    def _count(self, collection: Any, call: Call) -> Answer:
        wanted = _json_param(call, "filter") or {}
        counts = {
            "total_record_count": collection.count_documents({}),
            "filtered_record_count": collection.count_documents(wanted),
        }
        return json_answer(counts)

    def _aggregate(self, collection: Any, call: Call) -> Answer:
        pipeline = call.json()
        if not isinstance(pipeline, list):
            raise Refusal(400, "pipeline must be a list")
        records = list(collection.find())
        for stage in pipeline:
            records = self._staged(records, stage)
        return self._whole(records)

    def _staged(self, records: list[Record], stage: Any) -> list[Record]:
        if list(stage) == ["$project"] and is_plain(stage["$project"]):
            return project(records, stage["$project"])
        rest = process_pipeline(records, self._database, [stage], None)  # type: ignore[no-untyped-call]
        return list(rest)

    def _page(self, records: list[Record]) -> list[Record]:
        """Truncate a page that is too large, but return at least one record."""
        size = 1
        for position, record in enumerate(records):
            size += len(compact(record).encode()) + 1
            if size > self._rules.docdb_page_bytes:
                return records[: max(position, 1)]
        return records

    def _whole(self, records: list[Record]) -> Answer:
        answer = json_answer(records)
        if len(answer.body) > self._rules.docdb_page_bytes:
            raise Refusal(413, "Request Entity Too Large")
        return answer

    def _collection(self, version: str | None) -> Any:
        """Return the records of a version, updated if a test changed the world."""
        version = str(version)
        records = self._world.records.get(version, [])
        collection: Any = self._database[version]
        is_known = self._rules.frozen and version in self._loaded
        if not is_known and self._loaded.get(version, []) != records:
            collection.delete_many({})
            if records:
                collection.insert_many([dict(record) for record in records])
            self._loaded[version] = copy.deepcopy(records)
        return collection


def _translated(handle: Callable[[Any, Call], Answer], collection: Any, call: Call) -> Answer:
    """Report errors of the database as the client's mistakes."""
    try:
        return handle(collection, call)
    except (mongomock.OperationFailure, NotImplementedError, TypeError, ValueError) as error:
        raise Refusal(400, f"{type(error).__name__}: {error}") from error


def _query(collection: Any, call: Call) -> list[Record]:
    wanted, projection = _json_param(call, "filter") or {}, _json_param(call, "projection") or {}
    plain = is_plain(projection)
    cursor = collection.find(_with_null_parents(wanted), None if plain else projection)
    sort = _json_param(call, "sort")
    if sort:
        cursor = cursor.sort(list(sort.items()))
    skip, limit = int(call.params.get("skip", 0)), int(call.params.get("limit", 0))
    records = list(cursor.skip(skip).limit(limit))  # a limit of 0 means all
    return project(records, projection) if plain else records


def _with_null_parents(where: Any) -> Any:
    """Make null also match if the parent is null, as in MongoDB but not in mongomock."""
    if isinstance(where, list):
        return [_with_null_parents(part) for part in where]
    if not isinstance(where, dict):
        return where
    plain, others = {}, []
    for name, value in where.items():
        if value is None and "." in name:
            others.append({"$or": [{name: None}, {name.rpartition(".")[0]: None}]})
        else:
            plain[name] = _with_null_parents(value) if name.startswith("$") else value
    return {"$and": [plain, *others]} if others else plain


def _json_param(call: Call, name: str) -> Any:
    text = call.params.get(name)
    if not text:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refusal(400, f"{name} is not a JSON object: {text}")
    return value
