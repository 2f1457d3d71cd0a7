"""The namespaces that come with the library, one file each; importing this registers them.

Public API: `MetadataExtension` (``session.metadata``), `EcephysExtension` (``session.ecephys``),
`LimsExtension` (``session.lims``), `NeuroglancerExtension` (``subject.neuroglancer``) and
`IBLDataConverterExtension` (``subject.ibl_data_converter``).
"""

from aind_session.extensions.ecephys import EcephysExtension
from aind_session.extensions.ibl_data_converter import IBLDataConverterExtension
from aind_session.extensions.lims import LimsExtension
from aind_session.extensions.metadata import MetadataExtension
from aind_session.extensions.neuroglancer import NeuroglancerExtension, NeuroglancerState

__all__ = [
    "EcephysExtension",
    "IBLDataConverterExtension",
    "LimsExtension",
    "MetadataExtension",
    "NeuroglancerExtension",
    "NeuroglancerState",
]
