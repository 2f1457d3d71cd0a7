"""Notes: why an answer is missing or incomplete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from aind_session.errors.value import Value
from aind_session.errors.wording import first_line, printable
from aind_session.runtime.modes import is_strict

if TYPE_CHECKING:
    from aind_session.display import Cell, Drawing
    from aind_session.display.cell import Tone

T_co = TypeVar("T_co", covariant=True)

Shower = Callable[[Any, "tuple[Note, ...] | None"], "Drawing"]
"""Returns a table of items and notes; None: the notes were not requested."""


class Note(Value, hidden=("error",)):
    """Why an answer is missing or incomplete.

    Attributes
    ----------
    about
        A session, an asset or a source.
    text
        The reason.
    error
        The error behind it; None if no error was raised.
    tone
        How it is shown: "could not be asked" looks different from "does not exist".
    """

    about: str
    text: str
    error: Exception | None = None

    if TYPE_CHECKING:
        tone: ClassVar[Tone]  # an annotation outside would make it a field
    tone = "wait"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self.about, self.text) == (other.about, other.text)

    def __hash__(self) -> int:
        return hash((self.about, self.text))

    def __str__(self) -> str:
        return printable(f"{type(self).__name__}: {self.text}")


class Missing(Note):
    """Every place was searched, and nothing is there."""

    tone = "none"


class AccessDenied(Note):
    """It may exist, but this user may not read it, or there is no credential."""

    tone = "unknown"


class SourceDown(Note):
    """A source could not be asked, so the answer is unknown."""

    tone = "unknown"


class NotInTable(Note):
    """The nightly tables lack it, and the settings exclude the servers."""

    tone = "unknown"


class NotMounted(Note):
    """The mounted data lack it, and the settings exclude the servers."""

    tone = "unknown"


class Archived(Note):
    """It exists, but is archived in Code Ocean: searches omit it, and it cannot be opened."""


class NotInDocDB(Note):
    """No metadata record mentions the data asset."""


class PassedOver(Note):
    """A record of raw data links the asset, but it is not the session's raw data, or unusable."""


class OnlyInS3(Note):
    """The raw data are in S3, but no data asset in Code Ocean contains them."""


class Failed(Note):
    """The user's function raised an error."""

    tone = "bad"


def note_of(about: str, error: Exception) -> Note:
    """Return an error as a note.

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
    if kind is Failed:  # other errors can have little text or none, such as KeyError('x')
        said = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return kind(about, said, error)


class Noted(Shown, tuple[T_co, ...]):  # noqa: SLOT001 - a tuple cannot have slots, and this keeps its notes
    """A tuple with notes about what is missing or wrong.

    It is otherwise an ordinary tuple. Pickled copies keep the notes if they were requested.

    Parameters
    ----------
    items
        The elements.
    review
        Finds the notes, at their first use. In `aind_session.strict` it is called at once, and the
        first note is raised.
    shown
        Returns the table to show, from the items and the notes (None if they were not requested);
        by default a table of names.

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
        """What is missing or wrong, and why; requested at the first use; may be empty."""
        return tuple(self._review())

    def _card(self) -> Drawing:
        return (self._shown or _table)(self, vars(self).get("notes"))

    __str__ = Shown.as_text

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # IPython has a special form for tuples; keep it inside other objects
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


def _table(items: Sequence[Any], notes: Sequence[Note] | None) -> Drawing:
    from aind_session.display import Cell, Table  # rarely needed

    rows = [[Cell(getattr(item, "id", None) or str(item), "code")] for item in items]
    return Table.of(["what"], rows, footer=note_cells(notes))


def note_cells(notes: Sequence[Note] | None) -> list[Cell]:
    """Return a line per note, to show below a table; None means that they were not requested."""
    from aind_session.display import Cell  # rarely needed

    if notes is None:
        return [Cell("Notes: not asked yet, see .notes")]
    return [Cell(first_line(note), note.tone) for note in notes]
