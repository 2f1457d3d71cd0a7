"""The largest number of requests and sequential steps of each query, without a cache."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from aind_session import Session, Subject, get_sessions, sessions
from aind_session.sources import Sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.platform import QUIET, Platform
from tests.worlds import asset, empty_world, raw

BARE = DEMO_SESSION.removeprefix("ecephys_")

Measure = Callable[[Callable[[Sources], object]], tuple[int, int]]


@pytest.fixture
def measure(stand_in: Callable[..., Platform]) -> Measure:
    """Count the requests and steps of a query to the demo's data."""
    platform = stand_in(demo_world(), quiet=QUIET)

    def of(question: Callable[[Sources], object]) -> tuple[int, int]:
        platform.forget()
        question(remote_sources())
        return platform.count(), platform.steps()

    return of


def session(sources: Sources) -> Session:
    return Session(DEMO_SESSION, sources=sources)


def tour(sources: Sources) -> object:
    s = session(sources)
    return (
        s.raw_data_asset,
        s.raw_data_dir,
        s.metadata.subject["genotype"],
        s.ecephys.sorted_data_asset,
        s.modalities,
    )


def folders(sources: Sources) -> object:
    ecephys = session(sources).ecephys
    return ecephys.clipped_dir, ecephys.compressed_dir


def test_words_cost_nothing(measure: Measure) -> None:
    assert measure(lambda s: sorted([session(s), Session(BARE)])) == (0, 0)


@pytest.mark.parametrize(
    ("question", "requests", "steps"),
    [
        pytest.param(lambda s: session(s).raw_data_asset, 4, 1, id="raw_data_asset"),
        pytest.param(lambda s: session(s).raw_data_dir, 4, 1, id="raw_data_dir"),
        pytest.param(lambda s: session(s).data_assets, 2, 1, id="data_assets"),
        pytest.param(lambda s: session(s).ecephys.sorted_data_assets, 2, 1, id="sorted"),
        pytest.param(lambda s: session(s).modalities, 5, 2, id="modalities"),
        pytest.param(folders, 5, 2, id="clipped_dir + compressed_dir"),
        pytest.param(lambda s: Subject("676909", sources=s).sessions, 4, 1, id="sessions"),
        pytest.param(lambda s: get_sessions(676909, sources=s), 4, 1, id="get_sessions"),
        pytest.param(tour, 7, 2, id="tour"),
    ],
)
def test_cold(
    measure: Measure, question: Callable[[Sources], object], requests: int, steps: int
) -> None:
    counted = measure(question)
    assert counted[0] <= requests
    assert counted[1] <= steps


