"""Start the spike sorting of a session, and list its current runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from aind_session.catalog.by_id import AssetOrId, get_data_asset_model, get_normalized_uuid
from aind_session.conventions.institute import SORTING_PIPELINE_ID, SORTING_TRIGGER_CAPSULE_ID
from aind_session.errors import NothingFoundWarning
from aind_session.errors.wording import quote
from aind_session.extensions.ecephys import runs as sorting_runs
from aind_session.extensions.ecephys.raw import RawRecording
from aind_session.runtime.arguments import optional_truth, text, texts, truth
from aind_session.runtime.calls import one_call
from aind_session.runtime.warning import warn_user
from aind_session.sources import default_sources

if TYPE_CHECKING:
    from codeocean.computation import Computation

    from aind_session.runs.plan import Plan


class RunningSorting(RawRecording):
    """Base class of `EcephysExtension` with methods for runs of spike sorting."""

    DEFAULT_SORTING_PIPELINE_ID: ClassVar[str] = SORTING_PIPELINE_ID
    DEFAULT_TRIGGER_CAPSULE_ID: ClassVar[str] = SORTING_TRIGGER_CAPSULE_ID

    def run_sorting(
        self,
        pipeline_type: Literal[
            "ecephys_ks25", "ecephys_ks25_v0.1.0", "ecephys_opto_ks25", "ecephys_ks4", "ecephys_sc2"
        ] = "ecephys_ks25",
        trigger_capsule_id: str = DEFAULT_TRIGGER_CAPSULE_ID,
        override_parameters: list[str] | None = None,
        skip_already_sorting: bool = True,
        *,
        dry_run: bool = False,
    ) -> Computation | Plan | None:
        """Start the capsule that runs the sorting pipeline on the session's raw data asset.

        Parameters
        ----------
        pipeline_type
            The type of sorting.
        trigger_capsule_id
            The capsule, which needs its user's secrets attached.
        override_parameters
            Positional parameters that replace the type and the ID of the raw asset; the second must
            be the ID of an asset.
        skip_already_sorting
            Whether to start nothing while the asset is being sorted.
        dry_run
            Whether to return the requests without sending them.

        Returns
        -------
        codeocean.computation.Computation, Plan or None
            None, with an `AlreadyRunningWarning`, if the asset is already being sorted. A session
            without ecephys data gives a `NothingFoundWarning`.

        Raises
        ------
        ValueError
            There are fewer than two parameters.
        AssetNotFoundError
            The raw data asset does not exist.

        Examples
        --------
        >>> from aind_session import Session
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> session.ecephys.run_sorting(dry_run=True).steps[0].params["parameters"]
        ['ecephys_ks25', '16d46411-540a-4122-b47f-8cb2a15d593a']
        """
        sources = self.inventory.sources
        if not text(pipeline_type, "a pipeline type").strip():
            raise ValueError(f"a pipeline type is a name, not {quote(pipeline_type)}")
        capsule = get_normalized_uuid(trigger_capsule_id)
        override = texts(override_parameters, "a parameter")
        if override and len(override) < 2:
            raise ValueError(
                "override_parameters needs a pipeline type and the ID of a data asset, not "
                f"{quote(override_parameters)}"
            )
        asset = (
            get_data_asset_model(override[1], sources=sources)
            if override
            else self._base.raw_data_asset
        )
        skips = optional_truth(skip_already_sorting, "skip_already_sorting")
        is_dry = truth(dry_run, "dry_run")
        if not override and (others := sorting_runs.modalities_without_ecephys(self._base)):
            warn_user(
                f"{self._base.id} has no ecephys data, only {', '.join(others)}: its sorting will "
                "probably fail",
                NothingFoundWarning,
            )
        if skips and sorting_runs.is_being_sorted(asset, sources):
            return None
        parameters = list(override) or [pipeline_type, asset.id]
        plan = sorting_runs.start(capsule, parameters)
        return plan if is_dry else plan.send(sources)

    @property
    @one_call
    def current_sorting_pipeline_computations(self) -> tuple[Computation, ...]:
        """The current runs of the sorting pipeline that have the raw data asset attached.

        Returns
        -------
        tuple of codeocean.computation.Computation
            In order of creation; may be empty. At most half a minute old.

        Raises
        ------
        AssetNotFoundError
            The raw data asset does not exist. An `AttributeError`.

        Examples
        --------
        >>> from aind_session import Session
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> session.ecephys.current_sorting_pipeline_computations
        ()
        """
        sources = self.inventory.sources
        return sorting_runs.going_on(
            self.DEFAULT_SORTING_PIPELINE_ID, self._base.raw_data_asset.id, sources
        )

    @staticmethod
    @one_call
    def get_current_sorting_pipeline_computations(
        pipeline_id: str = DEFAULT_SORTING_PIPELINE_ID,
        raw_data_asset_id_or_model: AssetOrId | None = None,
    ) -> tuple[Computation, ...]:
        """Return the current runs of a pipeline.

        Parameters
        ----------
        pipeline_id
            The pipeline.
        raw_data_asset_id_or_model
            Only runs with this asset attached; None returns all.

        Examples
        --------
        >>> RunningSorting.get_current_sorting_pipeline_computations()
        ()
        """
        thing = raw_data_asset_id_or_model
        asset_id = None if thing is None else get_normalized_uuid(thing)
        pipeline = get_normalized_uuid(pipeline_id)
        return sorting_runs.going_on(pipeline, asset_id, default_sources())
