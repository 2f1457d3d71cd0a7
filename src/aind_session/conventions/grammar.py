"""The patterns of session names, and the search for them in a text.

A name is `[platform_]subject_datetime`. The search finds date-times, then reads a bounded distance
to the left (or, for names in reversed order, to the right), so its time is linear in the length of
the text.

If one component of a path names several sessions, the leftmost is used: ``A_sorted_B`` is A. Among
components, the search uses the leftmost strong name (see `is_strong`), else the leftmost that is
not named after a run, else the leftmost.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import NamedTuple

from aind_session.conventions.pattern import pattern
from aind_session.conventions.session_id import KNOWN_PLATFORMS

__all__ = [
    "DATE",
    "JOIN",
    "Located",
    "Stamp",
    "Understood",
    "day_of",
    "is_process_label",
    "is_strong",
    "is_subject",
    "locate",
    "lone_subjects",
    "stamps",
    "understand",
    "without_sub",
]

# A name ends here: a letter or digit of any script would continue it as a longer word.
_ENDS = r"(?![^\W_])"

# The lookbehind comes after the year's first digit, so that the engine can skip to digits.
DATE = (
    r"(?P<year>[0-9](?<![^\W_][0-9])[0-9]{3})(?P<hyphen>[-_]?)(?P<month>0[1-9]|1[0-2])(?P=hyphen)"
    r"(?P<day>0[1-9]|[12][0-9]|3[01]|(?<=[-_])[1-9])"
)
_TIME = (
    r"(?P<hour>[01][0-9]|2[0-3])(?P<colon>[-_:]?)(?P<minute>[0-5][0-9])"
    r"(?P=colon)(?P<second>[0-5][0-9])"
)
JOIN = r"(?P<join>[T_ -]|(?<=[0-9]{8})(?=[0-9]{6}))"

_STAMP_ENDS = rf"(?:\.[0-9]{{1,9}}(?=Z|{_ENDS}))?Z?{_ENDS}"

_STAMP = pattern(DATE + JOIN + _TIME + _STAMP_ENDS)
_DAY = pattern(DATE + _ENDS)
_LONE_DAY = pattern(DATE + r"(?:[T_][0-9.:Z+-]*)?")

_LABEL = (
    r"(?i:(?:spike|pre|post|video)?(?:sort|process)(?:ed|ing)|stitch|nwb|curat|fus(?:ed|ion)|"
    r"flatfield|align|dlc|facemap|motion-correct|neuroglancer|ibl-conver|ctl-|gammaencoding|"
    r"regist(?:ered|ration)|filtered|qc(?![a-z])|(?:pairwise-)?unmix|cell-typ|none(?![a-z])|"
    r"experiment[0-9]|recording[0-9]|l(?:415|470|560)(?![a-z0-9])|[0-9]{1,2}-class)"
)
"""Prefixes of labels of processing steps, lights and classifiers: not platforms or subjects."""

_STIMULUS = r"(?i:DynamicRouting|DRpilot|TempletonPilot)[0-9]*(?:_|\Z)"
"""Prefixes of task files, whose names contain the time of the stimulus, not of the session."""

_NUMERIC_DATE_OR_TIME = (
    r"[0-9]{2}-[0-9]{2}-[0-9]{2}\Z|[0-9]{4}-[0-9]{2}-[0-9]{1,2}\Z"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\Z"
)
_DIGIT_PLATFORMS = "|".join(name for name in KNOWN_PLATFORMS if not name.isalpha())
_SUBJECT = pattern(
    rf"(?=[A-Za-z.-]*[0-9])(?!{_NUMERIC_DATE_OR_TIME}|{_LABEL}|{_STIMULUS}"
    rf"|(?i:{_DIGIT_PLATFORMS})\Z)[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,62}}[A-Za-z0-9])?"
)
_SUB = pattern(r"\A(?:sub-)+")
_SES = "_ses-"
"""What stands between subject and date-time in DANDI's usual names."""
_IS_LABEL = pattern(_LABEL)
_IS_STIMULUS = pattern(_STIMULUS)

# The usual spelling of most names, at the start of the text: a fast path.
_CANONICAL = pattern(
    rf"(?:(?!{_LABEL}|{_STIMULUS})([A-Za-z][A-Za-z0-9-]{{0,62}}[A-Za-z0-9])_)?"
    rf"([0-9]{{5,7}}(?:-[0-9]{{1,3}})?|(?!{_LABEL})[A-Za-z]{{1,4}}(?:[0-9]-)?[0-9]{{2,6}})"
    r"_([0-9]{4}-[0-9]{2}-[0-9]{2})"
    rf"[_T]([0-9]{{2}})(?P<hyphen>-?)([0-9]{{2}})(?P=hyphen)([0-9]{{2}}){_STAMP_ENDS}"
)

