"""The inputs and parameters of a process for one session, or why it cannot be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.catalog.by_id import get_data_asset_model
from aind_session.catalog.inventory import Inventory
from aind_session.conventions.mentions import EXPERIMENT_LABEL
from aind_session.errors import (
    AccessDeniedError,
    AindSessionError,
    CouldNotLook,
    NotFoundError,
)
from aind_session.errors.wording import printable, quote
from aind_session.runs.attach import checked_mount
from aind_session.runs.process import Process, checked_process, values_of
from aind_session.sources import Sources

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset


@dataclass(frozen=True)
class Draft:
    """The inputs and parameters of a process for one session.

    Attributes
    ----------
    session
        The ID of the session.
    inputs
        Assets by mount. The mount ``""`` stands for the only mount of a pipeline, or for the
        asset's own mount.
    parameters
        Values by name.
    assets
        All known assets of the subject, because results can have any name.
    platform
        The platform in the session's name, or else the experiment type of its first input; None
        if neither is known.
    experiment_type
        The experiment type of its first input, or else the platform.
    why
        Why it cannot be run; empty if it can.
    """

    session: str
    inputs: Mapping[str, DataAsset] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    assets: tuple[DataAsset, ...] = ()
    platform: str | None = None
    experiment_type: str | None = None
    why: str = ""


def draft_of(session: Any, process: Process, inventory: Inventory) -> Draft:
    """Ask for the inputs and parameters of a session; problems are stated in ``why``.

    Parameters
    ----------
    session
        A `Session`.
    process
        The process to run.
    inventory
        The inventory of its subject, and the sources to ask for assets that are named by ID.

    Raises
    ------
    RemoteError, CredentialsError
        A source could not be asked, which does not mean that the session cannot be run.
    """
    checked_process(process)
    try:
        made = session.raw_data_asset if process.inputs is None else process.inputs(session)
        inputs = _inputs(made, inventory.sources)
        chosen = process.parameters
        parameters = values_of(chosen(session) if callable(chosen) else chosen)
    except AccessDeniedError as error:  # no access to one asset
        return Draft(session.id, why=_why(error))
    except CouldNotLook:
        raise
    except Exception as error:  # noqa: BLE001 - users' functions can raise anything
        return Draft(session.id, why=_why(error))
    said = next((asset.custom_metadata or {} for asset in inputs.values()), {})
    kind = said.get(EXPERIMENT_LABEL)
    experiment = kind if isinstance(kind, str) else None
    return Draft(
        session=session.id,
        inputs=inputs,
        parameters=parameters,
        assets=_all_assets(session, inventory),
        platform=session.platform or experiment,
        experiment_type=experiment or session.platform,
    )


def _all_assets(session: Any, inventory: Inventory) -> tuple[DataAsset, ...]:
    inventory.need_all()
    mine = session.data_assets
    found = inventory.assets().items
    return tuple({asset.id: asset for asset in (*found, *mine)}.values())


def _inputs(made: Any, sources: Sources) -> dict[str, DataAsset]:
    as_asset = partial(get_data_asset_model, sources=sources)
    if isinstance(made, Mapping):
        found = {checked_mount(mount): as_asset(asset) for mount, asset in made.items()}
        if not found:
            raise ValueError(f"inputs returned no asset: {quote(made)}")
        return found
    if made is None or isinstance(made, (list, tuple, set)):
        raise TypeError(
            f"inputs must return an asset, or a mapping of mounts to assets, not {quote(made)}"
        )
    return {"": as_asset(made)}


def _why(error: Exception) -> str:
    text = printable(str(error)).splitlines() or [type(error).__name__]
    if isinstance(error, NotFoundError):
        return "; ".join([text[0], *filter(None, [error.hint])])
    if isinstance(error, AindSessionError):
        return text[0]
    return f"{type(error).__name__}: {text[0]}"
