"""Filling a fake: sessions, assets, records, files and runs, a line of a test each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aind_session.conventions.dates import DateLike
from aind_session.conventions.institute import SORTING_PIPELINE_ID
from aind_session.conventions.location import Location
from aind_session.conventions.names import parse_session
from aind_session.conventions.vocabulary import COMPUTATION_STATES, refuse_misspelled
from aind_session.sources import bodies
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from aind_session.testing import building
from aind_session.testing.building import Content, Schema

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset


@dataclass(frozen=True)
class MadeSession:
    """What `FakeAIND.add_session` created.

    Attributes
    ----------
    id
        The session's ID.
    raw_data_asset
        Its raw data asset; None if it is not in Code Ocean.
    raw_data_dir
        The URL of its directory; None if it is not in S3.
    record_ids
        The IDs of its metadata records.
    sorted_data_assets
        Its sorted assets.
    """

    id: str
    raw_data_asset: DataAsset | None
    raw_data_dir: str | None
    record_ids: tuple[str, ...]
    sorted_data_assets: tuple[DataAsset, ...]


class Fillable:
    """Base of what holds a world that tests fill.

    Parameters
    ----------
    world
        What the servers hold.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def _changed(self) -> None:
        """Be told that the world is another one now."""

    def add_session(
        self,
        session: str,
        *,
        modalities: str | Sequence[str] = ("behavior",),
        sorted: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]] = (),
        genotype: str | None = None,
        project: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        files: Mapping[str, Content] | None = None,
        bucket: str = "aind-open-data",
        schema: Schema | Literal["both"] | None = None,
        in_code_ocean: bool = True,
        in_docdb: bool = True,
        in_s3: bool = True,
        archived: bool = False,
        closed: bool = False,
    ) -> MadeSession:
        """Add everything that an uploaded session has on each server.

        Parameters
        ----------
        session
            Its ID, or a text that contains one.
        modalities
            As the schema abbreviates them: in the record, and as folders with a file each.
        sorted
            A sorter's name, or arguments of `add_sorted_asset`; several: a list of those.
        genotype, project
            In the metadata; None: left out.
        metadata
            Further parts such as ``{"rig": {...}}``, or others in place of ``subject``,
            ``data_description`` and ``session`` (v2: ``acquisition``): as JSON files in the
            directory, and in the record where it has such a part.
        files
            Additional files in the directory: path to bytes, text, or data for JSON.
        bucket
            Where the directory is.
        schema
            Of the record: ``"v1"``, ``"v2"`` or ``"both"`` for one of each; None: v2 for names
            without platform, else v1.
        in_code_ocean, in_docdb, in_s3
            Whether there are a raw data asset, a record, a directory.
        archived
            Whether the asset is archived: no search shows it, and no record links to it.
        closed
            Whether the asset is shown by searches but not open to the user.

        Returns
        -------
        MadeSession

        Raises
        ------
        ValueError
            There is no session ID, or an argument has an invalid value.
        """
        name = parse_session(session).id
        schemas = building.schemas(schema, name)
        described = building.Described(
            name, building.several(modalities), genotype, project, metadata or {}
        )
        where = str(Location(bucket, name))
        if in_s3:
            contents = {**building.raw_files(described, schemas[0]), **(files or {})}
            building.put(self.world, f"{where}/", contents)
        asset = None
        if in_code_ocean:
            asset = self.add_asset(name, bucket=bucket, archived=archived, closed=closed)
        links = [] if asset is None or archived else [asset.id]
        records = [
            building.record(self.world, described, version, where, links)
            for version in schemas
            if in_docdb
        ]
        self._changed()
        sortings = [
            self.add_sorted_asset(name, **arguments) for arguments in building.sortings(sorted)
        ]
        return MadeSession(name, asset, where if in_s3 else None, tuple(records), tuple(sortings))

    def add_asset(
        self,
        name: str,
        *,
        bucket: str | None = None,
        files: Mapping[str, Content] | None = None,
        archived: bool = False,
        closed: bool = False,
        **fields: Any,
    ) -> DataAsset:
        """Add only a data asset.

        Parameters
        ----------
        name
            With a session in it, it also makes tags and custom metadata: raw data when nothing
            follows the session, else derived.
        bucket
            Where its files are, in a directory of its name; None: kept by Code Ocean.
        files
            Path to bytes, text, or what becomes JSON.
        archived, closed
            See `add_session`.
        **fields
            Fields as Code Ocean sends them, such as ``tags``, ``state`` or ``created``.

        Returns
        -------
        codeocean.data_asset.DataAsset

        Raises
        ------
        ValueError
            An asset has no such field.

        Examples
        --------
        >>> from aind_session.testing import FakeAIND
        >>> FakeAIND().add_asset("ecephys_123456_2024-01-01_10-00-00", tags=["x"]).tags
        ['x']
        """
        building.check_fields(fields)
        source = {"source_bucket": bodies.source_bucket(bucket, name)} if bucket else {}
        body = building.asset(self.world, name, **{**source, **fields})
        if archived:
            body["archived"] = True
        if closed:
            self.world.hidden.add(body["id"])
        building.put(self.world, f"{building.files_url(body)}/", files or {})
        self._changed()
        return decode_asset(body)

    def add_sorted_asset(
        self,
        session: str,
        *,
        sorter: str = "kilosort4",
        probes: str | Sequence[str] = ("ProbeA",),
        at: DateLike | None = None,
        failed: bool = False,
        in_docdb: bool = True,
        archived: bool = False,
        closed: bool = False,
    ) -> DataAsset:
        """Add the result of a spike sorting: asset, files, record, and the run that made it.

        Parameters
        ----------
        session
            Its ID, or a text that contains one.
        sorter
            As SpikeInterface names it.
        probes
            The probes that were sorted completely.
        at
            When, which the name says; by default a day after the session, or after its latest.
        failed
            Whether the run failed: then there is a log that says so, and no probes or record.
        in_docdb
            Whether there is a record.
        archived, closed
            See `add_session`.

        Returns
        -------
        codeocean.data_asset.DataAsset
        """
        name = parse_session(session).id
        result = building.sorted_name(self.world, name, at)
        inputs = building.raw_inputs(self.world, name)
        pipeline = SORTING_PIPELINE_ID
        run = self.add_computation(
            pipeline,
            inputs=tuple(inputs),
            created=building.seconds(building.moment(result)),
            end_status="failed" if failed else "succeeded",
        )
        made_by = {"computation": run, "capsule": pipeline, "data_assets": inputs}
        made = bodies.sorting_files(sorter, building.several(probes), failed=failed)
        asset = self.add_asset(
            result, files=made, archived=archived, closed=closed, provenance=made_by
        )
        if in_docdb and not failed and not archived:
            building.sorting_record(self.world, result, asset.id, sorter)
            self._changed()
        return asset

    def add_record(
        self,
        name: str,
        *,
        schema: Schema | None = None,
        location: str | None = None,
        links: str | Sequence[str] = (),
        modalities: str | Sequence[str] = (),
        genotype: str | None = None,
        project: str | None = None,
        parts: Mapping[str, Any] | None = None,
    ) -> str:
        """Add only a metadata record.

        Parameters
        ----------
        name
            That of an asset; it holds a session. Raw data when nothing follows the session.
        schema
            ``"v1"`` or ``"v2"``; None: v2 for names without platform, else v1.
        location
            The URL of the files.
        links
            IDs of the assets in Code Ocean.
        modalities, genotype, project
            See `add_session`.
        parts
            Further parts, or others in place of those.

        Returns
        -------
        str
            The ID of the record.
        """
        described = building.Described(
            name, building.several(modalities), genotype, project, parts or {}
        )
        version = building.schemas(schema, name)[0]
        links = building.several(links)
        record_id = building.record(self.world, described, version, location, links)
        self._changed()
        return record_id

    def add_file(self, url: str, content: Content = b"") -> str:
        """Add a file in S3 and return its URL.

        Parameters
        ----------
        url
            Such as ``s3://aind-scratch-data/x.json``; a bucket that is new is made, and is not
            searched for sessions.
        content
            Bytes, text, or what becomes JSON.

        Raises
        ------
        ValueError
            It is not the URL of a file in S3.
        """
        building.put(self.world, url, {"": content})
        self._changed()
        return url

    def add_computation(
        self,
        capsule: str,
        *,
        inputs: str | Sequence[str] = (),
        results: Mapping[str, Content] | None = None,
        created: int | None = None,
        state: str = "completed",
        end_status: str | None = "succeeded",
    ) -> str:
        """Add a run of a capsule or pipeline and return its ID.

        Parameters
        ----------
        capsule
            The ID of the capsule or pipeline.
        inputs
            IDs of the assets that are attached.
        results
            Files of the results: path to bytes, text, or what becomes JSON.
        created
            Seconds since 1970 UTC; by default 2024-01-01.
        state, end_status
            As Code Ocean says them: ``initializing``, ``running``, ``completed``, ``failed``; how
            a completed one ended.

        Raises
        ------
        ValueError
            A state is misspelled; the message names the nearest.
        """
        refuse_misspelled(state, COMPUTATION_STATES, "state of a computation")
        run = building.computation(
            self.world,
            capsule,
            building.several(inputs),
            results or {},
            created=created,
            state=state,
            end_status=end_status if state == "completed" else None,
        )
        self._changed()
        return run
