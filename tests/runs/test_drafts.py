"""Inputs and parameters for one session, and results that were captured meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session import AccessDeniedError, RemoteError, Session, memory_sources, plan_runs
from aind_session.errors import AssetNotFoundError
from aind_session.runs.drafts import Draft, draft_of
from aind_session.runs.process import Process
from aind_session.session import finder_of
from aind_session.sources.world import World
from tests.runs.played import CAPSULE, PIPELINE, name_of, played_world
from tests.worlds import uuid_of

NAME = name_of(1)


def draft(world: World | None = None, **more: Any) -> Draft:
    sources = memory_sources(world or played_world())
    process = Process("a", pipeline=PIPELINE, **more)
    session = Session(NAME, sources=sources)
    return draft_of(session, process, finder_of(session).inventory)


def refusing(error: Exception) -> Any:
    def inputs(_: Session) -> Any:
        raise error

    return inputs


def test_by_default_the_input_is_the_raw_asset_and_the_mount_is_not_known() -> None:
    made = draft(parameters={"b": 1, "a": "x"})
    assert (made.session, made.why) == (NAME, "")
    assert [(mount, one.id) for mount, one in made.inputs.items()] == [("", uuid_of(1))]
    assert dict(made.parameters) == {"a": "x", "b": "1"}
    assert uuid_of(1) in [one.id for one in made.assets]
    assert (made.platform, made.experiment_type) == ("ecephys", "ecephys")


def test_the_experiment_type_is_what_the_metadata_of_the_input_say() -> None:
    world = played_world()
    world.assets[0]["custom_metadata"]["experiment type"] = "behavior"
    made = draft(world)
    assert (made.platform, made.experiment_type) == ("ecephys", "behavior")
    world.assets[0]["custom_metadata"]["experiment type"] = 5
    assert draft(world).experiment_type == "ecephys"
    world.assets[0]["custom_metadata"] = None
    assert draft(world, inputs=lambda _: uuid_of(1)).experiment_type == "ecephys"


def test_inputs_and_parameters_are_functions_of_the_session() -> None:
    made = draft(
        inputs=lambda session: {"raw": session.raw_data_asset, "model": uuid_of(900)},
        parameters=lambda session: {"subject": session.subject_id},
    )
    assert {mount: one.id for mount, one in made.inputs.items()} == {
        "raw": uuid_of(1),
        "model": uuid_of(900),
    }
    assert dict(made.parameters) == {"subject": "700001"}


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        (lambda _: {}, "ValueError: inputs returned no asset: {}"),
        (
            lambda _: None,
            "TypeError: inputs must return an asset, or a mapping of mounts to assets, not None",
        ),
        (
            lambda _: ["a"],
            "TypeError: inputs must return an asset, or a mapping of mounts to assets, not ['a']",
        ),
        (
            lambda _: {"a/b": uuid_of(1)},
            "ValueError: a mount is the name of a folder below /data, not 'a/b'",
        ),
        (
            lambda _: {" ": uuid_of(1)},
            "ValueError: a mount is the name of a folder below /data, not ' '",
        ),
        (
            lambda _: {"..": uuid_of(1)},
            "ValueError: a mount is the name of a folder below /data, not '..'",
        ),
        (
            lambda _: {".": uuid_of(1)},
            "ValueError: a mount is the name of a folder below /data, not '.'",
        ),
        (
            lambda _: {5: uuid_of(1)},
            "ValueError: a mount is the name of a folder below /data, not 5",
        ),
        (refusing(ValueError("no\nprobe")), "ValueError: no"),
        (refusing(KeyError()), "KeyError: KeyError"),
        (refusing(AttributeError("x")), "AttributeError: x"),
        (refusing(AccessDeniedError("S3", "closed")), str(AccessDeniedError("S3", "closed"))),
        (
            refusing(AssetNotFoundError("a model", hint="make one")),
            "a model was not found; make one",
        ),
    ],
)
def test_what_is_wrong_with_inputs_says_why_it_cannot_be_run(inputs: Any, why: str) -> None:
    assert draft(inputs=inputs) == Draft(NAME, why=why)


def test_what_could_not_be_asked_is_no_reason() -> None:
    with pytest.raises(RemoteError):
        draft(inputs=refusing(RemoteError("Code Ocean", "down")))


def test_a_plan_for_a_capsule_mounts_its_input_under_its_name() -> None:
    process = Process("a", capsule=CAPSULE)
    plan = plan_runs([NAME], process, sources=memory_sources(played_world()))
    assert plan.to_run[0].request["data_assets"] == [{"id": uuid_of(1), "mount": NAME}]
