"""A stand-in for Code Ocean, the metadata database and S3, over HTTP on this machine.

It serves one `World` to real clients, records requests, and can be slow or fail.

    with Platform(world, quiet=0.05) as platform:
        platform.fail("docdb", status=503, times=1)
        ...
        assert platform.steps() == 1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType

from aind_session.sources.memory import World

from .code_ocean import SORTING_PIPELINE, SORTING_TRIGGER, CodeOcean
from .docdb import DocDB
from .faults import Fault, Kind, Service
from .messages import Answer, Call
from .recorder import Request, steps
from .rules import Rules
from .s3 import BUCKETS, CODE_OCEAN_BUCKET, REGION, S3
from .server import Server

__all__ = [
    "BUCKETS",
    "CODE_OCEAN_BUCKET",
    "QUIET",
    "SORTING_PIPELINE",
    "SORTING_TRIGGER",
    "Fault",
    "Platform",
    "Request",
    "World",
]

QUIET = 0.5
"""A time of quiet, in seconds, that exactly separates the steps of a question, also under load."""


class Platform(Rules):
    """The stand-in, which runs during a ``with`` block.

    Only one at a time in a process. Changes of the world show in the answers. Assets and runs that
    clients create are added to the world, but uploads to S3 are not. See `Rules` for the settings.
    """

    def __init__(
        self,
        world: World,
        latency: float = 0.0,
        quiet: float = 0.0,
        token: str = "cop_standin",
        page_size_cap: int = 1000,
        frozen: bool = False,
    ) -> None:
        super().__init__(
            latency=latency,
            quiet=quiet,
            token=token,
            page_size_cap=page_size_cap,
            frozen=frozen,
        )
        self.world = world
        self._code_ocean = CodeOcean(world, self)
        self._s3 = S3(world, self)
        docdb = DocDB(world, self)
        services: dict[str, Callable[[Call], Answer]]
        services = {"code_ocean": self._code_ocean, "docdb": docdb, "s3": self._s3}
        self._server = Server(services, self)
        self._code_ocean.storage_url = self.url("s3")

    def __enter__(self) -> Platform:
        self._s3.open()
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self._s3.close()
        if self._server.errors and error is None:
            raise RuntimeError("the stand-in itself failed:\n" + self._server.errors[0])

    def url(self, service: Service) -> str:
        """Return the address of a service, without a slash at its end."""
        return self._server.url(service)

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point clients to the stand-in."""
        return {
            "CODE_OCEAN_API_TOKEN": self.token,
            "CODE_OCEAN_DOMAIN": self.url("code_ocean"),
            "AIND_SESSION_DOCDB_HOST": self.url("docdb"),
            "AWS_ENDPOINT_URL": self.url("s3"),
            "AWS_ACCESS_KEY_ID": "standin",
            "AWS_SECRET_ACCESS_KEY": "standin",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    # -- the record --

    @property
    def requests(self) -> list[Request]:
        """All requests so far, in order of arrival, including unfinished ones."""
        return self._server.recorder.requests()

    def count(self, service: Service | None = None) -> int:
        """Return the number of requests so far."""
        return sum(service in (None, request.service) for request in self.requests)

    def steps(self) -> int:
        """Return the length of the longest chain of dependent requests.

        Exact with a time of quiet above the time that passes between two parallel requests of a
        client; without one, parallel requests may count as a chain.
        """
        return steps(self.requests)

    def bytes_sent(self) -> int:
        """Return the size of all bodies of answers so far."""
        return sum(request.sent for request in self.requests)

    def forget(self) -> None:
        """Clear the recorded requests."""
        self._server.recorder.forget()

    # -- faults --

    def fail(
        self,
        service: Service,
        *,
        method: str | None = None,
        path: str = "",
        query: str = "",
        times: int | None = None,
        status: int | tuple[int, ...] = 503,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        kind: Kind = "status",
        alter: Callable[[bytes], bytes] = bytes,
        pause: float = 0.05,
    ) -> Fault:
        """Make requests fail that go to a service and have these parts in path and query.

        Kinds are: ``"status"`` (an error status; the only one that heeds `status`), ``"reset"``
        (the connection is reset), ``"hang"`` (no answer), ``"html"`` (a web page instead of data),
        ``"truncated"`` (the connection ends amid the true answer), ``"shape"`` (JSON, but not of
        the kind that was asked for), ``"altered"`` (the true answer, of which `alter` makes
        another), ``"endless"`` (an answer that goes on and on), ``"drip"`` (the true answer, with
        a `pause` in seconds before each byte), ``"slow head"`` (headers without end, likewise),
        ``"lost"`` (what was asked is done, and the connection reset instead of an answer),
        ``"done, and refused"`` (it is done, and answered with an error status).
        """
        fault = Fault(
            service=service,
            kind=kind,
            method=method,
            path=path,
            query=query,
            times=times,
            status=status,
            headers=headers or {},
            body=body.encode() if isinstance(body, str) else body,
            alter=alter,
            pause=pause,
        )
        self._server.faults.add(fault)
        return fault

    def heal(self) -> None:
        """Remove all faults; requests that a fault has already hit are not released."""
        self._server.faults.clear()
        self.endless_pages = None
