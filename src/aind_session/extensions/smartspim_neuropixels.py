"""Where Neuroglancer states and the IBL data converter were in earlier releases."""

from aind_session.extensions.ibl_data_converter import IBLDataConverterExtension
from aind_session.extensions.neuroglancer import (
    SCRATCH,
    NeuroglancerExtension,
    NeuroglancerState,
)

__all__ = [
    "SCRATCH",
    "IBLDataConverterExtension",
    "NeuroglancerExtension",
    "NeuroglancerState",
]
