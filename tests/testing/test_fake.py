"""A fake replaces the servers, shows additions, and records requests."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from aind_session import (
    Session,
    Sources,
)
from aind_session.runtime.meter import meter
from aind_session.sources import default_sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.testing import FakeAIND
from tests.platform import Platform

NAME = "ecephys_123456_2024-01-01_10-00-00"


class TestInUse:
    def test_it_is_asked_in_all_threads_until_the_block_ends(self) -> None:
        seen: list[Sources] = []
        fake = FakeAIND()
        with fake as entered, fake:
            assert entered is fake
            thread = threading.Thread(target=lambda: seen.append(default_sources()))
            thread.start()
            thread.join()
        assert seen == [fake.sources]
        assert default_sources() is not fake.sources

    def test_two_do_not_disturb_each_other(self) -> None:
        one, other = FakeAIND(), FakeAIND()
        one.add_session(NAME)
        with one:
            with other:
                assert Session(NAME).data_assets == ()
            assert len(Session(NAME).data_assets) == 1

    def test_it_is_there_as_a_fixture(self, fake_aind: FakeAIND) -> None:
        made = fake_aind.add_session(NAME)
        assert Session(NAME).raw_data_asset == made.raw_data_asset

    @pytest.mark.fake_aind(f"sessions: [{NAME}]")
    def test_a_mark_fills_the_fixture(self, fake_aind: FakeAIND) -> None:
        assert Session(NAME).is_uploaded
        assert len(fake_aind.world.assets) == 1

    def test_what_is_added_is_seen_at_once(self, fake_aind: FakeAIND) -> None:
        session = Session(NAME)
        assert not session.is_uploaded
        fake_aind.add_session(NAME)
        assert session.is_uploaded
        assert session.ecephys.sorted_data_assets == ()
        fake_aind.add_sorted_asset(NAME)
        assert session.ecephys.is_sorted
        assert len(session.subject.docdb) == 2
        fake_aind.add_record(f"{NAME}_x_2024-01-02_00-00-00")
        assert len(session.subject.docdb) == 3

    def test_what_is_changed_by_hand_is_seen_after_forget(self, fake_aind: FakeAIND) -> None:
        fake_aind.add_session(NAME)
        session = Session(NAME)
        assert session.is_uploaded
        fake_aind.world.assets.clear()
        assert len(session.data_assets) == 1
        fake_aind.forget()
        assert fake_aind.requests == ()
        assert len(session.data_assets) == 0

    def test_the_demo_can_be_its_start(self) -> None:
        fake = FakeAIND(demo_world())
        with fake:
            assert Session(DEMO_SESSION).ecephys.is_sorted
        assert repr(fake).startswith("FakeAIND(10 assets, 3 records")


class TestRequests:
    def test_it_tells_what_was_asked(self, fake_aind: FakeAIND) -> None:
        made = fake_aind.add_session(NAME)
        Session(NAME).data_assets
        assert [r.method for r in fake_aind.requests] == ["search", "search"]
        Session(NAME).modalities
        last = fake_aind.requests[-1]
        assert (last.service, last.method, last.about) == ("S3", "list", f"{made.raw_data_dir}/")
        assert last.url == f"{made.raw_data_dir}/"

    def test_they_are_as_many_as_the_real_clients_need(
        self, stand_in: Callable[..., Platform], fake_aind: FakeAIND
    ) -> None:
        def tour(sources: Sources) -> None:
            session = Session(NAME, sources=sources)
            session.raw_data_asset, session.raw_data_dir, session.modalities
            session.metadata.subject, session.ecephys.sorter.names, session.docdb

        fake_aind.add_session(NAME, sorted="kilosort4")
        platform = stand_in(fake_aind.world)
        tour(remote_sources())
        tour(fake_aind.sources)
        assert len(fake_aind.requests) == platform.count()
        tour(fake_aind.sources)
        assert len(fake_aind.requests) == platform.count()

    def test_the_meter_counts_them(self, fake_aind: FakeAIND) -> None:
        with meter() as counted:
            Session(NAME).is_uploaded
        # a fake repeats nothing; a meter also counts what another test repeats in the background
        assert counted.requests - counted.retries == len(fake_aind.requests) > 0

    def test_without_memory_each_question_is_asked_again(self) -> None:
        fake = FakeAIND(cache_seconds=0)
        fake.add_session(NAME)
        session = Session(NAME, sources=fake.sources)
        session.data_assets, session.data_assets
        assert len(fake.requests) == 4


class TestPaths:
    """The test suite blocks sockets, so files that open are in the fake."""

    def test_they_open_what_is_in_the_fake(self, fake_aind: FakeAIND) -> None:
        fake_aind.add_session(NAME, files={"behavior/a.csv": "a,b\n1,2\n"})
        root = Session(NAME).raw_data_dir
        assert (root / "behavior" / "a.csv").read_text() == "a,b\n1,2\n"
        assert sorted(path.name for path in root.iterdir()) == [
            "behavior",
            "data_description.json",
            "session.json",
            "subject.json",
        ]
        assert [path.as_posix() for path in root.glob("*/*.csv")] == [
            f"s3://aind-open-data/{NAME}/behavior/a.csv"
        ]
        assert (root / "behavior").is_dir()
        assert (root / "behavior" / "a.csv").parent.parent.exists()
        assert not (root / "absent").exists()
        with pytest.raises(FileNotFoundError):
            (root / "absent").read_bytes()

    def test_they_write_into_the_fake(self, fake_aind: FakeAIND) -> None:
        fake_aind.add_session(NAME)
        path = Session(NAME).raw_data_dir / "new" / "b.txt"
        path.write_text("b")
        assert fake_aind.world.objects["aind-open-data"][f"{NAME}/new/b.txt"] == b"b"
        with path.open("ab") as file:
            file.write(b"c")
        assert path.read_bytes() == b"bc"
        path.unlink()
        assert not path.exists()

    def test_they_are_no_requests(self, fake_aind: FakeAIND) -> None:
        fake_aind.add_session(NAME)
        root = Session(NAME).raw_data_dir
        fake_aind.forget()
        (root / "subject.json").read_text()
        assert fake_aind.requests == ()


def test_an_asset_has_the_time_that_it_was_given() -> None:
    assert FakeAIND().add_asset("ecephys_123456_2024-01-01_10-00-00", created=5).created == 5
    assert FakeAIND().add_asset("no session", created=5).created == 5
