"""Fakes from YAML equal those from Python, and errors name the entry."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from aind_session import FileFormatError, UnavailableError
from aind_session.testing import FakeAIND

NAME = "ecephys_123456_2024-01-01_10-00-00"
BARE = "123456_2024-01-01_10-00-00"
CAPSULE = "0000000b-0000-4000-8000-000000000001"


EVERYTHING = f"""
sessions:
  - session: {NAME}
    modalities: [ecephys, behavior]
    sorted: {{sorter: kilosort4}}
    genotype: wt
  - {BARE}
assets:
  - {{name: x, tags: [t]}}
sorted_assets:
  - {{session: {NAME}, at: 2025-01-01, failed: true}}
records:
  - {{name: {NAME}_nwb_2025-01-01_00-00-00, schema: v2}}
files:
  s3://aind-scratch-data/a.json: {{a: 1}}
computations:
  - {{capsule: {CAPSULE}, results: {{output: done}}}}
failures:
  - {{what: DocDB v2, how: no answer, times: 1}}
"""


class TestYaml:
    def test_it_says_what_python_says(self) -> None:
        fake = FakeAIND()
        fake.add_session(
            NAME, modalities=["ecephys", "behavior"], sorted={"sorter": "kilosort4"}, genotype="wt"
        )
        fake.add_session(BARE)
        fake.add_asset("x", tags=["t"])
        fake.add_sorted_asset(NAME, at="2025-01-01", failed=True)
        fake.add_record(f"{NAME}_nwb_2025-01-01_00-00-00", schema="v2")
        fake.add_file("s3://aind-scratch-data/a.json", {"a": 1})
        fake.add_computation(CAPSULE, results={"output": "done"})
        read = FakeAIND.from_yaml(EVERYTHING)
        assert asdict(read.world) == asdict(fake.world)
        with pytest.raises(UnavailableError, match="no answer"):
            read.sources.records.find("v2", {})
        assert len(read.sources.records.find("v2", {})) == 2

    def test_it_is_read_from_files(self, tmp_path: Path) -> None:
        path = tmp_path / "world.yaml"
        path.write_text(EVERYTHING, "utf-8")
        for source in (path, str(path)):
            assert len(FakeAIND.from_yaml(source).world.assets) == 5

    def test_an_empty_text_is_an_empty_fake(self) -> None:
        assert FakeAIND.from_yaml("").world == FakeAIND().world

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("sesions: []", r"the top level: unknown key 'sesions'; near: 'sessions'; known"),
            (
                f"sessions: [{{session: {NAME}, modalites: [x]}}]",
                rf"sessions\[0\] \({NAME}\): unknown key 'modalites'; near: 'modalities'"
                "; known are session, modalities, sorted",
            ),
            ("sessions: [{genotype: x}]", r"sessions\[0\]: 'session' is missing"),
            ("sessions: [no session]", r"sessions\[0\] \(no session\): .*'no session'"),
            ("sessions: [1]", r"sessions\[0\]: a mapping was expected, not int"),
            (f"sessions: {NAME}", "sessions: a list was expected, not str"),
            (
                "assets: [{name: x, tag: [t]}]",
                r"assets\[0\] \(x\): an asset has no field 'tag'; near: 'tags'",
            ),
            (
                f"sessions: [{{session: {NAME}, sorted: {{sorterr: x}}}}]",
                rf"sessions\[0\] \({NAME}\): .*sorterr",
            ),
            ("failures: [S4]", r"failures\[0\] \(S4\): nothing is named 'S4'"),
            ("- a", "the top level: a mapping of lists was expected, not list"),
            ("a: [", r"^the text is not YAML: expected the node .* at line 1, column 5$"),
            ("[" * 5000, r"^the text is not YAML: it is nested too deeply$"),
            ("files: []\nfiles: []", r"^the text has the key 'files' twice, at line 2$"),
            ("a: \0", r"^the text is not YAML: unacceptable character"),
            ("a: !!python/object/apply:os.getcwd []", "is not YAML"),
        ],
    )
    def test_what_it_cannot_say_names_the_entry(self, text: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            FakeAIND.from_yaml(text)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"sessions:\n  - a\n b: [", r"is not YAML: .* at line 3, column 2$"),
            (b"\xff\xfe", "is not YAML: 'utf-8' codec can't decode byte 0xff in position 0"),
            (
                b"sesions: []",
                "does not describe a fake: .* unknown key 'sesions'; near: 'sessions'",
            ),
            (b"files:\nfiles:", r"has the key 'files' twice, at line 2$"),
        ],
    )
    def test_a_damaged_file_is_named(self, tmp_path: Path, content: bytes, reason: str) -> None:
        path = tmp_path / "world.yaml"
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match=f"{re.escape(str(path))} {reason}"):
            FakeAIND.from_yaml(path)

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(FileFormatError, match="is a folder"):
            FakeAIND.from_yaml(tmp_path)

    def test_without_pyyaml_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "yaml", None)
        with pytest.raises(ImportError, match=r"aind-session\[testing\]"):
            FakeAIND.from_yaml("sessions: []")
