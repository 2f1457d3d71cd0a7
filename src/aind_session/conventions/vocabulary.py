"""Words of closed vocabularies: which are misspelled, and what comes near."""

from __future__ import annotations

from collections.abc import Iterable

from aind_session.conventions.grammar import KNOWN_PLATFORMS
from aind_session.conventions.institute import MODALITIES
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import near


def near_in_words(words: Iterable[str]) -> str:
    """Say what comes near, to be put behind a message; empty where nothing does.

    Examples
    --------
    >>> near_in_words(["a", "b"])
    "; near: 'a' or 'b'"
    """
    names = " or ".join(map(quote, words))
    return f"; near: {names}" if names else ""


def check_platform(platform: str) -> None:
    """Refuse a misspelled platform; a new one is allowed.

    Known ones may be written in lower case, as in some names: ``smartspim``.

    Raises
    ------
    ValueError
        It comes near to a known platform, and is not one.

    Examples
    --------
    >>> check_platform("SmartSPIM"), check_platform("smartspim"), check_platform("new-rig")
    (None, None, None)
    >>> check_platform("Ecephys")
    Traceback (most recent call last):
    ...
    ValueError: there is no platform 'Ecephys'; near: 'ecephys'
    """
    if not is_known_platform(platform):
        _refuse_misspelled(platform, KNOWN_PLATFORMS, "platform")


def is_known_platform(platform: str) -> bool:
    """Tell whether a schema allowed a platform at some time; it may be written in lower case."""
    return platform in KNOWN_PLATFORMS or platform in map(str.lower, KNOWN_PLATFORMS)


def check_modality(modality: str) -> None:
    """Refuse a misspelled modality; a new one is allowed.

    Raises
    ------
    ValueError
        It comes near to a known modality, and is not one.

    Examples
    --------
    >>> check_modality("ecephys"), check_modality("hologram")
    (None, None)
    >>> check_modality("spim")
    Traceback (most recent call last):
    ...
    ValueError: there is no modality 'spim'; near: 'SPIM'
    """
    if modality not in MODALITIES:
        _refuse_misspelled(modality, MODALITIES, "modality")


def _refuse_misspelled(word: str, known: Iterable[str], what: str) -> None:
    close = near(word, known)
    if close:
        raise ValueError(f"there is no {what} {quote(word)}{near_in_words(close)}")
