"""Selecting a session's derived assets by process, sorter, time and success."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, overload

from aind_session.catalog import outputs, sorters
from aind_session.conventions.assets import is_raw_asset, last_usable
from aind_session.conventions.dates import UTC, DateLike, is_within, moment_of, range_or_day
from aind_session.conventions.grammar import is_process_label
from aind_session.conventions.names import find_asset_name
from aind_session.display import Shown
from aind_session.errors import (
    AssetNotFoundError,
    NothingFoundWarning,
    Searched,
    SeveralFoundError,
)
from aind_session.errors.wording import printable, quote
from aind_session.runtime.arguments import optional_text
from aind_session.runtime.misspelled import nothing_has, warn_if_misspelled
from aind_session.runtime.near import near
from aind_session.runtime.parallel import side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.display import Table

K = TypeVar("K", bound=Hashable)

Process = str | Callable[["DataAsset"], bool]
"""The label of a process, or a function that returns whether an asset matches."""

_CLOSE_AT_MOST = 5

_STEM = 4
"""Labels with the same first letters may be forms of one word: ``sorting`` and ``sorted``."""


@dataclass(frozen=True)
class Criteria:
    """Criteria for derived assets; None or empty text means no limit.

    Attributes
    ----------
    process
        The label in the name: ``sorted`` also matches ``sorted-ks25``, but not ``sorted_curated``.
        If the name has several processes, the last label is used. Or a function of the asset.
    sorter
        The sorter, as SpikeInterface names it: ``kilosort2_5``.
    capsule
        The ID of the capsule or pipeline that made it.
    ok
        Whether the run succeeded, as far as its log and files show; see `is_data_asset_error`.
    before, after
        Limits of the processing time, both included; a limit without a time includes that whole
        day. The processing time is the time in the name, which pipelines write in UTC, or else the
        creation time of the asset. A time with another zone is converted.

    Raises
    ------
    ValueError
        An invalid date, or `after` later than `before`.
    TypeError
        Another argument has the wrong type.
    """

    process: Process | None = None
    sorter: str | None = None
    capsule: str | None = None
    ok: bool | None = None
    before: DateLike | None = None
    after: DateLike | None = None

    def __post_init__(self) -> None:
        # invalid criteria are refused before any request
        if not callable(self.process) or isinstance(self.process, type):
            optional_text(self.process, "a process")
        optional_text(self.sorter, "a sorter")
        optional_text(self.capsule, "the ID of a capsule")
        if not isinstance(self.ok, (bool, type(None))):
            raise TypeError(f"ok must be True, False or None, not {quote(self.ok)}")
        range_or_day(None, self.after, self.before, UTC)

    def __str__(self) -> str:
        chosen = {name: value for name, value in vars(self).items() if value is not None}
        return ", ".join(f"{name}={quote(value)}" for name, value in chosen.items()) or "any"


class Derived(Sequence["DataAsset"], Shown):
    """Derived assets of a session, in order of processing time.

    Examples
    --------
    >>> from aind_session import Session
    >>> derived = Session("ecephys_676909_2023-12-13_13-43-40").derived("sorted")
    >>> [asset.name[-19:] for asset in derived]
    ['2023-12-17_03-16-51', '2024-03-01_16-02-45']
    >>> derived.latest().name
    'ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45'
    """

    def __init__(
        self,
        found: Iterable[DataAsset],
        asked: str,
        known: Iterable[DataAsset] = (),
        sources: Sources | None = None,
    ) -> None:
        self._found = tuple(sorted(found, key=lambda asset: (processing_time(asset), asset.id)))
        self._asked = asked
        self._known = tuple(known)
        self._sources = sources

    def all(self) -> tuple[DataAsset, ...]:
        """Return all derived assets; may be empty."""
        return self._found

    def latest(self) -> DataAsset:
        """Return the asset processed last; a failed one or a draft only if there is no other.

        Raises
        ------
        AssetNotFoundError
            There is no such asset. The message names other derived assets of the session.
        """
        if not self._found:
            raise AssetNotFoundError(
                self._asked.replace("derived assets of", "a derived asset of", 1),
                searched=[Searched("the session's data assets", "none of them matches")],
                close=[asset.name for asset in self._known[-_CLOSE_AT_MOST:]],
            )
        return last_usable(self._found)

    def one(self) -> DataAsset:
        """Return the asset, if it is the only one.

        Raises
        ------
        AssetNotFoundError
            There is no such asset.
        SeveralFoundError
            There are several, which the message lists.

        Examples
        --------
        >>> from aind_session import Session
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> session.derived("sorted", before="2024-01-01").one().created
        1702783011
        """
        if len(self._found) > 1:
            raise SeveralFoundError(
                self._asked, [f"{asset.name} ({asset.id})" for asset in self._found]
            )
        return self.latest()

    @overload
    def __getitem__(self, index: int) -> DataAsset: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[DataAsset, ...]: ...
    def __getitem__(self, index: int | slice) -> DataAsset | tuple[DataAsset, ...]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def _card(self) -> Table:
        from aind_session.catalog.asset_table import assets_table, known_table

        footer = [self._asked]
        if self._sources is None:  # in another process
            return assets_table(self._found, footer=footer)
        return known_table(self._found, self._sources, footer=footer)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_sources": None}  # clients are not pickled

    __str__ = Shown.as_text

    def __repr__(self) -> str:
        names = ", ".join(asset.name for asset in self._found)
        return printable(f"<{self._asked}: {names or 'none'}>")


def select(
    assets: Mapping[K, Sequence[DataAsset]], criteria: Criteria, sources: Sources
) -> dict[K, Derived]:
    """Select among the assets of one or many sessions, and send the needed requests in parallel.

    Parameters
    ----------
    assets
        All data assets by session.
    criteria
        The criteria. Sorters are read from metadata records, then from files. Logs are read last,
        in parallel, only for assets that meet all other criteria.
    sources
        The sources to ask.

    Raises
    ------
    ValueError
        An invalid date, or `after` later than `before`.
    RemoteError, CredentialsError
        The evidence for a sorter or for success could not be read.
    """
    is_wanted = _wanted_by_name(criteria)
    derived = {key: tuple(filter(is_derived, of_one)) for key, of_one in assets.items()}
    left = {key: tuple(filter(is_wanted, of_one)) for key, of_one in derived.items()}
    if isinstance(criteria.process, str) and not any(left.values()):
        _warn_of_process(criteria.process, filter(None, map(_label, _each(derived))))
    if criteria.capsule and not any(left.values()):
        makers = (maker for asset in _each(derived) for maker in _makers(asset))
        warn_if_misspelled("capsule", criteria.capsule, makers)
    if criteria.sorter:
        left = _keep(left, _by_sorter(_each(left), criteria.sorter, sources))
    if criteria.ok is not None:
        left = _keep(left, _by_success(_each(left), sources, ok=criteria.ok))
    return {
        key: Derived(left[key], f"derived assets of {key} [{criteria}]", of_one, sources)
        for key, of_one in derived.items()
    }


def is_derived(asset: DataAsset) -> bool:
    """Return whether an asset is derived, that is, not raw."""
    return not is_raw_asset(asset)


def processing_time(asset: DataAsset) -> datetime.datetime:
    """Return when an asset was made: the time in its name, else its creation; naive UTC."""
    name = find_asset_name(asset)
    if name is not None and name.dt is not None:
        return name.dt
    return moment_of(asset.created)


def _wanted_by_name(criteria: Criteria) -> Callable[[DataAsset], bool]:
    first, last = range_or_day(None, criteria.after, criteria.before, UTC)
    capsule = (criteria.capsule or "").strip().lower()  # Code Ocean's spelling of IDs

    def is_wanted(asset: DataAsset) -> bool:
        return (
            _is_of(asset, criteria.process)
            and (not capsule or capsule in _makers(asset))
            and is_within(processing_time(asset), first, last)
        )

    return is_wanted


def _is_of(asset: DataAsset, process: Process | None) -> bool:
    if not process:
        return True
    if callable(process):
        return process(asset)
    label = _label(asset)
    return label is not None and _is_label_of(label, process)


def _is_label_of(label: str, process: str) -> bool:
    return label == process or label.startswith(f"{process}-")


def _warn_of_process(process: str, labels: Iterable[str]) -> None:
    """Warn that no asset has the label of a process, if another label may be meant.

    A common label, such as ``nwb``, says what it means, and may be missing everywhere.
    """
    there = sorted(set(labels))
    if any(_is_label_of(label, process) for label in there):
        return  # it does not meet the other criteria
    start = process.casefold()[:_STEM]
    close = near(process, there) or [one for one in there if one.casefold().startswith(start)]
    if close or (there and not is_process_label(process)):
        warn_user(nothing_has("process", process, close, there), NothingFoundWarning)


def _label(asset: DataAsset) -> str | None:
    name = find_asset_name(asset.name)
    return (name.suffix or name.label) if name is not None else None


def _makers(asset: DataAsset) -> tuple[Any, ...]:
    provenance = asset.provenance
    return tuple(getattr(provenance, field, None) for field in ("capsule", "pipeline"))


def _each(assets: Mapping[Any, Sequence[DataAsset]]) -> list[DataAsset]:
    return [asset for of_one in assets.values() for asset in of_one]


def _keep(assets: Mapping[K, Sequence[DataAsset]], ids: set[str]) -> dict[K, tuple[DataAsset, ...]]:
    return {key: tuple(a for a in of_one if a.id in ids) for key, of_one in assets.items()}


def _by_sorter(assets: Sequence[DataAsset], sorter: str, sources: Sources) -> set[str]:
    pairs = sorters.known_sorters(assets, sources)
    found = [asset for asset, name in pairs if name == sorter]
    if not found:
        warn_if_misspelled("sorter", sorter, (name for _, name in pairs))
    return {asset.id for asset in found}


def _by_success(assets: Sequence[DataAsset], sources: Sources, *, ok: bool) -> set[str]:
    asked = [partial(_has_failed, asset, sources) for asset in assets]
    failed = side_by_side(asked, sources.concurrency)
    return {asset.id for asset, has in zip(assets, failed, strict=True) if has != ok}


def _has_failed(asset: DataAsset, sources: Sources) -> bool:
    return asset.state == "failed" or outputs.is_data_asset_error(asset, sources=sources)
