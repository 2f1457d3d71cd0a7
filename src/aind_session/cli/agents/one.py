"""The tools find, session, explain and lineage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.cli.agents.arguments import About, Find, OfSession
from aind_session.cli.agents.asked import CODE_OCEAN, Evidence, in_utc
from aind_session.cli.find import match_as_data
from aind_session.cli.output import iso
from aind_session.errors.wording import quote

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.catalog.lineage import Lineage
    from aind_session.catalog.lineage_parts import Node
    from aind_session.session import Session

Rows = list[dict[str, Any]]
Found = tuple[dict[str, Any], Rows]
"""The facts besides the rows, and the rows."""


def find(wanted: Find, rests_on: Evidence) -> Found:
    """Find what a mention means; the rows are sessions, those of a subject latest first."""
    from aind_session.many.by_subject import get_sessions
    from aind_session.many.find import find

    match = find(wanted.mention, wanted.day, near=wanted.near)
    data = match_as_data(match)
    sessions = [*match.sessions, *match.others]
    if match.kind == "subject" and match.subject is not None:
        sessions = list(get_sessions(match.subject.id))[::-1]
    if match.subject is not None and match.name is None:
        _from_cache(match.subject, rests_on)
    if match.kind == "session" and match.name is not None:
        rests_on.notes.append("only the name was read: call session for what exists")
    if match.caveat:
        rests_on.notes.append(match.caveat)
    if match.kind in ("asset", "computation", "capsule"):
        rests_on.asked_now(CODE_OCEAN)
    left_out = ("mention", "sessions", "other_sessions", "caveat")
    head = {k: v for k, v in data.items() if k not in left_out and v is not None}
    return head, [{"session": session.id} for session in sessions]


def session(wanted: OfSession, rests_on: Evidence) -> Found:
    """Report what exists about a session; the rows are its assets."""
    asked = named(wanted.mention)
    head: dict[str, Any] = {"session": asked.id, "subject": asked.subject_id}
    head["time"] = asked.dt.isoformat()
    for field in dict.fromkeys(wanted.fields):
        if field != "assets":
            head[field] = rests_on.ask(field, partial(_FIELDS[field], asked))
    assets = rests_on.ask("assets", lambda: asked.data_assets) if "assets" in wanted.fields else ()
    from_session(asked, rests_on)
    return head, [asset_row(asset) for asset in assets or ()]


def explain(wanted: About, rests_on: Evidence) -> Found:
    """Explain the answers about a session; the rows are candidates, then questions asked."""
    asked = named(wanted.mention)
    for about, question in (
        ("raw data", lambda: asked.raw_data_asset),
        ("raw data directory", lambda: asked.raw_data_dir),
    ):
        rests_on.ask(about, question)
    explained = asked.explain().to_dict()
    from_session(asked, rests_on)
    choices = [{k: c[k] for k in ("about", "winner", "why")} for c in explained["choices"]]
    head = {"session": asked.id, "choices": choices, "disagreements": explained["disagreements"]}
    rows = [
        {"about": choice["about"], "candidate": one["name"], "why": one["why"]}
        for choice in explained["choices"]
        for one in choice["candidates"]
    ]
    asked_rows = (
        {**{k: step[k] for k in ("question", "outcome")}, "at": in_utc(step["at"])}
        for step in explained["steps"]
    )
    return head, [*rows, *asked_rows]


def lineage(wanted: About, rests_on: Evidence) -> Found:
    """Report the lineage; a row for each asset, with inputs, run, capsule and owner."""
    from aind_session.catalog.trace import asset_lineage
    from aind_session.many.find import find

    match = find(wanted.mention)
    if match.asset is not None:
        traced = asset_lineage(match.asset)
        if match.subject is not None:
            _from_cache(match.subject, rests_on)
        rests_on.asked_now(CODE_OCEAN)
        about = {"id": match.asset.id, "name": match.asset.name}
        assets: Sequence[DataAsset] = (match.asset,)
    else:
        asked = named(match)
        traced = asked.lineage()
        from_session(asked, rests_on)
        about = {"session": asked.id}
        assets = asked.data_assets
    rests_on.notes += traced.notes
    return about, list(_lineage_rows(traced, {asset.id: asset for asset in assets}))


_OTHERS = {
    "subject": "a subject, not one session: find lists its sessions",
    "sessions": "a day of several sessions, not one session: find lists them",
    "asset": "an asset that names no session: pass a session",
    "computation": "a run, not one session: find lists its inputs, which belong to sessions",
    "capsule": "a capsule or pipeline, not one session: pass a session",
}


def named(mention: Any) -> Session:
    """Return the session that a mention names.

    Raises
    ------
    ValueError
        It names something else.
    """
    from aind_session.many.find import Match, find
    from aind_session.many.sessions import Sessions

    match = mention if isinstance(mention, Match) else find(mention)
    if match.session is None:
        raise ValueError(f"{quote(match.mention)} is {_OTHERS[match.kind]}")
    # as a collection, so that a server that is down is asked only once, not for each field
    return next(iter(Sessions([match.session], progress=False)))


def from_session(asked: Session, rests_on: Evidence) -> None:
    """Record which sources answered about a session's subject, and when."""
    from aind_session.session import finder_of

    inventory = finder_of(asked).inventory
    rests_on.from_cache(inventory.sources.cache, [inventory.subject_id])


