"""Errors of botocore and urllib3, converted to this library's errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import urllib3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import InvalidHeader

from aind_session.errors import (
    AindSessionError,
    CredentialsError,
    RemoteError,
    UnavailableError,
)
from aind_session.errors.wording import printable
from aind_session.sources.servers.limits import TooLargeError, TooLateError
from aind_session.sources.servers.s3_answers import (
    SERVICE,
    RefusedError,
    address,
    holder,
    odd_answer,
    unread_answer,
)
from aind_session.sources.servers.surroundings import error_of_surroundings, in_short

_NO_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

OF_CREDENTIALS = (ConfigParseError, *_NO_CREDENTIALS)
"""The errors that `errors_of_credentials` converts."""


WHILE_READING = (BotoCoreError, LookupError, OSError, TypeError, ValueError)
"""What botocore may raise while it reads credentials, from files, programs and services."""

_OF_ODD_ANSWERS = (
    AttributeError,
    IncompleteReadError,  # the connection was whole, but the answer states another length
    LookupError,
    RecursionError,
    ResponseParserError,
    TypeError,
    ValueError,
)
"""What botocore raises if it reads an answer that S3 does not send."""

_LATE = (ConnectTimeoutError, ReadTimeoutError, urllib3.exceptions.ReadTimeoutError)
"""Raised if the answer does not begin in time, and the last one if its rest does not arrive."""


@contextmanager
def errors_of_credentials(*others: type[Exception]) -> Iterator[None]:
    """Convert botocore's errors about credentials to `CredentialsError`.

    Without their causes, which can repeat a line of the file of credentials.

    Parameters
    ----------
    *others
        Further errors to convert, such as `WHILE_READING`.
    """
    try:
        yield
    except AindSessionError:  # some are also ValueErrors
        raise
    except ConfigParseError as error:
        raise CredentialsError(
            f"{SERVICE} needs AWS credentials: {error}; fix the file, or name another one in "
            "AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE",
            service=SERVICE,
            variable="AWS_CONFIG_FILE",
        ) from None
    except _NO_CREDENTIALS as error:
        raise CredentialsError(
            f"{SERVICE} needs AWS credentials: {printable(str(error)).strip()}; set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or renew them",
            service=SERVICE,
            variable=None if isinstance(error, NoCredentialsError) else holder(),
        ) from None
    except others as error:
        raise CredentialsError(
            f"{SERVICE} needs AWS credentials, and they cannot be read ({in_short(error)}): "
            "check the credential_process, role or service that AWS_PROFILE, ~/.aws/config or "
            "AWS_CONTAINER_CREDENTIALS_FULL_URI names",
            service=SERVICE,
            variable=holder(),
        ) from None


@contextmanager
def errors_of_botocore(bucket: str) -> Iterator[None]:
    """Convert errors of botocore and urllib3 to this library's errors."""
    url = f"s3://{bucket}"
    try:
        with errors_of_credentials():
            yield
    except AindSessionError:  # some are also ValueErrors
        raise
    except ClientError as error:
        raise _refused(error) from error
    except _OF_ODD_ANSWERS as error:
        raise unread_answer(bucket, error) from error
    except TooLateError as error:
        raise UnavailableError(SERVICE, str(error), url=url) from error
    except TooLargeError as error:
        raise RemoteError(SERVICE, str(error), url=url) from error
    except (BotoConnectionError, HTTPClientError, urllib3.exceptions.HTTPError) as error:
        if isinstance(getattr(error, "kwargs", {}).get("error"), InvalidHeader):
            raise odd_answer(bucket, "the answer has two lengths") from error
        is_late = isinstance(error, _LATE)
        detail = "no answer in time" if is_late else f"the connection failed ({in_short(error)})"
        said = error_of_surroundings(SERVICE, error, address(bucket))
        if said is None and type(getattr(error, "kwargs", {}).get("error")) is ValueError:
            raise _unsendable() from None  # the text of http.client's error has the header
        raise said or UnavailableError(SERVICE, detail, url=url) from None
    except (BotoCoreError, OSError) as error:
        said = error_of_surroundings(SERVICE, error, address(bucket))
        raise said or RemoteError(SERVICE, in_short(error), url=url) from None


def _refused(error: ClientError) -> RefusedError:
    said = error.response.get("ResponseMetadata", {})
    code = str(error.response.get("Error", {}).get("Code") or "")
    return RefusedError(code, said.get("HTTPStatusCode"), said.get("HTTPHeaders", {}))


def _unsendable() -> CredentialsError:
    return CredentialsError(
        f"{SERVICE} was not asked, because the AWS credentials cannot be sent: they contain a line "
        "break or another invalid character; check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN",
        service=SERVICE,
        variable=holder(),
    )
