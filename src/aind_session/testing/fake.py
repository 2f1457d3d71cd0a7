"""A test double of Code Ocean, DocDB and S3, which can fail on purpose."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aind_session.conventions.institute import KNOWN_BUCKETS
from aind_session.runtime.arguments import file_path, instance, seconds, texts
from aind_session.runtime.cache import Cache
from aind_session.runtime.clock import PlayedClock
from aind_session.sources import Sources, use_sources
from aind_session.sources.memory import MemoryAssets, MemoryRecords, World
from aind_session.testing import building
from aind_session.testing.failing import Asked, Failure, Gate, How, Request, Service, target
from aind_session.testing.filling import Fillable
from aind_session.testing.openable import OpenableStorage


class FakeAIND(Fillable):
    """Code Ocean, DocDB and S3 in memory, with the content and failures that a test defines.

    As a context manager it replaces the real servers in all threads; you can also pass `sources`.
    IDs and times are derived from names, so they are the same in every run.

    Parameters
    ----------
    world
        The initial content; by default the known buckets, empty, and a clock that jumps ahead when
        code waits for a run.
    cache_seconds
        How long answers are cached, as by the real sources. With 0, `requests` records repeated
        queries, too. Additions and failures are always effective at once.

    Examples
    --------
    >>> from aind_session import Session
    >>> fake = FakeAIND()
    >>> made = fake.add_session("ecephys_123456_2024-01-01_10-00-00", sorted="kilosort4")
    >>> with fake:
    ...     Session(made.id).ecephys.sorter.names
    ('kilosort4',)
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        buckets: Sequence[str] = KNOWN_BUCKETS,
        cache_seconds: float = 600,
    ) -> None:
        searched = texts(buckets, "a bucket")
        played = World(objects={bucket: {} for bucket in searched}, clock=PlayedClock())
        super().__init__(played if world is None else instance(world, World, "a world"))
        self._gate = Gate()
        self._sources = Sources(
            assets=self._asked("Code Ocean", MemoryAssets(self.world)),
            records=self._asked("DocDB", MemoryRecords(self.world)),
            storage=self._asked("S3", OpenableStorage(self.world, searched)),
            cache=Cache(seconds(cache_seconds, "cache_seconds")),
            clock=self.world.clock,
        )
        self._using: list[contextlib.ExitStack] = []

    def __repr__(self) -> str:
        records = sum(map(len, self.world.records.values()))
        files = sum(map(len, self.world.objects.values()))
        return (
            f"{type(self).__name__}({len(self.world.assets)} assets, {records} records, "
            f"{files} files, {len(self.requests)} requests)"
        )

    def __enter__(self) -> FakeAIND:
        stack = contextlib.ExitStack()
        stack.enter_context(use_sources(self._sources))
        self._using.append(stack)
        return self

    def __exit__(self, *_: object) -> None:
        self._using.pop().close()

    @classmethod
    def from_yaml(cls, source: str | Path, *, cache_seconds: float = 600) -> FakeAIND:
        """Create a fake from YAML; needs the extra ``testing``.

        Parameters
        ----------
        source
            A path, or the text itself. Its keys are ``sessions``, ``assets``, ``sorted_assets``,
            ``records``, ``files``, ``computations`` and ``failures``. Each key holds a list, whose
            entries are the arguments of `add_session` and so on by name. A text as an entry is the
            first argument. ``files`` can also be a mapping of URLs to contents.
        cache_seconds
            See `FakeAIND`.

        Raises
        ------
        ValueError
            It is not YAML, or an entry has an invalid key or value; the message names the line or
            the entry, and a similar key. For a file, a `FileFormatError` that names the file.
        ImportError
            PyYAML is not installed.

        Examples
        --------
        >>> FakeAIND.from_yaml('''
        ... sessions:
        ...   - session: ecephys_123456_2024-01-01_10-00-00
        ...     modalities: [ecephys, behavior]
        ...     sorted: {sorter: kilosort4}
        ... ''')
        FakeAIND(2 assets, 2 records, 10 files, 0 requests)
        """
        from aind_session.testing.seeds import read_yaml, refused, seed

        fake = cls(cache_seconds=cache_seconds)
        methods: dict[str, Callable[..., Any]] = {
            "sessions": fake.add_session,
            "assets": fake.add_asset,
            "sorted_assets": fake.add_sorted_asset,
            "records": fake.add_record,
            "files": fake.add_file,
            "computations": fake.add_computation,
            "failures": fake.fail,
        }
        content = read_yaml(source)
        try:
            seed(methods, content)
        except ValueError as error:
            raise refused(source, f"does not describe a fake: {error}") from error
        return fake

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, cache_seconds: float = 600) -> FakeAIND:
        """Create a fake from a file that `aind_session.Sessions.save` wrote.

        Parameters
        ----------
        path
            The file. The fake contains only what was known when the file was saved: before saving,
            ask everything that the code under test will ask.
        cache_seconds
            See `FakeAIND`.

        Raises
        ------
        FileNotFoundError
            The file does not exist.
        FileFormatError
            It is a different kind of file. A `ValueError`.

        Examples
        --------
        >>> import tempfile
        >>> import aind_session
        >>> path = f"{tempfile.mkdtemp()}/mice.json"
        >>> aind_session.sessions("ecephys_676909_2023-12-13_13-43-40").save(path)
        >>> with FakeAIND.from_file(path):
        ...     aind_session.Session("ecephys_676909_2023-12-13_13-43-40").raw_data_asset.id
        '16d46411-540a-4122-b47f-8cb2a15d593a'
        """
        from aind_session.many.saved import read
        from aind_session.testing.saved import world_of

        return cls(
            world_of(read(file_path(path, "the path of a fake"))), cache_seconds=cache_seconds
        )

    @property
    def sources(self) -> Sources:
        """The sources of the fake, to pass as the argument ``sources``."""
        return self._sources

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests since the fake was created, or since `forget`, including failed ones.

        Each is one query of this library, in order, except that parallel queries come in any order.
        The real clients may send several requests for one query, for pages and retries. Opening a
        path does not count.
        """
        return tuple(self._gate.requests)

    def forget(self) -> None:
        """Clear the recorded requests and the cache, for example after changing `world`."""
        self._gate.requests.clear()
        self._sources.cache.forget()

    def fail(self, what: str, how: How = 503, *, times: int | None = None) -> Failure:
        """Let requests fail as with the real servers, until `heal`.

        Parameters
        ----------
        what
            ``"Code Ocean"``, ``"DocDB"``, ``"DocDB v1"``, ``"DocDB v2"`` or ``"S3"``; the ID of an
            asset, capsule or computation; a bucket; or an S3 URL, which includes all URLs that
            begin with it.
        how
            An HTTP status; ``"no answer"``: a timeout; ``"odd answer"``: not JSON (not for S3);
            ``"lost answer"``: the request is done, but the answer does not arrive; ``"no
            credentials"`` (not for DocDB, which needs none). A timeout, and any status that the
            real clients retry, raises an `UnavailableError`; 401 and 403 raise a
            `CredentialsError`, or an `AccessDeniedError` for one object; other statuses raise a
            `RemoteError`. A request that starts or changes something raises an
            `UnknownOutcomeError` if its outcome would be unknown.
        times
            The number of requests that fail; None fails all.

        Returns
        -------
        Failure
            A ``with`` block ends it; ``hits`` counts the failed requests.

        Raises
        ------
        ValueError
            The fake has nothing with this name, or no server fails in this way.

        Examples
        --------
        >>> from aind_session import RemoteError, Session
        >>> fake = FakeAIND()
        >>> session = Session("ecephys_123456_2024-01-01_10-00-00", sources=fake.sources)
        >>> with fake.fail("Code Ocean") as failure:
        ...     try:
        ...         session.data_assets
        ...     except RemoteError as error:
        ...         print(error)
        Code Ocean: made to fail by FakeAIND (HTTP 503)
        >>> failure.hits, session.data_assets
        (2, ())
        """
        service, about = target(what, building.ids(self.world), self.world.objects)
        failure = self._gate.add(service, about, how, times)
        self._changed()
        return failure

    def heal(self) -> None:
        """End all failures."""
        self._gate.failures.clear()

    def _changed(self) -> None:
        self._sources.cache.forget()

    def _asked(self, service: Service, source: Any) -> Any:
        return Asked(service, source, self._gate)
