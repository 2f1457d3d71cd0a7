"""Ask one question about many sessions, in parallel, here or in other processes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeVar

from aind_session.catalog.bulk import BulkCache
from aind_session.diagnosis.notes import Note, note_of
from aind_session.errors import AindSessionError
from aind_session.errors.wording import quote
from aind_session.many.answers import Answers, warn_once_a_class
from aind_session.many.collection import Collection
from aind_session.runtime.arguments import function as checked
from aind_session.runtime.arguments import optional_text, truth
from aind_session.runtime.modes import is_strict
from aind_session.runtime.parallel import side_by_side
from aind_session.runtime.progress import Progress
from aind_session.runtime.warning import Collected, collected_warnings
from aind_session.session import Session, finder_of

T = TypeVar("T")


class AskedTogether(Collection):
    """A collection that can be asked a question; see `aind_session.Sessions`."""

    def each(self, function: Callable[[Session], T], name: str | None = None) -> Answers[T]:
        """Call a function with each session, in parallel, with data fetched for all together.

        Parameters
        ----------
        function
            Called with each session in threads of this process; see `map` for other processes.
        name
            Label of the progress bar, which appears after two seconds.

        Returns
        -------
        Answers
            In order, with notes for sessions whose call raised. Errors from outside this library
            become notes of the class `Failed`.

        Raises
        ------
        Exception
            With `strict`, the first error in order.

        Examples
        --------
        >>> import aind_session
        >>> many = aind_session.sessions(676909)
        >>> [len(assets) for assets in many.each(lambda session: session.data_assets).values()]
        [1, 2, 3, 1]
        """
        checked(function, "the function to call")
        return self._ask(function, optional_text(name, "a label") or "sessions", Exception)

    def _ask(
        self,
        function: Callable[[Session], T],
        name: str,
        noted: type[Exception] = AindSessionError,
    ) -> Answers[T]:
        if not self._members:  # without reading the settings
            return Answers({}, {})
        warned_about: dict[Session, list[Collected]] = {}

        def answer(session: Session) -> T | Note:
            try:
                with collected_warnings() as warned_about[session]:
                    return function(session)
            except noted as error:
                if self.strict or is_strict():
                    raise
                return note_of(session.id, error)
            finally:
                bar.advance()

        with self._watched(name) as bar:
            calls = [partial(answer, member) for member in self._members]
            answers = side_by_side(calls, self._sources.concurrency)
        warn_once_a_class(warned_about.values(), name)
        return Answers.of(self._members, answers)

    def map(
        self,
        function: Callable[[Session], T],
        executor: Executor | None = None,
        progress: bool = True,
    ) -> Answers[T]:
        """Call a function with each session, here, in other processes or on other machines.

        Parameters
        ----------
        function
            Called with each session. It must be importable in other processes.
        executor
            Any executor of ``concurrent.futures``, such as dask's ``client.get_executor()``. None
            uses threads of this process. Assets and records are fetched here, together, and sent
            along with each session, so they are not requested again there. Of more than a thousand
            sessions, several are sent together.
        progress
            Whether to show a progress bar after two seconds.

        Returns
        -------
        Answers
            In order, with notes for sessions whose call raised.

        Raises
        ------
        KeyboardInterrupt
            Calls that had not begun are cancelled.

        Examples
        --------
        >>> import aind_session
        >>> many = aind_session.sessions("ecephys_676909_2023-12-13_13-43-40")
        >>> many.map(lambda session: len(session.data_assets))[many[0]]
        3
        """
        from aind_session.many.parcels import Parcel, call_each  # 2 ms

        checked(function, "the function to call")
        is_shown = truth(progress, "progress")
        if executor is None:
            return self.each(function, "sessions" if is_shown else None)
        _check_executor(executor)
        self._resolve()
        with Progress(len(self), "sessions", shown=is_shown) as bar:
            parcels = [partial(Parcel.of, m, self._sources, self.source) for m in self._members]
            answers = call_each(function, parcels, executor, partial(bar.grow, 0))
            return Answers.of(self._members, answers)

    def _resolve(self) -> None:
        """Fetch the data that most questions need; failed requests are repeated when needed."""
        self._ask(lambda session: finder_of(session).raw_asset(), "resolving")

    def _watched(self, name: str) -> Progress:
        bar = Progress(len(self._members), name, shown=self.progress)
        cache = self._sources.cache
        if isinstance(cache, BulkCache):
            cache.watch = bar.grow
        return bar


def _check_executor(executor: Any) -> None:
    if isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
        raise TypeError(
            "an executor must have a method `submit`, as ThreadPoolExecutor() has, not "
            f"{quote(executor)}"
        )
