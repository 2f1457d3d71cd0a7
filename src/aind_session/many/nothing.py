"""Explain an empty search: which criterion matches nothing, and similar values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.conventions import quality
from aind_session.conventions.institute import MODALITIES
from aind_session.conventions.names import find_asset_name
from aind_session.conventions.records import record_project, record_subject_id
from aind_session.conventions.session_id import KNOWN_PLATFORMS
from aind_session.conventions.vocabulary import is_known_modality, is_known_platform
from aind_session.errors import Failure, NothingFoundWarning
from aind_session.errors.wording import quote
from aind_session.runtime.misspelled import nothing_has
from aind_session.runtime.near import near, near_in_words
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources
from aind_session.sources.description_filter import PROJECT
from aind_session.sources.from_tables import TableRecords
from aind_session.sources.protocols import RECORD_VERSIONS, Body
from aind_session.sources.subject_filter import SUBJECT_FIELD, by_subject, of_subjects

if TYPE_CHECKING:
    from aind_session.many.wanted import Wanted

_BEGINNING = 4
"""Similar projects are searched for by this many first letters of a word."""

_NEAR_AT_MOST = 3
"""The largest number of similar names in a message."""

_DIGITS = "0123456789"

_SUBJECTS_A_FILTER = 200
"""Subjects in one filter: enough for all misspellings of one subject, within the URL's limit."""

_SUBJECT = re.compile(r"[0-9]{5,}")


def warn_of_nothing(wanted: Wanted, sources: Sources, records: Sequence[Body]) -> None:
    """Warn about criteria that match nothing and may be misspelled.

    Similar names, projects and subjects are looked up with one request for each schema version, or
    in the nightly tables if those were searched. Platforms, modalities and tags need no request.
    There is no warning if all criteria are known words or times.

    Parameters
    ----------
    wanted
        The criteria.
    sources
        The sources that were asked.
    records
        Their records, none of which meets all criteria.
    """
    without_records = set(wanted.subject) - set(filter(None, map(record_subject, records)))
    said = [
        *_unknown(wanted.platform, "platform", KNOWN_PLATFORMS, is_known_platform),
        *_unknown(wanted.modality, "modality", MODALITIES, is_known_modality),
        *_unknown(wanted.qc_about["modality"], "modality", MODALITIES, is_known_modality),
        *_unknown_tags(wanted.qc_about["tag"], records),
        *_unknown_subjects(sorted(without_records), sources),
        *_of_records(wanted, sources),
    ]
    if said:
        warn_user(f"no session was found: {'; '.join(said)}", NothingFoundWarning)


def warn_of_unknown_subjects(subjects: Sequence[str], sources: Sources) -> None:
    """Warn about subjects without records, with similar subjects that have records."""
    said = list(_unknown_subjects(subjects, sources))
    if said:
        warn_user(f"no session was found: {'; '.join(said)}", NothingFoundWarning)


def _unknown_subjects(subjects: Sequence[str], sources: Sources) -> Iterator[str]:
    """Yield messages about subjects without records, with similar subjects that have records."""
    if not subjects:
        return
    misspellings = {subject: _misspellings_of(subject) for subject in subjects}
    wanted = dict.fromkeys((*subjects, *(one for some in misspellings.values() for one in some)))
    there = _subjects_there(tuple(wanted), sources)
    for subject in subjects:
        if there is None:
            yield f"could not check whether subject {quote(subject)} has records"
        elif subject not in there:
            close = [one for one in misspellings[subject] if one in there][:_NEAR_AT_MOST]
            yield f"no record has the subject {quote(subject)}{near_in_words(close)}"


def _subjects_there(subjects: Sequence[str], sources: Sources) -> set[str] | None:
    """Return which subjects have records; None if neither schema version could be asked."""
    if isinstance(sources.records, TableRecords):
        found = sources.records.rows.matching(subjects=subjects)
        return {subject for record in found if (subject := record_subject(record))}
    find = sources.records.find
    asked = [
        partial(attempt, partial(find, version, of_subjects(some), (SUBJECT_FIELD,)))
        for some in _in_parts(subjects, _SUBJECTS_A_FILTER)
        for version in RECORD_VERSIONS
    ]
    answers = side_by_side(asked, sources.concurrency)
    answered = [answer for answer in answers if not isinstance(answer, Failure)]
    records = [record for answer in answered for record in answer]
    return {s for s, found in by_subject(records, subjects).items() if found} if answered else None


def _in_parts(things: Sequence[str], size: int) -> list[Sequence[str]]:
    return [things[start : start + size] for start in range(0, len(things), size)]


