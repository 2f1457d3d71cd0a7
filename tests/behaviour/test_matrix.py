"""Each call with each failure of each server, alone and in pairs: see `docs/matrix.md`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.matrix import table
from tests.matrix.faults import Fault, Place
from tests.matrix.matrix import ALL_DOWN, DOUBLES, SINGLES, Matrix, open_matrix


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with open_matrix() as opened:
        yield opened


@pytest.mark.parametrize(
    ("place", "fault"), SINGLES, ids=[f"{place.name}: {fault.name}" for place, fault in SINGLES]
)
def test_one_server_fails(matrix: Matrix, place: Place, fault: Fault) -> None:
    assert matrix.row(place, fault)


@pytest.mark.parametrize(("places", "kinds"), [*DOUBLES, ALL_DOWN])
def test_several_servers_fail(
    matrix: Matrix, places: tuple[Place, ...], kinds: tuple[str, ...]
) -> None:
    assert matrix.pair(places, kinds)


def test_the_page_says_what_was_found(matrix: Matrix) -> None:
    found = table.page(matrix)
    assert table.PAGE.read_text(encoding="utf-8") == found, (
        "docs/matrix.md is not what the tests find: look at the difference, and when it is meant, "
        "update the page with: python -m tests.matrix.table"
    )
