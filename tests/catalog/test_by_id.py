"""Assets and computations by ID; objects that are passed are not requested again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from aind_session import (
    AssetNotFoundError,
    LeftOutWarning,
    get_codeocean_data_asset_ids_from_docdb,
    get_codeocean_model,
    get_data_asset_model,
    get_docdb_record,
    get_normalized_uuid,
    is_raw_data_asset,
    search_computations,
    sort_by_created,
)
from aind_session.catalog.by_id import is_asset_model, is_computation_model
from aind_session.sources import memory_sources, remote_sources
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, uuid_of

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


S = "ecephys_700001_2024-01-01_10-00-00"
LINKED, PLACED = f"{S}_linked", f"{S}_placed"
RUN, CAPSULE = uuid_of(77), uuid_of(78)


def world() -> World:
    """A world with an asset, a hidden asset and a run."""
    found = empty_world()
    found.assets += [raw(1, NAME), raw(2, f"{NAME[:-1]}2")]
    found.hidden.add(uuid_of(2))
    run = {"id": RUN, "name": "Run", "state": "completed", "run_time": 1, "created": 5}
    found.computations[CAPSULE] = [run]
    return found


def test_an_id_is_of_an_asset_or_of_a_computation(serve: Serve) -> None:
    sources = serve(world())
    assert get_codeocean_model(uuid_of(1), sources=sources).name == NAME
    assert get_codeocean_model(uuid_of(1), False, sources=sources).name == NAME
    run = get_codeocean_model(RUN, sources=sources)
    assert run.name == "Run"
    assert get_codeocean_model(RUN, True, sources=sources).name == "Run"
    assert get_codeocean_model(run, sources=sources) is run


@pytest.mark.parametrize(
    ("id_", "is_computation", "what"),
    [
        (uuid_of(9), None, "data asset or computation"),
        (uuid_of(9), True, "computation"),
        (uuid_of(1), True, "computation"),
    ],
)
def test_an_id_of_neither_says_what_was_looked_for(
    serve: Serve, id_: str, is_computation: bool | None, what: str
) -> None:
    with pytest.raises(AssetNotFoundError) as caught:
        get_codeocean_model(id_, is_computation, sources=serve(world()))
    assert str(caught.value).startswith(f"{what} {id_} was not found")
    assert "Code Ocean" in str(caught.value)


@pytest.mark.parametrize(
    ("thing", "is_asset", "is_run"),
    [
        (SimpleNamespace(mount=1, name=1), True, False),
        (SimpleNamespace(mount=1), False, False),
        (SimpleNamespace(name=1), False, False),
        (SimpleNamespace(run_time=1, state=1), False, True),
        (SimpleNamespace(run_time=1), False, False),
        (SimpleNamespace(state=1), False, False),
    ],
)
def test_models_are_recognized_by_their_attributes(
    thing: Any, is_asset: bool, is_run: bool
) -> None:
    assert is_asset_model(thing) is is_asset
    assert is_computation_model(thing) is is_run


def test_ids_in_any_form_are_one_and_what_is_none_is_refused() -> None:
    whole = "16d46411-540a-4122-b47f-8cb2a15d593a"
    for form in (whole, whole.upper(), whole.replace("-", ""), f" {whole} ", uuid.UUID(whole)):
        assert get_normalized_uuid(form) == whole
    assert get_normalized_uuid(SimpleNamespace(id=whole)) == whole
    with pytest.raises(ValueError, match="is not a UUID") as caught:
        get_normalized_uuid("x")
    assert str(caught.value) == ("'x' is not a UUID such as '16d46411-540a-4122-b47f-8cb2a15d593a'")
    with pytest.raises(TypeError) as wrong:
        get_normalized_uuid(5)
    assert str(wrong.value) == "pass a data asset, a computation, or the ID of one, not 5"


def test_what_may_not_be_seen_is_left_out_of_a_sorting_with_a_warning(serve: Serve) -> None:
    sources = serve(world())
    with pytest.warns(LeftOutWarning) as warned:
        found = sort_by_created([uuid_of(1), uuid_of(9), RUN, uuid_of(2)], sources=sources)
    assert [one.name for one in found] == ["Run", NAME]
    assert len(warned) == 2
    assert all(str(one.message).startswith("left out: ") for one in warned)
    assert uuid_of(9) in str(warned[0].message)
    with pytest.raises(ValueError, match="is not a UUID"):
        sort_by_created([uuid_of(1), "x"], sources=sources)
    with pytest.raises(TypeError, match=r"IDs were expected, not None$"):
        sort_by_created(None, sources=sources)  # type: ignore[arg-type]


def test_raw_data_are_recognized_from_the_asset_or_its_id(serve: Serve) -> None:
    made = world()
    made.assets.append(asset(3, f"{NAME}_sorted"))
    sources = serve(made)
    assert is_raw_data_asset(uuid_of(1), sources=sources) is True
    assert is_raw_data_asset(uuid_of(3), sources=sources) is False
    assert is_raw_data_asset(decode_asset(made.assets[0])) is True


def test_a_record_of_an_asset_is_found_by_its_link_its_place_or_its_name(serve: Serve) -> None:
    made = empty_world()
    made.assets += [raw(1, NAME), raw(2, f"{NAME[:-1]}2"), raw(3, f"{NAME[:-1]}3")]
    place = f"s3://codeocean-s3datasetsbucket-1u41qdg42ur9/{uuid_of(2)}"
    made.records["v1"] += [
        record(LINKED, "s3://b/linked", uuid_of(1)),
        record(PLACED, place),
        record(f"{NAME[:-1]}3", "s3://b/named"),
    ]
    sources = serve(made)
    assert get_docdb_record(uuid_of(1), sources=sources)["name"] == LINKED
    assert get_docdb_record(uuid_of(2), sources=sources)["name"] == PLACED
    assert get_docdb_record(uuid_of(3), sources=sources)["name"] == f"{NAME[:-1]}3"
    assert get_docdb_record(LINKED, sources=sources)["name"] == LINKED
    assert get_docdb_record("absent", sources=sources) == {}
    assert get_docdb_record(uuid_of(9), sources=sources) == {}


def test_a_record_of_an_asset_that_may_not_be_seen_is_left_out_with_a_warning(
    serve: Serve,
) -> None:
    with pytest.warns(LeftOutWarning) as warned:
        assert get_docdb_record(uuid_of(2), sources=serve(world())) == {}
    assert str(warned[0].message).startswith(
        f"no record links {uuid_of(2)}, and its name is unknown: "
    )


def test_ids_that_records_link_are_found_by_a_part_of_the_name_or_by_the_subject(
    serve: Serve,
) -> None:
    made = empty_world()
    subject = {"subject": {"subject_id": "700001"}}
    made.records["v1"] += [
        record(f"{S}_a.b", None, uuid_of(1), created="2024-01-02T00:00:00Z", **subject),
        record(f"{S}_axb", None, uuid_of(2), created="2024-01-01T00:00:00Z", **subject),
        record(
            "ecephys_5_2024-01-01_00-00-00_other", None, uuid_of(3), subject={"subject_id": "5"}
        ),
    ]
    sources = serve(made)
    find = get_codeocean_data_asset_ids_from_docdb
    assert find("a.b", sources=sources) == [uuid_of(1)]
    assert find(subject_id=700001, sources=sources) == [uuid_of(2), uuid_of(1)]
    assert find("axb", 700001, sources=sources) == [uuid_of(2)]
    assert find("other", "700001", sources=sources) == []
    with pytest.raises(ValueError, match="pass partial_name or subject_id"):
        find(sources=sources)
    with pytest.raises(TypeError, match="a name"):
        find(5, sources=sources)  # type: ignore[arg-type]


def test_runs_are_searched_by_what_is_known_of_them(serve: Serve) -> None:
    made = empty_world()

    def run(number: int, **more: Any) -> dict[str, Any]:
        base = {"id": uuid_of(number), "name": "Run", "state": "completed", "run_time": 1}
        return {**base, "created": 1_700_000_000 + number, **more}

    made.computations[CAPSULE] = [
        run(3, has_results=True, data_assets=[{"id": uuid_of(1), "mount": "m"}]),
        run(2, state="running", name="Other"),
        run(1, state="failed", data_assets=None),
        run(90_000, has_results=False),
    ]
    sources = serve(made)

    def found(**more: Any) -> list[int]:
        runs = search_computations(CAPSULE, sources=sources, **more)
        return [one.created - 1_700_000_000 for one in runs]

    assert found() == [1, 2, 3, 90_000]
    empty = {"name": "", "attached_data_asset_id": "", "computation_state": "", "date": ""}
    assert found(**empty) == [1, 2, 3, 90_000]  # the empty fields of a form
    assert found(name="Other") == [2]
    assert found(attached_data_asset_id=uuid_of(1).upper()) == [3]
    assert found(has_results=True) == [3]
    assert found(has_results=False) == [1, 2, 90_000]
    assert found(in_progress=True) == [2]
    assert found(in_progress=False) == [1, 3, 90_000]
    assert found(computation_state="failed") == [1]
    assert found(date="2023-11-15") == [90_000]
    assert found(date="2023-11-14") == [1, 2, 3]
    assert found(start_date="2023-11-14 22:13:22") == [2, 3, 90_000]
    assert found(end_date="2023-11-14 22:13:22") == [1, 2]
    assert found(end_date="2023-11-14T14:13:22-08:00", start_date="2023-11-14") == [1, 2]


def test_runs_and_assets_without_a_time_are_sorted_first_and_nothing_is_asked_of_models() -> None:
    run = SimpleNamespace(run_time=1, state="completed", created=2)
    later = SimpleNamespace(mount="m", name="later", created=3)
    untimed = SimpleNamespace(mount="m", name="untimed", created=None)
    nowhere = memory_sources(World())
    found = sort_by_created([later, run, untimed], sources=nowhere)
    assert list(found) == [untimed, run, later]
