"""DocDB, the store of metadata records, over its public REST API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aind_session.errors import OddAnswerError, OddAnswerWarning
from aind_session.errors.wording import quote
from aind_session.runtime.warning import warn_user
from aind_session.sources.protocols import Body
from aind_session.sources.servers.http import Http
from aind_session.sources.settings import Settings

SERVICE = "DocDB"

_COLLECTION = "metadata_index/data_assets"

_SHORT_PAGE_BYTES = 3_000_000
"""An answer of this size may be incomplete: DocDB silently cuts answers, to at most 6 MB."""

_SHORT_WHOLE_PAGE_BYTES = 1_000_000
"""The same for complete records, of which the next one can have up to 5 MB."""


class DocdbRecords:
    """Metadata records of a DocDB server, both schema versions; see `RecordSource`."""

    def __init__(self, settings: Settings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._host = settings.docdb_host
        self._http = Http(SERVICE, timeout=settings.timeout_seconds, sleep=sleep)

    def find(
        self, version: str, where: Mapping[str, Any], fields: Sequence[str] = ()
    ) -> list[Body]:
        """Return the records that match; see `RecordSource.find`."""
        # sorted, so that pages fit together; both schema versions have _id
        query = {"filter": json.dumps(where), "sort": json.dumps({"_id": 1})}
        if fields:
            query["projection"] = json.dumps(dict.fromkeys(fields, 1))
        short = _SHORT_PAGE_BYTES if fields else _SHORT_WHOLE_PAGE_BYTES
        found: dict[str, Body] = {}
        skip = 0
        while True:
            page, size = self._page(version, {**query, "skip": str(skip), "limit": "0"})
            records = {record["_id"]: record for record in _records(page, fields, version)}
            if records and not records.keys() - found.keys():
                raise OddAnswerError(SERVICE, f"the pages of {version} do not end")
            found.update(records)
            skip += len(page)
            if size < short or not page:
                return list(found.values())

    def _page(self, version: str, query: dict[str, str]) -> tuple[list[Any], int]:
        url = f"{self._host}/{version}/{_COLLECTION}/find"
        answer, size = self._http.read_sized("GET", url, params=query)
        if not isinstance(answer, list):
            raise OddAnswerError(SERVICE, "a list of records was expected", url=url)
        return answer, size


def _records(answer: list[Any], fields: Sequence[str], version: str) -> list[Body]:
    """Leave out entries that are not records, with a warning; raise if none is a record."""
    asked = [field for field in ("_id", "name") if field == "_id" or field in fields]
    records = [thing for thing in answer if _is_record(thing, asked)]
    odd = [thing for thing in answer if not _is_record(thing, asked)]
    if odd and not records:
        raise OddAnswerError(SERVICE, f"records of {version} were expected, not {quote(odd[0])}")
    if odd:
        warn_user(
            f"{SERVICE} {version} sent {len(odd)} of {len(answer)} records without "
            f"{' or '.join(asked)}, left out: {quote(odd[0])}",
            OddAnswerWarning,
        )
    return records


def _is_record(thing: Any, fields: Sequence[str]) -> bool:
    return isinstance(thing, dict) and all(isinstance(thing.get(field), str) for field in fields)
