"""Search for sessions by their metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

from aind_session.catalog.outages import warn_of
from aind_session.conventions import quality
from aind_session.conventions.dates import DateLike, range_or_day
from aind_session.conventions.named import each_once
from aind_session.conventions.names import parse_subject
from aind_session.conventions.qc_records import shared_by_twins
from aind_session.conventions.records import DATA_LEVELS, once
from aind_session.conventions.vocabulary import (
    check_modality,
    check_platform,
    modality_today,
    quality_criteria,
)
from aind_session.errors import Failure, NotInTableError
from aind_session.many.nothing import warn_of_nothing
from aind_session.many.sessions import Sessions
from aind_session.many.wanted import Wanted
from aind_session.runtime.arguments import count, one_of, several, texts
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.session import Session
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.description_filter import (
    PROJECT,
    of_modalities,
    of_projects,
    project_spellings,
)
from aind_session.sources.from_tables import Chosen, TableRecords, choose
from aind_session.sources.nightly_tables import ASSETS, QUALITY
from aind_session.sources.protocols import RECORD_VERSIONS, VALUES_A_FILTER, Body
from aind_session.sources.subject_filter import SUBJECT_FIELD, of_subjects_or_unstated

Several = str | Iterable[str]
"""One text, or several; a match with any of them is enough."""

_FIELDS = (
    "name",
    "location",
    SUBJECT_FIELD,
    "data_description.subject_id",
    PROJECT,
    "data_description.data_level",
    "data_description.modality",
    "data_description.modalities",
    "data_description.platform.abbreviation",
)
_CREATED = ("created", "_created")
_MONTHS_AT_MOST = 24

_TEXT_A_FILTER = 1500
"""The most characters of projects or names in one filter, as encoded in its URL."""

_CRITERIA = (
    "subject",
    "project",
    "platform",
    "modality",
    "name",
    "data_level",
    "start_date",
    "end_date",
    "qc",
    "qc_stage",
    "qc_modality",
    "qc_tag",
)


@one_call
def search(
    *,
    subject: Several | int | Iterable[int] | None = None,
    project: Several | None = None,
    platform: Several | None = None,
    modality: Several | None = None,
    name: Several | None = None,
    data_level: Several | None = None,
    start_date: DateLike | None = None,
    end_date: DateLike | None = None,
    qc: Literal["pass", "fail", "pending"] | None = None,
    qc_stage: Several | None = None,
    qc_modality: Several | None = None,
    qc_tag: Several | None = None,
    limit: int | None = None,
    source: Chosen | Literal["docdb"] | None = None,
    sources: Sources | None = None,
) -> Sessions:
    """Search for sessions by their metadata records.

    Parameters
    ----------
    subject, project, platform
        One or several; a match with any of them is enough. Case matters, blanks at the ends of a
        project do not. The platform is the one in the session's name, or else in the record.
    modality
        Abbreviation such as ``ecephys`` or ``behavior_videos``, also ``behavior-videos``, or the
        full name. Records with an older one are found, too, such as ``ophys`` and ``SmartSPIM``.
    name
        Part of the name of a record, and thus of an asset; case matters.
    data_level
        ``raw``, ``derived`` or ``simulated``: the level of the record. A session is also found by a
        derived record.
    start_date, end_date
        Acquisition time in local time, both ends included. An end without a time means the whole
        day, one with a zone is converted, and empty text means no limit.
    qc
        ``pass`` (there is quality control, and all of it passed), ``fail`` (some failed) or
        ``pending`` (neither).
    qc_stage, qc_modality, qc_tag
        Consider only metrics with one of these, and find only records that have such metrics.
        Stages are ``Raw data``, ``Processing``, ``Analysis`` and ``Multi-asset``; a tag is
        ``key:value`` or its value. Each record is evaluated separately, as the schema does; if two
        records are of the same data, v2's quality control counts if it has any.
    limit
        At most this many sessions, the latest ones.
    source
        ``"servers"`` (also ``"docdb"``): both schema versions, in parallel. ``"table"``: the
        nightly tables (extra ``table``), which hold only the newer schema; the sessions that are
        found use them, too. ``("table", "servers")``: the tables, and the servers for what the
        tables lack. ``"mounts"``: the mounted data assets. By default the setting
        ``AIND_SESSION_SOURCE``, else the servers.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Sessions
        Ordered by acquisition time, each once; `Sessions.as_of` says when the tables were written.
        Records whose name only looks like that of a session, with another subject than the record
        states, are left out.

    Raises
    ------
    ValueError
        There is no criterion, or an invalid one: an unknown status, stage or data level, a start
        after the end, or a misspelled platform or modality. The message names the nearest value.
    TypeError
        A criterion has the wrong type.
    RemoteError
        Nothing was found, and one of the schema versions could not be asked. If something was
        found, there is a `SourceDownWarning` instead.

    Warns
    -----
    NothingFoundWarning
        Nothing was found for a project, name, subject or tag, or for an unknown platform or
        modality. The warning names similar values, which takes one request for each schema version.

    Examples
    --------
    >>> search(subject=676909, modality="ecephys")
    Sessions(1: ecephys_676909_2023-12-13_13-43-40)
    """
    first, last = range_or_day(None, start_date, end_date)
    wanted = Wanted(
        subject=tuple(map(parse_subject, several(subject))),
        project=tuple(filter(None, map(str.strip, texts(project, "a project")))),
        platform=texts(platform, "a platform"),
        modality=tuple(map(modality_today, texts(modality, "a modality"))),
        name=texts(name, "a name"),
        data_level=texts(data_level, "a data level"),
        first=first,
        last=last,
        qc=qc,
        qc_about=quality_criteria(qc_modality, qc_stage, qc_tag),
    )
    _check(wanted)
    if limit is not None:
        count(limit, "a limit")
    chosen: Chosen | None = "servers" if isinstance(source, str) and source == "docdb" else source
    asked = choose(sources_or_default(sources), chosen)
    if isinstance(asked.records, TableRecords):
        records = _from_tables(wanted, asked, asked.records)
    else:
        records = _from_docdb(wanted, asked)
    found = sorted(each_once(session for record in records if (session := wanted.fits(record))))
    if not found:
        warn_of_nothing(wanted, asked, records)
    members = [Session(session.id) for session in (found[-limit:] if limit else found)]
    as_of = None if asked.tables is None else asked.tables.as_of
    return Sessions(members, source=chosen, sources=sources_or_default(sources), as_of=as_of)


def _check(wanted: Wanted) -> None:
    for platform in wanted.platform:
        check_platform(platform)
    for modality in wanted.modality:
        check_modality(modality)
    for level in wanted.data_level:
        one_of(level, DATA_LEVELS, "a data level")
    if wanted.qc is not None:
        one_of(wanted.qc, quality.STATUSES, "qc")
    if not (wanted.asks_quality or any(v for k, v in vars(wanted).items() if k != "qc_about")):
        raise ValueError(
            f"pass a criterion, because all sessions are too many: {', '.join(_CRITERIA)}"
        )


def _from_tables(wanted: Wanted, sources: Sources, records: TableRecords) -> list[Body]:
    """Read the rows that may match; if the tables lack a column, ask the servers, if allowed."""
    try:
        return records.matching(
            subjects=wanted.subject,
            projects=[s for project in wanted.project for s in project_spellings(project)],
            names=wanted.name,
            pattern=_in_months(wanted),
            needs=_needs(wanted),
            fields=quality.FIELDS if wanted.asks_quality else (),
        )
    except NotInTableError:
        if sources.servers is None or not records.asks_servers:
            raise
        return _from_docdb(wanted, sources.servers)


def _needs(wanted: Wanted) -> list[tuple[str, str]]:
    """Return the tables and columns without which the criteria cannot be judged."""
    columns = {
        (ASSETS, "project_name"): wanted.project,
        (ASSETS, "modalities"): wanted.modality,
        (ASSETS, "data_level"): wanted.data_level,
        (QUALITY, "tags"): wanted.qc_about.get("tag"),  # never there, so this raises
    }
    return [column for column, values in columns.items() if values]


def _in_months(wanted: Wanted) -> str | None:
    """Return a pattern for names in a range of dates; None if it would be too long."""
    if wanted.first and wanted.last and (months := _months(wanted.first, wanted.last)):
        return f"_({'|'.join(months)})-"
    return None


def _from_docdb(wanted: Wanted, sources: Sources) -> list[Body]:
    fields = (*_FIELDS, *_CREATED, *quality.FIELDS) if wanted.asks_quality else _FIELDS
    asked = [
        partial(attempt, partial(_find, sources, version, where, fields))
        for where in _filters(wanted)
        for version in RECORD_VERSIONS
    ]
    answers = side_by_side(asked, sources.concurrency)
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    found = [r for answer in answers if not isinstance(answer, Failure) for r in answer]
    if failures and not any(map(wanted.fits, found)):
        raise failures[0]
    warn_of(failures, "the search")
    return once(shared_by_twins(found) if wanted.asks_quality else found)


def _find(
    sources: Sources, version: str, where: Mapping[str, Any], fields: Sequence[str]
) -> list[Body]:
    found = sources.records.find(version, where, fields)
    return [{**record, "version": version} for record in found]


def _filters(wanted: Wanted) -> Iterator[Mapping[str, Any]]:
    """Yield filters that find all matching records, by indexed fields if possible."""
    # all records of a subject, which has few: they are needed to choose between duplicates
    for start in range(0, len(wanted.subject), VALUES_A_FILTER):
        yield of_subjects_or_unstated(wanted.subject[start : start + VALUES_A_FILTER])
    if wanted.subject:
        return
    for projects in _in_parts(wanted.project):
        for names in _in_parts(wanted.name):
            yield _filter(replace(wanted, project=projects, name=names))


def _in_parts(values: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Split texts so that a filter with one part of them fits into a URL."""
    parts: list[tuple[str, ...]] = [()]
    length = 0
    for value in values:
        size = len(quote(value, errors="replace"))
        if length + size > _TEXT_A_FILTER and parts[-1]:
            parts.append(())
            length = 0
        length += size
        parts[-1] += (value,)
    return parts


