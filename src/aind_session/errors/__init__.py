"""Every error and warning that the library raises, in one family.

```text
AindSessionError
├── SessionIdError (ValueError)              the text contains no session ID
├── NotFoundError (LookupError)              every place was searched without success
│   ├── AssetNotFoundError (AttributeError, ValueError)   no such data asset
│   ├── DirectoryNotFoundError (AttributeError)           no such data directory of a session
│   ├── SourceDirNotFoundError (FileNotFoundError)        no such directory or file in S3
│   ├── ContentNotFoundError (ValueError, KeyError)       data lack what was requested
│   └── MetadataNotFoundError (AttributeError, KeyError)  no such metadata file or record
├── CredentialsError                         a credential is missing or was refused
├── SeveralFoundError (LookupError)           one was expected, and there are several
├── NamespaceError (AttributeError)           a namespace would hide an existing attribute
├── ExtensionError (RuntimeError)            an extension failed while it was loaded or built
├── PartlyDoneError (RuntimeError)           a write failed after something had been created
├── AssetFailedError (RuntimeError)          Code Ocean could not make a data asset
├── NotReadyError (TimeoutError)             a data asset was not ready in time
├── FileFormatError (ValueError)             this library did not write the file
├── PlanError (ValueError)                   a plan of runs has errors, or no rows to start
├── LedgerError (RuntimeError)               a ledger belongs to another plan or process
├── StrictError                              a warning or note, in `strict` mode
└── RemoteError                              a server was not asked, or gave no usable answer
        ├── AccessDeniedError                    the caller may not read this object
        ├── UnavailableError                     no answer: refused, timed out, overloaded
        │   └── UnknownOutcomeError              a write was sent, and its outcome is unknown
        ├── OfflineError                         not cached, and requests are forbidden
        ├── NotInTableError                      not in the nightly tables; servers are excluded
        ├── NotMountedError                      not in the mounted data; servers are excluded
        └── OddAnswerError                       an answer that does not follow the protocol

AindSessionWarning (UserWarning)
├── SourceDownWarning                        answered without a source that could not be asked
├── OddAnswerWarning                         left out something that could not be understood
├── LeftOutWarning                           left out something closed to the user or incomplete
├── StaleWarning                             answered offline, from earlier requests
├── NothingFoundWarning                      nothing found; a word may be misspelled
├── SeveralSessionsWarning                   chose the first of several sessions in a text
└── AlreadyRunningWarning                    not started, because it is already running
```

The built-in class in brackets is an additional base class, so callers who already catch it keep
working. Errors that properties raise are `AttributeError`, so `getattr(session, "raw_data_asset",
None)` is None if, and only if, the asset does not exist. A failed search is always a `RemoteError`
or a `CredentialsError`, never a `NotFoundError`.
"""

from __future__ import annotations

from aind_session.errors.caveats import (
    AindSessionWarning,
    AlreadyRunningWarning,
    LeftOutWarning,
    NothingFoundWarning,
    OddAnswerWarning,
    SeveralSessionsWarning,
    SourceDownWarning,
    StaleWarning,
)
from aind_session.errors.searched import Searched, in_short
from aind_session.errors.wording import printable, quote, without_query

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    import datetime
    import os
    from collections.abc import Sequence
    from typing import Any

__all__ = [
    "AccessDeniedError",
    "AindSessionError",
    "AindSessionWarning",
    "AlreadyRunningWarning",
    "AssetFailedError",
    "AssetNotFoundError",
    "ContentNotFoundError",
    "CredentialsError",
    "DirectoryNotFoundError",
    "ExtensionError",
    "FileFormatError",
    "LedgerError",
    "LeftOutWarning",
    "MetadataNotFoundError",
    "NamespaceError",
    "NotFoundError",
    "NotInTableError",
    "NotMountedError",
    "NotReadyError",
    "NothingFoundWarning",
    "OddAnswerError",
    "OddAnswerWarning",
    "OfflineError",
    "PartlyDoneError",
    "PlanError",
    "RemoteError",
    "Searched",
    "SessionIdError",
    "SeveralFoundError",
    "SeveralSessionsWarning",
    "SourceDirNotFoundError",
    "SourceDownWarning",
    "StaleWarning",
    "StrictError",
    "UnavailableError",
    "UnknownOutcomeError",
]


_EXPECTED = {
    "session": "<platform>_<subject>_<YYYY-MM-DD>_<HH-MM-SS>, with or without platform, such as "
    "'ecephys_676909_2023-12-13_13-43-40'",
    "subject": "an ID such as '676909', or a text that contains a session ID",
    "session, subject or ID": "a session such as 'ecephys_676909_2023-12-13_13-43-40', a subject "
    "such as '676909', the ID of an asset or a run, or a path or URL with one of these",
}


def _rebuild(
    cls: type[AindSessionError], args: tuple[Any, ...], state: dict[str, Any]
) -> AindSessionError:
    error = cls.__new__(cls, *args)  # not __init__, whose arguments the message has used up
    error.__dict__.update(state)
    return error


