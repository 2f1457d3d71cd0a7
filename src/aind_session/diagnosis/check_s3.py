"""Check S3: the credentials, and which buckets can be read."""

from __future__ import annotations

from functools import partial
from typing import Any

from aind_session.diagnosis.report import Finding
from aind_session.diagnosis.trying import next_step, outcomes
from aind_session.errors import AccessDeniedError, CredentialsError
from aind_session.sources import Sources
from aind_session.sources.settings import Settings

_KINDS_OF_CREDENTIALS = {
    "env": "environment variables",
    "shared-credentials-file": "a profile in the credentials file",
    "config-file": "a profile in the configuration file",
    "sso": "a profile with single sign-on",
    "assume-role": "a profile that assumes a role",
    "assume-role-with-web-identity": "a role through a web identity",
    "container-role": "the role of this container",
    "iam-role": "the role of this machine",
}
"""Descriptions of botocore's names of credential sources."""


def check(settings: Settings, sources: Sources) -> list[Finding]:
    """List one name in each bucket, in parallel."""
    storage = sources.storage
    looks = [partial(storage.has_bucket, bucket) for bucket in storage.buckets]
    credentials, *answers = outcomes(storage.credentials, *looks)
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
        return of("ok", "not sent, because NPC_IO_ANON is set")
    if is_enough:
        return of("ok", "not found, and not needed here")
    step = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws configure"
    return of("limited", "not found, so only public buckets can be read", step)


def _bucket(bucket: str, answer: Any, *, is_down: bool) -> Finding:
    of = partial(Finding, "S3", bucket)
    if answer is True:
        return of("ok", "readable")
    if answer is False:
        return of("limited", "the bucket does not exist", "remove it from AIND_SESSION_BUCKETS")
    if isinstance(answer, AccessDeniedError):
        step = "ask for access, or remove it from AIND_SESSION_BUCKETS"
        return of("limited", f"closed: {answer.detail} (HTTP {answer.status})", step)
    if isinstance(answer, CredentialsError):
        return of("wrong", str(answer), "run: aws sts get-caller-identity")
    step = f"check the network and AWS_ENDPOINT_URL: aws s3 ls s3://{bucket}/"
    return of("wrong" if is_down else "limited", str(answer), next_step(answer, step))