def _filter(wanted: Wanted) -> dict[str, Any]:
    where: dict[str, Any] = {}
    if wanted.project:
        where |= of_projects(wanted.project)
    if wanted.modality:
        where |= of_modalities(wanted.modality)
    named = {"name": {"$regex": "|".join(map(re.escape, wanted.name))}} if wanted.name else {}
    named = named or ({} if where else _not_indexed(wanted))
    return _both(where, _with_twins(named, wanted))


def _with_twins(named: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Let a filter by name also find the v2 record of the same data, which has priority in QC."""
    if not wanted.asks_quality:
        return named
    judged = {"quality_control": {"$ne": None}}
    if wanted.name or wanted.platform:  # the record in v2 may lack these
        return {"$or": [named, judged]} if named else {}
    return {**named, **judged}


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    if set(one) & set(other):
        return {"$and": [one, other]}
    return {**one, **other}


def _any_of(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else {"$in": list(values)}


def _not_indexed(wanted: Wanted) -> dict[str, Any]:
    """Return a filter by names or platforms, for searches without an indexed field."""
    if pattern := _in_months(wanted):
        return {"name": {"$regex": pattern}}
    if wanted.platform:
        names = "|".join(map(re.escape, wanted.platform))
        by_record = {"data_description.platform.abbreviation": _any_of(wanted.platform)}
        return {"$or": [{"name": {"$regex": f"^({names})_"}}, by_record]}
    return {}


def _months(first: Any, last: Any) -> list[str]:
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    if not 0 < count <= _MONTHS_AT_MOST:
        return []
    indices = range(first.year * 12 + first.month - 1, first.year * 12 + first.month - 1 + count)
    return [f"{index // 12:04}-{index % 12 + 1:02}" for index in indices]
