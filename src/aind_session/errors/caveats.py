"""Warnings about answers that are incomplete, old or chosen from several."""

from __future__ import annotations


class AindSessionWarning(UserWarning):
    """Base class of all warnings of this library."""


class SourceDownWarning(AindSessionWarning):
    """An answer is incomplete, because a source could not be asked."""


class OddAnswerWarning(AindSessionWarning):
    """Something that could not be understood was left out of an answer."""


class LeftOutWarning(AindSessionWarning):
    """Something was left out of an answer: it is closed to the user, or incomplete."""


class StaleWarning(AindSessionWarning):
    """An offline answer comes from earlier requests; the text says when."""


class SeveralSessionsWarning(AindSessionWarning):
    """A text names several sessions, and the first one was chosen."""


class NothingFoundWarning(AindSessionWarning):
    """Nothing was found, and a word of the query may be misspelled."""


class AlreadyRunningWarning(AindSessionWarning):
    """Something was not started, because it is already running."""
