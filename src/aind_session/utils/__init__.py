"""Old locations of functions, for code written for earlier releases."""

from aind_session.utils.codeocean_utils import (
    get_codeocean_client as get_codeocean_client,
)
from aind_session.utils.codeocean_utils import (
    get_codeocean_model as get_codeocean_model,
)
from aind_session.utils.codeocean_utils import (
    get_data_asset_model as get_data_asset_model,
)
from aind_session.utils.codeocean_utils import (
    get_data_asset_search_query as get_data_asset_search_query,
)
from aind_session.utils.codeocean_utils import (
    get_data_asset_source_dir as get_data_asset_source_dir,
)
from aind_session.utils.codeocean_utils import (
    get_data_assets as get_data_assets,
)
from aind_session.utils.codeocean_utils import (
    get_normalized_uuid as get_normalized_uuid,
)
from aind_session.utils.codeocean_utils import (
    get_output_text as get_output_text,
)
from aind_session.utils.codeocean_utils import (
    get_subject_data_assets as get_subject_data_assets,
)
from aind_session.utils.codeocean_utils import (
    is_computation_error as is_computation_error,
)
from aind_session.utils.codeocean_utils import (
    is_data_asset_error as is_data_asset_error,
)
from aind_session.utils.codeocean_utils import (
    is_output_error as is_output_error,
)
from aind_session.utils.codeocean_utils import (
    is_output_file_from_sorting_pipeline as is_output_file_from_sorting_pipeline,
)
from aind_session.utils.codeocean_utils import (
    is_raw_data_asset as is_raw_data_asset,
)
from aind_session.utils.codeocean_utils import (
    search_computations as search_computations,
)
from aind_session.utils.codeocean_utils import (
    search_data_assets as search_data_assets,
)
from aind_session.utils.codeocean_utils import (
    sort_by_created as sort_by_created,
)
from aind_session.utils.codeocean_utils import (
    wait_until_ready as wait_until_ready,
)
from aind_session.utils.docdb_utils import (
    extract_codeocean_data_asset_ids_from_docdb_record as extract_codeocean_data_asset_ids_from_docdb_record,
)
from aind_session.utils.docdb_utils import (
    get_codeocean_data_asset_ids_from_docdb as get_codeocean_data_asset_ids_from_docdb,
)
from aind_session.utils.docdb_utils import (
    get_docdb_api_client as get_docdb_api_client,
)
from aind_session.utils.docdb_utils import (
    get_docdb_record as get_docdb_record,
)
from aind_session.utils.docdb_utils import (
    get_subject_docdb_records as get_subject_docdb_records,
)
from aind_session.utils.misc_utils import (
    get_ttl_hash as get_ttl_hash,
)
from aind_session.utils.s3_utils import (
    S3_DATA_BUCKET_NAMES as S3_DATA_BUCKET_NAMES,
)
from aind_session.utils.s3_utils import (
    get_bucket_and_prefix as get_bucket_and_prefix,
)
from aind_session.utils.s3_utils import (
    get_source_dir_by_name as get_source_dir_by_name,
)
