"""The SDK's models without `dataclasses_json`, until one is read from JSON or written as JSON.

The SDK decorates its models with ``dataclass_json``. Importing that, and marshmallow with it, takes
a third of the time until the first data asset, and this library uses neither: see `decode`. Modules
of models that this library imports first get another decorator under this name: it adds the same
methods, and calls the real decorator when one of them is first read. No other module gets it.
"""

from __future__ import annotations

import builtins
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

_JSON = "dataclasses_json"

_METHODS = ("from_dict", "from_json", "schema", "to_dict", "to_json")
"""What the real decorator adds."""


class LaterLoader:
    """Loads a module in place of its real loader, which it then leaves to the module."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module as the real loader does."""
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the real loader of the module; subclasses decide what runs, and when."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader


class LaterJsonLoader(LaterLoader):
    """Loads a module of models; what its classes need for JSON is imported later."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module; its import statements, and no others, call `_import`."""
        super().exec_module(module)
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": _import}
        try:
            self._loader.exec_module(module)
        finally:
            vars(module)["__builtins__"] = vars(builtins)


def _import(name: str, *args: Any) -> Any:
    """Import a module; args are globals, locals, names and level."""
    if name == _JSON and _JSON not in sys.modules and args[2:3] == (("dataclass_json",),):
        return SimpleNamespace(dataclass_json=_with_json_later)
    return builtins.__import__(name, *args)


def _with_json_later(cls: type) -> type:
    for name in _METHODS:
        setattr(cls, name, _LaterMethod(cls, name))
    return cls


class _LaterMethod:
    """A method of a class that the real decorator adds when the method is read."""

    def __init__(self, cls: type, name: str) -> None:
        self._cls = cls
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        from dataclasses_json import dataclass_json

        dataclass_json(self._cls)  # replaces this
        return getattr(owner if instance is None else instance, self._name)
