"""Does what this library needs work here? Each part is tried once, side by side, reading only."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import SecretStr, ValidationError

from aind_session.concurrency import side_by_side
from aind_session.diagnosis import SETTINGS, Diagnosis, Finding
from aind_session.errors import (
    AccessDeniedError,
    AindSessionError,
    CredentialsError,
    NotFoundError,
    without_query,
)
from aind_session.extensions.ecephys import EcephysExtension
from aind_session.installed import extras, version_of
from aind_session.mounts import Attached, attached
from aind_session.settings import (
    TOKEN_PREFIX,
    TOKEN_VARIABLE,
    Settings,
    cache_dir,
    env_files,
    read_settings,
)
from aind_session.sources import Sources, default_sources
from aind_session.sources.base import RECORD_VERSIONS
from aind_session.sources.memory import MemoryAssets, MemoryRecords

_PACKAGES = ("aind-session", "codeocean", "boto3", "s3fs", "universal-pathlib")

_SHOWN = 5

_FIRST = "put right what is wrong with the token or the server, then look again"

_KINDS_OF_CREDENTIALS = {
    "env": "environment variables",
    "shared-credentials-file": "a profile in the credentials file",
    "config-file": "a profile in the configuration file",
    "sso": "a profile with single sign-on",
    "assume-role": "a profile that assumes a role",
    "assume-role-with-web-identity": "a role, by a web identity",
    "container-role": "the role of this container",
    "iam-role": "the role of this machine",
}
"""How boto3 names the places where it finds credentials."""


def doctor(*, sources: Sources | None = None) -> Diagnosis:
    """Tell whether what this library needs works here, and what to do where it does not.

    Which token is used and what it may read, whether the servers answer and are new enough,
    which buckets are open, what is mounted, which versions are installed. About a dozen small
    requests, side by side; nothing is written, so what a token may write is not tried. What
    cannot be checked is a finding too, within the setting ``AIND_SESSION_TIMEOUT_SECONDS``.

    Parameters
    ----------
    sources
        Who is asked; by default the real servers.

    Returns
    -------
    Diagnosis
        Shows itself; ``status`` is 0 when all is well. It holds no secrets: of the token, the
        name of its variable and its length.

    Examples
    --------
    >>> from aind_session import demo
    >>> with demo():
    ...     diagnosis = doctor()
    >>> diagnosis.status
    0
    >>> [f.name for f in diagnosis.findings if f.group == "DocDB"]
    ['v1', 'v2']
    """
    try:
        settings = read_settings()
        asked = sources or default_sources()
    except (ValueError, OSError) as error:
        return Diagnosis((_bad_settings(error), *_versions()))
    groups: list[Callable[[], list[Finding]]] = [
        partial(_settings, settings),
        partial(_code_ocean, settings, asked),
        partial(_docdb, settings, asked),
        partial(_s3, settings, asked),
        partial(_here, settings, asked),
        _versions,
    ]
    return Diagnosis(tuple(finding for group in side_by_side(groups) for finding in group))


def _outcomes(*calls: Callable[[], Any]) -> list[Any]:
    """Give answers, and errors in the place of those that could not be had."""
    return side_by_side([partial(_outcome, call) for call in calls], max(len(calls), 1))


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (AindSessionError, OSError) as error:
        return error
    except ValueError:  # what clients say to an address that is none; it may hold a password
        return ValueError("the address that is set for it is none")


# -- settings --


def _bad_settings(error: Exception) -> Finding:
    if not isinstance(error, ValidationError):
        step = "mend or remove the .env file"
        return Finding(SETTINGS, "variables", "wrong", str(error), step)
    bad = {".".join(map(str, part["loc"])): part["msg"] for part in error.errors()}
    detail = "; ".join(f"{name}: {message}" for name, message in bad.items())
    return Finding(SETTINGS, "variables", "wrong", detail, f"set or unset {', '.join(bad)}")


def _settings(settings: Settings) -> list[Finding]:
    read = ", ".join(map(str, reversed(env_files()))) or "none"
    return [
        Finding(SETTINGS, "variables", "ok", "each has a value that it can have"),
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


# -- Code Ocean --


def _code_ocean(settings: Settings, sources: Sources) -> list[Finding]:
    from aind_session.sources.code_ocean import SDK_SERVER_VERSION  # 500 ms: it imports the SDK

    pipeline = EcephysExtension.DEFAULT_SORTING_PIPELINE_ID
    searched, is_new, capsule = _outcomes(
        lambda: sources.assets.search({}, at_most=0),
        lambda: sources.assets.accepts(SDK_SERVER_VERSION),
        lambda: sources.assets.capsule(pipeline),
    )
    return [
        _token(settings, searched),
        _server(settings, searched, sources),
        _sdk(searched, is_new),
        _asset_scope(settings, searched),
        _capsule_scope(settings, searched, capsule),
        Finding(
            "Code Ocean",
            "writing",
            "ok",
            "not tried, since that would write: 'Capsule: write' runs capsules, "
            "'Data Asset: write' creates assets",
        ),
    ]


def _token(settings: Settings, searched: Any) -> Finding:
    of = partial(Finding, "Code Ocean", "token")
    token, account = settings.code_ocean_api_token, f"{_domain(settings)}/account"
    if token is None and isinstance(searched, CredentialsError):
        step = f"create one at {account}, then: export {TOKEN_VARIABLE}=cop_..."
        return of("wrong", f"neither {TOKEN_VARIABLE} nor another variable holds one", step)
    if token is None:
        return of("ok", "none is set, and none is needed here")
    shown = f"{settings.token_variable}, {_masked(token)}"
    if _is_refused(searched):
        step = f"create a new one at {account} and set {settings.token_variable}"
        return of("wrong", f"{shown}, is refused (HTTP 401)", step)
    if isinstance(searched, Exception) and not _lacks_scope(searched):
        return of("limited", f"{shown}, could not be tried", _FIRST)
    return of("ok", shown)


def _masked(token: SecretStr) -> str:
    """Say what can be said of a token: how it starts is the same for all, its length is not."""
    value = token.get_secret_value()
    if value.upper().startswith(TOKEN_PREFIX):
        return f"cop_... ({len(value)} characters)"
    return f"{len(value)} characters, which do not start with cop_"


def _server(settings: Settings, searched: Any, sources: Sources) -> Finding:
    from aind_session.sources.code_ocean import MIN_SERVER_VERSION

    of = partial(Finding, "Code Ocean", "server")
    domain = _who(sources.assets, settings.code_ocean_domain)
    if not isinstance(searched, Exception):
        return of("ok", f"{domain} answers; it is {MIN_SERVER_VERSION} or newer")
    if isinstance(searched, CredentialsError):
        if searched.variable is None:
            return of("limited", f"{domain} is not asked without a token", _FIRST)
        return of("ok", f"{domain} answers")
    if getattr(searched, "status", None) == 400:
        detail = f"as it does when it is older than {MIN_SERVER_VERSION}: {searched}"
        step = "check CODE_OCEAN_DOMAIN, and ask those who run the server to bring it up to date"
        return of("wrong", f"{domain} refuses requests, {detail}", step)
    step = f"check the network and CODE_OCEAN_DOMAIN: curl -I {domain}"
    return of("wrong", str(searched), step)


def _sdk(searched: Any, is_new: Any) -> Finding:
    from aind_session.sources.code_ocean import MIN_SERVER_VERSION, SDK_SERVER_VERSION

    of = partial(Finding, "Code Ocean", "SDK")
    sdk = f"codeocean {version_of('codeocean')}"
    if isinstance(searched, Exception) or isinstance(is_new, Exception):
        return of("limited", f"the server was not compared with {sdk}", _FIRST)
    if is_new:
        return of("ok", f"the server is {SDK_SERVER_VERSION} or newer, which {sdk} asks for")
    return of(
        "ok",
        f"the server is older than {SDK_SERVER_VERSION}, which {sdk} asks for by itself; "
        f"this library asks for {MIN_SERVER_VERSION}",
        "use aind_session.get_codeocean_client() where you would use codeocean.CodeOcean(...)",
    )


def _asset_scope(settings: Settings, searched: Any) -> Finding:
    of = partial(Finding, "Code Ocean", "Data Asset: read")
    if not isinstance(searched, Exception):
        return of("ok", "data assets can be searched")
    if _lacks_scope(searched):
        step = _with_scope(settings, "Data Asset: read")
        return of("wrong", "the token may not search data assets (HTTP 403)", step)
    return of("limited", "could not be tried", _FIRST)


def _capsule_scope(settings: Settings, searched: Any, capsule: Any) -> Finding:
    of = partial(Finding, "Code Ocean", "Capsule: read")
    pipeline = f"the sorting pipeline {EcephysExtension.DEFAULT_SORTING_PIPELINE_ID}"
    if _is_refused(searched):
        return of("limited", "could not be tried", _FIRST)
    if isinstance(capsule, AccessDeniedError):
        step = _with_scope(settings, "Capsule: read")
        return of("limited", f"the token may not see {pipeline} (HTTP {capsule.status})", step)
    if isinstance(capsule, NotFoundError):
        step = "check CODE_OCEAN_DOMAIN, or name your own pipeline where one is asked for"
        return of("limited", f"{pipeline} is not there", step)
    if isinstance(capsule, Exception):
        return of("limited", "could not be tried", _FIRST)
    return of("ok", f"{pipeline} can be seen")


def _with_scope(settings: Settings, scope: str) -> str:
    place = f"{_domain(settings)}/account"
    return f"create a token with the scope '{scope}' at {place} and set {settings.token_variable}"


def _domain(settings: Settings) -> str:
    return without_query(settings.code_ocean_domain)


def _who(source: object, address: str) -> str:
    """Name who answered: a server by its address, without a user or a secret in it."""
    is_memory = isinstance(source, (MemoryAssets, MemoryRecords))
    return "plain data in memory" if is_memory else without_query(address)


def _is_refused(searched: Any) -> bool:
    return isinstance(searched, CredentialsError) and _status(searched) == 401


def _lacks_scope(searched: Any) -> bool:
    return isinstance(searched, CredentialsError) and _status(searched) == 403


def _status(error: CredentialsError) -> int | None:
    return getattr(error.__cause__, "status", None)


# -- DocDB --


def _docdb(settings: Settings, sources: Sources) -> list[Finding]:
    nothing = {"_id": "none"}  # by the index, and without a record to send
    find = sources.records.find
    answers = _outcomes(
        *(partial(find, version, nothing, ("name",)) for version in RECORD_VERSIONS)
    )
    is_down = all(isinstance(answer, Exception) for answer in answers)
    host = _who(sources.records, settings.docdb_host)
    return [
        _records(version, host, answer, is_down=is_down)
        for version, answer in zip(RECORD_VERSIONS, answers, strict=True)
    ]


def _records(version: str, host: str, answer: Any, *, is_down: bool) -> Finding:
    if not isinstance(answer, Exception):
        return Finding("DocDB", version, "ok", f"{host} answers")
    step = f"check the network and AIND_SESSION_DOCDB_HOST: curl -I {host}"
    return Finding("DocDB", version, "wrong" if is_down else "limited", str(answer), step)


# -- S3 --


def _s3(settings: Settings, sources: Sources) -> list[Finding]:
    storage = sources.storage
    looks = [partial(storage.has_bucket, bucket) for bucket in storage.buckets]
    credentials, *answers = _outcomes(storage.credentials, *looks)
    is_down = not any(isinstance(answer, (bool, AccessDeniedError)) for answer in answers)
    buckets = [
        _bucket(bucket, answer, is_down=is_down)
        for bucket, answer in zip(storage.buckets, answers, strict=True)
    ]
    is_enough = all(finding.state == "ok" for finding in buckets)
    return [_aws(settings, credentials, is_enough=is_enough), *buckets]


def _aws(settings: Settings, credentials: Any, *, is_enough: bool) -> Finding:
    of = partial(Finding, "S3", "credentials")
    if isinstance(credentials, CredentialsError):
        return of("wrong", str(credentials), "run: aws configure list")
    if credentials is not None:
        return of("ok", f"from {_KINDS_OF_CREDENTIALS.get(credentials, credentials)}")
    if settings.anonymous:
        return of("ok", "none are sent, since NPC_IO_ANON is set")
    if is_enough:
        return of("ok", "none are found, and none are needed here")
    step = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws configure"
    return of("limited", "none are found: only public buckets can be read", step)


def _bucket(bucket: str, answer: Any, *, is_down: bool) -> Finding:
    of = partial(Finding, "S3", bucket)
    if answer is True:
        return of("ok", "readable")
    if answer is False:
        return of("limited", "there is no such bucket", "take it out of AIND_SESSION_BUCKETS")
    if isinstance(answer, AccessDeniedError):
        step = "ask for access, or take it out of AIND_SESSION_BUCKETS"
        return of("limited", f"closed: {answer.detail} (HTTP {answer.status})", step)
    if isinstance(answer, CredentialsError):
        return of("wrong", str(answer), "run: aws sts get-caller-identity")
    step = f"check the network and AWS_ENDPOINT_URL: aws s3 ls s3://{bucket}/"
    return of("wrong" if is_down else "limited", str(answer), step)


# -- here --


def _here(settings: Settings, sources: Sources) -> list[Finding]:
    ids = {"capsule": settings.capsule_id, "computation": settings.computation_id}
    where = ", ".join(f"{name} {id_}" for name, id_ in ids.items() if id_)
    return [
        Finding("here", "capsule", "ok", where or "not inside of a Code Ocean capsule"),
        _mounted(settings, _outcome(partial(attached, sources=sources)), is_capsule=bool(where)),
    ]


def _mounted(settings: Settings, found: Attached | Exception, *, is_capsule: bool) -> Finding:
    of = partial(Finding, "here", "mounted data")
    step = "set AIND_SESSION_DATA_DIR to the directory where data assets are mounted"
    if settings.data_dir is None:
        return of("limited", "no /data", step) if is_capsule else of("ok", "no data directory")
    if isinstance(found, Exception):
        return of("limited", str(found), step)
    if not settings.data_dir.is_dir():
        return of("limited", f"{settings.data_dir} is no directory", step)
    detail = f"{settings.data_dir}: {_folders(found)}"
    if settings.computation_id and found.folders and not any(f.asset_id for f in found.folders):
        why = "; the computation does not say of which data assets: names of folders count"
        return of("limited", detail + why, "see Capsule: read")
    return of("ok", detail)


def _folders(found: Attached) -> str:
    names = [folder.path.name for folder in found.folders]
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    plural = "" if len(names) == 1 else "s"
    return f"{len(names)} folder{plural}: {', '.join(names[:_SHOWN] + more) or 'none'}"


# -- versions --


def _versions() -> list[Finding]:
    of = partial(Finding, "versions")
    packages = [of(name, "ok", version_of(name)) for name in _PACKAGES]
    present = ", ".join(extras("aind-session")) or "none"
    python = of("Python", "ok", f"{platform.python_version()}, {sys.executable}")
    return [python, *packages, of("extras", "ok", present)]
