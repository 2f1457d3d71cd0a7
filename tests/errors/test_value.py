"""Frozen values behave as frozen dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import sys
from typing import Any

import pytest

from aind_session.errors.value import Value


class Point(Value, hidden=("token",)):
    x: int
    y: int = 0
    token: str = ""


class Other(Value):
    x: int
    y: int = 0
    token: str = ""


class Alone(Value):
    x: int


class Placed(Point, hidden=("z",)):
    z: int = 5


class Same(Placed):
    pass


def test_a_subclass_has_the_fields_of_its_base_and_its_own() -> None:
    assert Placed(1, 2, "t", 3) == Placed(x=1, y=2, token="t", z=3)
    assert Placed(1).z == 5
    assert Placed(1) != Placed(1, z=6)
    assert repr(Placed(1, 2, "secret", 3)) == "Placed(x=1, y=2)"
    same = Same(1, z=7)
    assert (same.x, same.y, same.z) == (1, 0, 7)
    assert pickle.loads(pickle.dumps(same)) == same
    assert same != Placed(1, z=7)


def test_values_are_equal_if_class_and_fields_are() -> None:
    assert Point(1) == Point(x=1, y=0) == Point(1, token="")
    assert hash(Point(1)) == hash(Point(1, 0))
    assert Point(1) != Point(2)
    different: list[object] = [Other(1), (1, 0, ""), Alone(1)]
    assert Point(1) not in different
    assert len({Alone(1), Alone(1), Alone(2)}) == 2


def test_the_repr_leaves_out_what_is_hidden() -> None:
    assert repr(Point(1, token="secret")) == "Point(x=1, y=0)"


def test_fields_cannot_be_changed() -> None:
    point: Any = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    assert point == Point(1)


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, 2, "", 4), {}), ((1,), {"z": 1}), ((1,), {"x": 1}), ((), {"y": 1})],
)
def test_other_arguments_than_the_fields_are_refused(
    values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match="Point has the fields"):
        Point(*values, **named)


def test_values_survive_copying_and_pickling() -> None:
    point = Point(1, 2, "t")
    for again in (copy.copy(point), copy.deepcopy(point), pickle.loads(pickle.dumps(point))):
        assert again == point
        assert again.token == "t"


def test_some_fields_can_be_replaced() -> None:
    assert Point(1, 2).__replace__(y=3) == Point(1, 3)
    if sys.version_info >= (3, 13):
        assert copy.replace(Point(1, 2), y=3) == Point(1, 3)


def test_patterns_match_by_position() -> None:
    match Point(1, 2):
        case Point(x, y, token):
            assert (x, y, token) == (1, 2, "")
