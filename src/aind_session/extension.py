"""Namespaces: extensions that add attributes to `Session` and `Subject`.

A namespace is a class whose instances are built with the session or subject they belong to:

>>> from aind_session import ExtensionBaseClass, Session, register_namespace
>>> @register_namespace("counts")
... class Counts(ExtensionBaseClass):
...     @property
...     def assets(self):
...         return len(self._base.data_assets)
>>> Session("ecephys_676909_2023-12-13_13-43-40").counts.assets
3

A package declares its namespaces as entry points in the group ``aind_session.extensions``: the name
is that of the namespace, and the value is the module that registers it. The module is imported when
the attribute is first read.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from typing import Any, TypeVar

from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.inventory import Inventory
from aind_session.errors import AindSessionWarning, ExtensionError, NamespaceError
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import text
from aind_session.runtime.attributes import Helpful, is_shipped, load_shipped
from aind_session.runtime.warning import warn_user
from aind_session.session import Session, finder_of
from aind_session.sources import Sources
from aind_session.subject import inventory_of

N = TypeVar("N", bound=type)


class ExtensionBaseClass(Helpful):
    """Base class of namespaces; ``_base`` is the session or subject.

    `finder` (of a session) and `inventory` (of a session or subject) find what exists. They share
    answers with the session's own attributes, so a namespace repeats no request.

    Parameters
    ----------
    base
        The session or subject.

    Examples
    --------
    >>> namespace = ExtensionBaseClass(Session("ecephys_676909_2023-12-13_13-43-40"))
    >>> namespace._base.subject_id
    '676909'
    >>> where = namespace.finder.expect_raw_location()
    >>> namespace.inventory.listing(where).folders[:2]
    ('behavior', 'behavior_videos')
    """

    def __init__(self, base: Any) -> None:
        self._base = base

    @property
    def finder(self) -> SessionFinder:
        """Finds the assets, the records and the raw data of the session.

        Raises
        ------
        TypeError
            The namespace belongs to a subject, which has only an `inventory`.
        """
        if not isinstance(self._base, Session):
            raise TypeError(f"only a session has a finder, but this belongs to {self._base!r}")
        return finder_of(self._base)

    @property
    def sources(self) -> Sources | None:
        """The sources passed to the session or subject; None if it uses the current ones.

        Pass them on to new objects, as in ``Session(other, sources=self.sources)``.
        """
        sources: Sources | None = self._base._sources
        return sources

    @property
    def inventory(self) -> Inventory:
        """Answers questions about the subject and its files; each request is sent once."""
        if isinstance(self._base, Session):
            return finder_of(self._base).inventory
        return inventory_of(self._base)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base!r})"


class _Namespace:
    """Builds a namespace when it is first read, and stores it on the instance.

    If the class is defined again, existing instances use the new class.
    """

    def __init__(self, name: str, cls: type) -> None:
        self.name = name
        self.cls = cls

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self.cls
        # under another name than the attribute, so that a value set by a user still takes priority
        kept: dict[Any, Any] = instance.__dict__.setdefault("_namespaces", {})
        key = (self.name, self.cls)
        return kept[key] if key in kept else kept.setdefault(key, self._built(instance))

    def _built(self, instance: Any) -> Any:
        try:
            return self.cls(instance)
        except AttributeError as error:
            # with an AttributeError, hasattr and getattr with a default would treat it as missing
            raise ExtensionError(
                f"the extension {self.name!r} ({_named(self.cls)}) "
                f"cannot be built for {instance!r}: {error}"
            ) from error


def register_namespace(
    name: str, cls: type = Session, *, replace: bool = False
) -> Callable[[N], N]:
    """Decorate a class to make it a namespace of `Session` or `Subject`.

    Parameters
    ----------
    name
        The name of the attribute.
    cls
        The class that gets the attribute: `Session` or `Subject`.
    replace
        Whether it replaces another namespace with this name without a warning, one of this library
        or of another package. The same class defined again (in a notebook cell, or in a module run
        as a script) never causes a warning.

    Warns
    -----
    AindSessionWarning
        It replaces another namespace, and `replace` is false.

    Raises
    ------
    NamespaceError
        The name is not a valid attribute name, or hides an existing attribute. An `AttributeError`.
    TypeError
        The name is not text, or the namespace or its target is not a class.

    Examples
    --------
    >>> @register_namespace("data_assets")
    ... class Mine(ExtensionBaseClass):
    ...     pass
    Traceback (most recent call last):
    ...
    aind_session.errors.NamespaceError: Session has 'data_assets' already: choose another name
    """
    if not isinstance(cls, type) or cls.__module__ == "builtins":
        raise TypeError(f"a namespace is added to a class, not to {quote(cls)}")
    text(name, "the name of a namespace")

    def register(namespace: N) -> N:
        if not isinstance(namespace, type):
            raise TypeError(f"a namespace is a class, not {quote(namespace)}")
        _refuse_to_cover(name, cls, namespace, replace=replace)
        if not _is_taken_by_user(name, cls, namespace):
            setattr(cls, name, _Namespace(name, namespace))
        return namespace

    return register


def _refuse_to_cover(name: str, cls: type, namespace: type, *, replace: bool) -> None:
    if not name.isidentifier() or name.startswith("_") or keyword.iskeyword(name):
        raise NamespaceError(
            f"{quote(name)} cannot be the name of a namespace: use a plain identifier"
        )
    if not is_shipped(namespace):
        load_shipped(name)
    covered = _find(cls, name)
    if covered is None:
        return
    if not isinstance(covered, _Namespace):
        raise NamespaceError(f"{cls.__name__} has {name!r} already: choose another name")
    known = covered.cls
    if replace or is_shipped(namespace) or (not is_shipped(known) and _is_again(known, namespace)):
        return
    warn_user(
        f"{cls.__name__}.{name} is now {_named(namespace)} instead of {_named(known)}; "
        "pass replace=True if this is intended",
        AindSessionWarning,
    )


def _named(namespace: type) -> str:
    return f"{namespace.__module__}.{namespace.__qualname__}"


def _is_taken_by_user(name: str, cls: type, namespace: type) -> bool:
    """Return whether a user's namespace already has the name of this one of the library."""
    covered = _find(cls, name)
    return covered is not None and is_shipped(namespace) and not is_shipped(covered.cls)


def _find(cls: type, name: str) -> Any:
    # in the class's __dict__, since reading the attribute would call the descriptor
    return next((c.__dict__[name] for c in cls.__mro__ if name in c.__dict__), None)


def _is_again(known: type, namespace: type) -> bool:
    """Return whether a class is a redefinition of a known one, also in a module run as a script."""
    modules = {known.__module__, namespace.__module__}
    is_same_module = len(modules) == 1 or "__main__" in modules
    return is_same_module and known.__qualname__ == namespace.__qualname__
