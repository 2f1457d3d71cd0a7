"""Requests of runs: bodies, keys, matching runs, and skipped work."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from aind_session.runs.already import why_skipped
from aind_session.runs.process import Capture, Process, values_of
from aind_session.runs.requests import (
    Surroundings,
    is_run_of,
    key_of,
    latest,
    lost_parameters,
    request_of,
    since,
    through_monitor,
)
from tests.runs.played import CAPSULE, PIPELINE

WORK: dict[str, Any] = {
    "pipeline_id": PIPELINE,
    "data_assets": [{"id": "a", "mount": "ecephys"}],
    "named_parameters": [{"param_name": "sorter", "value": "ks4"}],
}
RUN: dict[str, Any] = {
    "id": "r",
    "name": "sorting",
    "state": "completed",
    "end_status": "succeeded",
    "data_assets": [{"id": "a", "mount": "ecephys"}, {"id": "fixed", "mount": "f"}],
    "parameters": [
        {"param_name": "sorter", "value": "ks4"},
        {"param_name": "n_jobs", "value": "1"},
    ],
}
AROUND = Surroundings(("fixed",), {"": {"sorter": "ks25", "n_jobs": "1"}, "sort": {"k": "5"}})


def test_a_request_holds_what_a_process_says_and_nothing_else() -> None:
    bare = Process("sorted", capsule=CAPSULE)
    assert request_of(bare, {}, {}) == {"capsule_id": CAPSULE}
    full = Process(
        "sorted",
        pipeline=PIPELINE,
        version=3,
        profile="slurm",
        processes={"sort": {"k": 5}},
    )
    assert request_of(full, {"ecephys": "a", "x": "b"}, {"sorter": "ks4"}) == {
        "pipeline_id": PIPELINE,
        "version": 3,
        "nextflow_profile": "slurm",
        "data_assets": [{"id": "a", "mount": "ecephys"}, {"id": "b", "mount": "x"}],
        "named_parameters": [{"param_name": "sorter", "value": "ks4"}],
        "processes": [{"name": "sort", "named_parameters": [{"param_name": "k", "value": "5"}]}],
    }


def test_the_monitor_gets_all_settings_in_one_parameter() -> None:
    assert through_monitor({"pipeline_id": "p"}, {"name": "n"}) == {
        "capsule_id": "567b5b98-8d41-413b-9375-9ca610ca2fd3",
        "parameters": [
            '{"capture_settings":{"name":"n"},"computation_polling_interval":180,'
            '"run_params":{"pipeline_id":"p"}}'
        ],
    }
    (parameter,) = through_monitor({"pipeline_id": "p"}, None)["parameters"]
    assert json.loads(parameter) == {
        "computation_polling_interval": 180,
        "run_params": {"pipeline_id": "p"},
    }


def test_the_key_of_work_does_not_change_with_releases() -> None:
    # kept in ledgers: of sha256 of sorted JSON without blanks, the first 16 digits
    assert key_of({"pipeline_id": "p"}) == "4122c42ba84e5b76"
    two = [{"id": "b", "mount": "y"}, {"id": "a", "mount": "x"}]
    assert key_of({"pipeline_id": "p", "data_assets": two}) == "bb6c8fa99b476fad"
    assert key_of({"data_assets": two[::-1], "pipeline_id": "p"}) == "bb6c8fa99b476fad"


def test_the_surroundings_are_read_from_an_app_panel() -> None:
    panel = {
        "data_assets": [{"id": "fixed"}, "odd"],
        "parameters": [
            {"param_name": "n_jobs", "default_value": 1},
            {"param_name": "when", "default_value": None},
            {"param_name": "", "default_value": "x"},
            {"default_value": "x"},
        ],
        "processes": [{"name": "sort", "parameters": [{"param_name": "k", "default_value": "5"}]}],
    }
    found = Surroundings.of(panel)
    assert found.to_dict() == {
        "fixed": ["fixed"],
        "defaults": {"": {"n_jobs": "1"}, "sort": {"k": "5"}},
    }
    assert Surroundings.of(None).to_dict() == {"fixed": [], "defaults": {"": {}}}


def run(**more: Any) -> dict[str, Any]:
    return {**RUN, **more}


def work(**more: Any) -> dict[str, Any]:
    return {**WORK, **more}


def values(**named: str) -> list[dict[str, str]]:
    return [{"param_name": name, "value": value} for name, value in named.items()]


PART = {"name": "sort", "named_parameters": values(k="6")}


@pytest.mark.parametrize(
    ("request_", "found", "all_stated", "not_all"),
    [
        (WORK, RUN, True, True),
        (WORK, run(cloud_workstation=True), False, False),
        (WORK, run(data_assets=[{"id": "a", "mount": "ecephys"}]), True, True),
        (WORK, run(data_assets=[{"id": "b", "mount": "ecephys"}]), False, False),
        (WORK, run(data_assets=None), False, False),
        # an asset that nobody attached to the pipeline
        (WORK, run(data_assets=[*RUN["data_assets"], {"id": "c", "mount": "c"}]), False, False),
        # a pipeline mounts its only data where it wants; a capsule does not
        (WORK, run(data_assets=[{"id": "a", "mount": "other"}]), True, True),
        (
            {"capsule_id": CAPSULE, "data_assets": WORK["data_assets"]},
            {"data_assets": [{"id": "a", "mount": "other"}]},
            False,
            False,
        ),
        (
            {"capsule_id": CAPSULE, "data_assets": WORK["data_assets"]},
            {"data_assets": [{"id": "a", "mount": "ecephys"}]},
            True,
            True,
        ),
        # another value; a value that is not listed; a default that was changed
        (WORK, run(parameters=values(sorter="ks25")), False, False),
        (WORK, run(parameters=[]), False, True),
        (WORK, run(parameters=values(sorter="ks4", n_jobs="2")), False, False),
        (WORK, run(parameters=values(sorter="ks4", new="2")), True, True),
        # profiles
        (work(nextflow_profile="slurm"), RUN, False, False),
        (work(nextflow_profile="slurm"), run(nextflow_profile="slurm"), True, True),
        (WORK, run(nextflow_profile="slurm"), True, True),
        # processes of a pipeline
        (work(processes=[PART]), RUN, False, True),
        (
            work(processes=[PART]),
            run(processes=[{"name": "sort", "parameters": values(k="6")}]),
            True,
            True,
        ),
        (
            work(processes=[PART]),
            run(processes=[{"name": "sort", "parameters": values(k="5")}]),
            False,
            False,
        ),
        (work(processes=[PART]), run(processes=[{"name": "sort", "parameters": []}]), False, True),
        (WORK, run(processes=[{"name": "sort", "parameters": values(k="5")}]), True, True),
        (WORK, run(processes=[{"name": "sort", "parameters": values(k="6")}]), False, False),
        # the monitor's settings contain everything else
        (
            {"capsule_id": CAPSULE, "parameters": ["{}"]},
            {"parameters": [{"value": "{}"}]},
            True,
            True,
        ),
        (
            {"capsule_id": CAPSULE, "parameters": ["{}"]},
            {"parameters": [{"value": "{1}"}]},
            False,
            False,
        ),
        ({"capsule_id": CAPSULE, "parameters": ["{}"]}, {}, False, False),
    ],
)
def test_a_run_is_of_a_request_if_all_that_it_says_fits(
    request_: dict[str, Any], found: dict[str, Any], all_stated: bool, not_all: bool
) -> None:
    assert is_run_of(request_, found, AROUND) is all_stated
    assert is_run_of(request_, found, AROUND, all_stated=True) is all_stated
    assert is_run_of(request_, found, AROUND, all_stated=False) is not_all


def test_parameters_that_an_answer_does_not_show_are_named() -> None:
    asked = work(
        named_parameters=values(sorter="ks4", n_jobs="2", when="2024"),
        processes=[PART, {"name": "drift", "named_parameters": values(m="1")}],
    )
    assert lost_parameters(asked, {}) == [
        "sorter",
        "n_jobs",
        "when",
        "those of process sort",
        "those of process drift",
    ]
    shown = {
        "parameters": values(sorter="ks4", n_jobs="1"),
        "processes": [{"name": "sort", "parameters": values(k="5")}, {"name": "other"}],
    }
    assert lost_parameters(asked, shown) == ["n_jobs", "when", "k", "those of process drift"]
    assert lost_parameters(WORK, RUN) == []


def test_the_newest_runs_are_those_of_the_last_second() -> None:
    runs: list[dict[str, Any]] = [
        {"id": "b", "created": 5},
        {"id": "a", "created": 5.0},
        {"id": "c", "created": 4},
        {"id": "d", "created": "9"},
        {"id": "e"},
    ]
    assert latest(runs) == (5.0, ["a", "b"])
    assert latest([{"id": "e"}]) == (0.0, ["e"])
    assert latest([]) == (0.0, [])
    assert [one["id"] for one in since(runs, 5, ["b"])] == ["a"]
    assert [one["id"] for one in since(runs, 4, [])] == ["c", "a", "b"]
    assert [one["id"] for one in since(runs, 0, ["c"])] == ["d", "e", "a", "b"]
    assert since(runs, 6, []) == []


def asset(**more: Any) -> Any:
    provenance = {"pipeline": PIPELINE, "capsule": None, "data_assets": ["a"], "computation": "r"}
    made_by = {**provenance, **more.pop("provenance", {})}
    said = {"id": "made", "name": "x_sorted", "state": "ready", "app_parameters": None, **more}
    return SimpleNamespace(provenance=SimpleNamespace(**made_by), **said)


def skipped(
    assets: list[Any], runs: list[Any], *, work_: dict[str, Any] = WORK, skip: Any = None
) -> str | None:
    asked: Any = ("captured", "running", "succeeded") if skip is None else skip
    return why_skipped(work_, work_, assets, runs, runs, around=AROUND, skip=asked)


CAPTURED = "it was already captured: x_sorted (made)"


@pytest.mark.parametrize(
    ("assets", "runs", "skip", "why"),
    [
        ([], [], None, None),
        ([], [run(state="running")], None, "it is already running: sorting (r)"),
        ([], [run(state="running", owner="me")], None, "it is already running: sorting (r), of me"),
        (
            [],
            [run(state="running", owner="me", owner_email="me@x.org")],
            None,
            "it is already running: sorting (r), of me@x.org",
        ),
        ([], [run(state="running")], ("captured", "succeeded"), None),
        ([], [RUN], None, "it already succeeded: sorting (r)"),
        ([], [RUN], ("captured", "running"), None),
        ([], [run(exit_code=1)], None, None),
        ([], [run(state="running", data_assets=[])], None, None),
        ([asset()], [RUN], None, CAPTURED),
        ([asset()], [RUN], ("running", "succeeded"), "it already succeeded: sorting (r)"),
        ([asset()], [run(state="running")], None, "it is already running: sorting (r)"),
        ([asset(state="failed")], [], None, None),
        ([SimpleNamespace(provenance=None)], [], None, None),
        ([asset(provenance={"pipeline": "other"})], [], None, None),
        ([asset(provenance={"pipeline": None, "capsule": PIPELINE})], [], None, CAPTURED),
        ([asset(provenance={"data_assets": ["b"]})], [], None, None),
        ([asset(provenance={"data_assets": None})], [], None, None),
        ([asset(provenance={"data_assets": ["b", "a"]})], [], None, CAPTURED),
        # its run is known, and did other work
        ([asset()], [run(exit_code=1, parameters=values(sorter="ks25"))], None, None),
        ([asset(provenance={"computation": None})], [], None, CAPTURED),
        # its run was deleted, but the asset states the parameters
        ([asset(app_parameters=[SimpleNamespace(name="Sorter", value="ks4")])], [], None, CAPTURED),
        ([asset(app_parameters=[SimpleNamespace(name="sorter", value="ks25")])], [], None, None),
        ([asset(app_parameters=[SimpleNamespace(name=None, value="ks25")])], [], None, CAPTURED),
        ([asset(app_parameters=[SimpleNamespace(name="n", value="1")])], [], None, CAPTURED),
        ([asset(state="failed"), asset(id="2")], [], None, "it was already captured: x_sorted (2)"),
    ],
)
def test_work_is_skipped_that_runs_or_was_done(
    assets: list[Any], runs: list[Any], skip: Any, why: str | None
) -> None:
    assert skipped(assets, runs, skip=skip) == why


def test_the_result_of_a_capsule_is_known_by_its_capsule() -> None:
    of_capsule = {"capsule_id": CAPSULE, "data_assets": WORK["data_assets"]}
    made = asset(provenance={"pipeline": None, "capsule": CAPSULE})
    assert skipped([made], [], work_=of_capsule) == CAPTURED
    assert skipped([asset()], [], work_=of_capsule) is None


def test_runs_of_the_monitor_are_looked_through_as_well() -> None:
    request = {"capsule_id": CAPSULE, "parameters": ["{}"]}
    begun = [{"id": "m", "name": "monitor", "state": "running", "parameters": [{"value": "{}"}]}]
    why = why_skipped(WORK, request, [], [], begun, around=AROUND, skip=("running",))
    assert why == "it is already running: monitor (m)"


class TestProcess:
    @pytest.mark.parametrize(
        ("more", "error", "message"),
        [
            (
                {"capsule": None},
                ValueError,
                "a process has either a capsule or a pipeline, by its ID, not capsule=None and "
                "pipeline=None",
            ),
            (
                {"pipeline": PIPELINE},
                ValueError,
                "a process has either a capsule or a pipeline, by its ID, not "
                f"capsule={CAPSULE!r} and pipeline={PIPELINE!r}",
            ),
            (
                {"label": " "},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not ' '",
            ),
            (
                {"label": "a b"},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not 'a b'",
            ),
            (
                {"label": "a/b"},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not 'a/b'",
            ),
            (
                {"label": "2024-01-01_00-00-00"},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not '2024-01-01_00-00-00'",
            ),
            (
                {"label": "\u00e9"},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not '\u00e9'",
            ),
            ({"inputs": "a"}, TypeError, "inputs is a function of a session, not 'a'"),
            ({"version": "2"}, TypeError, "a version must be a whole number, not '2'"),
            ({"version": 1.5}, TypeError, "a version must be a whole number, not 1.5"),
            (
                {"processes": {"sort": {}}},
                ValueError,
                "only a pipeline has processes with their own parameters, not capsule "
                f"{CAPSULE}: ['sort']",
            ),
            (
                {"via": "monitor"},
                ValueError,
                f"the pipeline monitor starts pipelines, not capsules such as {CAPSULE}",
            ),
            ({"via": "hand"}, ValueError, "via must be 'monitor', not 'hand'"),
            (
                {"parameters": ["ks4"]},
                TypeError,
                "parameters are a mapping of names to values, not ['ks4']",
            ),
            (
                {"parameters": {"n": True}},
                TypeError,
                "the value of parameter 'n' is text or a number, not True: "
                "write it as the capsule reads it",
            ),
            (
                {"parameters": {"n": None}},
                TypeError,
                "the value of parameter 'n' is text or a number, not None: "
                "write it as the capsule reads it",
            ),
        ],
    )
    def test_a_value_that_it_cannot_have_is_refused(
        self, more: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        given = {"label": "sorted", "capsule": CAPSULE, **more}
        with pytest.raises(error) as caught:
            Process(given.pop("label"), **given)
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        ("more", "what"),
        [({"profile": 5}, "a Nextflow profile"), ({"label": 5}, "a label")],
    )
    def test_what_is_no_text_is_refused(self, more: dict[str, Any], what: str) -> None:
        given = {"label": "sorted", "capsule": CAPSULE, **more}
        with pytest.raises(TypeError, match=what):
            Process(given.pop("label"), **given)

    def test_it_is_plain_data_without_its_functions(self) -> None:
        process = Process(
            "sorted", pipeline=PIPELINE, version=2, profile="slurm", ok=lambda *_: True
        )
        assert process.to_dict() == {
            "label": "sorted",
            "capsule": None,
            "pipeline": PIPELINE,
            "version": 2,
            "profile": "slurm",
            "via": None,
            "capture": {
                "name": None,
                "tags": [],
                "share": "viewer",
                "target": None,
                "experiment_type": None,
                "failed": False,
            },
            "judged_by_function": True,
        }
        bare = Process("sorted", capsule=CAPSULE.upper(), capture=None)
        assert bare.to_dict() == {
            "label": "sorted",
            "capsule": CAPSULE,
            "pipeline": None,
            "version": None,
            "profile": None,
            "via": None,
            "capture": None,
            "judged_by_function": False,
        }

    def test_our_requests_are_listed_by_the_target_or_by_the_monitor(self) -> None:
        assert Process("a", capsule=CAPSULE).listed_by == CAPSULE
        assert Process("a", pipeline=PIPELINE).listed_by == PIPELINE
        monitored = Process("a", pipeline=PIPELINE, via="monitor")
        assert monitored.listed_by == "567b5b98-8d41-413b-9375-9ca610ca2fd3"
        assert monitored.target == PIPELINE

    def test_values_are_texts_sorted_by_name(self) -> None:
        assert list(values_of({"b": 1, "a": 0.5, "c": "x"}).items()) == [
            ("a", "0.5"),
            ("b", "1"),
            ("c", "x"),
        ]


class TestCapture:
    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ({"name": " "}, "a name must not be empty"),
            ({"target": " "}, "a bucket must not be empty"),
            ({"experiment_type": " "}, "an experiment type must not be empty"),
            ({"share": "everyone"}, "share must be 'viewer' or 'discoverable', not 'everyone'"),
            (
                {"name": "{session}/x"},
                "the name of an asset must not contain '/' or line breaks: '{session}/x'",
            ),
            (
                {"name": "{asset}"},
                "a name may contain only {session}, {label} and {ended}, without a format: "
                "'{asset}' (not {asset})",
            ),
        ],
    )
    def test_a_value_that_it_cannot_have_is_refused(
        self, more: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ValueError, match=r"is not|must be '|must not|may contain") as caught:
            Capture(**more)
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        "name",
        ["{", "{}", "{0}", "{session.id}", "{session[0]}", "{label!r}", "{ended:>999999999}"],
    )
    def test_a_template_that_cannot_be_filled_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="a name may contain"):
            Capture(name)

    def test_braces_may_be_in_a_name(self) -> None:
        assert Capture("{{x}}_{session}").name == "{{x}}_{session}"

    @pytest.mark.parametrize("name", [".", "..", ". .", "x" * 300])
    def test_a_name_that_is_no_folder_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="valid for a folder"):
            Capture(name)

    @pytest.mark.parametrize("target", ["s3://bucket", "a b", "bucket/prefix", "UPPER"])
    def test_a_target_that_is_no_bucket_is_refused(self, target: str) -> None:
        with pytest.raises(ValueError, match="is the name of a bucket"):
            Capture(target=target)

    def test_all_may_be_left_out(self) -> None:
        assert Capture("{session}_{label}_{ended}", tags=("a",), share=None).to_dict() == {
            "name": "{session}_{label}_{ended}",
            "tags": ["a"],
            "share": None,
            "target": None,
            "experiment_type": None,
            "failed": False,
        }
        assert Capture(tags="a").tags == ("a",)  # type: ignore[arg-type]
