"""The namespaces of the library, one module or folder each, with the name of the namespace.

``session.ecephys`` imports only `aind_session.extensions.ecephys`. Classes can also be imported
from here: the name of a class begins with that of its module.

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
