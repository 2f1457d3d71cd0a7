"""Old locations of functions about metadata records, for code written for earlier releases."""

from aind_session.catalog.record_search import (
    extract_codeocean_data_asset_ids_from_docdb_record,
    get_codeocean_data_asset_ids_from_docdb,
    get_docdb_record,
    get_subject_docdb_records,
)
from aind_session.sources.servers.clients import DEFAULT_DOCDB_RETRY, get_docdb_api_client

__all__ = [
    "DEFAULT_DOCDB_RETRY",
    "extract_codeocean_data_asset_ids_from_docdb_record",
    "get_codeocean_data_asset_ids_from_docdb",
    "get_docdb_api_client",
    "get_docdb_record",
    "get_subject_docdb_records",
]
