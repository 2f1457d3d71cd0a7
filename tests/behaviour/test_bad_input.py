"""Every public function with invalid arguments: a sensible answer, or an error that quotes it.

Errors are raised before any request, as `ValueError`, `TypeError` or an error of the library, and
in time at most linear in the length of the text.
"""

from __future__ import annotations

import datetime
import math
import pathlib
import uuid
from collections.abc import Callable, Iterator, Sized
from typing import Any

import numpy as np
import pandas as pd
import pytest

import aind_session
from aind_session import (
    AindSessionError,
    ExtensionBaseClass,
    NotFoundError,
    RemoteError,
    Session,
    Sources,
    Subject,
    memory_sources,
    sessions,
    use_sources,
)
from aind_session.conventions import dates
from aind_session.conventions import names as ids
from aind_session.extensions.neuroglancer import NeuroglancerState
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.worlds import empty_world

ASSET = "16d46411-540a-4122-b47f-8cb2a15d593a"
PIPELINE = "1f8f159a-7670-47a9-baf1-078905fc9c2e"
ID_IN_ID = "ecephys_ecephys_676909_2023-12-13_13-43-40_2023-12-13_13-43-40"
HUGE = 20_000
LONGEST_MESSAGE = 2_500

Ask = Callable[[Any], object]


class Whole(int):
    """A subject as some table libraries represent it."""


class Spoken(str):
    """A text whose repr differs from it."""

    __slots__ = ()

    def __str__(self) -> str:
        return "other"

    __repr__ = __str__


BAD: tuple[Any, ...] = (
    # not text
    None, object(), {}, [], [None], ["x"], ("a", 1), {1}, 1j, int, lambda *_: False, b"x",
    b"\xff\xfe", DEMO_SESSION.encode(), pathlib.PurePosixPath("a/b"),
    pathlib.Path("data", DEMO_SESSION),
    uuid.UUID(ASSET), np.array([1, 2]), pd.Series(["a"]), pd.NA, pd.NaT, math.nan, math.inf,
    676909.0, np.float64("nan"), True, False, np.bool_(True), 0, -1, 10**400, np.int64(676909),
    Whole(676909), datetime.time(1), datetime.date(2024, 2, 29), datetime.datetime.max,
    datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=14))),
    datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc),
    pd.Timestamp("2024-01-01", tz="UTC"),
    # text
    "", " ", "\n", "\0", "\ud800", f"{DEMO_SESSION}\n", f"{DEMO_SESSION[:-1]}\0",
    "../../etc/passwd", "s3://", "s3:///x", "s3://b/../c", "https://elsewhere/x", ID_IN_ID,
    DEMO_SESSION.upper(),
    "ecephys_٦٧٦٩٠٩_٢٠٢٣-١٢-١٣_١٣-٤٣-٤٠", "٢٠٢٣-١٢-١٣", "٦٧٦٩٠٩", ASSET.upper(), f"{{{ASSET}}}",
    np.str_(DEMO_SESSION), Spoken("x"), "x" * HUGE, "1" * HUGE, f"{DEMO_SESSION} " * (HUGE // 30),
)  # fmt: skip


class _Counted:
    """A source whose queries are counted."""

    def __init__(self, source: Any, asked: list[str]) -> None:
        self._source = source
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._source, name)
        if not callable(found) or name == "path":  # sends no request
            return found

        def ask(*args: Any, **options: Any) -> Any:
            self._asked.append(name)
            return found(*args, **options)

        return ask


def counted(asked: list[str]) -> Sources:
    inner = memory_sources(demo_world())
    return Sources(
        _Counted(inner.assets, asked),
        _Counted(inner.records, asked),
        _Counted(inner.storage, asked),
        inner.cache,
    )


def _session() -> Session:
    return Session(DEMO_SESSION)


def _with(function: Callable[..., object], name: str, *args: Any) -> Ask:
    """Pass a bad value as this argument, with good values for the others."""
    return lambda bad: function(*args, **{name: bad})


def _listed(function: Callable[..., Any], name: str) -> Ask:
    return lambda bad: list(function(**{name: bad}))


def _register(name: Any = "mine", cls: Any = Session, namespace: Any = None) -> object:
    made = type("Mine", (ExtensionBaseClass,), {}) if namespace is None else namespace
    return aind_session.register_namespace(name, cls=cls)(made)


def _manifest(*args: Any) -> object:
    converter = Subject(676909).ibl_data_converter
    options: dict[str, Any] = {"skip_existing": False, "dry_run": True}
    return converter.create_manifest_asset(*args, **options)


ecephys, lims = aind_session.ecephys, aind_session.lims

