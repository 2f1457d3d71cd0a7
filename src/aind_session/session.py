"""One experiment session, and everything that exists about it."""

from __future__ import annotations

from functools import partial, total_ordering
from importlib import import_module

from aind_session.catalog.files_of_session import FilesOfSession
from aind_session.conventions.named import NamedSession, id_of, parsed_of
from aind_session.diagnosis.views import SessionViews, assets_shown
from aind_session.errors import CouldNotLook, DirectoryNotFoundError
from aind_session.runtime.attributes import Extensible
from aind_session.runtime.calls import one_call

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    import upath
    from codeocean.data_asset import DataAsset
    from typing_extensions import Self

    from aind_session.catalog.derived import Derived, Process
    from aind_session.catalog.finder import SessionFinder
    from aind_session.catalog.lineage import Lineage
    from aind_session.catalog.mounts import Place
    from aind_session.conventions.dates import DateLike
    from aind_session.diagnosis.notes import Noted
    from aind_session.runs.already import Skip
    from aind_session.runs.process import Process as RunProcess
    from aind_session.runs.run_plan import RunPlan
    from aind_session.sources import Sources
    from aind_session.subject import Subject

if TYPE_CHECKING:  # names of higher layers, for editors only; see checks/imports.toml
    from aind_session.extensions.ecephys import EcephysExtension
    from aind_session.extensions.lims import LimsExtension
    from aind_session.extensions.metadata import MetadataExtension
    from aind_session.extensions.qc import QcExtension
    from aind_session.many.by_subject import get_sessions as get_sessions


_MOVED = {"get_sessions": "aind_session.many.by_subject"}
"""Old locations of names, whose modules import this one."""


