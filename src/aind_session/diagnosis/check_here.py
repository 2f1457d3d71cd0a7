"""Check the environment: settings, mounted data, installed packages."""

from __future__ import annotations

import os
import platform
import sys
from functools import partial

from aind_session.catalog.mounts import Here, look_here
from aind_session.diagnosis.installed import extras, version_of
from aind_session.diagnosis.report import SETTINGS, Finding
from aind_session.diagnosis.trying import outcome
from aind_session.sources import Sources
from aind_session.sources.env_files import env_files
from aind_session.sources.settings import Settings, SettingsError, cache_dir

_PACKAGES = ("aind-session", "codeocean", "botocore", "s3fs", "universal-pathlib")

_SHOWN = 5


def bad_settings(error: Exception) -> Finding:
    """Return a finding that names the variables with invalid values."""
    if not isinstance(error, SettingsError):
        step = "fix or remove the .env file"
        return Finding(SETTINGS, "variables", "wrong", str(error), step)
    step = f"set or unset {', '.join(error.problems)}"
    return Finding(SETTINGS, "variables", "wrong", str(error), step)


def settings_read(settings: Settings) -> list[Finding]:
    """Return findings about the settings: their files, and the cache directory."""
    read = ", ".join(map(str, reversed(env_files()))) or "none"
    return [
        Finding(SETTINGS, "variables", "ok", "all values are valid"),
        Finding(SETTINGS, ".env files", "ok", read),
        _cache(),
    ]


def _cache() -> Finding:
    path = cache_dir()
    there = next(place for place in (path, *path.parents) if os.path.exists(place))
    if there.is_dir() and os.access(there, os.W_OK):
        return Finding(SETTINGS, "cache directory", "ok", str(path))
    step = "set AIND_SESSION_CACHE_DIR to a directory that you may write to"
    return Finding(SETTINGS, "cache directory", "limited", f"{path} cannot be written", step)


def mounted(settings: Settings, sources: Sources) -> list[Finding]:
    """Return findings about the capsule and the mounted data: one request in a capsule."""
    ids = {"capsule": settings.capsule_id, "computation": settings.computation_id}
    where = ", ".join(f"{name} {id_}" for name, id_ in ids.items() if id_)
    return [
        Finding("here", "capsule", "ok", where or "not in a Code Ocean capsule"),
        _mounted(settings, outcome(partial(look_here, sources)), is_capsule=bool(where)),
    ]


def _mounted(settings: Settings, found: Here | Exception | None, *, is_capsule: bool) -> Finding:
    of = partial(Finding, "here", "mounted data")
    step = "set AIND_SESSION_DATA_DIR to the directory where data assets are mounted"
    if settings.data_dir is None or found is None:
        return of("limited", "no /data", step) if is_capsule else of("ok", "no data directory")
    if isinstance(found, Exception):
        return of("limited", str(found), step)
    if not settings.data_dir.is_dir():
        return of("limited", f"{settings.data_dir} is not a directory", step)
    names = [folder.name for folder in found.folders()]
    detail = f"{settings.data_dir}: {_folders(names)}{_use_of(settings)}"
    if settings.computation_id and names and not found.asset_ids.keys() & set(names):
        why = "; the computation lists none of them, so data assets are found only by folder name"
        return of("limited", detail + why, "check whether the token may read capsules, see above")
    return of("ok", detail)


def _use_of(settings: Settings) -> str:
    """Describe when mounted data answer, if no setting chooses the sources."""
    if settings.source:
        return ""
    if settings.code_ocean_api_token is None:
        return "; they answer first, because there is no token"
    return "; they answer if the servers cannot be asked"


def _folders(names: list[str]) -> str:
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    plural = "" if len(names) == 1 else "s"
    return f"{len(names)} folder{plural}: {', '.join(names[:_SHOWN] + more) or 'none'}"


def versions() -> list[Finding]:
    """Return findings with the versions of Python and of packages."""
    of = partial(Finding, "versions")
    packages = [of(name, "ok", version_of(name)) for name in _PACKAGES]
    present = ", ".join(extras("aind-session")) or "none"
    python = of("Python", "ok", f"{platform.python_version()}, {sys.executable}")
    return [python, *packages, of("extras", "ok", present)]