OF_SESSIONS: dict[str, Ask] = {
    "Session": Session,
    "Subject": Subject,
    "sessions": sessions,
    "sessions, strict": _with(sessions, "strict", DEMO_SESSION),
    "parse_session": ids.parse_session,
    "parse_asset_name": ids.parse_asset_name,
    "parse_subject": ids.parse_subject,
    "find_session": ids.find_session,
    "find_asset_name": ids.find_asset_name,
    "get_sessions": aind_session.get_sessions,
    "get_sessions of several": _listed(aind_session.get_sessions, "subject_ids"),
    "get_subject_data_assets": aind_session.get_subject_data_assets,
    "get_subject_docdb_records": aind_session.get_subject_docdb_records,
    "query of a subject": _with(aind_session.get_data_asset_search_query, "subject_id"),
    "linked assets of a subject": _with(
        aind_session.get_codeocean_data_asset_ids_from_docdb, "subject_id"
    ),
    "lims.get_id": lims.get_id,
    "lims.get_session, subject": lambda bad: lims.get_session(bad, 1386750279),
    "lims.get_session, ID": lambda bad: lims.get_session(747816, bad),
    "lims.extract_id": lims.extract_id,
    "annotations": ecephys.get_latest_ibl_annotations,
}
OF_DATES: dict[str, Ask] = {
    "parse_when": dates.parse_when,
    **{
        f"get_sessions, {name}": _with(aind_session.get_sessions, name, 676909)
        for name in ("date", "start_date", "end_date")
    },
    **{
        f"search_computations, {name}": _with(aind_session.search_computations, name, PIPELINE)
        for name in ("date", "start_date", "end_date")
    },
    "search, start_date": _listed(aind_session.search, "start_date"),
    "search, end_date": _listed(aind_session.search, "end_date"),
    "derived, before": lambda bad: _session().derived(before=bad),
    "derived, after": lambda bad: _session().derived(after=bad),
}
OF_TEXTS: dict[str, Ask] = {
    "get_sessions, platform": _with(aind_session.get_sessions, "platform", 676909),
    **{
        f"search, {name}": _listed(aind_session.search, name)
        for name in ("subject", "project", "platform", "modality", "name", "data_level", "qc")
    },
    "search, limit": lambda bad: aind_session.search(subject=676909, limit=bad),
    "search, source": lambda bad: aind_session.search(subject=676909, source=bad),
    **{
        f"query, {name}": _with(aind_session.get_data_asset_search_query, name)
        for name in ("name", "tag", "description")
    },
    "search_data_assets": aind_session.search_data_assets,
    "search_data_assets, query": lambda bad: aind_session.search_data_assets({"query": bad}),
    "search_data_assets, filters": lambda bad: aind_session.search_data_assets({"filters": bad}),
    "search_data_assets, type": lambda bad: aind_session.search_data_assets({"type": bad}),
    "search_data_assets, page_size": _with(aind_session.search_data_assets, "page_size", {}),
    "search_data_assets, max_pages": _with(aind_session.search_data_assets, "max_pages", {}),
    "get_data_assets": aind_session.get_data_assets,
    "search_computations, name": _with(aind_session.search_computations, "name", PIPELINE),
    "search_computations, state": _with(
        aind_session.search_computations, "computation_state", PIPELINE
    ),
    "linked assets of names": aind_session.get_codeocean_data_asset_ids_from_docdb,
    "linked assets of a record": aind_session.extract_codeocean_data_asset_ids_from_docdb_record,
    "derived, process": lambda bad: _session().derived(process=bad),
    "derived, sorter": lambda bad: _session().derived(sorter=bad),
    "derived, capsule": lambda bad: _session().derived(capsule=bad),
    "derived, ok": lambda bad: _session().derived(ok=bad),
    "metadata": lambda bad: _session().metadata[bad],
    "in the metadata": lambda bad: bad in _session().metadata,
    "sorter": lambda bad: _session().ecephys.sorter[bad].sorted_data_assets,
    "columns": lambda bad: sessions(DEMO_SESSION).to_records(bad),
    "register_namespace": lambda bad: _register(name=bad),
    "register_namespace, cls": lambda bad: _register(cls=bad),
    "run_sorting": lambda bad: _session().ecephys.run_sorting(bad, dry_run=True),
    "run_sorting, capsule": lambda bad: _session().ecephys.run_sorting(
        trigger_capsule_id=bad, dry_run=True
    ),
    "run_sorting, parameters": lambda bad: _session().ecephys.run_sorting(
        override_parameters=bad, dry_run=True
    ),
    "manifest": _manifest,
    "manifest, name": lambda bad: _manifest([{"probe_name": "A"}], bad),
    "state, layers": lambda bad: repr(NeuroglancerState({"layers": bad})),
    "state, source": lambda bad: repr(
        NeuroglancerState({"layers": [{"type": "image", "source": bad}]})
    ),
}
OF_IDS: dict[str, Ask] = {
    "get_normalized_uuid": aind_session.get_normalized_uuid,
    "get_data_asset_model": aind_session.get_data_asset_model,
    "get_codeocean_model": aind_session.get_codeocean_model,
    "is_raw_data_asset": aind_session.is_raw_data_asset,
    "sort_by_created": aind_session.sort_by_created,
    "get_data_asset_source_dir": aind_session.get_data_asset_source_dir,
    "get_source_dir_by_name": aind_session.get_source_dir_by_name,
    "get_bucket_and_prefix": aind_session.get_bucket_and_prefix,
    "asset_dir": aind_session.asset_dir,
    "asset_dir, place": lambda bad: aind_session.asset_dir(ASSET, bad),
    "where": lambda bad: _session().where(bad),
    "get_docdb_record": aind_session.get_docdb_record,
    "search_computations": aind_session.search_computations,
    "search_computations, asset": _with(
        aind_session.search_computations, "attached_data_asset_id", PIPELINE
    ),
    "get_output_text": aind_session.get_output_text,
    "is_computation_error": aind_session.is_computation_error,
    "is_data_asset_error": aind_session.is_data_asset_error,
    "wait_until_ready": lambda bad: aind_session.wait_until_ready(bad, timeout=0),
    "is_sorted_data_asset": ecephys.is_sorted_data_asset,
    "get_sorted_data_asset_model": ecephys.get_sorted_data_asset_model,
    "is_sorting_analyzer_asset": ecephys.is_sorting_analyzer_asset,
    "get_sorted_probe_names": ecephys.get_sorted_probe_names,
    "get_sorter_name": ecephys.get_sorter_name,
    "get_clipped_and_compressed_dirs": ecephys.get_clipped_and_compressed_dirs,
    "running sortings": ecephys.get_current_sorting_pipeline_computations,
}
ALL = {**OF_SESSIONS, **OF_DATES, **OF_TEXTS, **OF_IDS}