def asset_row(asset: DataAsset) -> dict[str, Any]:
    """Return the row of an asset."""
    row = {"id": asset.id, "name": asset.name, "created": iso(asset.created)}
    state = getattr(asset.state, "value", asset.state)
    return row if state == "ready" else {**row, "state": state}


def _from_cache(subject: Any, rests_on: Evidence) -> None:
    from aind_session.sources import default_sources

    rests_on.from_cache(default_sources().cache, [subject.id])


def _lineage_rows(traced: Lineage, assets: Mapping[str, DataAsset]) -> Iterator[dict[str, Any]]:
    for node in traced.nodes:
        made = [edge for edge in traced.edges if edge.target == node.id]
        # an asset without inputs has no edge that names its run
        said = made[0] if made else getattr(assets.get(node.id), "provenance", None)
        run = getattr(said, "run", None) or getattr(said, "computation", None)
        capsule = getattr(said, "capsule", None)
        yield {
            **_node(node),
            "made_of": [edge.source for edge in made],
            **({"known_from": made[0].how} if made else {}),
            **({"run": run} if run else {}),
            **({"capsule": capsule} if capsule else {}),
        }


def _node(node: Node) -> dict[str, Any]:
    row = {"id": node.id, "name": node.name, "created": iso(node.created)}
    more = {"label": node.label, "owner": node.owner}
    if node.kind != "asset" or node.state != "ready":
        more["state"] = node.state if node.kind == "asset" else node.kind
    return {**row, **{k: v for k, v in more.items() if v is not None}}


def _latest_sorted(asked: Session) -> dict[str, Any]:
    asset = asked.ecephys.sorted_data_asset
    return asset_row(asset)


def _latest_good_sorted(asked: Session) -> dict[str, Any]:
    return asset_row(asked.derived("sorted", ok=True).latest())


def _qc(asked: Session) -> dict[str, Any]:
    metrics = asked.qc.metrics
    deciding = [f"{m.name} ({m.stage}): {m.status}" for m in metrics.deciding]
    return {"status": metrics.status, "metrics": len(metrics), "deciding": deciding}


def _metadata(asked: Session) -> dict[str, Any] | None:
    from aind_session.conventions.records import record_genotype, record_project

    record = asked.docdb
    if not record:
        return None
    return {
        "id": str(record.get("_id")),
        "name": record.get("name"),
        "place": record.get("location"),
        "project": record_project(record),
        "genotype": record_genotype(record),
    }


_FIELDS: dict[str, Callable[[Session], Any]] = {
    "raw_asset": lambda asked: asset_row(asked.raw_data_asset),
    "raw_dir": lambda asked: {"place": asked.raw_data_dir.as_posix()},
    "modalities": lambda asked: list(asked.modalities),
    "latest_sorted": _latest_sorted,
    "latest_good_sorted": _latest_good_sorted,
    "qc": _qc,
    "metadata": _metadata,
}
