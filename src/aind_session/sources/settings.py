"""The user's settings, from variables and ``.env`` files; see `env_files` for these.

The first place with a value is used:

1. environment variables,
2. the nearest ``.env`` file from the current directory upwards,
3. the ``.env`` file in the home directory.

The first query of each process reads the settings, so rarely needed modules are imported late.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aind_session.conventions.institute import CODE_OCEAN_ADDRESS, DOCDB_ADDRESS, KNOWN_BUCKETS
from aind_session.errors.value import Value
from aind_session.errors.wording import without_query
from aind_session.sources.env_files import env_files, home, values_of

TOKEN_VARIABLE = "CODE_OCEAN_API_TOKEN"  # noqa: S105 - a name, not a token
"""The environment variable that has priority for the Code Ocean token."""

TOKEN_PREFIX = "COP_"  # noqa: S105
"""The prefix of each Code Ocean token, in upper or lower case."""

_LONGEST = 10 * 365 * 86_400.0
"""Ten years, in seconds: longer times are mistakes, and too large for some clocks."""

_MOUNTS = Path("/data")
"""Where Code Ocean mounts data assets."""

_SOURCES = ("servers", "table", "mounts")


class SettingsError(ValueError):
    """Raise if variables have invalid values.

    Attributes
    ----------
    problems
        What is wrong, by the name of the variable. Values are not repeated, because one may be a
        token.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name}: {what}" for name, what in self.problems.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


class Secret:
    """Text that is never shown in a repr.

    Examples
    --------
    >>> secret = Secret("cop_secret")
    >>> secret, secret.get_secret_value()
    (Secret('**********'), 'cop_secret')
    """

    __slots__ = ("_value",)  # not a dataclass: `asdict` would show the text

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """Return the text."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret('**********')"


def _token(text: str) -> Secret | None:
    """Strip whitespace around a token, which files often have."""
    token = text.strip()
    if not all("!" <= character <= "~" for character in token):
        raise ValueError("the token contains invalid characters")
    return Secret(token) if token else None


def _address(text: str) -> str:
    """Accept a bare host, as upstream's DocDB client does, a trailing slash, and whitespace."""
    text = text.strip()
    return (text if "://" in text else f"https://{text}").rstrip("/")


def _number(text: str, least: float, most: float) -> float:
    """Read a number between two limits, both included."""
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise ValueError(f"a number from {least:g} to {most:.0f} is expected")
    return number


def _seconds(text: str) -> float:
    return _number(text, 0, _LONGEST)


def _timeout(text: str) -> float:
    return _number(text, 0.001, 86_400)


def _concurrency(text: str) -> int:
    number = _number(text, 1, 256)
    if not number.is_integer():
        raise ValueError("a whole number is expected")
    return int(number)


def _directory(text: str) -> Path:
    """Expand ``~``, which no shell has expanded in a ``.env`` file."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError("the home directory for ~ is unknown") from error


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _source(text: str) -> tuple[str, ...]:
    names = _names(text)
    if not names or not set(names) <= set(_SOURCES):
        raise ValueError(f"one or several of {', '.join(_SOURCES)} are expected")
    return names


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word not in {*_ON, *_OFF}:
        raise ValueError(f"one of {', '.join((*_ON, *_OFF))} is expected")
    return word in _ON


_ON, _OFF = ("1", "true", "yes", "on", "t", "y"), ("0", "false", "no", "off", "f", "n")


class Settings(Value):
    """Settings of the library, from the environment and ``.env`` files; see `read_settings`.

    Attributes
    ----------
    code_ocean_api_token
        Token of the Code Ocean API; None if there is none. Never shown in a repr.
    code_ocean_domain
        Address of Code Ocean, without a trailing slash.
    docdb_host
        Address of DocDB, without a trailing slash; ``http://127.0.0.1:PORT`` works, too.
    cache_seconds
        How long answers are cached, in seconds; 0 asks each time.
    timeout_seconds
        The time limit of one question, including retries, in seconds.
    patience_seconds
        How long to wait for a silent server after the others have answered, in seconds.
    concurrency
        The largest number of parallel requests for many sessions.
    buckets
        S3 buckets to search for a session's directory, in order of preference.
    data_dir
        Where data assets are mounted: the setting ``AIND_SESSION_DATA_DIR``, or else ``/data`` in a
        Code Ocean capsule; None elsewhere.
    computation_id
        The ID of the computation in which this runs; None outside Code Ocean.
    capsule_id
        The ID of the capsule in which this runs; None outside Code Ocean.
    cache_dir
        The directory for cached files; by default the platform's cache directory.
    disk_cache
        Whether to store answers on disk, in `cache_dir`, for use without a network.
    table
        The location of the nightly tables: a directory in S3 or local, or a file.
    source
        The default source: ``servers``, ``table``, ``mounts``, or several. Empty chooses the
        servers, and the mounted data where servers cannot be asked.
    anonymous
        Whether to access S3 without credentials even if there are some: npc-io's ``NPC_IO_ANON``,
        with any value.
    token_variable
        The name of the variable that contained the token; None without a token.

    Examples
    --------
    >>> Settings(code_ocean_api_token=Secret("cop_secret")).code_ocean_api_token
    Secret('**********')
    """

    code_ocean_api_token: Secret | None = None
    code_ocean_domain: str = CODE_OCEAN_ADDRESS
    docdb_host: str = DOCDB_ADDRESS
    cache_seconds: float = 600.0
    timeout_seconds: float = 60.0
    patience_seconds: float = 10.0
    concurrency: int = 8
    buckets: tuple[str, ...] = KNOWN_BUCKETS
    data_dir: Path | None = None
    computation_id: str | None = None
    capsule_id: str | None = None
    cache_dir: Path | None = None
    disk_cache: bool = False
    table: str = "s3://allen-data-views/data-asset-cache"
    source: tuple[Any, ...] = ()
    anonymous: bool = False
    token_variable: str | None = None

    def __repr__(self) -> str:
        hidden = {"code_ocean_domain", "docdb_host"}  # which can hold a password
        values = {name: getattr(self, name) for name in self.__match_args__}
        shown = (f"{n}={without_query(v) if n in hidden else v!r}" for n, v in values.items())
        return f"{type(self).__name__}({', '.join(shown)})"


_READ: dict[str, tuple[str, Callable[[str], object]]] = {
    "code_ocean_api_token": (TOKEN_VARIABLE, _token),
    "code_ocean_domain": ("CODE_OCEAN_DOMAIN", _address),
    "docdb_host": ("AIND_SESSION_DOCDB_HOST", _address),
    "cache_seconds": ("AIND_SESSION_CACHE_SECONDS", _seconds),
    "timeout_seconds": ("AIND_SESSION_TIMEOUT_SECONDS", _timeout),
    "patience_seconds": ("AIND_SESSION_PATIENCE_SECONDS", _seconds),
    "concurrency": ("AIND_SESSION_CONCURRENCY", _concurrency),
    "buckets": ("AIND_SESSION_BUCKETS", _names),
    "data_dir": ("AIND_SESSION_DATA_DIR", _directory),
    "computation_id": ("CO_COMPUTATION_ID", str),
    "capsule_id": ("CO_CAPSULE_ID", str),
    "cache_dir": ("AIND_SESSION_CACHE_DIR", _directory),
    "disk_cache": ("AIND_SESSION_DISK_CACHE", _switch),
    "table": ("AIND_SESSION_TABLE", str),
    "source": ("AIND_SESSION_SOURCE", _source),
    "anonymous": ("NPC_IO_ANON", bool),
}
"""The variable that sets each setting, and the function that reads its text."""


def variables() -> dict[str, str]:
    """Return the name of each setting's variable, by the name of the setting."""
    return {name: variable for name, (variable, _) in _READ.items()}


