"""Requests that write to servers, as data: ``dry_run=True`` shows exactly what would be sent.

A plan consists of steps. Each request is sent once, without retries: a request that starts or
creates something is never repeated.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aind_session.display import Shown
from aind_session.errors import AindSessionError, PartlyDoneError
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.paths import write_text
from aind_session.sources.protocols import Body
from aind_session.sources.servers.decode import decode_asset, decode_computation

if TYPE_CHECKING:
    from codeocean.computation import Computation
    from codeocean.data_asset import DataAsset

    from aind_session.display import Table


@dataclass(frozen=True)
class WriteFile:
    """A file to be written.

    Attributes
    ----------
    path
        The path of the file.
    content
        The text to write.
    """

    path: str
    content: str

    def __str__(self) -> str:
        return f"write {self.path}\n{self.content}"

    def send(self, sources: Sources) -> str:
        """Write the file and return its path."""
        write_text(self.path, self.content, sources)
        return self.path

    def to_dict(self) -> Body:
        """Return this step as plain data."""
        return {"write": self.path, "content": self.content}


@dataclass(frozen=True)
class CreateAsset:
    """A data asset to be created.

    Attributes
    ----------
    params
        The request, as Code Ocean expects it.
    """

    params: Body

    def __str__(self) -> str:
        return f"create a data asset: POST data_assets\n{_pretty(self.params)}"

    def send(self, sources: Sources) -> DataAsset:
        """Create the asset and return it as a draft."""
        return decode_asset(sources.assets.create(self.params))

    def to_dict(self) -> Body:
        """Return this step as plain data."""
        return {"create": self.params}


@dataclass(frozen=True)
class RunCapsule:
    """A capsule to be run.

    Attributes
    ----------
    params
        The request, as Code Ocean expects it.
    """

    params: Body

    def __str__(self) -> str:
        return f"run a capsule: POST computations\n{_pretty(self.params)}"

    def send(self, sources: Sources) -> Computation:
        """Start the capsule and return the computation."""
        return decode_computation(sources.assets.run(self.params))

    def to_dict(self) -> Body:
        """Return this step as plain data."""
        return {"run": self.params}


@dataclass(frozen=True)
class ShareAsset:
    """Permissions of a data asset to be set, which replace the current ones.

    Attributes
    ----------
    asset_id
        The asset.
    permissions
        The permissions, as Code Ocean expects them.
    """

    asset_id: str
    permissions: Body

    def __str__(self) -> str:
        return f"share: POST data_assets/{self.asset_id}/permissions\n{_pretty(self.permissions)}"

    def send(self, sources: Sources) -> str:
        """Set the permissions and return the ID of the asset."""
        sources.assets.share(self.asset_id, self.permissions)
        return self.asset_id

    def to_dict(self) -> Body:
        """Return this step as plain data."""
        return {"share": self.asset_id, "permissions": self.permissions}


@dataclass(frozen=True)
class ArchiveAsset:
    """A data asset to be archived or unarchived.

    Attributes
    ----------
    asset_id
        The asset.
    archived
        Whether to archive or unarchive it.
    """

    asset_id: str
    archived: bool

    def __str__(self) -> str:
        value = str(self.archived).lower()
        return f"archive: PATCH data_assets/{self.asset_id}/archive?archive={value}"

    def send(self, sources: Sources) -> str:
        """Send the request and return the ID of the asset."""
        sources.assets.archive(self.asset_id, archived=self.archived)
        return self.asset_id

    def to_dict(self) -> Body:
        """Return this step as plain data."""
        return {"archive": self.asset_id, "archived": self.archived}


Step = WriteFile | CreateAsset | RunCapsule | ShareAsset | ArchiveAsset


@dataclass(frozen=True, repr=False)
class Plan(Shown):
    """The requests of a call, in order; nothing has been sent.

    Attributes
    ----------
    steps
        Each is a `WriteFile`, `CreateAsset`, `RunCapsule`, `ShareAsset` or `ArchiveAsset`.

    Examples
    --------
    >>> Plan((RunCapsule({"capsule_id": "c0"}),))
    run a capsule: POST computations
      {
        "capsule_id": "c0"
      }
    """

    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        return "\n".join(str(step).replace("\n", "\n  ") for step in self.steps)

    def _card(self) -> Table:
        from aind_session.display import Cell, Table  # most programs do not need these

        rows = []
        for number, step in enumerate(self.steps, start=1):
            what, _, body = str(step).partition("\n")
            rows.append([number, what.rstrip(":"), Cell(body, "code")])
        return Table.of(
            ["", "what", "with"], rows, wrap=["what", "with"], footer=["Nothing has been sent."]
        )

    def as_text(self) -> str:
        """Return the text form, which is that of `repr`."""
        return repr(self)

    def to_dict(self) -> list[Body]:
        """Return the steps as plain data."""
        return [step.to_dict() for step in self.steps]

    def send(self, sources: Sources) -> Any:
        """Take all steps, each once, and return the result of the last one.

        Raises
        ------
        PartlyDoneError
            A step failed after others had been taken; the error names what they created.
        TypeError
            The argument is not `Sources`.
        """
        asked = sources_or_default(sources)
        made: list[str] = []
        answer: Any = None
        try:
            for step in self.steps:
                answer = _after(made, lambda step=step: step.send(asked))  # type: ignore[misc]
                made.append(_name(answer))
        finally:
            if not all(isinstance(step, RunCapsule) for step in self.steps):
                asked.cache.forget()  # cached answers are outdated
        return answer


def _after(made: list[str], send: Callable[[], Any]) -> Any:
    try:
        return send()
    except (AindSessionError, OSError) as error:
        if not made:
            raise
        raise PartlyDoneError(str(error), made) from error


def _name(answer: Any) -> str:
    return answer if isinstance(answer, str) else f"{answer.name} ({answer.id})"


def _pretty(params: Body) -> str:
    """Format a request without its missing values."""
    return json.dumps({k: v for k, v in params.items() if v is not None}, indent=2)


def run_capsule(
    capsule_id: str,
    *,
    parameters: list[str] | None = None,
    data_assets: list[DataAsset] | None = None,
    named_parameters: list[Any] | None = None,
) -> RunCapsule:
    """Return the step that runs a capsule.

    Parameters
    ----------
    capsule_id
        The capsule.
    parameters
        Positional parameters.
    data_assets
        Assets to attach, each mounted under its name.
    named_parameters
        The SDK's ``NamedRunParam``.
    """
    params = run_params(capsule_id, parameters, data_assets, named_parameters)
    return RunCapsule(params.to_dict())


def run_params(
    capsule_id: str,
    parameters: list[str] | None = None,
    data_assets: list[DataAsset] | None = None,
    named_parameters: list[Any] | None = None,
) -> Any:
    """Return the SDK's ``RunParams``; see `run_capsule`."""
    from aind_session.sources.servers.models import DataAssetsRunParam, RunParams

    attached = None
    if data_assets is not None:
        attached = [DataAssetsRunParam(id=asset.id, mount=asset.name) for asset in data_assets]
    return RunParams(
        capsule_id=capsule_id,
        parameters=parameters,
        data_assets=attached,
        named_parameters=named_parameters,
    )


def create_asset(
    name: str, *, tags: list[str], custom_metadata: Body, bucket: str, prefix: str
) -> CreateAsset:
    """Return the step that creates a data asset from a directory in S3, which Code Ocean copies.

    Parameters
    ----------
    name
        The name of the asset and of its mount.
    tags, custom_metadata
        Tags and metadata, as Code Ocean expects them.
    bucket, prefix
        The directory.
    """
    from aind_session.sources.servers.models import AWSS3Source, DataAssetParams, Source

    source = AWSS3Source(bucket=bucket, prefix=prefix, keep_on_external_storage=False, public=False)
    params = DataAssetParams(
        name=name,
        mount=name,
        tags=tags,
        custom_metadata=custom_metadata,
        source=Source(aws=source),
    )
    return CreateAsset(params.to_dict())
