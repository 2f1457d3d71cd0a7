"""The pytest plugin: the fixture ``fake_aind``, and the marker that fills it.

pytest imports this module wherever the library is installed, so slow imports are in the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aind_session.testing.fake import FakeAIND

_MARK = "fake_aind"

pytest.register_assert_rewrite("aind_session.testing.contract")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, for ``--strict-markers`` and ``pytest --markers``."""
    config.addinivalue_line(
        "markers",
        f"{_MARK}(yaml): the content of the fixture fake_aind, as text, or the path of a file "
        "relative to the test's file",
    )


@pytest.fixture
def fake_aind(request: pytest.FixtureRequest) -> Iterator[FakeAIND]:
    """Replace Code Ocean, DocDB and S3 during a test by a `FakeAIND`, empty or filled from YAML.

    ``@pytest.mark.fake_aind(...)`` takes the YAML: text, or a path relative to the directory of the
    test's file.
    """
    from aind_session.testing.fake import FakeAIND

    mark = request.node.get_closest_marker(_MARK)
    with FakeAIND() if mark is None else FakeAIND.from_yaml(_source(request, *mark.args)) as fake:
        yield fake


def _source(request: pytest.FixtureRequest, source: str | Path) -> str | Path:
    from aind_session.testing.seeds import names_file

    return request.path.parent / source if names_file(source) else source
