"""Namespaces: how a modality, or a user, adds attributes to `Session` and `Subject`.

A namespace is a class that is built with the session or subject it belongs to:

>>> from aind_session import ExtensionBaseClass, Session, register_namespace
>>> @register_namespace("counts")
... class Counts(ExtensionBaseClass):
...     @property
...     def assets(self):
...         return len(self._base.data_assets)
>>> Session("ecephys_676909_2023-12-13_13-43-40").counts.assets
3

A package announces its namespaces as entry points of the group ``aind_session.extensions``: the
name is that of the namespace, the value the module that registers it. It is imported when a
session is asked for that name, and not before.
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
    """Base of namespaces; holds what it belongs to as ``_base``.

    What exists is found through `finder` (of a session) and `inventory` (of a session or subject):
    they share their answers with the session's own attributes, so that a namespace sends no request
    twice.

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
            The namespace is one of a subject, which has an `inventory` alone.
        """
        if not isinstance(self._base, Session):
            raise TypeError(f"only a session has a finder, and this belongs to {self._base!r}")
        return finder_of(self._base)

    @property
    def sources(self) -> Sources | None:
        """The sources that the session or subject was given; None where it asks those in use.

        To pass on to what a namespace makes, such as ``Session(other, sources=self.sources)``.
        """
        given: Sources | None = self._base._sources
        return given

    @property
    def inventory(self) -> Inventory:
        """Asks about the subject, and about files of its assets, each question once."""
        if isinstance(self._base, Session):
            return finder_of(self._base).inventory
        return inventory_of(self._base)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base!r})"


class _Namespace:
    """Builds a namespace at its first use on an instance, and keeps it there."""

    def __init__(self, name: str, cls: type) -> None:
        self.name = name
        self.cls = cls

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self.cls
        try:
            namespace = self.cls(instance)
        except AttributeError as error:
            # as it is, getattr with a default and hasattr would take it for absent
            raise ExtensionError(
                f"the extension {self.name!r} ({self.cls.__module__}.{self.cls.__qualname__}) "
                f"cannot be built for {instance!r}: {error}"
            ) from error
        # this descriptor has no __set__, so from now on Python finds the kept one first
        return instance.__dict__.setdefault(self.name, namespace)


def register_namespace(
    name: str, cls: type = Session, *, replace: bool = False
) -> Callable[[N], N]:
    """Decorate a class to make it a namespace of `Session` or `Subject`.

    Parameters
    ----------
    name
        The attribute under which it is found.
    cls
        What it is added to: `Session` or `Subject`.
    replace
        Whether it may take the place of a namespace of this name from another package. The class
        itself, defined again as in a notebook's cell or in a module that is run as a script, always
        may; so may any class that takes the place of a namespace of this library.

    Warns
    -----
    AindSessionWarning
        A namespace of this library gives way, without `replace`.

    Raises
    ------
    NamespaceError
        The name is no attribute name, or covers something that exists. An `AttributeError`.
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
    if not isinstance(cls, type):
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
    if replace or is_shipped(namespace):
        return
    if not is_shipped(covered.cls):
        if _is_again(covered.cls, namespace):
            return
        raise NamespaceError(
            f"{cls.__name__} has the namespace {name!r} already, from {covered.cls.__module__}: "
            "choose another name, or say replace=True"
        )
    warn_user(
        f"{cls.__name__}.{name} is now {namespace.__module__}.{namespace.__qualname__}, in the "
        f"place of {covered.cls.__module__}; replace=True says that this is meant",
        AindSessionWarning,
    )


def _is_taken_by_user(name: str, cls: type, namespace: type) -> bool:
    """Tell whether a namespace of this library comes late: a user's has its name already."""
    covered = _find(cls, name)
    return covered is not None and is_shipped(namespace) and not is_shipped(covered.cls)


def _find(cls: type, name: str) -> Any:
    # as it stands in a class's __dict__: asking the class would call the descriptor
    return next((c.__dict__[name] for c in cls.__mro__ if name in c.__dict__), None)


def _is_again(known: type, namespace: type) -> bool:
    """Tell whether a known class is defined again, also by its module that runs as a script."""
    modules = {known.__module__, namespace.__module__}
    is_same_module = len(modules) == 1 or "__main__" in modules
    return is_same_module and known.__qualname__ == namespace.__qualname__
