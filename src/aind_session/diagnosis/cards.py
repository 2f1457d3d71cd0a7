"""Cards and tables of sessions, subjects and their assets, from cached data only."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aind_session.catalog.asset_table import asset_state, known_table
from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.inventory import Inventory
from aind_session.catalog.outages import in_lines
from aind_session.catalog.overview import Overview
from aind_session.conventions import quality
from aind_session.conventions.assets import is_raw_asset
from aind_session.conventions.dates import moment_of
from aind_session.conventions.institute import asset_page, console_page, record_page
from aind_session.conventions.mentions import is_same_subject
from aind_session.conventions.names import SessionId
from aind_session.diagnosis.notes import Note, note_cells
from aind_session.diagnosis.review import review_session
from aind_session.display import Card, Cell, Fact, Mark, Table, Timeline
from aind_session.display.markup import COLOURS
from aind_session.display.timeline import Legend
from aind_session.display.words import fold
from aind_session.errors import CouldNotLook, Failure
from aind_session.errors.wording import first_line, number_of
from aind_session.runtime.known_only import NotAskedError
from aind_session.runtime.parallel import attempt
from aind_session.runtime.warning import collected_warnings

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

_ROWS = 12

_NOT_ASKED = Cell("not asked yet", "dim")
_NOT_CHECKED = Cell("not checked", "unknown")
_NONE = Cell("none", "none")
_QUALITY: dict[str | None, Cell] = {
    quality.PASS: Cell("pass", "good"),
    quality.FAIL: Cell("fail", "bad"),
    quality.PENDING: Cell("pending", "wait"),
    None: _NONE,
}
_MODALITIES = ("behavior", "behavior-videos", "pophys", "ecephys", "fib", "spim")
"""Modalities in the order of their colours; other modalities get a colour by name."""

LEGEND = Legend("uploaded", "not uploaded", "not checked", "sorted", "latest sorting failed")
"""The meaning of marks in timelines of sessions."""


def session_card(finder: SessionFinder) -> Card:
    """Return the card of a session; no request is sent."""
    session_id = finder.session_id
    with collected_warnings():  # the requests have warned already
        seen = Overview(finder.known_only())
        return Card(
            session_id.id,
            f"{day(session_id.dt, weekday=True)}, {session_id.dt:%H:%M:%S} local",
            facts=tuple(_facts(seen)),
            notes=(*_what_is_missing(seen), *_age(finder.inventory, seen)),
        )


def session_report(finder: SessionFinder, *, whole_ids: bool) -> Card:
    """Return the card of a session with its assets, for a terminal; no request is sent.

    Unlike `session_card`, it does not state the age of the data, which were just requested.
    """
    with collected_warnings():
        seen = Overview(finder.known_only())
        table = known_table(seen.assets, finder.inventory.sources, whole_ids=whole_ids)
        parts, notes = (table,) if seen.assets else (), tuple(_what_is_missing(seen))
    return replace(session_card(finder), parts=parts, notes=notes)


def _facts(seen: Overview) -> Iterator[Fact]:
    yield Fact.of("subject", seen.session_id.subject_id)
    platform = seen.session_id.platform
    yield Fact.of("platform", platform or Cell("none in the name", "dim"))
    if not any(seen.is_asked):
        return
    if seen.genotype:
        yield Fact.of("genotype", Cell(seen.genotype, "code"), wide=True)
    if seen.age is not None:
        yield Fact.of("age", f"{seen.age.days} days")
    if seen.project:
        yield Fact.of("project", seen.project)
    if seen.modalities:
        yield Fact("modalities", tuple(map(_chip, seen.modalities)), wide=True)
    yield Fact.of("uploaded", uploaded_cell(seen))
    yield Fact("sorted", tuple(sorted_cells(seen)))
    yield Fact.of("quality control", _quality(seen))
    yield Fact.of("assets", _count(seen))
    place = seen.place
    if place is not None:
        yield Fact.of("raw data", Cell(str(place), "code"), wide=True)
    links = tuple(_links(seen))
    if links:
        yield Fact("open in", links, wide=True, in_text=False)


def _chip(modality: str) -> Cell:
    return Cell(modality, colour=modality_colour(modality))


def modality_colour(modality: str) -> str:
    """Return the colour of a modality."""
    name = modality.replace("_", "-")
    if name in _MODALITIES:
        return COLOURS[_MODALITIES.index(name)]
    return COLOURS[sum(map(ord, name)) % len(COLOURS)]


def _unknown(seen: Overview) -> Cell:
    return _NOT_CHECKED if seen.failures else _NOT_ASKED


def uploaded_cell(seen: Overview) -> Cell:
    """Return whether the raw data of a session exist, as a cell."""
    if seen.place is not None or seen.raw_asset is not None:
        return Cell("yes", "good")
    if seen.failures or not all(seen.is_asked):
        return _unknown(seen)
    return Cell("no asset or record says so", "none")


def sorted_cells(seen: Overview) -> Iterator[Cell]:
    """Yield the sorter, time and success of the latest sorting, as cells."""
    latest = seen.latest_sorted
    if latest is None:
        yield _unknown(seen) if seen.failures or not seen.is_asked[0] else _NONE
        return
    failed = seen.has_failed(latest)
    state = asset_state(latest, failed)
    sorter = seen.sorters([latest]).get(latest.id, "yes")
    yield Cell(sorter, state.tone, asset_page(latest.id), latest.name) if not failed else state
    yield Cell(day(moment_of(latest.created)))
    if failed is None:
        yield Cell("log not read", "dim")


def _quality(seen: Overview) -> Cell:
    if not seen.has_whole_record:
        return _unknown(seen)
    found = quality.judge(seen.metrics)
    if found is None and seen.may_have_more_records:
        return _unknown(seen)
    cell = _QUALITY.get(found, _NOT_CHECKED)
    if found in (None, quality.PASS):
        return cell
    count = len(quality.deciding(seen.metrics))
    return replace(cell, text=f"{cell.text}, {count} of {len(seen.metrics)} metrics")


def _count(seen: Overview) -> Cell:
    if not seen.assets and (seen.failures or not seen.is_asked[0]):
        return _unknown(seen)
    raw = sum(map(is_raw_asset, seen.assets))
    return Cell(f"{len(seen.assets)}, {raw} raw" if seen.assets else "none")


def _links(seen: Overview) -> Iterator[Cell]:
    raw, place, name = seen.raw_asset, seen.place, seen.record.get("name")
    if raw is not None:
        yield Cell("Code Ocean", link=asset_page(raw.id))
    if place is not None and place.protocol == "s3":
        yield Cell("S3 console", link=console_page(place.bucket, place.key))
    if isinstance(name, str):
        yield Cell("metadata portal", link=record_page(name))


def _what_is_missing(seen: Overview) -> Iterator[Cell]:
    yield from _unknown_data(seen.failures)
    if seen.failures:
        yield Cell("Run aind_session.doctor() for details.")
    if all(seen.is_asked) and not seen.failures and not seen.assets:
        yield Cell("No data asset. .is_uploaded also searches the buckets.")
    yield from _review(seen)


def _review(seen: Overview) -> Iterator[Cell]:
    """Yield the notes that follow from cached data; one line per kind of note."""
    found = attempt(lambda: review_session(seen.finder))
    notes = () if isinstance(found, Failure) else found
    by_kind: dict[type[Note], list[Note]] = {}
    for note in notes:
        if not isinstance(note.error, (NotAskedError, *CouldNotLook)):
            by_kind.setdefault(type(note), []).append(note)
    for of_one in by_kind.values():
        more = f" (and {len(of_one) - 1} more of this kind)" if len(of_one) > 1 else ""
        yield Cell(f"{first_line(of_one[0].text)}{more}", of_one[0].tone)


def _age(inventory: Inventory, seen: Overview) -> Iterator[Cell]:
    if not any(seen.is_asked):
        yield Cell("Not asked yet: .load() asks Code Ocean, DocDB and S3, at most 7 requests.")
        return
    rest = "" if all(seen.is_asked) else " More is not asked yet: .load()."
    yield Cell(f"{known_since([inventory])} .refresh() asks again.{rest}")


def known_since(inventories: Iterable[Inventory]) -> str:
    """Return since when the oldest answer about some subjects is known, in local time."""
    moments = [
        asked.at
        for inventory in inventories
        for asked in inventory.sources.cache.journal(inventory.subject_id).values()
    ]
    if not moments:
        return "Not asked yet."
    at = datetime.datetime.fromtimestamp(min(moments))
    today = at.date() == datetime.datetime.now().date()
    return f"Known since {at:%H:%M}." if today else f"Known since {day(at)} {at:%H:%M}."


def day(at: datetime.datetime, *, weekday: bool = False) -> str:
    """Return a date as text, such as ``13 Dec 2023``.

    Examples
    --------
    >>> day(datetime.datetime(2024, 3, 1)), day(datetime.datetime(2023, 12, 13), weekday=True)
    ('1 Mar 2024', 'Wed 13 Dec 2023')
    """
    text = f"{at.day} {at:%b} {at.year}"
    return f"{at:%a} {text}" if weekday else text


def session_assets(
    finder: SessionFinder, assets: Sequence[DataAsset], notes: Sequence[Note] | None
) -> Table:
    """Return a table of a session's assets; no request is sent."""
    count = f"{number_of(len(assets), 'data asset')} of {finder.session_id.id}"
    footer = [Cell(count), *note_cells(notes)]
    return known_table(assets, finder.inventory.sources, footer=footer)


