"""``subject.neuroglancer``: Neuroglancer states with annotated probes."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.catalog.asset_search import get_data_assets
from aind_session.catalog.inventory import Inventory
from aind_session.conventions.assets import assets_by_creation
from aind_session.conventions.institute import local_zone
from aind_session.conventions.location import Location, is_in_s3
from aind_session.conventions.mentions import EXPERIMENT_LABEL, SUBJECT_LABEL
from aind_session.conventions.names import find_session
from aind_session.conventions.session_id import TIME_IN_NAMES
from aind_session.errors.wording import quote
from aind_session.extension import ExtensionBaseClass, register_namespace
from aind_session.runs.plan import CreateAsset, Plan, WriteFile, create_asset
from aind_session.runs.wait import READY_SECONDS, wait_until_ready
from aind_session.runtime.arguments import truth
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import side_by_side
from aind_session.session import Session
from aind_session.sources import Sources, default_sources, sources_or_default
from aind_session.sources.paths import (
    PathLike,
    as_text,
    bucket_and_key,
    get_bucket_and_prefix,
    read_text,
)
from aind_session.subject import Subject

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset

SCRATCH = Location("aind-scratch-data", "aind-session")
"""The directory for files from which data assets are made."""

_STATES = SCRATCH / "neuroglancer_states"
_MARK = "neuroglancer-state"


def pacific_now() -> str:
    """Return the current time in Seattle, in the format of asset names."""
    return f"{datetime.datetime.now(tz=local_zone()):{TIME_IN_NAMES}}"


class NeuroglancerState:
    """A Neuroglancer state, with layers of images and annotations.

    Parameters
    ----------
    path_or_dict
        The state as a mapping, JSON text, the path of a file, or another `NeuroglancerState`.
    sources
        The sources to ask; by default the real servers.

    Attributes
    ----------
    content
        The state as a mapping.

    Raises
    ------
    ValueError
        The text or file is not a JSON object.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> source = "zarr://s3://b/SmartSPIM_717381_2024-07-03_10-49-01_stitched_2024-08-16_23-15-47/x"
    >>> layers = [{"type": "image", "source": source}, {"type": "annotation", "name": "268"}]
    >>> state = NeuroglancerState({"layers": layers})
    >>> state, state.annotation_names
    (NeuroglancerState(SmartSPIM_717381_2024-07-03_10-49-01), ('268',))
    """

    content: Mapping[str, Any]

    def __init__(
        self,
        path_or_dict: PathLike | Mapping[str, Any] | NeuroglancerState,
        *,
        sources: Sources | None = None,
    ) -> None:
        self._given_sources = sources
        if isinstance(path_or_dict, NeuroglancerState):
            self.content = path_or_dict.content
        elif isinstance(path_or_dict, Mapping):
            self.content = path_or_dict
        else:
            self.content = self._read(path_or_dict)

    def _read(self, path_or_text: PathLike) -> Mapping[str, Any]:
        text = as_text(path_or_text)
        if not text.strip() or "\0" in text:
            raise ValueError(f"a Neuroglancer state is JSON or a path, not {quote(text)}")
        is_json = text.lstrip().startswith("{")
        content = _parse(text if is_json else read_text(path_or_text, self._sources), text)
        if not isinstance(content, Mapping):
            raise ValueError(  # noqa: TRY004 - the text is wrong, not its type
                f"a Neuroglancer state is a JSON object, which {quote(text)} is not"
            )
        return content

    def __repr__(self) -> str:
        ids = self._session_ids()
        return f"{type(self).__name__}({', '.join(ids) or list(self.content)})"

    @property
    def image_sources(self) -> tuple[str, ...]:
        """The URLs of the image layers, in the order of the layers."""
        found = []
        for layer in self._layers("image"):
            source = layer.get("source")
            for one in source if isinstance(source, list) else [source]:
                url = one.get("url") if isinstance(one, Mapping) else one
                if isinstance(url, str):
                    found.append(url)
        return tuple(found)

    @property
    def annotation_names(self) -> tuple[str, ...]:
        """The names of the annotation layers, in the order of the layers."""
        names = (layer.get("name") for layer in self._layers("annotation"))
        return tuple(name for name in names if isinstance(name, str))

    @property
    @one_call
    def session(self) -> Session:
        """The session whose images the state shows.

        Raises
        ------
        ValueError
            No image source names a session.
        NotImplementedError
            The image sources name several sessions.
        """
        ids = self._session_ids()
        if not ids:
            raise ValueError(f"no image source names a session: {list(self.image_sources)}")
        if len(ids) > 1:
            raise NotImplementedError(f"the images are of several sessions: {', '.join(ids)}")
        return Session(ids[0], sources=self._given_sources)

    @property
    @one_call
    def image_data_assets(self) -> tuple[DataAsset, ...]:
        """The data assets whose names begin with the names of the image sources' directories.

        Returns
        -------
        tuple of codeocean.data_asset.DataAsset
            In order of creation, each once.
        """
        names = {name for source in self.image_sources if (name := _asset_in(source))}
        asked = [partial(get_data_assets, name, sources=self._sources) for name in sorted(names)]
        return assets_by_creation(asset for found in side_by_side(asked) for asset in found)

    @staticmethod
    def get_new_file_name(session_id: str) -> str:
        """Return a file name for a new state of a session, with the current time in Seattle.

        Parameters
        ----------
        session_id
            The start of the name.

        Examples
        --------
        >>> NeuroglancerState.get_new_file_name("SmartSPIM_717381_2024-07-03_10-49-01")[:55]
        'SmartSPIM_717381_2024-07-03_10-49-01_neuroglancer-state'
        """
        return f"{session_id}_{_MARK}_{pacific_now()}.json"

    def write(
        self,
        path: PathLike | None = None,
        timeout_sec: float = 10,
        *,
        dry_run: bool = False,
    ) -> upath.UPath | Plan:
        """Write the state to a file.

        Parameters
        ----------
        path
            The path; by default a new name in a new folder below the scratch directory in S3, from
            which a data asset can be made.
        timeout_sec
            Accepted for older callers, and ignored: a file in S3 exists once it is written.
        dry_run
            Whether to return the plan without writing the file.

        Returns
        -------
        upath.UPath or Plan
            The path of the file, or the plan.

        Examples
        --------
        >>> print(NeuroglancerState({"layers": []}).write("s3://b/x.json", dry_run=True))
        write s3://b/x.json
          {
            "layers": []
          }
        """
        step = self._file(path)
        plan = Plan((step,))
        if truth(dry_run, "dry_run"):
            return plan
        plan.send(self._sources)
        return self._as_path(step.path)

    def create_data_asset(
        self, path: PathLike | None = None, *, dry_run: bool = False
    ) -> DataAsset | Plan:
        """Make a data asset from the state, and wait until it is ready.

        Parameters
        ----------
        path
            A file that `write` has written; by default one is written first.
        dry_run
            Whether to return the requests without sending them.

        Returns
        -------
        codeocean.data_asset.DataAsset or Plan

        Raises
        ------
        PartlyDoneError
            The file was written, but the asset was not created.
        NotReadyError
            The asset was created, but not ready within two minutes. A `TimeoutError`.
        """
        if path is None:
            file = self._file(None)
            plan = Plan((file, self._asset(file.path)))
        else:
            plan = Plan((self._asset(path),))
        if truth(dry_run, "dry_run"):
            return plan
        made = plan.send(self._sources)
        return wait_until_ready(made, timeout=READY_SECONDS, sources=self._sources)

    @property
    def _sources(self) -> Sources:
        return sources_or_default(self._given_sources)

    def _layers(self, kind: str) -> list[Mapping[str, Any]]:
        layers = self.content.get("layers")
        held = layers if isinstance(layers, list) else []
        return [layer for layer in held if isinstance(layer, Mapping) and layer.get("type") == kind]

    def _session_ids(self) -> list[str]:
        found = map(find_session, self.image_sources)
        return list(dict.fromkeys(session.id for session in found if session is not None))

    def _file(self, path: PathLike | None) -> WriteFile:
        if path is None:
            name = self.get_new_file_name(self.session.id)
            folder = name.partition(".")[0]  # an asset is a folder: one for each file
            path = str(_STATES / folder / name)
        file = as_text(path)
        if not file.strip() or "\0" in file:
            raise ValueError(f"a path or an S3 URI was expected, not {quote(path)}")
        return WriteFile(file, json.dumps(self.content, indent=2))

    def _asset(self, path: PathLike) -> CreateAsset:
        bucket, prefix = get_bucket_and_prefix(path)
        subject_id = self.session.subject_id
        return create_asset(
            as_text(path).rpartition("/")[2].rpartition(".")[0],
            tags=["neuroglancer", "ecephys", "annotation", subject_id],
            custom_metadata={EXPERIMENT_LABEL: "SmartSPIM", SUBJECT_LABEL: subject_id},
            bucket=bucket,
            prefix=prefix,
        )

    def _as_path(self, text: str) -> upath.UPath:
        if is_in_s3(text):
            where = Location.parse(text)
            return self._sources.storage.path(where.bucket, where.key)
        import upath  # takes 150 ms, and most states are in S3

        return upath.UPath(text)


def _parse(content: str, source: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:  # RecursionError: deeply nested
        raise ValueError(f"{quote(source)} is not JSON: {error}") from error


def _asset_in(source: str) -> str | None:
    """Return the last part of a URL that contains a session; None if no part does."""
    parts = [part for part in source.split("/") if find_session(part)]
    return parts[-1] if parts else None


class _StatesDir:
    """Descriptor that creates the path when it is read, on an instance or on the class."""

    def __get__(self, instance: NeuroglancerExtension | None, owner: type) -> upath.UPath:
        sources = instance.inventory.sources if instance else default_sources()
        return Inventory("", sources).path(_STATES)


@register_namespace("neuroglancer", cls=Subject)
class NeuroglancerExtension(ExtensionBaseClass):
    """The Neuroglancer states with annotated probes of a subject.

    Examples
    --------
    >>> Subject(676909).neuroglancer.state_json_paths
    ()
    """

    _base: Subject

    state_json_dir = _StatesDir()
    """The directory for states, in S3; can be set."""

    def from_json(self, content: str | Mapping[str, Any]) -> NeuroglancerState:
        """Read a state.

        Parameters
        ----------
        content
            See `NeuroglancerState`.
        """
        return NeuroglancerState(content, sources=self.sources)

    @property
    @one_call
    def states(self) -> tuple[NeuroglancerState, ...]:
        """The subject's states, sorted by file name; read in parallel."""
        asked = [
            partial(NeuroglancerState, str(place), sources=self.sources) for place in self._places()
        ]
        return tuple(side_by_side(asked))

    @property
    @one_call
    def state_json_paths(self) -> tuple[upath.UPath, ...]:
        """The files of the subject's states, sorted by name; may be empty."""
        return tuple(map(self.inventory.path, self._places()))

    @property
    @one_call
    def state_json_data_assets(self) -> tuple[DataAsset, ...]:
        """The data assets made from the subject's states, sorted by name; may be empty."""
        found = [asset for asset in self._base.data_assets if _MARK in asset.name]
        return tuple(sorted(self.inventory.checked(found), key=lambda asset: asset.name))

    def _places(self) -> list[Location]:
        """Return the subject's files in the directory and in its folders, sorted by name."""
        storage = self.inventory.sources.storage
        states = Location(*bucket_and_key(self.state_json_dir))
        mark = f"_{self._base.id}_"
        top = storage.list(states.bucket, states.prefix)
        folders = [states / folder for folder in top.folders if mark in folder]
        asked = [partial(storage.list, folder.bucket, folder.prefix) for folder in folders]
        found = [states / name for name in top.files]
        for folder, listing in zip(folders, side_by_side(asked), strict=True):
            found += [folder / name for name in listing.files]
        names = [place for place in found if mark in _name(place) and place.key.endswith(".json")]
        return sorted(names, key=_name)


def _name(place: Location) -> str:
    return place.key.rpartition("/")[2]
