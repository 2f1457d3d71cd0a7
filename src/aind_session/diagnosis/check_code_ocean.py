"""Check Code Ocean: the token and its permissions, and the server's version."""

from __future__ import annotations

from functools import partial
from typing import Any

from aind_session.conventions.institute import SORTING_PIPELINE_ID
from aind_session.diagnosis.installed import version_of
from aind_session.diagnosis.report import Finding
from aind_session.diagnosis.trying import next_step, outcomes, who
from aind_session.errors import AccessDeniedError, CredentialsError, NotFoundError
from aind_session.errors.wording import without_query
from aind_session.sources import Sources
from aind_session.sources.settings import TOKEN_PREFIX, TOKEN_VARIABLE, Secret, Settings

_FIRST = "fix the token or the server, then run the doctor again"


def check(settings: Settings, sources: Sources) -> list[Finding]:
    """Send three requests in parallel: two searches for one asset, and one for a pipeline."""
    from aind_session.sources.servers.sdk_client import SDK_SERVER_VERSION  # imports the SDK

    pipeline = SORTING_PIPELINE_ID
    searched, is_new, capsule = outcomes(
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
            "not tested, because that would write: 'Capsule: write' runs capsules, "
            "'Data Asset: write' creates assets",
        ),
    ]


def _token(settings: Settings, searched: Any) -> Finding:
    of = partial(Finding, "Code Ocean", "token")
    token, account = settings.code_ocean_api_token, f"{_domain(settings)}/account"
    if token is None and isinstance(searched, CredentialsError):
        step = f"create one at {account}, then: export {TOKEN_VARIABLE}=cop_..."
        return of("wrong", f"neither {TOKEN_VARIABLE} nor another variable has a token", step)
    if token is None:
        return of("ok", "not set, and not needed here")
    shown = f"{settings.token_variable}, {_masked(token)}"
    if _is_refused(searched):
        step = f"create a new one at {account} and set {settings.token_variable}"
        return of("wrong", f"{shown}, is refused (HTTP 401)", step)
    if isinstance(searched, Exception) and not _lacks_scope(searched):
        return of("limited", f"{shown}, could not be tested", _FIRST)
    return of("ok", shown)


def _masked(token: Secret) -> str:
    """Describe a token by its prefix, which all tokens share, and its length."""
    value = token.get_secret_value()
    if value.upper().startswith(TOKEN_PREFIX):
        return f"cop_... ({len(value)} characters)"
    return f"{len(value)} characters, which do not start with cop_"


def _server(settings: Settings, searched: Any, sources: Sources) -> Finding:
    from aind_session.sources.servers.code_ocean import MIN_SERVER_VERSION

    of = partial(Finding, "Code Ocean", "server")
    domain = who(sources.assets, settings.code_ocean_domain)
    if not isinstance(searched, Exception):
        return of("ok", f"{domain} answers; it is {MIN_SERVER_VERSION} or newer")
    if isinstance(searched, CredentialsError):
        if searched.variable is None:
            return of("limited", f"{domain} was not asked, because there is no token", _FIRST)
        return of("ok", f"{domain} answers")
    if getattr(searched, "status", None) == 400:
        detail = f"as servers older than {MIN_SERVER_VERSION} do: {searched}"
        step = "check CODE_OCEAN_DOMAIN, and ask the server's administrators to update it"
        return of("wrong", f"{domain} refuses requests, {detail}", step)
    step = f"check the network and CODE_OCEAN_DOMAIN: curl -I {domain}"
    return of("wrong", str(searched), next_step(searched, step))


def _sdk(searched: Any, is_new: Any) -> Finding:
    from aind_session.sources.servers.code_ocean import MIN_SERVER_VERSION
    from aind_session.sources.servers.sdk_client import SDK_SERVER_VERSION

    of = partial(Finding, "Code Ocean", "SDK")
    sdk = f"codeocean {version_of('codeocean')}"
    if isinstance(searched, Exception) or isinstance(is_new, Exception):
        return of("limited", f"the server was not compared with {sdk}", _FIRST)
    if is_new:
        return of("ok", f"the server is {SDK_SERVER_VERSION} or newer, as {sdk} requires")
    return of(
        "ok",
        f"the server is older than {SDK_SERVER_VERSION}, which {sdk} requires when used alone; "
        f"this library requires {MIN_SERVER_VERSION}",
        "use aind_session.get_codeocean_client() instead of codeocean.CodeOcean(...)",
    )


def _asset_scope(settings: Settings, searched: Any) -> Finding:
    of = partial(Finding, "Code Ocean", "Data Asset: read")
    if not isinstance(searched, Exception):
        return of("ok", "data assets can be searched")
    if _lacks_scope(searched):
        step = _with_scope(settings, "Data Asset: read")
        return of("wrong", "the token may not search data assets (HTTP 403)", step)
    return of("limited", "could not be tested", _FIRST)


def _capsule_scope(settings: Settings, searched: Any, capsule: Any) -> Finding:
    of = partial(Finding, "Code Ocean", "Capsule: read")
    pipeline = f"the sorting pipeline {SORTING_PIPELINE_ID}"
    if _is_refused(searched):
        return of("limited", "could not be tested", _FIRST)
    if isinstance(capsule, AccessDeniedError):
        step = _with_scope(settings, "Capsule: read")
        return of("limited", f"the token may not see {pipeline} (HTTP {capsule.status})", step)
    if isinstance(capsule, NotFoundError):
        step = "check CODE_OCEAN_DOMAIN, or pass your own pipeline where one is needed"
        return of("limited", f"{pipeline} was not found", step)
    if isinstance(capsule, Exception):
        return of("limited", "could not be tested", _FIRST)
    return of("ok", f"{pipeline} is visible")


def _with_scope(settings: Settings, scope: str) -> str:
    place = f"{_domain(settings)}/account"
    return f"create a token with the scope '{scope}' at {place} and set {settings.token_variable}"


def _domain(settings: Settings) -> str:
    return without_query(settings.code_ocean_domain)


def _is_refused(searched: Any) -> bool:
    return isinstance(searched, CredentialsError) and _status(searched) == 401


def _lacks_scope(searched: Any) -> bool:
    return isinstance(searched, CredentialsError) and _status(searched) == 403


def _status(error: CredentialsError) -> int | None:
    return getattr(error.__cause__, "status", None)
