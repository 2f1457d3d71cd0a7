import aind_session.extensions.ecephys as _ecephys
import aind_session.extensions.lims as _lims

from . import extension as extension
from . import extensions as extensions
from . import session as session
from . import subject as subject
from . import utils as utils
from .asset_search import get_data_asset_search_query as get_data_asset_search_query
from .asset_search import get_data_assets as get_data_assets
from .asset_search import get_subject_data_assets as get_subject_data_assets
from .asset_search import search_data_assets as search_data_assets
from .catalog import search as search
from .changes import AssetClosed as AssetClosed
from .changes import AssetGone as AssetGone
from .changes import AssetMoved as AssetMoved
from .changes import AssetRenamed as AssetRenamed
from .changes import Change as Change
from .changes import NewerAssets as NewerAssets
from .checks import doctor as doctor
from .computation_search import search_computations as search_computations
from .derived import Derived as Derived
from .diagnosis import Diagnosis as Diagnosis
from .diagnosis import Finding as Finding
from .directories import S3_DATA_BUCKET_NAMES as S3_DATA_BUCKET_NAMES
from .directories import get_bucket_and_prefix as get_bucket_and_prefix
from .directories import get_data_asset_source_dir as get_data_asset_source_dir
from .directories import get_source_dir_by_name as get_source_dir_by_name
from .errors import AccessDeniedError as AccessDeniedError
from .errors import AindSessionError as AindSessionError
from .errors import AindSessionWarning as AindSessionWarning
from .errors import AlreadyRunningWarning as AlreadyRunningWarning
from .errors import AssetFailedError as AssetFailedError
from .errors import AssetNotFoundError as AssetNotFoundError
from .errors import ContentNotFoundError as ContentNotFoundError
from .errors import CredentialsError as CredentialsError
from .errors import DirectoryNotFoundError as DirectoryNotFoundError
from .errors import ExtensionError as ExtensionError
from .errors import FileFormatError as FileFormatError
from .errors import LeftOutWarning as LeftOutWarning
from .errors import MetadataNotFoundError as MetadataNotFoundError
from .errors import NamespaceError as NamespaceError
from .errors import NotFoundError as NotFoundError
from .errors import NotReadyError as NotReadyError
from .errors import OddAnswerError as OddAnswerError
from .errors import OddAnswerWarning as OddAnswerWarning
from .errors import OfflineError as OfflineError
from .errors import PartlyDoneError as PartlyDoneError
from .errors import RemoteError as RemoteError
from .errors import SessionIdError as SessionIdError
from .errors import SeveralFoundError as SeveralFoundError
from .errors import SourceDirNotFoundError as SourceDirNotFoundError
from .errors import SourceDownWarning as SourceDownWarning
from .errors import StaleWarning as StaleWarning
from .errors import StrictError as StrictError
from .errors import UnavailableError as UnavailableError
from .explanation import Explanation as Explanation
from .helpers import get_ttl_hash as get_ttl_hash
from .helpers import testmod as testmod
from .lookup import get_codeocean_model as get_codeocean_model
from .lookup import get_data_asset_model as get_data_asset_model
from .lookup import get_normalized_uuid as get_normalized_uuid
from .lookup import is_raw_data_asset as is_raw_data_asset
from .lookup import sort_by_created as sort_by_created
from .modes import offline as offline
from .modes import strict as strict
from .mounts import Attached as Attached
from .mounts import Mount as Mount
from .mounts import asset_dir as asset_dir
from .mounts import attached as attached
from .namespaces import ExtensionBaseClass as ExtensionBaseClass
from .namespaces import register_namespace as register_namespace
from .notes import AccessDenied as AccessDenied
from .notes import Answers as Answers
from .notes import Archived as Archived
from .notes import Failed as Failed
from .notes import Missing as Missing
from .notes import Note as Note
from .notes import Noted as Noted
from .notes import NotInDocDB as NotInDocDB
from .notes import OnlyInS3 as OnlyInS3
from .notes import SourceDown as SourceDown
from .observe import Meter as Meter
from .observe import meter as meter
from .outputs import get_output_text as get_output_text
from .outputs import is_computation_error as is_computation_error
from .outputs import is_data_asset_error as is_data_asset_error
from .outputs import is_output_error as is_output_error
from .outputs import is_output_file_from_sorting_pipeline as is_output_file_from_sorting_pipeline
from .record_search import (
    extract_codeocean_data_asset_ids_from_docdb_record as extract_codeocean_data_asset_ids_from_docdb_record,
)
from .record_search import (
    get_codeocean_data_asset_ids_from_docdb as get_codeocean_data_asset_ids_from_docdb,
)
from .record_search import get_docdb_record as get_docdb_record
from .record_search import get_subject_docdb_records as get_subject_docdb_records
from .session import Session as Session
from .session_search import get_sessions as get_sessions
from .sessions_collection import Sessions as Sessions
from .sessions_collection import load as load
from .sessions_collection import sessions as sessions
from .sources import Sources as Sources
from .sources import demo as demo
from .sources import memory_sources as memory_sources
from .sources import use_sources as use_sources
from .sources.clients import get_codeocean_client as get_codeocean_client
from .sources.clients import get_docdb_api_client as get_docdb_api_client
from .sources.memory import World as World
from .subject import Subject as Subject
from .thawed import Thawed as Thawed
from .thawed import thaw as thaw
from .waiting import wait_until_ready as wait_until_ready

__version__: str

# the classes, for their static methods
ecephys = _ecephys.EcephysExtension
lims = _lims.LimsExtension
