import aind_session.extensions.ecephys as _ecephys
import aind_session.extensions.lims as _lims

from . import extension as extension
from . import extensions as extensions
from . import session as session
from . import subject as subject
from . import utils as utils
from .catalog.asset_search import get_data_asset_search_query as get_data_asset_search_query
from .catalog.asset_search import get_data_assets as get_data_assets
from .catalog.asset_search import get_subject_data_assets as get_subject_data_assets
from .catalog.asset_search import search_data_assets as search_data_assets
from .many.find import Match as Match
from .many.find import find as find
from .many.search import search as search
from .many.changes import AssetClosed as AssetClosed
from .many.changes import AssetGone as AssetGone
from .many.changes import AssetMoved as AssetMoved
from .many.changes import AssetRenamed as AssetRenamed
from .many.changes import Change as Change
from .many.changes import NewerAssets as NewerAssets
from .diagnosis.doctor import doctor as doctor
from .catalog.computation_search import search_computations as search_computations
from .catalog.derived import Criteria as Criteria
from .catalog.derived import Derived as Derived
from .diagnosis.report import Diagnosis as Diagnosis
from .diagnosis.report import Finding as Finding
from .catalog.directories import S3_DATA_BUCKET_NAMES as S3_DATA_BUCKET_NAMES
from .sources.paths import get_bucket_and_prefix as get_bucket_and_prefix
from .catalog.directories import get_data_asset_source_dir as get_data_asset_source_dir
from .catalog.directories import get_source_dir_by_name as get_source_dir_by_name
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
from .errors import LedgerError as LedgerError
from .errors import LeftOutWarning as LeftOutWarning
from .errors import MetadataNotFoundError as MetadataNotFoundError
from .errors import NamespaceError as NamespaceError
from .errors import NotFoundError as NotFoundError
from .errors import NotInTableError as NotInTableError
from .errors import NotMountedError as NotMountedError
from .errors import NothingFoundWarning as NothingFoundWarning
from .errors import NotReadyError as NotReadyError
from .errors import OddAnswerError as OddAnswerError
from .errors import OddAnswerWarning as OddAnswerWarning
from .errors import OfflineError as OfflineError
from .errors import PartlyDoneError as PartlyDoneError
from .errors import PlanError as PlanError
from .errors import RemoteError as RemoteError
from .errors import SessionIdError as SessionIdError
from .errors import SeveralFoundError as SeveralFoundError
from .errors import SeveralSessionsWarning as SeveralSessionsWarning
from .errors import SourceDirNotFoundError as SourceDirNotFoundError
from .errors import SourceDownWarning as SourceDownWarning
from .errors import StaleWarning as StaleWarning
from .errors import StrictError as StrictError
from .errors import UnavailableError as UnavailableError
from .errors import UnknownOutcomeError as UnknownOutcomeError
from .diagnosis.explanation import Explanation as Explanation
from .utils.misc_utils import get_ttl_hash as get_ttl_hash
from .utils.misc_utils import testmod as testmod
from .catalog.by_id import get_codeocean_model as get_codeocean_model
from .catalog.by_id import get_data_asset_model as get_data_asset_model
from .catalog.by_id import get_normalized_uuid as get_normalized_uuid
from .catalog.by_id import is_raw_data_asset as is_raw_data_asset
from .catalog.by_id import sort_by_created as sort_by_created
from .runtime.modes import offline as offline
from .runtime.modes import strict as strict
from .catalog.mounts import asset_dir as asset_dir
from .many.answers import Answers as Answers
from .many.attached import attached as attached
from .many.attached import Attached as Attached
from .many.attached import Mount as Mount
from .extension import ExtensionBaseClass as ExtensionBaseClass
from .extension import register_namespace as register_namespace
from .diagnosis.notes import AccessDenied as AccessDenied
from .diagnosis.notes import Archived as Archived
from .diagnosis.notes import Failed as Failed
from .diagnosis.notes import Missing as Missing
from .diagnosis.notes import Note as Note
from .diagnosis.notes import Noted as Noted
from .diagnosis.notes import NotInDocDB as NotInDocDB
from .diagnosis.notes import NotInTable as NotInTable
from .diagnosis.notes import NotMounted as NotMounted
from .diagnosis.notes import OnlyInS3 as OnlyInS3
from .diagnosis.notes import PassedOver as PassedOver
from .diagnosis.notes import SourceDown as SourceDown
from .runtime.meter import Meter as Meter
from .runtime.meter import meter as meter
from .catalog.outputs import get_output_text as get_output_text
from .catalog.outputs import is_computation_error as is_computation_error
from .catalog.outputs import is_data_asset_error as is_data_asset_error
from .catalog.outputs import is_output_error as is_output_error
from .catalog.outputs import (
    is_output_file_from_sorting_pipeline as is_output_file_from_sorting_pipeline,
)
from .catalog.record_search import (
    extract_codeocean_data_asset_ids_from_docdb_record as extract_codeocean_data_asset_ids_from_docdb_record,
)
from .catalog.record_search import (
    get_codeocean_data_asset_ids_from_docdb as get_codeocean_data_asset_ids_from_docdb,
)
from .catalog.record_search import get_docdb_record as get_docdb_record
from .catalog.record_search import get_subject_docdb_records as get_subject_docdb_records
from .catalog.files import asset_files as asset_files
from .catalog.files import nwb_of as nwb_of
from .catalog.lineage import Lineage as Lineage
from .catalog.trace import Uses as Uses
from .catalog.trace import asset_lineage as asset_lineage
from .catalog.trace import what_uses as what_uses
from .catalog.sorted_asset import SortedDataAsset as SortedDataAsset
from .runs.attach import AttachReport as AttachReport
from .runs.attach import attach as attach
from .runs.attach import detach as detach
from .conventions.failures import Reason as Reason
from .many.run import plan_runs as plan_runs
from .runs.bound import BoundProcess as BoundProcess
from .runs.driver import Runs as Runs
from .runs.driver import open_ledger as open_ledger
from .runs.permissions import archive_assets as archive_assets
from .runs.permissions import share_assets as share_assets
from .runs.plan import Plan as Plan
from .runs.process import Capture as Capture
from .runs.process import Process as Process
from .runs.rows import RunRecord as RunRecord
from .runs.run_plan import PlannedRun as PlannedRun
from .runs.run_plan import RunPlan as RunPlan
from .runs.why import why_failed as why_failed
from .session import Session as Session
from .many.by_subject import get_sessions as get_sessions
from .many.sessions import Sessions as Sessions
from .many.sessions import load as load
from .many.sessions import sessions as sessions
from .sources import Sources as Sources
from .sources import demo as demo
from .sources import memory_sources as memory_sources
from .sources import use_sources as use_sources
from .sources.servers.clients import get_codeocean_client as get_codeocean_client
from .sources.servers.clients import get_docdb_api_client as get_docdb_api_client
from .runtime.clock import PlayedClock as PlayedClock
from .sources.world import Play as Play
from .sources.world import World as World
from .subject import Subject as Subject
from .many.thaw import Thawed as Thawed
from .many.thaw import thaw as thaw
from .runs.wait import RunOutcome as RunOutcome
from .runs.wait import wait_until_completed as wait_until_completed
from .runs.wait import wait_until_ready as wait_until_ready

__version__: str

# the classes, for their static methods
ecephys = _ecephys.EcephysExtension
lims = _lims.LimsExtension
