"""A warning of what a user may have mistyped, where nothing was found by it."""

from __future__ import annotations

from collections.abc import Iterable

from aind_session.errors import NothingFoundWarning
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import near
from aind_session.runtime.warning import warn_user


def warn_of_a_slip(what: str, wanted: str, known: Iterable[str | None]) -> None:
    """Warn of a name by which nothing was found, if one comes near that there is.

    Parameters
    ----------
    what
        What is named so, such as ``process``.
    wanted
        What the user wrote.
    known
        The names that there are, the likeliest first.
    """
    close = near(wanted, filter(None, known))
    if close:
        names = " or ".join(map(repr, close))
        warn_user(f"nothing has the {what} {quote(wanted)}; near: {names}", NothingFoundWarning)
