"""The inputs of the converter: raw assets, a Neuroglancer state, successful sortings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aind_session.conventions.mentions import EXPERIMENT_LABEL
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
    """Return whether a session has a platform; needs only the subject's assets and records.

    Parameters
    ----------
    session
        The session. If its name has no platform, as since schema v2, the ``experiment type`` of its
        assets or the modalities of its metadata record decide.
    platform
        ``ecephys`` or ``SmartSPIM``.
    """
    if session.platform is not None:
        return session.platform == platform
    finder = finder_of(session)
    assets, records = finder.inventory.assets_and_records()
    said = [asset.custom_metadata or {} for asset in finder.mine(assets)]
    if any(labels.get(EXPERIMENT_LABEL) == platform for labels in said):
        return True
    mine = finder.mine(records)
    record = pick_raw_record(mine, finder.session_id)
    return record is not None and platform in record_modalities(record)


def raw_assets(sessions: Sequence[Session]) -> tuple[DataAsset, ...]:
    """Return the raw assets of sessions; a session without one is left out with a warning."""
    # not the property, which searches every bucket for its error message
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
    """Return whether the log of a sorting shows a failure, or is missing."""
    try:
        return asset.is_sorting_error
    except SourceDirNotFoundError:  # every finished run writes a log
        return True


def state(
    subject: Subject, name: str | None, sources: Sources | None
) -> tuple[str, NeuroglancerState]:
    """Return the name and content of a subject's state; by default the latest."""
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
