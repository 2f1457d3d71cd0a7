"""``session.metadata``: the metadata files of a session's raw data."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.catalog.outages import warn_of
from aind_session.conventions.records import METADATA_PARTS
from aind_session.display import Cell, Shown, Table
from aind_session.errors import (
    CouldNotLook,
    DirectoryNotFoundError,
    Failure,
    MetadataNotFoundError,
    Searched,
)
from aind_session.errors.wording import quote
from aind_session.extension import ExtensionBaseClass, register_namespace
from aind_session.runtime.arguments import file_name
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.runtime.warning import collected_warnings

if TYPE_CHECKING:
    import upath

    from aind_session.session import Session

_SUFFIX = ".json"


@register_namespace("metadata")
class MetadataExtension(ExtensionBaseClass, Mapping[str, Any], Shown):
    """The JSON files in a session's raw data directory, as attributes and as items.

    A file is read directly, without listing the directory first. If the directory cannot be read,
    the parts of the DocDB record are used instead of the files.

    Examples
    --------
    >>> from aind_session import Session
    >>> metadata = Session("ecephys_676909_2023-12-13_13-43-40").metadata
    >>> metadata.subject["genotype"]
    'Pvalb-IRES-Cre/wt;Ai32(RCL-ChR2(H134R)_EYFP)/wt'
    >>> sorted(metadata)[:3]
    ['data_description', 'metadata.nd', 'procedures']
    >>> metadata["metadata.nd"]
    {}
    """

    _base: Session

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def _missing(self, name: str) -> Any:
        return self[name]

    @one_call
    def __getitem__(self, name: str) -> Any:
        content = self._read(name)
        if content is None:
            raise MetadataNotFoundError(
                f"the metadata file {quote(f'{name}{_SUFFIX}')} of {self._base.id}",
                searched=[Searched(self._place, "no such file")],
                close=tuple(self),
            )
        # a copy, so that callers can change it
        return copy.deepcopy(content)

    @one_call
    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    @one_call
    def __len__(self) -> int:
        return len(self._names())

    @one_call
    def __contains__(self, name: object) -> bool:
        return file_name(name) is not None and name in self._names()

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._names_to_complete()})

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._names_to_complete())

    def _names_to_complete(self) -> tuple[str, ...]:
        try:
            return self._names()
        except (DirectoryNotFoundError, *CouldNotLook):  # completion must not raise
            return ()

    def _known_names(self) -> tuple[str, ...] | None:
        """Return the known names of the files; no request is sent."""
        known = self.finder.known_only()
        found = attempt(known.raw_location)
        if isinstance(found, Failure) or found.value is None:
            return None
        listing = attempt(partial(known.inventory.listing, found.value))
        return None if isinstance(listing, Failure) else _json_names(listing.files)

    def _card(self) -> Table:
        with collected_warnings():
            names = self._known_names()
        rows = [[Cell(name, "code")] for name in names or ()]
        footer = [f"{len(rows)} metadata files of {self._base.id}"]
        if names is None:
            footer = ["Not asked yet: len(metadata) lists the files, one request."]
        return Table.of(["file"], rows, footer=footer)

    def __eq__(self, other: object) -> bool:
        return self is other  # unlike mappings, because a comparison must not read files

    def __hash__(self) -> int:
        return id(self)

    @property
    @one_call
    def json_dir(self) -> upath.UPath:
        """The directory with the metadata files: the session's `raw_data_dir`."""
        return self._base.raw_data_dir

    @property
    @one_call
    def json_files(self) -> tuple[upath.UPath, ...]:
        """The metadata files as paths, sorted by name."""
        directory = self.json_dir
        return tuple(directory / f"{name}{_SUFFIX}" for name in self._listed())

    @one_call
    def items(self) -> Any:
        """Read all files in parallel, and return pairs of name and content."""
        names = self._names()
        contents = side_by_side([partial(self.__getitem__, name) for name in names])
        return dict(zip(names, contents, strict=True)).items()

    @one_call
    def values(self) -> Any:
        """Read all files in parallel, and return their contents in the order of their names."""
        return dict(self.items()).values()

    @property
    def _place(self) -> str:
        return str(self.finder.expect_raw_location())

    def _names(self) -> tuple[str, ...]:
        try:
            return self._listed()
        except CouldNotLook as error:
            recorded = self._recorded()
            if not recorded:
                raise
            warn_of([error], f"metadata of {self._base.id}")
            return tuple(sorted(recorded))

    def _listed(self) -> tuple[str, ...]:
        listing = self.inventory.listing(self.finder.expect_raw_location())
        return _json_names(listing.files)

    def _read(self, name: Any) -> Any:
        """Read a file, and in parallel the listing, which later queries will need."""
        if file_name(name) is None:  # no file can have this name
            return None
        try:
            return self._read_file(f"{name}{_SUFFIX}")
        except CouldNotLook as error:
            recorded = self._recorded()
            if name not in recorded:
                raise
            warn_of([error], f"metadata {name!r} of {self._base.id}")
            return recorded[name]

    def _read_file(self, name: str) -> Any:
        where, inventory = self.finder.expect_raw_location(), self.inventory
        calls: list[Callable[[], Any]] = [
            partial(inventory.json, where, name),
            partial(attempt, partial(inventory.listing, where)),  # listing may be denied
        ]
        return side_by_side(calls)[0]

    def _recorded(self) -> dict[str, Any]:
        record = self._base.docdb
        return {part: record[part] for part in METADATA_PARTS if record.get(part)}


def _json_names(files: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in files if name.endswith(_SUFFIX)))
