"""Notes: why an answer is missing or incomplete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from aind_session.display import Shown
from aind_session.errors import (
    AccessDeniedError,
    AindSessionError,
    CredentialsError,
    NotFoundError,
    NotInTableError,
    NotMountedError,
    StrictError,
)
from aind_session.errors.wording import printable
from aind_session.runtime.modes import is_strict

if TYPE_CHECKING:
    from aind_session.display import Drawing
    from aind_session.display.cell import Tone

T_co = TypeVar("T_co", covariant=True)

Shower = Callable[[Any, "tuple[Note, ...] | None"], "Drawing"]
"""Makes a table of items and of the notes about them; None: these were not requested."""


@dataclass(frozen=True)
class Note:
    """Why there is no answer, or less of one.

    Attributes
    ----------
    about
        What it concerns: a session, an asset, a source.
    text
        Why, as the error says it.
    error
        The error that says so; None when none was raised.
    tone
        How it is shown: what could not be asked looks unlike what is not there.
    """

    tone: ClassVar[Tone] = "wait"

    about: str
    text: str
    error: Exception | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return printable(f"{type(self).__name__}: {self.text}")


class Missing(Note):
    """Every place was searched, and nothing is there."""

    tone = "none"


class AccessDenied(Note):
    """It may be there, but it is closed to this user, or no credential was given."""

    tone = "unknown"


class SourceDown(Note):
    """A source could not be asked, so nothing is known."""

    tone = "unknown"


class NotInTable(Note):
    """The nightly tables do not tell, and no server was to be asked."""

    tone = "unknown"


class NotMounted(Note):
    """Nothing that is mounted tells, and no server was to be asked."""

    tone = "unknown"


class Archived(Note):
    """It is there, but archived in Code Ocean: searches leave it out, and it cannot be opened."""


class NotInDocDB(Note):
    """No metadata record mentions the data asset."""


class PassedOver(Note):
    """A record of raw data links the asset, and it is not the session's raw data, or unusable."""


class OnlyInS3(Note):
    """The raw data are in S3, and no data asset in Code Ocean holds them."""


class Failed(Note):
    """A function of the user's own raised an error."""

    tone = "bad"


def note_of(about: str, error: Exception) -> Note:
    """Return the note that an error makes.

    Examples
    --------
    >>> note_of("676909", NotFoundError("a file"))
    Missing(about='676909', text='a file was not found')
    """
    kinds: list[tuple[type[Exception], type[Note]]] = [
        (NotFoundError, Missing),
        (AccessDeniedError, AccessDenied),
        (CredentialsError, AccessDenied),
        (NotInTableError, NotInTable),
        (NotMountedError, NotMounted),
        (AindSessionError, SourceDown),
    ]
    kind = next((kind for cls, kind in kinds if isinstance(error, cls)), Failed)
    said = str(error)
    if kind is Failed:  # errors of others can have no text, or one that says little: KeyError('x')
        said = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return kind(about, said, error)


class Noted(Shown, tuple[T_co, ...]):  # noqa: SLOT001 - a tuple cannot have slots, and this keeps its notes
    """A tuple that can say what is missing from it, and what is odd about it.

    Nothing else tells it from the tuple that it is; copies of its notes travel with it once they
    were requested.

    Parameters
    ----------
    items
        What the tuple holds.
    review
        Finds the notes, when they are first asked for. In `aind_session.strict` that is now, and
        the first one is raised.
    shown
        Gives the table that it shows itself as, of its items and of the notes, None where these
        were not requested; by default one of names.

    Examples
    --------
    >>> noted = Noted([1, 2], lambda: [NotInDocDB("a", "no record")])
    >>> noted == (1, 2), noted.notes
    (True, (NotInDocDB(about='a', text='no record'),))
    """

    _review: Callable[[], Iterable[Note]]
    _shown: Shower | None

    def __new__(
        cls,
        items: Iterable[Any],
        review: Callable[[], Iterable[Note]],
        shown: Shower | None = None,
    ) -> Noted[Any]:
        """Make the tuple; see the class."""
        made = super().__new__(cls, items)
        made._review = review
        made._shown = shown
        if is_strict():
            made._raise_first()
        return made

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What is missing or odd, and why; requested at the first use; empty if nothing is."""
        return tuple(self._review())

    def _card(self) -> Drawing:
        from aind_session.diagnosis.note_cells import noted_table  # which most programs never need

        return (self._shown or noted_table)(self, vars(self).get("notes"))

    __str__ = Shown.as_text

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # IPython shows tuples in its own way; inside other objects it still does
        printer.text(repr(tuple(self)) if cycle or len(printer.stack) > 1 else self.as_text())

    def _raise_first(self) -> None:
        if self.notes:
            raise self.notes[0].error or StrictError(*self.notes)

    def __reduce__(self) -> tuple[Any, ...]:
        # notes that were not requested are not pickled
        if "notes" not in vars(self):
            return tuple, (list(self),)
        return _with_notes, (list(self), self.notes)


def _with_notes(items: list[Any], notes: tuple[Note, ...]) -> Noted[Any]:
    return Noted(items, lambda: notes)
