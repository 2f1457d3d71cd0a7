"""What the user has set: the only reader of the environment and of ``.env`` files.

Looked for, the first that has a value wins:

1. environment variables,
2. the nearest ``.env`` file from the current directory upwards,
3. the ``.env`` file in the home directory.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values, find_dotenv
from pydantic import Field, PrivateAttr, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from aind_session.conventions.institute import CODE_OCEAN_ADDRESS, DOCDB_ADDRESS, KNOWN_BUCKETS
from aind_session.errors.wording import without_query

TOKEN_VARIABLE = "CODE_OCEAN_API_TOKEN"  # noqa: S105 - a name, not a token
"""The environment variable that is asked first for the Code Ocean token."""

TOKEN_PREFIX = "COP_"  # noqa: S105
"""What each Code Ocean token starts with, in either case."""

_LONGEST = 10 * 365 * 86_400.0
"""Ten years, in seconds: what is longer is a mistake, and more than some clocks can count."""

_MOUNTS = Path("/data")
"""Where Code Ocean mounts data assets."""


class Settings(BaseSettings):
    """Settings of the library, from the environment and ``.env`` files; see `read_settings`.

    Attributes
    ----------
    code_ocean_api_token
        Token of the Code Ocean API; None when there is none. Never shown in a repr.
    code_ocean_domain
        Address of Code Ocean, without a slash at its end.
    docdb_host
        Address of DocDB, without a slash at its end; ``http://127.0.0.1:PORT`` works too.
    cache_seconds
        How long an answer is taken as true, in seconds; 0: ask each time.
    timeout_seconds
        How long one question may take, retries included, in seconds.
    patience_seconds
        How long a silent server is waited for when the others have answered, in seconds.
    concurrency
        How many questions about many sessions are asked at the same time.
    buckets
        S3 buckets that are searched for a session's directory, in order of preference.
    data_dir
        Where data assets are mounted: the setting ``AIND_SESSION_DATA_DIR``, else ``/data`` inside
        of a Code Ocean capsule; None elsewhere.
    computation_id
        The computation that this runs in, as Code Ocean says it; None elsewhere.
    capsule_id
        The capsule that this runs in, as Code Ocean says it; None elsewhere.
    cache_dir
        Where files are kept that can be fetched again; by default where the platform keeps such.
    disk_cache
        Whether answers are kept on disk, in `cache_dir`, for when there is no network.
    table
        Where the tables are that are made each night: a directory in S3 or here, or a file.
    source
        Who is asked where nothing else is said: ``servers``, ``table``, ``mounts``, or several.
    anonymous
        Whether S3 is sent no credentials, though there are some: npc-io's ``NPC_IO_ANON``, with
        whatever value.

    Examples
    --------
    >>> Settings(_env_file=None, CODE_OCEAN_API_TOKEN="cop_secret").code_ocean_api_token
    SecretStr('**********')
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    code_ocean_api_token: SecretStr | None = Field(None, validation_alias=TOKEN_VARIABLE)
    code_ocean_domain: str = Field(CODE_OCEAN_ADDRESS, validation_alias="CODE_OCEAN_DOMAIN")
    docdb_host: str = Field(DOCDB_ADDRESS, validation_alias="AIND_SESSION_DOCDB_HOST")
    cache_seconds: float = Field(
        600, ge=0, allow_inf_nan=False, le=_LONGEST, validation_alias="AIND_SESSION_CACHE_SECONDS"
    )
    timeout_seconds: float = Field(
        60, gt=0, allow_inf_nan=False, le=86_400, validation_alias="AIND_SESSION_TIMEOUT_SECONDS"
    )
    patience_seconds: float = Field(
        10, ge=0, allow_inf_nan=False, le=_LONGEST, validation_alias="AIND_SESSION_PATIENCE_SECONDS"
    )
    concurrency: int = Field(8, ge=1, le=256, validation_alias="AIND_SESSION_CONCURRENCY")
    buckets: Annotated[tuple[str, ...], NoDecode] = Field(
        KNOWN_BUCKETS, validation_alias="AIND_SESSION_BUCKETS"
    )
    data_dir: Path | None = Field(None, validation_alias="AIND_SESSION_DATA_DIR")
    computation_id: str | None = Field(None, validation_alias="CO_COMPUTATION_ID")
    capsule_id: str | None = Field(None, validation_alias="CO_CAPSULE_ID")
    cache_dir: Path | None = Field(None, validation_alias="AIND_SESSION_CACHE_DIR")
    disk_cache: bool = Field(False, validation_alias="AIND_SESSION_DISK_CACHE")
    table: str = Field(
        "s3://allen-data-views/data-asset-cache", validation_alias="AIND_SESSION_TABLE"
    )
    source: Annotated[tuple[Literal["servers", "table", "mounts"], ...], NoDecode] = Field(
        ("servers",), min_length=1, validation_alias="AIND_SESSION_SOURCE"
    )
    anonymous: bool = Field(False, validation_alias="NPC_IO_ANON")

    _token_variable: str | None = PrivateAttr(None)

    @field_validator("code_ocean_domain", "docdb_host")
    @classmethod
    def _address(cls, value: str) -> str:
        """Accept a bare host, as upstream's DocDB client does, and a slash at the end."""
        address = value if "://" in value else f"https://{value}"
        return address.rstrip("/")

    @field_validator("code_ocean_api_token")
    @classmethod
    def _one_word(cls, value: SecretStr | None) -> SecretStr | None:
        """Leave out blanks and ends of lines around a token, which files have."""
        token = "" if value is None else value.get_secret_value().strip()
        if not all("!" <= character <= "~" for character in token):
            raise ValueError("the token holds characters that no token has")
        return SecretStr(token) if token else None

    def __repr_args__(self) -> Any:
        for name, value in super().__repr_args__():
            is_address = name in ("code_ocean_domain", "docdb_host")  # which can hold a password
            yield name, without_query(value) if is_address else value

    @model_validator(mode="after")
    def _in_a_capsule(self) -> Settings:
        if self.data_dir is None and (self.capsule_id or self.computation_id):
            # the model is frozen for its users, not for its making
            object.__setattr__(self, "data_dir", _MOUNTS if _MOUNTS.is_dir() else None)
        return self

    @field_validator("data_dir", "cache_dir")
    @classmethod
    def _of_the_user(cls, value: Path | None) -> Path | None:
        """Read ``~``, which no shell has read in a ``.env`` file."""
        try:
            return value and value.expanduser()
        except RuntimeError as error:
            raise ValueError("the home directory that ~ stands for is not known") from error

    @field_validator("buckets", "source", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @field_validator("anonymous", mode="before")
    @classmethod
    def _is_set(cls, value: Any) -> bool:
        return bool(value)

    @property
    def token_variable(self) -> str | None:
        """The name of the variable that held the token; None without a token."""
        return self._token_variable


def read_settings() -> Settings:
    """Read the settings as they are now.

    Returns
    -------
    Settings
        From the environment, then the project's ``.env`` file, then the home directory's. When
        ``CODE_OCEAN_API_TOKEN`` has no value, the token is the first value that starts with
        ``COP_``, in either case, in any variable.

    Raises
    ------
    ValueError
        A variable has an invalid value, or a file is not text in UTF-8. It names the
        variable, or the file.
    """
    files = env_files()
    found: dict[str, str] = {}
    files_first_wins = [_values(path) for path in reversed(files)]
    places: list[Mapping[str, str | None]] = [os.environ, *files_first_wins]
    for values in places:
        for name, value in values.items():
            if value:
                found.setdefault(name, value)
    variable = _token_variable(found)
    token = {TOKEN_VARIABLE: found[variable]} if variable else {}
    settings = Settings(_env_file=files, **token)  # type: ignore[call-arg,arg-type]
    settings._token_variable = variable
    return settings


def cache_dir() -> Path:
    """Give the directory for files that can be fetched again: as set, else the platform's own."""
    import platformdirs  # 5 ms, and rarely asked

    chosen = read_settings().cache_dir
    if chosen is None and _home() is None:  # as in a container whose user has no entry
        return Path(tempfile.gettempdir(), f"aind-session-{getattr(os, 'getuid', int)()}")
    return chosen or Path(platformdirs.user_cache_dir("aind-session"))


def export_aws_variables() -> None:
    """Put AWS variables of the ``.env`` files into the environment, where they are not set.

    That is where botocore and s3fs look, and the paths that users build themselves.
    """
    for path in reversed(env_files()):
        for name, value in _values(path).items():
            if name.upper().startswith("AWS_") and value:
                os.environ.setdefault(name, value)


def env_files() -> tuple[Path, ...]:
    """Give the ``.env`` files that are read, the one that wins last."""
    try:
        project = find_dotenv(usecwd=True)
    except OSError:  # the current directory was deleted, or may not be read
        project = ""
    home = _home()
    file = None if home is None else home / ".env"
    found = [file] if file is not None and _is_file(file) else []
    if project and Path(project) != file:
        found.append(Path(project))
    return tuple(found)


def _home() -> Path | None:
    """Give the home directory; None where neither HOME nor the list of users says it."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a home directory that may not be entered
        return False


def _values(path: Path) -> Mapping[str, str | None]:
    try:
        return dotenv_values(path)
    except UnicodeDecodeError as error:
        # not with its cause, which holds all that is in the file
        raise ValueError(f"{path} is not text in UTF-8, from its byte {error.start} on") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error


def _token_variable(values: Mapping[str, str]) -> str | None:
    if values.get(TOKEN_VARIABLE):
        return TOKEN_VARIABLE
    for name, value in values.items():
        if value.strip().upper().startswith(TOKEN_PREFIX):
            return name
    return None
