"""Old locations of functions about S3, for code written for earlier releases."""

from aind_session.catalog.directories import S3_DATA_BUCKET_NAMES, get_source_dir_by_name
from aind_session.sources.paths import get_bucket_and_prefix

__all__ = ["S3_DATA_BUCKET_NAMES", "get_bucket_and_prefix", "get_source_dir_by_name"]
