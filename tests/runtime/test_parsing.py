"""JSON with lone surrogates is read, and loses no other data."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aind_session import sessions
from aind_session.runtime.parsing import parse_json
from aind_session.sources import remote_sources
from tests.platform import Platform
from tests.worlds import empty_world, raw, record, uuid_of

NAME = "ecephys_700001_2024-01-02_03-04-05"


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (rb'"\ud800"', "�"),
        (rb'["a\uDFFFb", {"\udc00": 1}]', ["a�b", {"�": 1}]),
        (rb'"\ud83d\ude00"', "\U0001f600"),  # a surrogate pair
        (b'"\xed\xa0\x80"', "�"),
        (rb'"\\ud800"', r"\ud800"),  # an escaped backslash, and letters
        ('"Süd\U0001f600"'.encode(), "Süd\U0001f600"),
        (b"[1, null, true]", [1, None, True]),
    ],
)
def test_texts_can_be_written_down(content: bytes, value: object) -> None:
    assert parse_json(content) == value


def test_a_table_takes_what_a_server_has_cut_in_half(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.assets.append(raw(1, NAME))
    made = record(NAME, f"s3://aind-open-data/{NAME}", uuid_of(1))
    made["data_description"]["project_name"] = "half \ud800"
    world.records["v1"].append(made)
    stand_in(world)
    many = sessions(NAME, sources=remote_sources())
    assert many.to_pandas(["project"]).iloc[0, 0] == "half �"
    assert many.to_polars(["project"]).rows() == [("half �",)]
