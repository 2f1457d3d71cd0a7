"""The user's plain AWS settings: region, address and credentials, read without botocore.

Importing botocore and creating its client takes longer than everything else that a first answer
needs. So `s3_direct` asks S3 if nothing is set that only botocore understands: for roles, single
sign-on, programs that give credentials, proxies, and all variables and settings that are not listed
here, botocore asks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from aind_session.errors.value import Value
from aind_session.sources.servers.direct import is_direct
from aind_session.sources.settings import aws_endpoint

REGION = "us-west-2"
"""The region of the institute's buckets."""

_KEYS = frozenset({"aws_access_key_id", "aws_secret_access_key"})

_SETTINGS = _KEYS | {"aws_session_token", "output", "region"}
"""The understood settings of a profile."""

_VARIABLES = frozenset(
    {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE"),
        *("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"),
        *("AWS_CA_BUNDLE", "AWS_EC2_METADATA_DISABLED", "AWS_EXECUTION_ENV", "AWS_PAGER"),
    }
)
"""The understood variables of AWS."""

_OTHER_FILES = ("/etc/boto.cfg", "~/.boto")
"""Files from which botocore may read credentials, too."""

_AREAS = frozenset({"us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"})
"""The first parts of the names of AWS's regions, without China and governments."""


class Account(Value, hidden=("key_id", "secret", "token")):
    """What a request to S3 needs.

    Attributes
    ----------
    region
        The region of the buckets.
    endpoint
        The address of another service than AWS, such as ``http://127.0.0.1:9000``; else empty.
    key_id, secret, token
        The credentials; empty if there are none, or only botocore may find some.
    has_no_others
        Whether botocore would find no other credentials.
    """

    region: str
    endpoint: str
    key_id: str
    secret: str
    token: str
    has_no_others: bool

    @property
    def can_sign(self) -> bool:
        """Whether there are credentials."""
        return bool(self.key_id)

    def in_region(self, region: str) -> Account:
        """Return the same account for buckets in another region."""
        return self.__replace__(region=region)


def read_account() -> Account | None:
    """Read the account from the environment and AWS's files; None if only botocore can do so."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    is_plain = variables.keys() <= _VARIABLES and all(variables.values())
    if not is_plain or not is_direct():
        return None
    sections = _sections(variables)
    if sections is None:
        return None
    regions = (section.get("region") for section in sections)
    region = variables.get("AWS_DEFAULT_REGION") or next(filter(None, regions), REGION)
    url = aws_endpoint()[1]
    if not _is_plain_region(region, variables) or (url and not _is_address(url)):
        return None
    return _with_credentials(region, url.rstrip("/"), variables, sections)


def _is_plain_region(region: str, variables: Mapping[str, str]) -> bool:
    """Return whether every release of botocore would use this region."""
    if variables.get("AWS_REGION", region) != region:  # botocore ignores it, but may read it later
        return False
    return is_region(region) or "AWS_ENDPOINT_URL" in variables  # as in `region_of`


def _with_credentials(
    region: str, url: str, variables: Mapping[str, str], sections: Iterable[Mapping[str, str]]
) -> Account | None:
    """Return the account; None if its credentials are incomplete, or cannot be sent in a header."""
    of_variables = {name.lower(): value for name, value in variables.items()}
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    held = next((held for held in (of_variables, *sections) if names[0] in held), {})
    key_id, secret, token = (held.get(name, "") for name in names)
    is_sent = all(value.isascii() and value.isprintable() for value in (key_id, secret, token))
    if not is_sent or bool(key_id) != bool(secret):
        return None
    has_no_others = bool(key_id) or _has_no_others(variables)
    return Account(region, url, key_id, secret, token, has_no_others)


def _has_no_others(variables: Mapping[str, str]) -> bool:
    """Return whether botocore would ask no machine of AWS, and read no further file."""
    is_machine = variables.get("AWS_EC2_METADATA_DISABLED", "").lower() != "true"
    files = (os.path.exists(os.path.expanduser(path)) for path in _OTHER_FILES)
    return not (is_machine or "BOTO_CONFIG" in os.environ or any(files))


def _sections(variables: Mapping[str, str]) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
    """Return the profile's settings in the files of credentials and of settings.

    None if only botocore understands them.
    """
    name = variables.get("AWS_PROFILE", "default")
    section = name if name == "default" else f"profile {name}"
    if name != "default" and not _is_plain_profile(section):
        return None
    config = _section(variables.get("AWS_CONFIG_FILE", "~/.aws/config"), section)
    file = variables.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
    credentials = _section(file, name)
    if config is None or credentials is None:
        return None
    is_found = config or credentials or "AWS_PROFILE" not in variables
    return (credentials, config) if is_found else None


def _section(file: str, name: str) -> dict[str, str] | None:
    """Return the settings of a section, empty without one; None if botocore must read the file."""
    path = os.path.expanduser(os.path.expandvars(file))
    if not os.path.isfile(path):
        return {}
    sections = _parsed(path)
    if sections is None:
        return None
    held = sections.get(name, {})
    is_plain = held.keys() <= _SETTINGS and all(held.values())
    return held if is_plain and len(_KEYS & held.keys()) != 1 else None


def _parsed(path: str) -> dict[str, dict[str, str]] | None:
    """Return the sections of a file; None if botocore may read them in another way."""
    import configparser  # most machines that run pipelines have no such file

    parser = configparser.RawConfigParser()
    try:
        with open(path) as opened:
            parser.read_file(opened)
    except (OSError, ValueError, configparser.Error):
        return None
    sections = {name: dict(parser[name]) for name in parser.sections()}
    profiles = (name for name in sections if name.startswith("profile"))
    values = (value for section in sections.values() for value in section.values())
    is_plain = all(map(_is_plain_profile, profiles)) and not any("\n" in value for value in values)
    return sections if is_plain else None


def _is_plain_profile(section: str) -> bool:
    """Return whether a profile's section has no other spelling, such as with quotes."""
    word, _, name = section.partition(" ")
    is_plain = all(part.isalnum() for part in name.replace("_", "-").split("-"))
    return word == "profile" and is_plain and name != "default"


def is_region(name: str) -> bool:
    """Return whether a name has the form of AWS's commercial regions."""
    match name.split("-"):
        case [area, part, number]:
            is_written = name.isascii() and part.isalpha() and number.isdecimal()
            return area in _AREAS and is_written
    return False


def _is_address(url: str) -> bool:
    """Return whether an endpoint is an IPv4 address, whose buckets are the first part of paths."""
    try:
        parts = urlsplit(url)
        is_port = parts.port != 0
    except ValueError:
        return False
    numbers = (parts.hostname or "").split(".")
    is_ip = len(numbers) == 4 and all(n.isdecimal() and int(n) < 256 for n in numbers)
    has_more = parts.path not in ("", "/") or any(mark in url for mark in "@?#")
    return parts.scheme in ("http", "https") and is_port and is_ip and not has_more
