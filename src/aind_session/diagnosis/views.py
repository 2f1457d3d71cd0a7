"""The methods of `Session` that show it: its card and its explanation."""

from __future__ import annotations

from aind_session.display import Shown
from aind_session.runtime.calls import one_call

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from aind_session.catalog.finder import SessionFinder
    from aind_session.diagnosis.explanation import Explanation
    from aind_session.display import Card, Drawing


class SessionViews(Shown):
    """Base class of `Session` with its card and explanation."""

    if TYPE_CHECKING:

        @property
        def _finder(self) -> SessionFinder:
            """The session's finder."""

    def explain(self) -> Explanation:
        """Explain which answers were chosen for the session, and why; no request is sent.

        Returns
        -------
        Explanation
            Which sources were asked, their answers and cost; which candidate won, and why; where
            sources disagree. Shown as text or, in a notebook, as tables; data with ``to_dict()``.

        Examples
        --------
        >>> from aind_session import Session
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> _ = session.raw_data_dir
        >>> explanation = session.explain()
        >>> explanation.choices[1].winner, explanation.choices[1].why
        ('s3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40', 'a DocDB record says so')
        """
        from aind_session.diagnosis.explain import explain  # rarely needed

        return explain(self._finder)

    @one_call
    def load(self) -> Self:
        """Request all that `card` shows, and return this session; at most 7 requests in 2 steps.

        First the subject's assets and records, in parallel; then the raw data directory and the
        log of the latest sorting. Cached answers are not requested again.
        """
        from aind_session.catalog.overview import load_session

        load_session(self._finder)
        return self

    def card(self) -> Card:
        """Return the card that notebooks show, from cached answers; see `load`."""
        from aind_session.diagnosis.cards import session_card

        return session_card(self._finder)

    def _card(self) -> Card:
        return self.card()


def assets_shown(finder: SessionFinder, assets: Any, notes: Any) -> Drawing:
    """Return the table of a session's assets; no request is sent."""
    from aind_session.diagnosis.cards import session_assets  # rarely needed

    return session_assets(finder, assets, notes)
