"""Cards of collections: a table, a timeline, a matrix; answers and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aind_session.catalog.asset_table import asset_state, process_of
from aind_session.catalog.derived import Criteria, select
from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.outages import in_lines
from aind_session.catalog.overview import Overview
from aind_session.conventions.assets import is_raw_asset
from aind_session.conventions.names import SessionId
from aind_session.diagnosis.cards import (
    LEGEND,
    known_since,
    lane_colours,
    session_mark,
    sessions_table,
)
from aind_session.diagnosis.notes import Note
from aind_session.display import Card, Cell, Matrix, Table, Timeline
from aind_session.errors.wording import first_line, number_of
from aind_session.many.partly_known import partly_known
from aind_session.runtime.arguments import texts
from aind_session.runtime.warning import collected_warnings
from aind_session.session import Session, finder_of

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.sources import Sources

RAW = "raw"
"""The name of the raw data in place of a process."""

_MATRIX = (
    ("good", "there"),
    ("bad", "there, the latest failed"),
    ("wait", "not ready"),
    ("none", "none"),
    ("unknown", "not checked"),
)


def sessions_card(
    title: str, ids: Sequence[SessionId] | None, named: Sequence[str], sources: Sources
) -> Card:
    """Return the card of a collection; no request is sent.

    Parameters
    ----------
    title
        The title of the card.
    ids
        The sessions; None if the sessions of its subjects are not known yet.
    named
        The names of sessions and subjects, for that case.
    sources
        The sources with the answers to show.
    """
    if ids is None:
        table = Table.of(["named by"], [[Cell(name, "code")] for name in named])
        note = Cell("Not asked yet: .load() requests the sessions and everything shown about them.")
        return Card(title, parts=(table,), notes=(note,))

    def finder(id_: SessionId) -> SessionFinder:
        return SessionFinder.of(id_, sources)

    subjects = {id_.subject_id: finder(id_) for id_ in ids}
    count = number_of(len(ids), "session")
    of = f" of {len(subjects)} subjects" if len(subjects) > 1 else ""
    parts = (sessions_table(ids, finder),) if ids else ()
    return Card(title, count + of, parts=parts, notes=tuple(_notes(subjects, ids)))


def _notes(subjects: Mapping[str, SessionFinder], ids: Sequence[SessionId]) -> Iterator[Cell]:
    with collected_warnings():
        seen = {name: Overview(finder.known_only()) for name, finder in subjects.items()}
        why = {name: in_lines(one.failures) for name, one in seen.items()}
        asked = {name: all(one.is_asked) for name, one in seen.items()}
    counts = Counter(text for id_ in ids for text in why[id_.subject_id])
    for text, count in counts.most_common(3):
        yield Cell(f"{count} of {len(ids)} sessions could not be asked: {text}.", "bad")
    unasked = sum(not asked[id_.subject_id] for id_ in ids)
    if not ids:
        return
    if unasked == len(ids):
        yield Cell("Not asked yet: .load() requests everything shown, for all together.")
        return
    if unasked:
        yield Cell(f"{unasked} of {len(ids)} are not asked yet: .load().")
    yield Cell(f"{known_since(f.inventory for f in subjects.values())} .refresh() asks again.")


def timeline_of(members: Iterable[Session], title: str) -> Timeline:
    """Return the timeline of sessions whose assets and records are known."""
    with collected_warnings():
        seen = [Overview(finder_of(member).known_only()) for member in members]
        marks = tuple(map(session_mark, seen))
        why = Counter(text for one in seen for text in in_lines(one.failures))
    notes = tuple(
        Cell(f"{number_of(count, 'session')}: {text}.", "bad") for text, count in why.most_common(3)
    )
    count = number_of(len(marks), "session")
    return Timeline(marks, title, count, LEGEND, notes, lane_colours(marks))


def matrix_of(
    assets: Mapping[Session, Sequence[DataAsset]],
    notes: Mapping[Session, Note],
    members: Sequence[Session],
    processes: Sequence[str],
    sources: Sources,
) -> Matrix:
    """Return a matrix of sessions by processes; see `aind_session.Sessions.matrix`."""
    wanted = [name for one in processes for name in texts(one, "a process")]
    names = tuple(dict.fromkeys(wanted)) or _processes(assets)
    found = {name: latest_of(assets, name, sources) for name in names}
    parts = partly_known(assets, sources)
    whole = assets.keys() - parts.keys()
    cells = tuple(
        tuple(_matrix_cell(member, found[name], whole) for name in names) for member in members
    )
    why = Counter(first_line(note.text) for note in (*notes.values(), *parts.values()))
    return Matrix(
        tuple(member.id for member in members),
        names,
        cells,
        "session",
        "Sessions",
        number_of(len(members), "session"),
        _MATRIX,  # type: ignore[arg-type]
        tuple(
            Cell(f"{number_of(count, 'session')}: {text}.", "unknown")
            for text, count in why.most_common(3)
        ),
    )


def _processes(assets: Mapping[Session, Sequence[DataAsset]]) -> tuple[str, ...]:
    """Return the processes of all assets without suffixes after a hyphen, the raw data first."""
    names = {process_of(asset).partition("-")[0] for found in assets.values() for asset in found}
    return tuple(sorted(names, key=lambda name: (name != RAW, name)))


def latest_of(
    assets: Mapping[Session, Sequence[DataAsset]], process: str, sources: Sources
) -> dict[Session, DataAsset]:
    """Return the latest asset of a process by session; sessions without one are left out."""
    if process == RAW:
        found = {s: [a for a in of_one if is_raw_asset(a)] for s, of_one in assets.items()}
        return {session: raw[-1] for session, raw in found.items() if raw}
    derived = select(assets, Criteria(process), sources)
    return {session: one[-1] for session, one in derived.items() if one}


def _matrix_cell(
    member: Session, found: Mapping[Session, DataAsset], whole: Container[Session]
) -> Cell:
    if member not in found:
        return Cell("", "none" if member in whole else "unknown")
    return Cell("", asset_state(found[member], None).tone, title=found[member].name)


def answers_table(found: Mapping[Session, Any], notes: Mapping[Session, Note]) -> Table:
    """Return a table of answers, with notes for sessions without an answer."""
    rows: list[list[Cell]] = [
        [Cell(session.id, "code"), Cell(in_short(answer))] for session, answer in found.items()
    ]
    rows += [
        [Cell(session.id, "code"), Cell(first_line(note), note.tone)]
        for session, note in notes.items()
    ]
    kinds = Counter(type(note).__name__ for note in notes.values())
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    count = number_of(len(found), "answer")
    footer = [f"{count}; notes for the others: {said}" if said else count]
    return Table.of(["session", "answer"], rows, wrap=["answer"], footer=footer)


def in_short(answer: Any) -> str:
    """Describe an answer briefly: an asset by process and ID, many items by their count.

    Examples
    --------
    >>> in_short(("a", "b")), in_short(()), in_short({}), in_short(None)
    ('a, b', 'none', 'none', 'none')
    """
    if isinstance(answer, Sequence) and len(answer) > 1 and all(map(_is_asset, answer)):
        made = Counter(map(process_of, answer))
        parts = (f"{name} x {count}" if count > 1 else name for name, count in made.items())
        return f"{number_of(len(answer), 'asset')}: {', '.join(parts)}"
    if _is_asset(answer):
        return f"{process_of(answer)} {answer.id}"
    if answer is None or (hasattr(answer, "__len__") and not len(answer)):
        return "none"
    if isinstance(answer, Mapping):
        name = answer.get("name")
        return str(name) if isinstance(name, str) else f"{len(answer)} entries"
    if isinstance(answer, str) or not isinstance(answer, Sequence):
        return str(answer)
    if len(answer) > 3:
        return f"{len(answer)}: {in_short(answer[0])}, ... {in_short(answer[-1])}"
    return ", ".join(map(in_short, answer))


def _is_asset(thing: Any) -> bool:
    return all(isinstance(getattr(thing, name, None), str) for name in ("id", "name", "mount"))