class AindSessionError(Exception):
    """Base class of all errors of this library. Raise a subclass, never this class."""

    def __str__(self) -> str:
        # KeyError, one of the additional base classes, would show the repr of its message
        return printable(str(self.args[0])) if self.args else ""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class SessionIdError(AindSessionError, ValueError):
    """Raised when a text contains no complete session ID, or no subject where one was expected.

    Not for sessions that do not exist.

    Attributes
    ----------
    text
        The text that was passed.
    reason
        Why it is not a session or subject.
    subject_id, date, lims_id
        The parts that were recognized; None for the others.
    hint
        What to do next.
    wanted
        ``"session"``, ``"subject"`` or ``"session, subject or ID"``.
    """

    def __init__(
        self,
        text: str,
        *,
        reason: str,
        subject_id: str | None = None,
        date: datetime.date | None = None,
        lims_id: int | None = None,
        hint: str | None = None,
        wanted: str = "session",
    ) -> None:
        self.text = text
        self.reason = reason
        self.wanted = wanted
        self.subject_id = subject_id
        self.date = date
        self.lims_id = lims_id
        self.hint = hint
        super().__init__(self._message())

    def _message(self) -> str:
        understood = {"subject": self.subject_id, "date": self.date, "LIMS ID": self.lims_id}
        known = ", ".join(f"{name} {value}" for name, value in understood.items() if value)
        parts = [
            f"no {self.wanted} in {quote(self.text)}: {self.reason}",
            f"understood: {known}" if known else "",
            f"expected {_EXPECTED[self.wanted]}",
            self.hint or "",
        ]
        return "; ".join(part for part in parts if part)