def __getattr__(name: str) -> Any:
    if name in _MOVED:
        return getattr(import_module(_MOVED[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@total_ordering
class Session(NamedSession, Extensible, SessionViews, FilesOfSession):
    """An experiment session, identified from any text that names it.

    Creating a session only parses the text. Reading an attribute asks the servers: it fetches what
    is known about the subject, in parallel, and all sessions of the subject share the answers for
    ten minutes.

    Parameters
    ----------
    session_id
        A session ID, or anything that names one: the name of a derived asset, a path, an S3 URI, a
        data asset, a computation, a metadata record; see `aind_session.conventions.names`.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    SessionIdError
        The text contains no complete session ID. A `ValueError`.

    Notes
    -----
    Two sessions are equal if their IDs are equal; they sort by acquisition time.

    Examples
    --------
    >>> session = Session("s3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40/behavior")
    >>> session
    Session('ecephys_676909_2023-12-13_13-43-40')
    >>> session.subject_id, session.dt
    ('676909', datetime.datetime(2023, 12, 13, 13, 43, 40))
    """

    if TYPE_CHECKING:
        # the built-in namespaces, for editors and type checkers
        ecephys: EcephysExtension
        lims: LimsExtension
        metadata: MetadataExtension
        qc: QcExtension

    _knows_only_itself = False
    """Whether the session came from another process, with only its part of the subject."""

    def __init__(self, session_id: Any, *, sources: Sources | None = None) -> None:
        self._name(session_id)
        self._sources = sources

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Session):
            return NotImplemented
        return id_of(self) == id_of(other)

    def __hash__(self) -> int:
        return hash(id_of(self))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Session):
            return NotImplemented
        mine, others = parsed_of(self).dt, parsed_of(other).dt
        return mine < others if mine != others else id_of(self) < id_of(other)

    def __reduce__(self) -> tuple[Any, ...]:
        # clients are not pickled: another process uses its own sources
        return type(self), (self.id,)

    def __copy__(self) -> Self:
        made = self._over(self._sources)
        made._knows_only_itself = self._knows_only_itself
        return made

    def _over(self, sources: Sources | None) -> Self:
        """Return the same session with other sources; its name is not parsed again."""
        made = type(self).__new__(type(self))
        made._parsed, made._id, made._sources = parsed_of(self), id_of(self), sources
        return made

    def __deepcopy__(self, memo: object) -> Self:
        return self.__copy__()  # copies share clients and answers

    @property
    def subject(self) -> Subject:
        """The subject, with all its sessions, assets and records.

        Examples
        --------
        >>> Session("ecephys_676909_2023-12-13_13-43-40").subject.sessions[0].id
        'behavior_676909_2023-10-24_15-15-50'
        """
        from aind_session.subject import Subject  # imports this module

        sources = None if self._knows_only_itself else self._sources
        return Subject(self.subject_id, sources=sources)

    @property
    @one_call
    def data_assets(self) -> Noted[DataAsset]:
        """All data assets of the session: raw, sorted, processed.

        Returns
        -------
        tuple of codeocean.data_asset.DataAsset
            In order of creation; may be empty. Archived assets are left out. The attribute
            ``notes``, which is computed when it is first read, says what is missing or odd; see
            `aind_session.diagnosis.review`.

        Raises
        ------
        CredentialsError
            The token is missing, or Code Ocean refuses it.
        RemoteError
            Code Ocean could not be asked.

        Examples
        --------
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> [asset.name.removeprefix(session.id) for asset in session.data_assets]
        ['', '_sorted_2023-12-17_03-16-51', '_sorted_2024-03-01_16-02-45']
        >>> [str(note).partition(" mentions")[0] for note in session.data_assets.notes]
        ['NotInDocDB: no metadata record', 'NotInDocDB: no metadata record']
        """
        from aind_session.diagnosis.notes import Noted
        from aind_session.diagnosis.review import review_session

        finder = self._finder
        assets = finder.assets().known(f"data_assets of {self.id}") or ()
        return Noted(assets, partial(review_session, finder), partial(assets_shown, finder))

    @property
    @one_call
    def raw_data_asset(self) -> DataAsset:
        """The session's raw data asset; if there are several, the one created last.

        Assets that the session's DocDB record links have priority over those that a search finds.
        See `aind_session.conventions.assets.is_raw_asset` for what is raw, and the page *How
        answers are chosen* for all rules.

        Returns
        -------
        codeocean.data_asset.DataAsset

        Raises
        ------
        AssetNotFoundError
            It does not exist. An `AttributeError`, so ``getattr`` with a default works.
        CredentialsError
            The token is missing, or Code Ocean refuses it.
        RemoteError
            Code Ocean could not be asked.

        Examples
        --------
        >>> Session("ecephys_676909_2023-12-13_13-43-40").raw_data_asset.id
        '16d46411-540a-4122-b47f-8cb2a15d593a'
        """
        return self._finder.expect_raw_asset()

    @property
    @one_call
    def raw_data_dir(self) -> upath.UPath:
        """The directory with the session's raw data, in S3.

        These places are searched in order: the ``location`` in the session's DocDB record, the
        bucket of the raw data asset, and the known buckets (setting ``AIND_SESSION_BUCKETS``). See
        the page *How answers are chosen*.

        Returns
        -------
        upath.UPath
            If you have no credentials and the bucket is public, it opens without them.

        Raises
        ------
        DirectoryNotFoundError
            It does not exist. An `AttributeError`, so ``getattr`` with a default works.
        RemoteError, CredentialsError
            It was not found where the library could look, and some servers could not be asked.

        Examples
        --------
        >>> Session("ecephys_676909_2023-12-13_13-43-40").raw_data_dir.as_posix()
        's3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40'
        """
        return self._finder.expect_raw_path()

    @one_call
    def where(self, place: Place | None = None) -> upath.UPath:
        """Return the nearest raw data directory: mounted, or else in S3.

        Parameters
        ----------
        place
            ``"local"`` or ``"s3"`` to allow only that one.

        Returns
        -------
        upath.UPath
            In a Code Ocean capsule, or below ``AIND_SESSION_DATA_DIR``, the directory where the raw
            data asset is mounted; otherwise `raw_data_dir`.

        Raises
        ------
        DirectoryNotFoundError
            It does not exist, or ``"local"`` was requested and it is not mounted.
        ValueError
            `place` has another value.

        Examples
        --------
        >>> Session("ecephys_676909_2023-12-13_13-43-40").where().as_posix()
        's3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40'
        """
        from aind_session.catalog.mounts import raw_folder  # imports the settings: 60 ms

        return raw_folder(self._parsed, self._sources, place)

    @property
    @one_call
    def is_uploaded(self) -> bool:
        """Whether the raw data are on S3 or in Code Ocean, archived or not.

        Raises
        ------
        RemoteError, CredentialsError
            It was not found where the library could look, and some servers could not be asked.

        Warns
        -----
        LeftOutWarning
            The answer is False, but you cannot access some bucket, which may have the data.

        Examples
        --------
        >>> Session("ecephys_676909_2023-12-13_13-43-40").is_uploaded
        True
        >>> Session("SmartSPIM_123456_2024-07-20_21-47-21").is_uploaded
        False
        """
        return self._finder.is_uploaded()

    @property
    @one_call
    def modalities(self) -> tuple[str, ...]:
        """The acquired modalities: the names of the folders in the raw data directory, sorted.

        ``ecephys_clipped`` and ``ecephys_compressed`` count as ``ecephys``; metadata folders are
        left out. If the directory cannot be listed, the abbreviations in the DocDB record are used.

        Returns
        -------
        tuple of str
            Empty if nothing was uploaded.

        Examples
        --------
        >>> Session("ecephys_676909_2023-12-13_13-43-40").modalities
        ('behavior', 'behavior_videos', 'ecephys')
        """
        finder = self._finder
        try:
            listing = finder.inventory.listing(finder.expect_raw_location())
        except DirectoryNotFoundError:
            return ()
        except CouldNotLook as error:
            recorded = finder.recorded_modalities()
            if not recorded:
                raise
            from aind_session.catalog.outages import warn_of

            warn_of([error], f"modalities of {self.id}")
            return recorded
        from aind_session.conventions.assets import folder_modalities

        return (
            folder_modalities(listing.folders) if listing.folders else finder.recorded_modalities()
        )

    @property
    @one_call
    def docdb(self) -> dict[str, Any]:
        """The session's complete metadata record, in the schema version in which it was written.

        Returns
        -------
        dict
            A new copy; ``{}`` if there is no record. A record in the newer schema (v2) is returned
            only if v1 has no record; of several, the one registered last.

        Raises
        ------
        RemoteError
            DocDB could not be asked.

        Examples
        --------
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> session.docdb["data_description"]["data_level"]
        'raw'
        """
        import copy

        from aind_session.conventions.records import pick_raw_record

        finder = self._finder
        found = finder.records()
        chosen = pick_raw_record(found.known(f"docdb of {self.id}") or [], finder.session_id)
        if chosen is None and found.failures:  # only records of derived data are known
            raise found.failures[0]
        return copy.deepcopy(finder.inventory.record(chosen)) if chosen else {}

    @one_call
    def derived(
        self,
        process: Process | None = None,
        *,
        sorter: str | None = None,
        capsule: str | None = None,
        ok: bool | None = None,
        before: DateLike | None = None,
        after: DateLike | None = None,
    ) -> Derived:
        """Select data made from the raw data; see `aind_session.catalog.derived.Criteria`.

        Parameters
        ----------
        process, sorter, capsule, ok, before, after
            The criteria; all derived assets by default. ``before`` gives the answer as of a date.
            ``sorter`` and ``ok`` need one or two requests for each remaining asset.

        Returns
        -------
        Derived
            Ordered by processing time, with ``latest()``, ``one()`` and ``all()``.

        Raises
        ------
        ValueError
            An invalid date.
        RemoteError, CredentialsError
            Code Ocean could not be asked, or the sorter or success could not be determined.

        Examples
        --------
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> session.derived("sorted", sorter="kilosort2_5", before="2023-12-16").all()
        ()
        >>> session.derived("sorted", ok=True).latest().id
        'a2a54575-b5ca-4cf0-acd0-2933e18bcb2d'
        """
        from aind_session.catalog.derived import Criteria, select  # imports settings: 60 ms

        criteria = Criteria(process, sorter, capsule, ok, before, after)
        inventory = self._finder.inventory
        found = select({self.id: self.data_assets}, criteria, inventory.sources)[self.id]
        return inventory.checked(found)

    @one_call
    def lineage(self, *, detail: bool = False) -> Lineage:
        """Return the lineage of the session's assets: inputs, runs and outputs.

        Needs only the assets and records of the subject, which are cached for all its sessions.

        Parameters
        ----------
        detail
            Whether to request each run, each capsule, and each input that no search found, by its
            ID: one request each, in parallel.

        Returns
        -------
        Lineage
            Prints as a tree; each of its ``edges`` states its evidence.

        Raises
        ------
        RemoteError, CredentialsError
            Code Ocean could not be asked.

        Examples
        --------
        >>> lineage = Session("ecephys_676909_2023-12-13_13-43-40").lineage()
        >>> [node.label for node in lineage.outputs("16d46411-540a-4122-b47f-8cb2a15d593a")]
        ['sorted', 'sorted']
        """
        from aind_session.catalog.trace import session_lineage

        return session_lineage(self._finder, detail=detail)

    @one_call
    def plan_runs(
        self, process: RunProcess, *, skip: Iterable[Skip] | Skip = ("captured", "running")
    ) -> RunPlan:
        """Plan to run a process for this session; see `aind_session.plan_runs`.

        Examples
        --------
        >>> from aind_session import Process
        >>> sorting = Process("sorted", pipeline="1f8f159a-7670-47a9-baf1-078905fc9c2e")
        >>> Session("ecephys_676909_2023-12-13_13-43-40").plan_runs(sorting).skipped[0].why[:27]
        'it was already captured: ec'
        """
        from aind_session.runs.drafts import draft_of
        from aind_session.runs.planning import make_plan

        inventory = self._finder.inventory
        return make_plan(process, [draft_of(self, process, inventory)], inventory.sources, skip)

    def refresh(self) -> None:
        """Clear the cached answers about the session's subject, so they are requested again.

        Examples
        --------
        >>> Session("ecephys_676909_2023-12-13_13-43-40").refresh()
        """
        self._finder.inventory.refresh()

    @property
    def _finder(self) -> SessionFinder:
        # late imports, here and in properties, keep creating sessions fast
        from aind_session.catalog.finder import SessionFinder

        return SessionFinder.of(self._parsed, self._sources)


def finder_of(session: Session) -> SessionFinder:
    """Return the finder of a session, for other modules of this library.

    In namespaces it is ``self.finder``; see `aind_session.ExtensionBaseClass`.
    """
    return session._finder


def travelled(session_id: str, sources: Sources) -> Session:
    """Recreate a session in another process, whose sources have only its part of the subject."""
    session = Session(session_id, sources=sources)
    session._knows_only_itself = True
    return session
