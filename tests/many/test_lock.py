"""Lock files: what they hold, and which files they replace."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from aind_session import (
    memory_sources,
    sessions,
)
from tests.many.two_sessions import ONE, SORTED, TWO, world
from tests.worlds import asset, uuid_of


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
