"""Share and archive data assets; ``dry_run`` shows the requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aind_session.catalog.by_id import each_asset, get_normalized_uuid
from aind_session.errors.wording import quote
from aind_session.runs.plan import ArchiveAsset, Plan, ShareAsset
from aind_session.runtime.arguments import mapping, one_of, text, truth
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.protocols import Body

_ROLES = ("owner", "editor", "viewer")


def share_assets(
    assets: Any,
    everyone: str | None = None,
    *,
    users: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
    share_inputs: bool | None = None,
    dry_run: bool = False,
    sources: Sources | None = None,
) -> Plan:
    """Set who may see or change data assets; this replaces the previous permissions.

    Parameters
    ----------
    assets
        An asset or its ID, several, or answers of many sessions, such as ``many.raw_data_assets``.
    everyone
        ``viewer``, ``discoverable`` or ``none``; None leaves it unchanged.
    users, groups
        Roles (``owner``, ``editor``, ``viewer``) by email address or group name; groups can also be
        ``discoverable``.
    share_inputs
        Whether to share their input assets with the same users and groups.
    dry_run
        Whether to only show the requests.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Plan
        The requests that were or would be sent.

    Raises
    ------
    PartlyDoneError
        An asset could not be shared; the error names those shared before it.
    ValueError
        An unknown role, nothing to set, or an invalid ID.

    Examples
    --------
    >>> share_assets("1e11bdf5-b452-4fd9-bbb1-48383a9b0842", "viewer", dry_run=True)
    share: POST data_assets/1e11bdf5-b452-4fd9-bbb1-48383a9b0842/permissions
      {
        "everyone": "viewer"
      }
    """
    wanted: Body = {}
    if everyone is not None:
        wanted["everyone"] = one_of(everyone, ("viewer", "discoverable", "none"), "everyone")
    if users is not None and mapping(users, "users"):
        roles = _roles(users, "a user", _ROLES)
        wanted["users"] = [{"email": _email(name), "role": role} for name, role in roles]
    if groups is not None and mapping(groups, "groups"):
        roles = _roles(groups, "a group", (*_ROLES, "discoverable"))
        wanted["groups"] = [{"group": name, "role": role} for name, role in roles]
    if share_inputs is not None:
        wanted["share_assets"] = truth(share_inputs, "share_inputs")
    if not wanted:
        raise ValueError("set who may see the assets: everyone, users or groups")
    plan = Plan(tuple(ShareAsset(id_, wanted) for id_ in _ids(assets)))
    return _sent(plan, sources, dry_run=dry_run)


def archive_assets(
    assets: Any, archived: bool = True, *, dry_run: bool = False, sources: Sources | None = None
) -> Plan:
    """Archive or unarchive data assets.

    Parameters
    ----------
    assets
        An asset or its ID, several, or answers of many sessions, such as ``many.raw_data_assets``.
    archived
        Whether to archive them: searches then do not show them, and runs cannot use them.
    dry_run
        Whether to only show the requests.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Plan
        The requests that were or would be sent.

    Raises
    ------
    PartlyDoneError
        An asset could not be archived; the error names those archived before it.
    ValueError
        An invalid ID.

    Examples
    --------
    >>> archive_assets("1e11bdf5-b452-4fd9-bbb1-48383a9b0842", dry_run=True)
    archive: PATCH data_assets/1e11bdf5-b452-4fd9-bbb1-48383a9b0842/archive?archive=true
    """
    is_archived = truth(archived, "archived")
    plan = Plan(tuple(ArchiveAsset(id_, is_archived) for id_ in _ids(assets)))
    return _sent(plan, sources, dry_run=dry_run)


def _ids(assets: Any) -> list[str]:
    found = [get_normalized_uuid(asset) for asset in each_asset(() if assets is None else assets)]
    if not found:
        raise ValueError(f"no data asset was passed: {quote(assets)}")
    return list(dict.fromkeys(found))


def _email(name: str) -> str:
    if "@" not in name.strip("@"):
        raise ValueError(f"a user is named by the email address, not {quote(name)}")
    return name


def _roles(given: Mapping[str, str], what: str, roles: tuple[str, ...]) -> list[tuple[str, str]]:
    role_of = f"the role of {what}"
    named = [(text(name, what), one_of(role, roles, role_of)) for name, role in given.items()]
    if not all(name.strip() for name, _ in named):
        raise ValueError(f"the name of {what} must not be empty")
    return named


def _sent(plan: Plan, sources: Sources | None, *, dry_run: bool) -> Plan:
    if not truth(dry_run, "dry_run"):
        plan.send(sources_or_default(sources))
    return plan
