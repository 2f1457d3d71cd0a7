"""Build the data of sessions on all servers, with consistent IDs, times and links."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aind_session.conventions.assets import ECEPHYS_FOLDERS
from aind_session.conventions.dates import DateLike, parse_when
from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import Location
from aind_session.conventions.names import find_asset_name, parse_session
from aind_session.conventions.records import METADATA_PARTS
from aind_session.conventions.session_id import TIME_IN_NAMES
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import mapping, one_of, optional_text, several, text, texts
from aind_session.runtime.near import near, near_in_words
from aind_session.sources import bodies
from aind_session.sources.memory import World
from aind_session.sources.protocols import Body
from aind_session.sources.servers.decode import asset_fields

Schema = Literal["v1", "v2"]
Content = bytes | str | list[Any] | Mapping[str, Any]
"""The content of a file: bytes, text, or data for JSON."""

_NAMESPACE = uuid.UUID("00000000-0000-4000-8000-000000000000")
_UNDATED = datetime.datetime(2024, 1, 1)


def new_id(kind: str, name: str, before: int) -> str:
    """Return an ID that is the same in each run.

    Parameters
    ----------
    kind, name
        What the ID is for.
    before
        The number of existing objects of this kind and name.
    """
    return str(uuid.uuid5(_NAMESPACE, f"{kind} {name} {before}"))


def moment(name: str) -> datetime.datetime:
    """Return the last date and time in a name."""
    parsed = find_asset_name(name)
    return _UNDATED if parsed is None else parsed.dt or parsed.session.dt


def seconds(when: datetime.datetime) -> int:
    """Return a naive time as seconds since 1970, read as UTC, so it is the same everywhere."""
    return int(when.replace(tzinfo=datetime.timezone.utc).timestamp())


def as_bytes(content: Content) -> bytes:
    """Return the content of a file as bytes.

    Raises
    ------
    TypeError
        It is not bytes, text, or data for JSON.
    """
    if isinstance(content, (bytes, str)):
        return content if isinstance(content, bytes) else content.encode()
    try:
        return json.dumps(content).encode()
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"the content of a file is bytes, text or data for JSON, not {quote(content)}: {error}"
        ) from None


def put(world: World, url: str, files: Mapping[str, Content]) -> None:
    """Put files below an S3 URL.

    Raises
    ------
    ValueError
        It is not an S3 URL.
    """
    where = Location.parse(text(url, "an S3 URL"))
    if not where.key:
        raise ValueError(f"an S3 URL such as s3://bucket/key was expected, not {quote(url)}")
    held = world.objects.setdefault(where.bucket, {})
    prefix = where.prefix if url.endswith("/") else where.key
    named = mapping(files, "files").items()
    held.update({f"{prefix}{path}": as_bytes(content) for path, content in named})


def files_url(asset: Body) -> str:
    """Return the URL of the files of an asset."""
    source = asset.get("source_bucket")
    if source is None:
        return str(Location(CODE_OCEAN_BUCKET, asset["id"]))
    return str(Location(source["bucket"], source["prefix"]))


def asset(world: World, name: str, **more: Any) -> Body:
    """Add an asset, with level, labels and times from its name.

    Parameters
    ----------
    world
        The world to add it to.
    name
        Any name.
    **more
        Fields as Code Ocean sends them.
    """
    before = sum(known["name"] == name for known in world.assets)
    # of two assets with the same name, the one that is added later is newer
    created = more.pop("created", seconds(moment(name)) + before)
    id_ = new_id("asset", name, before)
    if find_asset_name(name) is None:
        body = bodies.data_asset(id_, name, created, **more)
    else:
        body = bodies.labelled_asset(id_, name, created, _level(name), **more)
    world.assets.append(body)
    return body


@dataclass(frozen=True)
class Described:
    """The metadata of an asset.

    Attributes
    ----------
    name
        The asset's name, which contains a session.
    modalities, genotype, project
        See `FakeAIND.add_session`.
    more
        Further parts, or replacements of these parts.
    """

    name: str
    modalities: tuple[str, ...]
    genotype: str | None
    project: str | None
    more: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, modalities: Any, genotype: Any, project: Any, more: Any) -> Described:
        """Check the arguments of a user; see the attributes."""
        return cls(
            name,
            texts(modalities, "a modality"),
            optional_text(genotype, "a genotype"),
            optional_text(project, "a project"),
            {} if more is None else mapping(more, "the metadata"),
        )

    def parts(self, schema: Schema) -> dict[str, Any]:
        """Return the parts of the metadata in a schema version."""
        session = parse_session(self.name)
        is_v1 = schema == "v1"
        subject = {} if self.genotype is None else {"genotype": self.genotype}
        describe = bodies.description_v1 if is_v1 else bodies.description_v2
        description = describe(self.name, self.modalities, _level(self.name))
        if self.project is not None:
            description["project_name"] = self.project
        event = "session" if is_v1 else "acquisition"
        return {
            "subject": {
                "subject_id": session.subject_id,
                **(subject if is_v1 else {"subject_details": subject}),
            },
            "data_description": description,
            event: {f"{event}_start_time": session.dt.isoformat()},
            **self.more,
        }


def _level(name: str) -> bodies.Level:
    parsed = find_asset_name(name)
    return "raw" if parsed is not None and parsed.is_bare else "derived"


def raw_files(described: Described, schema: Schema) -> dict[str, Content]:
    """Return the files of raw data: the metadata, and a file in each modality's folder."""
    metadata = described.parts(schema)
    files: dict[str, Content] = {f"{part}.json": content for part, content in metadata.items()}
    for modality in described.modalities:
        folders = [f"{name}/" for name in ECEPHYS_FOLDERS] if modality == "ecephys" else [""]
        files.update({f"{modality}/{folder}data": b"" for folder in folders})
    return files


