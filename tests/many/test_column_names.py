"""The type for completion lists exactly the existing columns."""

from __future__ import annotations

from typing import get_args

from aind_session.many import tables
from aind_session.many.column_names import ColumnName


def test_the_type_names_each_column() -> None:
    assert get_args(ColumnName) == tables.chosen(None)
