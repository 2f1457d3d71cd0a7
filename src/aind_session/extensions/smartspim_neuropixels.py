"""The earlier location of Neuroglancer states and the IBL data converter, for old code."""

from typing import Any

from aind_session.extensions.ecephys import EcephysExtension
from aind_session.extensions.ibl_data_converter import IBLDataConverterExtension
from aind_session.extensions.neuroglancer import (
    SCRATCH,
    NeuroglancerExtension,
    NeuroglancerState,
)

__all__ = [
    "SCRATCH",
    "EcephysExtension",
    "IBLDataConverterExtension",
    "NeuroglancerExtension",
    "NeuroglancerState",
]


def __getattr__(name: str) -> Any:
    if name == "SCRATCH_STORAGE_DIR":  # created on use, because it imports universal_pathlib
        from aind_session.catalog.inventory import Inventory
        from aind_session.sources import default_sources

        return Inventory("", default_sources()).path(SCRATCH)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