_WINDOW = 160
"""How many characters before a date-time are read; platform and subject have at most 64 each."""

# These patterns match reversed text, since a name is read leftward from its date-time.
_SPLIT_PLATFORMS = {p.replace("-", "_"): p for p in KNOWN_PLATFORMS if "-" in p}
_SPLIT_REVERSED = "|".join(name[::-1] for name in _SPLIT_PLATFORMS)
_LEFTWARD = pattern(
    r"_(?P<subject>[A-Za-z0-9][A-Za-z0-9.-]{0,63})(?![A-Za-z0-9.-]|[^\W_]|__)"
    rf"(?:_(?:(?P<platform>(?:{_SPLIT_REVERSED}|(?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}})?[A-Za-z]))"
    r"(?!-*[^\W_])|(?P<number>[0-9]{5,7})(?!-*[^\W_])))?"
)
_LEFTWARD_HYPHENS = pattern(r"-(?P<run>[A-Za-z0-9][A-Za-z0-9.-]{0,63})(?![A-Za-z0-9.-]|[^\W_])")
_HYPHENED = pattern(
    r"(?:ses-)?(?:(?P<platform>[A-Za-z](?:[A-Za-z0-9-]*?[A-Za-z0-9])?)-)?"
    r"(?P<subject>[0-9][A-Za-z0-9.-]*|[A-Za-z]+[0-9][A-Za-z0-9]*)"
)
_RIGHTWARD = pattern(rf"_([0-9]{{5,7}}(?:-[A-Za-z0-9]{{1,16}}){{0,3}}){_ENDS}")
_LONE_SUBJECT = pattern(rf"[0-9](?<![^\W_][0-9])[0-9]{{5,6}}(?:-[A-Za-z0-9]{{1,16}}){{0,3}}{_ENDS}")
_SHAPED = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2}")
_LIMS = pattern(rf"[0-9](?<![^\W_][0-9])[0-9]{{8,9}}(?=_[0-9]{{6,7}}_[0-9]{{8}}{_ENDS})")

_STRONG_PLATFORMS = frozenset(name.casefold() for name in KNOWN_PLATFORMS if name != "Other")
_RUN_WORDS = frozenset(
    "analysis array attempt backup batch build capsule computation container copy exp experiment "
    "job jobs log logs model nextflow node output outputs pipeline process release result results "
    "run runs sbatch shard slurm snakemake step task task-array tasks temp tmp trial user version "
    "work worker workflow".split()
)
"""Words in names of run folders, whose numbers can have as many digits as a subject."""
_LABTRACKS = pattern(r"[0-9]{6,7}(?:-[A-Za-z0-9.-]+)?")
_BETWEEN = pattern(r"[^A-Za-z0-9_.+:#%-]")
"""Characters that no name contains: path separators, spaces, quotes, and others."""

_EXPLAINED = 300
"""How many characters of a text are read to explain why it contains no session."""

_ESCAPE = pattern(r"%[0-9A-Fa-f]{2}")
_UNESCAPED = {"%3A": ":", "%20": " "}


class Stamp(NamedTuple):
    """A date-time and its position."""

    start: int
    end: int
    dt: datetime.datetime


class Located(NamedTuple):
    """A session, and its position from `start` to `end` in the unescaped text."""

    platform: str | None
    subject_id: str
    dt: datetime.datetime
    text: str
    start: int
    end: int


class Understood(NamedTuple):
    """The parts found in a text without a complete session."""

    subject_id: str | None = None
    date: datetime.date | None = None
    lims_id: int | None = None
    impossible: str | None = None


class _Named(NamedTuple):
    """A name read beside a date; `is_stimulus` if it is a task file's, not a session's."""

    platform: str | None
    subject_id: str
    start: int
    is_stimulus: bool = False
    end: int = 0
    """The end of the name, if it is not that of the date-time; else 0."""


def locate(text: str) -> Located | None:
    """Find the session in a text.

    Parameters
    ----------
    text
        Any text. The module's docstring says which of several sessions is used.

    Examples
    --------
    >>> found = locate("/data/ecephys_676909_2023-12-13_13-43-40_nwb")
    >>> found.platform, found.subject_id, found.text[found.end :]
    ('ecephys', '676909', '_nwb')
    """
    if "%" in text:
        text = _unescape(text)
    found = _locate_canonical(text)
    if found is not None and (_is_strong(found) or not _BETWEEN.search(text, found.end)):
        return found
    return _search(text)


