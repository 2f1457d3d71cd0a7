"""Many sessions as one thing: asked together, at the cost of a few requests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.catalog.derived import Criteria, Derived, Process, select
from aind_session.conventions.dates import DateLike
from aind_session.many import saved as saving
from aind_session.many import tables
from aind_session.many.answers import Answers
from aind_session.many.members import named
from aind_session.many.straight import straight_rows
from aind_session.many.views import Viewed
from aind_session.session import Session
from aind_session.sources import Sources
from aind_session.sources.from_tables import Chosen
from aind_session.subject import inventory_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import upath
    from codeocean.data_asset import DataAsset

    from aind_session.catalog.sorted_asset import SortedDataAsset
    from aind_session.many.column_names import ColumnName
    from aind_session.many.freeze import Used
    from aind_session.runs.already import Skip
    from aind_session.runs.process import Process as RunProcess
    from aind_session.runs.run_plan import RunPlan

T = TypeVar("T")

_SHOWN = 5


def sessions(
    *things: Any,
    strict: bool = False,
    source: Chosen | None = None,
    sources: Sources | None = None,
) -> Sessions:
    """Make a collection of sessions. No request is sent.

    Parameters
    ----------
    *things
        What names sessions: text, paths, Sessions, Subjects or subject IDs (all sessions of the
        subject, asked for when they are first needed), and iterables of these, such as a column
        of a table.
    strict
        Whether what cannot be answered is an error. Otherwise it is a note beside the answers of
        the others, and text that names no session is left out with a warning.
    source
        ``"servers"``; ``"table"``: the nightly tables (extra ``table``), where what they do not
        hold is a note; ``("table", "servers")``: the tables, and the servers for what they do not
        hold; ``"mounts"``: what is mounted here. By default the setting ``AIND_SESSION_SOURCE``,
        else the servers.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    TypeError
        A whole table was given.
    SessionIdError
        With `strict`, some text names no session; without, all of it. A `ValueError`.

    Examples
    --------
    >>> names = ["/data/ecephys_676909_2023-12-13_13-43-40", "ecephys_676909_20231214_124311"]
    >>> many = sessions(names)
    >>> many
    Sessions(2: ecephys_676909_2023-12-13_13-43-40, ecephys_676909_2023-12-14_12-43-11)
    >>> [path.name for path in many.raw_data_dirs.values()]
    ['ecephys_676909_2023-12-13_13-43-40', 'ecephys_676909_2023-12-14_12-43-11']
    """
    members = named(things, strict=strict)
    return Sessions(members, strict=strict, source=source, sources=sources)


def load(path: str | os.PathLike[str], *, sources: Sources | None = None) -> Sessions:
    """Give a collection that `Sessions.save` wrote, with what was known about it.

    What the file knows is not requested, however old it is, until `Sessions.refresh`; what it does
    not know is requested, or, in `aind_session.offline`, an `OfflineError`.

    Parameters
    ----------
    path
        The file.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Sessions
        `Sessions.as_of` and its repr tell when it was saved.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FileFormatError
        It is another one, or written by a newer version. A `ValueError`.
    """
    whole = saving.read(path)
    members = [Session(name.id) for name in whole["sessions"]]
    made = Sessions(members, sources=sources, as_of=whole["saved"])
    saving.teach(made._sources.cache, whole, path)
    return made


class Sessions(Viewed):
    """Sessions in the order in which they were named, each once; made by `sessions`.

    What is asked of one is fetched for all of them, and shared: looping over the members costs
    the requests of a few questions, not of each member. An answer holds for as long as the setting
    ``AIND_SESSION_CACHE_SECONDS`` says, and for a minute at least; see `refresh`.

    The operators ``+``, ``|``, ``&``, ``-`` and slices give further collections, which keep what is
    known. Two collections are equal when their members are, in the same order.

    Attributes
    ----------
    strict
        Whether what cannot be answered is an error.
    progress
        Whether a bar is shown for what takes longer than two seconds.
    source
        Who is asked, see `sessions`; None: as set.

    Examples
    --------
    >>> many = sessions(676909)
    >>> len(many), many[0].id
    (4, 'behavior_676909_2023-10-24_15-15-50')
    >>> many[1:].raw_data_assets[many[2]].id == many[2].raw_data_asset.id
    True
    """

    def only(self, fits: Callable[[Session], bool]) -> Sessions:
        """Give the members for which a function says so, called one after the other.

        Examples
        --------
        >>> sessions(676909).only(lambda session: session.platform == "behavior")
        Sessions(1: behavior_676909_2023-10-24_15-15-50)
        """
        return self._with([member for member in self if fits(member)])

    # -- in a file --

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the collection and everything that is known about it to a file; see `load`.

        Assets and records that were not requested yet are requested before.

        Parameters
        ----------
        path
            Where: a JSON file that people can read, written as a whole or not at all. It holds no
            token. A file that exists is replaced, as it can be asked for again; a lock file of
            `freeze`, and a ledger of runs, are not.

        Raises
        ------
        FileExistsError
            There is a lock file or a ledger; it is unchanged.

        Examples
        --------
        >>> import aind_session, tempfile
        >>> path = f"{tempfile.mkdtemp()}/mice.json"
        >>> sessions("ecephys_676909_2023-12-13_13-43-40").save(path)
        >>> len(aind_session.load(path)[0].data_assets)
        3
        """
        self._resolve()
        names = [member.id for member in self._members]
        asked = map(inventory_of, self.subjects)
        known = dict.fromkeys(scope for inventory in asked for scope in inventory.scopes())
        saving.save(path, names, known, self._sources.cache)

    # -- as a table --

    def to_records(self, columns: Iterable[ColumnName | str] | None = None) -> list[dict[str, Any]]:
        """Give a row for each session, in order.

        Parameters
        ----------
        columns
            Of `aind_session.many.tables.COLUMNS` and ``notes``; all by default. Only what these
            need is requested.

        Returns
        -------
        list of dict
            None where there is no value; ``notes`` then say why. ``time`` is the local time in
            the name, naive; ``start_time`` is in UTC, where the metadata record states a zone.
            ``modalities`` are those of the record.

        Raises
        ------
        ValueError
            There is no such column.
        AindSessionError
            With `strict`, something could not be asked.

        Warns
        -----
        SourceDownWarning, LeftOutWarning
            Values are missing since a server could not be asked, or since a token is missing or
            only the nightly tables, or mounts, were to be asked. It names columns and rows.

        Examples
        --------
        >>> sessions(676909)[2:3].to_records(["subject_id", "sorter"])
        [{'subject_id': '676909', 'sorter': 'kilosort2_5'}]
        """
        return self._rows(tables.chosen(columns))

    def to_pandas(self, columns: Iterable[ColumnName | str] | None = None) -> pd.DataFrame:
        """Give a pandas table, see `to_records`; needs the extra ``pandas``.

        Examples
        --------
        >>> sessions(676909).to_pandas(["id", "derived_assets"])["derived_assets"].to_list()
        [0, 1, 2, 0]
        """
        names = tables.chosen(columns)
        tables.need("pandas")
        return tables.to_pandas(self._rows(names), names)

    def to_polars(self, columns: Iterable[ColumnName | str] | None = None) -> pl.DataFrame:
        """Give a polars table, see `to_records`; needs the extra ``polars``."""
        names = tables.chosen(columns)
        tables.need("polars")
        return tables.to_polars(self._rows(names), names)

    def to_arrow(self, columns: Iterable[ColumnName | str] | None = None) -> pa.Table:
        """Give an Arrow table, see `to_records`; needs the extra ``arrow``."""
        names = tables.chosen(columns)
        tables.need("pyarrow")
        return tables.to_arrow(self._rows(names), names)

    def _rows(self, names: Sequence[str]) -> list[dict[str, Any]]:
        if not self._members:
            return []
        told = straight_rows(self._members, names, self._sources.records)
        rest = [member for member in self._members if member not in told]
        others = self._with(rest) if told else self
        hidden: tables.Hidden = []
        ask = partial(tables.row, columns=names, strict=self.strict, hidden=hidden)
        rows = {**told, **others._ask(ask, "table")}
        tables.warn_of_hidden(hidden, [member.id for member in self._members])
        return [rows[member] for member in self._members]

    @property
    def raw_data_assets(self) -> Answers[DataAsset]:
        """The raw data asset of each; see `Session.raw_data_asset`.

        Examples
        --------
        >>> made_up = "behavior_676909_2001-01-01_00-00-00"
        >>> many = sessions("ecephys_676909_2023-12-13_13-43-40", made_up)
        >>> found = many.raw_data_assets
        >>> found
        <1 answers, 1 notes>
        >>> found.notes[many[1]].text.splitlines()[0]
        'a raw data asset of behavior_676909_2001-01-01_00-00-00 was not found'
        """
        return self._ask(attrgetter("raw_data_asset"), "raw data assets")

    @property
    def raw_data_dirs(self) -> Answers[upath.UPath]:
        """The raw data directory of each; see `Session.raw_data_dir`."""
        return self._ask(attrgetter("raw_data_dir"), "raw data directories")

    @property
    def data_assets(self) -> Answers[tuple[DataAsset, ...]]:
        """All data assets of each; see `Session.data_assets`."""
        return self._ask(attrgetter("data_assets"), "data assets")

    @property
    def sorted_data_assets(self) -> Answers[tuple[SortedDataAsset, ...]]:
        """The results of spike sorting of each; see `Session.ecephys`."""
        return self._ask(attrgetter("ecephys.sorted_data_assets"), "sorted data assets")

    @property
    def modalities(self) -> Answers[tuple[str, ...]]:
        """What was acquired with each: one request for each; see `Session.modalities`."""
        return self._ask(attrgetter("modalities"), "modalities")

    @property
    def docdb(self) -> Answers[dict[str, Any]]:
        """The whole metadata record of each: one request for each; see `Session.docdb`."""
        return self._ask(attrgetter("docdb"), "metadata records")

    def derived(
        self,
        process: Process | None = None,
        *,
        sorter: str | None = None,
        capsule: str | None = None,
        ok: bool | None = None,
        before: DateLike | None = None,
        after: DateLike | None = None,
    ) -> Answers[Derived]:
        """Choose among what was made of each, as `Session.derived` does; asked for all together.

        Examples
        --------
        >>> found = sessions(676909).derived("sorted", before="2024-01-01")
        >>> [len(derived) for derived in found.values()]
        [0, 0, 1, 0]
        """
        assets = self.data_assets
        criteria = Criteria(process, sorter, capsule, ok, before, after)
        return Answers(select(assets, criteria, self._sources), assets.notes)

    def plan_runs(
        self, process: RunProcess, *, skip: Iterable[Skip] | Skip = ("captured", "running")
    ) -> RunPlan:
        """Plan to run a process for each; see `aind_session.plan_runs`. Nothing is sent.

        Examples
        --------
        >>> from aind_session import Process
        >>> sorting = Process("sorted", pipeline="1f8f159a-7670-47a9-baf1-078905fc9c2e")
        >>> plan = sessions(676909).plan_runs(sorting)
        >>> len(plan.to_run), len(plan.skipped), len(plan.cannot)
        (3, 1, 0)
        """
        from aind_session.runs.drafts import Draft, draft_of
        from aind_session.runs.run_plan import make_plan

        asked = self.each(partial(draft_of, process=process, sources=self._sources), process.label)
        drafts = [
            asked[one] if one in asked else Draft(one.id, why=str(asked.notes[one])) for one in self
        ]
        return make_plan(process, drafts, self._sources, skip)

    def freeze(
        self,
        path: str | os.PathLike[str],
        assets: Used | None = None,
        *,
        overwrite: bool = False,
    ) -> None:
        """Keep the exact data assets that an analysis uses in a lock file; see `thaw`.

        Parameters
        ----------
        path
            The file: JSON that is meant for version control, without secrets. It is written as a
            whole or not at all. A lock file with the same assets stays as it is, with its date.
        assets
            The assets that are used, or their IDs, in any order; or a mapping of sessions to one
            or several, such as what `raw_data_assets` gives. By default all that the sessions
            have now, the raw ones that only a metadata record names included.
        overwrite
            Whether to replace a file that holds other assets, or that is not a lock file.

        Raises
        ------
        FileExistsError
            There is such a file, and `overwrite` is not set; it is unchanged.
        RemoteError, CredentialsError
            Some session's assets could not be asked for; nothing is written.
        AssetNotFoundError
            There is no asset with an ID that was given.
        ValueError
            An asset is of none of these sessions, as far as its name tells.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "paper.lock")
        >>> many = sessions(676909)
        >>> many.freeze(path, many.raw_data_assets)
        >>> path.read_text().splitlines()[:3]
        ['{', '  "format": "aind-session lock",', '  "version": 1,']
        """
        from aind_session.many import freeze  # which needs pydantic: 100 ms

        if assets is None:
            held = self.each(freeze.held, "assets to freeze")
            used = {session: held[session] for session in self}  # raises where there is no answer
        else:
            used = freeze.by_session(assets, self._members, self._all_assets, self._sources)
        freeze.freeze(path, used, overwrite=overwrite)

    def _all_assets(self) -> list[DataAsset]:
        return [asset for assets in self.data_assets.values() for asset in assets]

    def refresh(self) -> None:
        """Forget what was answered, so that it is asked again."""
        self._sources.cache.forget()
        self._as_of = None
        vars(self).pop("_members", None)
        vars(self).pop("_by_session", None)