def _is_quoted(bad: Any, message: str) -> bool:
    """Return whether a message quotes the argument, shortened or as usual, or names its type."""
    if isinstance(bad, Sized) and not len(bad):
        return True  # there is nothing to quote
    if isinstance(bad, str) and not bad.strip() and message.startswith("pass a criterion"):
        return True  # whitespace counts as an empty field, and there is no other criterion
    parts = [bad, *bad] if isinstance(bad, (list, tuple, set, np.ndarray, pd.Series)) else [bad]
    text = bad.decode(errors="surrogateescape") if isinstance(bad, bytes) else str(bad)
    text = str.__str__(bad) if isinstance(bad, str) else text
    forms = [repr(part)[:15] for part in parts]
    forms += [repr(text.strip())[:15], type(bad).__name__]
    return bad is None or any(form in message for form in forms)


def _fault(ask: Ask, bad: Any) -> str | None:
    """Call a function; return what is wrong with its error."""
    asked: list[str] = []
    try:
        with use_sources(counted(asked)):
            ask(bad)
    except UnicodeError as error:
        return f"raises {error!r}"
    except (ValueError, TypeError, AindSessionError) as error:
        if len(str(error)) > LONGEST_MESSAGE:
            return f"has a long message, {len(str(error))} characters"
        if isinstance(error, (NotFoundError, RemoteError)):
            return None
        if asked:
            return f"is refused after {asked}"
        if not _is_quoted(bad, str(error)):
            return f"is not quoted: {str(error)[:200]}"
    except Exception as error:
        return f"raises {error!r}"
    return None


@pytest.mark.filterwarnings("ignore::aind_session.errors.AindSessionWarning")
@pytest.mark.parametrize("name", ALL)
def test_what_is_given_is_answered_or_refused(name: str) -> None:
    faults = {repr(bad)[:60]: _fault(ALL[name], bad) for bad in BAD}
    assert {bad: fault for bad, fault in faults.items() if fault} == {}


PURE: dict[str, Ask] = {
    "find_session": ids.find_session,
    "find_asset_name": ids.find_asset_name,
    **{
        ask.__name__: ask
        for ask in (
            ids.parse_session,
            ids.parse_asset_name,
            ids.parse_subject,
            dates.parse_when,
            lims.extract_id,
            aind_session.get_normalized_uuid,
            aind_session.get_bucket_and_prefix,
        )
    },
}


