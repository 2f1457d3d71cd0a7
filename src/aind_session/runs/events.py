"""Check the events of a ledger before they are used."""

from __future__ import annotations

from types import NoneType
from typing import Any, get_args

from aind_session.conventions.failures import Ending
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


def check_head(event: Event) -> None:
    """Check the first event.

    Raises
    ------
    KeyError, TypeError
        A field is missing or has the wrong type.
    """
    _check(event, _HEAD)
    if event["process"]["capture"] is not None:
        _check(event["process"]["capture"], _CAPTURE)


def check_planned(event: Event) -> None:
    """Check the event that adds a run; raises the same errors as `check_head`."""
    _check(event, PLANNED)


def check_ended(event: Event) -> None:
    """Check the event that ends a run, which would be lost in an unknown state.

    Raises
    ------
    KeyError, ValueError
        The state is missing or unknown.
    """
    if event["state"] not in get_args(Ending):
        raise ValueError(f"no run ends as {quote(event['state'])}")


def _check(value: Any, wanted: Any) -> None:
    """Check the types of plain data."""
    if isinstance(wanted, dict):
        for name, kind in wanted.items():
            _check(value[name], kind)
    elif not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise TypeError(f"{quote(value)} is not of the type that is expected")
