"""Import the SDK's models without its client, and without what they need for JSON.

Importing any module of the SDK first runs ``codeocean/__init__.py``, which imports the SDK's
client: requests, requests_toolbelt, and all models. That is two fifths of the time to import
`DataAsset`. This module imports the package without running its ``__init__.py``, which runs when a
missing name, such as ``codeocean.CodeOcean``, is first used. `importlib.util.LazyLoader` does the
same for modules, but would run the package's code as soon as a submodule is imported. Other users
of the SDK see no difference: ``import codeocean`` returns the same module with the same names.
The models themselves are imported as `sdk_json` describes. ``AIND_SESSION_PLAIN_CLIENTS=1`` turns
both off, see `limits`.
"""

from __future__ import annotations

import functools
import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from aind_session.sources.servers.limits import is_off
from aind_session.sources.servers.sdk_json import LaterJsonLoader, LaterLoader

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

_PACKAGE = "codeocean"
_MODELS = "codeocean.models."


@functools.cache
def asset_class() -> type[DataAsset]:
    """Return the SDK's class of a data asset; importing it takes 30 ms or more the first time."""
    with _import_lock, _later():
        # two threads, one importing a module of the package and one the package, could deadlock
        importlib.import_module(_PACKAGE)
        try:
            from codeocean.models.data_asset import DataAsset
        except ModuleNotFoundError:  # before SDK 0.14, the models are in the modules of their APIs
            from codeocean.data_asset import DataAsset
    found: type[DataAsset] = DataAsset
    return found


_import_lock = threading.Lock()


@contextmanager
def _later() -> Iterator[None]:
    """Delay what is not needed, in a ``with`` block that imports the SDK; one thread at a time."""
    if is_off():
        yield
        return
    _finder.is_on = True
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    try:
        yield
    finally:
        # it stays in the list: if it were removed while another thread walks through the list,
        # that thread would skip a finder, and could miss a module that exists
        _finder.is_on = False


class _Finder:
    """Finds the SDK's package and its models through the other finders, and changes the loader."""

    is_on = False

    def find_spec(self, name: str, *args: Any) -> ModuleSpec | None:
        if not self.is_on or (name != _PACKAGE and not name.startswith(_MODELS)):
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, (finder.find_spec(name, *args) for finder in others)), None)
        if spec is not None and spec.loader is not None:
            later: Any = _LaterPackageLoader if name == _PACKAGE else LaterJsonLoader
            spec.loader = later(spec.loader)
        return spec


_finder: Any = _Finder()


class _LaterPackageLoader(LaterLoader):
    """Loads a package without running its ``__init__.py``."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        module.__class__ = _LaterPackage


class _LaterPackage(ModuleType):
    """A package whose ``__init__.py`` runs when a missing name is first used."""

    def __getattr__(self, name: str) -> Any:
        _run(self)
        return object.__getattribute__(self, name)

    def __dir__(self) -> list[str]:
        _run(self)
        return dir(self)


_lock = threading.RLock()
_is_running = False


def _run(package: ModuleType) -> None:
    """Run a package's ``__init__.py``, once; meanwhile its missing names stay missing."""
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
