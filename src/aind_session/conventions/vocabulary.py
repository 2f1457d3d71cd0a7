"""Words of closed vocabularies: which are misspelled, and what is similar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aind_session.conventions.assets import modality_name
from aind_session.conventions.grammar import KNOWN_PLATFORMS
from aind_session.conventions.institute import MODALITIES
from aind_session.conventions.quality import STAGES
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import near, near_in_words, one_of, texts

_SEEN_PLATFORMS = ("EFIP", "iSPIM", "single-plane", "barseq", "mapseq")
"""In names that exist, and in no schema."""

_PAST_MODALITIES = ("ophys", "slap")
"""Abbreviations of records that no later schema rewrote."""


def check_platform(platform: str) -> None:
    """Refuse a misspelled platform; a new one is allowed.

    Known ones may be written in lower case, as in some names: ``smartspim``.

    Raises
    ------
    ValueError
        It is similar to a known platform, but unknown.

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
        refuse_misspelled(platform, KNOWN_PLATFORMS, "platform")


def is_known_platform(platform: str) -> bool:
    """Return whether a schema allowed a platform, or names have it; it may be in lower case."""
    known = (*KNOWN_PLATFORMS, *_SEEN_PLATFORMS)
    return platform in known or platform in map(str.lower, known)


def check_modality(modality: str) -> None:
    """Refuse a misspelled modality; a new one is allowed.

    Raises
    ------
    ValueError
        It is similar to a known modality, but unknown.

    Examples
    --------
    >>> check_modality("ecephys"), check_modality("hologram")
    (None, None)
    >>> check_modality("spim")
    Traceback (most recent call last):
    ...
    ValueError: there is no modality 'spim'; near: 'SPIM'
    """
    if not is_known_modality(modality):
        refuse_misspelled(modality, MODALITIES, "modality")


def is_known_modality(modality: str) -> bool:
    """Return whether a schema has a modality, or had it: ``ophys`` is ``pophys`` today."""
    return modality in MODALITIES or modality in _PAST_MODALITIES


def quality_criteria(modality: Any, stage: Any, tag: Any) -> dict[str, tuple[str, ...]]:
    """Return which metrics of quality control are wanted, as `Metric.is_about` takes it.

    Parameters
    ----------
    modality, stage, tag
        A text, several, or None for any.

    Raises
    ------
    ValueError
        There is no such stage, or a modality is misspelled.

    Examples
    --------
    >>> quality_criteria("ecephys", "Raw data", None)
    {'modality': ('ecephys',), 'stage': ('Raw data',), 'tag': ()}
    >>> quality_criteria(None, "raw data", None)
    Traceback (most recent call last):
    ...
    ValueError: a stage of quality control must be ... not 'raw data'; near: 'Raw data'
    """
    wanted = {
        "modality": texts(modality, "a modality"),
        "stage": texts(stage, "a stage of quality control"),
        "tag": texts(tag, "a tag"),
    }
    for one in wanted["modality"]:
        check_modality(modality_name(one))
    for one in wanted["stage"]:
        one_of(one, STAGES, "a stage of quality control")
    return wanted


COMPUTATION_STATES = ("initializing", "running", "finalizing", "completed", "failed")
"""What Code Ocean says of a run."""

SEARCH_WORDS: Mapping[str, tuple[str, ...]] = {
    "type": ("dataset", "result", "combined", "model"),
    "origin": ("internal", "external"),
    "ownership": ("private", "shared", "created"),
    "sort_field": ("created", "type", "name", "size"),
    "sort_order": ("asc", "desc"),
}
"""What the fields of a search in Code Ocean can be, by field."""


def refuse_misspelled(word: str, known: Iterable[str], what: str) -> None:
    """Refuse a word that is similar to a known one but is not one; a new word is allowed.

    Raises
    ------
    ValueError
        It is misspelled.

    Examples
    --------
    >>> refuse_misspelled("restoring", COMPUTATION_STATES, "state")
    >>> refuse_misspelled("complete", COMPUTATION_STATES, "state")
    Traceback (most recent call last):
    ...
    ValueError: there is no state 'complete'; near: 'completed'
    """
    close = near(word, known)
    if close:
        raise ValueError(f"there is no {what} {quote(word)}{near_in_words(close)}")
