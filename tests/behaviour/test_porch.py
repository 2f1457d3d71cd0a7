"""Old module paths, which existing code imports, lead to the current functions."""

from __future__ import annotations

from importlib import import_module

import pytest

import aind_session

PATHS = {
    "aind_session.utils": ["get_data_assets", "get_docdb_record", "get_ttl_hash"],
    "aind_session.utils.codeocean_utils": [
        "get_codeocean_client",
        "get_codeocean_model",
        "get_data_asset_model",
        "get_data_asset_search_query",
        "get_data_asset_source_dir",
        "get_data_assets",
        "get_normalized_uuid",
        "get_output_text",
        "get_subject_data_assets",
        "is_computation_error",
        "is_data_asset_error",
        "is_output_error",
        "is_output_file_from_sorting_pipeline",
        "is_raw_data_asset",
        "search_computations",
        "search_data_assets",
        "sort_by_created",
        "wait_until_ready",
    ],
    "aind_session.utils.docdb_utils": [
        "extract_codeocean_data_asset_ids_from_docdb_record",
        "get_codeocean_data_asset_ids_from_docdb",
        "get_docdb_api_client",
        "get_docdb_record",
        "get_subject_docdb_records",
    ],
    "aind_session.utils.s3_utils": [
        "S3_DATA_BUCKET_NAMES",
        "get_bucket_and_prefix",
        "get_source_dir_by_name",
    ],
    "aind_session.utils.misc_utils": ["get_ttl_hash"],
    "aind_session.extension": ["ExtensionBaseClass", "register_namespace"],
    "aind_session.session": ["Session", "get_sessions"],
    "aind_session.subject": ["Subject"],
    "aind_session.errors": ["AindSessionError", "SessionIdError", "SourceDownWarning"],
}


@pytest.mark.parametrize("path", PATHS)
def test_each_path_leads_home(path: str) -> None:
    module = import_module(path)
    for name in PATHS[path]:
        assert getattr(module, name) is getattr(aind_session, name)


@pytest.mark.parametrize(
    ("path", "name", "backoff"),
    [
        ("aind_session.utils.codeocean_utils", "DEFAULT_CO_RETRY", 0.5),
        ("aind_session.utils.docdb_utils", "DEFAULT_DOCDB_RETRY", 1),
    ],
)
def test_the_retries_of_the_clients_have_their_old_paths(
    path: str, name: str, backoff: float
) -> None:
    retry = getattr(import_module(path), name)
    assert (retry.total, retry.backoff_factor) == (5, backoff)
    assert retry.is_retry("DELETE", 503)
    assert not retry.is_retry("POST", 503)


def test_the_extensions_have_their_old_paths() -> None:
    old = import_module("aind_session.extensions.smartspim_neuropixels")
    assert old.NeuroglancerState.__module__ == "aind_session.extensions.neuroglancer"
    assert old.NeuroglancerExtension is aind_session.Subject.neuroglancer
    assert old.IBLDataConverterExtension is aind_session.Subject.ibl_data_converter
    assert import_module("aind_session.extensions.ecephys").EcephysExtension is aind_session.ecephys
    assert import_module("aind_session.extensions.lims").LimsExtension is aind_session.lims


@pytest.mark.parametrize(
    ("module", "cls"),
    [
        ("ecephys", "EcephysExtension"),
        ("ibl_data_converter", "IBLDataConverterExtension"),
        ("lims", "LimsExtension"),
        ("metadata", "MetadataExtension"),
        ("neuroglancer", "NeuroglancerExtension"),
        ("neuroglancer", "NeuroglancerState"),
    ],
)
def test_classes_of_the_namespaces_are_found_from_their_package_too(module: str, cls: str) -> None:
    package = import_module("aind_session.extensions")
    of_module = getattr(import_module(f"aind_session.extensions.{module}"), cls)
    assert getattr(package, cls) is of_module
    assert getattr(package, module) is import_module(f"aind_session.extensions.{module}")


def test_the_paths_of_the_test_plugin_and_of_the_command_stay() -> None:
    assert import_module("aind_session.testing").FakeAIND.__name__ == "FakeAIND"
    assert import_module("aind_session.testing.plugin").__name__ == "aind_session.testing.plugin"
    assert callable(import_module("aind_session.cli").main)


def test_a_hash_that_changes_with_time() -> None:
    assert aind_session.get_ttl_hash(10**10) == 0  # until 2128
    assert isinstance(aind_session.get_ttl_hash(), int)


def test_the_modules_of_ecephys_and_lims_answer_as_the_classes_that_they_were() -> None:
    ecephys, lims = aind_session.extensions.ecephys, aind_session.extensions.lims
    assert ecephys.SortedDataAsset is aind_session.ecephys.SortedDataAsset
    assert ecephys.get_sorter_name is aind_session.ecephys.get_sorter_name
    assert ecephys.DEFAULT_TRIGGER_CAPSULE_ID == "eb5a26e4-a391-4d79-9da5-1ab65b71253f"
    assert lims.extract_id("1386750279_747816_20240814.sync") == 1386750279
    for module in (ecephys, lims):
        with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
            module.nothing
        with pytest.raises(AttributeError, match="has no attribute '__wrapped__'"):
            module.__wrapped__
