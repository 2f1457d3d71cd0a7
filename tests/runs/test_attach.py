"""Attaching: each asset gets a row, and a bad asset does not block the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from aind_session import (
    AssetNotFoundError,
    RemoteError,
    Session,
    attach,
    detach,
    get_data_asset_model,
)
from aind_session.catalog.trace import what_uses
from aind_session.display import Cell, Table
from aind_session.runs.attach import AttachedRow, AttachReport, State, _host
from aind_session.runtime.clock import PlayedClock
from aind_session.sources import memory_sources
from aind_session.sources.memory import MemoryAssets, World
from aind_session.sources.protocols import Body
from aind_session.sources.servers.decode import decode_computation
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, uuid_of

CAPSULE, PIPELINE, RUN = uuid_of(900), uuid_of(901), uuid_of(902)
RAW = "ecephys_700001_2024-01-01_10-00-00"


def world(count: int = 3, **run: object) -> World:
    made = empty_world()
    made.assets += [asset(n, f"model-{n}") for n in range(1, count + 1)]
    made.computations[CAPSULE] = [{"id": RUN, "state": "completed", "run_time": 1, **run}]
    made.computations[PIPELINE] = []
    made.pipelines.add(PIPELINE)
    return made


def ids(*numbers: int) -> list[str]:
    return [uuid_of(number) for number in numbers]


def test_assets_are_attached_to_a_capsule_and_again_change_nothing(serve: Serve) -> None:
    sources = serve(world())
    report = attach(ids(1, 2), CAPSULE, sources=sources)
    assert report.host == f"capsules/{CAPSULE}"
    assert [(row.state, row.mount) for row in report.rows] == [
        ("attached", "model-1"),
        ("attached", "model-2"),
    ]
    assert "next workstation" in report.rows[0].why
    again = attach(ids(2, 3), CAPSULE, sources=sources)
    assert [row.state for row in again.rows] == ["already", "attached"]


def test_an_id_of_a_pipeline_is_recognized(serve: Serve) -> None:
    report = attach(uuid_of(1), PIPELINE, sources=serve(world()))
    assert report.host == f"pipelines/{PIPELINE}"


def test_no_such_capsule_is_not_found(serve: Serve) -> None:
    with pytest.raises(AssetNotFoundError) as caught:
        attach(uuid_of(1), uuid_of(999), sources=serve(world()))
    assert str(caught.value).startswith(
        f"a capsule, pipeline or workstation {uuid_of(999)} was not found\n"
    )
    assert [place.place for place in caught.value.searched] == [
        "Code Ocean, capsules",
        "Code Ocean, pipelines",
        "Code Ocean, computations",
    ]


@pytest.mark.parametrize("mount", ["", " ", "a/b", "..", "."])
def test_a_mount_is_a_folder(mount: str) -> None:
    found = world()
    with pytest.raises(ValueError, match="a mount is the name of a folder below /data, not"):
        attach({mount: uuid_of(1)}, CAPSULE, sources=memory_sources(found))
    assert not found.attached


def test_a_bad_asset_keeps_no_other_back(serve: Serve) -> None:
    made = world(5)
    made.assets[2]["state"] = "draft"
    made.hidden.add(uuid_of(5))
    report = attach(ids(1, 2, 3, 4, 5), CAPSULE, sources=serve(made))
    assert [row.state for row in report.rows] == [
        "attached",
        "attached",
        "refused",
        "attached",
        "refused",
    ]
    assert "not ready" in report.refused[0].why


def test_many_go_in_batches_of_a_hundred(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world(250))
    report = attach(ids(*range(1, 251)), CAPSULE)
    assert {row.state for row in report.rows} == {"attached"}
    assert platform.count("code_ocean") == 3


def test_one_bad_of_a_hundred_costs_a_few_more(stand_in: Callable[..., Platform]) -> None:
    made = world(100)
    made.assets[41]["state"] = "failed"
    platform = stand_in(made)
    report = attach(ids(*range(1, 101)), CAPSULE)
    assert [row.asset_id for row in report.refused] == [uuid_of(42)]
    assert platform.count("code_ocean") <= 1 + 2 * 7


class Interrupted(MemoryAssets):
    """Code Ocean, where somebody opens the capsule's workstation after some requests."""

    def __init__(self, world: World, after: int, error: Exception) -> None:
        super().__init__(world)
        self.left, self.error = after, error

    def attach(self, host: str, mounts: Sequence[Body]) -> list[Body]:
        if self.left == 0:
            raise self.error
        self.left -= 1
        return super().attach(host, mounts)