def sessions_table(
    ids: Sequence[SessionId],
    finder: Callable[[SessionId], SessionFinder],
    footer: Iterable[Cell] = (),
) -> Table:
    """Return a table of the first and the last sessions; no request is sent.

    Parameters
    ----------
    ids
        The sessions.
    finder
        Returns the finder of a session.
    footer
        Lines below the table.
    """
    first, hidden, last = fold(ids, _ROWS)
    with collected_warnings():
        rows = [_row(Overview(finder(id_).known_only())) for id_ in (*first, *last)]
    if hidden:
        rows.insert(len(first), [Cell(f"… {hidden} more", "dim"), *[Cell("")] * 4])
    names = ["session", "modalities", "project", "uploaded", "sorted"]
    return Table.of(names, rows, whole=names[:1], optional=names[1:], footer=footer)


def _row(seen: Overview) -> list[Cell]:
    id_ = seen.session_id
    if not any(seen.is_asked):
        return [Cell(id_.id, "code"), *[Cell("")] * 4]
    return [
        Cell(id_.id, "code"),
        Cell(", ".join(seen.modalities)),
        Cell(seen.project or ""),
        uploaded_cell(seen),
        next(iter(sorted_cells(seen))),
    ]


def subject_assets(
    inventory: Inventory, assets: Sequence[DataAsset], notes: Sequence[Note] | None
) -> Table:
    """Return a table of a subject's assets; no request is sent."""
    count = f"{number_of(len(assets), 'data asset')} of {inventory.subject_id}"
    return known_table(assets, inventory.sources, footer=[Cell(count), *note_cells(notes)])


