"""The name, tags and metadata of a data asset made from the results of a run.

The name depends only on the run, so a second attempt gives the same name.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from typing import Any

from aind_session.conventions.dates import moment_of
from aind_session.conventions.mentions import EXPERIMENT_LABEL, LEVEL_LABEL, SUBJECT_LABEL
from aind_session.conventions.names import find_asset_name, parse_session
from aind_session.conventions.session_id import TIME_IN_NAMES

DESCRIPTION = "data_description.json"
"""The file at the root of results that can state their name."""


def end_of(created: Any, run_time: Any) -> datetime.datetime:
    """Return the end of a run, in naive UTC.

    Parameters
    ----------
    created
        When the run was started, in seconds since 1970-01-01 UTC.
    run_time
        How long the run took, in seconds.
    """
    seconds = run_time if isinstance(run_time, (int, float)) else 0
    return moment_of(created) + datetime.timedelta(seconds=int(seconds))


def capture_name(raw_name: str, label: str, ended: datetime.datetime) -> str:
    """Return the name of a result: ``<raw>_<label>_<end of the run in UTC>``.

    Examples
    --------
    >>> capture_name(
    ...     "ecephys_676909_2023-12-13_13-43-40", "sorted", datetime.datetime(2024, 3, 1, 16, 2, 45)
    ... )
    'ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45'
    """
    return f"{raw_name}_{label}_{ended:{TIME_IN_NAMES}}"


def described_name(content: bytes, session_id: str) -> str | None:
    """Return the name that results state in their description; None if it is not usable.

    Parameters
    ----------
    content
        The content of ``data_description.json``.
    session_id
        The session of the results.

    Returns
    -------
    str or None
        A name of this session's derived data: ``<raw>_<process>_<date>_<time>``.
    """
    try:
        described = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(described, dict) or described.get("data_level") != "derived":
        return None
    name = described.get("name")
    found = find_asset_name(name) if isinstance(name, str) else None
    if found is None or found.label is None or found.suffix is not None:
        return None
    is_whole = found.name == name and found.session.key == parse_session(session_id).key
    return name if is_whole else None


def capture_tags(session_id: str, platform: str | None, more: Iterable[str] = ()) -> list[str]:
    """Return the tags of a result without duplicates: derived, platform, subject, and more.

    Examples
    --------
    >>> capture_tags("676909_2023-12-13_13-43-40", "ecephys", ["ks4"])
    ['derived', 'ecephys', '676909', 'ks4']
    """
    session = parse_session(session_id)
    tags = ["derived", session.platform or platform, session.subject_id, *more]
    return [tag for tag in dict.fromkeys(tags) if tag]


def capture_metadata(session_id: str, experiment_type: str | None) -> dict[str, str]:
    """Return the custom metadata of a result: data level, experiment type, subject.

    Parameters
    ----------
    session_id
        The session.
    experiment_type
        One of the values that Code Ocean allows; None omits it.
    """
    said = {
        LEVEL_LABEL: "derived",
        EXPERIMENT_LABEL: experiment_type,
        SUBJECT_LABEL: parse_session(session_id).subject_id,
    }
    return {name: value for name, value in said.items() if value}
