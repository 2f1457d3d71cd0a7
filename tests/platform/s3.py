"""S3: moto answers; this module checks permissions, which moto does not."""

from __future__ import annotations

import functools
import io
import threading
from typing import Any
from urllib.parse import quote, urlencode

from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.models import s3_backends
from werkzeug.test import run_wsgi_app

from aind_session.sources.memory import World

from .faults import s3_error
from .messages import Answer, Call
from .recorder import is_presigned, is_signed
from .rules import Rules

CODE_OCEAN_BUCKET = "codeocean-s3datasetsbucket-1u41qdg42ur9"
RESULTS_BUCKET = "codeocean-s3resultsbucket-standin"
BUCKETS = (
    CODE_OCEAN_BUCKET,
    "aind-private-data-prod-o5171v",
    "aind-open-data-prod-o5171v",
    "aind-open-data",
    "aibs-behavior-data",
    "aind-ephys-data",
    "aind-ophys-data",
    "aind-scratch-data",
    RESULTS_BUCKET,
)
ACCOUNT = "123456789012"
REGION = "us-west-2"

# For moto, which has its own rules for access without credentials.
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=standin/20240101/us-west-2/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
)

Objects = dict[str, dict[str, bytes]]


class S3:
    """The buckets of one world. moto keeps its state per process: one stand-in at a time."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._world = world
        self._rules = rules
        self._loaded: Objects = {}
        self._lock = threading.Lock()

    def open(self) -> None:
        """Reset moto to the world's contents."""
        s3_backends[ACCOUNT]["aws"].reset()
        self._load()

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        with self._lock:
            self._load()
            return self._refuse(call) or _ask_moto(call)

    def close(self) -> None:
        """Delete the contents, which moto stores in temporary files."""
        s3_backends[ACCOUNT]["aws"].reset()

    def _refuse(self, call: Call) -> Answer | None:
        bucket = call.path.lstrip("/").split("/")[0]
        if is_presigned(call):
            if "authorization" in call.headers:
                return s3_error(400, "InvalidArgument", "Only one auth mechanism allowed")
            return None
        if bucket in self._rules.forbidden_buckets:
            return s3_error(403, "AccessDenied", "Access Denied")
        # Nobody may list all buckets; a missing bucket is reported as missing.
        secret = not bucket or bucket in self._loaded
        if secret and not is_signed(call) and bucket not in self._rules.allow_public:
            return s3_error(403, "AccessDenied", "Access Denied")
        return None

    def _load(self) -> None:
        """Update moto from the world, which tests may change at any time.

        This bypasses moto's HTTP interface, which is faster and records no request.
        """
        wanted = _objects(self._world)
        if wanted == self._loaded:
            return
        backend = s3_backends[ACCOUNT]["aws"]
        for bucket in self._loaded.keys() - wanted.keys():
            for key in self._loaded[bucket]:
                backend.delete_object(bucket, key)
            backend.delete_bucket(bucket)
        for bucket, contents in wanted.items():
            if bucket not in self._loaded:
                backend.create_bucket(bucket, REGION)
            _load_bucket(backend, bucket, self._loaded.get(bucket, {}), contents)
        self._loaded = {bucket: dict(contents) for bucket, contents in wanted.items()}


def signed_url(endpoint: str, bucket: str, key: str) -> str:
    """Return a signed URL, as Code Ocean does."""
    signature = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Expires": "3600",
        "X-Amz-Signature": "standin-signature",
    }
    return f"{endpoint}/{bucket}/{quote(key)}?{urlencode(signature)}"


def _objects(world: World) -> Objects:
    results = {
        f"{computation}/{path}": content
        for computation, files in world.results.items()
        for path, content in files.items()
    }
    return {**{bucket: {} for bucket in BUCKETS}, **world.objects, RESULTS_BUCKET: results}


def _load_bucket(
    backend: Any, bucket: str, old: dict[str, bytes], wanted: dict[str, bytes]
) -> None:
    for key in old.keys() - wanted.keys():
        backend.delete_object(bucket, key)
    for key, content in wanted.items():
        if old.get(key) != content:
            backend.put_object(bucket, key, content, disable_notification=True)


@functools.cache
def _application() -> Any:
    return create_backend_app("s3")


def _ask_moto(call: Call) -> Answer:
    body, status, headers = run_wsgi_app(_application(), _environ(call), buffered=True)
    return Answer(int(status.split()[0]), b"".join(body), dict(headers))


def _environ(call: Call) -> dict[str, Any]:
    host = call.headers.get("host", "127.0.0.1")
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": value
        for name, value in call.headers.items()
        if name not in ("content-type", "content-length", "transfer-encoding")
    }
    headers.setdefault("HTTP_AUTHORIZATION", _AUTHORIZATION)
    return {
        **headers,
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        # WSGI expects the bytes of the path decoded as Latin-1.
        "PATH_INFO": call.path.encode().decode("latin-1"),
        "QUERY_STRING": call.query,
        "RAW_URI": call.target,
        "REQUEST_URI": call.target,
        "CONTENT_TYPE": call.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(call.body)),
        "SERVER_NAME": host.split(":")[0],
        "SERVER_PORT": host.split(":")[-1],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(call.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