class NotFoundError(AindSessionError, LookupError):
    """Raised when every place that could hold the object was searched without success.

    Not when one of them could not be searched: that is a `RemoteError` or a `CredentialsError`.

    Attributes
    ----------
    asked
        What was requested.
    searched
        Every place searched, with its outcome; the message groups buckets.
    close
        Similar objects that were found, such as other sessions of the subject.
    hint
        What to do next.
    """

    def __init__(
        self,
        asked: str,
        *,
        searched: Sequence[Searched] = (),
        close: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        self.asked = asked
        self.searched = tuple(searched)
        self.close = tuple(close)
        self.hint = hint
        super().__init__(self._message())

    def _message(self) -> str:
        lines = [f"{self.asked} was not found"]
        lines += [f"  - {place}" for place in in_short(self.searched)]
        if self.close:
            lines.append(f"  available: {', '.join(self.close)}")
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class AssetNotFoundError(NotFoundError, AttributeError, ValueError):
    """Raised when Code Ocean has no such data asset (or, if the message says so, computation)."""


class DirectoryNotFoundError(NotFoundError, AttributeError):
    """Raised when a session has no such data directory; raised by properties."""


class SourceDirNotFoundError(NotFoundError, FileNotFoundError):
    """Raised when a directory or file is in none of the searched buckets; raised by functions."""

    def __new__(cls, *args: Any, **_: Any) -> SourceDirNotFoundError:  # noqa: D102
        # OSError builds itself in __new__ and knows nothing of our keywords
        return FileNotFoundError.__new__(cls, *args)


class ContentNotFoundError(NotFoundError, ValueError, KeyError):
    """Raised when existing data lack the requested content: a sorter's name, a LIMS ID."""


class MetadataNotFoundError(NotFoundError, AttributeError, KeyError):
    """Raised when a session has no metadata file or record of that name."""


class CredentialsError(AindSessionError, KeyError, ValueError):
    """Raised when a credential is missing, or a server refused the one that was sent.

    Also a `KeyError` and a `ValueError`, for code that catches these for a missing and a refused
    credential. If a credential works but one object is closed to it, the error is
    `AccessDeniedError`.

    If Code Ocean refused it, the error is also a `requests.HTTPError`, with the ``response``.

    Attributes
    ----------
    service
        The server that needs it: ``"Code Ocean"`` or ``"S3"``.
    variable
        The environment variable that held it; None if there was none.
    """

    def __init__(self, message: str, *, service: str, variable: str | None = None) -> None:
        self.service = service
        self.variable = variable
        super().__init__(message)


class NamespaceError(AindSessionError, AttributeError):
    """Raised when a namespace would hide an existing attribute."""


class ExtensionError(AindSessionError, RuntimeError):
    """Raised when an extension fails while it is loaded or built.

    Never an `AttributeError`: a broken extension must not look absent.
    """


class PartlyDoneError(AindSessionError, RuntimeError):
    """Raised when a write fails after something was created; the error's cause says why.

    Attributes
    ----------
    created
        What exists now, so that it can be used or removed.
    """

    def __init__(self, message: str, created: Sequence[str]) -> None:
        self.created = tuple(created)
        super().__init__(f"{message}; done before that: {', '.join(self.created)}")


class SeveralFoundError(AindSessionError, LookupError):
    """Raised when one thing was expected, and there are several.

    Attributes
    ----------
    found
        The names of all that were found.
    """

    def __init__(self, asked: str, found: Sequence[str]) -> None:
        self.found = tuple(found)
        candidates = "".join(f"\n  - {name}" for name in self.found)
        super().__init__(
            f"{asked}: there are {len(self.found)}, where one was expected{candidates}\n"
            "  take the latest, or narrow the search"
        )


class AssetFailedError(AindSessionError, RuntimeError):
    """Raised when Code Ocean reports that it could not create a data asset."""


class NotReadyError(AindSessionError, TimeoutError):
    """Raised when a data asset is not ready, or has no files yet, after the time allowed."""

    def __new__(cls, *args: Any, **_: Any) -> NotReadyError:  # noqa: D102
        return TimeoutError.__new__(cls, *args)


class FileFormatError(AindSessionError, ValueError):
    """Raised if this library did not write a file, or a newer version of it did.

    Not when there is no file.

    Attributes
    ----------
    path
        The file.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str, hint: str | None = None) -> None:
        from pathlib import Path  # 1 ms

        self.path = Path(path)
        super().__init__(f"{self.path} {reason}; {hint}" if hint else f"{self.path} {reason}")


class PlanError(AindSessionError, ValueError):
    """Raised when a plan of runs has rows with errors, or no rows to start. Nothing was sent."""


class LedgerError(AindSessionError, RuntimeError):
    """Raised when a ledger holds another plan, or another process uses it.

    Not when the file is damaged or not a ledger: that is a `FileFormatError`.

    Attributes
    ----------
    path
        The ledger.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        from pathlib import Path  # 1 ms

        self.path = Path(path)
        super().__init__(f"{self.path} {reason}")


class StrictError(AindSessionError):
    """Raised in `aind_session.strict` instead of a warning or a note.

    If the cause is an error of a source, that error is raised instead.

    Attributes
    ----------
    reasons
        Why the answer may be incomplete: the texts of warnings, or notes.
    """

    def __init__(self, *reasons: object) -> None:
        self.reasons = reasons
        super().__init__("; ".join(map(str, reasons)))


class RemoteError(AindSessionError):
    """Raised when a server could not be asked, or gave no usable answer.

    Attributes
    ----------
    service
        ``"Code Ocean"``, ``"DocDB"`` or ``"S3"``.
    status
        The HTTP status, or None if there was no answer.
    url
        The requested URL, without its query (which can contain a signature).
    """

    def __init__(
        self, service: str, detail: str, *, status: int | None = None, url: str | None = None
    ) -> None:
        self.service = service
        self.detail = detail
        self.status = status
        self.url = without_query(url) if url else None
        super().__init__(self._message())

    def _message(self) -> str:
        status = f" (HTTP {self.status})" if self.status is not None else ""
        where = f" at {self.url}" if self.url else ""
        return f"{self.service}: {self.detail}{status}{where}"


class AccessDeniedError(RemoteError):
    """Raised when one asset, record or bucket is closed to a credential that otherwise works."""


class UnavailableError(RemoteError):
    """Raised when no answer came in time, after all retries of a read.

    Attributes
    ----------
    wait
        How many seconds the server asks to wait before the next attempt; None if it does not say.
    """

    def __init__(
        self, service: str, detail: str, *, wait: float | None = None, **where: Any
    ) -> None:
        self.wait = wait
        super().__init__(service, detail, **where)

    def _message(self) -> str:
        return super()._message() + (f"; it asks to wait {self.wait:.0f} s" if self.wait else "")


class UnknownOutcomeError(UnavailableError):
    """Raised when a request that starts or changes something got no usable answer.

    The server may or may not have done it, so check before you send it again. Not raised if the
    request cannot have reached the server, nor for status 429, which refuses it.
    """


class OfflineError(RemoteError):
    """Raised when an answer is unknown and `aind_session.offline` forbids requests."""

    def __init__(self, service: str, detail: str | None = None, *, url: str | None = None) -> None:
        hint = "leave offline() or unset AIND_SESSION_OFFLINE"
        refused = f"no request was sent, because offline mode is on ({hint})"
        super().__init__(service, detail or refused, url=url)


class NotInTableError(RemoteError):
    """Raised when the nightly tables lack an answer and the settings exclude the servers."""

    def __init__(self, detail: str) -> None:
        hint = "source=('table', 'servers') asks the servers for what the tables lack"
        super().__init__("the nightly tables", f"{detail}; {hint}")


class NotMountedError(RemoteError):
    """Raised when the mounted data lack an answer and the settings exclude the servers.

    It does not say whether the object exists.
    """

    def __init__(self, detail: str) -> None:
        hint = "attach the data asset to the capsule, or ask the servers: source='servers'"
        super().__init__("the mounted data", f"they do not contain {detail}; {hint}")


class OddAnswerError(RemoteError):
    """Raised when an answer is not JSON, or lacks the structure that the protocol requires."""


CouldNotLook = (RemoteError, CredentialsError)
"""The errors that do not say whether an object exists."""

Failure = RemoteError | CredentialsError
"""One of `CouldNotLook`, as a value."""


def is_unasked(failure: Failure) -> bool:
    """Return whether no answer came: no token, no network, no server, or offline mode.

    A credential or a request that was refused is an answer, which the user must see.
    """
    if isinstance(failure, CredentialsError):
        return failure.variable is None
    return isinstance(failure, (UnavailableError, OfflineError))
