"""Problems of a request according to the app panel, each with the correct value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aind_session.runs.process import Process
from aind_session.runs.target import (
    Target,
    kind_of,
    mounts_of,
    only_mount,
    problems,
    wrong_experiment_type,
)
from aind_session.sources.bodies import data_asset
from aind_session.sources.servers.decode import decode_asset
from tests.runs.played import CAPSULE, PIPELINE
from tests.worlds import uuid_of

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

SORTER = {"param_name": "sorter", "value_options": ["ks25", "ks4"], "default_value": "ks4"}
JOBS = {"param_name": "n_jobs", "minimum": 1, "maximum": 64}
PANEL: dict[str, Any] = {
    "parameters": [
        SORTER,
        JOBS,
        {"param_name": "when", "pattern": r"^\d{4}$"},
        {"param_name": "odd", "pattern": "(?<"},
        {"param_name": "rate", "value_type": "float"},
        {"param_name": "least", "minimum": 5},
        {"param_name": "most", "maximum": 5},
        {"param_name": "whole", "value_type": "integer"},
        {"param_name": None},
    ],
    "processes": [{"name": "sort_13", "parameters": [{"param_name": "k", "maximum": 9}]}],
}
EXTERNAL: dict[str, Any] = {
    "source_bucket": {"origin": "aws", "bucket": "b", "prefix": "p"},
}


def target(panel: Any = PANEL, **more: Any) -> Target:
    said = {"problem": None, "runs": (), "listed": (), "experiment_types": (), "notes": ()}
    return Target(panel=panel, **{**said, "requests": 3, **more})


def made(**more: Any) -> DataAsset:
    return decode_asset(data_asset(uuid_of(1), "x", 1, **more))


def values(**named: str) -> list[dict[str, str]]:
    return [{"param_name": name, "value": value} for name, value in named.items()]


PIPE, CAPS = Process("a", pipeline=PIPELINE), Process("a", capsule=CAPSULE)


def wrong(request: dict[str, Any], panel: Any = PANEL, process: Process = PIPE) -> list[str]:
    return problems(process, request, {}, target(panel))


LISTED = "There is 'sorter', 'n_jobs', 'when', 'odd', 'rate', 'least', 'most', 'whole'"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("sorter", "ks4", None),
        ("sorter", "ks25", None),
        (
            "sorter",
            "ks3",
            "parameter 'sorter' cannot be 'ks3'; did you mean 'ks4' or 'ks25'? "
            "There is 'ks25', 'ks4'",
        ),
        ("sorter", "zzz", "parameter 'sorter' cannot be 'zzz'; there is 'ks25', 'ks4'"),
        ("n_jobs", "1", None),
        ("n_jobs", "64", None),
        ("n_jobs", "0", "parameter 'n_jobs' is 0, which is not between 1 and 64"),
        ("n_jobs", "64.5", "parameter 'n_jobs' is 64.5, which is not between 1 and 64"),
        ("n_jobs", "many", "parameter 'n_jobs' is 'many', where a number is expected"),
        ("n_jobs", "nan", "parameter 'n_jobs' is 'nan', where a number is expected"),
        ("n_jobs", "inf", "parameter 'n_jobs' is inf, which is not between 1 and 64"),
        ("when", "2024", None),
        ("when", "24", r"parameter 'when' is '24', which does not match the pattern '^\\d{4}$'"),
        ("odd", "any", None),
        ("rate", "1.5", None),
        ("whole", "4", None),
        ("whole", "4.0", "parameter 'whole' is '4.0', where a whole number is expected"),
        ("rate", "fast", "parameter 'rate' is 'fast', where a number is expected"),
        ("least", "4", "parameter 'least' is 4, which is below 5"),
        ("least", "5", None),
        ("most", "6", "parameter 'most' is 6, which is above 5"),
        ("most", "5", None),
        ("n_job", "1", f"there is no parameter 'n_job'; did you mean 'n_jobs'? {LISTED}"),
        ("zzz", "1", f"there is no parameter 'zzz'; {LISTED.replace('There', 'there')}"),
        ("when", "2" * 4096, r"parameter 'when' is"),
        (
            "odd",
            "2" * 4097,
            "the value of parameter 'odd' has 4097 characters: at most 4096 are allowed",
        ),
        ("odd", "2" * 4096, None),
    ],
)
def test_a_parameter_is_checked_against_the_panel(
    name: str, value: str, problem: str | None
) -> None:
    found = wrong({"named_parameters": values(**{name: value})})
    if problem is None:
        assert found == []
    elif value == "2" * 4096:
        assert [one.startswith(problem) for one in found] == [True]
    else:
        assert found == [problem]


def test_a_panel_without_parameters_checks_none_but_their_length() -> None:
    panel: dict[str, Any] = {"parameters": []}
    assert wrong({"named_parameters": values(any="1")}, panel) == []
    assert len(wrong({"named_parameters": values(any="1" * 4097)}, panel)) == 1


@pytest.mark.parametrize(
    ("part", "given", "problems_"),
    [
        ({"required": True}, {}, ["parameter 'must' is required, and has no default"]),
        ({"required": True}, {"must": "1"}, []),
        ({"required": True, "default_value": "1"}, {}, []),
        ({"required": False}, {}, []),
    ],
)
def test_a_required_parameter_without_default_is_asked_for(
    part: dict[str, Any], given: dict[str, str], problems_: list[str]
) -> None:
    panel = {"parameters": [{"param_name": "must", **part}]}
    assert wrong({"named_parameters": values(**given)}, panel) == problems_


def test_parameters_of_a_process_are_checked_as_the_others_are() -> None:
    def asked(name: str, **named: str) -> dict[str, Any]:
        return {"processes": [{"name": name, "named_parameters": values(**named)}]}

    assert wrong(asked("sort_13", k="9")) == []
    assert wrong(asked("sort_13", k="10")) == [
        "parameter 'k' of process 'sort_13' is 10, which is above 9"
    ]
    assert wrong(asked("sort_13", j="1")) == [
        "there is no parameter 'j' of process 'sort_13'; there is 'k'"
    ]
    assert wrong(asked("sort_16", k="1")) == [
        "there is no process 'sort_16'; did you mean 'sort_13'? There is 'sort_13'; "
        "the number in the name changes when the pipeline is edited"
    ]


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (1, "'o1'"),
        (8, "'o1', 'o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8'"),
        (9, "'o1', 'o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8', ..."),
    ],
)
def test_of_many_names_eight_are_shown(count: int, shown: str) -> None:
    options = [f"o{number}" for number in range(1, count + 1)]
    panel = {"parameters": [{"param_name": "one", "value_options": options}]}
    assert wrong({"named_parameters": values(one="zzz")}, panel) == [
        f"parameter 'one' cannot be 'zzz'; there is {shown}"
    ]


def test_a_pipeline_is_not_run_as_a_capsule() -> None:
    found = problems(CAPS, {}, {}, target())
    assert found == [
        f"{CAPSULE} is a pipeline, since it has processes: use pipeline=, not capsule="
    ]
    assert problems(CAPS, {}, {}, target({"parameters": []})) == []
    assert problems(PIPE, {}, {}, target()) == []


def test_what_could_not_be_seen_is_the_only_problem() -> None:
    request = {"named_parameters": values(zzz="1")}
    assert problems(PIPE, request, {}, target(problem="closed")) == ["closed"]
    assert problems(PIPE, request, {}, target(None)) == ["its app panel cannot be seen"]
    assert problems(PIPE, request, {}, target(None, problem="closed")) == ["closed"]


ATTACHED = [
    {"id": uuid_of(9), "mount": "ecephys", "kind": "external", "name": "fixed"},
    {"id": uuid_of(8), "mount": "nwb", "kind": "internal"},
    {"id": uuid_of(7), "mount": "any"},
]


@pytest.mark.parametrize(
    ("mount", "more", "problem"),
    [
        ("ecephys", EXTERNAL, None),
        (
            "ecephys",
            {},
            "x is internal, but the pipeline's data at 'ecephys' are external: they can only be "
            "replaced by data of the same kind",
        ),
        ("nwb", {}, None),
        (
            "nwb",
            {"type": "combined"},
            "x is combined, but the pipeline's data at 'nwb' are internal: they can only be "
            "replaced by data of the same kind",
        ),
        ("any", {}, None),
        ("any", {"type": "combined"}, None),
        (
            "ephys",
            EXTERNAL,
            "the pipeline has no data at the mount 'ephys'; did you mean 'ecephys'? "
            "There is 'ecephys', 'nwb', 'any'",
        ),
    ],
)
def test_an_input_of_a_pipeline_replaces_data_of_the_same_kind(
    mount: str, more: dict[str, Any], problem: str | None
) -> None:
    found = problems(PIPE, {}, {mount: made(**more)}, target({"data_assets": ATTACHED}))
    assert found == ([] if problem is None else [problem])
    assert problems(PIPE, {}, {mount: made(**more)}, target({"parameters": []})) == []


def test_an_input_of_a_capsule_takes_a_mount_that_is_free() -> None:
    panel = {"data_assets": ATTACHED}
    assert problems(CAPS, {}, {"free": made()}, target(panel)) == []
    assert problems(CAPS, {}, {"ecephys": made()}, target(panel)) == [
        "the mount 'ecephys' is taken by fixed, which is attached to the capsule: choose another"
    ]
    assert problems(CAPS, {}, {"nwb": made()}, target(panel)) == [
        f"the mount 'nwb' is taken by {uuid_of(8)}, which is attached to the capsule: "
        "choose another"
    ]
    attached = decode_asset(data_asset(uuid_of(8), "y", 1))
    assert problems(CAPS, {}, {"free": attached}, target(panel)) == [
        "y is attached to the capsule already: leave it out of inputs"
    ]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({}, None),
        ({"state": "draft"}, f"x ({uuid_of(1)}) is draft, not ready"),
        (
            {"state": "failed", "failure_reason": "no \x1b space"},
            f"x ({uuid_of(1)}) is failed, not ready: no \\x1b space",
        ),
    ],
)
def test_an_input_is_ready(more: dict[str, Any], problem: str | None) -> None:
    found = problems(CAPS, {}, {"free": made(**more)}, target({}))
    assert found == ([] if problem is None else [problem])


def test_the_kind_of_an_asset_is_where_its_files_are() -> None:
    assert kind_of(made()) == "internal"
    assert kind_of(made(**EXTERNAL)) == "external"
    assert kind_of(made(type="combined", **EXTERNAL)) == "combined"


def test_the_only_mount_of_a_pipeline_is_where_its_input_goes() -> None:
    one = {"data_assets": [{"mount": "ecephys"}, {"mount": "ecephys"}]}
    assert only_mount(one) == "ecephys"
    assert only_mount({"data_assets": ATTACHED}) is None
    assert only_mount(None) is None
    assert mounts_of({"data_assets": ATTACHED}) == ["ecephys", "nwb", "any"]
    assert mounts_of(None) == []


def test_an_experiment_type_that_is_not_allowed_names_those_that_are() -> None:
    allowed = target(experiment_types=("ecephys", "behavior"))
    assert wrong_experiment_type("ecephys", allowed) == []
    assert wrong_experiment_type(None, allowed) == []
    assert wrong_experiment_type("ephys", target()) == []
    assert wrong_experiment_type("ephys", allowed) == [
        "the experiment type 'ephys' is not allowed; did you mean 'ecephys'? "
        "There is 'ecephys', 'behavior'; set Capture(experiment_type=...)"
    ]


def test_runs_of_a_request_are_those_with_its_first_input() -> None:
    runs = (
        {"id": "1", "data_assets": [{"id": "a"}, {"id": "b"}]},
        {"id": "2", "data_assets": [{"id": "b"}]},
        {"id": "3", "data_assets": None},
    )
    found = target(runs=runs)
    assert [run["id"] for run in found.runs_with({"data_assets": [{"id": "b"}]})] == ["1", "2"]
    assert [run["id"] for run in found.runs_with({"data_assets": [{"id": "c"}]})] == []
    assert [run["id"] for run in found.runs_with({})] == ["1", "2", "3"]
