"""DocDB filters for projects and modalities of records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aind_session.conventions.institute import MODALITY_TITLES, MODALITY_WORDS, PAST_MODALITIES

PROJECT = "data_description.project_name"
"""The field that names the project in records of either version; an indexed field."""

_V1, _V2 = "data_description.modality", "data_description.modalities"


def project_spellings(project: str) -> tuple[str, ...]:
    """Return the spellings of a project in records, which can have a blank at an end.

    Examples
    --------
    >>> project_spellings("Dynamic Routing")
    ('Dynamic Routing', 'Dynamic Routing ', ' Dynamic Routing')
    """
    return project, f"{project} ", f" {project}"


def of_projects(projects: Iterable[str]) -> dict[str, Any]:
    """Return the filter for records of any of these projects."""
    return {PROJECT: {"$in": [spelled for one in projects for spelled in project_spellings(one)]}}


def of_modalities(modalities: Sequence[str]) -> dict[str, Any]:
    """Return the filter for records with any of these modalities, in all their forms.

    Parameters
    ----------
    modalities
        Current ones, spelled as by `aind_session.conventions.assets.modality_name`.
    """
    abbreviations = _abbreviations(modalities)
    titles = _words_for(modalities, MODALITY_TITLES)
    words = [*abbreviations, *titles, *_words_for(modalities, MODALITY_WORDS)]
    printed = f"abbreviation='({'|'.join(map(re.escape, abbreviations))})'"
    # records of either collection can have either structure
    forms: list[dict[str, Any]] = [
        {f"{shape}.abbreviation": {"$in": abbreviations}} for shape in (_V1, _V2)
    ]
    forms += [{f"{shape}.name": {"$in": titles}} for shape in (_V1, _V2) if titles]
    return {"$or": [*forms, {_V1: {"$in": words}}, {_V1: {"$regex": printed}}]}


def _abbreviations(modalities: Iterable[str]) -> list[str]:
    """Return the abbreviations in both spellings, including former ones."""
    past = _words_for(modalities, PAST_MODALITIES)
    spelled = [s for one in modalities for s in (one.replace("_", "-"), one)]
    return list(dict.fromkeys([*spelled, *past]))


def _words_for(modalities: Iterable[str], known: Mapping[str, str]) -> list[str]:
    wanted = set(modalities)
    return [word for word, modality in known.items() if modality in wanted]
