"""Old locations of functions about Code Ocean, for code written for earlier releases."""

from aind_session.catalog.asset_search import (
    get_data_asset_search_query,
    get_data_assets,
    get_subject_data_assets,
    search_data_assets,
)
from aind_session.catalog.by_id import (
    get_codeocean_model,
    get_data_asset_model,
    get_normalized_uuid,
    is_raw_data_asset,
    sort_by_created,
)
from aind_session.catalog.computation_search import search_computations
from aind_session.catalog.directories import get_data_asset_source_dir
from aind_session.catalog.outputs import (
    get_output_text,
    is_computation_error,
    is_data_asset_error,
    is_output_error,
    is_output_file_from_sorting_pipeline,
)
from aind_session.runs.wait import wait_until_ready
from aind_session.sources.servers.clients import DEFAULT_CO_RETRY, get_codeocean_client

__all__ = [
    "DEFAULT_CO_RETRY",
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
]
