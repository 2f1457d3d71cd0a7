"""Sessions of botocore: where credentials and the region come from, and what clients share."""

from __future__ import annotations

import gzip
import json
import os
from contextlib import suppress
from functools import cache
from typing import Any

import botocore.loaders
import botocore.session
from botocore.exceptions import BotoCoreError

from aind_session.errors import RemoteError
from aind_session.errors.wording import quote
from aind_session.sources.servers.limits import is_off
from aind_session.sources.servers.s3_account import REGION
from aind_session.sources.servers.s3_answers import SERVICE


def new_session() -> Any:
    """Create a session that reads the user's variables and files."""
    return _with_shared_models(botocore.session.get_session())


def anonymous_session() -> Any:
    """Create a session that reads no profile and no file."""
    nothing: dict[str, Any] = {
        "profile": (None, [], None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
        "sts_regional_endpoints": (None, None, "regional", None),
    }
    return _with_shared_models(botocore.session.Session(nothing))


def _with_shared_models(session: Any) -> Any:
    """Let a session use botocore's descriptions of S3 that this process has already read.

    Reading them takes nine tenths of the time and half of the memory of a new client.
    """
    with suppress(BotoCoreError):  # a wrong file or profile is reported on use
        models = _models(session.get_config_variable("data_path"))
        session.register_component("data_loader", models)
    return session


@cache
def _models(folders: str | None) -> Any:
    """Return a loader that reads each description once, from botocore's folder and the user's."""
    loader = botocore.loaders.create_loader(folders)
    if not is_off():  # half of the time of a first client
        loader.file_loader = _PlainJson()
        # to learn whether a service exists, botocore lists the folders of all 400 services
        loader.list_available_services = lambda type_name: _EACH_SERVICE
    return loader


class _PlainJson(botocore.loaders.JSONFileLoader):  # type: ignore[misc]
    """Reads descriptions into dicts; an `OrderedDict`, as in botocore, takes twice as long."""

    def load_file(self, file_path: str) -> Any:
        for suffix, opened in ((".json", open), (".json.gz", gzip.open)):
            if os.path.isfile(file_path + suffix):
                with opened(file_path + suffix, "rb") as file:
                    return json.loads(file.read())
        return None


class _EachService:
    """Contains any name; a service without a description is an error when that is read."""

    def __contains__(self, name: str) -> bool:
        return True


_EACH_SERVICE = _EachService()


def region_of(session: Any) -> str:
    """Return the region from the user's settings, or the default region.

    Raises
    ------
    RemoteError
        The region does not exist; the message says where it is set.
    """
    region: str | None = session.get_config_variable("region")
    if region is None or "AWS_ENDPOINT_URL" in os.environ:  # other services use any names
        return region or REGION
    try:
        session.get_partition_for_region(region)
    except BotoCoreError as error:
        file = os.environ.get("AWS_CONFIG_FILE", "~/.aws/config")
        place = "AWS_DEFAULT_REGION" if "AWS_DEFAULT_REGION" in os.environ else file
        detail = f"AWS has no region {quote(region)}, which {place} names"
        raise RemoteError(SERVICE, detail) from error
    return region
