"""Reading metadata records of both schema versions.

The v1 collection also contains records whose parts have the v2 structure, and vice versa, so each
function reads both. Missing, null and invalid parts give None or an empty result. The page *How
answers are chosen* (``docs/rules.md``) says which of several records is used.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from aind_session.conventions.assets import modality_name
from aind_session.conventions.dates import moment_utc, states_a_zone
from aind_session.conventions.institute import MODALITY_TITLES
from aind_session.conventions.location import Location
from aind_session.conventions.mentions import stated_subject
from aind_session.conventions.names import SessionId, find_asset_name, whole_session
from aind_session.conventions.pattern import pattern
from aind_session.runtime.parsing import as_text, object_in

Record = Mapping[str, Any]

_CODE_OCEAN = "Code Ocean"

SLIM_FIELDS = (
    "name",
    "location",
    "created",
    "_created",
    "external_links",
    "other_identifiers",
    "subject.subject_id",
    "data_description.subject_id",
    "data_description.data_level",
    "data_description.modality",
    "data_description.modalities",
    "data_description.input_data_name",
    "data_description.source_data",
)
"""The fields needed to find records: half a kilobyte of a record of up to a megabyte."""

METADATA_PARTS = (
    "acquisition",
    "data_description",
    "instrument",
    "model",
    "procedures",
    "processing",
    "quality_control",
    "rig",
    "session",
    "subject",
)
"""The parts of a record that are also files in a session's directory."""

DATA_LEVELS = ("raw", "derived", "simulated")
"""The levels of data in the schema."""

_ID = pattern(r"[A-Za-z0-9-]+")
"""An ID becomes a part of a URL, so it must not contain a slash, dot or question mark."""
_BARE_ID = pattern(r"[0-9A-Fa-f]{32}")

_PRINTED_MODALITY = pattern(r"abbreviation='([^']+)'")
"""The repr of a schema model, which one record contains instead of the model's fields."""


def record_created(record: Record) -> str:
    """Return when a record was registered (not when its data were acquired), in UTC; "" if unknown.

    Parameters
    ----------
    record
        With ``created`` (v1) or ``_created`` (v2), with or without decimals and zone.

    Returns
    -------
    str
        ISO 8601 without a zone, so that texts sort like times.

    Examples
    --------
    >>> record_created({"_created": "2026-02-14T12:34:44.410Z"})
    '2026-02-14T12:34:44.410000'
    """
    moment = moment_utc(record.get("created") or record.get("_created"))
    return moment.isoformat(timespec="microseconds") if moment else ""


def records_by_creation(records: Iterable[Record]) -> list[Any]:
    """Sort records by registration time, ascending; records without one come first."""
    return sorted(records, key=lambda record: (record_created(record), str(record.get("_id"))))


def once(records: Iterable[Any]) -> list[Any]:
    """Remove records of the same data as another record, such as its twin in v2.

    Parameters
    ----------
    records
        Two records are twins if they have the same location and name the same data: derived and raw
        data are not twins, nor are data of two platforms. Of twins, the one of v1 stays; of two in
        one version, the one registered later, as in `pick_raw_record`. A record without a location
        always stays.
    """
    by_thing: dict[Hashable, dict[str | None, list[Any]]] = {}
    for index, record in enumerate(records):
        thing, platform = _thing(record) or (index, None)
        by_thing.setdefault(thing, {}).setdefault(platform, []).append(record)
    return [
        max(twins, key=_precedence)
        for by_platform in by_thing.values()
        for twins in _twins(by_platform)
    ]


def _twins(by_platform: Mapping[str | None, list[Any]]) -> Iterable[list[Any]]:
    """Return records of one location in groups of twins.

    A record without a platform is the twin of the only platform's records.
    """
    if len(by_platform.keys() - {None}) > 1:
        return by_platform.values()
    return [[record for some in by_platform.values() for record in some]]


def _thing(record: Record) -> tuple[Hashable, str | None] | None:
    """Return a key for a record's data (location, session, processes) and its platform.

    None if they are unknown.
    """
    where = record_location(record) or record.get("location")
    if not isinstance(where, (str, Location)) or not where:
        return None
    name = find_asset_name(record)
    if name is None:
        return (where, None), None
    data = (name.session.key, name.derivations, name.suffix, _is_bare(record))
    return (where, data), name.session.platform


