"""What a missing attribute means: a namespace that is not loaded yet, or a misspelling."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aind_session.errors import ExtensionError

ENTRY_POINT_GROUP = "aind_session.extensions"
"""The entry-point group under which other packages announce their namespaces, by name."""

_SHIPPED = "aind_session.extensions"
"""The folder of the namespaces that come with the library: a module or a folder each."""


class Helpful:
    """Base of what says, when an attribute is missing, which names come close.

    Not by ``__getattr__``, which would also hide what a property says with an `AttributeError`.
    """

    if not TYPE_CHECKING:  # a type checker would take every name for one that exists

        def __getattribute__(self, name: str) -> Any:
            try:
                return super().__getattribute__(name)
            except AttributeError:
                # a name that the class has was found, and its property raised this
                if name.startswith("_") or hasattr(type(self), name):
                    raise
            return self._missing(name)

    def _missing(self, name: str) -> Any:
        """Stand in for an attribute that neither the object nor its class has."""
        raise AttributeError(missing(self, name), name=name, obj=self)


class Extensible(Helpful):
    """Base of the classes that take namespaces; finds those that are not imported yet by name."""

    def _missing(self, name: str) -> Any:
        _load_extension(name)
        if hasattr(type(self), name):
            return getattr(self, name)
        return super()._missing(name)

    def __dir__(self) -> list[str]:
        for name in shipped_extensions():  # which class a namespace is of, only its module knows
            load_shipped(name)
        return sorted({*super().__dir__(), *announced_extensions()})


def missing(instance: object, name: str) -> str:
    """Say that an object has no such attribute, and which names come close.

    Parameters
    ----------
    instance
        What was asked.
    name
        For what.

    Examples
    --------
    >>> missing("text", "casefld")
    "'str' object has no attribute 'casefld'; did you mean 'casefold'?"
    """
    import difflib  # paid by who mistypes

    names = [known for known in dir(instance) if not known.startswith("_")]
    close = difflib.get_close_matches(name, names, n=3)
    hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
    return f"{type(instance).__name__!r} object has no attribute {name!r}{hint}"


@functools.cache
def shipped_extensions() -> tuple[str, ...]:
    """Give the names of the modules of `aind_session.extensions`, without importing them.

    Examples
    --------
    >>> "ecephys" in shipped_extensions()
    True
    """
    import pkgutil  # 3 ms, which most programs need not pay

    folder = import_module(_SHIPPED).__path__
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folder)))


def load_shipped(name: str) -> None:
    """Import the shipped namespace of a name, at its first use; do nothing if there is none.

    Parameters
    ----------
    name
        That of the namespace, which is also that of its module.
    """
    if name in shipped_extensions():
        import_module(f"{_SHIPPED}.{name}")


def is_shipped(namespace: type) -> bool:
    """Tell whether a namespace comes with the library."""
    return namespace.__module__.startswith(f"{_SHIPPED}.")


def announced_extensions() -> tuple[str, ...]:
    """Give the names of namespaces that installed packages announce as entry points."""
    from importlib.metadata import entry_points  # 10 ms, paid when a name is not known

    return tuple(sorted({point.name for point in entry_points(group=ENTRY_POINT_GROUP)}))


def _load_extension(name: str) -> None:
    """Import what registers a namespace: the shipped module of its name, then its entry point.

    Raises
    ------
    ExtensionError
        The extension of this name cannot be loaded.
    """
    from importlib.metadata import entry_points

    load_shipped(name)
    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        try:
            point.load()
        except Exception as error:  # the import of another package's module can raise anything
            raise ExtensionError(
                f"the extension {name!r} ({point.value}) cannot be loaded: "
                f"{type(error).__name__}: {error}"
            ) from error
