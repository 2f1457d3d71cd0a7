"""``session.ecephys``: recordings with probes, and the results of spike sorting."""

from typing import Any

from aind_session.extensions.ecephys.namespace import EcephysExtension

__all__ = ["EcephysExtension"]


def __getattr__(name: str) -> Any:
    # older code writes `aind_session.extensions.ecephys.SortedDataAsset`: this was the class
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(EcephysExtension, name)