def _precedence(record: Record) -> tuple[bool, str, str]:
    """Return a sort key for records of the same data: v1 wins, then the later, then by ID."""
    return not is_v2_record(record), record_created(record), str(record.get("_id"))


def is_v2_record(record: Record) -> bool:
    """Return whether a record is from v2: by ``version`` if it has it, else by ``_created``."""
    version = record.get("version")
    return version == "v2" if version in ("v1", "v2") else "_created" in record


def linked_asset_ids(record: Record) -> tuple[str, ...]:
    """Return the IDs of Code Ocean assets that a record links, in no particular order.

    Parameters
    ----------
    record
        With ``external_links`` as ``{"Code Ocean": [id, ...]}`` or, before 2024-09, as
        ``[{"Code Ocean": id}, ...]``; in v2 with ``other_identifiers`` in the first form.

    Examples
    --------
    >>> linked_asset_ids({"external_links": [{"Code Ocean": "a"}, {"Code Ocean": "b"}]})
    ('a', 'b')
    """
    found: dict[str, None] = {}
    for field in ("external_links", "other_identifiers"):
        links = record.get(field)
        for link in links if isinstance(links, list) else [links]:
            ids = link.get(_CODE_OCEAN) if isinstance(link, Mapping) else None
            for id_ in ids if isinstance(ids, list) else [ids]:
                if isinstance(id_, str) and _ID.fullmatch(id_.strip()):
                    found[_as_written(id_.strip())] = None
    return tuple(found)


def _as_written(id_: str) -> str:
    """Return an ID in Code Ocean's spelling: in lower case, with dashes."""
    if not _BARE_ID.fullmatch(id_):
        return id_.lower()
    from uuid import UUID  # 3 ms, rarely needed

    return str(UUID(id_))


def record_location(record: Record) -> Location | None:
    """Return where a record's data are; None if it does not state it.

    Examples
    --------
    >>> record_location({"location": "s3://aind-open-data/x/"})
    Location(bucket='aind-open-data', key='x', protocol='s3')
    """
    return Location.find(record.get("location"))


def record_modalities(record: Record) -> tuple[str, ...]:
    """Return the modalities of a record, sorted: abbreviations, with underscores.

    Parameters
    ----------
    record
        With ``data_description.modality`` (v1: a list, or in old records one text, such as
        ``SmartSPIM``) or ``data_description.modalities`` (v2). Full names without an abbreviation
        are translated.

    Examples
    --------
    >>> record_modalities({"data_description": {"modality": [{"abbreviation": "ecephys"}]}})
    ('ecephys',)
    """
    description = object_in(record, "data_description")
    values = [description.get(field) for field in ("modality", "modalities")]
    each = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return tuple(sorted({name for one in each if (name := _modality(one))}))


def _modality(value: Any) -> str | None:
    """Return the abbreviation of a modality, also from its full name."""
    name, title = value, value
    if isinstance(value, Mapping):
        name, title = value.get("abbreviation"), value.get("name")
    if isinstance(title, str) and (not name or name == title):
        printed = _PRINTED_MODALITY.search(title)
        name = printed[1] if printed else _modalities_by_title().get(title.casefold(), name)
    return modality_name(name) if isinstance(name, str) else None


@functools.cache
def _modalities_by_title() -> Mapping[str, str]:
    return {title.casefold(): modality for title, modality in MODALITY_TITLES.items()}


def record_subject_id(record: Record) -> str | None:
    """Return the subject of a record."""
    return stated_subject(record)


def record_project(record: Record) -> str | None:
    """Return the name of the project of a record."""
    name = object_in(record, "data_description").get("project_name")
    return name if isinstance(name, str) else None


def record_platform(record: Record) -> str | None:
    """Return the abbreviation of the platform; None in v2, which does not state it."""
    name = object_in(object_in(record, "data_description"), "platform").get("abbreviation")
    return name if isinstance(name, str) else None


def record_genotype(record: Record) -> str | None:
    """Return the subject's genotype: ``subject.genotype`` or, in v2, ``subject_details``."""
    subject = object_in(record, "subject")
    found = subject.get("genotype") or object_in(subject, "subject_details").get("genotype")
    return found if isinstance(found, str) else None


