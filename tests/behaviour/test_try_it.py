"""The page *Try it*: the results of its Python, run as in a browser."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("checks.pyodide", reason="the checks are only in the repository")
pyodide = importlib.import_module("checks.pyodide")
explain = importlib.import_module("checks.try_it").explain

NAME = "ecephys_676909_2023-12-13_13-43-40"


def rows(text: str) -> dict[str, tuple[str, str]]:
    return {name: (value, why) for name, value, why in json.loads(explain(text))["rows"]}


def what(text: str) -> str:
    found: str = json.loads(explain(text))["what"]
    return found


def test_a_path_is_a_session_with_its_steps() -> None:
    text = f"/scratch/job_12345_2024-11-25_10-10-10/{NAME}_sorted_2024-03-01_16-02-45/x"
    assert what(text) == "a session, with what was made from it"
    assert rows(text)["session"][0] == NAME
    assert rows(text)["processed"] == ("sorted", "2024-03-01 16:02:45 UTC")


def test_a_subject_and_a_text_without_either_are_distinguished() -> None:
    assert what("676909") == "a subject"
    assert what("hello there") == "no session"
    assert rows("676909")["subject"][0] == "676909"


def test_a_record_is_read() -> None:
    record = {
        "name": NAME,
        "location": f"s3://aind-ephys-data/{NAME}",
        "_created": "2025-01-01T00:00:00Z",
        "data_description": {"modalities": [{"abbreviation": "behavior-videos"}]},
    }
    found = rows(json.dumps(record))
    assert found["holds"] == ("raw data", "by its name; data_level: None")
    assert found["schema"][0] == "v2"
    assert found["location"][0] == f"s3://aind-ephys-data/{NAME}"
    assert found["modalities"][0] == "behavior_videos"
    assert found["quality control"] == ("none", "there is no metric")


def test_an_asset_says_by_what_it_is_raw_and_where_it_is() -> None:
    asset = {
        "name": NAME,
        "state": "failed",
        "custom_metadata": {"data level": "raw data"},
        "source_bucket": {"origin": "aws", "bucket": "aind-ephys-data", "prefix": f"{NAME}/"},
    }
    found = rows(json.dumps(asset))
    assert found["holds"] == ("raw data", "its custom metadata say 'raw data'")
    assert found["usable"] == ("no", "state failed")
    assert found["files"] == (f"s3://aind-ephys-data/{NAME}", "source_bucket")


def test_quality_control_is_judged_with_the_metric_that_decides() -> None:
    metrics = [
        {"name": "Drift", "status_history": [{"status": "Pass"}]},
        {"name": "Yield", "stage": "Processing", "status_history": [{"status": "Fail"}]},
    ]
    found = rows(json.dumps({"metrics": metrics}))
    assert found["quality control"] == ("fail", "because of Yield")
    assert found["Yield"] == ("fail", "Processing")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"metrics": null}',
        '{"metrics": [null, 1, {"status_history": 3}]}',
        '{"name": 3, "location": 4, "session": [], "data_description": "x"}',
        '{"custom_metadata": [], "source_bucket": 5, "name": null}',
        '{"source_bucket": {"origin": [1]}, "id": null, "tags": 5}',
        "\u202e<script>alert(1)</script>",
        "x" * 1_000_001,
    ],
)
def test_odd_input_has_an_answer(text: str) -> None:
    assert what(text)


def test_the_modules_run_without_the_rest_of_the_library(tmp_path: Path) -> None:
    packed = tmp_path / "modules.zip"
    pyodide.write_modules(packed)
    code = (
        f"import sys; sys.path.insert(0, {str(packed)!r}); import aind_session, try_it; "
        f"print(aind_session.__file__); print(try_it.explain({NAME!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    where, answer = done.stdout.splitlines()
    assert where.startswith(str(packed))
    assert json.loads(answer)["what"] == "a session"


def test_the_modules_hold_what_they_import_late(tmp_path: Path) -> None:
    packed = tmp_path / "modules.zip"
    pyodide.write_modules(packed)
    with zipfile.ZipFile(packed) as file:
        code = {name: file.read(name).decode() for name in file.namelist() if name.endswith(".py")}
    late = re.compile(r"^ +from (aind_session[.\w]+) import", re.M)
    wanted = {name for text in code.values() for name in late.findall(text)}
    paths = {name.replace(".", "/") for name in wanted}
    missing = {path for path in paths if not {f"{path}.py", f"{path}/__init__.py"} & code.keys()}
    assert missing == set()


def test_another_archive_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "pyodide.tgz"
    other.write_bytes(b"other")
    with pytest.raises(ValueError, match="is not Pyodide"):
        pyodide.put_into(tmp_path, other)
