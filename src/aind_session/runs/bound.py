"""A process of a namespace, bound to one session: its plan, its runs and their assets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aind_session.catalog.computation_search import search_computations
from aind_session.conventions.assets import assets_by_creation
from aind_session.errors.wording import quote
from aind_session.runtime.calls import one_call

if TYPE_CHECKING:
    from codeocean.computation import Computation
    from codeocean.data_asset import DataAsset

    from aind_session.runs.already import Skip
    from aind_session.runs.process import Process
    from aind_session.runs.run_plan import RunPlan


class BoundProcess:
    """A process of a namespace, bound to a session.

    Attributes
    ----------
    process
        The process.

    Examples
    --------
    >>> from aind_session import Session
    >>> Session("ecephys_676909_2023-12-13_13-43-40").ecephys.sorting
    <sorted of ecephys_676909_2023-12-13_13-43-40>
    """

    def __init__(self, session: Any, process: Process) -> None:
        if isinstance(session, type) or not hasattr(session, "plan_runs"):
            raise TypeError(f"a process is bound to a session, not to {quote(session)}")
        self._session = session
        if isinstance(process, type) or not hasattr(process, "target"):
            raise TypeError(f"a session is bound to a `Process`, not to {quote(process)}")
        self.process = process

    def __repr__(self) -> str:
        return f"<{self.process.label} of {self._session.id}>"

    def plan_runs(self, *, skip: Iterable[Skip] | Skip = ("captured", "running")) -> RunPlan:
        """Plan the run; see `aind_session.plan_runs`. Nothing is sent."""
        plan: RunPlan = self._session.plan_runs(self.process, skip=skip)
        return plan

    @property
    @one_call
    def assets(self) -> tuple[DataAsset, ...]:
        """The session's data assets that the capsule or pipeline made, in order of creation.

        Raises
        ------
        RemoteError, CredentialsError
            Code Ocean could not be asked.
        """
        found = [
            asset
            for asset in self._session.data_assets
            if asset.provenance is not None and asset.provenance.capsule == self.process.target
        ]
        return assets_by_creation(self._session._finder.inventory.checked(found))

    @property
    @one_call
    def runs(self) -> tuple[Computation, ...]:
        """The current runs that have the session's raw data asset attached, in order of creation.

        Raises
        ------
        AssetNotFoundError
            The raw data asset, the capsule or the pipeline does not exist.
        RemoteError, CredentialsError
            Code Ocean could not be asked.
        """
        return search_computations(
            self.process.target,
            attached_data_asset_id=self._session.raw_data_asset.id,
            sources=self._session._finder.inventory.sources,
        )
