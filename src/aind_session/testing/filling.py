"""Fill a fake with sessions, assets, records, files and runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aind_session.conventions.dates import DateLike
from aind_session.conventions.institute import SORTING_PIPELINE_ID
from aind_session.conventions.location import Location
from aind_session.conventions.names import parse_session
from aind_session.conventions.vocabulary import COMPUTATION_STATES, refuse_misspelled
from aind_session.runtime.arguments import mapping, optional_text, text, texts, truth
from aind_session.sources import bodies
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from aind_session.testing import building
from aind_session.testing.building import Content, Schema

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset


@dataclass(frozen=True)
class MadeSession:
    """The result of `FakeAIND.add_session`.

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
    """Base class of fakes, with methods that add data to a world.

    Parameters
    ----------
    world
        The content of the servers.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def _changed(self) -> None:
        """Called after each change of the world."""

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
            A session ID, or text that contains one.
        modalities
            Abbreviations as in the schema, for the record and for folders with a file each.
        sorted
            The name of a sorter, or arguments of `add_sorted_asset`, or a list of these.
        genotype, project
            Values in the metadata; None leaves them out.
        metadata
            Further parts such as ``{"rig": {...}}``, or replacements of ``subject``,
            ``data_description`` and ``session`` (in v2 ``acquisition``). They become JSON files in
            the directory, and parts of the record if records have such a part.
        files
            Additional files in the directory: path to bytes, text, or data for JSON.
        bucket
            The bucket of the directory.
        schema
            The schema of the record: ``"v1"``, ``"v2"`` or ``"both"`` for one of each. By default
            v2 for names without platform, else v1.
        in_code_ocean, in_docdb, in_s3
            Whether to add a raw data asset, a record, a directory.
        archived
            Whether the asset is archived, so that no search shows it and no record links to it.
        closed
            Whether the user has no access to the asset, although searches show it.

        Returns
        -------
        MadeSession

        Raises
        ------
        ValueError
            The text contains no session ID, or an argument has an invalid value.
        """
        name = parse_session(session).id
        schemas = building.schemas(schema, name)
        described = building.Described.of(name, modalities, genotype, project, metadata)
        where = str(Location(text(bucket, "a bucket"), name))
        has_files, has_records = truth(in_s3, "in_s3"), truth(in_docdb, "in_docdb")
        more = {} if files is None else mapping(files, "files")
        if has_files:
            contents = {**building.raw_files(described, schemas[0]), **more}
            building.put(self.world, f"{where}/", contents)
        asset = None
        if truth(in_code_ocean, "in_code_ocean"):
            asset = self.add_asset(name, bucket=bucket, archived=archived, closed=closed)
        links = [] if asset is None or archived else [asset.id]
        records = [
            building.record(self.world, described, version, where, links)
            for version in schemas
            if has_records
        ]
        self._changed()
        sortings = [
            self.add_sorted_asset(name, **arguments) for arguments in building.sortings(sorted)
        ]
        return MadeSession(
            name, asset, where if has_files else None, tuple(records), tuple(sortings)
        )

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
            The name. If it contains a session, tags and custom metadata are added: for raw data if
            nothing follows the session, else for derived data.
        bucket
            The bucket with its files, in a directory with its name; None keeps them in Code Ocean.
        files
            Files by path: bytes, text, or data for JSON.
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
        place = optional_text(bucket, "a bucket")
        source = {"source_bucket": bodies.source_bucket(place, name)} if place else {}
        is_archived, is_closed = truth(archived, "archived"), truth(closed, "closed")
        body = building.asset(self.world, text(name, "a name"), **{**source, **fields})
        if is_archived:
            body["archived"] = True
        if is_closed:
            self.world.hidden.add(body["id"])
        building.put(self.world, f"{building.files_url(body)}/", {} if files is None else files)
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
            A session ID, or text that contains one.
        sorter
            The sorter, as SpikeInterface names it.
        probes
            The probes that were sorted completely.
        at
            The time in the name; by default a day after the session or its newest asset.
        failed
            Whether the run failed: its log then says so, and there are no probes and no record.
        in_docdb
            Whether to add a record.
        archived, closed
            See `add_session`.

        Returns
        -------
        codeocean.data_asset.DataAsset
        """
        name = parse_session(session).id
        text(sorter, "a sorter")
        has_failed, has_record = truth(failed, "failed"), truth(in_docdb, "in_docdb")
        result = building.sorted_name(self.world, name, at)
        inputs = building.raw_inputs(self.world, name)
        pipeline = SORTING_PIPELINE_ID
        run = self.add_computation(
            pipeline,
            inputs=tuple(inputs),
            created=building.seconds(building.moment(result)),
            end_status="failed" if has_failed else "succeeded",
        )
        made_by = {"computation": run, "capsule": pipeline, "data_assets": inputs}
        made = bodies.sorting_files(sorter, texts(probes, "a probe"), failed=has_failed)
        asset = self.add_asset(
            result, files=made, archived=archived, closed=closed, provenance=made_by
        )
        if has_record and not has_failed and not archived:
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
            The name of an asset, which contains a session. It is raw if nothing follows the
            session.
        schema
            ``"v1"`` or ``"v2"``; by default v2 for names without platform, else v1.
        location
            The URL of the files.
        links
            IDs of the assets in Code Ocean.
        modalities, genotype, project
            See `add_session`.
        parts
            Further parts, or replacements of these parts.

        Returns
        -------
        str
            The ID of the record.
        """
        described = building.Described.of(name, modalities, genotype, project, parts)
        version = building.schemas(schema, name)[0]
        links = texts(links, "the ID of an asset")
        record_id = building.record(self.world, described, version, location, links)
        self._changed()
        return record_id

    def add_file(self, url: str, content: Content = b"") -> str:
        """Add a file in S3 and return its URL.

        Parameters
        ----------
        url
            A URL such as ``s3://aind-scratch-data/x.json``. A new bucket is created, but not
            searched for sessions.
        content
            Bytes, text, or data for JSON.

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
            IDs of the attached assets.
        results
            Files of the results by path: bytes, text, or data for JSON.
        created
            Seconds since 1970 UTC; by default 2024-01-01.
        state, end_status
            The state in Code Ocean: ``initializing``, ``running``, ``completed`` or ``failed``; and
            how a completed run ended.

        Raises
        ------
        ValueError
            A state is misspelled; the message names the nearest.
        """
        refuse_misspelled(text(state, "a state"), COMPUTATION_STATES, "state of a computation")
        run = building.computation(
            self.world,
            capsule,
            texts(inputs, "the ID of an asset"),
            {} if results is None else results,
            created=created,
            state=state,
            end_status=end_status if state == "completed" else None,
        )
        self._changed()
        return run
