"""In-memory sources that behave like servers: their queries are counted, and refused offline."""

from __future__ import annotations

import functools
from typing import Any

from aind_session.errors import OfflineError
from aind_session.runtime import meter
from aind_session.runtime.modes import is_offline

_ASKS_NOTHING = frozenset({"buckets", "credentials", "path"})


class _AsServer:
    def __init__(self, source: Any, service: str) -> None:
        self._source = source
        self._service = service

    def __getattr__(self, name: str) -> Any:
        held = getattr(self._source, name)
        if name in _ASKS_NOTHING or not callable(held):
            return held

        @functools.wraps(held)
        def ask(*args: Any, **options: Any) -> Any:
            if is_offline():
                raise OfflineError(self._service)
            meter.count(self._service, requests=1)
            return held(*args, **options)

        return ask


def as_server(source: Any, service: str) -> Any:
    """Return a source whose queries are counted for a service, and refused offline."""
    return _AsServer(source, service)


def behind(source: Any) -> Any:
    """Return the source that `as_server` wrapped; any other source unchanged."""
    return source._source if isinstance(source, _AsServer) else source