def _misspellings_of(subject: str) -> list[str]:
    """Return the numbers that differ from a number by one typing error, the likeliest first."""
    if not _SUBJECT.fullmatch(subject):
        return []
    places = range(len(subject))
    pairs = [(subject[:i], subject[i:]) for i in places]
    swapped = [f"{a}{b[1]}{b[0]}{b[2:]}" for a, b in pairs if len(b) > 1]
    shorter = [a + b[1:] for a, b in pairs]
    other = [f"{a}{digit}{b[1:]}" for a, b in pairs for digit in _DIGITS]
    longer = [f"{a}{digit}{b}" for a, b in [*pairs, (subject, "")] for digit in _DIGITS]
    made = dict.fromkeys([*swapped, *shorter, *longer, *other])
    return [one for one in made if one != subject]


def _unknown_tags(tags: Sequence[str], records: Iterable[Body]) -> Iterator[str]:
    if tags:
        metrics = (metric for record in records for metric in quality.metrics(record))
        there = sorted({name for metric in metrics for name in metric.tag_names})
        for tag in tags:
            if tag not in there:
                yield nothing_has("tag", tag, near(tag, there), there)


def _unknown(
    words: Iterable[str], what: str, known: Sequence[str], is_known: Callable[[str], bool]
) -> Iterator[str]:
    for word in words:
        close = near(word, known)
        if close or not is_known(word):
            yield f"nothing has the {what} {quote(word)}{near_in_words(close)}"


def _of_records(wanted: Wanted, sources: Sources) -> Iterator[str]:
    """Yield messages about projects and names, with similar ones that have records."""
    if not (wanted.project or wanted.name):
        return
    records = _near_records(wanted, sources)
    if records is None:
        yield "similar names could not be looked up"
        return
    projects = {project.strip() for record in records if (project := record_project(record))}
    for project in wanted.project:
        if project in projects:
            yield f"project {quote(project)} has records, but none meets all criteria"
        else:
            close = near(project, sorted(projects))
            yield f"no record has the project {quote(project)}{near_in_words(close)}"
    names = sorted({name for record in records if isinstance(name := record.get("name"), str)})
    for part in wanted.name:
        if any(part in name for name in names):
            yield f"some names contain {quote(part)}, but none meets all criteria"
        else:
            close = _near_names(part, names)
            yield f"no name contains {quote(part)} (case matters){near_in_words(close)}"


def _near_names(part: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return names that contain the text in other case, or else the subject in it."""
    pattern = re.compile(_of_name(part))
    close = [name for name in names if pattern.search(name)]
    return near(part, close) or tuple(close[:_NEAR_AT_MOST])


def record_subject(record: Body) -> str | None:
    """Return the subject that a record states, or else the one in its name."""
    stated = record_subject_id(record)
    name = find_asset_name(record) if stated is None else None
    return stated if name is None else name.session.subject_id


def _near_records(wanted: Wanted, sources: Sources) -> list[Body] | None:
    """Request similar records; None if neither schema version could be asked."""
    if isinstance(sources.records, TableRecords):
        return sources.records.rows.names_and_projects()
    where = {"$or": list(_near_filters(wanted))}
    asked = [
        partial(attempt, partial(sources.records.find, version, where, ("name", PROJECT)))
        for version in RECORD_VERSIONS
    ]
    answers = side_by_side(asked, sources.concurrency)
    answered = [answer for answer in answers if not isinstance(answer, Failure)]
    return [record for answer in answered for record in answer] if answered else None


def _near_filters(wanted: Wanted) -> Iterator[Mapping[str, Any]]:
    yield from ({PROJECT: {"$regex": _of_project(project)}} for project in wanted.project)
    yield from ({"name": {"$regex": _of_name(part)}} for part in wanted.name)


def _of_project(project: str) -> str:
    """Return a pattern for projects that contain the beginning of a word of this project."""
    beginnings = {word[:_BEGINNING] for word in re.findall(r"\w+", project)} or {project}
    return "|".join(map(_in_any_case, sorted(beginnings)))


def _of_name(part: str) -> str:
    """Return a pattern for names that contain a text in any case, or the subject in it."""
    return "|".join([_in_any_case(part), *_SUBJECT.findall(part)])


def _in_any_case(text: str) -> str:
    """Return a case-insensitive pattern for a text, since DocDB's filters accept no flags."""
    return "".join(
        f"[{char.lower()}{char.upper()}]" if char.isascii() and char.isalpha() else re.escape(char)
        for char in text
    )
