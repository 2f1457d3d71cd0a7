"""Sessions and data assets that are mounted on this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aind_session.catalog.by_id import sort_by_created
from aind_session.catalog.mounts import Here, look_here
from aind_session.conventions.institute import asset_page
from aind_session.conventions.names import find_session
from aind_session.display import Cell, Shown, Table
from aind_session.runtime.calls import one_call
from aind_session.session import Session
from aind_session.sources import Sources

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset


@dataclass(frozen=True, repr=False)
class Mount:
    """A top-level folder of the data directory.

    Attributes
    ----------
    path
        The folder.
    asset_id
        The ID of the data asset that is mounted there; None if the computation does not state it.
    session
        The session named by the folder; None if it names no session.
    """

    path: Path
    asset_id: str | None = None
    session: Session | None = None

    def __repr__(self) -> str:
        asset = f", asset_id={self.asset_id!r}" if self.asset_id else ""
        session = f", session={self.session!r}" if self.session else ""
        return f"Mount({self.path.as_posix()!r}{asset}{session})"


@dataclass(frozen=True, repr=False)
class Attached(Shown):
    """The mounted folders; returned by `attached`.

    Attributes
    ----------
    folders
        All top-level folders of the data directory, by name.
    """

    folders: tuple[Mount, ...]
    _sources: Sources | None = field(default=None, compare=False)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that folders name, each once. No request is sent."""
        return tuple(dict.fromkeys(mount.session for mount in self.folders if mount.session))

    @cached_property
    def assets(self) -> tuple[DataAsset, ...]:
        """The data assets that the computation lists, in order of creation.

        One request each, in parallel, when first read. Assets that you cannot access or that no
        longer exist are left out with a `LeftOutWarning`.
        """
        ids = dict.fromkeys(mount.asset_id for mount in self.folders if mount.asset_id)
        return sort_by_created(ids, sources=self._sources)

    def _card(self) -> Table:
        rows = [
            [
                Cell(mount.path.as_posix(), "code"),
                Cell(mount.session.id if mount.session else "", "code"),
                _asset_cell(mount.asset_id),
            ]
            for mount in self.folders
        ]
        footer = [] if rows else ["nothing is mounted here, see AIND_SESSION_DATA_DIR"]
        return Table.of(["folder", "session", "data asset"], rows, footer=footer)

    def __repr__(self) -> str:
        lines = "".join(f"  {mount!r},\n" for mount in self.folders)
        return f"Attached(\n{lines})" if lines else "Attached()"


def _asset_cell(asset_id: str | None) -> Cell:
    if asset_id is None:
        return Cell("not known", "dim")
    return Cell(asset_id, "code", asset_page(asset_id))


@one_call
def attached(*, sources: Sources | None = None) -> Attached:
    """List the top-level folders of the data directory.

    In a Code Ocean computation, this sends at most one request, which lists their data assets.

    Parameters
    ----------
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Attached
        Empty if there is no data directory; see the setting ``AIND_SESSION_DATA_DIR``.

    Examples
    --------
    >>> attached().folders
    ()
    """
    here = look_here(sources)
    if here is None:
        return Attached((), sources)
    return Attached(tuple(_mount(path, here, sources) for path in here.folders()), sources)


def _mount(path: Path, here: Here, sources: Sources | None) -> Mount:
    named = find_session(path.name)
    session = None if named is None else Session(named.id, sources=sources)
    return Mount(path, here.asset_ids.get(path.name), session)
