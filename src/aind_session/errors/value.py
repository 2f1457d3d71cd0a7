"""Frozen values that are compared by their fields, without the cost of dataclasses.

They behave like ``@dataclass(frozen=True)``. Importing `dataclasses`, which imports `inspect`,
would take longer than everything else a first session needs, and 0.5 ms per class to compile.
"""

from __future__ import annotations

from operator import attrgetter

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar

    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_: object) -> Callable[[type], type]:
        """Do nothing: only type checkers use it."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class Value:
    """Base class of frozen values. Annotations define the fields, their values the defaults.

    Subclasses of a value have its fields, followed by their own.

    A class with ``__slots__`` needs an ``__init__`` that sets them with ``object.__setattr__``.

    Parameters
    ----------
    hidden
        Fields that the repr omits, such as secrets.

    Examples
    --------
    >>> class Point(Value, hidden=("name",)):
    ...     x: int
    ...     y: int = 0
    ...     name: str = ""
    >>> Point(1), Point(x=1) == Point(1, 0, ""), Point(1) == (1, 0, "")
    (Point(x=1, y=0), True, False)
    >>> Point(1).x = 2
    Traceback (most recent call last):
    dataclasses.FrozenInstanceError: cannot assign to field 'x'
    """

    __slots__ = ()

    if TYPE_CHECKING:
        __match_args__: ClassVar[tuple[str, ...]]
        _defaults: ClassVar[dict[str, Any]]
        _hidden: ClassVar[tuple[str, ...]]
        _held: ClassVar[attrgetter[Any]]

    def __init_subclass__(cls, *, hidden: tuple[str, ...] = ()) -> None:
        super().__init_subclass__()
        own = cls.__annotations__
        names = (*getattr(cls, "__match_args__", ()), *own)
        cls.__match_args__ = names  # type: ignore[misc]
        cls._hidden = (*getattr(cls, "_hidden", ()), *hidden)
        defaults = {name: vars(cls)[name] for name in own if name in vars(cls)}
        cls._defaults = {**getattr(cls, "_defaults", {}), **defaults}
        cls._held = attrgetter(*names)

    def __init__(self, *values: Any, **named: Any) -> None:
        names = self.__match_args__
        held = dict(zip(names, values, strict=False))
        is_twice = not held.keys().isdisjoint(named)
        held = {**self._defaults, **held, **named}
        if is_twice or len(values) > len(names) or held.keys() != set(names):
            passed = [*map(repr, values), *named]
            raise TypeError(f"{type(self).__name__} has the fields {names}, not {passed}")
        self.__dict__.update(held)

    def __setattr__(self, name: str, value: object) -> None:
        raise _frozen(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise _frozen(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return bool(self._held(self) == self._held(other))

    def __hash__(self) -> int:
        return hash(self._held(self))

    def __repr__(self) -> str:
        shown = (name for name in self.__match_args__ if name not in self._hidden)
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({fields})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__match_args__)

    def __replace__(self, **changes: Any) -> Self:
        """Return a copy with some fields changed; called by `copy.replace` (Python 3.13)."""
        held = {name: getattr(self, name) for name in self.__match_args__}
        return type(self)(**{**held, **changes})


def _frozen(why: str) -> AttributeError:
    from dataclasses import FrozenInstanceError

    return FrozenInstanceError(why)
