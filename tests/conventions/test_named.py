"""All names of one acquisition."""

from __future__ import annotations

from aind_session.conventions.named import names_of
from aind_session.conventions.names import parse_session
from aind_session.sources.demo_world import DEMO_SESSION


def test_an_acquisition_has_its_names_with_and_without_platform() -> None:
    assert names_of(parse_session(DEMO_SESSION)) == [DEMO_SESSION, "676909_2023-12-13_13-43-40"]
    older = names_of(parse_session("676909_2023-12-13_13-43-40"))
    assert older[0] == "676909_2023-12-13_13-43-40"
    assert DEMO_SESSION in older[1:]