def record_inputs(record: Record) -> tuple[str, ...]:
    """Return the names of the inputs of derived data, without duplicates; empty if unknown.

    Parameters
    ----------
    record
        With ``data_description.source_data`` (v2: a list, since schema 2.3 of the direct inputs)
        or ``data_description.input_data_name`` (v1: one name).

    Examples
    --------
    >>> record_inputs({"data_description": {"input_data_name": "676909_2023-12-13_13-43-40"}})
    ('676909_2023-12-13_13-43-40',)
    """
    description = object_in(record, "data_description")
    found: dict[str, None] = {}
    for field in ("source_data", "input_data_name"):
        values = description.get(field)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str) and value.strip():
                found[value.strip()] = None
    return tuple(found)


def record_data_level(record: Record) -> str | None:
    """Return the level of the data, ``raw``, ``derived`` or ``simulated``, as stated in the record.

    One in ten records of derived data states ``raw``; `is_raw_record` decides by the name instead.

    Examples
    --------
    >>> record_data_level({"data_description": {"data_level": "derived data"}})
    'derived'
    """
    found = as_text(object_in(record, "data_description").get("data_level"))
    words = found.casefold().split()  # until 2023 "raw data", "raw level", "derived data"
    return next((level for level in DATA_LEVELS if level in words), found or None)


def record_birth(record: Record) -> datetime.date | None:
    """Return the subject's date of birth: ``subject`` (v1), ``subject.subject_details`` (v2).

    Examples
    --------
    >>> record_birth({"subject": {"date_of_birth": "2023-07-24"}})
    datetime.date(2023, 7, 24)
    """
    subject = object_in(record, "subject")
    found = subject.get("date_of_birth") or object_in(subject, "subject_details").get(
        "date_of_birth"
    )
    moment = moment_utc(found)
    return None if moment is None else moment.date()


def record_start_time(record: Record) -> datetime.datetime | None:
    """Return the start of the acquisition: in UTC if the record states a zone, else naive.

    Examples
    --------
    >>> text = "2023-12-13T13:43:40-08:00"
    >>> record_start_time({"session": {"session_start_time": text}}).isoformat()
    '2023-12-13T21:43:40+00:00'
    """
    return _acquired(record, "start")


def record_end_time(record: Record) -> datetime.datetime | None:
    """Return the end of the acquisition: in UTC if the record states a zone, else naive.

    Examples
    --------
    >>> record_end_time({"acquisition": {"acquisition_end_time": "2026-02-13T19:43:41Z"}}).hour
    19
    """
    return _acquired(record, "end")


def _acquired(record: Record, which: str) -> datetime.datetime | None:
    acquisition = object_in(record, "acquisition")
    texts = (
        object_in(record, "session").get(f"session_{which}_time"),
        acquisition.get(f"session_{which}_time"),
        acquisition.get(f"acquisition_{which}_time"),
    )
    return moment_in_record(next((text for text in texts if isinstance(text, str)), None))


def moment_in_record(text: Any) -> datetime.datetime | None:
    """Parse a time in a record: in UTC if it states a zone, else naive; None for anything else.

    Examples
    --------
    >>> moment_in_record("2023-12-13 13:43:40"), moment_in_record("soon")
    (datetime.datetime(2023, 12, 13, 13, 43, 40), None)
    """
    moment = moment_utc(text)
    if moment is None:
        return None
    return moment.replace(tzinfo=datetime.timezone.utc) if states_a_zone(text) else moment


def is_raw_record(record: Record) -> bool:
    """Return whether a record describes raw data, by its name.

    Parameters
    ----------
    record
        It is raw if its name is exactly a session ID, and derived if a process follows. The
        ``data_level`` decides only for other names, since one in ten derived records states
        ``raw``.
    """
    name = find_asset_name(record)
    if name is None or name.is_derived:
        return False
    return _is_bare(record) or record_data_level(record) != "derived"


def pick_raw_record(records: Iterable[Record], session: SessionId | None = None) -> Record | None:
    """Return a session's record of raw data; None if there is none.

    Parameters
    ----------
    records
        The session's records. A record whose name is exactly a session ID has priority over one
        with a suffix, such as ``_corrected``; then v1 over v2; then the one registered last.
    session
        The session. Its own name has priority over the acquisition's other name.
    """

    def rank(record: Record) -> tuple[Any, ...]:
        named = whole_session(record.get("name"))
        return named is not None, named == session, _precedence(record)

    return max(filter(is_raw_record, records), key=rank, default=None)


def _is_bare(record: Record) -> bool:
    """Return whether a record's name is exactly that of a session."""
    return whole_session(record.get("name")) is not None