def read_settings() -> Settings:
    """Read the current settings.

    Returns
    -------
    Settings
        From the environment, then the project's ``.env`` file, then the one in the home directory.
        If ``CODE_OCEAN_API_TOKEN`` is not set, the token is the first value of any variable that
        starts with ``COP_``, in upper or lower case.

    Raises
    ------
    ValueError
        Variables have invalid values (`SettingsError`), or a file is not UTF-8 text. The message
        names the variables or the file.
    """
    settings = _settings_or_problems(list(map(values_of, reversed(env_files()))))
    if isinstance(settings, Settings):
        return settings
    # here, since some tracebacks show the variables of each function, which there have the token
    raise SettingsError(settings)


def _settings_or_problems(files: Sequence[Mapping[str, str | None]]) -> Settings | dict[str, str]:
    found: dict[str, str] = {}
    for place in (os.environ, *files):
        for name, text in place.items():
            if text:
                found.setdefault(name, text)
    variable = _token_variable(found)
    token = {} if variable is None else {TOKEN_VARIABLE: found[variable]}
    values, problems = _read({**found, **token})
    if problems:
        return problems
    is_in_capsule = values.get("capsule_id") or values.get("computation_id")
    if is_in_capsule and _MOUNTS.is_dir():
        values.setdefault("data_dir", _MOUNTS)
    return Settings(**values, token_variable=variable)


def _read(found: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of all variables that are set, and what is wrong with invalid ones."""
    any_case = {name.upper(): text for name, text in found.items()}
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, (variable, read) in _READ.items():
        text = found.get(variable) or any_case.get(variable)
        if not text:
            continue
        try:
            values[name] = read(text)
        except ValueError as error:
            problems[variable] = str(error)
    return values, problems


def aws_endpoint() -> tuple[str, str]:
    """Return the variable that holds the address of S3, and the address, empty for AWS itself."""
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    name = next((name for name in names if os.environ.get(name)), names[-1])
    return name, os.environ.get(name, "")


def cache_dir() -> Path:
    """Return the cache directory: the setting, or else the platform's cache directory."""
    import platformdirs  # takes 5 ms, and is rarely needed

    chosen = read_settings().cache_dir
    if chosen is None and home() is None:  # as in a container whose user has no passwd entry
        return temporary_cache_dir()
    return chosen or Path(platformdirs.user_cache_dir("aind-session"))


def temporary_cache_dir() -> Path:
    """Return the cache directory to use if no other one exists or can be written."""
    import tempfile  # takes 2 ms with `shutil`, and is rarely needed

    return Path(tempfile.gettempdir(), f"aind-session-{getattr(os, 'getuid', int)()}")


def _token_variable(values: Mapping[str, str]) -> str | None:
    if values.get(TOKEN_VARIABLE):
        return TOKEN_VARIABLE
    for name, value in values.items():
        if value.strip().upper().startswith(TOKEN_PREFIX):
            return name
    return None
