"""Sessions are found by their records, in either schema, or in the nightly tables."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from aind_session import (
    NothingFoundWarning,
    RemoteError,
    SourceDownWarning,
    memory_sources,
    search,
)
from aind_session.conventions import quality
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.nightly import add_tables
from tests.platform import QUIET, Platform
from tests.worlds import empty_world, record, record_v2

OLD = "ecephys_700001_2023-05-01_10-00-00"
NEW = "700002_2025-06-01_10-00-00"
BOTH = "behavior_700003_2024-01-31_23-59-59"
SORTED = f"{OLD}_sorted_2023-06-01_00-00-00"


def described(project: str, *modalities: str, level: str = "raw", v2: bool = False) -> Any:
    """The part of a record that searches use."""
    names = [{"abbreviation": name} for name in modalities]
    field = "modalities" if v2 else "modality"
    return {"project_name": project, "data_level": level, field: names}


def of_subject(body: dict[str, Any], subject: str) -> dict[str, Any]:
    return {**body, "subject": {"subject_id": subject}}


def world() -> World:
    found = empty_world()
    v1, v2 = found.records["v1"], found.records["v2"]
    passed = {"evaluations": [{"latest_status": "Pass"}]}
    failed = {"evaluations": [{"latest_status": "Pass"}, {"latest_status": "Fail"}]}
    v1.append(
        record(
            OLD, "s3://b/old", data_description=described("Old", "ecephys"), quality_control=passed
        )
    )
    derived = record(SORTED, "s3://b/s", data_description=described("Old", "ecephys"))
    v1.append({**derived, "subject": {"subject_id": "700001"}, "quality_control": failed})
    both = described("Shared", "behavior-videos")
    v1.append(record(BOTH, "s3://b/both", data_description=both))
    both2 = described("Shared", "behavior-videos", v2=True)
    v2.append(record_v2(BOTH, "s3://b/both", data_description=both2))
    new = described("New", "ecephys", "behavior", v2=True)
    status = {"quality_control": {"status": {"a": "Pending"}}}
    v2.append(record_v2(NEW, "s3://b/new", data_description=new, **status))
    return found


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"subject": 700001}, [OLD]),
        ({"subject": ["700001", "700002"]}, [OLD, NEW]),
        ({"project": "New"}, [NEW]),
        ({"project": ["New", "Shared"]}, [BOTH, NEW]),
        ({"modality": "ecephys"}, [OLD, NEW]),
        ({"modality": "behavior_videos"}, [BOTH]),
        ({"modality": "ecephys", "project": "Old"}, [OLD]),
        ({"platform": "ecephys"}, [OLD]),
        ({"name": "_sorted_"}, [OLD]),
        ({"name": "700002_2025"}, [NEW]),
        ({"data_level": "raw"}, [OLD, BOTH, NEW]),
        ({"data_level": "derived"}, [OLD]),
        ({"start_date": "2024-01-31"}, [BOTH, NEW]),
        ({"end_date": datetime.date(2024, 1, 31)}, [OLD, BOTH]),
        ({"end_date": "2024-01-31T23:59:58"}, [OLD]),
        ({"start_date": "2024-01-31", "end_date": "2024-01-31"}, [BOTH]),
        ({"qc": "pass"}, [OLD]),
        ({"qc": "fail"}, [OLD]),
        ({"qc": "pending"}, [NEW]),
        ({"qc": "pass", "modality": "behavior"}, []),
        ({"start_date": "2020-01-01", "limit": 1}, [NEW]),
    ],
)
def test_criteria(serve: Serve, criteria: dict[str, Any], expected: list[str]) -> None:
    assert [s.id for s in search(**criteria, sources=serve(world()))] == expected


def metric(status: str, stage: str, modality: str, tags: Any) -> dict[str, Any]:
    history = [{"status": status, "timestamp": "2025-06-02T00:00:00Z", "evaluator": "Ann"}]
    about = {"stage": stage, "modality": {"abbreviation": modality}, "tags": tags}
    return {"name": "x", "status_history": history, **about}


def judged_world() -> World:
    """A v1 record whose twin in v2 has another status; and two records only in v2."""
    found = empty_world()
    v1, v2 = found.records["v1"], found.records["v2"]
    failed = {"evaluations": [{"latest_status": "Fail", "stage": "Raw data"}]}
    described_v1 = {**described("P", "ecephys"), "platform": {"abbreviation": "ecephys"}}
    v1.append(record(OLD, "s3://b/old", data_description=described_v1, quality_control=failed))
    passed = {"metrics": [metric("Pass", "Raw data", "ecephys", {"probe": "A"})]}
    twin = OLD.removeprefix("ecephys_")
    about = described("P", "ecephys", v2=True)
    v2.append(record_v2(twin, "s3://c/new", data_description=about, quality_control=passed))
    both = {
        "metrics": [
            metric("Fail", "Processing", "behavior-videos", ["eye"]),
            metric("Pending", "Raw data", "ecephys", ["A"]),
        ],
        "status": {},
        "allow_tag_failures": [],
    }
    v2.append(record_v2(NEW, "s3://b/new", data_description=about, quality_control=both))
    v2.append(record_v2(BOTH, "s3://b/both", data_description=about))
    return found


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"qc": "fail"}, [NEW]),
        ({"qc": "pass"}, [OLD]),
        ({"qc": "pass", "platform": "ecephys"}, [OLD]),
        ({"qc": "fail", "platform": "ecephys"}, []),
        ({"qc": "pass", "platform": "ecephys", "modality": "ecephys"}, [OLD]),
        ({"qc": "pass", "name": "ecephys_700001"}, [OLD]),
        ({"qc": "fail", "start_date": "2023-05-01", "end_date": "2023-05-02"}, []),
        ({"qc": "pending"}, []),
        ({"qc": "pending", "qc_stage": "Raw data"}, [NEW]),
        ({"qc": "fail", "qc_stage": ["Processing", "Analysis"]}, [NEW]),
        ({"qc": "fail", "qc_modality": "behavior_videos"}, [NEW]),
        ({"qc_modality": "behavior-videos"}, [NEW]),
        ({"qc_tag": "eye"}, [NEW]),
        ({"qc_tag": "probe:A"}, [OLD]),
        ({"qc_tag": "A", "qc": "pending", "subject": 700002}, [NEW]),
        ({"qc_stage": "Analysis"}, []),
    ],
)
def test_by_quality_control(serve: Serve, criteria: dict[str, Any], expected: list[str]) -> None:
    found = [session.id for session in search(**criteria, sources=serve(judged_world()))]
    assert sorted(found) == sorted(expected)


def test_what_is_there_and_judged_otherwise_is_said(serve: Serve) -> None:
    with pytest.warns(NothingFoundWarning, match="names contain '700001', but none meets all"):
        assert len(search(qc="fail", name="700001", sources=serve(judged_world()))) == 0


def test_a_search_is_a_request_a_schema_version(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world(), quiet=QUIET)
    found = search(project="Old", qc="pass", sources=remote_sources())
    assert len(found) == 1
    assert (platform.count(), platform.steps()) == (2, 1)


def test_many_subjects_are_asked_in_parts_that_fit_a_url(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world())
    subjects = [700001 + number for number in range(120)]
    assert len(search(subject=subjects, sources=remote_sources())) == 3
    assert platform.count() == 2 * 3


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({}, "pass a criterion.*subject, project"),
        ({"qc_stage": "raw", "qc": "pass"}, "'Raw data', 'Processing'"),
        ({"qc": "good"}, "'pass', 'fail' or 'pending'"),
        ({"modality": "ephys"}, "no modality 'ephys'; near:.*'ecephys'"),
        ({"modality": ["ecephys", "spim"]}, "near: 'SPIM'"),
        ({"modality": "behaviour-videos"}, "near: 'behavior_videos'"),
        ({"start_date": "2024-02-01", "end_date": "2024-01-01"}, "the start is after the end"),
        ({"data_level": "cooked"}, "'raw', 'derived' or 'simulated'"),
        ({"data_level": "raw data"}, "'derived' or 'simulated', not 'raw data'"),
        ({"platform": "Ecephys"}, "no platform 'Ecephys'; near: 'ecephys'"),
        ({"platform": ["ecephys", "behaviour"]}, "no platform 'behaviour'; near: 'behavior'"),
        ({"qc_modality": "ephys"}, "no modality 'ephys'; near:.*'ecephys'"),
        ({"project": "x", "limit": 0}, "1 or more"),
        ({"project": "x", "source": "paper"}, "'servers', 'table' or 'mounts'"),
        ({"start_date": "soon"}, "soon"),
    ],
)
def test_what_cannot_be_is_refused(criteria: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        search(**criteria, sources=memory_sources(world()))


def test_what_cannot_be_is_refused_before_anything_is_asked(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(world())
    for criteria in ({"platform": "Ecephys"}, {"modality": "ephys"}, {"data_level": "raw data"}):
        with pytest.raises(ValueError, match=r"raw data|near: "):
            search(**criteria, sources=remote_sources())  # type: ignore[arg-type]
    assert platform.count() == 0


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"project": "Sharde"}, "no record has the project 'Sharde'; near: 'Shared'$"),
        ({"project": "new"}, "no record has the project 'new'; near: 'New'$"),
        ({"project": "none"}, "no record has the project 'none'$"),
        (
            {"project": "New", "end_date": "2020-01-01"},
            "project 'New' has records, but none meets all criteria$",
        ),
        ({"name": "ECEPHYS_7"}, rf"no name contains 'ECEPHYS_7' \(case matters\); near:.*'{OLD}'"),
        ({"name": "ecephys_700001_2023-05-02"}, rf"near:.*'{OLD}'"),
        ({"name": "_curated_"}, r"no name contains '_curated_' \(case matters\)$"),
        ({"modality": "hologram"}, "nothing has the modality 'hologram'$"),
        ({"platform": "slap-rig"}, "nothing has the platform 'slap-rig'$"),
        ({"platform": "smartspim"}, "nothing has the platform 'smartspim'; near: 'SmartSPIM'$"),
    ],
)
def test_an_empty_answer_to_an_open_criterion_says_what_comes_near(
    serve: Serve, criteria: dict[str, Any], message: str
) -> None:
    with pytest.warns(NothingFoundWarning, match=message):
        assert len(search(**criteria, sources=serve(world()))) == 0


def test_the_tables_name_what_comes_near(stand_in: Callable[..., Platform]) -> None:
    found = world()
    add_tables(found)
    platform = stand_in(found)
    with pytest.warns(NothingFoundWarning, match="'Sharde'; near: 'Shared'"):
        assert len(search(project="Sharde", source="table", sources=remote_sources())) == 0
    assert platform.count("docdb") == 0


def test_what_comes_near_costs_a_request_a_schema_version(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(world())
    with pytest.warns(NothingFoundWarning):
        search(project="Sharde", sources=remote_sources())
    assert platform.count() == 4
    platform.forget()
    with pytest.warns(NothingFoundWarning):
        search(modality="hologram", sources=remote_sources())
    assert platform.count() == 2


def test_nothing_of_what_may_be_is_no_warning(serve: Serve) -> None:
    sources = serve(world())
    assert len(search(platform="SmartSPIM", sources=sources)) == 0
    assert len(search(subject=700003, qc="fail", sources=sources)) == 0


def test_one_schema_version_down_leaves_the_other(stand_in: Callable[..., Platform]) -> None:
    stand_in(world()).fail("docdb", path="/v2/", status=503)
    with pytest.warns(SourceDownWarning, match=r"^the search was answered without DocDB"):
        assert [s.id for s in search(modality="ecephys", sources=impatient())] == [OLD]


def test_both_down_is_an_error(stand_in: Callable[..., Platform]) -> None:
    stand_in(world()).fail("docdb", status=503)
    with pytest.raises(RemoteError):
        search(modality="ecephys", sources=impatient())


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (None, None),
        ({"evaluations": []}, None),
        ({"evaluations": [{"metrics": [{"status_history": [{"status": "Pass"}]}]}]}, "pass"),
        (
            {"evaluations": [{"metrics": [{"status_history": [{"status": "Fail"}]}]}]},
            "fail",
        ),
        (
            {
                "evaluations": [
                    {
                        "allow_failed_metrics": True,
                        "metrics": [{"status_history": [{"status": "Fail"}]}],
                    }
                ]
            },
            "pass",
        ),
        ({"metrics": [{"status_history": [{"status": "Fail"}, {"status": "Pass"}]}]}, "pass"),
        ({"status": {"x": "Fail", "y": "Pending"}, "metrics": []}, "fail"),
        ({"evaluations": None, "status": None, "metrics": None}, None),
    ],
)
def test_quality_control_in_both_shapes(control: Any, expected: str | None) -> None:
    assert quality.status({"quality_control": control}) == expected


@pytest.mark.skipif(
    "AIND_SESSION_TEST_DATA" not in os.environ, reason="AIND_SESSION_TEST_DATA is not set"
)
def test_quality_control_of_real_records_is_judged() -> None:
    folder = Path(os.environ["AIND_SESSION_TEST_DATA"]) / "docdb_v1"
    for path in sorted(folder.glob("*.json")):
        body = json.loads(path.read_text())
        control = body.get("quality_control") or {}
        has_any = bool(control.get("evaluations") or control.get("metrics"))
        assert (quality.status(body) is not None) == has_any


def test_a_range_over_several_months_holds_its_first_and_its_last(serve: Serve) -> None:
    found = empty_world()
    names = [
        "ecephys_700001_2023-11-30_10-00-00",
        "ecephys_700001_2023-12-01_10-00-00",
        "ecephys_700001_2024-01-15_10-00-00",
        "ecephys_700001_2024-02-29_10-00-00",
        "ecephys_700001_2024-03-01_10-00-00",
    ]
    found.records["v1"] += [record(name, f"s3://b/{name}") for name in names]
    within = search(start_date="2023-12-01", end_date="2024-02-29", sources=serve(found))
    assert [session.id for session in within] == names[1:4]


def test_a_platform_that_stands_in_the_record_alone_is_found(serve: Serve) -> None:
    found = empty_world()
    about = {**described("P", "fib"), "platform": {"abbreviation": "behavior"}}
    found.records["v1"].append(record(NEW, "s3://b/new", data_description=about))
    assert [s.id for s in search(platform="behavior", sources=serve(found))] == [NEW]
    assert [s.id for s in search(platform="ecephys", sources=serve(found))] == []


def test_of_twins_the_one_that_counts_is_judged(serve: Serve) -> None:
    found = empty_world()
    older, newer = (described(project, "ecephys") for project in ("Old", "New"))
    found.records["v1"] += [
        {**record(OLD, "s3://b/x", data_description=older), "_id": "1", "created": "2024-01-01"},
        {**record(OLD, "s3://b/x", data_description=newer), "_id": "2", "created": "2024-02-01"},
    ]
    twin = described("Renamed", "ecephys", v2=True)
    found.records["v2"].append(record_v2(OLD, "s3://b/x", data_description=twin))
    sources = serve(found)
    assert len(search(subject=700001, project="New", sources=sources)) == 1
    for project in ("Old", "Renamed"):
        with pytest.warns(NothingFoundWarning, match="none meets all criteria"):
            assert len(search(subject=700001, project=project, sources=sources)) == 0
    assert len(search(project="New", sources=sources)) == 1


IN_OLD_WORDS: dict[str, list[Any]] = {
    "ecephys": [
        "ecephys",
        ["ecephys"],
        "Extracellular electrophysiology",
        [{"name": "Extracellular electrophysiology", "abbreviation": None}],
        ["name='Extracellular electrophysiology' abbreviation='ecephys'"],
    ],
    "SPIM": ["SmartSPIM", ["exaSPIM"], "ExASPIM"],
    "pophys": ["ophys", [{"abbreviation": "ophys"}], "multiplane-ophys"],
    "slap2": [[{"name": "Scanned line projection imaging", "abbreviation": "slap"}]],
    "behavior_videos": ["behavior-videos", "behavior_videos", ["Behavior videos"]],
}


@pytest.mark.parametrize("with_project", [True, False])
@pytest.mark.parametrize("modality", list(IN_OLD_WORDS))
def test_modalities_in_the_words_of_old_records(
    serve: Serve, modality: str, with_project: bool
) -> None:
    found = empty_world()
    expected = []
    for wanted, values in IN_OLD_WORDS.items():
        for number, value in enumerate(values):
            subject = 700010 + len(found.records["v1"])
            name = f"x_{subject}_2023-05-01_10-00-{number:02}"
            about = {"project_name": "P", "modality": value}
            found.records["v1"].append(record(name, f"s3://b/{name}", data_description=about))
            expected += [name] if wanted == modality else []
    project = "P" if with_project else None
    many = search(modality=modality, project=project, sources=serve(found))
    assert sorted(session.id for session in many) == sorted(expected)


@pytest.mark.parametrize("more", [{}, {"subject": "700001"}])
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("Old", [OLD, NEW]), (" Old ", [OLD, NEW]), (["Older", "Old\n"], [OLD, NEW]), ("old", [])],
)
@pytest.mark.filterwarnings("ignore::aind_session.NothingFoundWarning")
def test_blanks_at_the_ends_of_a_project_do_not_count(
    serve: Serve, more: dict[str, Any], wanted: Any, expected: list[str]
) -> None:
    found = empty_world()
    old = record(OLD, "s3://b/old", data_description=described("Old ", "ecephys"))
    new = described(" Old", "ecephys", v2=True)
    found.records["v1"].append(of_subject(old, "700001"))
    found.records["v2"].append(record_v2(NEW, "s3://b/new", data_description=new))
    names = [session.id for session in search(project=wanted, sources=serve(found), **more)]
    assert names == ([name for name in expected if name == OLD] if more else expected)


def test_many_projects_and_names_are_asked_in_parts_that_fit_a_url(serve: Serve) -> None:
    found = empty_world()
    projects = [f"A project with a long name about cells of kind {number}" for number in range(90)]
    names = [f"ecephys_{700100 + number}_2023-05-01_10-00-00" for number in range(90)]
    for name, project in zip(names, projects, strict=True):
        about = described(project, "ecephys")
        found.records["v1"].append(record(name, f"s3://b/{name}", data_description=about))
    sources = serve(found)
    assert [session.id for session in search(project=projects, sources=sources)] == names
    assert [session.id for session in search(name=names, sources=sources)] == names
    both = search(project=projects[:60], name=names[30:], modality="ecephys", sources=sources)
    assert [session.id for session in both] == names[30:60]


def test_two_conditions_that_each_allow_several_shapes_hold_both(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(judged_world())
    found = search(qc="pass", name="ecephys_700001", modality="ecephys", sources=remote_sources())
    assert [session.id for session in found] == [OLD]
    assert platform.count("docdb") == 2
    asked = [unquote(f"{request.query} {request.body!r}") for request in platform.requests]
    assert ["$and" in one for one in asked] == [True, True]
