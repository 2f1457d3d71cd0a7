"""Collections of sessions, which are asked about together, in a few requests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.many.answers import Answers
from aind_session.many.frames import Tabular
from aind_session.many.members import named
from aind_session.many.partly_known import partly_known
from aind_session.runtime.arguments import file_path, function, truth
from aind_session.session import Session, finder_of
from aind_session.sources import Sources
from aind_session.subject import inventory_of

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset

    from aind_session.catalog.derived import Derived, Process
    from aind_session.catalog.sorted_asset import SortedDataAsset
    from aind_session.conventions.dates import DateLike
    from aind_session.many.freeze import Used
    from aind_session.runs.already import Skip
    from aind_session.runs.process import Process as RunProcess
    from aind_session.runs.run_plan import RunPlan
    from aind_session.sources.from_tables import Chosen

T = TypeVar("T")

_SHOWN = 5


def sessions(
    *things: Any,
    strict: bool = False,
    source: Chosen | None = None,
    sources: Sources | None = None,
) -> Sessions:
    """Create a collection of sessions. No request is sent.

    Parameters
    ----------
    *things
        Text, paths, Sessions, Subjects or subject IDs (all sessions of the subject, requested when
        first needed), and iterables of these, such as a table column.
    strict
        Whether a session without an answer raises an error. Otherwise it gets a note, and text that
        names no session is left out with a warning.
    source
        ``"servers"``; ``"table"``: the nightly tables (extra ``table``), with notes for missing
        data; ``("table", "servers")``: the tables, and the servers for missing data; ``"mounts"``:
        the mounted data assets. By default the setting ``AIND_SESSION_SOURCE``, else the servers,
        and the mounted data in place of servers that cannot be asked.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    TypeError
        A whole table was passed.
    SessionIdError
        No text names a session or, with `strict`, some text names none. A `ValueError`.

    Warns
    -----
    NothingFoundWarning
        When the sessions of a subject are requested, and no asset or record names the subject. It
        names similar subjects, which takes one more request per schema version.

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
    """Load a collection that `Sessions.save` wrote, with everything that was known about it.

    Data in the file are not requested again, however old they are, until `Sessions.refresh`. Other
    data are requested, or raise an `OfflineError` in `aind_session.offline`.

    Parameters
    ----------
    path
        The file.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Sessions
        `Sessions.as_of` and its repr say when it was saved.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    FileFormatError
        It is a different kind of file, or a newer version wrote it. A `ValueError`.
    """
    from aind_session.many import saved as saving  # 6 ms

    whole = saving.read(file_path(path, "the path of a saved collection"))
    members = [Session(name.id) for name in whole["sessions"]]
    made = Sessions(members, sources=sources, as_of=whole["saved"])
    saving.teach(made._sources.cache, whole, path)
    return made