def record(
    world: World,
    described: Described,
    schema: Schema,
    location: str | None,
    links: Sequence[str],
) -> str:
    """Add a record, and return its ID."""
    name = described.name
    make, created, zone = (
        (bodies.record_v1, "created", "") if schema == "v1" else (bodies.record_v2, "_created", "Z")
    )
    before = sum(known["name"] == name for known in world.records[schema])
    id_ = new_id(f"record {schema}", name, before)
    parts = {k: v for k, v in described.parts(schema).items() if k in METADATA_PARTS}
    registered = moment(name).isoformat(timespec="microseconds") + zone
    world.records[schema].append(make(id_, name, location, links, **{created: registered}, **parts))
    return id_


def sorting_record(world: World, name: str, asset_id: str, sorter: str) -> None:
    """Add the record of a sorted asset whose files are in Code Ocean's bucket."""
    schema = schemas(None, name)[0]
    process = bodies.sorting_process(sorter)
    if schema == "v1":
        processing = bodies.processing_v1(process)
    else:
        processing = {"data_processes": [{**process, "process_type": process["name"]}]}
    parts = {"processing": processing}
    described = Described(name, ("ecephys",), None, None, parts)
    record(world, described, schema, str(Location(CODE_OCEAN_BUCKET, asset_id)), [asset_id])


def computation(
    world: World,
    capsule: str,
    inputs: Iterable[str],
    results: Mapping[str, Content],
    created: int | None,
    **more: Any,
) -> str:
    """Add a run, and return its ID."""
    runs = world.computations.setdefault(text(capsule, "the ID of a capsule"), [])
    id_ = new_id("run", capsule, len(runs))
    when = seconds(_UNDATED) if created is None else created
    names = {asset["id"]: asset["name"] for asset in world.assets}
    mounts = {asset_id: names.get(asset_id, asset_id) for asset_id in inputs}
    runs.append(bodies.computation(id_, when, inputs=mounts, **more))
    world.results[id_] = {
        path: as_bytes(content) for path, content in mapping(results, "results").items()
    }
    return id_


def sorted_name(world: World, session_id: str, at: DateLike | None) -> str:
    """Return the name of a sorted asset, by default a day after the session's newest asset."""
    if at is None:
        mine = [a["name"] for a in world.assets if a["name"].startswith(session_id)]
        when = max(map(moment, [session_id, *mine])) + datetime.timedelta(days=1)
    else:
        day = parse_when(at)
        midnight = datetime.datetime.combine(day, datetime.time())
        when = day if isinstance(day, datetime.datetime) else midnight
    return f"{session_id}_sorted_{when:{TIME_IN_NAMES}}"


def raw_inputs(world: World, session_id: str) -> list[str]:
    """Return the IDs of the session's raw assets."""
    return [asset["id"] for asset in world.assets if asset["name"] == session_id]


def ids(world: World) -> frozenset[str]:
    """Return the IDs of all assets, capsules and computations."""
    runs = (run["id"] for known in world.computations.values() for run in known)
    targets = (*world.computations, *world.panels, *world.plays)
    return frozenset([*(asset["id"] for asset in world.assets), *targets, *runs])


def schemas(schema: Schema | Literal["both"] | None, name: str) -> tuple[Schema, ...]:
    """Return the requested schemas; by default v2 for a name without platform, else v1.

    Raises
    ------
    ValueError
        The schema does not exist.
    """
    if schema is not None:
        one_of(schema, ("v1", "v2", "both"), "a schema")
    if schema is None:
        return ("v1",) if parse_session(name).platform else ("v2",)
    if schema == "both":
        return ("v1", "v2")
    return (schema,)


def sortings(
    wanted: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Return the arguments of each sorting; a sorter's name stands for one sorting by it."""
    each = [wanted] if isinstance(wanted, Mapping) else several(wanted)
    return [
        {"sorter": one} if isinstance(one, str) else dict(mapping(one, "a sorting")) for one in each
    ]


def check_fields(fields: Iterable[str]) -> None:
    """Raise if an asset has no such field.

    Raises
    ------
    ValueError
        A field is unknown; the message lists the existing fields.
    """
    known = asset_fields()
    for name in fields:
        if name not in known:
            hint = near_in_words(near(name, known))
            raise ValueError(f"an asset has no field {name!r}{hint}; it has {', '.join(known)}")
