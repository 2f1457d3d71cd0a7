"""Misspellings get a message with similar values, and are never silently empty."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import aind_session
from aind_session import (
    AindSessionWarning,
    RemoteError,
    Session,
    Subject,
    get_data_assets,
    get_sessions,
    memory_sources,
    search,
    search_computations,
    search_data_assets,
    sessions,
)
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import SUBJECT, asset, empty_world, record, record_v2, uuid_of

ANY: dict[str, Any] = {text: text for text in ("Pass", "Table", "Locl")}
"""Texts that a type checker would refuse, too."""

NAME = "ecephys_700001_2024-05-01_10-00-00"


@pytest.mark.parametrize("process", ["Sorted", "sortd", "sorted ", "SORTED"])
def test_a_process_that_no_asset_has_gets_similar_names(serve: Serve, process: str) -> None:
    session = Session(DEMO_SESSION, sources=serve(demo_world()))
    said = f"nothing has the process '{process}'; near: 'sorted'$"
    with pytest.warns(AindSessionWarning, match=said):
        assert session.derived(process).all() == ()


@pytest.mark.parametrize("sorter", ["kilosort25", "Kilosort2_5", "kilosort2.5", "kilosrt2_5"])
def test_a_sorter_that_made_nothing_gets_similar_names(serve: Serve, sorter: str) -> None:
    session = Session(DEMO_SESSION, sources=serve(demo_world()))
    said = r"nothing has the sorter .*; near: 'kilosort2_5'$"
    with pytest.warns(AindSessionWarning, match=said):
        assert session.derived("sorted", sorter=sorter).all() == ()
    with pytest.warns(AindSessionWarning, match=said):
        assert session.ecephys.sorter[sorter].sorted_data_assets == ()


@pytest.mark.parametrize("criteria", [{"process": "nwb"}, {"sorter": "spykingcircus2"}])
def test_what_is_not_misspelled_is_an_empty_answer_without_a_warning(
    serve: Serve, criteria: dict[str, Any]
) -> None:
    session = Session(DEMO_SESSION, sources=serve(demo_world()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert session.derived(**criteria).all() == ()


@pytest.mark.parametrize("empty", ["", None])
def test_empty_text_is_no_limit(serve: Serve, empty: Any) -> None:
    session = Session(DEMO_SESSION, sources=serve(demo_world()))
    found = session.derived(empty, sorter=empty, capsule=empty, before=empty, after=empty)
    assert [asset.name[-19:] for asset in found] == ["2023-12-17_03-16-51", "2024-03-01_16-02-45"]


@pytest.mark.parametrize(
    "name", ["project", "platform", "modality", "name", "data_level", "qc_tag"]
)
def test_a_search_by_empty_text_has_no_criterion(name: str) -> None:
    criteria: dict[str, Any] = {name: ["", ""]}
    with pytest.raises(ValueError, match="pass a criterion, because all sessions are too many"):
        search(**criteria)


@pytest.mark.parametrize(("platform", "near"), [("smartspim", "SmartSPIM"), ("hcr", "HCR")])
def test_a_platform_that_no_session_has_gets_similar_names(
    serve: Serve, platform: str, near: str
) -> None:
    world = empty_world()
    world.records["v1"] += [record(NAME, "s3://aind-open-data/x")]
    sources = serve(world)
    said = f"nothing has the platform '{platform}'; near: '{near}'$"
    with pytest.warns(AindSessionWarning, match=said):
        assert get_sessions(SUBJECT, platform=platform, sources=sources) == ()


@pytest.mark.parametrize(("platform", "near"), [("smartspim", "SmartSPIM"), ("hcr", "HCR")])
def test_a_platform_in_lower_case_as_in_some_names_is_searched_for(
    serve: Serve, platform: str, near: str
) -> None:
    said = f"nothing has the platform '{platform}'; near: '{near}'$"
    with pytest.warns(AindSessionWarning, match=said):
        assert len(search(platform=platform, sources=serve(empty_world()))) == 0


def test_a_search_gives_an_acquisition_once_under_its_older_name(serve: Serve) -> None:
    world = empty_world()
    newer = "700001_2024-05-01_10-00-00"
    world.records["v1"] += [record(NAME, f"s3://aind-open-data/{NAME}")]
    world.records["v2"] += [record_v2(newer, f"s3://aind-open-data/{newer}")]
    sources = serve(world)
    assert [session.id for session in search(subject=SUBJECT, sources=sources)] == [NAME]
    assert [session.id for session in get_sessions(SUBJECT, sources=sources)] == [NAME]


@pytest.mark.parametrize(
    ("after", "count"),
    [
        ("2024-03-10T02:29:00-08:00", 1),  # 10:29 UTC, while clocks go forward
        ("2024-03-10T03:31:00-07:00", 0),
        (np.datetime64("2024-03-10T10:30:00"), 1),
        (np.datetime64("2024-03-11"), 0),
        (datetime.datetime(2024, 3, 10, 10, 30), 1),
    ],
)
def test_times_are_compared_in_utc(serve: Serve, after: Any, count: int) -> None:
    world = empty_world()
    world.assets += [asset(1, f"{NAME}_sorted_2024-03-10_10-30-00")]
    assert len(Session(NAME, sources=serve(world)).derived(after=after)) == count


@pytest.mark.parametrize(
    "value", ["2024-12-31T23:59:59+24:00", "2024-12-31T23:59:60Z", np.datetime64("NaT", "s"), True]
)
def test_a_time_that_cannot_be_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        Session(NAME).derived(after=value)


@pytest.mark.parametrize(
    ("name", "near"), [("get_session", "'get_sessions'"), ("Sesions", "'Sessions'")]
)
def test_a_mistyped_name_of_the_package_gets_similar_names(name: str, near: str) -> None:
    with pytest.raises(AttributeError, match=f"'{name}'; did you mean .*{near}"):
        getattr(aind_session, name)
    assert not hasattr(aind_session, "__wrapped__")


@pytest.mark.parametrize(
    ("column", "near"),
    [("sortr", "'sorter'"), ("Modalities", "'modalities'"), ("raw_asset", "'raw_asset_id'")],
)
def test_a_mistyped_column_is_refused_with_what_comes_near(column: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"no column '{column}'; near: {near}"):
        sessions(NAME).to_pandas(["id", column])
    with pytest.raises(ValueError, match="no column ''; there are id, subject_id"):
        sessions(NAME).to_pandas([""])


def test_a_search_that_finds_nothing_while_a_schema_version_is_down_is_an_error(
    stand_in: Callable[..., Platform],
) -> None:
    stand_in(empty_world()).fail("docdb", path="/v2/", status=503)
    with pytest.raises(RemoteError, match="503"):
        search(subject=SUBJECT, sources=impatient())


def test_an_error_of_the_users_function_is_noted_with_its_class(serve: Serve) -> None:
    def with_text(session: Session) -> None:
        raise ValueError("boom")

    def without_text(session: Session) -> None:
        raise KeyError

    many = sessions(NAME, sources=serve(empty_world()))
    assert str(many.map(with_text).notes[many[0]]) == "Failed: ValueError: boom"
    assert str(many.map(without_text).notes[many[0]]) == "Failed: KeyError"


def judged(name: str, tag: str) -> dict[str, Any]:
    """A record of v2 with one metric that has a tag."""
    history = [{"status": "Pass", "timestamp": "2025-06-02T00:00:00Z", "evaluator": "Ann"}]
    metric = {"name": "x", "stage": "Raw data", "tags": {"probe": tag}, "status_history": history}
    return record_v2(name, f"s3://aind-open-data/{name}", quality_control={"metrics": [metric]})


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("probea", "nothing has the tag 'probea'; near: 'ProbeA'"),
        ("camera:left", "nothing has the tag 'camera:left'; there are 'ProbeA', 'probe:ProbeA'"),
    ],
)
def test_a_tag_that_no_metric_has_gets_the_existing_tags(serve: Serve, tag: str, said: str) -> None:
    world = empty_world()
    world.records["v2"] += [judged(NAME, "ProbeA")]
    sources = serve(world)
    with pytest.warns(AindSessionWarning, match=said):
        assert len(search(qc_tag=tag, sources=sources)) == 0
    with pytest.warns(AindSessionWarning, match=said):
        assert Session(NAME, sources=sources).qc.metrics.about(tag=tag) == ()


@pytest.mark.parametrize(
    ("subject", "near"),
    [
        ("700010", "; near: '700001'"),
        ("70001", "; near: '700001'$"),
        ("999999", "$"),
        ("M2501", "$"),
    ],
)
def test_a_subject_that_no_record_is_of_gets_similar_names(
    serve: Serve, subject: str, near: str
) -> None:
    world = empty_world()
    world.records["v1"] += [record(NAME, "s3://aind-open-data/x")]
    sources = serve(world)
    said = f"no session was found: no record has the subject '{subject}'{near}"
    with pytest.warns(AindSessionWarning, match=said):
        assert len(search(subject=subject, sources=sources)) == 0
    with pytest.warns(AindSessionWarning, match=said):
        assert get_sessions(subject, sources=sources) == ()


def test_a_known_subject_of_which_nothing_meets_the_criteria_is_not_misspelled(
    serve: Serve,
) -> None:
    world = empty_world()
    world.records["v1"] += [record(NAME, "s3://aind-open-data/x")]
    sources = serve(world)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(search(subject=SUBJECT, modality="ecephys", sources=sources)) == 0
        assert len(get_sessions(SUBJECT, "2020-01-01", sources=sources)) == 0


def metrics_of(session: Session) -> Any:
    return session.qc.metrics


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda s: get_sessions(SUBJECT, platform="Ecephys", sources=s), "near: 'ecephys'$"),
        (lambda s: get_sessions(SUBJECT, platform="ecephy", sources=s), "near: 'ecephys'$"),
        (lambda s: search(platform="Ecephys", sources=s), "near: 'ecephys'$"),
        (lambda s: search(modality="Ecephys", sources=s), "near: 'ecephys'$"),
        (lambda s: search_data_assets({"type": "Dataset"}, sources=s), "near: 'dataset'$"),
        (lambda s: search_data_assets({"sort_field": "creatd"}, sources=s), "near: 'created'$"),
        (lambda s: get_data_assets("x", origin="extrnal", sources=s), "near: 'external'$"),
        (
            lambda s: search_computations(uuid_of(1), computation_state="complete", sources=s),
            "there is no state of a computation 'complete'; near: 'completed'$",
        ),
        (lambda s: search(qc_modality="Ecephys", sources=s), "near: 'ecephys'$"),
        (lambda s: search(qc_stage="raw data", sources=s), "near: 'Raw data'$"),
        (lambda s: search(qc=ANY["Pass"], sources=s), "near: 'pass'$"),
        (lambda s: search(data_level="Raw", sources=s), "near: 'raw'$"),
        (lambda s: search(data_level="raw data", sources=s), "near: 'raw'$"),
        (lambda s: search(qc_stage="Raw", sources=s), "near: 'Raw data'$"),
        (lambda s: Session(NAME, sources=s).files("videos"), "near: 'behavior_videos'$"),
        (lambda s: search(source=ANY["Table"], subject=SUBJECT, sources=s), "near: 'table'$"),
        (lambda s: metrics_of(Session(NAME, sources=s)).about(stage="raw data"), "near: 'Raw"),
        (lambda s: metrics_of(Session(NAME, sources=s)).about(modality="Ecephys"), "'ecephys'$"),
        (lambda s: Session(NAME, sources=s).files("NWB"), "near: 'nwb'$"),
        (lambda s: Session(NAME, sources=s).where(ANY["Locl"]), "near: 'local'$"),
    ],
)
def test_words_of_closed_vocabularies_are_refused_with_the_nearest(call: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call(memory_sources(empty_world()))


@pytest.mark.parametrize(
    ("call", "keywords", "near"),
    [
        (search, {"subjekt": 676909}, "subject"),
        (search, {"Modality": "ecephys"}, "modality"),
        (get_sessions, {"subject_id": 676909, "startdate": "2024-01-01"}, "start_date"),
        (Session(NAME).derived, {"procss": "sorted"}, "process"),
        (Session(NAME).qc.as_of, {"dat": "2024-01-01"}, "date"),
    ],
)
def test_a_mistyped_keyword_gets_similar_names(
    call: Any, keywords: dict[str, Any], near: str
) -> None:
    said = f"unexpected keyword argument '.*'[.;] (near:|Did you mean) '{near}'"
    with pytest.raises(TypeError, match=said):
        call(**keywords)


def test_an_error_of_a_type_within_a_call_stays_as_it_is() -> None:
    with pytest.raises(TypeError, match=r"^a modality must be text, not 5$"):
        search(modality=5)  # type: ignore[arg-type]


def test_the_id_of_a_capsule_is_the_same_in_capitals_and_a_misspelled_one_warns(
    serve: Serve,
) -> None:
    maker = "8f8f888f-8888-88f8-fff8-888888ff8f8f"
    world = empty_world()
    made = {"capsule": maker, "commit": "a", "run_script": "code/run", "data_assets": []}
    world.assets += [asset(1, f"{NAME}_sorted_2024-06-01_00-00-00", provenance=made)]
    session = Session(NAME, sources=serve(world))
    assert len(session.derived(capsule=f" {maker.upper()}")) == 1
    with pytest.warns(AindSessionWarning, match=f"nothing has the capsule .*; near: '{maker}'"):
        assert session.derived(capsule=maker.replace("fff8", "ff8")).all() == ()


def test_a_mistyped_field_of_a_search_gets_similar_names() -> None:
    with pytest.raises(TypeError, match="no search field 'querry'; near: 'query': query, next"):
        search_data_assets({"querry": "x"}, sources=memory_sources(empty_world()))


@pytest.mark.parametrize(
    ("thing", "name", "message"),
    [
        (
            Session("ecephys_676909_2023-12-13_13-43-40"),
            "neuroglancer",
            "'Session' object has no attribute 'neuroglancer'; 'Subject' objects have it",
        ),
        (
            Subject("676909"),
            "raw_data_asset",
            "'Subject' object has no attribute 'raw_data_asset'; 'Session' objects have it",
        ),
    ],
)
def test_an_attribute_of_the_other_class_is_named(
    thing: Session | Subject, name: str, message: str
) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(thing, name)
    assert str(caught.value) == message


def test_an_unknown_keyword_without_similar_ones_gets_all() -> None:
    with pytest.raises(TypeError, match=r"keyword argument 'after'; it takes subject, project, "):
        search(after="2024-01-01")  # type: ignore[call-arg]
