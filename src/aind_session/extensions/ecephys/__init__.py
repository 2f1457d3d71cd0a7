"""``session.ecephys``: recordings with probes, and the results of spike sorting."""

from typing import Any

from aind_session.extensions.ecephys.namespace import EcephysExtension
from aind_session.runtime.attributes import of_former_class

__all__ = ["EcephysExtension"]


def __getattr__(name: str) -> Any:
    return of_former_class(__name__, EcephysExtension, name)
