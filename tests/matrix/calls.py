"""The calls of users, each as a function of the sources that returns comparable data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import aind_session
from aind_session import Session, Sources, Subject, World, sessions
from aind_session.many.answers import Answers
from aind_session.sources.demo_world import DEMO_SESSION, demo_world

SUBJECT = "676909"
OTHER = "ecephys_676909_2023-12-11_14-24-35"
LIMS = "ecephys_747816_2024-08-14_13-57-37"
RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
SORTED_ID = "1e11bdf5-b452-4fd9-bbb1-48383a9b0842"
RUN_ID = "7646f92f-d225-464c-b7aa-87a87f34f408"
PIPELINE = "1f8f159a-7670-47a9-baf1-078905fc9c2e"
COLUMNS = ("id", "modalities", "genotype", "raw_asset_id", "raw_dir", "derived_assets", "notes")


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes
    ----------
    name
        Its name in the table.
    ask
        Makes the call, and returns its answer as plain data.
    is_part
        Returns whether an answer is a correct part of the complete one, from the sources that
        still answer; None: only the complete answer is right.
    writes
        Whether it starts something.
    """

    name: str
    ask: Callable[[Sources], Any]
    is_part: Callable[[Any, Any], bool] | None = None
    writes: bool = False


def world() -> World:
    """Return the demo world with a run of the sorting pipeline and its results."""
    made = demo_world()
    run = {"id": RUN_ID, "created": 1710962968, "name": "Run", "owner": "u", "run_time": 9}
    ended = {"state": "completed", "end_status": "succeeded", "has_results": True}
    made.computations[PIPELINE].append({**run, **ended, "data_assets": [{"id": RAW_ID}]})
    made.results[RUN_ID] = {"output": b"done\n"}
    return made


def plain(thing: Any) -> Any:
    """Return an answer as texts, numbers, lists and dicts."""
    if isinstance(thing, Answers):
        notes = {session.id: str(note) for session, note in thing.notes.items()}
        return {"answers": {s.id: plain(thing[s]) for s in thing}, "notes": notes}
    if isinstance(thing, Mapping):
        return {key: plain(value) for key, value in thing.items()}
    if isinstance(thing, Session) or hasattr(thing, "mount") or hasattr(thing, "run_time"):
        return thing.id
    if isinstance(thing, PurePath) or hasattr(thing, "as_posix"):
        return thing.as_posix()
    if isinstance(thing, (tuple, list)) or type(thing).__name__ in ("Derived", "Sessions"):
        return [plain(item) for item in thing]
    return thing


def _some(answer: Any, healthy: Any) -> bool:
    """Return whether a list is a non-empty part of another."""
    return bool(answer) and all(item in healthy for item in answer)


def _abbreviated(answer: Any, healthy: Any) -> bool:
    """Return whether modalities are the same, with a record's instead of the folders' names."""
    return bool([name.replace("-", "_") for name in answer] == healthy)


def _rows(answer: Any, healthy: Any) -> bool:
    """Return whether each row is right, or empty with a note."""
    for row, whole in zip(answer, healthy, strict=True):
        values = {name: value for name, value in row.items() if name != "notes"}
        missing = [name for name, value in values.items() if value != whole[name]]
        # other sources may know less: a session's record names fewer modalities
        if any(values[name] is not None for name in missing) or (missing and not row["notes"]):
            return False
    return True


def _noted(answer: Any, healthy: Any) -> bool:
    """Return whether each answer is right, or has a note that it is unknown, not missing."""
    whole = healthy["answers"]
    right = all(whole[id_] == value for id_, value in answer["answers"].items())
    known = {*answer["answers"], *answer["notes"]} == {*whole, *healthy["notes"]}
    return right and known and not any(n.startswith("Missing") for n in answer["notes"].values())


def _of_session(get: Callable[[Session], Any], name: str = DEMO_SESSION) -> Callable[..., Any]:
    return lambda sources: plain(get(Session(name, sources=sources)))


def _of_subject(get: Callable[[Subject], Any]) -> Callable[..., Any]:
    return lambda sources: plain(get(Subject(SUBJECT, sources=sources)))


