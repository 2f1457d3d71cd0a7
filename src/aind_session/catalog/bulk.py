"""Bulk requests: the first question about one of many subjects is asked for all of them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from aind_session.catalog.inventory import Inventory
from aind_session.catalog.results import Question
from aind_session.errors import CouldNotLook
from aind_session.runtime.cache import Cache
from aind_session.runtime.calls import call_of_its_own
from aind_session.runtime.modes import is_offline
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.sources import Sources
from aind_session.sources.batch import Batch
from aind_session.sources.encoding import as_key, batch_of_records
from aind_session.sources.protocols import VALUES_A_FILTER
from aind_session.sources.subject_filter import SUBJECT_FIELD, by_subject, of_subjects

T = TypeVar("T")

AT_LEAST_SECONDS = 60.0
"""The least time to keep answers about many: else each member could cause a bulk request."""


def in_bulk(sources: Sources, subject_ids: Iterable[str]) -> Sources:
    """Return sources that ask about several subjects at once, and cache the answers.

    Parameters
    ----------
    sources
        The sources to ask; at most its ``concurrency`` questions at a time.
    subject_ids
        The subjects. A question for the assets or the records of one of them is asked for all: the
        records with one filter per 50 subjects, the assets with two searches per subject, in
        parallel. Other questions are asked one by one. Failures are kept as long as answers.
    """
    cache = BulkCache(sources, list(dict.fromkeys(subject_ids)))
    return replace(sources, cache=cache)


class BulkCache(Cache):
    """Answers about several subjects; see `in_bulk`."""

    is_for_many = True

    def __init__(self, sources: Sources, subject_ids: Sequence[str]) -> None:
        seconds = max(sources.cache.seconds, AT_LEAST_SECONDS)
        super().__init__(
            seconds,
            clock=sources.cache.clock,
            now=sources.cache.now,
            shelf=sources.cache.shelf,
            entries=10_000 + 100 * len(subject_ids),
            absence_seconds=seconds,
            failure_seconds=seconds,
            patience=sources.cache.patience,
        )
        self.watch: Callable[[int, int], object] = lambda more, done: None
        self._sources = replace(sources, cache=self)
        self._of_each = sources.cache
        self._subject_ids = frozenset(subject_ids)
        self._at_most = sources.concurrency
        self._renew_turns()

    def forget(self, scope: str | None = None) -> None:
        """Forget answers; for one subject, also in the cache that all its sessions share.

        Parameters
        ----------
        scope
            A subject; None: all answers, only in this cache.
        """
        super().forget(scope)
        if scope is not None:
            self._of_each.forget(scope)

    def renew(self) -> None:
        """Start afresh in a forked process; see `Cache.renew`."""
        super().renew()
        if hasattr(self, "_at_most"):
            self._renew_turns()

    def _renew_turns(self) -> None:
        self._turns = threading.BoundedSemaphore(self._at_most)
        self._locks: defaultdict[Hashable, threading.Lock] = defaultdict(threading.Lock)

    def get(
        self,
        scope: str,
        question: Hashable,
        ask: Callable[[], T],
        *,
        is_absence: Callable[[T], bool] = lambda answer: not answer,
    ) -> T:
        """Return the answer to a question; ask it for all subjects where that is cheaper."""
        if scope in self._subject_ids and not self.has(scope, question):
            # shared work, so that waiting threads can give up while it continues
            self.share(("", (scope, question)), lambda _: self._ask_for_all(scope, question))
        return self._get_one(scope, question, ask, is_absence)

    def _get_one(
        self, scope: str, question: Hashable, ask: Callable[[], T], is_absence: Callable[[T], bool]
    ) -> T:
        def in_turn() -> T:
            with self._turns, call_of_its_own():
                return ask()

        return super().get(scope, question, in_turn, is_absence=is_absence)

    def _ask_for_all(self, scope: str, question: Any) -> None:
        kind, *rest = question
        if is_offline():  # no request may be sent; `get` reads the caches
            return
        if kind == "search" and question in _searches(scope, self._sources):
            with self._lock_of(kind):
                if not self.has(scope, question):  # another thread may have asked meanwhile
                    self._search_for_all()
        elif kind == "find" and rest[1] == _where(scope):
            version, _, fields = rest
            with self._lock_of((version, fields)):
                if not self.has(scope, question):
                    self._find_for_all(version, fields)

    def _lock_of(self, kind: Hashable) -> threading.Lock:
        with self._lock:
            return self._locks[kind]

    def _search_for_all(self) -> None:
        asked = [
            (subject, question)
            for subject in sorted(self._subject_ids)
            for question in Inventory(subject, self._sources).asset_questions()
        ]
        self._side_by_side(
            [partial(self._search_one, subject, question) for subject, question in asked]
        )
        self._keep_each_asset_once(asked)

    def _search_one(self, subject: str, question: Question[Batch[Any]]) -> None:
        attempt(
            partial(
                self._get_one, subject, question.key, question.ask, lambda batch: batch.is_empty
            )
        )

    def _keep_each_asset_once(self, asked: Sequence[tuple[str, Question[Batch[Any]]]]) -> None:
        """Share asset objects between answers: both searches for a subject find most of them."""
        known: dict[str, Any] = {}
        for subject, question in asked:
            had = self.known(subject, question.key)
            if had is not None:
                batch, how = had
                once = (known.setdefault(asset.id, asset) for asset in batch.items)
                shared = Batch.of(once, batch.left_out)
                self.put(subject, question.key, shared, is_absence=not shared.items, asked=how)

    def _find_for_all(self, version: str, fields: tuple[str, ...]) -> None:
        subjects = sorted(self._subject_ids)
        size = getattr(self._sources.records, "values_a_question", VALUES_A_FILTER)
        chunks = [subjects[start : start + size] for start in range(0, len(subjects), size)]
        self._side_by_side([partial(self._find_some, version, fields, chunk) for chunk in chunks])

    def _find_some(self, version: str, fields: tuple[str, ...], subject_ids: Sequence[str]) -> None:
        where = of_subjects(subject_ids)
        wanted = dict.fromkeys((*fields, SUBJECT_FIELD))
        with self._turns, call_of_its_own():
            found = attempt(lambda: self._sources.records.find(version, where, tuple(wanted)))
        records = by_subject([] if isinstance(found, CouldNotLook) else found, subject_ids)
        for subject in subject_ids:
            mine = records[subject]
            batch = found if isinstance(found, CouldNotLook) else batch_of_records(mine, version)
            key = ("find", version, _where(subject), fields)
            self.put(subject, key, batch, is_absence=not mine)

    def _side_by_side(self, calls: Sequence[Callable[[], None]]) -> None:
        self.watch(len(calls), 0)

        def watched(call: Callable[[], None]) -> None:
            call()
            self.watch(0, 1)

        side_by_side([partial(watched, call) for call in calls], self._at_most)


def _searches(subject_id: str, sources: Sources) -> list[tuple[Any, ...]]:
    return [question.key for question in Inventory(subject_id, sources).asset_questions()]


def _where(subject_id: str) -> str:
    return as_key(of_subjects([subject_id]))
