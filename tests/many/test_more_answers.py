"""Matches of objects, lock files that hold something else, changes as a table, frames."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from aind_session import (
    FileFormatError,
    Session,
    Subject,
    find,
    get_codeocean_model,
    memory_sources,
    sessions,
    thaw,
)
from aind_session.conventions.names import parse_session
from aind_session.diagnosis.notes import Missing
from aind_session.display import Cell, Table
from aind_session.many import saved
from aind_session.many.answers import Answers
from aind_session.many.cards import sessions_card
from aind_session.many.changes import AssetGone, NewerAssets
from aind_session.many.parcels import _is_about
from aind_session.many.thaw import Thawed
from aind_session.runtime.cache import Cache
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from tests.conftest import Serve
from tests.worlds import asset, empty_world, raw, uuid_of

ONE = "ecephys_700001_2024-01-01_10-00-00"
TWO = "ecephys_700001_2024-01-02_10-00-00"
SORTED = f"{ONE}_sorted_2024-02-01_00-00-00"
RUN, CAPSULE = uuid_of(77), uuid_of(78)


def world() -> World:
    made = empty_world()
    made.assets += [raw(1, ONE), raw(2, TWO), asset(3, SORTED)]
    made.computations[CAPSULE] = [{"id": RUN, "name": "Run", "state": "running", "run_time": 1}]
    return made


def test_an_object_is_what_it_is(serve: Serve) -> None:
    sources = serve(world())
    run = get_codeocean_model(RUN, sources=sources)
    match = find(run, sources=sources)
    assert (match.kind, match.mention, match.computation) == ("computation", RUN, run)
    made = decode_asset(world().assets[2])
    match = find(made, sources=sources)
    assert (match.kind, match.mention, match.asset) == ("asset", SORTED, made)
    assert (match.session, match.subject) == (Session(ONE), Subject("700001"))
    assert match.near == (Session(TWO),)
    match = find(Session(ONE))
    assert (match.kind, match.mention, match.subject) == ("session", ONE, Subject("700001"))
    match = find(Subject("700001"))
    assert (match.kind, match.mention, match.session) == ("subject", "700001", None)
    match = find(uuid_of(3), sources=sources)
    assert match.mention == uuid_of(3)
    assert match.near == (Session(TWO),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "is not a lock file that can be read"),
        ("no JSON", "is not a lock file that can be read"),
    ],
)
def test_a_file_that_holds_something_else_is_not_replaced(
    tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "x.lock"
    path.write_text(content)
    many = sessions([ONE], sources=memory_sources(world()))
    with pytest.raises(FileExistsError) as caught:
        many.freeze(path)
    assert (
        f"the file exists and {said}; choose another name, or replace it with overwrite=True "
        "(--overwrite)"
    ) in str(caught.value)
    assert path.read_text() == content
    many.freeze(path, overwrite=True)
    assert json.loads(path.read_text())["format"] == "aind-session lock"


def test_a_lock_of_other_assets_says_when_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    sources = memory_sources(world())
    sessions([ONE], sources=sources).freeze(path)
    kept = path.read_text()
    frozen = datetime.datetime.fromisoformat(json.loads(kept)["frozen"].replace("Z", "+00:00"))
    with pytest.raises(FileExistsError) as caught:
        sessions([TWO], sources=sources).freeze(path)
    assert f"holds other assets, frozen {frozen:%Y-%m-%d %H:%M} UTC" in str(caught.value)
    sessions([ONE], sources=sources).freeze(path)
    assert path.read_text() == kept


def test_a_lock_holds_each_asset_with_its_role_and_place(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    made = world()
    made.assets.append(asset(4, f"{ONE}_dlc_2024-03-01_00-00-00", type="combined"))
    sessions([ONE], sources=memory_sources(made)).freeze(path)
    ((session,), whole) = ((json.loads(path.read_text())["sessions"]), path.read_text())
    assert session["id"] == ONE
    assert session["assets"] == [
        {
            "id": uuid_of(1),
            "name": ONE,
            "created": 1_700_000_001,
            "location": f"s3://aind-open-data/{ONE}",
            "role": "raw",
        },
        {
            "id": uuid_of(3),
            "name": SORTED,
            "created": 1_700_000_003,
            "location": f"s3://codeocean-s3datasetsbucket-1u41qdg42ur9/{uuid_of(3)}",
            "role": "sorted",
        },
        {
            "id": uuid_of(4),
            "name": f"{ONE}_dlc_2024-03-01_00-00-00",
            "created": 1_700_000_004,
            "location": None,
            "role": "derived",
        },
    ]
    assert whole.endswith("}\n")


def test_changes_are_a_table_with_their_kinds(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    sources = memory_sources(world())
    sessions([ONE, TWO], sources=sources).freeze(path)
    thawed = thaw(path, sources=sources)
    summary = f"Thawed(x.lock of {thawed.frozen:%Y-%m-%d %H:%M} UTC: 2 sessions, 3 assets"
    assert repr(thawed) == f"{summary}, 0 changes)"
    assert thawed._card() == Table.of(
        ["session", "change", "what"],
        [],
        wrap=["what"],
        title=f"{summary}, 0 changes)",
        footer=["nothing has changed since"],
    )
    changes = (AssetGone(ONE, "i", "n"), NewerAssets(TWO, ("a",)))
    changed = Thawed(thawed.path, thawed.frozen, thawed.sessions, thawed.assets, changes)
    assert changed._card() == Table.of(
        ["session", "change", "what"],
        [
            [ONE, "AssetGone", "n (i) is gone"],
            [TWO, "NewerAssets", f"{TWO} has newer assets, which are not used: a"],
        ],
        wrap=["what"],
        title=f"{summary}, 2 changes)",
    )
    assert repr(changed).splitlines()[1:] == [
        "  - n (i) is gone",
        f"  - {TWO} has newer assets, which are not used: a",
    ]
    assert changed.as_text() == repr(changed)


def test_frames_have_the_rows_of_the_records() -> None:
    many = sessions([ONE, TWO], sources=memory_sources(world()))
    columns = ["id", "derived_assets"]
    rows = [{"id": ONE, "derived_assets": 1}, {"id": TWO, "derived_assets": 0}]
    assert many.to_records(columns) == rows
    assert many.to_polars(columns).to_dicts() == rows
    assert many.to_arrow(columns).to_pylist() == rows
    assert many.to_pandas(columns).to_dict("records") == rows
    assert many.to_polars().columns == list(many.to_records()[0])


def test_a_part_that_was_not_asked_is_counted() -> None:
    sources = memory_sources(world())
    asked = Session(ONE, sources=sources)
    asked.load()
    other = "behavior_700002_2024-01-03_10-00-00"
    ids = [parse_session(name) for name in (ONE, TWO, other)]
    notes = sessions_card("Sessions", ids, (), sources).notes
    assert notes[0] == Cell("1 of 3 are not asked yet: .load().")
    assert notes[1].text.endswith(" .refresh() asks again.")


def test_an_answer_that_no_error_hides_is_a_missing_key() -> None:
    session = Session(ONE, sources=memory_sources(world()))
    answers = Answers[str]({}, {session: Missing(ONE, "there is none")})
    with pytest.raises(KeyError, match="there is none"):
        answers[session]
    assert answers.get(session, "a default") == "a default"


def test_records_and_keys_of_mappings_name_sessions() -> None:
    record = {"name": ONE, "location": None}
    assert [member.id for member in sessions([record])] == [ONE]
    assert [member.id for member in sessions({ONE: "a value", TWO: "another"})] == [ONE, TWO]


def test_a_collection_counts_what_names_it_and_then_its_sessions() -> None:
    many = sessions("700001", sources=memory_sources(world()))
    assert repr(many) == "Sessions(of 700001)"
    assert many._card().aside == ""
    assert len(many) == 2
    assert repr(many) == "Sessions(2 of 700001)"
    assert many._card().aside == "2 sessions"


def test_a_question_is_about_a_session_where_its_whole_date_and_time_occur() -> None:
    session = Session("ecephys_10_2024-01-10_10-00-00")
    mine = ("find", "v1", '{"name": {"$in": ["10_2024-01-10_10-00-00"]}}')
    anothers = ("find", "v1", '{"name": {"$in": ["10_2024-02-10_10-00-00"]}}')
    assert _is_about(mine, session)
    assert not _is_about(anothers, session)
    assert _is_about(("find", "v1", '{"subject.subject_id": "10"}'), session)


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        ({"sessions": [], "answers": []}, "has no time or no sessions that can be read: KeyError"),
        ({"sessions": [], "answers": [], "saved": 5}, "that can be read: TypeError: "),
        ({"sessions": ["x"], "answers": [], "saved": "2024-01-01"}, "read: SessionIdError: "),
    ],
)
def test_a_saved_file_that_lacks_what_it_needs_says_so(
    tmp_path: Path, whole: dict[str, object], said: str
) -> None:
    path = tmp_path / "saved.json"
    head = {"format": saved.FORMAT, "version": saved.VERSION}
    path.write_text(json.dumps({**head, **whole}))
    with pytest.raises(FileFormatError, match=said):
        saved.read(path)


def test_an_answer_that_cannot_be_read_is_quoted_with_the_reason() -> None:
    with pytest.raises(FileFormatError, match=r"has an answer that cannot be read, 5: \w+Error: "):
        saved.teach(Cache(60), {"answers": [5]}, "saved.json")
