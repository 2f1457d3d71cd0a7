"""The lock file: which data assets an analysis used, as JSON for version control."""

from __future__ import annotations

import errno
import json
import os
import uuid
from collections import Counter
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from aind_session.conventions.names import parse_session
from aind_session.errors import FileFormatError
from aind_session.errors.wording import in_utc
from aind_session.runtime.files import read_json, write_text

FORMAT: Final = "aind-session lock"
VERSION: Final = 1

Role = Literal["raw", "sorted", "derived"]

_AGAIN = "restore it from version control, or make it again with Sessions.freeze"


def _uuid(text: str) -> str:
    return str(uuid.UUID(text))


class _Locked(BaseModel):
    model_config = ConfigDict(frozen=True)


class LockedAsset(_Locked):
    """A data asset when it was frozen.

    Attributes
    ----------
    id, name
        Its ID and name in Code Ocean.
    created
        Seconds since 1970-01-01 UTC; None if Code Ocean did not state it.
    location
        The location of its files; None for assets without their own files.
    role
        ``raw``, ``sorted``, or ``derived`` for all others.
    """

    id: Annotated[str, AfterValidator(_uuid)]
    name: str
    # much later times cannot be shown or compared
    created: Annotated[int, Field(ge=0, le=10**11)] | None = None
    location: str | None = None
    role: Role


class LockedSession(_Locked):
    """A session, and its assets that were used, in order of creation."""

    id: Annotated[str, AfterValidator(lambda text: parse_session(text).id)]
    assets: tuple[LockedAsset, ...]


class Lock(_Locked):
    """The content of a lock file.

    Attributes
    ----------
    frozen
        When it was written, in UTC.
    sessions
        The sessions, sorted by ID.
    """

    format: Literal["aind-session lock"] = FORMAT
    version: Literal[1] = VERSION
    frozen: AwareDatetime
    sessions: tuple[LockedSession, ...]

    @field_validator("sessions")
    @classmethod
    def _each_once(cls, sessions: tuple[LockedSession, ...]) -> tuple[LockedSession, ...]:
        """Refuse duplicate sessions, which a merge of two versions may leave."""
        counts = Counter(session.id for session in sessions)
        twice = sorted(id_ for id_, count in counts.items() if count > 1)
        if twice:
            raise ValueError(f"{', '.join(twice)} more than once")
        return sessions


def write(path: str | os.PathLike[str], lock: Lock, *, overwrite: bool = False) -> None:
    """Write a lock file completely or not at all, with the same text for the same lock.

    Parameters
    ----------
    path
        The file. A lock file with the same sessions and assets stays unchanged, with its date.
    lock
        The content to write.
    overwrite
        Whether to replace a file with other content.

    Raises
    ------
    FileExistsError
        The file has other content; it is unchanged.
    """
    if os.path.lexists(path) and not overwrite:
        kept = _difference(path, lock)
        if kept is None:
            return
        how = "choose another name, or replace it with overwrite=True (--overwrite)"
        raise FileExistsError(errno.EEXIST, f"the file exists and {kept}; {how}", os.fspath(path))
    text = json.dumps(lock.model_dump(mode="json"), indent=2, ensure_ascii=False)
    write_text(path, f"{text}\n", shared=True)


def _difference(path: str | os.PathLike[str], lock: Lock) -> str | None:
    """Describe how a file differs from a lock; None if both hold the same assets."""
    try:
        kept = read(path)
    except (FileFormatError, OSError):
        return "is not a lock file that can be read"
    if kept.sessions == lock.sessions:
        return None
    return f"holds other assets, frozen {in_utc(kept.frozen)}"


def read(path: str | os.PathLike[str]) -> Lock:
    """Read a lock file.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    FileFormatError
        It is not a lock file, is damaged, or a newer release wrote it. A `ValueError`.
    """
    content = read_json(path, FORMAT, VERSION, "Sessions.freeze")
    try:
        return Lock.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise FileFormatError(path, f"is damaged at {place}: {first['msg']}", _AGAIN) from error
