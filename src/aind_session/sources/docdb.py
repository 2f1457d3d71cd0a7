"""DocDB, the store of metadata records, over its public REST API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests

from aind_session.errors import OddAnswerError
from aind_session.settings import Settings
from aind_session.sources.base import Body
from aind_session.sources.http import Http, pooled_adapter

SERVICE = "DocDB"

_COLLECTION = "metadata_index/data_assets"

_SHORT_PAGE_BYTES = 3_000_000
"""From this size on an answer may be a part: the gateway carries at most 6 MB, and DocDB then
sends fewer records than match without saying so."""


class DocdbRecords:
    """Metadata records of a DocDB server, both schema versions; see `RecordSource`."""

    def __init__(self, settings: Settings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        session = requests.Session()
        session.mount(settings.docdb_host, pooled_adapter())
        self._host = settings.docdb_host
        self._http = Http(SERVICE, session, timeout=settings.timeout_seconds, sleep=sleep)

    def find(
        self, version: str, where: Mapping[str, Any], fields: Sequence[str] = ()
    ) -> list[Body]:
        """Give the records that match; see `RecordSource.find`."""
        # an order, so that pages fit together; _id is what both schema versions have
        query = {"filter": json.dumps(where), "sort": json.dumps({"_id": 1})}
        if fields:
            query["projection"] = json.dumps(dict.fromkeys(fields, 1))
        found: list[Body] = []
        while True:
            page, is_whole = self._page(version, {**query, "skip": str(len(found)), "limit": "0"})
            found += page
            if is_whole or not page:
                return found

    def _page(self, version: str, query: dict[str, str]) -> tuple[list[Body], bool]:
        url = f"{self._host}/{version}/{_COLLECTION}/find"
        answer, size = self._http.read_sized("GET", url, params=query)
        if not isinstance(answer, list) or not all(isinstance(r, dict) for r in answer):
            raise OddAnswerError(SERVICE, "a list of records was expected", url=url)
        return answer, size < _SHORT_PAGE_BYTES