@pytest.mark.parametrize(
    ("bad", "after", "attached"), [(None, 1, 100), (60, 2, 50), (None, 0, None)]
)
def test_what_was_attached_before_an_error_is_reported(
    bad: int | None, after: int, attached: int | None
) -> None:
    found = world(150)
    if bad is not None:
        found.hidden.add(uuid_of(bad))
    error = RemoteError("Code Ocean", "capsule has a running cloud workstation", status=400)
    sources = memory_sources(found)
    sources = dataclasses.replace(sources, assets=Interrupted(found, after, error))
    if attached is None:
        with pytest.raises(RemoteError, match="running cloud workstation"):
            attach(ids(*range(1, 151)), CAPSULE, sources=sources)
        return
    report = attach(ids(*range(1, 151)), CAPSULE, sources=sources)
    assert [row.state for row in report.rows] == ["attached"] * attached + ["refused"] * (
        150 - attached
    )
    assert report.rows[-1].why == f"not attached: {error}"
    assert len(found.attached[f"capsules/{CAPSULE}"]) == attached


def test_equal_mounts_become_names_then_ids(serve: Serve) -> None:
    made = empty_world()
    made.assets += [asset(1, "a", mount="data"), asset(2, "b", mount="data")]
    made.assets += [asset(3, "b", mount="data")]
    made.computations[CAPSULE] = []
    sources = serve(made)
    models = [get_data_asset_model(id_, sources=sources) for id_ in ids(1, 2, 3)]
    report = attach(models, CAPSULE, sources=sources)
    assert [row.mount for row in report.rows] == ["data", "b", uuid_of(3)]


