"""Vocabularies: misspelled words are refused, with similar ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aind_session.conventions.assets import modality_name
from aind_session.conventions.institute import (
    MODALITIES,
    MODALITY_TITLES,
    MODALITY_WORDS,
    PAST_MODALITIES,
)
from aind_session.conventions.quality import STAGES
from aind_session.conventions.session_id import KNOWN_PLATFORMS
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import one_of, texts
from aind_session.runtime.near import near, near_in_words

_SEEN_PLATFORMS = ("EFIP", "iSPIM", "single-plane", "barseq", "mapseq")
"""Platforms in existing names, but in no schema."""

_BY_TITLE = {title.casefold(): modality for title, modality in MODALITY_TITLES.items()}


def check_platform(platform: str) -> None:
    """Refuse a misspelled platform; a new one is allowed.

    Known platforms may be in lower case, as in some names: ``smartspim``.

    Raises
    ------
    ValueError
        The platform is unknown, but similar to a known one.

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
    """Return whether a schema or existing names contain a platform, also in lower case."""
    known = (*KNOWN_PLATFORMS, *_SEEN_PLATFORMS)
    return platform in known or platform in map(str.lower, known)


def check_modality(modality: str) -> None:
    """Refuse a misspelled modality; a new one is allowed.

    Raises
    ------
    ValueError
        The modality is unknown, but similar to a known one.

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
    """Return whether a schema has or had a modality: ``ophys`` is called ``pophys`` today."""
    return modality in MODALITIES or modality in PAST_MODALITIES


def modality_today(modality: str) -> str:
    """Return the current abbreviation of a modality, spelled as by `modality_name`.

    Examples
    --------
    >>> modality_today("ophys"), modality_today("Behavior videos")
    ('pophys', 'behavior_videos')
    """
    name = _BY_TITLE.get(modality.strip().casefold(), modality_name(modality))
    return PAST_MODALITIES.get(name, name)


def searched_modalities(modalities: Iterable[str]) -> set[str]:
    """Return the modalities of a record for searches: as stated, and as named today.

    Examples
    --------
    >>> sorted(searched_modalities(["SmartSPIM", "slap"]))
    ['SPIM', 'SmartSPIM', 'slap2']
    """
    today = {modality_today(one) for one in modalities}
    older = {modality_name(word).casefold(): one for word, one in MODALITY_WORDS.items()}
    return today | {older[word] for one in today if (word := one.casefold()) in older}


def quality_criteria(modality: Any, stage: Any, tag: Any) -> dict[str, tuple[str, ...]]:
    """Return the criteria for metrics of quality control, as arguments of `Metric.is_about`.

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
"""The states of a run in Code Ocean."""

SEARCH_WORDS: Mapping[str, tuple[str, ...]] = {
    "type": ("dataset", "result", "combined", "model"),
    "origin": ("internal", "external"),
    "ownership": ("private", "shared", "created"),
    "sort_field": ("created", "type", "name", "size"),
    "sort_order": ("asc", "desc"),
}
"""The allowed values in a Code Ocean search, by field."""


def refuse_misspelled(word: str, known: Iterable[str], what: str) -> None:
    """Refuse an unknown word that is similar to a known one; allow other new words.

    Raises
    ------
    ValueError
        The word is misspelled.

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
