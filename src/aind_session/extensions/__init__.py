"""The namespaces that come with the library: one module or folder each, found by its name.

``session.ecephys`` imports `aind_session.extensions.ecephys`, and no other. Classes can be
imported from here, too: the name of a class begins with that of its module.

>>> from aind_session.extensions import EcephysExtension
>>> EcephysExtension.__module__
'aind_session.extensions.ecephys.namespace'
"""

from importlib import import_module
from typing import Any

from aind_session.runtime.attributes import shipped_extensions


def __getattr__(name: str) -> Any:
    for module in shipped_extensions():
        if name == module:
            return import_module(f"{__name__}.{module}")
        if name.lower().startswith(module.replace("_", "")):
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(shipped_extensions())
