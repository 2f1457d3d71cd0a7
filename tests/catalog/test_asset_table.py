"""Assets as a table: each cell, the order of rows, and cached facts without a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aind_session import memory_sources
from aind_session.catalog.asset_table import (
    asset_state,
    assets_table,
    has_failed,
    known_table,
    process_of,
    size_in_words,
)
from aind_session.display import Cell, Table
from aind_session.display.table import Column
from aind_session.sources.bodies import data_asset
from aind_session.sources.servers.decode import decode_asset
from tests.worlds import asset, empty_world, raw, uuid_of

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

RAW = "ecephys_700001_2024-01-01_10-00-00"
SORTED = f"{RAW}_sorted_2024-01-02_00-00-00"
PAGES = "https://codeocean.allenneuraldynamics.org/data-assets"


def made(name: str, number: int = 1, **more: Any) -> DataAsset:
    return decode_asset(data_asset(uuid_of(number), name, 1_700_000_000, **more))


def test_a_table_of_assets_has_raw_ones_first_and_the_rest_as_they_come() -> None:
    assets = [
        made(SORTED, 3, state="failed", failure_reason="no space"),
        made(f"{SORTED}_nwb_2024-01-03_00-00-00", 2, size=412_300_000_000),
        made(RAW, 1),
    ]

    def id_of(number: int) -> Cell:
        whole = uuid_of(number)
        return Cell("0000000a", "code", f"{PAGES}/{whole}", title=whole, whole=whole)

    table = assets_table(
        assets, sorters={uuid_of(3): "kilosort4"}, title="Assets", footer=["below"]
    )
    assert table == Table(
        (
            Column("process"),
            Column("created (UTC)"),
            Column("sorter"),
            Column("state"),
            Column("size", right=True),
            Column("asset"),
        ),
        (
            (
                Cell("raw", title=RAW),
                Cell("14 Nov 2023 22:13"),
                Cell(""),
                Cell("ready", "good"),
                Cell(""),
                id_of(1),
            ),
            (
                Cell("sorted", title=SORTED),
                Cell("14 Nov 2023 22:13"),
                Cell("kilosort4"),
                Cell("failed: no space", "bad"),
                Cell(""),
                id_of(3),
            ),
            (
                Cell("nwb", title=f"{SORTED}_nwb_2024-01-03_00-00-00"),
                Cell("14 Nov 2023 22:13"),
                Cell(""),
                Cell("ready", "good"),
                Cell("412 GB"),
                id_of(2),
            ),
        ),
        "Assets",
        "",
        (Cell("below"),),
        1,
    )


def test_ids_are_whole_where_that_is_wanted_and_empty_columns_are_left_out() -> None:
    table = assets_table([made(RAW)], whole_ids=True)
    assert [column.name for column in table.columns] == [
        "process",
        "created (UTC)",
        "state",
        "asset",
    ]
    assert table.rows[0][-1] == Cell(uuid_of(1), "code", f"{PAGES}/{uuid_of(1)}", title=uuid_of(1))


def test_a_day_has_no_zero_before_it_and_no_time_is_empty() -> None:
    early = decode_asset(data_asset(uuid_of(1), RAW, 1_701_400_000))
    assert assets_table([early]).rows[0][1] == Cell("1 Dec 2023 03:06")
    none = decode_asset(data_asset(uuid_of(1), RAW, 0))
    assert assets_table([none]).rows[0][1] == Cell("")


@pytest.mark.parametrize(
    ("name", "process"),
    [
        (RAW, "raw"),
        (SORTED, "sorted"),
        (f"{RAW}_dlc_eye", "dlc_eye"),
        (f"{SORTED}_curated", "curated"),
        ("model", "model"),
    ],
)
def test_the_process_of_an_asset_is_the_last_step_in_its_name(name: str, process: str) -> None:
    assert process_of(made(name)) == process


@pytest.mark.parametrize(
    ("state", "failed", "reason", "cell"),
    [
        ("ready", None, None, Cell("ready", "good")),
        ("ready", False, None, Cell("good", "good")),
        ("ready", True, None, Cell("failed", "bad")),
        ("ready", True, "why", Cell("failed: why", "bad")),
        ("failed", None, None, Cell("failed", "bad")),
        ("failed", False, "why", Cell("failed: why", "bad")),
        ("draft", None, None, Cell("draft", "wait")),
        ("draft", False, None, Cell("draft", "wait")),
        ("thawing", None, None, Cell("thawing", "wait")),
        (None, None, None, Cell("unknown", "wait")),
    ],
)
def test_a_state_is_a_sign_and_a_word(
    state: str | None, failed: bool | None, reason: str | None, cell: Cell
) -> None:
    assert asset_state(made(RAW, state=state, failure_reason=reason), failed) == cell


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1_234_567, "1.23 MB"),
        (999_999_999, "1e+03 MB"),
        (1e9, "1 GB"),
        (1e12, "1 TB"),
        (1e15, "1 PB"),
        (9.9e17, "990 PB"),
        (1e18, ""),
        (-1, ""),
        (True, ""),
        ("5", ""),
        (float("nan"), ""),
        (float("inf"), ""),
    ],
)
def test_sizes_are_in_the_unit_that_suits_them(count: object, words: str) -> None:
    assert size_in_words(count) == words


def test_without_a_request_only_what_failed_is_known() -> None:
    sources = memory_sources(empty_world())
    with_place: dict[str, Any] = {
        "source_bucket": {"origin": "aws", "bucket": "aind-open-data", "prefix": "x"}
    }
    assert has_failed(made(SORTED, state="failed"), sources) is True
    assert has_failed(made(RAW, **with_place), sources) is None
    assert has_failed(made("both", type="combined"), sources) is None


def test_what_was_asked_before_is_in_the_table_and_nothing_is_asked() -> None:
    world = empty_world()
    world.assets += [raw(1, RAW), asset(2, SORTED)]
    sources = memory_sources(world)
    assets = list(map(decode_asset, world.assets))
    table = known_table(assets, sources, title="t", footer=["f"], whole_ids=True)
    assert (table.title, table.footer) == ("t", (Cell("f"),))
    assert [row[0].text for row in table.rows] == ["raw", "sorted"]
    assert [row[-1].text for row in table.rows] == [uuid_of(1), uuid_of(2)]
    assert [row[2].text for row in table.rows] == ["ready", "ready"]
    assert known_table(assets, sources).rows[0][-1].text == "0000000a"
