"""Read by the type checker only: every public name, used as real code uses it.

Never imported or run: `tests/test_extension.py` checks that no public name is missing.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import Any

import upath
from typing_extensions import assert_type

import aind_session
import aind_session.extension
import aind_session.extensions
import aind_session.session
import aind_session.subject
import aind_session.utils
from aind_session import (
    AccessDenied,
    AccessDeniedError,
    AindSessionError,
    AindSessionWarning,
    AlreadyRunningWarning,
    Answers,
    Archived,
    AssetClosed,
    AssetFailedError,
    AssetGone,
    AssetMoved,
    AssetNotFoundError,
    AssetRenamed,
    Attached,
    BoundProcess,
    Capture,
    Change,
    ContentNotFoundError,
    CredentialsError,
    Derived,
    Diagnosis,
    DirectoryNotFoundError,
    Explanation,
    ExtensionBaseClass,
    ExtensionError,
    Failed,
    FileFormatError,
    Finding,
    LedgerError,
    LeftOutWarning,
    MetadataNotFoundError,
    Meter,
    Missing,
    Mount,
    NamespaceError,
    NewerAssets,
    Note,
    Noted,
    NotFoundError,
    NothingFoundWarning,
    NotInDocDB,
    NotMounted,
    NotMountedError,
    NotReadyError,
    OddAnswerError,
    OddAnswerWarning,
    OfflineError,
    OnlyInS3,
    PartlyDoneError,
    PassedOver,
    PlanError,
    PlannedRun,
    Play,
    PlayedClock,
    Process,
    Reason,
    RemoteError,
    RunOutcome,
    RunPlan,
    RunRecord,
    Runs,
    Session,
    SessionIdError,
    Sessions,
    SeveralFoundError,
    SeveralSessionsWarning,
    SourceDirNotFoundError,
    SourceDown,
    SourceDownWarning,
    Sources,
    StaleWarning,
    StrictError,
    Subject,
    Thawed,
    UnavailableError,
    UnknownOutcomeError,
    World,
    register_namespace,
)
from aind_session.testing import (
    Failure,
    FakeAIND,
    MadeSession,
    NamespaceContract,
    Request,
)

# -- a session and its subject --

session = Session("ecephys_676909_2023-12-13_13-43-40")
assert_type(session.id, str)
assert_type(session.platform, str | None)
assert_type(session.dt, datetime.datetime)
assert_type(session.datetime, str)
assert_type(session.is_uploaded, bool)
assert_type(session.modalities, tuple[str, ...])
assert_type(session.raw_data_dir, upath.UPath)
assert_type(session.where("local"), upath.UPath)
assert_type(session.docdb, dict[str, Any])
assert_type(session.subject, Subject)
assert_type(session.subject.sessions, Noted[Session])
assert_type(session.derived("sorted", before="2024-01-01"), Derived)
assert_type(session.ecephys.is_sorted, bool)
assert_type(session.ecephys.sorter.kilosort2_5.sorted_data_assets[0].is_sorting_error, bool)
assert_type(session.ecephys.sorter.names, tuple[str, ...])
assert_type(session.lims.id, int)
assert_type(session.metadata.json_dir, upath.UPath)
assert_type(Subject(676909).ibl_data_converter.surface_recording_names, dict[str, str])
assert_type(Subject(676909).neuroglancer.state_json_dir, upath.UPath)
assert_type(sorted({session, session}), list[Session])


def latest_without_error(assets: tuple[aind_session.ecephys.SortedDataAsset, ...]) -> str:
    return [asset for asset in assets if not asset.is_sorting_error][-1].sorter_name


latest_without_error(session.ecephys.sorted_data_assets)
sorted_asset: aind_session.SortedDataAsset = session.ecephys.sorted_data_assets[0]
criteria = aind_session.Criteria(process="sorted", ok=True)
assert_type(criteria.sorter, str | None)
plan: aind_session.Plan | None = session.ecephys.run_sorting(dry_run=True)
assert_type(aind_session.ecephys.get_sorter_name("id"), str)
assert_type(aind_session.lims.extract_id("1386750279_x"), int)

# -- searching --

assert_type(aind_session.get_sessions(*"703333_2024-04-09".split("_")[:2])[0].id, str)
assert_type(aind_session.get_sessions(703333, start_date="2024-01-01"), tuple[Session, ...])
assert_type(aind_session.get_sessions(subject_ids=[1, "2"], platform="ecephys"), Sessions)
assert_type(aind_session.search(project="x", modality=["ecephys"], qc="pass"), Sessions)
assert_type(aind_session.get_data_asset_search_query(subject_id=1, tag="raw"), str)
aind_session.search_data_assets({"query": "x"})[0].id
assert_type(
    aind_session.search_data_assets({"query": "x"}, as_dict=True), tuple[dict[str, Any], ...]
)
aind_session.get_data_assets("ecephys_676909", ttl_hash=aind_session.get_ttl_hash(60))
aind_session.get_subject_data_assets("676909", ttl_hash=1)
aind_session.search_computations(uuid.uuid4(), in_progress=True, date="2024-01-01")[0].state
assert_type(aind_session.get_docdb_record("name"), dict[str, Any])
assert_type(aind_session.get_subject_docdb_records(1), tuple[dict[str, Any], ...])
assert_type(aind_session.get_codeocean_data_asset_ids_from_docdb("x"), list[str])
assert_type(aind_session.extract_codeocean_data_asset_ids_from_docdb_record({}), tuple[str, ...])

# -- one thing by its ID --

assert_type(aind_session.get_normalized_uuid(uuid.uuid4()), str)
asset = aind_session.get_data_asset_model("id")
aind_session.get_codeocean_model("id", is_computation=True)
assert_type(aind_session.is_raw_data_asset(asset), bool)
aind_session.sort_by_created(["id", asset])
assert_type(aind_session.get_data_asset_source_dir(asset.id), upath.UPath)
assert_type(aind_session.get_source_dir_by_name("x"), upath.UPath)
assert_type(aind_session.get_bucket_and_prefix("s3://b/k"), tuple[str, str])
buckets: tuple[str, ...] = aind_session.S3_DATA_BUCKET_NAMES
assert_type(aind_session.asset_dir(asset, "s3"), upath.UPath)
mounted: Attached = aind_session.attached()
mounts: tuple[Mount, ...] = mounted.folders
aind_session.wait_until_ready(asset, timeout=1, polling_interval=0.1)
assert_type(aind_session.get_output_text("id"), str)
assert_type(aind_session.is_computation_error("id"), bool)
assert_type(aind_session.is_data_asset_error("id"), bool)
assert_type(aind_session.is_output_error("text"), bool)
assert_type(aind_session.is_output_file_from_sorting_pipeline("text"), bool)
aind_session.get_codeocean_client().data_assets
aind_session.get_docdb_api_client(version="v2")

# -- many sessions --

many = aind_session.sessions(["a", "b"], Subject(1), strict=True)
assert_type(many, Sessions)
assert_type(many[0], Session)
assert_type(many[1:] + many, Sessions)
dirs: Answers[upath.UPath] = many.raw_data_dirs
notes: Mapping[Session, Note] = dirs.notes
assert_type(many.each(lambda s: s.dt.year), Answers[int])
kinds: tuple[type[Note], ...] = (NotMounted, AccessDenied, Failed, Missing, SourceDown)

# -- what an analysis used --

many.freeze("paper.lock")
many.freeze("paper.lock", overwrite=True)
many.freeze("paper.lock", ["id", asset])
many.freeze("paper.lock", {many[0]: asset, many[1]: ["id"]})
many.freeze("paper.lock", many.raw_data_assets)
many.freeze("paper.lock", many.derived("sorted"))
thawed = aind_session.thaw("paper.lock")
assert_type(thawed, Thawed)
assert_type(thawed.sessions, Sessions)
assert_type(thawed.changes, tuple[Change, ...])
assert_type([c.asset_id for c in thawed.changes if isinstance(c, AssetGone)], list[str])
kinds_of_change: tuple[type[Change], ...] = (
    AssetClosed,
    AssetGone,
    AssetMoved,
    AssetRenamed,
    NewerAssets,
)

# -- what works here --

diagnosis = aind_session.doctor()
assert_type(diagnosis, Diagnosis)
assert_type(diagnosis.status, int)
findings: tuple[Finding, ...] = diagnosis.findings

# -- runs --

capture = Capture(tags=("a",))
process = Process("sorted", pipeline="1", parameters={"sorter": "ks4"}, capture=capture)
assert_type(session.ecephys.sorting, BoundProcess)
assert_type(session.ecephys.sorting.plan_runs(skip=()), RunPlan)
run_plan: RunPlan = aind_session.plan_runs([session], process, skip="running")
planned: tuple[PlannedRun, ...] = run_plan.to_run
runs: Runs = run_plan.start("runs.jsonl", at_most=3, poll_seconds=5.0)
assert_type(aind_session.open_ledger("runs.jsonl").wait().step().retry(resume=True), Runs)
records: tuple[RunRecord, ...] = runs.failures()
assert_type(aind_session.why_failed(records[0]), Reason)
outcome: RunOutcome = aind_session.wait_until_completed("id", timeout=60)
assert_type(session.plan_runs(process), RunPlan)
assert_type(aind_session.share_assets("id", "viewer", dry_run=True).to_dict(), list[dict[str, Any]])
assert_type(aind_session.archive_assets(["id"]).to_dict(), list[dict[str, Any]])

# -- errors and warnings --

errors: tuple[type[AindSessionError], ...] = (
    NotMountedError,
    AccessDeniedError,
    AssetFailedError,
    AssetNotFoundError,
    ContentNotFoundError,
    CredentialsError,
    DirectoryNotFoundError,
    ExtensionError,
    MetadataNotFoundError,
    NamespaceError,
    NotFoundError,
    NotReadyError,
    OddAnswerError,
    PartlyDoneError,
    RemoteError,
    SessionIdError,
    SeveralFoundError,
    SourceDirNotFoundError,
    StrictError,
    FileFormatError,
    OfflineError,
    LedgerError,
    PlanError,
    UnknownOutcomeError,
    UnavailableError,
)
given: tuple[type[AindSessionWarning], ...] = (
    AlreadyRunningWarning,
    LeftOutWarning,
    NothingFoundWarning,
    OddAnswerWarning,
    SeveralSessionsWarning,
    SourceDownWarning,
    StaleWarning,
)

# -- files --

not_held: tuple[type[Note | Exception], ...] = (
    aind_session.NotInTable,
    aind_session.NotInTableError,
)

assert_type(session.files("nwb"), tuple[upath.UPath, ...])
assert_type(aind_session.asset_files("x", "nwb"), tuple[upath.UPath, ...])
assert_type(aind_session.nwb_of("x"), upath.UPath)
assert_type(session.nwb(), upath.UPath)

# -- attaching --

assert_type(aind_session.attach(["x"]), aind_session.AttachReport)
assert_type(aind_session.detach("x", "y"), aind_session.AttachReport)

# -- lineage --

assert_type(session.lineage(), aind_session.Lineage)
assert_type(aind_session.asset_lineage("x", detail=True).nodes[0].name, str)

assert_type(aind_session.what_uses("x"), aind_session.Uses)

# -- anything --

assert_type(aind_session.find("x"), aind_session.Match)
assert_type(aind_session.find(676909, "2023-12-13", near="13:40").session, Session | None)

# -- explanations and notes --

assert_type(session.explain(), Explanation)
assert_type(session.data_assets.notes, tuple[Note, ...])
of_answers: tuple[type[Note], ...] = (Archived, NotInDocDB, OnlyInS3, PassedOver)

# -- files --

aind_session.sessions(1).save("mice.json")
assert_type(aind_session.load("mice.json"), aind_session.Sessions)

# -- modes and counts --

with aind_session.meter() as m, aind_session.strict(), aind_session.offline():
    assert_type(m, Meter)
    assert_type(m.by_source["S3"].waited, float)

# -- sources and namespaces --

with aind_session.demo() as sources:
    assert_type(sources, Sources)
with aind_session.use_sources(aind_session.memory_sources(World())):
    pass


@register_namespace("mine", cls=Session)
class Mine(ExtensionBaseClass):
    _base: Session

    @property
    def days(self) -> int:
        return self._base.dt.day


# -- testing --

with FakeAIND.from_yaml("sessions: []", cache_seconds=0) as fake:
    made: MadeSession = fake.add_session("x", modalities="ecephys", sorted=[{"failed": True}])
    assert_type(fake.add_record("x", schema="v2", links=["id"]), str)
    assert_type(fake.add_file("s3://b/k", {"a": 1}), str)
    assert_type(fake.add_computation("id", results={"output": b""}), str)
    assert_type(fake.add_asset("x", bucket="b", tags=["raw"]).id, Any)
    assert_type(fake.sources, Sources)
    asked: tuple[Request, ...] = fake.requests
    with fake.fail("DocDB v2", "no answer", times=1) as failure:
        assert_type(failure, Failure)
    fake.fail("S3", 403)


class TestMine(NamespaceContract):
    name = "mine"
    example = "ecephys_123456_2024-01-01_10-00-00"


assert_type(aind_session.__version__, str)
aind_session.testmod()

world = World(clock=PlayedClock())
world.plays["id"] = Play(seconds=60.0, results={"output": b""})