def _unescape(text: str) -> str:
    # of the characters that URLs escape, only colon and space can be part of a name
    return _ESCAPE.sub(lambda escape: _UNESCAPED.get(escape[0].upper(), "/"), text)


def _locate_canonical(text: str) -> Located | None:
    match = _CANONICAL.match(text)
    if match is None:
        return None
    platform, subject_id, date, hour, _, minute, second = match.groups()
    try:
        dt = datetime.datetime.fromisoformat(f"{date}T{hour}:{minute}:{second}")
    except ValueError:
        return None
    return Located(platform, subject_id, dt, text, 0, match.end())


def _search(text: str) -> Located | None:
    """Return the leftmost strong session among the first of each component, else the leftmost.

    A session named after a run is only used if there is no other.
    """
    first, component = None, 0
    for found in _all(text):
        leads = first is None or _BETWEEN.search(text, component, found.start)
        component = found.end
        if leads and _is_strong(found):
            return found
        if first is None or (leads and _is_of_a_run(first) and not _is_of_a_run(found)):
            first = found
    return first


def _all(text: str) -> Iterator[Located]:
    floor = 0
    for match in _STAMP.finditer(text):
        named = _read_left(text, match.start(), floor) or _read_right(text, match)
        if named is not None and not named.is_stimulus and (dt := _moment(match)):
            end = named.end or match.end()
            yield Located(named.platform, named.subject_id, dt, text, named.start, end)
        floor = match.end()


def _is_strong(found: Located) -> bool:
    return is_strong(found.platform, found.subject_id)


def _is_of_a_run(found: Located) -> bool:
    return found.platform is not None and found.platform.casefold() in _RUN_WORDS


def is_strong(platform: str | None, subject_id: str) -> bool:
    """Return whether a name is certainly a session's: it has a known platform or a LabTracks ID.

    Folders of runs, versions, jobs and users with a time stamp look like sessions, too:
    ``results_v2_<stamp>``, ``job_12345678_<stamp>``, ``run_3_<stamp>``, ``user1_<stamp>``. If the
    platform is such a word, the number is not taken as a LabTracks ID.

    Parameters
    ----------
    platform
        The platform in the name, in upper or lower case; None without one.
    subject_id
        The subject; six or seven digits are strong, also with a suffix such as ``-02``.

    Examples
    --------
    >>> is_strong("ecephys", "12345"), is_strong(None, "783884-02"), is_strong("job", "1234567")
    (True, True, False)
    """
    word = None if platform is None else platform.casefold()
    if word in _STRONG_PLATFORMS:
        return True
    return word not in _RUN_WORDS and _LABTRACKS.fullmatch(subject_id) is not None


def stamps(text: str) -> Iterator[Stamp]:
    """Yield the valid date-times in a text, from left to right.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> [stamp.dt.isoformat() for stamp in stamps("2023-02-30_01-02-03 20230301T010203Z")]
    ['2023-03-01T01:02:03']
    """
    for match in _STAMP.finditer(text):
        dt = _moment(match)
        if dt is not None:
            yield Stamp(match.start(), match.end(), dt)


def _moment(match: re.Match[str]) -> datetime.datetime | None:
    numbers = match.group("year", "month", "day", "hour", "minute", "second")
    try:
        return datetime.datetime(*map(int, numbers))  # type: ignore[arg-type]
    except ValueError:
        return None


def day_of(match: re.Match[str]) -> datetime.date | None:
    """Return the date in a match of `DATE`; None if it is not in the calendar."""
    try:
        return datetime.date(*map(int, match.group("year", "month", "day")))
    except ValueError:
        return None


def _read_left(text: str, start: int, floor: int = 0) -> _Named | None:
    """Read platform and subject before a date."""
    if start == floor:
        return None
    if text.endswith(_SES, floor, start):
        start -= len(_SES) - 1
    window = text[max(floor, start - _WINDOW) : start][::-1]
    if window[0] == "-":
        all_hyphens = text.startswith("-", start + len("2023-12-13"))
        return _read_hyphened(window, start) if all_hyphens else None
    match = _LEFTWARD.match(window)
    if match is None:
        return None
    subject_id = without_sub(match["subject"][::-1].lstrip(".-"))
    if not is_subject(subject_id):
        return None
    if match["number"] and not subject_id[0].isdigit():
        return None  # a number is the subject, and a label follows it
    platform = match["platform"] and match["platform"][::-1]
    return _named(platform, subject_id, (start - match.end(), start - match.end("subject")))


def _named(platform: str | None, subject_id: str, starts: tuple[int, int]) -> _Named:
    """Make a `_Named`; `starts` are the positions of the platform and the subject."""
    if platform is None or _IS_LABEL.match(platform):
        return _Named(None, subject_id, starts[1])
    is_stimulus = _IS_STIMULUS.match(platform) is not None
    return _Named(_SPLIT_PLATFORMS.get(platform, platform), subject_id, starts[0], is_stimulus)