def subject_sessions(
    inventory: Inventory, ids: Sequence[SessionId], notes: Sequence[Note] | None
) -> Table:
    """Return a table of a subject's sessions; no request is sent."""
    count = f"{number_of(len(ids), 'session')} of {inventory.subject_id}"
    footer = [Cell(count), *note_cells(notes)]
    return sessions_table(ids, lambda id_: SessionFinder(id_, inventory), footer)


def subject_card(subject_id: str, inventory: Inventory) -> Card:
    """Return the card of a subject, with its timeline; no request is sent."""
    with collected_warnings():
        known = inventory.known_only()
        timeline = _timeline(known)
        genotype = next((seen.genotype for seen in _overviews(known) if seen.genotype), None)
        count = len(timeline.marks)
        is_asked = bool(known.assets().batches or known.records().batches)
        note = known_since([inventory]) + " .refresh() asks again."
        if not is_asked:
            note = "Not asked yet: .load() asks Code Ocean and DocDB, 4 requests."
        facts = (Fact.of("genotype", Cell(genotype, "code"), wide=True),) if genotype else ()
        return Card(
            subject_id,
            number_of(count, "session") if is_asked else "",
            facts=facts,
            parts=(timeline,) if count else (),
            notes=(*_failures(known), Cell(note)),
        )


def _failures(known: Inventory) -> Iterator[Cell]:
    failures = (*known.assets().failures, *known.records().failures)
    return _unknown_data(f for f in failures if not isinstance(f, NotAskedError))


def _unknown_data(failures: Iterable[Failure]) -> Iterator[Cell]:
    for text in in_lines(failures):
        yield Cell(f"{text}: its data are unknown, not absent.", "bad")


def _overviews(inventory: Inventory) -> Iterator[Overview]:
    found = inventory.assets().sessions | inventory.records().sessions
    mine = {s for s in found if is_same_subject(s.subject_id, inventory.subject_id)}
    older = {s.key for s in mine if s.platform is not None}
    for session_id in sorted(s for s in mine if s.platform is not None or s.key not in older):
        yield Overview(SessionFinder(session_id, inventory))


def subject_timeline(inventory: Inventory, title: str) -> Timeline:
    """Return the timeline of a subject: a lane per platform, a mark per session.

    Its notes say which sources could not be asked.
    """
    return _timeline(inventory, title, tuple(_failures(inventory)))


def _timeline(inventory: Inventory, title: str = "", notes: tuple[Cell, ...] = ()) -> Timeline:
    marks = tuple(map(session_mark, _overviews(inventory)))
    return Timeline(marks, title, legend=LEGEND, notes=notes, colours=lane_colours(marks))


def lane_colours(marks: Iterable[Mark]) -> tuple[tuple[str, str], ...]:
    """Return the colours of lanes, by modality."""
    return tuple((lane, modality_colour(lane)) for lane in {mark.lane: None for mark in marks})


def session_mark(seen: Overview) -> Mark:
    """Return a session as a mark in a timeline."""
    there = seen.place is not None or seen.raw_asset is not None
    state = "filled" if there else "unknown" if seen.failures else "empty"
    latest = seen.latest_sorted
    ring = "" if latest is None else "failed" if seen.has_failed(latest) else "ring"
    lane = seen.session_id.platform or ", ".join(seen.modalities) or "no platform"
    return Mark(seen.session_id.dt, lane, seen.session_id.id, state, ring)  # type: ignore[arg-type]
