"""What of a subject goes into the converter: raw assets, a state, sortings that succeeded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aind_session.conventions.records import pick_raw_record, record_modalities
from aind_session.errors import LeftOutWarning, Searched, SourceDirNotFoundError
from aind_session.errors.wording import quote
from aind_session.extensions.neuroglancer import NeuroglancerState
from aind_session.runtime.arguments import file_name
from aind_session.runtime.parallel import side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.session import Session, finder_of
from aind_session.sources import Sources
from aind_session.subject import Subject

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.catalog.sorted_asset import SortedDataAsset


def is_of(session: Session, platform: str) -> bool:
    """Return whether a session has a platform; needs only the subject's sessions.

    Parameters
    ----------
    session
        Of a name without platform, as since schema v2, the assets tell (``experiment type``), or
        the metadata record, if the platform is a modality of it.
    platform
        ``ecephys`` or ``SmartSPIM``.
    """
    if session.platform is not None:
        return session.platform == platform
    finder = finder_of(session)
    assets, records = finder.inventory.assets_and_records()
    said = [asset.custom_metadata or {} for asset in assets.of(finder.session_id)]
    if any(labels.get("experiment type") == platform for labels in said):
        return True
    record = pick_raw_record(records.of(finder.session_id))
    return record is not None and platform in record_modalities(record)


def raw_assets(sessions: Sequence[Session]) -> tuple[DataAsset, ...]:
    """Give the raw assets of sessions; a session without one is left out with a warning."""
    # not by the property, whose error looks into every bucket for what it says
    answers = side_by_side([finder_of(session).raw_asset for session in sessions])
    assets = []
    for session, answer in zip(sessions, answers, strict=True):
        asset = answer.known(f"raw_data_asset of {session.id}")
        if asset is None:
            warn_user(f"{session.id} is left out: it has no raw data asset", LeftOutWarning)
        else:
            assets.append(asset)
    return tuple(assets)


def is_error(asset: SortedDataAsset) -> bool:
    """Tell whether the log of a sorting shows a failure, or is missing."""
    try:
        return asset.is_sorting_error
    except SourceDirNotFoundError:  # each run that came to an end leaves a log
        return True


def state(
    subject: Subject, name: str | None, sources: Sources | None
) -> tuple[str, NeuroglancerState]:
    """Give a state of a subject with its name; the latest, if none is named."""
    directory = subject.neuroglancer.state_json_dir
    if name is None:
        paths = subject.neuroglancer.state_json_paths
        if not paths:
            raise SourceDirNotFoundError(
                f"a Neuroglancer state of subject {subject.id}",
                searched=[Searched(directory.as_posix())],
                hint="write one with subject.neuroglancer.from_json(...).write()",
            )
        path = paths[-1]
    else:
        if file_name(name) is None:
            raise ValueError(f"{quote(name)} is not the name of a Neuroglancer state")
        path = directory / name / f"{name}.json"
    return path.stem, NeuroglancerState(path, sources=sources)