def test_a_directory_only_in_s3_costs_one_more_step(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.objects["aind-ephys-data"][f"{DEMO_SESSION}/behavior/x"] = b""
    platform = stand_in(world, quiet=QUIET)
    sources = remote_sources()
    sources.storage.exists("aind-open-data", "x/")  # importing boto3 would count as a step
    platform.forget()
    assert session(sources).raw_data_dir.as_posix().endswith(DEMO_SESSION)
    # two searches and two queries to DocDB by subject, and one listing per bucket
    assert platform.count() <= 4 + 7
    assert platform.steps() <= 2


def test_absent_raw_assets_of_many_sessions_cost_no_look_into_buckets(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(empty_world())
    many = sessions(DEMO_SESSION, BARE, sources=remote_sources())
    assert len(many.raw_data_assets.notes) == 2
    assert platform.count("s3") == 0


def test_what_files_of_an_asset_say_is_read_once_until_it_is_refreshed(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(demo_world())
    s = session(remote_sources())

    def ask() -> object:
        sorted_asset = s.ecephys.sorted_data_asset
        return s.ecephys.is_sorted, s.ecephys.sorter.names, sorted_asset.sorted_probes

    first = ask()
    platform.forget()
    assert ask() == first
    assert platform.count() == 0
    s.refresh()
    assert ask() == first
    assert platform.count("s3") > 0


def test_the_same_answer_again_costs_nothing(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(demo_world())
    sources = remote_sources()
    tour(sources)
    platform.forget()
    tour(sources)
    assert platform.count() == 0


def test_sessions_of_a_subject_cost_what_one_costs(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    names = [f"ecephys_70000{s}_2024-01-{d:02}_00-00-00" for s in range(5) for d in range(1, 9)]
    for number, name in enumerate(names):
        world.assets += [raw(number, name)]
        world.assets += [asset(number + 100, f"{name}_sorted_2024-02-01_00-00-00")]
    platform = stand_in(world)
    sources = remote_sources()
    sessions = [Session(name, sources=sources) for name in names]
    assert len([s.raw_data_dir for s in sessions]) == 40
    assert platform.count() <= 20
    assert sum(len(s.ecephys.sorted_data_assets) for s in sessions) == 40
    assert platform.count() <= 20


def test_importing_brings_nothing_heavy_and_parsing_neither() -> None:
    code = (
        "import sys; from aind_session import Session; Session('ecephys_1_2023-12-13_13-43-40');"
        "print([m for m in ('requests','boto3','botocore','s3fs','codeocean','upath','pydantic',"
        "'tenacity','dotenv','aiohttp','asyncio','difflib','importlib.metadata')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


HEAVY = {"boto3", "botocore", "s3fs", "aiohttp", "fsspec", "upath", "pandas", "pyarrow"}


def imported(code: str, platform: Platform) -> set[str]:
    """Return the modules that a new process imports for some code."""
    code = f"import sys; import aind_session as a; {code}; print(*sys.modules)"
    environment = {**os.environ, **platform.environment, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return set(done.stdout.split())


def test_a_session_imports_what_reads_names_and_no_more(stand_in: Callable[..., Platform]) -> None:
    modules = imported(f"a.Session({DEMO_SESSION!r})", stand_in(empty_world()))
    ours = {name for name in modules if name.startswith("aind_session.") and name.count(".") > 1}
    wings = {name.split(".")[1] for name in ours}
    assert wings == {"catalog", "conventions", "diagnosis", "display", "errors", "runtime"}
    assert len(ours) <= 16
    assert not modules & (
        HEAVY
        | {"lazy_loader", "logging", "json", "pathlib", "urllib.parse", "requests"}
        # each takes as long as all that a session needs of this library
        | {"copy", "dataclasses", "enum", "inspect", "re", "typing"}
    )


MODELS = {"codeocean"}
"""The packages that are imported for a data asset."""

HAS_MODELS = importlib.util.find_spec("codeocean.models") is not None
"""Before SDK 0.14, models are in the modules of their APIs."""

if not HAS_MODELS:
    MODELS |= {"dataclasses_json", "marshmallow", "packaging"}
    MODELS |= {"mypy_extensions", "typing_extensions", "typing_inspect"}
    MODELS |= {"requests", "requests_toolbelt", "urllib3", "charset_normalizer", "idna", "certifi"}
    MODELS |= {"backports", "cython_runtime", "_cython_3_3_1"}  # if these packages import them

PATHS = {"upath", "fsspec", "pathlib_abc"}
PATHS |= {"backports", "isal", "lz4", "snappy", "zstandard"}  # if fsspec imports them

NEEDLESS = {"multiprocessing", "codeocean.client", "aind_session.sources.servers.through"}
NEEDLESS |= {"aind_session.many.tables", "aind_session.runs.plan", "aind_session.runs.process"}
NEEDLESS |= {
    f"aind_session.sources.{name}"
    for name in (
        "attaching",
        "demo_world",
        "disk_cache",
        "from_tables",
        "memory",
        "mounted",
        "nightly_tables",
        "passed_on",
        "table_rows",
        "world",
        "servers.clients",
        "servers.lenient",
        "servers.models",
        "servers.s3_botocore",
        "servers.s3_errors",
        "servers.s3_session",
        "servers.sdk_client",
    )
}
"""Modules that no first question needs: tables, mounts, doubles, SDK client, runs."""


SESSION = f"a.Session({DEMO_SESSION!r})"


IN_S3 = "a.Session('ecephys_999999_2023-12-13_13-43-40')"
"""A session without a record or an asset, for which the buckets are listed."""


@pytest.mark.parametrize(
    ("code", "packages", "of_python", "of_ours"),
    [
        (f"{SESSION}.docdb", set(), 122, 69),
        (f"{SESSION}.is_uploaded", set(), 122, 69),
        ("a.Subject(676909).sessions", set(), 122, 72),
        ("a.get_sessions(676909, date='2023-12-13')", set(), 122, 74),
        (f"{SESSION}.raw_data_asset", MODELS, 122, 69),
        (f"a.sessions({DEMO_SESSION!r}).raw_data_assets", MODELS, 126, 84),
        (f"{SESSION}.data_assets", MODELS, 122, 69),
        (f"{SESSION}.ecephys.sorted_data_assets", MODELS, 125, 92),
        (f"{SESSION}.raw_data_dir", PATHS, 195, 69),
        (f"{SESSION}.modalities", set(), 135, 75),
        (f"{SESSION}.ecephys.sorter.names", MODELS, 165, 100),
        (f"getattr({SESSION}.ecephys, 'clipped_dir', None)", PATHS, 210, 100),
        (f"getattr({IN_S3}, 'raw_data_dir', None)", PATHS, 210, 85),
    ],
)
def test_a_first_question_imports_what_asks_it_and_no_more(
    stand_in: Callable[..., Platform], code: str, packages: set[str], of_python: int, of_ours: int
) -> None:
    """No HTTP or S3 client; models only for assets, and none for names or a path."""
    before = imported("0", stand_in(empty_world()))
    platform = stand_in(demo_world())
    modules = imported(code, platform) - before
    roots = Counter(name.partition(".")[0] for name in modules)
    ours = roots.pop("aind_session")
    assert roots.keys() - sys.stdlib_module_names <= packages
    assert ("asyncio" in roots) <= (packages is PATHS)
    is_in_s3 = "aind_session.sources.servers.s3_client" in modules
    assert is_in_s3 == any(word in code for word in ("modalities", "sorter", "clipped", IN_S3))
    assert not modules & NEEDLESS
    assert ours <= of_ours
    if HAS_MODELS or packages is not MODELS:
        assert sum(roots[name] for name in roots.keys() & sys.stdlib_module_names) <= of_python
