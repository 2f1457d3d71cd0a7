"""``subject.ibl_data_converter``: inputs of the IBL data converter for a subject, and its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.catalog.asset_search import get_data_assets
from aind_session.catalog.by_id import AssetOrId, get_data_asset_model
from aind_session.conventions.institute import IBL_CONVERTER_CAPSULE_ID, PIPELINE_MONITOR_CAPSULE_ID
from aind_session.errors import AssetNotFoundError, LeftOutWarning, Searched
from aind_session.extension import ExtensionBaseClass, register_namespace
from aind_session.extensions.ibl_data_converter import inputs, manifest
from aind_session.extensions.ibl_data_converter import run as converter_run
from aind_session.extensions.neuroglancer import SCRATCH, NeuroglancerState
from aind_session.runs.plan import (
    Plan,
    RunCapsule,
    run_capsule,
    run_params,
)
from aind_session.runs.wait import READY_SECONDS, wait_until_ready
from aind_session.runtime.arguments import instance, optional_text, optional_truth, truth
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.session import Session
from aind_session.subject import Subject

if TYPE_CHECKING:
    import upath
    from codeocean.computation import Computation, NamedRunParam
    from codeocean.data_asset import DataAsset

    from aind_session.catalog.sorted_asset import SortedDataAsset


@register_namespace("ibl_data_converter", cls=Subject)
class IBLDataConverterExtension(ExtensionBaseClass):
    """Inputs of the IBL data converter for a subject, and its runs.

    Attributes
    ----------
    storage_dir
        The directory for the manifest.
    use_data_assets_with_errors
        Whether to use sorted assets whose log shows a failure; off by default.
    use_data_assets_with_sorting_analyzer
        Whether to use sorted assets with a SortingAnalyzer; on by default.

    Examples
    --------
    >>> [session.id for session in Subject(676909).ibl_data_converter.ecephys_sessions][0]
    'ecephys_676909_2023-12-11_14-24-35'
    """

    _base: Subject

    DATA_CONVERTER_CAPSULE_ID = IBL_CONVERTER_CAPSULE_ID
    """The capsule https://codeocean.allenneuraldynamics.org/capsule/8363069/tree."""

    PIPELINE_MONITOR_CAPUSLE_ID = PIPELINE_MONITOR_CAPSULE_ID
    """The capsule that runs another capsule, and makes a data asset from its results."""

    ManifestRecord = manifest.ManifestRecord

    def __init__(self, base: Subject) -> None:
        super().__init__(base)
        self.storage_dir: upath.UPath = self.inventory.path(SCRATCH)
        self.use_data_assets_with_errors = False
        self.use_data_assets_with_sorting_analyzer = True

    # -- inputs --

    @property
    @one_call
    def ecephys_sessions(self) -> tuple[Session, ...]:
        """The subject's sessions with the platform ``ecephys``, by date.

        Sessions without a platform in their name are included if their assets' metadata say
        ``ecephys``, or their record has this modality.
        """
        return self._sessions_of("ecephys")

    @property
    @one_call
    def smartspim_sessions(self) -> tuple[Session, ...]:
        """The subject's sessions with the platform ``SmartSPIM``, by date.

        Sessions without a platform in their name are included if their assets' metadata say so.
        """
        return self._sessions_of("SmartSPIM")

    @property
    @one_call
    def ecephys_data_assets(self) -> tuple[DataAsset, ...]:
        """The raw data assets of `ecephys_sessions`, at most one each, by date of the session.

        Sessions without one are left out, with a `LeftOutWarning`.
        """
        return inputs.raw_assets(self.ecephys_sessions)

    @property
    @one_call
    def smartspim_data_assets(self) -> tuple[DataAsset, ...]:
        """The raw data assets of `smartspim_sessions`; see `ecephys_data_assets`."""
        return inputs.raw_assets(self.smartspim_sessions)

    @property
    @one_call
    def surface_recording_names(self) -> dict[str, str]:
        """The names of surface recordings, by the name of the day's main recording.

        The first ecephys asset of a day is the main recording, the second is the surface recording.
        """
        recordings = [(Session(asset.name).date, asset.name) for asset in self.ecephys_data_assets]
        return manifest.surface_recordings(recordings)

    @property
    @one_call
    def sorted_data_assets(self) -> tuple[SortedDataAsset, ...]:
        """The sorted assets of `ecephys_sessions`, by date of the session, then by creation time.

        `use_data_assets_with_errors` and `use_data_assets_with_sorting_analyzer` select them; the
        files needed for this are read in parallel. Sessions without any are left out, with a
        `LeftOutWarning`.
        """
        by_session = {s: s.ecephys.sorted_data_assets for s in self.ecephys_sessions}
        assets = [asset for found in by_session.values() for asset in found]
        answers = side_by_side([partial(self._is_used, asset) for asset in assets])
        used = {asset.id for asset, answer in zip(assets, answers, strict=True) if answer}
        for session, found in by_session.items():
            if not any(asset.id in used for asset in found):
                warn_user(f"{session.id} is left out: no usable sorted data", LeftOutWarning)
        return tuple(asset for asset in assets if asset.id in used)

    def _is_used(self, asset: SortedDataAsset) -> bool:
        if not self.use_data_assets_with_errors and inputs.is_error(asset):
            return False
        return self.use_data_assets_with_sorting_analyzer or not asset.is_sorting_analyzer

    @staticmethod
    @one_call
    def get_stitched_data_assets(smartspim_session_id: str) -> tuple[DataAsset, ...]:
        """Return the stitched images of a session.

        Parameters
        ----------
        smartspim_session_id
            A session, or any text that contains one.

        Returns
        -------
        tuple of codeocean.data_asset.DataAsset
            In order of creation; may be empty.
        """
        return converter_run.stitched(Session(smartspim_session_id))

    # -- the manifest --

    @staticmethod
    @one_call
    def get_mindscope_probe_day_from_ng_state(
        neuroglancer_state: NeuroglancerState,
    ) -> dict[str, dict[str, str]]:
        """Read probe and day from the annotations of a state; see `manifest`.

        Parameters
        ----------
        neuroglancer_state
            The state; annotations without probe and day in their name are left out.
        """
        state = instance(neuroglancer_state, NeuroglancerState, "a state")
        return manifest.probe_and_day(state.annotation_names)

    @one_call
    def get_partial_manifest_records(
        self,
        neuroglancer_state_json_name: str | None = None,
        sorted_data_asset_names: Iterable[str] = (),
    ) -> list[dict[str, Any]]:
        """Return the rows of a manifest, as far as they can be determined.

        Parameters
        ----------
        neuroglancer_state_json_name
            The state, without ``.json``; by default the latest.
        sorted_data_asset_names
            The sorted assets; by default all of `sorted_data_assets`.

        Returns
        -------
        list of dict
            Rows with the fields of `ManifestRecord`. The user fills in empty ``probe_name`` fields.

        Raises
        ------
        SourceDirNotFoundError
            The state does not exist. A `FileNotFoundError`.
        """
        state_name, state = inputs.state(self._base, neuroglancer_state_json_name, self.sources)
        names = sorted_data_asset_names
        names = (names,) if isinstance(names, str) else tuple(names)
        names = names or tuple(sorted(asset.name for asset in self.sorted_data_assets))
        recordings = tuple(asset.name for asset in self.ecephys_data_assets)
        draft = manifest.Draft(
            subject_id=self._base.id,
            state_name=state_name,
            annotation_names=state.annotation_names,
            sorted_names=names,
            recording_names=recordings,
            surface=self.surface_recording_names,
        )
        return draft.rows()

    @property
    @one_call
    def csv_manifest_path(self) -> upath.UPath:
        """The path of the manifest, before it becomes a data asset."""
        name = f"{self._base.id}_data_converter_manifest.csv"
        return self.storage_dir / "manifests" / self._base.id / name

    def create_manifest_asset(
        self,
        completed_records: Iterable[Mapping[str, Any]] | Iterable[manifest.ManifestRecord],
        asset_name: str | None = None,
        skip_existing: bool = True,
        timeout_sec: float = 10,
        *,
        dry_run: bool = False,
    ) -> DataAsset | Plan:
        """Make a data asset from a manifest, and wait until it is ready.

        Parameters
        ----------
        completed_records
            Rows from `get_partial_manifest_records`, each with its ``probe_name``.
        asset_name
            The name of the asset; by default that of the CSV file.
        skip_existing
            Whether to return an existing manifest asset instead of making one.
        timeout_sec
            Accepted for older callers, and ignored.
        dry_run
            Whether to return the requests without sending them.

        Returns
        -------
        codeocean.data_asset.DataAsset or Plan

        Raises
        ------
        ValueError
            There are no rows, or a row has no ``probe_name``.
        PartlyDoneError
            The file was written, but the asset was not created.
        NotReadyError
            The asset was created, but not ready within two minutes. A `TimeoutError`.
        """
        optional_text(asset_name, "the name of an asset")
        if optional_truth(skip_existing, "skip_existing") and (existing := self._manifest_assets()):
            return existing[-1]
        rows = manifest.completed(completed_records)
        plan = manifest.plan_of(rows, self.csv_manifest_path, self._base.id, asset_name)
        if truth(dry_run, "dry_run"):
            return plan
        made = plan.send(self.inventory.sources)
        return wait_until_ready(made, timeout=READY_SECONDS, sources=self.inventory.sources)

    def _manifest_assets(self) -> tuple[DataAsset, ...]:
        return get_data_assets(self.csv_manifest_path.stem, sources=self.inventory.sources)

    @property
    @one_call
    def manifest_data_asset(self) -> DataAsset:
        """The latest manifest asset of the subject.

        Raises
        ------
        AssetNotFoundError
            It does not exist. An `AttributeError`.
        """
        found = self._manifest_assets()
        if not found:
            raise AssetNotFoundError(
                f"a manifest asset of subject {self._base.id}",
                searched=[Searched(f"names that start with {self.csv_manifest_path.stem}")],
                hint="make one with subject.ibl_data_converter.create_manifest_asset(records)",
            )
        return found[-1]

    @property
    @one_call
    def neuroglancer_state_json_asset(self) -> DataAsset:
        """The last of the subject's data assets with a Neuroglancer state, sorted by name.

        Raises
        ------
        AssetNotFoundError
            It does not exist. An `AttributeError`.
        """
        found = self._base.neuroglancer.state_json_data_assets
        if not found:
            raise AssetNotFoundError(
                f"an asset with a Neuroglancer state of subject {self._base.id}",
                searched=[Searched("the subject's data assets")],
                hint="make one with subject.neuroglancer.from_json(...).create_data_asset()",
            )
        return found[-1]

    # -- the run --

    def run_data_converter_capsule(  # noqa: PLR0917 - as upstream has it
        self,
        capsule_id: str = DATA_CONVERTER_CAPSULE_ID,
        manifest_asset: AssetOrId | None = None,
        neuroglancer_state_json_asset: AssetOrId | None = None,
        additional_assets: Iterable[DataAsset] = (),
        named_parameters: list[NamedRunParam] | None = None,
        pipeline_monitor_capsule_id: str | None = PIPELINE_MONITOR_CAPUSLE_ID,
        *,
        dry_run: bool = False,
    ) -> Computation | Plan:
        """Run the IBL data converter with all inputs of the subject attached.

        Parameters
        ----------
        capsule_id
            The converter.
        manifest_asset, neuroglancer_state_json_asset
            The assets; by default `manifest_data_asset` and `neuroglancer_state_json_asset`.
        additional_assets
            Additional assets to attach.
        named_parameters
            The parameters; by default ``manifest`` and ``neuroglancer``, the paths of the two
            files.
        pipeline_monitor_capsule_id
            The capsule that runs the converter and captures its results; needs the extra ``ibl``.
            None runs the converter itself.
        dry_run
            Whether to return the requests without sending them.

        Returns
        -------
        codeocean.computation.Computation or Plan

        Raises
        ------
        ValueError
            No SmartSPIM asset contains the state's images, or no asset is stitched.
        AssetNotFoundError
            There is no manifest asset, or no state asset.
        """
        table = self._given(manifest_asset) or self.manifest_data_asset
        state = self._given(neuroglancer_state_json_asset) or self.neuroglancer_state_json_asset
        raw, stitched = converter_run.raw_and_stitched(
            state, self.smartspim_data_assets, self._base.id, self.inventory.sources
        )
        assets = [
            *self.ecephys_data_assets,
            *self.sorted_data_assets,
            *raw,
            *stitched,
            table,
            state,
            *additional_assets,
        ]
        named = named_parameters or converter_run.named_parameters(table, state)
        if pipeline_monitor_capsule_id:
            inner = run_params(capsule_id, data_assets=assets, named_parameters=named)
            settings = converter_run.monitor_settings(inner, self._base.id, raw[-1].name)
            step = run_capsule(
                pipeline_monitor_capsule_id, data_assets=assets, parameters=[settings]
            )
        else:
            step = run_capsule(capsule_id, data_assets=assets, named_parameters=named)
        return self._sent(step, dry_run=dry_run)

    def _sent(self, step: RunCapsule, *, dry_run: bool) -> Computation | Plan:
        plan = Plan((step,))
        computation: Computation | Plan = (
            plan if truth(dry_run, "dry_run") else plan.send(self.inventory.sources)
        )
        return computation

    def _given(self, thing: AssetOrId | None) -> DataAsset | None:
        return (
            None if thing is None else get_data_asset_model(thing, sources=self.inventory.sources)
        )

    def _sessions_of(self, platform: str) -> tuple[Session, ...]:
        return tuple(s for s in self._base.sessions if inputs.is_of(s, platform))
