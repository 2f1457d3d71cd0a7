"""Where functions about S3 were in earlier releases; nothing lives here."""

from aind_session.catalog.directories import (
    S3_DATA_BUCKET_NAMES,
    get_bucket_and_prefix,
    get_source_dir_by_name,
)

__all__ = ["S3_DATA_BUCKET_NAMES", "get_bucket_and_prefix", "get_source_dir_by_name"]
