"""Sharing and archiving assets: requests, plans and refusals."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    PartlyDoneError,
    archive_assets,
    memory_sources,
    sessions,
    share_assets,
    use_sources,
)
from tests.conftest import Serve
from tests.platform import Platform
from tests.runs.played import name_of, played_world
from tests.worlds import uuid_of

ALL: dict[str, Any] = {
    "everyone": "viewer",
    "users": [{"email": "a@b.org", "role": "owner"}, {"email": "c@d.org", "role": "editor"}],
    "groups": [{"group": "g", "role": "discoverable"}],
    "share_assets": False,
}


def test_roles_replace_what_was_set_before(serve: Serve) -> None:
    world = played_world()
    world.permissions[uuid_of(1)] = {"everyone": "none"}
    plan = share_assets(
        [uuid_of(2), uuid_of(1), uuid_of(2)],
        "viewer",
        users={"a@b.org": "owner", "c@d.org": "editor"},
        groups={"g": "discoverable"},
        share_inputs=False,
        sources=serve(world),
    )
    assert world.permissions == {uuid_of(1): ALL, uuid_of(2): ALL}
    assert len(plan.to_dict()) == 2


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({"everyone": "none"}, {"everyone": "none"}),
        ({"everyone": "discoverable"}, {"everyone": "discoverable"}),
        ({"users": {"a@b.org": "viewer"}}, {"users": [{"email": "a@b.org", "role": "viewer"}]}),
        ({"groups": {"g": "viewer"}}, {"groups": [{"group": "g", "role": "viewer"}]}),
        ({"share_inputs": True}, {"share_assets": True}),
    ],
)
def test_what_is_left_out_is_not_sent(more: dict[str, Any], sent: dict[str, Any]) -> None:
    world = played_world()
    with use_sources(memory_sources(world)):
        share_assets(uuid_of(1), **more)
    assert world.permissions == {uuid_of(1): sent}


def test_the_archive_takes_an_asset_and_gives_it_back(serve: Serve) -> None:
    world = played_world()
    sources = serve(world)
    archive_assets(uuid.UUID(uuid_of(1)), sources=sources)
    assert [a["id"] for a in world.assets if a.get("archived")] == [uuid_of(1)]
    archive_assets([uuid_of(1), uuid_of(2)], False, sources=sources)
    assert [a["id"] for a in world.assets if a.get("archived")] == []


def test_a_dry_run_sends_nothing(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(played_world())
    shared = share_assets(uuid_of(1), "viewer", dry_run=True)
    archived = archive_assets(uuid_of(1), dry_run=True)
    assert platform.count() == 0
    assert str(shared) == (
        f'share: POST data_assets/{uuid_of(1)}/permissions\n  {{\n    "everyone": "viewer"\n  }}'
    )
    assert shared.to_dict() == [{"share": uuid_of(1), "permissions": {"everyone": "viewer"}}]
    assert archived.to_dict() == [{"archive": uuid_of(1), "archived": True}]
    assert str(archived) == f"archive: PATCH data_assets/{uuid_of(1)}/archive?archive=true"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "set who may see the assets: everyone, users or groups"),
        ({"users": {}, "groups": {}}, "set who may see the assets: everyone, users or groups"),
        (
            {"everyone": "owner"},
            "everyone must be 'viewer', 'discoverable' or 'none', not 'owner'",
        ),
        (
            {"users": {"a@b.org": "discoverable"}},
            "the role of a user must be 'owner', 'editor' or 'viewer', not 'discoverable'",
        ),
        (
            {"groups": {"g": "reader"}},
            "the role of a group must be 'owner', 'editor', 'viewer' or 'discoverable', "
            "not 'reader'",
        ),
    ],
)
def test_a_role_that_does_not_exist_is_refused_before_anything_is_sent(
    more: dict[str, Any], message: str
) -> None:
    world = played_world()
    with pytest.raises(ValueError, match=r"set who|must be '") as caught:
        share_assets(uuid_of(1), sources=memory_sources(world), **more)
    assert str(caught.value) == message
    assert world.permissions == {}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"users": {"bob": "viewer"}}, "a user is named by the email address, not 'bob'"),
        ({"users": {"@": "viewer"}}, "a user is named by the email address, not '@'"),
        ({"groups": {" ": "viewer"}}, "the name of a group must not be empty"),
    ],
)
def test_a_name_that_nobody_has_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"named by|must not be empty") as caught:
        share_assets(uuid_of(1), sources=memory_sources(played_world()), **more)
    assert str(caught.value) == message


def test_answers_of_many_sessions_are_shared() -> None:
    many = sessions([name_of(1), name_of(2)], sources=memory_sources(played_world()))
    plan = share_assets(many.raw_data_assets, "viewer", dry_run=True)
    assert [step["share"] for step in plan.to_dict()] == [uuid_of(1), uuid_of(2)]
    plan = archive_assets(many.raw_data_assets, dry_run=True)
    assert [step["archive"] for step in plan.to_dict()] == [uuid_of(1), uuid_of(2)]


def test_an_error_names_what_was_shared_before_it() -> None:
    sources = memory_sources(played_world())
    with pytest.raises(PartlyDoneError) as caught:
        share_assets([uuid_of(1), uuid_of(99)], "viewer", sources=sources)
    assert str(caught.value) == (
        f"data asset {uuid_of(99)} was not found; done before that: {uuid_of(1)}"
    )


def test_without_assets_nothing_is_shared_or_archived() -> None:
    empty: tuple[Any, ...] = ([], (), None)
    for none in empty:
        with pytest.raises(ValueError, match="no data asset was passed"):
            share_assets(none, "viewer")
        with pytest.raises(ValueError, match="no data asset was passed"):
            archive_assets(none)
    with pytest.raises(TypeError, match="archived must be True or False, not 'yes'"):
        archive_assets(uuid_of(1), "yes")  # type: ignore[arg-type]
