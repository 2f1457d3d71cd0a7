"""Searches for metadata records: by name, by linked asset, by subject."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from aind_session.catalog.by_id import get_data_asset_model, get_normalized_uuid
from aind_session.catalog.inventory import Inventory
from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import Location
from aind_session.conventions.names import parse_subject
from aind_session.conventions.records import linked_asset_ids, once, records_by_creation
from aind_session.errors import AccessDeniedError, AssetNotFoundError, LeftOutWarning
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import text, text_or_number
from aind_session.runtime.calls import one_call
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.protocols import RECORD_VERSIONS, Body
from aind_session.sources.subject_filter import of_subjects_or_unstated

_LINK_FIELDS = {"v1": "external_links.Code Ocean", "v2": "other_identifiers.Code Ocean"}
_LINKS = ("external_links", "other_identifiers", "created", "_created")


@one_call
def get_docdb_record(
    data_asset_name_or_id: uuid.UUID | str,
    ttl_hash: int | None = None,
    *,
    sources: Sources | None = None,
) -> Body:
    """Return the complete metadata record of a data asset, from v1, else from v2.

    Parameters
    ----------
    data_asset_name_or_id
        The asset's name, or its ID. For an ID, a record that links it or has its location;
        otherwise the record with the name that Code Ocean has for the ID.
    ttl_hash
        Accepted for older callers, and ignored.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    dict
        If there are several, the one registered last; ``{}`` if there is none.

    Raises
    ------
    RemoteError
        DocDB could not be asked.

    Examples
    --------
    >>> get_docdb_record("16d46411-540a-4122-b47f-8cb2a15d593a")["name"]
    'ecephys_676909_2023-12-13_13-43-40'
    """
    sources = sources_or_default(sources)
    try:
        asset_id = get_normalized_uuid(data_asset_name_or_id)
    except ValueError:
        return _latest({"name": str(data_asset_name_or_id)}, sources)
    return _record_of_id(asset_id, sources)


def _record_of_id(asset_id: str, sources: Sources) -> Body:
    place = {"location": str(Location(CODE_OCEAN_BUCKET, asset_id))}
    for version, links in _LINK_FIELDS.items():
        for where in ({links: asset_id}, place):
            if found := _find(where, sources, [version]):
                return dict(found[-1])
    try:
        name = get_data_asset_model(asset_id, sources=sources).name
    except AssetNotFoundError:
        return {}
    except AccessDeniedError as error:
        warn_user(f"no record links {asset_id}, and its name is unknown: {error}", LeftOutWarning)
        return {}
    return _latest({"name": name}, sources)


def _latest(where: Mapping[str, Any], sources: Sources) -> Body:
    found = _find(where, sources)
    return dict(found[-1]) if found else {}


def _find(
    where: Mapping[str, Any],
    sources: Sources,
    versions: Sequence[str] = RECORD_VERSIONS,
    fields: Sequence[str] = (),
) -> list[Body]:
    """Return records by creation, from the first schema version that has any."""
    found = (sources.records.find(version, where, fields) for version in versions)
    return records_by_creation(next(filter(None, found), []))


@one_call
def get_subject_docdb_records(
    subject_id: str | int, ttl_hash: int | None = None, *, sources: Sources | None = None
) -> tuple[Body, ...]:
    """Return all metadata records of a subject; see `Subject.docdb`.

    Parameters
    ----------
    subject_id
        The subject, as text or number.
    ttl_hash
        Accepted for older callers, and ignored.
    sources
        The sources to ask; by default the real servers.

    Examples
    --------
    >>> [record["name"] for record in get_subject_docdb_records(676909)]
    ['ecephys_676909_2023-12-13_13-43-40']
    """
    inventory = Inventory(parse_subject(subject_id), sources_or_default(sources))
    return tuple(records_by_creation(once(inventory.whole_records())))


@one_call
def get_codeocean_data_asset_ids_from_docdb(
    partial_name: str | None = None,
    subject_id: str | int | None = None,
    ttl_hash: int | None = None,
    *,
    sources: Sources | None = None,
) -> list[str]:
    """Return the IDs of data assets that metadata records link; v2 records only without v1 records.

    Parameters
    ----------
    partial_name
        Only records whose name contains this.
    subject_id
        Only records of this subject.
    ttl_hash
        Accepted for older callers, and ignored.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    list of str
        In the order in which the records were registered. The assets may no longer exist.

    Raises
    ------
    ValueError
        Neither a name nor a subject was passed.
    TypeError
        The name is not text, or the subject is neither text nor a number.
    RemoteError
        DocDB could not be asked.

    Examples
    --------
    >>> get_codeocean_data_asset_ids_from_docdb("ecephys_676909_2023-12-13_13-43-40")
    ['16d46411-540a-4122-b47f-8cb2a15d593a']
    """
    where: Body = {}
    if partial_name is not None:
        where["name"] = {"$regex": re.escape(text(partial_name, "a name"))}
    if subject_id is not None:
        where |= of_subjects_or_unstated([text_or_number(subject_id, "a subject")])
    if not where:
        raise ValueError("pass partial_name or subject_id")
    found = _find(where, sources_or_default(sources), fields=_LINKS)
    return [id_ for record in found for id_ in linked_asset_ids(record)]


def extract_codeocean_data_asset_ids_from_docdb_record(
    record: Mapping[str, Any],
) -> tuple[str, ...]:
    """Return the IDs of data assets that a metadata record links.

    Parameters
    ----------
    record
        A record with ``external_links`` in either form, or ``other_identifiers`` (schema v2).

    Raises
    ------
    TypeError
        The record is not a mapping.
    ValueError
        The record has neither field.

    Examples
    --------
    >>> extract_codeocean_data_asset_ids_from_docdb_record(
    ...     {"external_links": {"Code Ocean": ["a"]}}
    ... )
    ('a',)
    """
    if not isinstance(record, Mapping):
        raise TypeError(f"a metadata record (a dict) was expected, not {quote(record)}")
    if not {"external_links", "other_identifiers"} & set(record):
        raise ValueError(
            "a metadata record must have 'external_links' or 'other_identifiers', not only "
            f"{quote(tuple(record))}"
        )
    return linked_asset_ids(record)
