"""The SDK's models, without its client.

Whoever imports a module of the SDK first imports ``codeocean``, whose own code imports the SDK's
client: requests, requests_toolbelt, and the models of all that a client can do. That is two fifths
of what `DataAsset` costs. Here the package is there at once, and its own code runs when a name is
first wanted that is not there yet, such as ``codeocean.CodeOcean``: what
`importlib.util.LazyLoader` does with a module, for a package, whose modules are found before that.
For others nothing differs: ``import codeocean`` gives the same module, with the same names.
``AIND_SESSION_PLAIN_CLIENTS=1`` turns it off, see `limits`.
"""

from __future__ import annotations

import functools
import importlib
import sys
import threading
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from aind_session.sources.servers.limits import is_off

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

_PACKAGE = "codeocean"


@functools.cache
def asset_class() -> type[DataAsset]:
    """Give the SDK's class of a data asset; 30 ms the first time, or more where an SDK is older."""
    _import_package()
    try:
        from codeocean.models.data_asset import DataAsset
    except ModuleNotFoundError:  # before SDK 0.14, models are where their requests are
        from codeocean.data_asset import DataAsset
    found: type[DataAsset] = DataAsset
    return found


def _import_package() -> None:
    """Import the package, or wait for another thread that does.

    A thread that began with a module of it could meet one that began with the package.
    """
    if is_off():
        importlib.import_module(_PACKAGE)
        return
    finder: Any = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        importlib.import_module(_PACKAGE)
    finally:
        sys.meta_path.remove(finder)


class _Finder:
    """Finds one package alone, as the others find it, so that its own code runs later."""

    def find_spec(self, name: str, *args: Any) -> ModuleSpec | None:
        if name != _PACKAGE:
            return None
        others = (finder for finder in sys.meta_path if not isinstance(finder, _Finder))
        spec = next(filter(None, (finder.find_spec(name, *args) for finder in others)), None)
        if spec is not None and spec.loader is not None and spec.submodule_search_locations:
            later: Any = _LaterLoader(spec.loader)
            spec.loader = later
        return spec


class _LaterLoader:
    """Makes a package whose own code has not run."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        module.__class__ = _LaterPackage


class _LaterPackage(ModuleType):
    """A package whose own code runs when a name is wanted that is not there."""

    def __getattr__(self, name: str) -> Any:
        _run(self)
        return object.__getattribute__(self, name)

    def __dir__(self) -> list[str]:
        _run(self)
        return dir(self)


_lock = threading.RLock()
_is_running = False


def _run(package: ModuleType) -> None:
    """Run a package's own code, once; what it wants of itself meanwhile is not there yet."""
    global _is_running
    with _lock:
        if type(package) is not _LaterPackage or _is_running:
            return
        _is_running = True
        try:
            loader: Any = package.__loader__
            loader.exec_module(package)
            package.__class__ = ModuleType  # type: ignore[assignment]
        finally:
            _is_running = False