def test_a_running_workstation_is_said_once_and_nothing_is_halved(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(world(8, state="running", cloud_workstation=True))
    with pytest.raises(RemoteError, match="running cloud workstation"):
        attach(ids(*range(1, 9)), CAPSULE)
    assert platform.count("code_ocean") == 1


def test_without_a_place_outside_of_code_ocean_an_error_says_what_to_do(serve: Serve) -> None:
    with pytest.raises(ValueError, match="pass the ID of a capsule"):
        attach(uuid_of(1), sources=serve(world()))


def test_a_reproducible_run_takes_no_more_data(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CO_COMPUTATION_ID", RUN)
    with pytest.raises(ValueError, match="reproducible run"):
        attach(uuid_of(1), sources=serve(world()))


@dataclass
class _Mounting(PlayedClock):
    """A clock that creates a folder after a few checks."""

    folder: Path = Path()
    looks: int = 3

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.looks -= 1
        if self.looks == 0:
            self.folder.mkdir()


def test_in_a_workstation_it_waits_for_the_folders(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CO_COMPUTATION_ID", RUN)
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(tmp_path))
    there: Body = {"id": uuid_of(3), "mount": "model-3"}
    (tmp_path / "model-3").mkdir()
    made = world(3, state="running", cloud_workstation=True, data_assets=[there])
    clock = _Mounting(folder=tmp_path / "model-1")
    report = attach(ids(1, 2, 3), sources=serve(made), clock=clock, wait=10)
    assert report.host == f"computations/{RUN}"
    assert [row.state for row in report.rows] == ["attached", "waiting", "already"]
    assert "after 10 s" in report.rows[1].why


@pytest.mark.parametrize("parts", [None, [], [None, "odd"]])
def test_a_workstation_that_tells_of_no_assets_has_none(
    monkeypatch: pytest.MonkeyPatch, parts: object
) -> None:
    monkeypatch.setenv("CO_COMPUTATION_ID", RUN)
    made = world(state="running", cloud_workstation=True, data_assets=parts)
    made.computations[CAPSULE][0]["data_assets"] = parts
    sources = memory_sources(made)
    host, there = _host(None, sources)
    assert (host, there) == (f"computations/{RUN}", {})


def test_what_a_workstation_has_is_known_by_its_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CO_COMPUTATION_ID", RUN)
    parts = [{"id": uuid_of(3), "mount": "its mount"}]
    made = world(state="running", cloud_workstation=True, data_assets=parts)
    assert _host(None, memory_sources(made)) == (
        f"computations/{RUN}",
        {uuid_of(3): "its mount"},
    )


def test_an_asset_at_hand_is_attached_with_the_mount_that_it_has(serve: Serve) -> None:
    sources = serve(world())
    model = dataclasses.replace(get_data_asset_model(uuid_of(1), sources=sources), mount="mine")
    report = attach([model, uuid_of(2)], CAPSULE, sources=sources)
    assert [row.mount for row in report.rows] == ["mine", "model-2"]


def test_a_lost_answer_is_asked_for_again(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world())
    platform.fail("code_ocean", status=502, times=1)
    report = attach(ids(1), CAPSULE)
    assert [row.state for row in report.rows] == ["attached"]


def test_what_is_attached_is_detached(serve: Serve) -> None:
    made = world()
    sources = serve(made)
    attach(ids(1, 2), CAPSULE, sources=sources)
    report = detach(ids(1), CAPSULE, sources=sources)
    assert [row.state for row in report.rows] == ["detached"]
    assert [part["id"] for part in made.attached[f"capsules/{CAPSULE}"]] == ids(2)


def test_a_report_is_a_table_and_records(serve: Serve) -> None:
    report = attach(ids(1), CAPSULE, sources=serve(world()))
    assert "model-1" in str(report)
    assert report.to_records()[0]["state"] == "attached"
    assert repr(report) == f"<AttachReport of capsules/{CAPSULE}: 1 attached>"


@pytest.mark.parametrize("wrong", ["nonsense", 5, [None]])
def test_what_is_no_asset_is_refused_before_anything_is_asked(wrong: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        attach(wrong, CAPSULE)


def test_what_uses_an_asset_is_assets_capsules_and_pipelines(serve: Serve) -> None:
    made = empty_world()
    parts = [{"id": uuid_of(1), "mount": "m", "size": 1}]
    made.assets += [raw(1, RAW), asset(2, f"{RAW}_sorted_2024-02-02_00-00-00")]
    made.assets += [asset(3, "both", type="combined", contained_data_assets=parts)]
    made.attached[f"capsules/{CAPSULE}"] = [{"id": uuid_of(1), "mount": "m"}]
    uses = what_uses(uuid_of(1), sources=serve(made))
    assert [node.id for node in uses.assets] == [uuid_of(2), uuid_of(3)]
    assert [capsule["id"] for capsule in uses.capsules] == [CAPSULE]
    assert uses.pipelines == ()
    assert uses.notes == ()


def test_where_data_are_is_asked_again_after_attaching_and_detaching(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CO_COMPUTATION_ID", RUN)
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(tmp_path))
    (tmp_path / "mine").mkdir()
    made = world(0, state="running", cloud_workstation=True, data_assets=[])
    made.assets.append(raw(1, RAW))
    sources = serve(made)
    session = Session(RAW, sources=sources)
    assert session.where().as_posix() == f"s3://aind-open-data/{RAW}"
    attach({"mine": uuid_of(1)}, sources=sources, wait=0)
    assert Path(str(session.where())) == tmp_path / "mine"
    detach(uuid_of(1), sources=sources)
    assert session.where().as_posix() == f"s3://aind-open-data/{RAW}"


def test_a_report_is_a_table_with_a_tone_for_each_state() -> None:
    states: tuple[State, ...] = ("attached", "already", "waiting", "refused", "detached")
    rows = tuple(AttachedRow(f"id {state}", state, f"m {state}", "why") for state in states)
    report = AttachReport("capsules/c", (*rows, AttachedRow("last", "refused")))
    tones = ("good", "plain", "wait", "bad", "plain")
    assert report._card() == Table.of(
        ["mount", "asset", "state", "why"],
        [
            *(
                [f"m {state}", f"id {state}", Cell(state, tone), "why"]  # type: ignore[arg-type]
                for state, tone in zip(states, tones, strict=True)
            ),
            ["", "last", Cell("refused", "bad"), ""],
        ],
        wrap=["why"],
        title="capsules/c",
        aside="1 attached, 1 already, 1 waiting, 2 refused, 1 detached",
    )
    assert [row.asset_id for row in report.refused] == ["id refused", "last"]
    assert report.to_records()[0] == {
        "asset_id": "id attached",
        "state": "attached",
        "mount": "m attached",
        "why": "why",
    }
    assert repr(AttachReport("capsules/c", ())) == "<AttachReport of capsules/c: no assets>"
    assert repr(report) == (
        "<AttachReport of capsules/c: 1 attached, 1 already, 1 waiting, 2 refused, 1 detached>"
    )


def test_where_this_runs_tells_where_to_attach(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = memory_sources(world())
    with pytest.raises(ValueError, match="does not run in Code Ocean") as caught:
        attach(uuid_of(1), sources=sources)
    assert str(caught.value) == (
        "this program does not run in Code Ocean: pass the ID of a capsule, pipeline or "
        "workstation as `to`, or with --to"
    )
    monkeypatch.setenv("CO_CAPSULE_ID", CAPSULE)
    assert attach(uuid_of(1), sources=sources).host == f"capsules/{CAPSULE}"
    monkeypatch.setenv("CO_COMPUTATION_ID", RUN)
    with pytest.raises(ValueError, match="reproducible run") as refused:
        attach(uuid_of(1), sources=sources)
    assert str(refused.value) == (
        "this is a reproducible run, to which nothing can be attached: attach the assets to its "
        "capsule before it starts, attach(assets, to=<capsule>)"
    )


def test_nothing_is_no_asset_and_a_mapping_says_the_mounts() -> None:
    sources = memory_sources(world())
    with pytest.raises(TypeError, match="data assets, or their IDs, were expected, not None"):
        attach(None, CAPSULE, sources=sources)
    report = attach({"first": uuid_of(1), "second": uuid_of(2)}, CAPSULE, sources=sources)
    assert [(row.asset_id, row.mount) for row in report.rows] == [
        (uuid_of(1), "first"),
        (uuid_of(2), "second"),
    ]
    assert detach(ids(1, 2), CAPSULE, sources=sources).to_records() == [
        {"asset_id": uuid_of(number), "state": "detached", "mount": None, "why": ""}
        for number in (1, 2)
    ]


def test_a_computation_at_hand_is_where_to_attach() -> None:
    sources = memory_sources(world(state="running", cloud_workstation=True))
    run = decode_computation(sources.assets.computation(RUN))
    assert _host(run, sources) == (f"computations/{RUN}", {})
