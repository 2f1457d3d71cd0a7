"""Code Ocean, with the same requests as its SDK but without importing the SDK, which is slow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeGuard
from urllib.parse import urlsplit

from aind_session.errors import (
    AccessDeniedError,
    AssetNotFoundError,
    CredentialsError,
    OddAnswerError,
    OddAnswerWarning,
    OfflineError,
    RemoteError,
    Searched,
    SourceDirNotFoundError,
    UnknownOutcomeError,
)
from aind_session.errors.wording import quote, without_query
from aind_session.runtime.modes import is_offline
from aind_session.runtime.warning import warn_user
from aind_session.sources.protocols import Body
from aind_session.sources.servers.answered import answered_as
from aind_session.sources.servers.decode import is_asset
from aind_session.sources.servers.exchange import Caller
from aind_session.sources.servers.http import Http
from aind_session.sources.settings import TOKEN_PREFIX, TOKEN_VARIABLE, Settings

SERVICE = "Code Ocean"

MIN_SERVER_VERSION = "4.0.0"
"""The oldest server version with everything that this library needs.

The SDK requires a newer one, and an older server then refuses all its requests with status 400.
"""

_HEADERS = {"Content-Type": "application/json", "Min-Server-Version": MIN_SERVER_VERSION}

_PAGE_SIZE = 1000
_MAX_PAGES = 1000

_ADDRESS_SECONDS = 30.0
"""How long a signed URL is used again; those of Code Ocean are valid for longer."""


def no_token(
    domain: str, mounts: Path | None = None, *, asks_mounts: bool = False
) -> CredentialsError:
    """Return the error for a missing token, which says how to get one, or to do without.

    Parameters
    ----------
    domain
        Of the server.
    mounts
        The directory of mounted data assets, which can answer instead; None if there is none.
    asks_mounts
        Whether mounted data assets are asked anyway, so that attaching one is enough.
    """
    instead = ""
    if mounts and asks_mounts:
        instead = f"; or attach the data asset, as those mounted in {mounts} need no token"
    elif mounts:
        instead = f"; or set AIND_SESSION_SOURCE=mounts to be answered from {mounts}"
    return CredentialsError(
        f"{SERVICE} needs an API token: set {TOKEN_VARIABLE} (or any variable whose value "
        f"starts with {TOKEN_PREFIX}) in the environment or in a .env file; create the "
        f"token at {domain}/account with the scopes 'Data Asset: read' and "
        f"'Capsule: read'{instead}",
        service=SERVICE,
    )


class CodeOceanAssets:
    """Data assets and computations of a Code Ocean server; see `AssetSource`."""

    def __init__(self, settings: Settings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        token = settings.code_ocean_api_token
        timeout = settings.timeout_seconds
        self._token_variable = settings.token_variable
        self._domain = without_query(settings.code_ocean_domain)  # the domain can hold a password
        self._mounts = settings.data_dir
        self._asks_mounts = not settings.source  # they stand in for this server
        self._http: Http | None = None
        self._last_address: tuple[tuple[str, str], str, float] | None = None
        # signed URLs lead to S3, which must not receive the token
        self._files = Http("S3", timeout=timeout, sleep=sleep)
        if token is not None:
            secret = token.get_secret_value()
            caller = Caller(f"{settings.code_ocean_domain}/api/v1/", secret, _HEADERS)
            secrets = [secret, *_passwords(settings.code_ocean_domain)]
            self._http = Http(
                SERVICE, caller, timeout=timeout, sleep=sleep, secrets=secrets, keep_alive=True
            )

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        """Return all assets that match; see `AssetSource.search`."""
        limit = _PAGE_SIZE if at_most is None else min(at_most + 1, _PAGE_SIZE)
        wanted = {"archived": False, **params, "limit": limit, "offset": None}
        found: dict[Any, Body] = {}
        for page in self._pages(wanted):
            # the same asset can be on two pages
            found.update({_identity(body): body for body in _results(page)})
            if at_most is not None and len(found) > at_most:
                break
        return list(found.values())

    def _pages(self, wanted: Body) -> Iterator[Body]:
        """Yield all pages; raise if they never end, or if the token of the next page is missing."""
        seen: set[Any] = set()
        tokens: set[Any] = {None}
        token = None
        while True:
            page = self._read("POST", "data_assets/search", json={**wanted, "next_token": token})
            yield page
            here = set(map(_identity, page["results"]))
            token = page.get("next_token")
            if not page.get("has_more", token):  # without this field, the token says it
                return
            is_old = not isinstance(token, str) or token in tokens or (here and here <= seen)
            if is_old or len(tokens) > _MAX_PAGES:
                raise OddAnswerError(SERVICE, "the pages of a search do not end")
            seen |= here
            tokens.add(token)

    def get(self, asset_id: str) -> Body:
        """Return one asset; see `AssetSource.get`."""
        return _asset(self._read_one(f"data_assets/{asset_id}", f"data asset {asset_id}"))

    def computation(self, computation_id: str) -> Body:
        """Return one computation; see `AssetSource.computation`."""
        asked = f"computation {computation_id}"
        return _thing(self._read_one(f"computations/{computation_id}", asked))

    def computations(self, capsule_id: str) -> list[Body]:
        """Return all computations of a capsule; see `AssetSource.computations`."""
        asked = f"capsule or pipeline {capsule_id}"
        body = self._read_one(f"capsules/{capsule_id}/computations", asked)
        if not isinstance(body, list):
            raise OddAnswerError(SERVICE, "a list of computations was expected")
        return list(map(_thing, body))

    def results(self, computation_id: str, path: str = "") -> list[str]:
        """Return the names in a folder of the results; see `AssetSource.results`."""
        where, asked = f"computations/{computation_id}/results", f"computation {computation_id}"
        items = _object(self._read_one(where, asked, "POST", json={"path": path})).get("items")
        if not isinstance(items, list):
            raise OddAnswerError(SERVICE, "a list of files was expected")
        return [str(item["name"]) for item in items if isinstance(item, dict) and "name" in item]

    def result(self, computation_id: str, path: str, *, part: int | None = None) -> bytes:
        """Return one file of the results; see `AssetSource.result`."""
        return self._files.read_file(self._address(computation_id, path), part=part)

    def _address(self, computation_id: str, path: str) -> str:
        """Return the signed URL of a file; the last one is kept, for the other end of a log."""
        now, last = time.monotonic(), self._last_address
        if last is not None and last[0] == (computation_id, path) and now < last[2]:
            return last[1]
        asked = f"{path!r} in the results of computation {computation_id}"
        path_of_address = f"computations/{computation_id}/results/urls"
        try:
            answer = self._read_one(path_of_address, asked, params={"path": path})
        except AssetNotFoundError:
            raise SourceDirNotFoundError(asked) from None
        address = _object(answer).get("download_url")
        if not isinstance(address, str):
            raise OddAnswerError(SERVICE, f"the address of {asked} was expected")
        self._last_address = ((computation_id, path), address, now + _ADDRESS_SECONDS)
        return address

    def capsule(self, capsule_id: str) -> Body:
        """Return one capsule or pipeline; see `AssetSource.capsule`."""
        path, asked = f"capsules/{capsule_id}", f"capsule or pipeline {capsule_id}"
        return _thing(self._read_one(path, asked))

    def accepts(self, version: str) -> bool:
        """Return whether the server has this version or a newer one; see `AssetSource.accepts`."""
        headers = {"Min-Server-Version": version}
        try:
            self._read("POST", "data_assets/search", json={"limit": 1}, headers=headers)
        except RemoteError as error:
            if error.status == 400:
                return False
            raise
        return True

    def panel(self, capsule_id: str, version: int | None = None) -> Body:
        """Return the app panel of a capsule or pipeline; see `AssetSource.panel`."""
        of_version = "" if version is None else f", version {version}"
        asked = f"the app panel of capsule or pipeline {capsule_id}{of_version}"
        path, params = f"capsules/{capsule_id}/app_panel", {"version": version}  # None is not sent
        return _object(self._read_one(path, asked, params=params))

    def custom_metadata(self) -> Body:
        """Return the fields of custom metadata; see `AssetSource.custom_metadata`."""
        return self._read("GET", "custom_metadata")

    def users(self, kind: Literal["capsules", "pipelines"], asset_id: str) -> list[Body]:
        """Return the capsules or pipelines with an asset attached; see `AssetSource.users`."""
        # the search for capsules accepts the bare ID of an asset, which is undocumented
        wanted = {"query": asset_id, "limit": _PAGE_SIZE, "archived": False}
        try:
            page = self._read("POST", f"{kind}/search", json=wanted)
        except CredentialsError as error:
            raise AccessDeniedError(SERVICE, str(error), status=403) from error
        results = page.get("results")
        return [body for body in results if _has_text(body, "id")] if _is_list(results) else []

    def run(self, params: Body) -> Body:
        """Start a computation; see `AssetSource.run`."""
        return self._send("computations", params, "Capsule: write")

    def create(self, params: Body) -> Body:
        """Create a data asset; see `AssetSource.create`."""
        return self._send("data_assets", params, "Data Asset: write")

    def rename(self, computation_id: str, name: str) -> None:
        """Rename a computation; see `AssetSource.rename`."""
        path, asked = f"computations/{computation_id}", f"computation {computation_id}"
        self._change("PATCH", path, asked, params={"name": name})

    def stop(self, computation_id: str) -> None:
        """Stop and delete a computation; see `AssetSource.stop`."""
        self._change("DELETE", f"computations/{computation_id}", f"computation {computation_id}")

    def share(self, asset_id: str, permissions: Body) -> None:
        """Set permissions; see `AssetSource.share`."""
        path, asked = f"data_assets/{asset_id}/permissions", f"data asset {asset_id}"
        self._change("POST", path, asked, json=permissions)

    def attach(self, host: str, mounts: Sequence[Body]) -> list[Body]:
        """Attach data assets; see `AssetSource.attach`."""
        http = self._http_or_say_why()
        try:
            body = http.send("POST", f"{host}/data_assets", json=list(mounts))
        except RemoteError as error:
            raise self._not_attached(error, host) from error
        if not _is_list(body):
            raise UnknownOutcomeError(SERVICE, f"attached, but with an odd answer: {quote(body)}")
        return [part for part in body if _has_text(part, "id")]

    def detach(self, host: str, asset_ids: Sequence[str]) -> None:
        """Detach data assets; see `AssetSource.detach`."""
        path = f"{host}/data_assets/"  # the API requires the trailing slash
        try:
            self._http_or_say_why().send("DELETE", path, is_answered=False, json=list(asset_ids))
        except RemoteError as error:
            raise self._not_attached(error, host) from error

    def _not_attached(
        self, error: RemoteError, host: str
    ) -> RemoteError | CredentialsError | AssetNotFoundError:
        kind, _, id_ = host.partition("/")
        if error.status == 404 and id_ in error.detail:
            return AssetNotFoundError(f"{kind} {id_}", searched=[Searched(f"{SERVICE}, {kind}")])
        return self._refused_write(error, "Capsule: write")

    def archive(self, asset_id: str, *, archived: bool) -> None:
        """Archive or unarchive an asset; see `AssetSource.archive`."""
        path, asked = f"data_assets/{asset_id}/archive", f"data asset {asset_id}"
        self._change("PATCH", path, asked, params={"archive": str(archived).lower()})

    def _send(self, path: str, params: Body, scope: str) -> Body:
        try:
            body = self._http_or_say_why().send("POST", path, json=params)
        except RemoteError as error:
            raise self._refused_write(error, scope) from error
        if not _has_text(body, "id"):
            detail = f"sent, but the answer names nothing that was created: {quote(body)}"
            raise UnknownOutcomeError(SERVICE, detail)
        return _object(body)

    def _refused_write(self, error: RemoteError, scope: str) -> RemoteError | CredentialsError:
        if error.status == 401:
            return self._refused(error, scope)
        if error.status != 403:
            return error
        # the server does not say whether the token, or an asset in the request, is the cause
        detail = f"{error.detail}; if the token is the cause, it needs the scope {scope!r}"
        return answered_as(AccessDeniedError, error, SERVICE, detail, status=403, url=error.url)

    def _change(self, method: str, path: str, asked: str, **options: Any) -> None:
        try:
            self._http_or_say_why().send(method, path, is_answered=False, **options)
        except RemoteError as error:
            raise self._about_one(error, asked) from error

    def _read_one(self, path: str, asked: str, method: str = "GET", **options: Any) -> Any:
        try:
            return self._http_or_say_why().read(method, path, **options)
        except RemoteError as error:
            raise self._about_one(error, asked) from error

    def _about_one(self, error: RemoteError, asked: str) -> RemoteError | AssetNotFoundError:
        if error.status == 404 and not isinstance(error, OddAnswerError):
            return AssetNotFoundError(asked, searched=[Searched(f"{SERVICE} at {self._domain}")])
        if error.status in (401, 403):
            return answered_as(
                AccessDeniedError,
                error,
                SERVICE,
                f"{asked} is archived, private or deleted, or the token is not valid: "
                f"{error.detail}",
                status=error.status,
                url=error.url,
            )
        return error

    def _read(self, method: str, path: str, **options: Any) -> Body:
        try:
            return _object(self._http_or_say_why().read(method, path, **options))
        except RemoteError as error:
            if error.status in (401, 403):
                raise self._refused(error, "Data Asset: read") from error
            raise

    def _http_or_say_why(self) -> Http:
        if self._http is None:
            # offline, a token would not help
            raise OfflineError(SERVICE) if is_offline() else self._no_token()
        return self._http

    def _no_token(self) -> CredentialsError:
        return no_token(self._domain, self._mounts, asks_mounts=self._asks_mounts)

    def _refused(self, error: RemoteError, scope: str) -> CredentialsError:
        why = "is not valid" if error.status == 401 else "lacks the scope"
        return answered_as(
            CredentialsError,
            error,
            f"{SERVICE} at {self._domain} answered {error.status} ({error.detail}): the token in "
            f"{self._token_variable} {why}; a token with the scope {scope!r} is needed, see "
            f"{self._domain}/account",
            service=SERVICE,
            variable=self._token_variable,
        )


def _passwords(address: str) -> list[str]:
    """Return the password in an address; an invalid address is reported with the first request."""
    try:
        password = urlsplit(address).password
    except ValueError:
        return []
    return [password] if password else []


def _identity(body: Any) -> Any:
    """Return a key that identifies a result: its ID, or else the object's identity."""
    return body["id"] if _has_text(body, "id") else id(body)


