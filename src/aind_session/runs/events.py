"""Check the events of a ledger before they are used."""

from __future__ import annotations

from types import NoneType
from typing import Any, get_args

from aind_session.conventions.failures import Ending
from aind_session.conventions.names import parse_session
from aind_session.errors.wording import quote

Event = dict[str, Any]

_TEXT_OR_NONE = (str, NoneType)

_HEAD: Event = {
    "at_most": int,
    "listed_by": str,
    "process": {
        "label": str,
        "capsule": _TEXT_OR_NONE,
        "pipeline": _TEXT_OR_NONE,
        "via": _TEXT_OR_NONE,
        "capture": (dict, NoneType),
        "judged_by_function": bool,
    },
    "watermark": {"created": (int, float), "seen": list},
    "around": {"fixed": list, "defaults": dict},
}
_CAPTURE: Event = {
    "name": _TEXT_OR_NONE,
    "target": _TEXT_OR_NONE,
    "share": _TEXT_OR_NONE,
    "failed": bool,
}
PLANNED: Event = {"key": str, "session": str, "request": dict, "work": dict, "labels": dict}
"""The fields of the event that adds a run, and their types."""
_LABELS: Event = {"tags": list, "custom_metadata": dict}
_OF_RUN: dict[str, Event] = {
    "start": {"attempt": int, "watermark": {"created": (int, float), "seen": list}},
    "started": {"computation": str},
    "adopted": {"computation": str},
    "missing": {"at": (int, float)},
    "not_started": {"why": str},
    "refused": {"why": str},
    "ended": {"state": str, "why": str},
    "capture": {"attempt": int},
    "drafted": {"asset": str},
    "not_captured": {"why": str, "final": bool},
    "captured": {"asset": str},
    "named": {"attempt": int, "done": bool},
    "note": {"text": str},
}


def check_head(event: Event) -> None:
    """Check the first event.

    Raises
    ------
    LookupError, TypeError, ValueError
        A field is missing, or has the wrong type or value.
    """
    _check(event, _HEAD)
    if event["at_most"] < 1:
        raise ValueError(f"at_most is {event['at_most']}")
    capture = event["process"]["capture"]
    if capture is not None:
        _check(capture, _CAPTURE)
        (capture["name"] or "").format(session="", label="", ended="")


def check_planned(event: Event, head: Event) -> None:
    """Check the event that adds a run; raises the same errors as `check_head`.

    Parameters
    ----------
    event
        The event.
    head
        The first event of the ledger, which says whether runs are captured, and by whom.
    """
    _check(event, PLANNED)
    parse_session(event["session"])
    process = head.get("process") or {}
    if process.get("capture"):
        _check(event["labels"], _LABELS)
    if process.get("via"):
        _check(event["work"], {"pipeline_id": str})


def check_of_run(event: Event) -> None:
    """Check an event of a planned run; raises the same errors as `check_head`."""
    _check(event, _OF_RUN.get(event["event"], {}))
    if event["event"] == "ended" and event["state"] not in get_args(Ending):
        raise ValueError(f"no run ends as {quote(event['state'])}")


def _check(value: Any, wanted: Any) -> None:
    """Check the types of plain data."""
    if isinstance(wanted, dict):
        for name, kind in wanted.items():
            _check(value[name], kind)
    elif not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise TypeError(f"{quote(value)} is not of the type that is expected")
