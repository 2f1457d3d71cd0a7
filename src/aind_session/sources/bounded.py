"""Reading an answer, but not for ever: within a time and a size, however slowly it comes."""

from __future__ import annotations

import time
from typing import Any

MAX_BYTES = 256 * 1024 * 1024
"""No answer is larger: a page of assets has a few megabytes, a metadata record at most two."""

_CHUNK_BYTES = 64 * 1024


class TooLateError(Exception):
    """The time limit was reached while the answer still came in."""


class TooLargeError(Exception):
    """The answer is larger than any that is expected."""


def read_within(raw: Any, deadline: float, *, decode: bool = True) -> bytes:
    """Read the body of an answer of urllib3.

    Parameters
    ----------
    raw
        The answer, of which nothing has been read.
    deadline
        By `time.monotonic`. With urllib3 before 2.1, a server that sends a few bytes now and then
        is only noticed with each 64 kB.
    decode
        Whether to undo the compression that a header names.

    Raises
    ------
    TooLateError, TooLargeError
        A limit was reached.
    urllib3.exceptions.HTTPError
        The connection failed.
    """
    # read1 gives what is there; read waits until there is as much as it was asked for
    read = getattr(raw, "read1", raw.read)
    chunks: list[bytes] = []
    size = 0
    while chunk := read(_CHUNK_BYTES, decode_content=decode):
        chunks.append(chunk)
        size += len(chunk)
        if time.monotonic() > deadline:
            raise TooLateError("the answer took too long to come in")
        if size > MAX_BYTES:
            raise TooLargeError(f"the answer is larger than {MAX_BYTES} bytes")
    return b"".join(chunks)
