"""Words of users: platforms, modalities and states, also misspelled."""

from __future__ import annotations

import pytest

from aind_session.conventions.records import record_modalities
from aind_session.conventions.vocabulary import (
    COMPUTATION_STATES,
    SEARCH_WORDS,
    check_modality,
    check_platform,
    is_known_modality,
    is_known_platform,
)
from aind_session.runtime.near import near_in_words


@pytest.mark.parametrize(
    ("title", "modality"),
    [
        ("Barcoded anatomy resolved by sequencing", "BARseq"),
        ("Behavior", "behavior"),
        ("Behavior videos", "behavior_videos"),
        ("Brightfield microscopy", "brightfield"),
        ("Confocal microscopy", "confocal"),
        ("Electromyography", "EMG"),
        ("Electron microscopy", "EM"),
        ("Extracellular electrophysiology", "ecephys"),
        ("Fiber photometry", "fib"),
        ("Fluorescence micro-optical sectioning tomography", "fMOST"),
        ("Intracellular electrophysiology", "icephys"),
        ("Intrinsic signal imaging", "ISI"),
        ("Magnetic resonance imaging", "MRI"),
        ("Multiplexed analysis of projections by sequencing", "MAPseq"),
        ("Multiplexed error-robust fluorescence in situ hybridization", "merfish"),
        ("One-photon imaging", "one_photon"),
        ("Planar optical physiology", "pophys"),
        ("Random access projection microscopy", "slap2"),
        ("Selective plane illumination microscopy", "SPIM"),
        ("Serial two-photon tomography", "STPT"),
        ("Serial two-photon tomogrophy", "STPT"),
        ("Single cell RNA sequencing", "scRNAseq"),
    ],
)
def test_a_modality_has_a_full_name_and_a_short_one(title: str, modality: str) -> None:
    record = {"data_description": {"modalities": [{"name": title}]}}
    assert record_modalities(record) == (modality,)
    assert is_known_modality(modality)


def test_words_of_searches_and_states_are_those_of_code_ocean() -> None:
    assert COMPUTATION_STATES == ("initializing", "running", "finalizing", "completed", "failed")
    assert SEARCH_WORDS == {
        "type": ("dataset", "result", "combined", "model"),
        "origin": ("internal", "external"),
        "ownership": ("private", "shared", "created"),
        "sort_field": ("created", "type", "name", "size"),
        "sort_order": ("asc", "desc"),
    }


PLATFORMS = (
    "ecephys behavior SmartSPIM multiplane-ophys exaSPIM HCR single-plane-ophys SLAP2 FIP diSPIM "
    "mesoSPIM confocal MERFISH motor-observatory HSFP ISI MRI Other ophys pophys mesoscope merfish "
    "smartSPIM ExASPIM fMOST slap trained-behavior EFIP iSPIM single-plane barseq mapseq"
).split()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_of_some_schema_or_name_is_known(platform: str) -> None:
    assert is_known_platform(platform)


@pytest.mark.parametrize("modality", ["ophys", "slap", "pophys", "behavior_videos"])
def test_a_modality_of_some_schema_is_known(modality: str) -> None:
    assert is_known_modality(modality)


def test_nothing_near_adds_nothing_to_a_message() -> None:
    assert near_in_words([]) == ""
    assert near_in_words(["a"]) == "; near: 'a'"


@pytest.mark.parametrize(
    ("platform", "known"),
    [
        ("ecephys", True),
        ("SmartSPIM", True),
        ("smartspim", True),
        ("SMARTSPIM", False),
        ("", False),
    ],
)
def test_a_known_platform_may_be_written_in_lower_case(platform: str, known: bool) -> None:
    assert is_known_platform(platform) is known


def test_what_comes_near_a_known_word_is_refused_with_that_word() -> None:
    with pytest.raises(ValueError, match="near") as caught:
        check_platform("ecephis")
    assert str(caught.value) == "there is no platform 'ecephis'; near: 'ecephys'"
    with pytest.raises(ValueError, match="near") as caught:
        check_modality("ecephis")
    assert str(caught.value) == "there is no modality 'ecephis'; near: 'ecephys'"
