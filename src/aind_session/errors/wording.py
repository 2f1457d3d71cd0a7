"""How messages repeat what users and servers said: short, in one line, without secrets."""

from __future__ import annotations

import re

_QUOTED = 200
"""Characters of the user's text that a message repeats."""

_OBEYED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"  # control characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # which turn the direction of a text
    "\u2028\u2029"  # which end a line
    "\u00ad\u034f\u115f\u1160\u180e\u200b\u2060-\u2064\u206a-\u206f"  # which nobody sees
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f\U000e0100-\U000e01ef"
    "\ud800-\udfff]"  # which cannot be encoded
)


def printable(text: str) -> str:
    r"""Write characters that terminals and browsers obey, or that hide, as escapes.

    Control characters, marks of direction, separators of lines, invisible ones. Ends of lines stay.

    Examples
    --------
    >>> print(printable("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return _OBEYED.sub(lambda found: ascii(found[0])[1:-1], text)


def first_line(text: object) -> str:
    r"""Give the first line of an error or of a note, printable, without the sign at its end.

    Parameters
    ----------
    text
        Anything; its ``str`` is cut.

    Examples
    --------
    >>> first_line(ValueError("no such asset:\n  a"))
    'no such asset'
    """
    return printable(str(text)).partition("\n")[0].rstrip(".:")


def quote(text: object) -> str:
    """Repeat what a user gave, in quotes and cut to a readable length.

    Parameters
    ----------
    text
        Anything; its repr is shown.

    Examples
    --------
    >>> quote("ecephys")
    "'ecephys'"
    >>> len(quote("x" * 10_000)) < 250
    True
    """
    try:
        shown = repr(text)
    except (ValueError, RecursionError):  # a number of thousands of digits, or endlessly nested
        shown = f"<{type(text).__name__} that cannot be shown>"
    if len(shown) <= _QUOTED:
        return shown
    return f"{shown[:_QUOTED]}... ({len(shown)} characters)"


def without_query(url: str) -> str:
    """Give a URL without user, query and fragment, where secrets can be.

    Parameters
    ----------
    url
        Any URL; other text is returned cut at its first ``?``.

    Examples
    --------
    >>> without_query("https://token@host:443/a/b?X-Amz-Signature=1#c")
    'https://host:443/a/b'
    """
    from urllib.parse import urlsplit, urlunsplit  # 2 ms, and reading a name needs no address

    try:
        parts = urlsplit(url)
    except ValueError:
        return url.split("?", 1)[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
