"""The warnings: there is an answer, and the user should know something about it."""

from __future__ import annotations


class AindSessionWarning(UserWarning):
    """Base class of all warnings of this library."""


class SourceDownWarning(AindSessionWarning):
    """An answer lacks a source that could not be asked."""


class OddAnswerWarning(AindSessionWarning):
    """Something that could not be understood was left out of an answer."""


class LeftOutWarning(AindSessionWarning):
    """Something was left out of an answer: it is closed to the user, or incomplete."""


class StaleWarning(AindSessionWarning):
    """An offline answer comes from earlier requests; the text says when."""


class SeveralSessionsWarning(AindSessionWarning):
    """A text names several sessions, and the first one was chosen."""


class NothingFoundWarning(AindSessionWarning):
    """An answer is empty, and a word of the question may be misspelled."""


class AlreadyRunningWarning(AindSessionWarning):
    """Something was not started, because it runs already."""