@pytest.mark.parametrize("piece", ["x", "1", "_", "{", "\n", "\ud800", f"{DEMO_SESSION} ", "a_1-"])
@pytest.mark.parametrize("name", PURE)
def test_a_text_of_a_megabyte_is_answered_or_refused(name: str, piece: str) -> None:
    assert _fault(PURE[name], piece * (1_000_000 // len(piece))) is None


@pytest.fixture
def nothing_is_asked() -> Iterator[None]:
    asked: list[str] = []
    with use_sources(counted(asked)):
        yield
    assert asked == []


@pytest.mark.usefixtures("nothing_is_asked")
def test_one_text_is_one_and_not_its_characters() -> None:
    with pytest.raises(ValueError, match="'0123' is not a UUID"):
        aind_session.sort_by_created("0123")


def test_one_of_several_subjects_is_one() -> None:
    with use_sources(memory_sources(demo_world())):
        several = aind_session.get_sessions(subject_ids="676909")
        assert tuple(several) == aind_session.get_sessions(676909) != ()


@pytest.mark.usefixtures("nothing_is_asked")
def test_nothing_is_asked_of_some_when_others_are_refused() -> None:
    with pytest.raises(ValueError, match="'x' is not a UUID"):
        aind_session.sort_by_created([ASSET, "x"])


@pytest.mark.usefixtures("nothing_is_asked")
@pytest.mark.parametrize("number", [Whole(676909), np.int64(676909), np.uint32(676909)])
def test_whole_numbers_of_other_kinds_are_subjects_and_dates(number: Any) -> None:
    assert Subject(number).id == "676909"
    assert dates.parse_when(type(number)(20231213)) == datetime.date(2023, 12, 13)


@pytest.mark.usefixtures("nothing_is_asked")
def test_a_missing_time_of_pandas_is_no_date() -> None:
    with pytest.raises(ValueError, match="NaT is not a date"):
        aind_session.get_sessions(676909, start_date=pd.Timestamp("NaT"))


def test_a_zone_at_the_ends_of_the_calendar_is_no_reason_to_fail() -> None:
    first = datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=14)))
    with use_sources(memory_sources(demo_world())):
        found = aind_session.search_computations(PIPELINE, start_date=first, end_date="9999-12-31")
    assert found == ()


@pytest.mark.usefixtures("nothing_is_asked")
@pytest.mark.parametrize("bad", ["", "x", "13867x", "1e9", "٣", "-1", -1, "1" * 31])
def test_a_lims_id_is_a_whole_number(bad: Any) -> None:
    with pytest.raises(ValueError, match="a LIMS ID is a whole number"):
        lims.get_session(747816, bad)


@pytest.mark.usefixtures("nothing_is_asked")
@pytest.mark.parametrize("path", ["s3://", "s3:///x", "x", "https://b/x"])
def test_an_s3_path_has_a_bucket(path: str) -> None:
    with pytest.raises(ValueError, match="an S3 path such as"):
        aind_session.get_bucket_and_prefix(path)


@pytest.mark.usefixtures("nothing_is_asked")
@pytest.mark.parametrize("name", ["../other", "a/../../b", "a/./b", "..\\other"])
def test_a_path_in_s3_leads_nowhere_else(name: str) -> None:
    with pytest.raises(ValueError, match=r"must not contain '\.' or '\.\.'"):
        aind_session.get_source_dir_by_name(name)
    with pytest.raises(ValueError, match=r"must not contain '\.' or '\.\.'"):
        aind_session.get_bucket_and_prefix(f"s3://bucket/{name}")


@pytest.mark.usefixtures("nothing_is_asked")
@pytest.mark.parametrize("name", ["\ud800", "x" * 1025, "é" * 513])
def test_a_key_in_s3_has_an_end_and_can_be_written(name: str) -> None:
    with pytest.raises(ValueError, match="a name must have at most 1024 bytes in UTF-8"):
        aind_session.get_source_dir_by_name(name)


@pytest.mark.parametrize("name", ["../subject", "a/b", "..", "\0", "\ud800", "x" * 300, 5, None])
def test_what_is_no_file_name_is_no_metadata_file_and_is_not_asked_for(name: Any) -> None:
    asked: list[str] = []
    metadata = Session(DEMO_SESSION, sources=counted(asked)).metadata
    assert metadata.get(name) is None
    assert "read" not in asked


def test_the_state_of_a_manifest_is_named_and_no_path() -> None:
    with use_sources(memory_sources(demo_world())):
        converter = Subject(676909).ibl_data_converter
        with pytest.raises(ValueError, match=r"'\.\./x' is not the name of a Neuroglancer state"):
            converter.get_partial_manifest_records("../x")


def test_json_nested_without_end_is_no_state() -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        NeuroglancerState('{"a":' * 100_000)


def test_search_filters_are_objects() -> None:
    with pytest.raises(TypeError, match=r"a list of dicts, not \['x'\]"):
        aind_session.search_data_assets({"filters": ["x"]}, sources=memory_sources(empty_world()))
