"""Views of a collection of sessions: timeline, matrix, missing processes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aind_session.errors import LeftOutWarning
from aind_session.errors.wording import first_line
from aind_session.many.asking import AskedTogether
from aind_session.many.partly_known import partly_known
from aind_session.runtime.arguments import text
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.session import finder_of
from aind_session.subject import Subject

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset
    from typing_extensions import Self

    from aind_session.display import Matrix, Timeline
    from aind_session.many.answers import Answers


class Viewed(AskedTogether):
    """A collection with views; see `aind_session.Sessions`."""

    if TYPE_CHECKING:

        @property
        def data_assets(self) -> Answers[tuple[DataAsset, ...]]:
            """The data assets of each session."""

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The subjects, each once, in the order of the sessions."""
        ids = dict.fromkeys(member.subject_id for member in self._members)
        return tuple(Subject(id_, sources=self._sources) for id_ in ids)

    @one_call
    def load(self) -> Self:
        """Request everything that is shown about the sessions, for all together.

        This takes two searches per subject, and two queries to DocDB per 50 subjects, in parallel.
        Unlike `Session.load`, it lists no raw data directories and reads no logs.

        Returns
        -------
        Sessions
            This collection, which a notebook shows as a table.

        Examples
        --------
        >>> from aind_session import sessions
        >>> many = sessions("ecephys_676909_2023-12-13_13-43-40").load()
        >>> "Not asked yet" in str(many)
        False
        """
        from aind_session.catalog.overview import load_subject  # 5 ms, with what draws tables

        subjects = {member.subject_id: finder_of(member).inventory for member in self}
        with self._watched("sessions"):
            asked = [partial(attempt, partial(load_subject, one)) for one in subjects.values()]
            side_by_side(asked, self._sources.concurrency)
        return self

    def timeline(self) -> Timeline:
        """Return a timeline with a lane for each platform and a mark for each session.

        Requests missing data, as `load` does.

        Returns
        -------
        Timeline
            With ``text()``, ``html()``, ``svg()`` and ``table()``; shows itself in a notebook.

        Examples
        --------
        >>> from aind_session import sessions
        >>> list(sessions(676909).timeline().lanes())
        ['behavior', 'ecephys']
        """
        from aind_session.many.cards import timeline_of

        return timeline_of(self.load(), "Sessions")

    def matrix(self, *processes: str) -> Matrix:
        """Return a matrix with a row for each session and a column for each process.

        Parameters
        ----------
        *processes
            Labels as in `derived`, such as ``"sorted"``; ``"raw"`` is the raw data. By default all
            processes of the sessions.

        Returns
        -------
        Matrix
            It shows the latest asset of each process, and distinguishes sessions without an asset
            from sessions that could not be asked. With ``text()``, ``html()``, ``svg()`` and
            ``counts()``.

        Examples
        --------
        >>> from aind_session import sessions
        >>> matrix = sessions(676909).matrix("sorted", "nwb")
        >>> dict(matrix.counts()["sorted"]), dict(matrix.counts()["nwb"])
        ({'none': 2, 'good': 2}, {'none': 4})
        """
        from aind_session.many.cards import matrix_of

        found = self.data_assets
        return matrix_of(found, found.notes, self._members, processes, self._sources)

    def lacking(self, process: str) -> Self:
        """Return the sessions that have no asset of a process, in order.

        Parameters
        ----------
        process
            A label as in `derived`, such as ``"nwb"``; ``"raw"`` is the raw data. The result of a
            failed run counts as an asset; see `derived` with ``ok=True``.

        Returns
        -------
        Sessions
            Sessions whose assets could not be requested are left out, with a `LeftOutWarning`.

        Examples
        --------
        >>> from aind_session import sessions
        >>> [session.id for session in sessions(676909).lacking("sorted")]
        ['behavior_676909_2023-10-24_15-15-50', 'ecephys_676909_2023-12-14_12-43-11']
        """
        from aind_session.many.cards import latest_of

        text(process, "a process")
        found = self.data_assets
        having = latest_of(found, process, self._sources)
        lacking = [session for session in found if session not in having]
        unknown = {**found.notes, **partly_known(lacking, self._sources)}
        if unknown:
            why = next(iter(unknown.values()))
            warn_user(
                f"{len(unknown)} of {len(self)} sessions are left out, because their assets "
                f"could not be requested: {first_line(why.text)}",
                LeftOutWarning,
                why.error,
            )
        return self._with([session for session in lacking if session not in unknown])