class Sessions(Tabular):
    """Sessions in the order in which they were named, each once; returned by `sessions`.

    A question about one session is answered for all of them, and the answers are shared, so a loop
    over the sessions sends only a few requests. Answers are cached for
    ``AIND_SESSION_CACHE_SECONDS``, and for at least a minute; see `refresh`.

    The operators ``+``, ``|``, ``&``, ``-`` and slices return new collections that keep the
    answers. Two collections are equal if they have the same sessions in the same order.

    Attributes
    ----------
    strict
        Whether a session without an answer raises an error.
    progress
        Whether to show a progress bar after two seconds.
    source
        The source, see `sessions`; None means the setting.

    Examples
    --------
    >>> many = sessions(676909)
    >>> len(many), many[0].id
    (4, 'behavior_676909_2023-10-24_15-15-50')
    >>> many[1:].raw_data_assets[many[2]].id == many[2].raw_data_asset.id
    True
    """

    def only(self, fits: Callable[[Session], bool]) -> Sessions:
        """Return the sessions for which a function returns True; it is called sequentially.

        Raises
        ------
        TypeError
            The argument is not a function.

        Examples
        --------
        >>> sessions(676909).only(lambda session: session.platform == "behavior")
        Sessions(1: behavior_676909_2023-10-24_15-15-50)
        """
        function(fits, "fits")
        return self._with([member for member in self if fits(member)])

    # -- files --

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the collection and everything that is known about it to a file; see `load`.

        Assets and records that are not known yet are requested first.

        Parameters
        ----------
        path
            A readable JSON file, written completely or not at all, without a token. An existing
            file is replaced, unless it is a lock file of `freeze` or a ledger of runs.

        Raises
        ------
        FileExistsError
            The file is a lock file or a ledger; it is unchanged.

        Examples
        --------
        >>> import aind_session, tempfile
        >>> path = f"{tempfile.mkdtemp()}/mice.json"
        >>> sessions("ecephys_676909_2023-12-13_13-43-40").save(path)
        >>> len(aind_session.load(path)[0].data_assets)
        3
        """
        from aind_session.many import saved as saving  # 6 ms

        file = file_path(path, "the path of a saved collection")
        self._resolve()
        names = [member.id for member in self._members]
        asked = map(inventory_of, self.subjects)
        known = dict.fromkeys(scope for inventory in asked for scope in inventory.scopes())
        saving.save(file, names, known, self._sources.cache)

    @property
    def raw_data_assets(self) -> Answers[DataAsset]:
        """The raw data asset of each session; see `Session.raw_data_asset`.

        Examples
        --------
        >>> made_up = "behavior_676909_2001-01-01_00-00-00"
        >>> many = sessions("ecephys_676909_2023-12-13_13-43-40", made_up)
        >>> found = many.raw_data_assets
        >>> found
        <1 answer, 1 note>
        >>> found.notes[many[1]].text.splitlines()[0]
        'a raw data asset of behavior_676909_2001-01-01_00-00-00 was not found'
        """
        return self._ask(attrgetter("raw_data_asset"), "raw data assets")

    @property
    def raw_data_dirs(self) -> Answers[upath.UPath]:
        """The raw data directory of each session; see `Session.raw_data_dir`."""
        return self._ask(attrgetter("raw_data_dir"), "raw data directories")

    @property
    def data_assets(self) -> Answers[tuple[DataAsset, ...]]:
        """All data assets of each session; see `Session.data_assets`."""
        return self._ask(attrgetter("data_assets"), "data assets")

    @property
    def sorted_data_assets(self) -> Answers[tuple[SortedDataAsset, ...]]:
        """The results of spike sorting of each session; see `Session.ecephys`."""
        return self._ask(attrgetter("ecephys.sorted_data_assets"), "sorted data assets")

    @property
    def modalities(self) -> Answers[tuple[str, ...]]:
        """The modalities of each session, with one request each; see `Session.modalities`."""
        return self._ask(attrgetter("modalities"), "modalities")

    @property
    def docdb(self) -> Answers[dict[str, Any]]:
        """The complete record of each session, with one request each; see `Session.docdb`."""
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
        """Select derived data of each session, as `Session.derived` does, for all together.

        Examples
        --------
        >>> found = sessions(676909).derived("sorted", before="2024-01-01")
        >>> [len(derived) for derived in found.values()]
        [0, 0, 1, 0]
        """
        from aind_session.catalog.derived import Criteria, select  # 5 ms

        assets = self.data_assets
        criteria = Criteria(process, sorter, capsule, ok, before, after)
        found = select(assets, criteria, self._sources)
        parts = partly_known([session for session in found if not found[session]], self._sources)
        known = {session: derived for session, derived in found.items() if session not in parts}
        return Answers(known, {**assets.notes, **parts})

    def plan_runs(
        self, process: RunProcess, *, skip: Iterable[Skip] | Skip = ("captured", "running")
    ) -> RunPlan:
        """Plan to run a process for each session; see `aind_session.plan_runs`.

        Examples
        --------
        >>> from aind_session import Process
        >>> sorting = Process("sorted", pipeline="1f8f159a-7670-47a9-baf1-078905fc9c2e")
        >>> plan = sessions(676909).plan_runs(sorting)
        >>> len(plan.to_run), len(plan.skipped), len(plan.cannot)
        (3, 1, 0)
        """
        from aind_session.runs.drafts import Draft, draft_of
        from aind_session.runs.planning import make_plan
        from aind_session.runs.process import checked_process

        checked_process(process)
        asked = self.each(
            lambda one: draft_of(one, process, finder_of(one).inventory), process.label
        )
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
        """Record the exact data assets that an analysis uses in a lock file; see `thaw`.

        Parameters
        ----------
        path
            A JSON file for version control, without secrets. It is written completely or not at
            all. A lock file with the same assets stays unchanged, with its date.
        assets
            The assets that are used, or their IDs, in any order; or a mapping of sessions to one or
            several assets, such as `raw_data_assets`. By default all current assets of the
            sessions, including raw ones that only a metadata record names.
        overwrite
            Whether to replace a file that holds other assets, or that is not a lock file.

        Raises
        ------
        FileExistsError
            The file exists, and `overwrite` is not set; it is unchanged.
        RemoteError, CredentialsError
            The assets of some session could not be requested; nothing is written.
        AssetNotFoundError
            One of the IDs belongs to no asset.
        ValueError
            The name of an asset contains none of these sessions.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "paper.lock")
        >>> many = sessions(676909)
        >>> many.freeze(path, many.raw_data_assets)
        >>> path.read_text().splitlines()[:3]
        ['{', '  "format": "aind-session lock",', '  "version": 1,']
        """
        from aind_session.many import freeze  # imports pydantic, which takes 100 ms

        file = file_path(path, "the path of a lock file")
        is_replaced = truth(overwrite, "overwrite")
        if assets is None:
            held = self.each(freeze.held, "assets to freeze")
            used = {session: held[session] for session in self}  # raises if a session has no answer
        else:
            used = freeze.by_session(assets, self._members, self._all_assets, self._sources)
        freeze.freeze(file, used, overwrite=is_replaced)

    def _all_assets(self) -> list[DataAsset]:
        return [asset for assets in self.data_assets.values() for asset in assets]

    def refresh(self) -> None:
        """Clear the cached answers, so they are requested again."""
        self._sources.cache.forget()
        if self._sources.mounts is not None:
            self._sources.mounts.cache.forget()
        self._as_of = None
        vars(self).pop("_members", None)
        vars(self).pop("_by_session", None)
