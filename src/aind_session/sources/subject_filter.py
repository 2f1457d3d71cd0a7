"""The searches for the records and assets of subjects; only this module builds and reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aind_session.conventions.mentions import SUBJECT_LABEL, stated_subject
from aind_session.runtime.parsing import object_in
from aind_session.sources.protocols import Body

SUBJECT_FIELD = "subject.subject_id"
"""The field of a record that holds its subject; it is indexed."""

_ASSETS = f"{SUBJECT_LABEL}:"

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
"""Subject IDs that a record may hold as an integer; longer numbers are text there, too."""


def assets_of(subject_id: str) -> str:
    """Return the query for the assets whose custom metadata state a subject.

    Examples
    --------
    >>> assets_of("676909")
    'subject id:676909'
    """
    return f"{_ASSETS}{subject_id}"


def subject_of_query(query: str) -> str | None:
    """Return the subject of a query that `assets_of` made; None for other queries.

    Examples
    --------
    >>> subject_of_query("subject id:676909"), subject_of_query("676909")
    ('676909', None)
    """
    return query.removeprefix(_ASSETS) if query.startswith(_ASSETS) else None


def of_subjects(subject_ids: Sequence[str]) -> dict[str, Any]:
    """Return the filter for the records of some subjects, stated as text or as a number.

    Parameters
    ----------
    subject_ids
        At least one.

    Examples
    --------
    >>> of_subjects(["676909", "M2501"])
    {'subject.subject_id': {'$in': ['676909', 676909, 'M2501']}}
    """
    return {SUBJECT_FIELD: _values(subject_ids)}


def of_subjects_or_unstated(subject_ids: Sequence[str]) -> dict[str, Any]:
    """Return a filter that also finds records without a subject, by description or name.

    Names are not indexed, so this filter is slow. Both alternatives begin with the indexed field.
    """
    names = "|".join(map(re.escape, subject_ids))
    elsewhere = [
        {"name": {"$regex": f"(^|_)({names})_[0-9]"}},
        {"data_description.subject_id": _values(subject_ids)},
    ]
    return {"$or": [of_subjects(subject_ids), {SUBJECT_FIELD: None, "$or": elsewhere}]}


def subjects_in(where: Any) -> list[str] | None:
    """Return the subjects of a filter that `of_subjects` built; None for any other filter.

    Examples
    --------
    >>> subjects_in(of_subjects(["676909", "M2501"]))
    ['676909', 'M2501']
    >>> subjects_in({"name": "x"})
    """
    try:
        subjects = [value for value in where[SUBJECT_FIELD]["$in"] if isinstance(value, str)]
        return subjects if where == of_subjects(subjects) else None
    except (KeyError, TypeError):
        return None


def by_subject(records: Iterable[Body], subject_ids: Iterable[str]) -> dict[str, list[Body]]:
    """Return the records of each subject, as the filter for that subject alone would find them."""
    found: dict[str, list[Body]] = {subject: [] for subject in subject_ids}
    by_number: dict[int, list[str]] = {}
    for subject in found:
        if _NUMBER.fullmatch(subject):
            by_number.setdefault(int(subject), []).append(subject)
    for record in records:
        for subject in _of(record, found, by_number):
            found[subject].append(record)
    return found


def _of(
    record: Body, subjects: Mapping[str, Any], by_number: Mapping[int, list[str]]
) -> Sequence[str]:
    stated = stated_subject(record)
    is_text = isinstance(object_in(record, "subject").get("subject_id"), str)
    if stated is None or (is_text and stated in subjects):
        return (stated,) if stated else ()
    return by_number.get(int(stated), ()) if _NUMBER.fullmatch(stated) else ()


def _values(subject_ids: Sequence[str]) -> dict[str, Any]:
    return {"$in": [value for subject in subject_ids for value in _forms(subject)]}


def _forms(subject_id: str) -> list[str | int]:
    """Return the forms of a subject ID in records: its text, and the number if it is one."""
    return [subject_id, *([int(subject_id)] if _NUMBER.fullmatch(subject_id) else [])]