def _read_hyphened(window: str, start: int) -> _Named | None:
    """Read DANDI's ``ses-<platform>-<subject>-``, where hyphens replace the underscores."""
    match = _LEFTWARD_HYPHENS.match(window)
    if match is None:
        return None
    run = match["run"][::-1].lstrip(".-")
    parts = _HYPHENED.fullmatch(run)
    if parts is None or not is_subject(parts["subject"]):
        return None
    if window[match.end() : match.end() + 1] == "_" and not run.startswith("ses-"):
        return None
    begin = start - match.end()
    return _named(parts["platform"], parts["subject"], (begin, begin))


def _read_right(text: str, stamp: re.Match[str]) -> _Named | None:
    """Read the subject after a date-time at the start of a name."""
    match = _RIGHTWARD.match(text, stamp.end())
    if match is None or text.endswith(("_", "-", "."), 0, stamp.start()):
        return None
    if _STAMP.match(text, match.end() + 1):
        return None  # the subject belongs to the next date-time
    return _Named(None, match[1], stamp.start(), end=match.end())


def without_sub(token: str) -> str:
    """Return a subject without DANDI's prefix ``sub-``.

    Parameters
    ----------
    token
        The token, without surrounding text.

    Examples
    --------
    >>> without_sub("sub-676909")
    '676909'
    """
    return _SUB.sub("", token, count=1)


def is_subject(token: str) -> bool:
    """Return whether a token can be a subject: it has a digit, and is not a process label or date.

    Parameters
    ----------
    token
        The token, without surrounding text.

    Examples
    --------
    >>> [is_subject(token) for token in ("676909", "BL6-000", "sorted-ks25", "13-43-40", "test")]
    [True, True, False, False, False]
    """
    return _SUBJECT.fullmatch(token) is not None


def is_process_label(text: str) -> bool:
    """Return whether a part of a name starts like the label of a processing step.

    Parameters
    ----------
    text
        The part after a session's name, dated or not.

    Examples
    --------
    >>> [is_process_label(text) for text in ("sorted_curated", "dlc_eye", "raw_data", "surface")]
    [True, True, False, False]
    """
    return _IS_LABEL.match(text) is not None


def understand(text: str) -> Understood:
    """Read the parts of a session's name in a text without a complete session.

    Parameters
    ----------
    text
        Any text; only its first 300 characters are read.

    Examples
    --------
    >>> understand("1386750279_747816_20240814.sync")[:3]
    ('747816', datetime.date(2024, 8, 14), 1386750279)
    >>> understand("mouse 676909 on 2023-12-13").date
    datetime.date(2023, 12, 13)
    """
    text = text[:_EXPLAINED]
    lims = _LIMS.search(text)
    lims_id = int(lims[0]) if lims else None
    for match in _DAY.finditer(text):
        subject_id = _subject_beside(text, match)
        date = day_of(match)
        if subject_id and date:
            return Understood(subject_id, date, lims_id, _impossible(text))
    lone = next(iter(lone_subjects(text)), None)
    return Understood(lone, _lone_day(text) if lone else None, lims_id, _impossible(text))


def lone_subjects(text: str) -> tuple[str, ...]:
    """Return the different numbers in a text that can be subjects, from left to right.

    Parameters
    ----------
    text
        Any text; only its first 300 characters are read.

    Examples
    --------
    >>> lone_subjects("mice 676909 and 676908-02, 2023-12-13")
    ('676909', '676908-02')
    """
    undated = _DAY.sub(" ", _STAMP.sub(" ", text[:_EXPLAINED]))
    return tuple(dict.fromkeys(match[0] for match in _LONE_SUBJECT.finditer(undated)))


def _lone_day(text: str) -> datetime.date | None:
    """Return the only day that stands apart in a text, if it is not that of a process."""
    parts = _BETWEEN.split(text)
    if any(map(is_process_label, parts)):
        return None
    days = {day_of(match) for part in parts if (match := _LONE_DAY.fullmatch(part))}
    return days.pop() if len(days) == 1 else None


def _subject_beside(text: str, date: re.Match[str]) -> str | None:
    named = _read_left(text, date.start())
    # six digits after a date are more often a time than a subject
    if named is None and not _STAMP.match(text, date.start()):
        named = _read_right(text, date)
    return named and named.subject_id


def _impossible(text: str) -> str | None:
    shaped = _SHAPED.search(text)
    return shaped[0] if shaped and next(stamps(shaped[0]), None) is None else None