def _names_no_session(sources: Sources) -> Any:
    found = sessions(DEMO_SESSION, OTHER, sources=sources).raw_data_assets
    return plain(found)


def _run_sorting(sources: Sources) -> Any:
    run: Any = Session(DEMO_SESSION, sources=sources).ecephys.run_sorting("ecephys_ks4")
    return [run.state, [parameter.value for parameter in run.parameters]]


CALLS = (
    Call("`session.data_assets`", _of_session(lambda s: s.data_assets)),
    Call("`session.raw_data_asset`", _of_session(lambda s: s.raw_data_asset)),
    Call("`session.raw_data_dir`", _of_session(lambda s: s.raw_data_dir)),
    Call("`session.is_uploaded`", _of_session(lambda s: s.is_uploaded)),
    Call("`session.modalities`", _of_session(lambda s: s.modalities), _abbreviated),
    Call("`session.docdb`", _of_session(lambda s: s.docdb["_id"])),
    Call(
        '`session.derived("sorted", ok=True)`', _of_session(lambda s: s.derived("sorted", ok=True))
    ),
    Call("`session.metadata.subject`", _of_session(lambda s: s.metadata.subject["genotype"])),
    Call(
        "`session.ecephys.sorted_data_assets`", _of_session(lambda s: s.ecephys.sorted_data_assets)
    ),
    Call("`session.ecephys.is_sorted`", _of_session(lambda s: s.ecephys.is_sorted)),
    Call("`session.ecephys.sorter.names`", _of_session(lambda s: s.ecephys.sorter.names)),
    Call("`session.ecephys.clipped_dir`", _of_session(lambda s: s.ecephys.clipped_dir)),
    Call("`session.lims.id`", _of_session(lambda s: s.lims.id, LIMS)),
    Call("`subject.sessions`", _of_subject(lambda s: s.sessions), _some),
    Call("`subject.data_assets`", _of_subject(lambda s: s.data_assets), _some),
    Call("`subject.docdb`", _of_subject(lambda s: [r["_id"] for r in s.docdb])),
    Call(
        "`get_sessions`",
        lambda sources: plain(aind_session.get_sessions(SUBJECT, sources=sources)),
        _some,
    ),
    Call(
        "`sessions(...).to_records()`",
        lambda sources: sessions(DEMO_SESSION, OTHER, sources=sources).to_records(COLUMNS),
        _rows,
    ),
    Call("`sessions(...).raw_data_assets`", _names_no_session, _noted),
    Call(
        "`search`",
        lambda sources: plain(aind_session.search(modality="behavior", sources=sources)),
        _some,
    ),
    Call(
        "`get_data_asset_model`",
        lambda sources: plain(aind_session.get_data_asset_model(RAW_ID, sources=sources)),
    ),
    Call(
        "`get_codeocean_model(is_computation=True)`",
        lambda sources: plain(aind_session.get_codeocean_model(RUN_ID, True, sources=sources)),
    ),
    Call(
        "`get_output_text` of an asset",
        lambda sources: aind_session.get_output_text(SORTED_ID, sources=sources),
    ),
    Call(
        "`get_output_text` of a computation",
        lambda sources: aind_session.get_output_text(RUN_ID, sources=sources),
    ),
    Call(
        "`is_data_asset_error`",
        lambda sources: aind_session.is_data_asset_error(SORTED_ID, sources=sources),
    ),
    Call(
        "`search_data_assets`",
        lambda sources: plain(aind_session.search_data_assets({"query": SUBJECT}, sources=sources)),
    ),
    Call(
        "`search_computations`",
        lambda sources: plain(aind_session.search_computations(PIPELINE, sources=sources)),
    ),
    Call(
        "`get_source_dir_by_name`",
        lambda sources: plain(aind_session.get_source_dir_by_name(DEMO_SESSION, sources=sources)),
    ),
    Call(
        "`get_docdb_record`",
        lambda sources: aind_session.get_docdb_record(DEMO_SESSION, sources=sources)["_id"],
    ),
    Call("`session.ecephys.run_sorting`", _run_sorting, writes=True),
)
