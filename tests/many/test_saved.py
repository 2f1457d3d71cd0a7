"""Answers in saved files and in the disk cache outlive the process, with their age."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

import aind_session
from aind_session import (
    FileFormatError,
    OfflineError,
    Session,
    Sessions,
    SourceDownWarning,
    StaleWarning,
    load,
    sessions,
)
from aind_session.many import saved
from aind_session.runtime.cache import Cache
from aind_session.runtime.files import write_text
from aind_session.sources import Sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.disk_cache import DiskShelf
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import Platform

OTHER = "behavior_676909_2023-10-24_15-15-50"


@pytest.fixture
def platform(stand_in: Callable[..., Platform]) -> Platform:
    return stand_in(demo_world())


def everything(session: Session) -> tuple[object, ...]:
    return (
        session.data_assets,
        session.raw_data_asset,
        session.raw_data_dir.as_posix(),
        session.modalities,
        session.docdb,
        session.metadata.subject,
        session.ecephys.sorted_data_assets,
        session.ecephys.sorter.names,
        session.ecephys.is_sorted,
        [asset.sorted_probes for asset in session.ecephys.sorted_data_assets],
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mice.json"


class TestFiles:
    def test_what_was_known_is_answered_without_asking(
        self, platform: Platform, file: Path
    ) -> None:
        many = sessions(DEMO_SESSION, OTHER, sources=remote_sources())
        before = everything(many[0])
        many.save(file)
        platform.forget()
        loaded = load(file, sources=remote_sources())
        assert loaded == many
        assert everything(loaded[0]) == before
        assert platform.count() == 0

    def test_what_could_not_be_asked_is_not_saved_as_an_answer(
        self, platform: Platform, file: Path
    ) -> None:
        platform.fail("docdb", status=503)
        many = sessions(DEMO_SESSION, sources=impatient())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SourceDownWarning)
            assert many[0].raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
            many.save(file)
        questions = [entry["question"][0] for entry in json.loads(file.read_text())["answers"]]
        assert "search" in questions
        assert "find" not in questions
        assert load(file, sources=remote_sources()) == many

    def test_assets_and_records_are_asked_for_before_they_are_saved(
        self, serve: Serve, file: Path
    ) -> None:
        sessions(DEMO_SESSION, sources=serve(demo_world())).save(file)
        loaded = load(file)[0]
        with aind_session.offline():
            with pytest.warns(StaleWarning, match="just now"):
                assert len(loaded.data_assets) == 3
            with pytest.warns(StaleWarning):
                assert loaded.raw_data_dir.name == DEMO_SESSION

    def test_what_the_file_does_not_know_is_asked_for_or_an_error_offline(
        self, platform: Platform, file: Path
    ) -> None:
        sessions(DEMO_SESSION, sources=remote_sources()).save(file)
        loaded = load(file, sources=remote_sources())
        with aind_session.offline(), pytest.raises(OfflineError, match="S3"):
            loaded[0].ecephys.clipped_dir
        platform.forget()
        assert loaded[0].ecephys.clipped_dir.name == "ecephys_clipped"
        assert platform.count() == platform.count("s3") > 0

    def test_it_says_when_it_was_saved_until_it_is_refreshed(
        self, platform: Platform, file: Path
    ) -> None:
        sessions(DEMO_SESSION, sources=remote_sources()).save(file)
        whole = json.loads(file.read_text())
        whole["saved"] = "2026-01-02T03:04:05+00:00"
        file.write_text(json.dumps(whole))
        loaded = load(file, sources=remote_sources())
        assert repr(loaded) == f"Sessions(1: {DEMO_SESSION}; as of 2026-01-02 03:04 UTC)"
        platform.forget()
        loaded.refresh()
        assert len(loaded[0].data_assets) == 3
        assert platform.count() > 0
        assert "as of" not in repr(loaded)

    def test_the_file_is_for_people_and_holds_no_token(
        self, platform: Platform, file: Path
    ) -> None:
        sessions(DEMO_SESSION, sources=remote_sources()).save(file)
        text = file.read_text(encoding="utf-8")
        assert platform.token not in text
        assert "standin" not in text
        whole = json.loads(text)
        assert (whole["format"], whole["version"]) == ("aind-session answers", 1)
        assert whole["sessions"] == [DEMO_SESSION]
        asked = [
            entry["question"][1] for entry in whole["answers"] if "search" in entry["question"]
        ]
        assert "subject id:676909" in [params["query"] for params in asked]

    def test_it_takes_the_place_of_an_older_file_at_once(
        self, serve: Serve, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        many = sessions(DEMO_SESSION, sources=serve(demo_world()))
        many.save(file)
        before = file.read_text()

        def fail(*_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            many.save(file)
        assert file.read_text() == before
        assert [path.name for path in file.parent.glob("*mice*")] == ["mice.json"]

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("not JSON", "is not JSON"),
            ("[]", "not made by Sessions.save"),
            ('{"format": "something"}', "its format is 'something'"),
            (
                '{"format": "aind-session answers", "version": 2}',
                "version 2.*--upgrade",
            ),
            ('{"format": "aind-session answers", "version": 1}', "no lists"),
            (
                '{"format": "aind-session answers", "version": 1, "saved": "2026-01-01T00:00:00",'
                ' "sessions": [], "answers": [{"about": "1", "question": ["search"]}]}',
                "an answer that cannot be read",
            ),
        ],
    )
    def test_another_file_is_refused_with_its_name(self, file: Path, text: str, why: str) -> None:
        file.write_text(text)
        with pytest.raises(FileFormatError, match=why) as caught:
            load(file)
        assert str(file) in str(caught.value)
        assert isinstance(caught.value, ValueError)

    def test_a_file_that_is_not_there_is_named(self, file: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"mice\.json"):
            load(file)


class TestDisk:
    @pytest.fixture(autouse=True)
    def _on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIND_SESSION_DISK_CACHE", "1")

    def test_what_was_asked_is_answered_in_another_process_offline(
        self, platform: Platform
    ) -> None:
        before = everything(Session(DEMO_SESSION, sources=remote_sources()))
        platform.forget()
        later = Session(DEMO_SESSION, sources=remote_sources())
        with aind_session.offline(), pytest.warns(StaleWarning, match="just now"):
            assert everything(later) == before
        assert platform.count() == 0

    def test_many_sessions_are_answered_from_there_too(self, platform: Platform) -> None:
        before = sessions(676909, sources=remote_sources()).raw_data_assets
        platform.forget()
        with aind_session.offline(), pytest.warns(StaleWarning):
            later = sessions(676909, sources=remote_sources()).raw_data_assets
        assert dict(later) == dict(before)
        assert platform.count() == 0

    def test_online_it_is_not_read(self, platform: Platform) -> None:
        assert len(Session(DEMO_SESSION, sources=remote_sources()).data_assets) == 3
        platform.world.assets.clear()
        assert Session(DEMO_SESSION, sources=remote_sources()).data_assets == ()

    def test_an_old_answer_is_not_taken_for_a_new_one_afterwards(self, platform: Platform) -> None:
        sources = remote_sources()
        Session(DEMO_SESSION, sources=sources).data_assets
        later = Session(DEMO_SESSION, sources=remote_sources())
        with aind_session.offline(), pytest.warns(StaleWarning):
            later.data_assets
        platform.forget()
        later.data_assets
        assert platform.count() == 2

    def test_answers_of_other_servers_are_kept_apart(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Session(DEMO_SESSION, sources=remote_sources()).data_assets
        monkeypatch.setenv("CODE_OCEAN_DOMAIN", "https://example.org")
        with aind_session.offline(), pytest.raises(OfflineError):
            Session(DEMO_SESSION, sources=remote_sources()).data_assets

    def test_it_is_off_unless_it_is_asked_for(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("AIND_SESSION_DISK_CACHE")
        Session(DEMO_SESSION, sources=remote_sources()).data_assets
        assert not (tmp_path / "cache").exists()

    def test_the_files_hold_no_token(self, platform: Platform, tmp_path: Path) -> None:
        everything(Session(DEMO_SESSION, sources=remote_sources()))
        files = [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
        assert len(files) > 5
        assert not [p for p in files if platform.token in p.read_text(encoding="utf-8")]

    def test_a_file_that_cannot_be_read_is_as_missing(
        self, platform: Platform, tmp_path: Path
    ) -> None:
        Session(DEMO_SESSION, sources=remote_sources()).data_assets
        for path in (tmp_path / "cache").rglob("*.json"):
            path.write_text("{")
        with aind_session.offline(), pytest.raises(OfflineError):
            Session(DEMO_SESSION, sources=remote_sources()).data_assets

    def test_a_disk_that_cannot_be_written_costs_no_answer(
        self, platform: Platform, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "cache").write_text("a file, where the folder should be")
        session = Session(DEMO_SESSION, sources=remote_sources())
        assert len(session.data_assets) == 3
        assert session.modalities == ("behavior", "behavior_videos", "ecephys")
        assert [r.levelname for r in caplog.records if "could not be written" in r.msg] == [
            "WARNING"  # once, not for each answer
        ]

    def test_answers_that_fail_at_the_same_time_warn_once(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "folder").write_text("a file")
        shelf = DiskShelf(tmp_path / "folder", "https://a")
        others: list[threading.Thread] = []

        def fail_meanwhile(record: logging.LogRecord) -> bool:
            if not others:
                others.append(
                    threading.Thread(target=shelf.put, args=("s", ("exists", "b", "k"), True, 0))
                )
                others[0].start()
                others[0].join()
            return True

        logger = logging.getLogger("aind_session.sources.disk_cache")
        logger.addFilter(fail_meanwhile)
        try:
            shelf.put("s", ("exists", "b", "j"), value=True, at=0)
        finally:
            logger.removeFilter(fail_meanwhile)
        assert [r.levelname for r in caplog.records if r.levelno > logging.DEBUG] == ["WARNING"]
        assert len(others) == 1

    def test_names_of_subjects_name_no_files(self, tmp_path: Path) -> None:
        shelf = DiskShelf(tmp_path / "answers", "https://a", "https://b")
        shelf.put("../../outside", ("exists", "b", "../k"), value=True, at=0)
        assert shelf.get("../../outside", ("exists", "b", "../k")) == (True, 0)
        assert {p.name for p in tmp_path.iterdir()} == {"answers", "home"}


def test_processes_that_write_at_the_same_time_leave_whole_files(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from aind_session.sources.disk_cache import DiskShelf\n"
        "shelf = DiskShelf(Path(sys.argv[1]), 'a')\n"
        "for n in range(100): shelf.put('s', ('read', 'b', 'k'), b'x' * 20000, n)\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    shelf = DiskShelf(tmp_path, "a")
    seen = set()
    while any(writer.poll() is None for writer in writers):
        found = shelf.get("s", ("read", "b", "k"))
        if found is not None:
            seen.add(found[0])
    assert [writer.communicate()[1] for writer in writers] == [b"", b"", b""]
    assert seen == {b"x" * 20000}
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 1


def test_threads_that_write_the_same_file_leave_one_of_the_texts(tmp_path: Path) -> None:
    path = tmp_path / "here" / "x.json"
    path.parent.mkdir()
    texts = [str(number) * 5000 for number in range(8)]
    threads = [threading.Thread(target=write_text, args=(path, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["a world", "nothing"])
@pytest.mark.filterwarnings("ignore::aind_session.NothingFoundWarning")
def test_an_empty_collection_can_be_saved(file: Path, kind: str, serve: Serve) -> None:
    sources: Sources = serve(demo_world())
    empty = sessions(sources=sources) if kind == "nothing" else sessions(1, sources=sources)
    empty.save(file)
    assert isinstance(load(file), Sessions)
    assert len(load(file)) == 0


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
