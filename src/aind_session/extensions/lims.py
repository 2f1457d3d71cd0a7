"""``session.lims``: the ID of a session in LIMS2, which the names of its files contain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from aind_session.catalog.inventory import Inventory
from aind_session.conventions.dates import parse_when
from aind_session.conventions.location import Location
from aind_session.errors import ContentNotFoundError, DirectoryNotFoundError, Searched
from aind_session.errors.wording import quote
from aind_session.extension import ExtensionBaseClass, register_namespace
from aind_session.runtime.arguments import text, text_or_number
from aind_session.runtime.attributes import of_former_class
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.session import Session, finder_of
from aind_session.subject import Subject

_ID = re.compile(r"(?:^|(?<=[_.]))[0-9]{9,30}(?=[_.]|$)")
_DIGITS = re.compile(r"[0-9]{1,30}")


@register_namespace("lims")
class LimsExtension(ExtensionBaseClass):
    """The ID of a session in LIMS2.

    The static methods need no session: ``aind_session.lims.get_session(747816, 1386750279)``.

    Examples
    --------
    >>> from aind_session import Session
    >>> Session("ecephys_747816_2024-08-14_13-57-37").lims.id
    1386750279
    """

    _base: Session

    @property
    @one_call
    def id(self) -> int:
        """The session's ID in LIMS2: the first ID in the names inside its modality folders.

        Raises
        ------
        ContentNotFoundError
            No name contains an ID. A `ValueError`.
        DirectoryNotFoundError
            The session has no raw data directory.
        """
        where = self.finder.expect_raw_location()
        for name in _names_in_folders(self.inventory, where):
            if (found := _extract(name)) is not None:
                return found
        raise ContentNotFoundError(
            f"a LIMS ID of {self._base.id}",
            searched=[Searched(f"{where}/*/*", "no name contains a number of nine digits or more")],
        )

    @staticmethod
    @one_call
    def get_id(aind_session_id: str) -> int:
        """Return the ID of a session in LIMS2; see `id`.

        Parameters
        ----------
        aind_session_id
            A session, or any text that contains one.

        Examples
        --------
        >>> LimsExtension.get_id("ecephys_747816_2024-08-14_13-57-37")
        1386750279
        """
        return LimsExtension(Session(aind_session_id)).id

    @staticmethod
    @one_call
    def get_session(labtracks_mouse_id: str | int, lims_session_id: str | int) -> Session:
        """Return the session of a subject with an ID in LIMS2.

        Parameters
        ----------
        labtracks_mouse_id
            The subject.
        lims_session_id
            The ID. The names inside the modality folders of the subject's sessions are searched by
            date, up to the first name that contains it.

        Raises
        ------
        ContentNotFoundError
            No session has this ID. A `ValueError`.
        RemoteError, CredentialsError
            The ID was not found, and some sessions could not be searched.
        ValueError
            The ID is not a whole number.

        Examples
        --------
        >>> LimsExtension.get_session(747816, 1386750279)
        Session('ecephys_747816_2024-08-14_13-57-37')
        """
        wanted = _digits(lims_session_id)
        subject = Subject(labtracks_mouse_id)
        searched = []
        failures = []
        for session in subject.sessions:
            looked = attempt(partial(_look, session, wanted))
            if looked is None:
                return session
            if isinstance(looked, Searched):
                searched.append(looked)
            else:  # another session may have the ID
                failures.append(looked)
        if failures:
            raise failures[0]
        raise ContentNotFoundError(
            f"a session of subject {subject.id} with the LIMS ID {wanted}",
            searched=searched,
            hint=None if searched else "no session of the subject is known: is its number right?",
        )

    @staticmethod
    def extract_id(value: str) -> int:
        """Return the LIMS2 ID that a text contains.

        Parameters
        ----------
        value
            A text such as a file name. An ID is a number of at least nine digits between ``_`` or
            ``.`` that is not a date and time.

        Raises
        ------
        ValueError
            The text contains no ID.

        Examples
        --------
        >>> LimsExtension.extract_id("1386750279_747816_20240814.sync")
        1386750279
        """
        found = _extract(text(value, "a name"))
        if found is None:
            raise ValueError(f"no LIMS ID (a number of nine digits or more) in {quote(value)}")
        return found


def _look(session: Session, wanted: str) -> Searched | None:
    """Search the names of a session's files; return None if found, else the searched place."""
    finder = finder_of(session)
    try:
        where = finder.expect_raw_location()
    except DirectoryNotFoundError:
        return Searched(session.id, "no raw data directory")
    if any(wanted in name for name in _names_in_folders(finder.inventory, where)):
        return None
    return Searched(f"{where}/*/*", f"no name with {wanted}")


def _digits(lims_id: Any) -> str:
    digits = text_or_number(lims_id, "a LIMS ID").strip()
    if _DIGITS.fullmatch(digits) is None:
        raise ValueError(f"a LIMS ID is a whole number, not {quote(lims_id)}")
    return digits


def _extract(name: str) -> int | None:
    return next((int(digits) for digits in _ID.findall(name) if not _is_time(digits)), None)


def _is_time(digits: str) -> bool:
    try:
        parse_when(digits)
    except ValueError:
        return False
    return True


def _names_in_folders(inventory: Inventory, where: Location) -> Iterator[str]:
    """Yield the names in all folders; each folder is listed once, in parallel."""
    folders = inventory.listing(where).folders
    asked = [partial(inventory.listing, where, f"{folder}/") for folder in folders]
    for listing in side_by_side(asked):
        yield from listing.files
        yield from listing.folders


def __getattr__(name: str) -> Any:
    return of_former_class(__name__, LimsExtension, name)
