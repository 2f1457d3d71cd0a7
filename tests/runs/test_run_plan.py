"""A plan finds all problems before anything is sent, with the correct values."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from aind_session import (
    BoundProcess,
    Capture,
    PlanError,
    Process,
    RemoteError,
    Session,
    UnavailableError,
    memory_sources,
    plan_runs,
    sessions,
)
from aind_session.runs.requests import key_of
from aind_session.runs.target import _close_ids, _notes
from aind_session.sources import remote_sources
from aind_session.testing import FakeAIND
from tests.conftest import Serve
from tests.display.hostile import check_html
from tests.platform import Platform
from tests.runs.played import CAPSULE, PIPELINE, name_of, played_world, sorting
from tests.worlds import asset, raw, uuid_of

NAMES = [name_of(number) for number in (1, 2, 3)]


def whys(plan: Any) -> list[str]:
    return [row.why for row in plan.cannot]


def test_the_request_is_shown_as_it_would_be_sent(serve: Serve) -> None:
    plan = plan_runs(NAMES, sorting(version=2, profile="slurm"), sources=serve(played_world()))
    assert [row.session for row in plan.to_run] == NAMES
    assert plan.to_run[0].request == {
        "pipeline_id": PIPELINE,
        "version": 2,
        "nextflow_profile": "slurm",
        "data_assets": [{"id": uuid_of(1), "mount": "ecephys"}],
        "named_parameters": [{"param_name": "sorter", "value": "ks4"}],
    }
    assert plan.to_run[0].labels == {
        "tags": ["derived", "ecephys", "700001"],
        "custom_metadata": {
            "data level": "derived",
            "experiment type": "ecephys",
            "subject id": "700001",
        },
    }
    assert '"mount": "ecephys"' in repr(plan)
    check_html(plan._repr_html_())
    assert plan.requests["starts"] == 3


def test_nothing_is_sent_that_changes_anything(stand_in: Any) -> None:
    platform: Platform = stand_in(played_world())
    plan_runs(NAMES, sorting(), sources=remote_sources())
    paths = {(r.method, r.path.rpartition("/")[2]) for r in platform.requests}
    assert {path for method, path in paths if method == "POST"} <= {"search", "aggregate"}
    assert not {method for method, _ in paths} & {"PATCH", "PUT", "DELETE"}


@pytest.mark.parametrize(
    ("process", "why"),
    [
        ({"pipeline": uuid_of(77)}, "was not found"),
        ({"version": 9}, "version 9"),
        ({"pipeline": None, "capsule": PIPELINE}, "use pipeline=, not capsule="),
        ({"parameters": {"sortr": "ks4"}}, "no parameter 'sortr'; did you mean 'sorter'?"),
        ({"parameters": {"sorter": "ks3"}}, "cannot be 'ks3'; did you mean 'ks4' or 'ks25'"),
        ({"parameters": {"n_jobs": 65}}, "not between 1 and 64"),
        ({"parameters": {"when": "soon"}}, "does not match the pattern"),
        ({"parameters": {"when": "x" * 4097}}, "has 4097 characters: at most 4096"),
        ({"processes": {"sort_16": {}}}, "no process 'sort_16'; did you mean 'sort_13'?"),
        (
            {"processes": {"job_dispatch_4": {"inptu": "x"}}},
            "no parameter 'inptu' of process 'job_dispatch_4'; did you mean 'input'",
        ),
        (
            {"inputs": lambda s: {"ecephis": s.raw_data_asset}},
            "no data at the mount 'ecephis'; did you mean 'ecephys'?",
        ),
        ({"inputs": lambda s: {"ecephys": uuid_of(901)}}, "is failed, not ready: bucket gone"),
        ({"inputs": lambda s: {"ecephys": uuid_of(902)}}, "is internal, but the pipeline's data"),
        ({"inputs": lambda s: {"ecephys": uuid_of(99)}}, "was not found"),
        ({"inputs": lambda s: {"ecephys": uuid_of(904)}}, "not open to you|access"),
        ({"inputs": lambda s: {"../x": s.raw_data_asset}}, "a mount is the name of a folder"),
        ({"inputs": lambda s: {}}, "inputs returned no asset"),
        ({"inputs": lambda s: s.raw_dta_asset}, "raw_dta_asset"),
        ({"inputs": lambda s: dict[str, str]()["x"]}, "KeyError"),
        ({"parameters": lambda s: {"sorter": True}}, "is text or a number, not True"),
        ({"capture": Capture(experiment_type="ephys")}, "'ephys' is not allowed; did you mean"),
    ],
)
def test_what_is_wrong_is_a_reason_with_what_would_be_right(
    serve: Serve, process: dict[str, Any], why: str
) -> None:
    world = played_world(1)
    world.assets += [
        asset(901, "a bad one", state="failed", failure_reason="bucket gone"),
        asset(902, "an internal one"),
        raw(904, "a hidden one"),
    ]
    world.hidden.add(uuid_of(904))
    plan = plan_runs(NAMES[:1], sorting(**process), sources=serve(world))
    assert not plan.to_run
    assert len(plan.cannot) == 1
    assert re.search(why, plan.cannot[0].why), plan.cannot[0].why
    assert why.split("|")[0][:20] in repr(plan) or "access" in repr(plan)


def test_an_input_that_searches_find_but_that_is_closed_cannot_be_run(serve: Serve) -> None:
    world = played_world(3)
    world.hidden = {uuid_of(1), uuid_of(3)}
    plan = plan_runs(NAMES, sorting(), sources=serve(world))
    assert [row.session for row in plan.to_run] == [NAMES[1]]
    assert whys(plan) == [
        f"{NAMES[number - 1]} ({uuid_of(number)}) is found by searches, but is not open to you: "
        "ask its owner to share it"
        for number in (1, 3)
    ]
    assert not any("your access" in note for note in plan.notes)


def test_inputs_are_opened_within_the_budget_of_a_plan(
    stand_in: Callable[..., Platform],
) -> None:
    world = played_world(24, subjects=12)
    world.assets[7]["owner"] = uuid_of(50)
    platform = stand_in(world)
    names = [name_of(1 + n // 12, 700001 + n % 12) for n in range(24)]
    plan = plan_runs(names, sorting(), sources=remote_sources())
    assert len(plan.to_run) == 24
    opened = [r.path for r in platform.requests if "/data_assets/00" in r.path]
    # three, for 12 subjects: the first of each owner, and one more
    assert [path[-2:] for path in sorted(opened)] == ["01", "02", "08"]
    assert platform.count("code_ocean") == 2 * 12 + 3 + 3
    assert plan.notes == (
        "your access was checked for 3 of 24 inputs; Code Ocean checks the others when it starts "
        "their runs",
    )


def test_an_input_that_was_deleted_since_it_was_found_cannot_be_run() -> None:
    world = played_world(1)
    sources = memory_sources(world)
    session = Session(NAMES[0], sources=sources)
    assert session.raw_data_asset.id == uuid_of(1)
    del world.assets[0]
    plan = session.plan_runs(sorting())
    assert whys(plan) == [f"{NAMES[0]} ({uuid_of(1)}) was deleted"]


@pytest.mark.parametrize(
    ("mount", "why"),
    [("mine", ""), ("fixed", "the mount 'fixed' is taken")],
)
def test_what_a_capsule_has_fixed(serve: Serve, mount: str, why: str) -> None:
    process = Process("x", capsule=CAPSULE, inputs=lambda s: {mount: s.raw_data_asset})
    plan = plan_runs(NAMES[:1], process, sources=serve(played_world(1)))
    assert [why in row.why for row in plan.cannot] == ([True] if why else [])
    again = dataclasses.replace(process, inputs=lambda s: {"a": uuid_of(900)})
    plan = plan_runs(NAMES[:1], again, sources=serve(played_world(1)))
    assert "attached to the capsule already: leave it out" in whys(plan)[0]


def test_a_required_parameter_without_default_is_asked_for() -> None:
    world = played_world(1)
    world.panels[PIPELINE]["parameters"][2]["required"] = True
    plan = plan_runs(NAMES[0], sorting(), sources=memory_sources(world))
    assert whys(plan) == ["parameter 'when' is required, and has no default"]


def test_a_session_without_raw_data_cannot_be_run(serve: Serve) -> None:
    plan = plan_runs([*NAMES, name_of(9)], sorting(), sources=serve(played_world()))
    assert len(plan.to_run) == 3
    assert plan.cannot[0].session == name_of(9)
    assert "a raw data asset of" in plan.cannot[0].why


def test_a_plan_with_a_wrong_row_starts_nothing(tmp_path: Path) -> None:
    world = played_world()
    plan = plan_runs([*NAMES, name_of(9)], sorting(), sources=memory_sources(world))
    with pytest.raises(PlanError, match=r"1 of 4 sessions cannot.*\n.*without_cannot"):
        plan.start(tmp_path / "runs.jsonl")
    assert not world.computations
    assert not (tmp_path / "runs.jsonl").exists()
    assert len(plan.without_cannot().start(tmp_path / "runs.jsonl")) == 3


def test_both_names_of_a_session_are_one(serve: Serve) -> None:
    bare = NAMES[0].removeprefix("ecephys_")
    plan = plan_runs([NAMES[0], bare], sorting(), sources=serve(played_world()))
    assert len(plan.to_run) == 1
    assert [row.why for row in plan.skipped] == [f"the same work as for {NAMES[0]}"]


def test_what_runs_or_was_captured_is_skipped(serve: Serve, tmp_path: Path) -> None:
    world = played_world()
    sources = dataclasses.replace(serve(world), clock=world.clock)
    plan_runs(NAMES[:1], sorting(), sources=sources).start(tmp_path / "a.jsonl").wait()
    plan_runs(NAMES[1], sorting(), sources=sources).start(tmp_path / "b.jsonl")
    plan = plan_runs(NAMES, sorting(), sources=sources)
    assert [row.session for row in plan.to_run] == NAMES[2:]
    assert sorted(row.why[:25] for row in plan.skipped) == [
        "it is already running: ec",
        "it was already captured: ",
    ]
    session = Session(NAMES[0], sources=sources)
    assert len(session.data_assets) in (1, 2)  # a cached answer: the plan searches again
    assert len(session.plan_runs(sorting()).skipped) == 1
    other = plan_runs(NAMES, sorting(parameters={"sorter": "ks25"}), sources=sources)
    assert len(other.to_run) == 3
    assert len(plan_runs(NAMES, sorting(), skip=(), sources=sources).to_run) == 3
    assert len(plan_runs(NAMES, sorting(), skip="succeeded", sources=sources).to_run) == 2


def test_one_asset_goes_to_the_only_mount_of_a_pipeline() -> None:
    world = played_world(1)
    process = sorting(inputs=lambda session: session.raw_data_asset)
    plan = Session(NAMES[0], sources=memory_sources(world)).plan_runs(process)
    assert plan.to_run[0].request["data_assets"][0]["mount"] == "ecephys"
    world.panels[PIPELINE]["data_assets"].append({"id": uuid_of(5), "mount": "model"})
    plan = Session(NAMES[0], sources=memory_sources(world)).plan_runs(process)
    assert "data at several mounts, 'ecephys', 'model'" in plan.cannot[0].why


def test_an_id_will_do_for_the_quick_case() -> None:
    sources = memory_sources(played_world())
    plan = plan_runs(NAMES, PIPELINE, label="sorted", parameters={"n_jobs": 4}, sources=sources)
    assert plan.process.pipeline == PIPELINE
    assert plan.to_run[0].request["named_parameters"] == [{"param_name": "n_jobs", "value": "4"}]
    assert plan_runs(NAMES, CAPSULE, label="x", sources=sources).process.capsule == CAPSULE
    with pytest.raises(PlanError, match="label="):
        plan_runs(NAMES, PIPELINE, sources=sources)
    with pytest.raises(TypeError, match=r"^a process must be of the class Process, not None: "):
        plan_runs(NAMES, None, label="x", sources=sources)  # type: ignore[arg-type]
    bound = BoundProcess(Session(NAMES[0]), sorting())
    with pytest.raises(TypeError, match=r"it is bound to a session; pass its \.process$"):
        plan_runs(NAMES, bound, sources=sources)  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="are already set in the process"):
        plan_runs(NAMES, sorting(), label="x", sources=sources)


def test_an_unknown_id_is_reported_with_each_session() -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    plan = plan_runs(NAMES[0], unknown, label="x", sources=memory_sources(played_world()))
    assert [row.why for row in plan.cannot] == [f"capsule or pipeline {unknown} was not found"]


def test_collections_and_sessions_plan_the_same() -> None:
    sources = memory_sources(played_world())
    many = sessions(NAMES, sources=sources).plan_runs(sorting())
    one = Session(NAMES[0], sources=sources).plan_runs(sorting())
    assert many.to_run[0] == one.to_run[0]
    assert plan_runs(NAMES, sorting(), sources=sources).identity == many.identity
    assert one.identity != many.identity


def test_a_server_that_is_down_is_no_reason_against_a_session() -> None:
    fake = FakeAIND(played_world())
    with fake.fail(PIPELINE), pytest.raises(UnavailableError):
        plan_runs(NAMES, sorting(), sources=fake.sources)


def test_the_key_is_the_same_for_the_same_work() -> None:
    one = {"data_assets": [{"id": "a", "mount": "1"}, {"id": "b", "mount": "2"}]}
    other = {"data_assets": [{"id": "b", "mount": "2"}, {"id": "a", "mount": "1"}]}
    assert key_of(one) == key_of(other)
    assert key_of(one) != key_of({**one, "version": 2})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either a capsule or a pipeline, by its ID, not capsule=None and pipeline=None"),
        ({"capsule": CAPSULE, "pipeline": PIPELINE}, "either a capsule or a pipeline"),
        ({"pipeline": "sorting"}, "is not a UUID"),
        ({"pipeline": PIPELINE, "label": "a b"}, "a label is part of a name"),
        ({"pipeline": PIPELINE, "inputs": {"a": 1}}, "inputs is a function"),
        ({"pipeline": PIPELINE, "parameters": ["ks4"]}, "a mapping of names to values"),
        ({"pipeline": PIPELINE, "parameters": {"a": None}}, "is text or a number"),
        ({"pipeline": PIPELINE, "via": "email"}, "via must be 'monitor'"),
        ({"capsule": CAPSULE, "via": "monitor"}, "starts pipelines, not capsules"),
        ({"capsule": CAPSULE, "processes": {"a": {}}}, "only a pipeline has processes"),
        ({"pipeline": PIPELINE, "version": "2"}, "a version must be a whole number, not '2'"),
        ({"pipeline": PIPELINE, "processes": []}, "processes are a mapping"),
        (
            {"pipeline": PIPELINE, "parameters": {"": 1}},
            "the name of a parameter must not be empty",
        ),
        ({"pipeline": PIPELINE, "capture": True}, "capture is a Capture or None"),
        ({"pipeline": PIPELINE, "ok": "yes"}, "ok is a function"),
        ({"pipeline": PIPELINE, "ok": lambda run: True}, r"it takes 2 arguments, not \(run\)"),
        ({"pipeline": PIPELINE, "inputs": lambda: "x"}, r"it takes 1 argument, not \(\)"),
        (
            {"pipeline": PIPELINE, "parameters": lambda s, t: {}},
            r"it takes 1 argument, not \(s, t\)",
        ),
        ({"pipeline": PIPELINE, "profile": ""}, "a Nextflow profile must not be empty"),
        (
            {"pipeline": PIPELINE, "processes": {"sort_13": ["x"]}},
            "parameters of process 'sort_13' are a mapping of names to values, not",
        ),
        (
            {"pipeline": PIPELINE, "processes": {"sort_13": {"n": None}}},
            "the value of parameter 'n' of process 'sort_13' is text or a number, not None",
        ),
        (
            {"pipeline": PIPELINE, "via": "monitor", "capture": Capture(name="{session}_mine")},
            "the pipeline monitor names assets itself",
        ),
        (
            {"pipeline": PIPELINE, "via": "monitor", "capture": Capture(failed=True)},
            "captures no failed runs",
        ),
    ],
)
def test_a_process_that_cannot_be_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        Process(**{"label": "sorted", **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "{sessio}"}, "may contain only {session}"),
        ({"name": "a/b"}, "must not contain '/'"),
        ({"name": "{session}"}, "is the name of raw data, .*: add {label}"),
        ({"name": "ecephys_700001_2024-01-01_03-04-05"}, "is the name of raw data"),
        ({"share": "owner"}, "share must be 'viewer' or"),
        ({"tags": [1]}, "a tag must be text"),
        ({"target": ""}, "must not be empty"),
        ({"failed": "no"}, "failed is True or False"),
    ],
)
def test_a_capture_that_cannot_be_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        Capture(**arguments)


@pytest.mark.parametrize("name", ["mine", "{label}_{ended}"])
def test_results_of_several_sessions_need_several_names(name: str) -> None:
    sources = memory_sources(played_world())
    process = sorting(capture=Capture(name=name, target="some-bucket"))
    plan = plan_runs(NAMES, process, sources=sources)
    assert (
        whys(plan)
        == [
            "the results of several sessions would have one name: add {session} to "
            f"Capture(name={name!r})"
        ]
        * 3
    )
    assert not plan.to_run
    assert len(plan_runs(NAMES[:1], process, sources=sources).to_run) == 1


def test_a_process_is_frozen_and_keeps_no_dict_of_its_caller() -> None:
    given = {"sorter": "ks4"}
    process = sorting(parameters=given)
    given["sorter"] = "ks25"
    assert process.parameters == {"sorter": "ks4"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        process.label = "x"  # type: ignore[misc]


def test_inputs_of_a_pipeline_with_data_at_several_mounts_must_name_one() -> None:
    world = played_world()
    fixed = {"id": uuid_of(900), "mount": "nwb", "kind": "external", "accessible": True}
    world.panels[PIPELINE]["data_assets"].append(fixed)
    plan = plan_runs(NAMES, sorting(), sources=memory_sources(world))
    assert (
        whys(plan)
        == ["the pipeline has data at several mounts, 'ecephys', 'nwb': inputs must name one"] * 3
    )
    with pytest.raises(PlanError) as caught:
        plan._check_startable()
    assert str(caught.value) == (
        f"3 of 3 sessions cannot be run, so nothing is started: {NAMES[0]}: {whys(plan)[0]}\n"
        "fix these and plan again, or start the others with plan.without_cannot()"
    )
    with pytest.raises(PlanError) as nothing:
        plan.without_cannot()._check_startable()
    assert str(nothing.value) == "there is nothing to run: no session is left"


def test_a_plan_in_another_order_goes_on_with_its_ledger(tmp_path: Path) -> None:
    world = played_world()
    sources = memory_sources(world)
    one = plan_runs(NAMES, sorting(), sources=sources)
    other = plan_runs(NAMES[::-1], sorting(), sources=sources)
    assert one.identity == other.identity
    assert one.identity != plan_runs(NAMES[:2], sorting(), sources=sources).identity
    one.start(tmp_path / "runs.jsonl")
    runs = other.start(tmp_path / "runs.jsonl")
    assert [record.session for record in runs] == NAMES
    assert len(world.computations[PIPELINE]) == 3
    with pytest.raises(PlanError) as caught:
        plan_runs(NAMES, sorting(), sources=sources).start(tmp_path / "runs.jsonl")
    assert str(caught.value) == (
        "there is nothing to run: each session is skipped, as the plan shows; open_ledger(path) "
        "continues runs that were started"
    )


def test_a_plan_is_plain_data_and_counts_its_requests() -> None:
    sources = memory_sources(played_world())
    plan = plan_runs([*NAMES, name_of(9)], sorting(), sources=sources)
    assert plan.requests == {
        "starts": 3,
        "names": 3,
        "ends": 6,
        "captures": 12,
        "searches": 1,
    }
    assert plan.to_records() == [
        *({"session": name, "plan": "to run", "why": ""} for name in NAMES),
        {"session": name_of(9), "plan": "cannot", "why": whys(plan)[0]},
    ]
    plain = plan.to_dict()
    assert list(plain) == [
        "process",
        "identity",
        "to_run",
        "skipped",
        "cannot",
        "notes",
        "requests",
    ]
    assert plain["process"]["label"] == "sorted"
    assert [len(plain[name]) for name in ("to_run", "skipped", "cannot")] == [3, 0, 1]
    assert plain["identity"] == plan_runs(NAMES, sorting(), sources=sources).identity
    assert plain["identity"] != plan_runs(NAMES[:2], sorting(), sources=sources).identity
    assert len(plain["identity"]) == 16
    bare = plan_runs(NAMES, sorting(capture=None), sources=sources)
    assert (bare.requests["captures"], bare.requests["searches"]) == (0, 0)
    assert bare.to_run[0].labels == {}
    monitored = plan_runs(NAMES, sorting(via="monitor"), sources=sources)
    assert (monitored.requests["captures"], monitored.requests["searches"]) == (0, 0)


def test_a_misspelled_reason_to_skip_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^what is skipped must be"):
        plan_runs([], sorting(), skip=cast("Any", "caught"), sources=memory_sources(played_world()))


def test_an_id_near_a_known_one_is_named() -> None:
    assert _close_ids("1f8f159a-7670-47a9-baf1-078905fc9c2f") == (
        "; did you mean 1f8f159a-7670-47a9-baf1-078905fc9c2e (SORTING_PIPELINE_ID)?"
    )
    assert _close_ids("1f8f159a-7670-47a9-baf1-078905fc9c2e") == ""
    assert _close_ids("00000000-0000-4000-8000-000000000000") == ""


def test_values_that_could_not_be_checked_are_noted() -> None:
    panel = {"parameters": [{"param_name": "x"}]}
    assert _notes(panel, {}) == []
    assert _notes(panel, RemoteError("Code Ocean", "no fields")) == [
        "the values that custom metadata allow were not checked: Code Ocean: no fields"
    ]
    assert _notes({}, {}) == ["its app panel lists no parameters: their names were not checked"]
