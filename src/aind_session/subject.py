"""One subject, and everything that exists about it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial, total_ordering
from typing import TYPE_CHECKING, Any

from aind_session.catalog.inventory import Inventory
from aind_session.catalog.outages import warn_of, warn_of_no_token
from aind_session.catalog.results import Found
from aind_session.conventions.assets import assets_by_creation, is_of_subject
from aind_session.conventions.mentions import is_same_subject
from aind_session.conventions.named import each_once
from aind_session.conventions.names import SessionId, parse_session, parse_subject
from aind_session.conventions.records import linked_asset_ids, once, records_by_creation
from aind_session.diagnosis.notes import Noted
from aind_session.diagnosis.review import review_subject
from aind_session.display import Shown
from aind_session.runtime.attributes import Extensible
from aind_session.runtime.calls import one_call
from aind_session.session import Session
from aind_session.sources import Sources, sources_or_default

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset
    from typing_extensions import Self

    from aind_session.display import Card, Table, Timeline

if TYPE_CHECKING:  # names of higher layers, for editors only; see checks/imports.toml
    from aind_session.extensions.ibl_data_converter import IBLDataConverterExtension
    from aind_session.extensions.neuroglancer import NeuroglancerExtension


@total_ordering
class Subject(Extensible, Shown):
    """A subject, usually a mouse, identified by its LabTracks number.

    Parameters
    ----------
    subject_id
        A subject ID as text or number, or any text that contains one, such as a session ID.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    SessionIdError
        The text contains no subject. A `ValueError`.

    Examples
    --------
    >>> Subject(676909)
    Subject('676909')
    >>> Subject("/data/ecephys_676909_2023-12-13_13-43-40") == Subject("676909")
    True
    """

    if TYPE_CHECKING:
        # the built-in namespaces, for editors and type checkers
        ibl_data_converter: IBLDataConverterExtension
        neuroglancer: NeuroglancerExtension

    def __init__(self, subject_id: Any, *, sources: Sources | None = None) -> None:
        self.id: str = parse_subject(subject_id)
        self._sources = sources

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Subject):
            return NotImplemented
        return self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Subject):
            return NotImplemented
        return self.id < other.id

    def __reduce__(self) -> tuple[Any, ...]:
        # clients are not pickled: another process uses its own sources
        return type(self), (self.id,)

    def __copy__(self) -> Self:
        return type(self)(self.id, sources=self._sources)

    def __deepcopy__(self, memo: object) -> Self:
        return self.__copy__()  # copies share clients and answers

    @property
    @one_call
    def sessions(self) -> Noted[Session]:
        """All sessions of the subject that an asset or a metadata record mentions.

        Returns
        -------
        tuple of Session
            Ordered by acquisition time; may be empty. An acquisition with an older name (with
            platform) and a newer one (without) is listed once, under the older name. The attribute
            ``notes`` says what is missing; see `aind_session.diagnosis.review`.

        Raises
        ------
        RemoteError, CredentialsError
            Nothing was found, and some source could not be asked.

        Notes
        -----
        If no asset or record states the subject, records without a subject are searched by name,
        with two more requests.

        Examples
        --------
        >>> [session.id for session in Subject(676909).sessions][0]
        'behavior_676909_2023-10-24_15-15-50'
        """
        asked: tuple[Found[Any], ...] = self._inventory.assets_and_records()
        mine = self._sessions_in(asked)
        if not mine and not any(part.failures for part in asked):
            asked = (self._inventory.records_or_unstated(),)
            mine = self._sessions_in(asked)
        self._say_what_is_missing(asked, bool(mine), "sessions")
        found = (Session(s.id, sources=self._sources) for s in sorted(each_once(mine)))
        shown = partial(_sessions_shown, self._inventory)
        return Noted(found, partial(review_subject, self._inventory), shown)

    @property
    @one_call
    def data_assets(self) -> Noted[DataAsset]:
        """All data assets that a search for the subject finds, or that its records link.

        Returns
        -------
        tuple of codeocean.data_asset.DataAsset
            In order of creation; may be empty. Assets that state another subject are left out;
            assets that state no subject only need to mention this one. Linked assets that you
            cannot access are left out. The attribute ``notes`` names them and anything else that is
            odd; see `aind_session.diagnosis.review`.

        Raises
        ------
        RemoteError, CredentialsError
            Nothing was found, and some source could not be asked.

        Examples
        --------
        >>> Subject(676909).data_assets[0].name
        'Example T1 and T2 MRI Images'
        """
        inventory = self._inventory
        assets, records = inventory.assets_and_records()
        ids = [id_ for record in records.items for id_ in linked_asset_ids(record)]
        linked = inventory.linked_assets(ids, assets)
        mine = (asset for asset in assets.items if is_of_subject(asset, self.id))
        found = assets_by_creation([*mine, *(linked.value or ())])
        self._say_what_is_missing((assets, records), bool(found), "data_assets")
        warn_of(linked.failures, f"data_assets of {self!r}")
        shown = partial(_assets_shown, inventory)
        return Noted(found, partial(review_subject, inventory), shown)

    @property
    @one_call
    def docdb(self) -> tuple[dict[str, Any], ...]:
        """All metadata records of the subject, complete: of sessions and of derived assets.

        Returns
        -------
        tuple of dict
            In order of registration; may be empty. If both schema versions have a record with the
            same ``location``, only the v1 record is included.

        Raises
        ------
        RemoteError
            DocDB could not be asked.

        Examples
        --------
        >>> [record["name"] for record in Subject(676909).docdb]
        ['ecephys_676909_2023-12-13_13-43-40']
        """
        return tuple(records_by_creation(once(self._inventory.whole_records())))

    @one_call
    def load(self) -> Self:
        """Fetch everything that the card of the subject shows, with four requests in parallel.

        Returns
        -------
        Subject
            This subject, which a notebook shows as a card.

        Raises
        ------
        RemoteError, CredentialsError
            No source could be asked.
        """
        from aind_session.catalog.overview import load_subject

        load_subject(self._inventory)
        return self

    def card(self) -> Card:
        """Return the card of the subject with its timeline; no request is sent.

        Examples
        --------
        >>> print(Subject(676909).card())
        676909
        <BLANKLINE>
          Not asked yet: .load() asks Code Ocean and DocDB, 4 requests.
        """
        from aind_session.diagnosis.cards import subject_card

        return subject_card(self.id, self._inventory)

    @one_call
    def timeline(self) -> Timeline:
        """Return a timeline with a lane for each platform and a mark for each session.

        Requests missing data, as `load` does.

        Returns
        -------
        Timeline
            With ``text()``, ``html()``, ``svg()`` and ``table()``; shows itself in a notebook.

        Examples
        --------
        >>> len(Subject(676909).timeline().marks)
        4
        """
        from aind_session.diagnosis.cards import subject_timeline

        self.load()
        return subject_timeline(self._inventory.known_only(), f"Subject {self.id}")

    def _card(self) -> Card:
        return self.card()

    def refresh(self) -> None:
        """Clear the cached answers about the subject, so they are requested again."""
        self._inventory.refresh()

    @property
    def _inventory(self) -> Inventory:
        return Inventory(self.id, sources_or_default(self._sources))

    def _sessions_in(self, found: Iterable[Found[Any]]) -> set[SessionId]:
        known = {s for part in found for s in part.sessions}
        return {s for s in known if is_same_subject(s.subject_id, self.id)}

    def _say_what_is_missing(
        self, found: tuple[Found[Any], ...], is_something: bool, asked: str
    ) -> None:
        """Raise or warn if some source could not be asked."""
        failures = [failure for part in found for failure in part.failures]
        if failures and not is_something:
            raise failures[0]
        warn_of(failures, f"{asked} of {self!r}")
        warn_of_no_token(failures, f"{asked} of {self!r}", once_for=self._inventory.sources.assets)


def _sessions_shown(inventory: Inventory, sessions: Iterable[Session], notes: Any) -> Table:
    from aind_session.diagnosis.cards import subject_sessions  # most programs do not need these

    return subject_sessions(inventory, [parse_session(session.id) for session in sessions], notes)


def _assets_shown(inventory: Inventory, assets: Any, notes: Any) -> Table:
    from aind_session.diagnosis.cards import subject_assets

    return subject_assets(inventory, assets, notes)


def inventory_of(subject: Subject) -> Inventory:
    """Return the inventory of a subject, for other modules of this library."""
    return subject._inventory
