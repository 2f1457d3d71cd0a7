"""Answers to one question about many sessions, and notes for sessions without an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aind_session.diagnosis.notes import Note
from aind_session.display import Shown
from aind_session.errors import NotFoundError
from aind_session.errors.wording import number_of, quote
from aind_session.many.members import member_named
from aind_session.runtime.warning import Collected, warn_user
from aind_session.session import Session

if TYPE_CHECKING:
    from aind_session.display import Table

T_co = TypeVar("T_co", covariant=True)


class Answers(Mapping[Session, T_co], Shown, Generic[T_co]):
    """Answers by session, in the order of the sessions, with notes for sessions without an answer.

    A mapping of the sessions that have an answer. Anything that names a session works as a key:
    text, a path, an asset, a record. Looking up a session without an answer raises the error of its
    note.

    Attributes
    ----------
    notes
        Why the other sessions have no answer, by session.
    """

    def __init__(self, found: Mapping[Session, T_co], notes: Mapping[Session, Note]) -> None:
        self._found = found
        self.notes = notes

    @classmethod
    def of(cls, sessions: Iterable[Session], answers: Iterable[T_co | Note]) -> Answers[T_co]:
        """Separate answers from notes, keeping the order of the sessions."""
        pairs = list(zip(sessions, answers, strict=True))
        return cls(
            {session: answer for session, answer in pairs if not isinstance(answer, Note)},
            {session: answer for session, answer in pairs if isinstance(answer, Note)},
        )

    def __getitem__(self, session: Any) -> T_co:
        member = member_named(session, self._asked)
        if member is None:
            count = len(self._asked)
            raise KeyError(f"{quote(session)} is not one of the {count} sessions asked about")
        if member in self._found:
            return self._found[member]
        note = self.notes[member]
        raise note.error or KeyError(note.text)

    @cached_property
    def _asked(self) -> dict[Session, None]:
        # all, so that a session without an answer never gets that of the acquisition's other name
        return dict.fromkeys((*self._found, *self.notes))

    def get(self, session: Any, default: Any = None) -> Any:
        """Return the answer for a session, or for anything that names it; else the default.

        Raises
        ------
        RemoteError, CredentialsError
            The question could not be asked, so it is unknown whether there is an answer.
        """
        try:
            return self[session]
        except (KeyError, NotFoundError):
            return default

    def __iter__(self) -> Iterator[Session]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, session: object) -> bool:
        return member_named(session, self._asked) in self._found

    def _card(self) -> Table:
        from aind_session.many.cards import answers_table

        return answers_table(self._found, self.notes)

    __str__ = Shown.as_text

    def _ipython_key_completions_(self) -> list[str]:
        return [session.id for session in self]

    def __repr__(self) -> str:
        counts = number_of(len(self), "answer"), number_of(len(self.notes), "note")
        return f"<{', '.join(counts)}>"


def warn_once_a_class(warnings: Iterable[Sequence[Collected]], name: str) -> None:
    """Merge the warnings about many sessions into one of each class.

    Parameters
    ----------
    warnings
        The collected warnings of each member.
    name
        What the sessions were asked for.
    """
    of_all = [warning for of_one in warnings for warning in of_one]
    for category in dict.fromkeys(category for _, category in of_all):
        texts = list(dict.fromkeys(text for text, said in of_all if said is category))
        more = f" (and {len(texts) - 1} more of this kind)" if len(texts) > 1 else ""
        warn_user(f"{name} of many sessions: {texts[0]}{more}", category)
