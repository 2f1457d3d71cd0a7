"""Namespaces: found, cached, refused, and with clear errors for failures."""

from __future__ import annotations

import copy
import pickle
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import aind_session
from aind_session import (
    AindSessionWarning,
    ExtensionBaseClass,
    ExtensionError,
    NamespaceError,
    Session,
    Subject,
    register_namespace,
)
from aind_session.errors import AindSessionError

NAME = "ecephys_676909_2023-12-13_13-43-40"


def test_a_namespace_is_built_once_an_instance_and_kept() -> None:
    built = []

    @register_namespace("counted")
    class Counted(ExtensionBaseClass):
        def __init__(self, base: Session) -> None:
            super().__init__(base)
            built.append(base.id)

    session = Session(NAME)
    counted = session.counted  # type: ignore[attr-defined]
    assert session.counted is counted  # type: ignore[attr-defined]
    assert session.counted._base is session  # type: ignore[attr-defined]
    assert Session(NAME).counted is not session.counted  # type: ignore[attr-defined]
    assert built == [NAME, NAME]
    assert Session.counted is Counted  # type: ignore[attr-defined]
    assert "counted" in dir(session)


def test_subjects_take_namespaces_too() -> None:
    @register_namespace("extra", Subject)
    class Extra(ExtensionBaseClass):
        pass

    assert Subject(676909).extra._base == Subject(676909)  # type: ignore[attr-defined]
    assert not hasattr(Session(NAME), "extra")


@pytest.mark.parametrize(
    "name", ["id", "raw_data_dir", "refresh", "__init__", "_parsed", "a b", "class", ""]
)
def test_what_exists_is_never_covered(name: str) -> None:
    with pytest.raises(NamespaceError):
        register_namespace(name, replace=True)(ExtensionBaseClass)


def test_another_namespace_is_covered_with_a_warning_unless_that_is_meant() -> None:
    class Mine(ExtensionBaseClass):
        pass

    class Other(ExtensionBaseClass):
        pass

    register_namespace("mine")(Mine)
    session = Session(NAME)
    assert isinstance(session.mine, Mine)  # type: ignore[attr-defined]
    said = r"Session\.mine is now .*Other instead of tests.test_extension.*Mine; pass replace=True"
    with pytest.warns(AindSessionWarning, match=said) as warned:
        register_namespace("mine")(Other)
    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert isinstance(session.mine, Other)  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register_namespace("mine", replace=True)(Mine)
    assert isinstance(session.mine, Mine)  # type: ignore[attr-defined]


def test_a_shipped_namespace_gives_way_to_a_users_with_one_warning() -> None:
    with pytest.warns(AindSessionWarning) as caught:

        @register_namespace("neuroglancer", cls=Subject)
        class NeuroglancerExtension(ExtensionBaseClass):
            mine = True

    assert [str(warning.message) for warning in caught] == [
        f"Subject.neuroglancer is now {__name__}.{NeuroglancerExtension.__qualname__} instead of "
        "aind_session.extensions.neuroglancer.NeuroglancerExtension; "
        "pass replace=True if this is intended"
    ]
    assert Subject(676909).neuroglancer.mine  # type: ignore[attr-defined]


def test_a_class_of_a_shipped_name_in_a_script_covers_with_one_warning() -> None:
    names = {"__module__": "__main__", "__qualname__": "NeuroglancerExtension"}
    mine = type("NeuroglancerExtension", (ExtensionBaseClass,), names)
    with pytest.warns(
        AindSessionWarning, match=r"is now __main__\.NeuroglancerExtension"
    ) as caught:
        register_namespace("neuroglancer", cls=Subject)(mine)
    assert len(caught) == 1
    register_namespace("neuroglancer", cls=Subject)(type("X", (mine,), names))  # the cell again


def test_a_shipped_namespace_gives_way_without_a_word_where_that_is_meant() -> None:
    @register_namespace("ecephys", replace=True)
    class Mine(ExtensionBaseClass):
        pass

    assert isinstance(Session(NAME).ecephys, Mine)


def test_a_shipped_module_that_is_imported_again_leaves_a_users_namespace() -> None:
    @register_namespace("lims", replace=True)
    class Mine(ExtensionBaseClass):
        pass

    register_namespace("lims")(aind_session.lims)
    assert isinstance(Session(NAME).lims, Mine)


