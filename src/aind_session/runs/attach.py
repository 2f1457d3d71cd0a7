"""Attach data assets to a workstation, a capsule or a pipeline, and detach them.

One bad asset makes the server refuse a whole request, so a refused batch is halved until the bad
assets are isolated. Attaching an attached asset changes nothing, so a request whose answer was lost
is sent again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from aind_session.catalog.by_id import (
    AssetOrId,
    each_asset,
    get_normalized_uuid,
    is_asset_model,
)
from aind_session.display import Cell, Table
from aind_session.display.cell import Tone
from aind_session.display.shown import Shown
from aind_session.errors import (
    AssetNotFoundError,
    CredentialsError,
    RemoteError,
    Searched,
    UnavailableError,
    UnknownOutcomeError,
)
from aind_session.errors.wording import printable, quote
from aind_session.runtime.arguments import seconds
from aind_session.runtime.clock import SYSTEM_CLOCK, Clock
from aind_session.runtime.parsing import objects_in
from aind_session.sources import MOUNTS, Sources, sources_or_default
from aind_session.sources.protocols import Body
from aind_session.sources.settings import read_settings

State = Literal["attached", "already", "waiting", "refused", "detached"]
"""The outcome for one asset."""

_BATCH = 100
"""Users have seen the server fail with larger requests."""

_LOOK_SECONDS = 1.0
_TONES: Mapping[State, Tone] = {
    "attached": "good",
    "already": "plain",
    "waiting": "wait",
    "refused": "bad",
    "detached": "plain",
}


@dataclass(frozen=True)
class AttachedRow:
    """The outcome for one asset.

    Attributes
    ----------
    asset_id
        The asset.
    state
        ``"attached"``; ``"already"``: it was attached before; ``"waiting"``: the server attached
        it, but its folder does not exist yet; ``"refused"``; ``"detached"``.
    mount
        The name of its folder; None if the server did not say.
    why
        Why it was refused, or what is still missing; empty otherwise.
    """

    asset_id: str
    state: State
    mount: str | None = None
    why: str = ""


@dataclass(frozen=True, repr=False)
class AttachReport(Shown):
    """The outcome for each asset; returned by `attach` and `detach`.

    Attributes
    ----------
    host
        The target: ``capsules/<id>``, ``pipelines/<id>``, or ``computations/<id>`` for a
        workstation.
    rows
        One for each asset, in the order in which they were named.
    """

    host: str
    rows: tuple[AttachedRow, ...]

    @property
    def refused(self) -> tuple[AttachedRow, ...]:
        """The rows of assets that were refused."""
        return tuple(row for row in self.rows if row.state == "refused")

    def to_records(self) -> list[dict[str, Any]]:
        """Return a dictionary for each asset: ``asset_id``, ``state``, ``mount``, ``why``."""
        return [vars(row).copy() for row in self.rows]

    def _card(self) -> Table:
        rows = [
            [row.mount or "", row.asset_id, Cell(row.state, _TONES[row.state]), row.why]
            for row in self.rows
        ]
        names = ["mount", "asset", "state", "why"]
        return Table.of(names, rows, wrap=["why"], title=self.host, aside=self._count())

    def _count(self) -> str:
        counts = Counter(row.state for row in self.rows)
        return ", ".join(f"{count} {state}" for state, count in counts.items())

    __str__ = Shown.as_text

    def __repr__(self) -> str:
        return f"<AttachReport of {printable(self.host)}: {self._count() or 'no assets'}>"


def attach(
    assets: AssetOrId | Iterable[AssetOrId] | Mapping[Any, Any],
    to: Any = None,
    *,
    wait: float = 60,
    sources: Sources | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> AttachReport:
    """Attach data assets to a workstation, a capsule or a pipeline.

    Parameters
    ----------
    assets
        One or several data assets, or their IDs; a mapping of mounts to these; or answers of many
        sessions, such as ``many.raw_data_assets``. Assets with equal mounts get their names as
        mounts, or else their IDs; an asset passed by ID keeps its own mount.
    to
        The ID of a capsule, pipeline or workstation, or a computation. By default the workstation
        in which this runs, else the capsule of ``CO_CAPSULE_ID``.
    wait
        How many seconds to wait for the folders, if this runs in the workstation.
    sources
        The sources to ask; by default the real servers.
    clock
        The clock that is used to wait.

    Returns
    -------
    AttachReport
        A row for each asset. A refused asset does not block the others. If the server refuses or
        fails after some assets have been attached, the others are refused, with the error.

    Raises
    ------
    ValueError
        `to` is missing and this is a reproducible run or outside Code Ocean, or an ID is invalid.
    AssetNotFoundError
        There is no such capsule, pipeline or computation.
    CredentialsError
        The token is refused; it needs read and write scopes for capsules and data assets.
    RemoteError
        A capsule has a running workstation, or Code Ocean could not be asked.
    """
    sources = sources_or_default(sources)
    longest = seconds(wait, "wait")
    wanted = _mounts(assets)
    host, there = _host(to, sources)
    new = [part for part in wanted if part["id"] not in there]
    host, rows = _on_the_first(_hosts(host), partial(_send, sources, new))
    by_id = {row.asset_id: row for row in rows}
    by_id |= {id_: AttachedRow(id_, "already", mount) for id_, mount in there.items()}
    report = AttachReport(host, tuple(by_id[part["id"]] for part in wanted))
    _forget(host, sources)
    return _waited(report, longest, clock)


def detach(
    assets: AssetOrId | Iterable[AssetOrId] | Mapping[Any, Any],
    to: Any = None,
    *,
    sources: Sources | None = None,
) -> AttachReport:
    """Detach data assets from a workstation, a capsule or a pipeline.

    Parameters
    ----------
    assets
        One or several data assets, or their IDs; assets that are not attached are skipped.
    to
        The target; see `attach`.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    AttachReport
        A row for each asset.

    Raises
    ------
    ValueError, AssetNotFoundError, CredentialsError, RemoteError
        See `attach`.
    """
    sources = sources_or_default(sources)
    ids = [part["id"] for part in _mounts(assets)]
    host, _ = _host(to, sources)

    def send(where: str) -> tuple[AttachedRow, ...]:
        for batch in _batches(ids):
            _twice(partial(sources.assets.detach, where, batch))
        return tuple(AttachedRow(id_, "detached") for id_ in ids)

    host, rows = _on_the_first(_hosts(host), send)
    _forget(host, sources)
    return AttachReport(host, rows)


def _forget(host: str, sources: Sources) -> None:
    """Remove what is known to be attached from the cache."""
    for scope in (host.partition("/")[2], MOUNTS):
        sources.cache.forget(scope)
    if sources.mounts is not None:
        sources.mounts.cache.forget()


def _mounts(assets: AssetOrId | Iterable[AssetOrId] | Mapping[Any, Any]) -> list[Body]:
    """Return ID and mount of each asset, without duplicate assets or mounts."""
    if isinstance(assets, Mapping) and all(isinstance(mount, str) for mount in assets):
        return [
            {"id": get_normalized_uuid(one), "mount": checked_mount(m)} for m, one in assets.items()
        ]
    things = {get_normalized_uuid(thing): thing for thing in each_asset(assets)}
    taken: set[str] = set()
    wanted = []
    for id_, thing in things.items():
        named = [getattr(thing, "mount", None), getattr(thing, "name", None), id_]
        mount = next(m for m in named if m and m not in taken)
        taken.add(mount)
        # if only the ID of an asset is known, the server chooses the mount
        is_known = is_asset_model(thing)
        wanted.append({"id": id_, "mount": mount} if is_known else {"id": id_})
    return wanted


def checked_mount(mount: Any) -> str:
    """Return a mount; raise a `ValueError` if it is not the name of a folder."""
    if (
        not isinstance(mount, str)
        or not mount.strip()
        or set(mount) & set("/\\")
        or mount in (".", "..")
    ):
        raise ValueError(f"a mount is the name of a folder below /data, not {quote(mount)}")
    return mount


def _host(to: Any, sources: Sources) -> tuple[str, dict[str, str]]:
    """Return the target, and the mounts of assets that are known to be attached to it, by ID."""
    if to is not None and hasattr(to, "run_time"):
        return f"computations/{to.id}", {}
    if to is not None:
        return get_normalized_uuid(to), {}
    settings = read_settings()
    if settings.computation_id is not None:
        run = sources.assets.computation(settings.computation_id)
        if not run.get("cloud_workstation"):
            raise ValueError(
                "this is a reproducible run, to which nothing can be attached: attach the assets "
                "to its capsule before it starts, attach(assets, to=<capsule>)"
            )
        parts = objects_in(run, "data_assets")
        return f"computations/{run['id']}", {str(p.get("id")): str(p.get("mount")) for p in parts}
    if settings.capsule_id is not None:
        return f"capsules/{settings.capsule_id}", {}
    raise ValueError(
        "this program does not run in Code Ocean: pass the ID of a capsule, pipeline or "
        "workstation as `to`, or with --to"
    )


def _hosts(host: str) -> list[str]:
    """Return the possible targets for an ID."""
    kinds = ("capsules", "pipelines", "computations")
    return [host] if "/" in host else [f"{kind}/{host}" for kind in kinds]


def _on_the_first(
    hosts: Sequence[str], send: Callable[[str], tuple[AttachedRow, ...]]
) -> tuple[str, tuple[AttachedRow, ...]]:
    """Send to the first of these targets that exists."""
    for host in hosts:
        try:
            return host, send(host)
        except AssetNotFoundError:
            continue
    searched = [Searched(f"Code Ocean, {host.partition('/')[0]}") for host in hosts]
    id_ = hosts[0].partition("/")[2]
    raise AssetNotFoundError(f"a capsule, pipeline or workstation {id_}", searched=searched)


def _send(sources: Sources, wanted: Sequence[Body], host: str) -> tuple[AttachedRow, ...]:
    """Attach all; after an error amid them, the rest are refused, since some are attached."""
    rows: list[AttachedRow] = []
    try:
        for batch in _batches(wanted):
            _attach_batch(sources, host, batch, rows)
    except (AssetNotFoundError, CredentialsError, RemoteError) as error:
        if not any(row.state != "refused" for row in rows):
            raise
        why = f"not attached: {printable(str(error))}"
        left = wanted[len(rows) :]
        rows += [AttachedRow(part["id"], "refused", part.get("mount"), why) for part in left]
    return tuple(rows)


def _attach_batch(
    sources: Sources, host: str, batch: Sequence[Body], rows: list[AttachedRow]
) -> None:
    """Attach a batch; if it is refused, halve it until each refused asset is isolated."""
    try:
        answers = _twice(partial(sources.assets.attach, host, batch))
    except (AssetNotFoundError, CredentialsError, UnavailableError, UnknownOutcomeError):
        raise
    except RemoteError as error:
        if _is_of_the_host(error):
            raise
        if len(batch) == 1:
            why = printable(error.detail)
            rows.append(AttachedRow(batch[0]["id"], "refused", batch[0].get("mount"), why))
            return
        half = len(batch) // 2
        _attach_batch(sources, host, batch[:half], rows)
        _attach_batch(sources, host, batch[half:], rows)
        return
    answered = {str(answer.get("id")): answer for answer in answers}
    rows += [_row(part, answered.get(part["id"])) for part in batch]


def _row(part: Body, answer: Body | None) -> AttachedRow:
    if answer is None:
        why = "the server accepted the request, but its answer does not name this asset"
        return AttachedRow(part["id"], "waiting", part.get("mount"), why)
    mount = answer.get("mount") or part.get("mount")
    is_old = answer.get("mount_state") == "unchanged"
    return AttachedRow(part["id"], "already" if is_old else "attached", mount)


def _is_of_the_host(error: RemoteError) -> bool:
    """Return whether the target causes the refusal, so that halving the batch would not help."""
    return "workstation" in error.detail.lower()


def _twice(ask: Callable[[], Any]) -> Any:
    """Repeat a request whose answer was lost; repeating it changes nothing."""
    try:
        return ask()
    except UnknownOutcomeError:
        return ask()


def _batches(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), _BATCH):
        yield things[start : start + _BATCH]


def _waited(report: AttachReport, wait: float, clock: Clock) -> AttachReport:
    """Wait until the folders exist, if this runs in the workstation, where they are visible."""
    settings = read_settings()
    if report.host != f"computations/{settings.computation_id}" or settings.data_dir is None:
        later = "its folder appears when the next workstation starts"
        rows = (replace(r, why=later) if r.state == "attached" else r for r in report.rows)
        return replace(report, rows=tuple(rows))
    end = clock.passed() + wait
    while _missing(report, settings.data_dir) and clock.passed() < end:
        clock.sleep(_LOOK_SECONDS)
    missing = _missing(report, settings.data_dir)
    why = f"no folder in {settings.data_dir} after {wait:g} s"
    return replace(
        report,
        rows=tuple(
            replace(r, state="waiting", why=why) if r in missing else r for r in report.rows
        ),
    )


def _missing(report: AttachReport, root: Path) -> set[AttachedRow]:
    return {
        row
        for row in report.rows
        if row.state == "attached" and row.mount is not None and not (root / row.mount).is_dir()
    }
