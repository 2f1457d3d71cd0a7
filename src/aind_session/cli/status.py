"""What each command of ``aind-session`` prints, and the exit status it gives."""

from __future__ import annotations

from aind_session.sources import default_sources

FOUND, NOTHING, BAD_INPUT, COULD_NOT_LOOK = 0, 1, 2, 3
"""The exit statuses."""


class BadInputError(ValueError):
    """What was typed cannot be."""


def make_sources() -> None:
    """Make the sources before they are asked.

    Raises
    ------
    BadInputError
        A setting has a value that it cannot have.
    """
    try:
        default_sources()
    except ValueError as error:
        raise BadInputError(str(error)) from error
