"""Text from users and servers in messages: short, printable, without secrets."""

from __future__ import annotations

import functools

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    import datetime
    import re

_QUOTED = 200
"""At most this many characters of the user's text are repeated in a message."""

_UNSAFE = (
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"  # control characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # change the direction of the text
    "\u2028\u2029"  # end a line
    "\u00ad\u034f\u115f\u1160\u180e\u200b\u2060-\u2064\u206a-\u206f"  # are invisible
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f\U000e0100-\U000e01ef"
    "\ud800-\udfff]"  # cannot be encoded
)


def printable(text: str) -> str:
    r"""Escape characters that change how terminals and browsers show a text, or are invisible.

    Control characters, direction marks, line separators, invisible characters. Newlines stay.

    Examples
    --------
    >>> print(printable("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return _unsafe().sub(lambda found: ascii(found[0])[1:-1], text)


@functools.cache
def _unsafe() -> re.Pattern[str]:
    import re  # takes 3 ms, and the name of a session needs no message

    return re.compile(_UNSAFE)


def first_line(text: object) -> str:
    r"""Return the first line of an error or note, printable, without the punctuation at its end.

    Parameters
    ----------
    text
        Any object; its ``str`` is used.

    Examples
    --------
    >>> first_line(ValueError("no such asset:\n  a"))
    'no such asset'
    """
    return printable(str(text)).partition("\n")[0].rstrip(".:")


def number_of(count: int, noun: str) -> str:
    """Return a number and what it counts, which is plural except after 1.

    Examples
    --------
    >>> number_of(1, "session"), number_of(0, "data asset")
    ('1 session', '0 data assets')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def quote(text: object) -> str:
    """Return the repr of a user's argument, cut to a readable length.

    Parameters
    ----------
    text
        Any object.

    Examples
    --------
    >>> quote("ecephys")
    "'ecephys'"
    >>> len(quote("x" * 10_000)) < 250
    True
    """
    try:
        shown = repr(text)
    except (ValueError, RecursionError):  # an int of thousands of digits, or nested too deep
        shown = f"<{type(text).__name__} that cannot be shown>"
    if len(shown) <= _QUOTED:
        return shown
    return f"{shown[:_QUOTED]}... ({len(shown)} characters)"


def in_utc(moment: datetime.datetime) -> str:
    """Return a moment in UTC, to the minute, as messages and tables show it.

    Examples
    --------
    >>> import datetime
    >>> in_utc(datetime.datetime(2024, 3, 1, 16, 2, 45))
    '2024-03-01 16:02 UTC'
    """
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def without_query(url: str) -> str:
    """Return a URL without user, query and fragment, which can contain secrets.

    Parameters
    ----------
    url
        Any URL; a text that cannot be parsed is cut at its first ``?``.

    Examples
    --------
    >>> without_query("https://token@host:443/a/b?X-Amz-Signature=1#c")
    'https://host:443/a/b'
    """
    from urllib.parse import urlsplit, urlunsplit  # 2 ms, not needed to parse names

    try:
        parts = urlsplit(url)
    except ValueError:
        return url.split("?", 1)[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
