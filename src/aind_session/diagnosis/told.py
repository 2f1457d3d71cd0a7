"""What a session tells about itself: its card, and how what is known of it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aind_session.display import Shown
from aind_session.runtime.calls import one_call

if TYPE_CHECKING:
    from typing_extensions import Self

    from aind_session.catalog.finder import SessionFinder
    from aind_session.diagnosis.explanation import Explanation
    from aind_session.display import Card, Drawing


class Told(Shown):
    """Base of `Session`: it tells what its finder knows."""

    if TYPE_CHECKING:

        @property
        def _finder(self) -> SessionFinder:
            """Finds things of the session."""

    def explain(self) -> Explanation:
        """Tell how what is known about the session came about; no request is sent.

        Returns
        -------
        Explanation
            Which sources were asked, what each answered, at what cost; which candidate won, and
            why; where they disagree. Text in a terminal, a table in a notebook, ``to_dict()``.

        Examples
        --------
        >>> from aind_session import Session
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> _ = session.raw_data_dir
        >>> explanation = session.explain()
        >>> explanation.choices[1].winner, explanation.choices[1].why
        ('s3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40', 'a DocDB record says so')
        """
        from aind_session.diagnosis.explain import explain  # which most programs never need

        return explain(self._finder)

    @one_call
    def load(self) -> Self:
        """Ask for all that `card` shows, at most seven requests in two steps; give this session.

        The subject's assets and records first, in parallel; then the raw data directory and the
        log of the latest sorting. What is known already is not requested again.
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
    from aind_session.diagnosis.cards import session_assets  # which most programs never need

    return session_assets(finder, assets, notes)
