"""Assets and computations by ID: what is given already is not asked for again."""

from __future__ import annotations

from collections.abc import Callable

from aind_session import get_data_asset_model, sort_by_created
from aind_session.sources import remote_sources
from tests.platform import Platform
from tests.worlds import empty_world, raw, uuid_of

NAME = "ecephys_700001_2024-05-01_10-00-00"


def test_only_ids_are_asked_for_when_sorting(stand_in: Callable[..., Platform]) -> None:
    found = empty_world()
    found.assets += [raw(number, f"{NAME[:-1]}{number}") for number in (1, 2, 3)]
    platform = stand_in(found)
    sources = remote_sources()
    models = [get_data_asset_model(uuid_of(number), sources=sources) for number in (3, 1)]
    before = platform.count()
    ordered = sort_by_created([*models, uuid_of(2)], sources=sources)
    assert [model.id for model in ordered] == [uuid_of(1), uuid_of(2), uuid_of(3)]
    assert platform.count() == before + 1
    assert [model.id for model in sort_by_created(models, sources=sources)] == [
        uuid_of(1),
        uuid_of(3),
    ]
    assert platform.count() == before + 1
