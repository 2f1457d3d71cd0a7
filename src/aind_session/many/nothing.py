"""What an empty answer says: which criterion nothing has, and what comes near to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.conventions.grammar import KNOWN_PLATFORMS
from aind_session.conventions.institute import MODALITIES
from aind_session.conventions.records import record_project
from aind_session.conventions.vocabulary import is_known_platform, near_in_words
from aind_session.errors import Failure, NothingFoundWarning
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import near
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources
from aind_session.sources.from_tables import TableRecords
from aind_session.sources.protocols import RECORD_VERSIONS, Body

if TYPE_CHECKING:
    from aind_session.many.search import Wanted

PROJECT = "data_description.project_name"
"""The field that names the project in records of either version."""

_BEGINNING = 4
"""This many letters of a word in a project's name are asked for: the mistake may be behind them."""

_NEAR_AT_MOST = 3
"""This many names that come near are given."""

_SUBJECT = re.compile(r"[0-9]{5,}")


def warn_of_nothing(wanted: Wanted, sources: Sources) -> None:
    """Warn that nothing has what was asked for, where that may be misspelled.

    Names and projects that come near are asked for: one request for each schema version, or a
    look into the nightly tables if those are searched. Unknown platforms and modalities cost
    no request. Nothing is said where all criteria are known words, subjects or times.
    """
    said = [
        *_unknown(wanted.platform, "platform", KNOWN_PLATFORMS, is_known_platform),
        *_unknown(wanted.modality, "modality", MODALITIES, MODALITIES.__contains__),
        *_of_records(wanted, sources),
    ]
    if said:
        warn_user(f"no session was found: {'; '.join(said)}", NothingFoundWarning)


def _unknown(
    words: Iterable[str], what: str, known: Sequence[str], is_known: Callable[[str], bool]
) -> Iterator[str]:
    for word in words:
        close = near(word, known)
        if close or not is_known(word):
            yield f"nothing has the {what} {quote(word)}{near_in_words(close)}"


def _of_records(wanted: Wanted, sources: Sources) -> Iterator[str]:
    """Say what records there are that come near in project and name."""
    if not (wanted.project or wanted.name):
        return
    records = _near_records(wanted, sources)
    if records is None:
        yield "what comes near could not be asked for"
        return
    projects = {project for record in records if (project := record_project(record))}
    for project in wanted.project:
        if project in projects:
            yield f"there are records of the project {quote(project)}, none meets all criteria"
        else:
            close = near(project, sorted(projects))
            yield f"no record is of the project {quote(project)}{near_in_words(close)}"
    names = sorted({name for record in records if isinstance(name := record.get("name"), str)})
    for part in wanted.name:
        if any(part in name for name in names):
            yield f"there are names with {quote(part)} in them, none meets all criteria"
        else:
            close = _near_names(part, names)
            yield f"no name has {quote(part)} in it (case counts){near_in_words(close)}"


def _near_names(part: str, names: Sequence[str]) -> tuple[str, ...]:
    """Give names with a part in other case, else those of its subject that come near."""
    pattern = re.compile(_of_name(part))
    close = [name for name in names if pattern.search(name)]
    return near(part, close) or tuple(close[:_NEAR_AT_MOST])


def _near_records(wanted: Wanted, sources: Sources) -> list[Body] | None:
    """Ask for records that come near; None if neither schema version could be asked."""
    if isinstance(sources.records, TableRecords):
        return sources.records.rows.names_and_projects()
    where = {"$or": list(_near_filters(wanted))}
    asked = [
        partial(attempt, partial(sources.records.find, version, where, ("name", PROJECT)))
        for version in RECORD_VERSIONS
    ]
    answers = side_by_side(asked, sources.concurrency)
    told = [answer for answer in answers if not isinstance(answer, Failure)]
    return [record for answer in told for record in answer] if told else None


def _near_filters(wanted: Wanted) -> Iterator[Mapping[str, Any]]:
    yield from ({PROJECT: {"$regex": _of_project(project)}} for project in wanted.project)
    yield from ({"name": {"$regex": _of_name(part)}} for part in wanted.name)


def _of_project(project: str) -> str:
    """Give a pattern for projects in which a word begins as one of this project does."""
    beginnings = {word[:_BEGINNING] for word in re.findall(r"\w+", project)} or {project}
    return "|".join(map(_in_any_case, sorted(beginnings)))


def _of_name(part: str) -> str:
    """Give a pattern for names with a part in any case, or with the subject that is in it."""
    return "|".join([_in_any_case(part), *_SUBJECT.findall(part)])


def _in_any_case(text: str) -> str:
    """Give a pattern for a text; DocDB's filters have no flags here."""
    return "".join(
        f"[{char.lower()}{char.upper()}]" if char.isascii() and char.isalpha() else re.escape(char)
        for char in text
    )
