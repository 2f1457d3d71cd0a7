"""The quality control of a session: the metrics of all its metadata records."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.results import Answer
from aind_session.conventions import quality
from aind_session.conventions.qc_records import that_count
from aind_session.conventions.quality import Metric
from aind_session.sources.protocols import Body

_FIELDS = ("name", "created", "_created", *quality.FIELDS)


def find_metrics(
    finder: SessionFinder, *, date: datetime.datetime | None = None
) -> Answer[tuple[Metric, ...]]:
    """Find the metrics of a session's records, of raw and derived data.

    One request per schema version; one more for each record that states no subject.
    """
    found = finder.inventory.records_with(_FIELDS)
    records: Sequence[Body] = finder.mine(found)
    failures, searched = found.failures, found.searched
    if not records and not failures:
        named = finder.records()
        records = [_whole(finder, slim) for slim in named.value or ()]
        failures, searched = named.failures, (*searched, *named.searched)
    value = quality.latest(that_count(records), date=date)
    # the records of mounted data may lack what DocDB holds
    is_known = value if finder.inventory.sources.mounts is not None else records
    known = value if is_known or not failures else None
    return Answer(known, failures=failures, searched=searched)


def _whole(finder: SessionFinder, slim: Body) -> Body:
    return {**finder.inventory.record(slim), "version": slim["version"]}
