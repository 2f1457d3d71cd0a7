"""With npc-io: its path-likes are accepted as paths, and its variables have the same meaning."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import pytest

from aind_session import Session, Subject
from aind_session.conventions.names import parse_asset_name
from aind_session.sources.settings import read_settings

NAME = "ecephys_676909_2023-12-13_13-43-40"

PATHS = (
    f"s3://aind-ephys-data/{NAME}",
    f"s3://aind-ephys-data/{NAME}/experiment1_Record Node 104#Neuropix-PXI-100.ProbeA-AP",
    f"/data/{NAME}/behavior",
)


@pytest.fixture
def npc_io(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)  # it loads the .env file of the current directory when imported
    pytest.importorskip("npc_io", reason="the extra npc is not installed")
    return importlib.import_module("npc_io")


@pytest.mark.parametrize("path", PATHS)
def test_its_path_likes_name_a_session(npc_io: Any, path: str) -> None:
    likes = [npc_io.from_pathlike(path), path.encode(), Path(path), path]
    assert [Session(like).id for like in likes] == [NAME] * len(likes)
    assert {parse_asset_name(like).session.id for like in likes} == {NAME}
    assert {Subject(like).id for like in likes} == {"676909"}


def test_a_path_of_ours_is_one_of_its_own(npc_io: Any) -> None:
    from aind_session import demo

    with demo():
        path = Session(NAME).raw_data_dir
    assert npc_io.from_pathlike(path) is path


def test_its_env_file_sets_ours(npc_io: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("NPC_IO_ANON=1\nANY_NAME=cop_of_the_file\n")
    inside = Path("notebooks")
    inside.mkdir()
    monkeypatch.chdir(inside)
    settings = read_settings()
    assert settings.anonymous
    assert settings.token_variable == "ANY_NAME"
    monkeypatch.setattr(os, "environ", os.environ.copy())  # loading changes these
    npc_io.load_dotenv()
    assert npc_io.from_pathlike("s3://aind-open-data/x").storage_options["anon"] is True
