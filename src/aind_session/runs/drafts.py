"""What a process means for one session: its inputs and parameters, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.catalog.by_id import get_data_asset_model
from aind_session.errors import (
    AccessDeniedError,
    AindSessionError,
    CouldNotLook,
    NotFoundError,
)
from aind_session.errors.wording import printable, quote
from aind_session.runs.process import Process, values_of
from aind_session.sources import Sources

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset


@dataclass(frozen=True)
class Draft:
    """What a process would be given for one session.

    Attributes
    ----------
    session
        Its ID.
    inputs
        Assets by mount; the mount ``""`` is not known yet: the only one of the pipeline, or the
        asset's name.
    parameters
        Values by name.
    assets
        All assets that are known of the subject: results can have any name.
    platform
        That of the session's name, or else what the metadata of its input say; None: neither.
    experiment_type
        What the metadata of its first input say.
    why
        Why it cannot be run; empty when it can.
    """

    session: str
    inputs: Mapping[str, DataAsset] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    assets: tuple[DataAsset, ...] = ()
    platform: str | None = None
    experiment_type: str | None = None
    why: str = ""


def draft_of(session: Any, process: Process, sources: Sources) -> Draft:
    """Ask for the inputs and parameters of a session; what is wrong with them is its ``why``.

    Parameters
    ----------
    session
        A `Session`.
    process
        What is to be run.
    sources
        The sources to ask for assets that are named by their ID.

    Raises
    ------
    RemoteError, CredentialsError
        Something could not be asked: that is no reason why a session cannot be run.
    """
    try:
        made = session.raw_data_asset if process.inputs is None else process.inputs(session)
        inputs = _inputs(made, sources)
        chosen = process.parameters
        parameters = values_of(chosen(session) if callable(chosen) else chosen)
    except AccessDeniedError as error:  # one asset, which is closed
        return Draft(session.id, why=_why(error))
    except CouldNotLook:
        raise
    except Exception as error:  # noqa: BLE001 - a function of a user can raise anything
        return Draft(session.id, why=_why(error))
    said = next((asset.custom_metadata or {} for asset in inputs.values()), {})
    kind = said.get("experiment type")
    experiment = kind if isinstance(kind, str) else None
    return Draft(
        session=session.id,
        inputs=inputs,
        parameters=parameters,
        assets=_all_assets(session),
        platform=session.platform or experiment,
        experiment_type=experiment or session.platform,
    )


def _all_assets(session: Any) -> tuple[DataAsset, ...]:
    mine = session.data_assets
    found = session._finder.inventory.assets().items
    return tuple({asset.id: asset for asset in (*found, *mine)}.values())


def _inputs(made: Any, sources: Sources) -> dict[str, DataAsset]:
    as_asset = partial(get_data_asset_model, sources=sources)
    if isinstance(made, Mapping):
        found = {_mount(mount): as_asset(asset) for mount, asset in made.items()}
        if not found:
            raise ValueError("inputs gave no asset")
        return found
    if made is None or isinstance(made, (list, tuple, set)):
        raise TypeError(
            f"inputs give an asset, or a mapping of mounts to assets, not {quote(made)}"
        )
    return {"": as_asset(made)}


def _mount(mount: Any) -> str:
    if (
        not isinstance(mount, str)
        or not mount.strip()
        or set(mount) & set("/\\")
        or mount in (".", "..")
    ):
        raise ValueError(f"a mount is the name of a folder below /data, not {quote(mount)}")
    return mount


def _why(error: Exception) -> str:
    text = printable(str(error)).splitlines() or [type(error).__name__]
    if isinstance(error, NotFoundError):
        return "; ".join([text[0], *filter(None, [error.hint])])
    if isinstance(error, AindSessionError):
        return text[0]
    return f"{type(error).__name__}: {text[0]}"