def test_a_module_that_runs_as_a_script_may_import_itself(tmp_path: Path) -> None:
    (tmp_path / "module_of_mine.py").write_text(
        "from aind_session import ExtensionBaseClass, Session, register_namespace\n"
        "@register_namespace('mine')\n"
        "class Mine(ExtensionBaseClass):\n    answer = 42\n"
        "if __name__ == '__main__':\n"
        "    import module_of_mine\n"
        f"    print(Session({NAME!r}).mine.answer)\n"
    )
    command = [sys.executable, "-W", "error", str(tmp_path / "module_of_mine.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "42\n"


@pytest.mark.parametrize(
    ("use", "others"),
    [
        ("Session(NAME).ecephys", ["lims", "metadata", "neuroglancer", "ibl_data_converter"]),
        ("Session(NAME).lims", ["ecephys", "metadata", "neuroglancer", "ibl_data_converter"]),
        ("hasattr(Session(NAME), 'id')", ["ecephys", "lims", "metadata", "neuroglancer"]),
        ("aind_session.extensions", ["ecephys", "lims", "metadata", "neuroglancer"]),
    ],
)
def test_a_namespace_imports_no_other(use: str, others: list[str]) -> None:
    code = (
        f"import sys, aind_session; from aind_session import Session; NAME = {NAME!r}; {use}; "
        "print(*[name for name in sys.modules if name.startswith('aind_session.extensions.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[2] for name in done.stdout.split()}
    assert loaded & set(others) == set()


@pytest.mark.parametrize(
    "name", ["Nothing", "EcephysSomething", "smartspim_neuropixel", "__wrapped__"]
)
def test_what_no_module_of_the_namespaces_has_is_absent(name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        getattr(aind_session.extensions, name)


def test_a_name_of_a_module_without_a_namespace_is_an_absent_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'smartspim_neuropixels'"):
        Session(NAME).smartspim_neuropixels  # type: ignore[attr-defined]


def test_a_notebook_cell_can_be_edited_and_run_again() -> None:
    session = Session(NAME)
    for answer in (1, 2):

        @register_namespace("again")
        class Again(ExtensionBaseClass):
            value = answer

        # also for a session that was made, and whose namespace was read, before
        again = session.again  # type: ignore[attr-defined]
        assert again.value == answer
        assert session.again is again  # type: ignore[attr-defined]
    assert Session(NAME).again.value == 2  # type: ignore[attr-defined]


def test_an_attribute_that_is_set_on_an_instance_hides_its_namespace() -> None:
    session = Session(NAME)
    session.lims = mine = aind_session.lims(session)
    assert session.lims is mine
    del session.lims
    assert session.lims is not mine
    assert isinstance(session.lims, aind_session.lims)


def test_an_extension_that_fails_does_not_look_absent() -> None:
    @register_namespace("broken")
    class Broken(ExtensionBaseClass):
        def __init__(self, base: Session) -> None:
            raise AttributeError("inside")

    with pytest.raises(ExtensionError, match=r"'broken'.*inside"):
        getattr(Session(NAME), "broken", None)
    assert not issubclass(ExtensionError, AttributeError)
    assert issubclass(ExtensionError, AindSessionError)


def test_a_property_of_an_extension_raises_what_it_raises() -> None:
    @register_namespace("honest")
    class Honest(ExtensionBaseClass):
        @property
        def value(self) -> int:
            raise AttributeError("what the property says")

    with pytest.raises(AttributeError, match="what the property says"):
        Session(NAME).honest.value  # type: ignore[attr-defined]


def test_pickling_and_copying_leave_namespaces_working() -> None:
    session = Session(NAME)
    ecephys = session.ecephys
    assert session.ecephys is ecephys
    for other in (copy.copy(session), pickle.loads(pickle.dumps(session))):
        assert other.ecephys._base is other


def test_shipped_namespaces_are_there_however_the_package_is_imported() -> None:
    code = f"from aind_session.session import Session; print(Session({NAME!r}).ecephys)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("EcephysExtension(")


@pytest.fixture
def announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package that declares a working and a broken namespace."""
    (tmp_path / "good_one.py").write_text(
        "from aind_session import ExtensionBaseClass, register_namespace\n"
        "@register_namespace('good')\n"
        "class Good(ExtensionBaseClass):\n    answer = 42\n"
    )
    (tmp_path / "bad_one.py").write_text("import not_installed_anywhere\n")
    info = tmp_path / "announced-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: announced\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[aind_session.extensions]\ngood = good_one\nbad = bad_one\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_other_packages_are_found_by_entry_point(
    announced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(NAME)
    assert {"good", "bad"} <= set(dir(session))
    assert "good_one" not in sys.modules
    assert session.good.answer == 42  # type: ignore[attr-defined]
    monkeypatch.delitem(sys.modules, "good_one")


def test_an_entry_point_can_have_the_name_of_a_namespace_of_the_library(
    announced: Path,
) -> None:
    entry_points = announced / "announced-1.0.dist-info" / "entry_points.txt"
    entry_points.write_text("[aind_session.extensions]\nmetadata = good_one\n")
    source = announced / "good_one.py"
    source.write_text(source.read_text().replace("'good'", "'metadata', replace=True"))
    assert _answer_of("metadata", announced) == "42"


def test_a_package_in_a_zip_archive_is_found_by_entry_point(announced: Path) -> None:
    archive = shutil.make_archive(str(announced.with_name("packages")), "zip", announced)
    assert _answer_of("good", archive) == "42"


def _answer_of(namespace: str, place: Path | str) -> str:
    """Ask in another process, since a namespace stays registered."""
    code = (
        f"import sys; sys.path.insert(0, {str(place)!r})\n"
        f"from aind_session import Session; print(Session({NAME!r}).{namespace}.answer)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_an_entry_point_that_cannot_be_loaded_says_so(announced: Path) -> None:
    with pytest.raises(ExtensionError, match="not_installed_anywhere"):
        getattr(Session(NAME), "bad", None)


def test_public_names_are_pinned() -> None:
    assert sorted([*vars(aind_session)["__all__"], "__version__"]) == sorted(PUBLIC)
    for name in PUBLIC:
        assert getattr(aind_session, name) is not None
    with pytest.raises(AttributeError, match="Sesion"):
        aind_session.Sesion  # type: ignore[attr-defined]
    offered = {name for name in dir(aind_session) if not name.startswith("_")}
    assert offered < set(PUBLIC)
    assert len(offered) < 35
    assert {"Session", "Subject", "sessions", "find", "search", "demo", "doctor"} <= offered


def test_the_type_checker_sees_every_public_name_in_use() -> None:
    text = (Path(__file__).parent / "typing" / "public_names.py").read_text()
    assert [name for name in PUBLIC if not re.search(rf"\b{name}\b", text)] == []


PUBLIC = """
AccessDenied
AccessDeniedError
AindSessionError
AindSessionWarning
AlreadyRunningWarning
Answers
Archived
AssetClosed
AssetFailedError
AssetGone
AssetMoved
AssetNotFoundError
AssetRenamed
AttachReport
Attached
BoundProcess
Capture
Change
ContentNotFoundError
CredentialsError
Criteria
Derived
Diagnosis
DirectoryNotFoundError
Explanation
ExtensionBaseClass
ExtensionError
Failed
FileFormatError
Finding
LedgerError
LeftOutWarning
Lineage
Match
MetadataNotFoundError
Meter
Missing
Mount
NamespaceError
NewerAssets
NotFoundError
NotInDocDB
NotInTable
NotInTableError
NotMounted
NotMountedError
NotReadyError
Note
Noted
NothingFoundWarning
OddAnswerError
OddAnswerWarning
OfflineError
OnlyInS3
PartlyDoneError
PassedOver
Plan
PlanError
PlannedRun
Play
PlayedClock
Process
Reason
RemoteError
RunOutcome
RunPlan
RunRecord
Runs
S3_DATA_BUCKET_NAMES
Session
SessionIdError
Sessions
SeveralFoundError
SeveralSessionsWarning
SortedDataAsset
SourceDirNotFoundError
SourceDown
SourceDownWarning
Sources
StaleWarning
StrictError
Subject
Thawed
UnavailableError
UnknownOutcomeError
Uses
World
__version__
archive_assets
asset_dir
asset_files
asset_lineage
attach
attached
demo
detach
doctor
ecephys
extension
extensions
extract_codeocean_data_asset_ids_from_docdb_record
find
get_bucket_and_prefix
get_codeocean_client
get_codeocean_data_asset_ids_from_docdb
get_codeocean_model
get_data_asset_model
get_data_asset_search_query
get_data_asset_source_dir
get_data_assets
get_docdb_api_client
get_docdb_record
get_normalized_uuid
get_output_text
get_sessions
get_source_dir_by_name
get_subject_data_assets
get_subject_docdb_records
get_ttl_hash
is_computation_error
is_data_asset_error
is_output_error
is_output_file_from_sorting_pipeline
is_raw_data_asset
lims
load
memory_sources
meter
nwb_of
offline
open_ledger
plan_runs
register_namespace
search
search_computations
search_data_assets
session
sessions
share_assets
sort_by_created
strict
subject
testmod
thaw
use_sources
utils
wait_until_completed
wait_until_ready
what_uses
why_failed
""".split()


def test_a_namespace_finds_what_exists_without_private_parts_of_the_session() -> None:
    session = Session(NAME)
    namespace = ExtensionBaseClass(session)
    with aind_session.demo():
        assert namespace.finder.expect_raw_asset().id == session.raw_data_asset.id
        where = namespace.finder.expect_raw_location()
        assert "behavior" in namespace.inventory.listing(where).folders
    assert namespace.finder.session_id.id == NAME
    assert namespace.sources is None


def test_a_namespace_of_a_subject_has_an_inventory_and_no_finder() -> None:
    namespace = ExtensionBaseClass(Subject(676909))
    assert namespace.inventory.subject_id == "676909"
    with pytest.raises(TypeError, match=r"only a session has a finder.*Subject\('676909'\)"):
        _ = namespace.finder
