"""``session.ecephys``: recordings with probes, and the results of spike sorting."""

from aind_session.extensions.ecephys.namespace import EcephysExtension

__all__ = ["EcephysExtension"]
