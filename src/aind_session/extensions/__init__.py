"""The namespaces that come with the library, one file each; importing this registers them.

Public API: `MetadataExtension` (``session.metadata``), `EcephysExtension` (``session.ecephys``).
"""

from aind_session.extensions.ecephys import EcephysExtension
from aind_session.extensions.metadata import MetadataExtension

__all__ = ["EcephysExtension", "MetadataExtension"]
