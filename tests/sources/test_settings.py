"""Settings: priority, hidden secrets, invalid values."""

from __future__ import annotations

import os
import pickle
import pwd
import re
import tempfile
import threading
import traceback
from pathlib import Path
from typing import NoReturn

import pytest

from aind_session.conventions.institute import KNOWN_BUCKETS
from aind_session.sources.env_files import export_aws_variables, values_of
from aind_session.sources.settings import SettingsError, cache_dir, read_settings, variables

EXAMPLE = Path(__file__).parents[2] / ".env.example"
SET_BY_CODE_OCEAN = {"CO_COMPUTATION_ID", "CO_CAPSULE_ID"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project directory, with a sub-directory as the current directory."""
    inside = tmp_path / "project" / "notebooks"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    return inside.parent


def token() -> str | None:
    found = read_settings().code_ocean_api_token
    return found.get_secret_value() if found else None


def test_defaults_need_no_variable(project: Path) -> None:
    settings = read_settings()
    assert settings.code_ocean_domain == "https://codeocean.allenneuraldynamics.org"
    assert settings.docdb_host == "https://api.allenneuraldynamics.org"
    assert settings.buckets == KNOWN_BUCKETS
    assert (settings.cache_seconds, settings.timeout_seconds) == (600, 60)
    assert (token(), settings.token_variable) == (None, None)


@pytest.mark.parametrize("value", ["cop_abc", "COP_ABC", "Cop_x"])
def test_a_token_is_known_by_its_value(
    project: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CUSTOM_KEY", value)
    assert token() == value
    assert read_settings().token_variable == "CUSTOM_KEY"


def test_the_named_variable_comes_before_any_other(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AAA", "cop_other")
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "named")
    assert token() == "named"


def test_environment_then_project_then_home(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (Path(os.environ["HOME"]) / ".env").write_text(
        "CODE_OCEAN_API_TOKEN=home\nCODE_OCEAN_DOMAIN=https://home\nAIND_SESSION_CACHE_SECONDS=1\n"
    )
    (project / ".env").write_text("CODE_OCEAN_API_TOKEN=project\nCODE_OCEAN_DOMAIN=https://p\n")
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "environment")
    settings = read_settings()
    assert token() == "environment"
    assert settings.code_ocean_domain == "https://p"
    assert settings.cache_seconds == 1


def test_an_empty_variable_is_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".env").write_text("CODE_OCEAN_API_TOKEN=project\n")
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "")
    assert token() == "project"


def test_the_token_is_never_shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_secret")
    settings = read_settings()
    assert "secret" not in repr(settings) + str(settings) + str(vars(settings))
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("AIND_SESSION_CACHE_SECONDS", "-1"), ("AIND_SESSION_TIMEOUT_SECONDS", "soon")],
)
def test_an_impossible_value_names_its_variable(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=name):
        read_settings()


def test_a_file_that_is_no_text_is_named_without_what_it_holds(project: Path) -> None:
    (project / ".env").write_bytes(b"CODE_OCEAN_API_TOKEN=cop_secret\nNAME=\xe9\n")
    for read in (read_settings, export_aws_variables):
        with pytest.raises(ValueError, match="UTF-8") as caught:
            read()
        assert str(project / ".env") in str(caught.value)
        assert caught.value.__suppress_context__


def test_the_example_lists_every_variable() -> None:
    aliases = set(variables().values())
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    named = {line[1:].partition("=")[0] for line in lines if line.startswith("#") and "=" in line}
    assert aliases - SET_BY_CODE_OCEAN <= named
    page = EXAMPLE.with_name("docs") / "reference" / "sources.md"
    listed = set(re.findall(r"^\| .*", page.read_text(encoding="utf-8"), re.M))
    assert [name for name in sorted(named) if not any(f"`{name}`" in row for row in listed)] == [
        "AWS_SECRET_ACCESS_KEY"  # with its key ID
    ]


def test_no_variable_in_a_traceback_of_an_invalid_value_holds_the_token(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_hunter2")
    monkeypatch.setenv("AIND_SESSION_CACHE_SECONDS", "soon")
    (project / ".env").write_text("OTHER_TOKEN=cop_hunter2\n")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    _, *frames = traceback.walk_tb(caught.tb)  # without this function
    shown = [repr(value) for frame, _ in frames for value in frame.f_locals.values()]
    assert not [text for text in shown if "hunter2" in text]


def test_blanks_around_an_address_are_no_part_of_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODE_OCEAN_DOMAIN", " https://codeocean.example.org/\n")
    monkeypatch.setenv("AIND_SESSION_DOCDB_HOST", "docdb.example.org\r\n")
    settings = read_settings()
    assert settings.code_ocean_domain == "https://codeocean.example.org"
    assert settings.docdb_host == "https://docdb.example.org"


def test_a_value_that_no_variable_can_hold_is_named_with_its_file(project: Path) -> None:
    (project / ".env").write_bytes(b"AWS_PROFILE=hunter2\0\n")
    with pytest.raises(
        ValueError, match=r"\.env: the value of AWS_PROFILE contains a NUL"
    ) as caught:
        export_aws_variables()
    assert "hunter2" not in str(caught.value)


def test_addresses_lose_their_last_slash_and_bare_hosts_are_https(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODE_OCEAN_DOMAIN", "https://example.org/")
    monkeypatch.setenv("AIND_SESSION_DOCDB_HOST", "api.example.org")
    settings = read_settings()
    assert settings.code_ocean_domain == "https://example.org"
    assert settings.docdb_host == "https://api.example.org"


def test_buckets_are_separated_by_commas(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIND_SESSION_BUCKETS", "a, b,")
    assert read_settings().buckets == ("a", "b")


def test_aws_variables_of_a_file_reach_the_environment_but_do_not_win(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_REGION", "gone after the test")
    monkeypatch.delenv("AWS_REGION")
    (project / ".env").write_text("AWS_PROFILE=theirs\nAWS_REGION=us-east-2\nOTHER=1\n")
    export_aws_variables()
    assert (os.environ["AWS_PROFILE"], os.environ["AWS_REGION"]) == ("mine", "us-east-2")
    assert "OTHER" not in os.environ
    monkeypatch.setenv("AWS_REGION", "so that it is put back")


@pytest.mark.parametrize("value", ["1", "true", "0", "anything"])
def test_s3_is_anonymous_by_the_variable_of_npc_io_with_whatever_value(
    project: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("NPC_IO_ANON", value)
    assert read_settings().anonymous


def test_without_the_variable_of_npc_io_credentials_are_used(project: Path) -> None:
    assert not read_settings().anonymous


IN_A_CAPSULE = Path("/data") if Path("/data").is_dir() else None


def test_outside_of_code_ocean_there_is_no_data_directory(project: Path) -> None:
    settings = read_settings()
    assert (settings.data_dir, settings.computation_id, settings.capsule_id) == (None, None, None)


@pytest.mark.parametrize("variable", ["CO_CAPSULE_ID", "CO_COMPUTATION_ID"])
def test_inside_of_code_ocean_the_data_directory_is_its_own_where_that_exists(
    project: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "0000000c-0000-4000-8000-0000000000aa")
    assert read_settings().data_dir == IN_A_CAPSULE


@pytest.mark.parametrize("inside", [True, False])
def test_the_data_directory_that_is_set_wins_and_need_not_exist(
    project: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    if inside:
        monkeypatch.setenv("CO_CAPSULE_ID", "0000000c-0000-4000-8000-0000000000bb")
    (project / ".env").write_text("AIND_SESSION_DATA_DIR=/there\n")
    assert read_settings().data_dir == Path("/there")
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", "/here")
    assert read_settings().data_dir == Path("/here")


def test_directories_may_be_in_the_users_home(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".env").write_text("AIND_SESSION_DATA_DIR=~/data\n")
    monkeypatch.setenv("AIND_SESSION_CACHE_DIR", "~/kept")
    settings = read_settings()
    assert settings.data_dir == Path.home() / "data"
    assert settings.cache_dir == Path.home() / "kept"


def test_the_computation_is_read_at_call_time(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_settings().computation_id is None
    monkeypatch.setenv("CO_COMPUTATION_ID", "0000000c-0000-4000-8000-0000000000aa")
    assert read_settings().computation_id == "0000000c-0000-4000-8000-0000000000aa"


NUMBERS = [
    "AIND_SESSION_TIMEOUT_SECONDS",
    "AIND_SESSION_CACHE_SECONDS",
    "AIND_SESSION_PATIENCE_SECONDS",
    "AIND_SESSION_CONCURRENCY",
]


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "1e12", "-1", "1e400", "soon"])
@pytest.mark.parametrize("variable", NUMBERS)
def test_a_number_that_cannot_be_is_refused_by_the_name_of_its_variable(
    project: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=variable):
        read_settings()


def _no_such_user(uid: int) -> NoReturn:
    raise KeyError(uid)


class TestSurroundings:
    """Unreadable parts of the environment are skipped."""

    @pytest.fixture(autouse=True)
    def _nobody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No HOME, and no passwd entry, as in some containers."""
        monkeypatch.delenv("HOME")
        monkeypatch.setattr(pwd, "getpwuid", _no_such_user)

    def test_without_a_home_there_is_no_file_there(self, project: Path) -> None:
        (project / ".env").write_text("CODE_OCEAN_API_TOKEN=cop_project\n")
        assert token() == "cop_project"

    def test_without_a_home_files_are_kept_in_a_temporary_directory_of_the_user(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AIND_SESSION_CACHE_DIR")
        assert cache_dir() == Path(tempfile.gettempdir(), f"aind-session-{os.getuid()}")

    def test_a_home_that_is_needed_and_not_known_is_said(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AIND_SESSION_DATA_DIR", "~/data")
        with pytest.raises(ValueError, match="AIND_SESSION_DATA_DIR: the home directory"):
            read_settings()


def test_a_current_directory_that_was_deleted_is_no_reason(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path(os.environ["HOME"]) / ".env").write_text("CODE_OCEAN_API_TOKEN=cop_home\n")
    (project / "notebooks").rmdir()
    assert token() == "cop_home"


def test_all_values_that_cannot_be_are_named_and_none_is_repeated(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_CONCURRENCY", "2.5")
    monkeypatch.setenv("AIND_SESSION_SOURCE", "servers,cop_secret")
    monkeypatch.setenv("AIND_SESSION_DISK_CACHE", "cop_secret")
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_\x7fsecret")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert caught.value.problems == {
        "CODE_OCEAN_API_TOKEN": "the token contains invalid characters",
        "AIND_SESSION_CONCURRENCY": "a whole number is expected",
        "AIND_SESSION_DISK_CACHE": (
            "one of 1, true, yes, on, t, y, 0, false, no, off, f, n is expected"
        ),
        "AIND_SESSION_SOURCE": "one or several of servers, table, mounts are expected",
    }
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("AIND_SESSION_CONCURRENCY", " 16 ", "concurrency", 16),
        ("AIND_SESSION_CACHE_SECONDS", "0", "cache_seconds", 0.0),
        ("AIND_SESSION_TIMEOUT_SECONDS", "1e2", "timeout_seconds", 100.0),
        ("AIND_SESSION_DISK_CACHE", "Yes", "disk_cache", True),
        ("AIND_SESSION_DISK_CACHE", "0", "disk_cache", False),
        ("AIND_SESSION_SOURCE", "table, servers", "source", ("table", "servers")),
        ("aind_session_concurrency", "4", "concurrency", 4),
    ],
)
def test_values_that_can_be(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    name: str,
    expected: object,
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(read_settings(), name) == expected


def test_the_nearest_file_is_read_and_no_other_above(project: Path) -> None:
    (project.parent / ".env").write_text("AIND_SESSION_CONCURRENCY=1\n")
    (project / ".env").write_text("AIND_SESSION_CACHE_SECONDS=5\n")
    settings = read_settings()
    assert (settings.cache_seconds, settings.concurrency) == (5, 8)


class TestFilesOfSettings:
    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none")
    def test_a_fifo_is_read_when_somebody_writes_to_it(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        os.mkfifo(path)
        writer = threading.Thread(target=path.write_text, args=("A=1\nB=2\n",), daemon=True)
        writer.start()
        assert values_of(path) == {"A": "1", "B": "2"}
        writer.join()

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none")
    def test_one_that_nobody_writes_to_is_named_and_hangs_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        os.mkfifo(path)
        with pytest.raises(ValueError, match=r"\.env cannot be read: it is a FIFO"):
            values_of(path, writer_seconds=0.05)

    def test_one_that_is_too_large_to_be_one_is_named_and_not_parsed(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_text("A=1\n" * 100_000)
        with pytest.raises(ValueError, match=r"\.env cannot be read: it has more than 262,144"):
            values_of(path)

    def test_the_mark_of_utf8_is_no_part_of_a_name(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_bytes(b"\xef\xbb\xbfA=1\r\nB=2\r\n")
        assert values_of(path) == {"A": "1", "B": "2"}
