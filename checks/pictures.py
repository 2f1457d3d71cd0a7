"""Create the views that notebooks show, for the pages and for checks in a real browser.

``python checks/pictures.py DIRECTORY`` writes each as ``NAME.html`` and text, and drawings as
``NAME.svg``. No request is sent: the data are the demo's documented facts and an invented subject
with a year of sessions.
"""

from __future__ import annotations

import dataclasses
import datetime
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aind_session
from aind_session import Sources, memory_sources
from aind_session.display import Matrix, Shown, Timeline, Tree
from aind_session.errors import UnavailableError
from aind_session.runtime.cache import Cache
from aind_session.sources import bodies
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.memory import World

MOUSE = "700001"
_FIRST = datetime.datetime(2024, 1, 8, 10, 30)


@dataclass(frozen=True)
class Picture:
    """A view.

    Attributes
    ----------
    name
        The base name of the files.
    code
        The code that a user writes to see it.
    html, text
        The form in a notebook and in a terminal.
    svg
        The drawing, if the view is one.
    """

    name: str
    code: str
    html: str
    text: str
    svg: str | None

    @classmethod
    def of(cls, name: str, code: str, thing: Shown) -> Picture:
        """Render a view with the current state."""
        forms = thing._repr_mimebundle_()
        drawn = thing.svg() if isinstance(thing, Tree | Timeline | Matrix) else None
        return cls(name, code, forms["text/html"], forms["text/plain"], drawn)


@dataclass(frozen=True)
class Step:
    """A line of a notebook that shows a view.

    Attributes
    ----------
    name
        The base name of the files.
    code
        The code that a user writes to see it.
    before
        The code to run first.
    """

    name: str
    code: str
    before: str = ""


DEMO = """\
from aind_session import Session, Subject, meter, sessions
"""
"""The first cell of the notebook about the demo."""

OF_THE_DEMO = (
    Step("not-asked", f"Session('{DEMO_SESSION}')"),
    Step("session", "session.load()", f"session = Session('{DEMO_SESSION}')"),
    Step("assets", "assets", "assets = session.data_assets\nassets.notes"),
    Step("derived", "session.derived('sorted')"),
    Step("lineage", "session.lineage()"),
    Step("metadata", "session.metadata", "list(session.metadata)"),
    Step("explain", "session.explain()"),
    Step("subject", "Subject(676909).load()"),
    Step("sessions", "many.load()", "many = sessions(676909)"),
    Step("answers", "many.raw_data_assets"),
    Step("meter", "counted", "with meter() as counted:\n    many.data_assets"),
    Step("doctor", "aind_session.doctor()"),
)

YEAR = f"""\
import warnings
from aind_session import Session, Subject, sessions
from checks.pictures import without_code_ocean, year
sources = year()
many = sessions(Subject({MOUSE}), sources=sources)
"""
"""The first cell of the notebook about an invented mouse."""

OF_A_YEAR = (
    Step("year", "subject.load()", f"subject = Subject({MOUSE}, sources=sources)"),
    Step("timeline", "many.timeline()"),
    Step("matrix", "many.matrix('raw', 'sorted', 'nwb')"),
    Step(
        "few",
        "few.matrix('raw', 'sorted', 'nwb')",
        "few = many.only(lambda session: session.platform == 'ecephys')[:6]",
    ),
    Step("many", "many"),
    Step(
        "failed",
        "failed.data_assets",
        "failed = next(s for s in many if any(a.state == 'failed' for a in s.data_assets))",
    ),
    Step(
        "down",
        "down.load()  # Code Ocean does not answer",
        f"warnings.simplefilter('ignore')\ndown = Session('{DEMO_SESSION}', "
        "sources=without_code_ocean())",
    ),
)


def pictures() -> Iterator[Picture]:
    """Yield all views, in the order of the page about them."""
    for first, steps in ((DEMO, OF_THE_DEMO), (YEAR, OF_A_YEAR)):
        with aind_session.demo(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # our own code, which a notebook's kernel also runs: see `checks.notebooks`
            names: dict[str, Any] = {"aind_session": aind_session}
            exec(first, names)  # noqa: S102
            for step in steps:
                exec(step.before, names)  # noqa: S102
                yield Picture.of(step.name, step.code, eval(step.code, names))  # noqa: S307


def year() -> Sources:
    """Invent a mouse: weeks of training, two weeks of recordings, imaging at the end."""
    world = World(objects={"aind-open-data": {}})
    days = [_FIRST + datetime.timedelta(days=day) for day in range(250)]
    plan = {"behavior": days[:190], "ecephys": days[190:205], "multiplane-ophys": days[215:245:4]}
    number = 0
    for platform, dates in plan.items():
        for day in dates:
            if day.weekday() < 5:
                number += 1
                _add(world, number, f"{platform}_{MOUSE}_{day:%Y-%m-%d_%H-%M-%S}", platform)
    return memory_sources(world)


def _add(world: World, number: int, name: str, platform: str) -> None:
    bucket = "aind-open-data"
    place = bodies.source_bucket(bucket, name)
    raw = {"custom_metadata": {"subject id": MOUSE, "data level": "raw data"}}
    if number % 17:
        world.assets.append(
            bodies.data_asset(
                _id(number), name, 1_704_700_000 + 86_400 * number, source_bucket=place, **raw
            )
        )
    modality = {"multiplane-ophys": "pophys"}.get(platform, platform)
    details = {"data_level": "raw", "modality": [{"abbreviation": modality}]}
    details |= {"project_name": "Dynamic Routing"}
    subject = {"subject_id": MOUSE, "genotype": "Sst-IRES-Cre/wt", "date_of_birth": "2023-10-02"}
    location = f"s3://{bucket}/{name}" if number % 17 else None
    world.records["v1"].append(
        bodies.record_v1(
            f"r{number}", name, location, [], data_description=details, subject=subject
        )
    )
    if platform == "ecephys":
        _sort(world, number, name)


def _sort(world: World, number: int, name: str) -> None:
    labels = {"custom_metadata": {"subject id": MOUSE, "data level": "derived"}}
    made = {"state": "failed", "failure_reason": "CUDA out of memory"} if number % 4 == 0 else {}
    more: dict[str, Any] = {**labels, **made}
    created = 1_704_900_000 + 86_400 * number
    at = datetime.datetime.fromtimestamp(created, datetime.timezone.utc)
    stamp = f"{at:%Y-%m-%d_%H-%M-%S}"
    world.assets.append(
        bodies.data_asset(_id(number + 500), f"{name}_sorted_{stamp}", created, **more)
    )
    if number % 3 == 0:
        world.assets.append(
            bodies.data_asset(_id(number + 900), f"{name}_nwb_{stamp}", created + 600, **labels)
        )


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


class _Down:
    """A server that does not answer."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*args: Any, **kwargs: Any) -> Any:
            raise UnavailableError("Code Ocean", "Service Unavailable (HTTP 503, four attempts)")

        return refuse


def without_code_ocean() -> Sources:
    """Return the demo's servers, with Code Ocean down."""
    known = memory_sources(demo_world())
    return dataclasses.replace(known, assets=_Down(), cache=Cache(600, failure_seconds=600))


def write(directory: Path) -> None:
    """Write every picture as files."""
    directory.mkdir(parents=True, exist_ok=True)
    for picture in pictures():
        (directory / f"{picture.name}.html").write_text(picture.html, encoding="utf-8")
        (directory / f"{picture.name}.txt").write_text(f"{picture.text}\n", encoding="utf-8")
        if picture.svg is not None:
            (directory / f"{picture.name}.svg").write_text(picture.svg, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    write(Path(sys.argv[1]))
