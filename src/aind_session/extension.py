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

from aind_session.errors import ExtensionError, NamespaceError
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import text
from aind_session.runtime.attributes import Helpful, load_shipped
from aind_session.session import Session

N = TypeVar("N", bound=type)


class ExtensionBaseClass(Helpful):
    """Base of namespaces; holds what it belongs to as ``_base``.

    Parameters
    ----------
    base
        The session or subject.

    Examples
    --------
    >>> ExtensionBaseClass(Session("ecephys_676909_2023-12-13_13-43-40"))._base.subject_id
    '676909'
    """

    def __init__(self, base: Any) -> None:
        self._base = base

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
        Whether it may take the place of a namespace of this name. The class itself, defined
        again as in a notebook's cell, always may.

    Raises
    ------
    NamespaceError
        The name is no attribute name, or covers something that exists. An `AttributeError`.
    TypeError
        The name is no text, or what is registered, or added to, is no class.

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
        setattr(cls, name, _Namespace(name, namespace))
        return namespace

    return register


def _refuse_to_cover(name: str, cls: type, namespace: type, *, replace: bool) -> None:
    if not name.isidentifier() or name.startswith("_") or keyword.iskeyword(name):
        raise NamespaceError(
            f"{quote(name)} cannot be the name of a namespace: use a plain identifier"
        )
    load_shipped()
    covered = _find(cls, name)
    if covered is None or (
        isinstance(covered, _Namespace) and (replace or _is(covered, namespace))
    ):
        return
    if isinstance(covered, _Namespace):
        raise NamespaceError(
            f"{cls.__name__} has the namespace {name!r} already, from {covered.cls.__module__}: "
            "choose another name, or say replace=True"
        )
    raise NamespaceError(f"{cls.__name__} has {name!r} already: choose another name")


def _find(cls: type, name: str) -> Any:
    # as it stands in a class's __dict__: asking the class would call the descriptor
    return next((c.__dict__[name] for c in cls.__mro__ if name in c.__dict__), None)


def _is(covered: _Namespace, namespace: type) -> bool:
    mine, other = namespace, covered.cls
    return (mine.__module__, mine.__qualname__) == (other.__module__, other.__qualname__)
