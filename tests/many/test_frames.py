"""Rows as tables of other libraries."""

from __future__ import annotations

from aind_session import (
    memory_sources,
    sessions,
)
from tests.many.two_sessions import ONE, TWO, world


def test_frames_have_the_rows_of_the_records() -> None:
    many = sessions([ONE, TWO], sources=memory_sources(world()))
    columns = ["id", "derived_assets"]
    rows = [{"id": ONE, "derived_assets": 1}, {"id": TWO, "derived_assets": 0}]
    assert many.to_records(columns) == rows
    assert many.to_polars(columns).to_dicts() == rows
    assert many.to_arrow(columns).to_pylist() == rows
    assert many.to_pandas(columns).to_dict("records") == rows
    assert many.to_polars().columns == list(many.to_records()[0])
