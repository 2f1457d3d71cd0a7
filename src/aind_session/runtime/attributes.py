"""Missing attributes: load a namespace of that name, or suggest similar names."""

from __future__ import annotations

import functools
import os
import sys
from importlib import import_module

from aind_session.errors import ExtensionError

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from typing import Any

ENTRY_POINT_GROUP = "aind_session.extensions"
"""The entry-point group under which other packages announce their namespaces, by name."""

_SHIPPED = "aind_session.extensions"
"""The package of the namespaces that come with the library: one module or folder each."""


def of_former_class(module: str, cls: type, name: str) -> Any:
    """Return an attribute of a class, for the module of its name: in 0.3.27, that was the class.

    Parameters
    ----------
    module
        The name of the module, for the error.
    cls
        The class.
    name
        The attribute, such as in ``aind_session.extensions.lims.get_id``.
    """
    if name.startswith("_"):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    return getattr(cls, name)


class Helpful:
    """Base class whose errors for missing attributes suggest similar names.

    It does not use ``__getattr__``, which would hide the `AttributeError` that a property raises.
    """

    if not TYPE_CHECKING:  # else a type checker accepts every name

        def __getattribute__(self, name: str) -> Any:
            try:
                return super().__getattribute__(name)
            except AttributeError:
                # if the class has the name, its property raised the error
                if name.startswith("_") or hasattr(type(self), name):
                    raise
            return self._missing(name)

    def _missing(self, name: str) -> Any:
        """Handle an attribute that neither the object nor its class has."""
        raise AttributeError(missing(self, name), name=name, obj=self)


class Extensible(Helpful):
    """Base of the classes that accept namespaces; imports a namespace when it is first used."""

    def _missing(self, name: str) -> Any:
        _load_extension(name)
        if hasattr(type(self), name):
            return getattr(self, name)
        having = [cls.__name__ for cls in Extensible.__subclasses__() if hasattr(cls, name)]
        if not having:
            return super()._missing(name)
        said = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(f"{said}; {having[0]!r} objects have it", name=name, obj=self)

    def __dir__(self) -> list[str]:
        for name in shipped_extensions():  # only a namespace's module knows its class
            load_shipped(name)
        return sorted({*super().__dir__(), *announced_extensions()})


def missing(instance: object, name: str) -> str:
    """Return the error message for a missing attribute, with similar names.

    Parameters
    ----------
    instance
        The object.
    name
        The missing attribute.

    Examples
    --------
    >>> missing("text", "casefld")
    "'str' object has no attribute 'casefld'; did you mean 'casefold'?"
    """
    import difflib  # only needed after a misspelling

    names = [known for known in dir(instance) if not known.startswith("_")]
    close = difflib.get_close_matches(name, names, n=3)
    hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
    return f"{type(instance).__name__!r} object has no attribute {name!r}{hint}"


@functools.cache
def shipped_extensions() -> tuple[str, ...]:
    """Return the names of the modules of `aind_session.extensions`, without importing them.

    Examples
    --------
    >>> "ecephys" in shipped_extensions()
    True
    """
    import pkgutil  # 3 ms, not needed by most programs

    folder = import_module(_SHIPPED).__path__
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folder)))


def load_shipped(name: str) -> None:
    """Import the shipped namespace with a name; do nothing if there is none.

    Parameters
    ----------
    name
        The name of the namespace and its module.
    """
    if name in shipped_extensions():
        import_module(f"{_SHIPPED}.{name}")


def is_shipped(namespace: type) -> bool:
    """Return whether a namespace comes with the library."""
    return namespace.__module__.startswith(f"{_SHIPPED}.")


def announced_extensions() -> tuple[str, ...]:
    """Return the names of the namespaces that installed packages announce as entry points."""
    from importlib.metadata import entry_points  # 10 ms, only for unknown names

    return tuple(sorted({point.name for point in entry_points(group=ENTRY_POINT_GROUP)}))


def _load_extension(name: str) -> None:
    """Load the namespace with a name: the shipped module, then entry points of that name.

    Raises
    ------
    ExtensionError
        The extension of this name cannot be loaded.
    """
    load_shipped(name)
    if not _may_announce_extensions():
        return
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        try:
            point.load()
        except Exception as error:  # the import of another package's module can raise anything
            raise ExtensionError(
                f"the extension {name!r} ({point.value}) cannot be loaded: "
                f"{type(error).__name__}: {error}"
            ) from error


def _may_announce_extensions() -> bool:
    """Return whether an installed package may announce namespaces; in most environments none does.

    `importlib.metadata` takes 15 ms or more, since it parses the entry points of all packages. This
    function only searches the same files for the name of the group.
    """
    return any(map(_may_announce_in, dict.fromkeys(sys.path)))


def _may_announce_in(place: str) -> bool:
    """Return whether a package in one entry of ``sys.path`` may announce namespaces."""
    try:
        packages = [name for name in os.listdir(place or ".") if name.lower().endswith("-info")]
    except NotADirectoryError:  # such as a zip archive, which `importlib.metadata` can read
        return True
    except OSError:
        return False
    return any(_announces(os.path.join(place, name, "entry_points.txt")) for name in packages)


def _announces(entry_points: str) -> bool:
    try:
        with open(entry_points, encoding="utf-8", errors="replace") as file:
            return ENTRY_POINT_GROUP in file.read()
    except OSError:  # most packages have no such file
        return False