def _has_text(body: Any, field: str) -> bool:
    return isinstance(body, dict) and isinstance(body.get(field), str)


def _is_list(body: Any) -> TypeGuard[list[Any]]:
    return isinstance(body, list)


def _object(body: Any) -> Body:
    if not isinstance(body, dict):
        raise OddAnswerError(SERVICE, f"an object was expected, not {type(body).__name__}")
    return body


def _thing(body: Any) -> Body:
    """Check that a body has an ID, as assets and computations do, and return it."""
    if not _has_text(body, "id"):
        raise OddAnswerError(SERVICE, f"something with an ID was expected, not {quote(body)}")
    return _object(body)


def _asset(body: Any) -> Body:
    """Check that a body is an asset, with an ID and a name, and return it."""
    if not is_asset(body):
        raise OddAnswerError(SERVICE, f"a data asset was expected, not {quote(body)}")
    return _object(body)


def _results(page: Body) -> list[Body]:
    """Return the results that are objects; `decode` leaves out those that are not assets."""
    results = page.get("results")
    if not isinstance(results, list):
        raise OddAnswerError(SERVICE, "a search was answered without a list of results")
    if results and not any(map(is_asset, results)):
        raise OddAnswerError(SERVICE, f"data assets were expected, not {quote(results[0])}")
    objects = [body for body in results if isinstance(body, dict)]
    if len(objects) < len(results):
        warn_user(
            f"{SERVICE} sent {len(results) - len(objects)} results that are not objects; left out",
            OddAnswerWarning,
        )
    return objects
