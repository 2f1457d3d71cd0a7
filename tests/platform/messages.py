"""Requests and responses of the stand-in's services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Call:
    """One HTTP request, as the services see it. Names of headers are in lower case."""

    service: str
    method: str
    target: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def params(self) -> dict[str, str]:
        """Parameters of the query string, decoded."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def json(self) -> Any:
        """Decode the body, or refuse like the servers."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Refusal(400, f"malformed JSON: {error}") from None


@dataclass(frozen=True)
class Answer:
    """One HTTP response."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Raised by a service to answer with an error status and ``{"message": ...}``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer = json_answer({"message": message}, status)


def compact(value: Any) -> str:
    """Encode without spaces, like the servers."""
    return json.dumps(value, separators=(",", ":"), default=str)


def json_answer(value: Any, status: int = 200) -> Answer:
    """Answer with a JSON body."""
    return Answer(status, compact(value).encode(), {"Content-Type": "application/json"})
