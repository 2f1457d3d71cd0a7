"""Texts from users' arguments (paths, numbers, objects with a name), and their stated subject."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from numbers import Number
from typing import Any

from aind_session.conventions.grammar import locate
from aind_session.conventions.pattern import pattern
from aind_session.errors import SessionIdError
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import whole_number

SUBJECT_LABEL = "subject id"
"""The field for the subject in the custom metadata of data assets, and in searches for them."""

LEVEL_LABEL = "data level"
"""The field of the custom metadata that states whether an asset is raw."""

EXPERIMENT_LABEL = "experiment type"
"""The field of the custom metadata for the platform."""

NO_SUBJECT = "it names no subject"
"""The reason why a text without subject, and without anything similar, is refused."""

NOT_IN_CALENDAR = "is not in the calendar"
"""The end of the reason why a text with an impossible date or time is refused."""

_WHOLE = pattern(r"([0-9]+)\.0+", re.ASCII)
_NUMBERED = pattern(r"[0-9]+", re.ASCII)


def words(value: Any, wanted: str = "session") -> str:
    """Return the text of an argument that mentions a session.

    Parameters
    ----------
    value
        A text or bytes, a path object, an object whose `id` or `name` is a text, such as a data
        asset or a computation, or a mapping with a ``name``, such as a metadata record. Among
        several texts, the first that names a session is used.
    wanted
        ``"session"`` or ``"subject"``, for the message.

    Raises
    ------
    SessionIdError
        The argument is anything else.

    Examples
    --------
    >>> words({"name": "ecephys_676909_2023-12-13_13-43-40", "location": None})
    'ecephys_676909_2023-12-13_13-43-40'
    """
    if callable(getattr(value, "as_posix", None)):
        value = value.as_posix()
    elif isinstance(value, (os.PathLike, bytes)):
        value = os.fsdecode(value)
    if isinstance(value, str):
        return str.__str__(value)  # a subclass's own __str__ may show something else
    texts = [text for text in _texts(value) if isinstance(text, str)]
    if not texts:
        raise _no_text(value, wanted)
    return str.__str__(next(filter(locate, texts), texts[0]))


def _texts(value: Any) -> tuple[Any, ...]:
    if isinstance(value, Mapping):
        return (value.get("name"),)
    return getattr(value, "id", None), getattr(value, "name", None)


def _no_text(value: Any, wanted: str) -> SessionIdError:
    reason = f"expected text, a path or an object with a {wanted}'s id, not {type(value).__name__}"
    number, hint = digits(value), None
    if number is not None:
        hint = f"a number is a subject: see Subject({number})"
    elif isinstance(value, Iterable) and not isinstance(value, Mapping):
        hint = f"for several {wanted}s, see aind_session.sessions(...)"
    return SessionIdError(quote(value), reason=reason, hint=hint, wanted=wanted)


def digits(value: Any) -> str | None:
    """Return the digits of a whole number from Python, numpy or pandas; None for anything else.

    Parameters
    ----------
    value
        Such as ``676909``; ``676909.0``, as in table columns with missing values; or a `Decimal`
        from a database.

    Examples
    --------
    >>> digits(676909), digits(676909.0), digits(0.5), digits("676909"), digits(True)
    ('676909', '676909', None, None, None)
    """
    is_float = isinstance(value, Number) and not hasattr(value, "__index__")
    try:
        whole = int(value) if is_float else whole_number(value)
        return None if whole is None or whole != value else str(whole)
    except (TypeError, ValueError, OverflowError):  # more digits than Python writes, or infinite
        return None


def without_decimals(text: str) -> str:
    """Return the text of a number without zero decimals, such as ``676909.0`` from a table.

    Examples
    --------
    >>> without_decimals("676909.0"), without_decimals("H17.24.006")
    ('676909', 'H17.24.006')
    """
    match = _WHOLE.fullmatch(text)
    return match[1] if match else text


def stated_subject(thing: Any) -> str | None:
    """Return the subject that a record or a data asset states; None if it states no subject.

    Parameters
    ----------
    thing
        A metadata record, with the subject in ``subject`` or in ``data_description``, as text or
        number; one of these parts, also as an object of the metadata schema; or a data asset with
        ``subject id`` in its custom metadata.

    Examples
    --------
    >>> stated_subject({"subject": None, "data_description": {"subject_id": 676909}})
    '676909'
    """
    if isinstance(thing, Mapping):
        parts = [thing.get("subject"), thing.get("data_description"), thing]
        stated = [part.get("subject_id") for part in parts if isinstance(part, Mapping)]
    else:
        labels = getattr(thing, "custom_metadata", None)
        label = labels.get(SUBJECT_LABEL) if isinstance(labels, Mapping) else None
        stated = [label, getattr(thing, "subject_id", None)]
    texts = (
        without_decimals(one).strip() if isinstance(one, str) else digits(one) for one in stated
    )
    return next((text for text in texts if text), None)


def is_same_subject(one: str, other: str) -> bool:
    """Return whether two texts name the same animal, ignoring leading zeros and specimens.

    Examples
    --------
    >>> is_same_subject("783884-02", "783884"), is_same_subject("000163", "163")
    (True, True)
    >>> is_same_subject("816004", "aav9-screen")
    False
    """
    return one == other or _animal(one) == _animal(other)


def _animal(subject_id: str) -> str:
    number = subject_id.strip().partition("-")[0]
    return number.lstrip("0") if _NUMBERED.fullmatch(number) else subject_id.strip()
