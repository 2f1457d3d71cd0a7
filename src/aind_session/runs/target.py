"""Check a request against what its capsule or pipeline accepts."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from aind_session.conventions import institute
from aind_session.conventions.mentions import EXPERIMENT_LABEL
from aind_session.errors import (
    AccessDeniedError,
    AssetNotFoundError,
    CredentialsError,
    RemoteError,
)
from aind_session.errors.wording import printable, quote
from aind_session.runs.process import Process
from aind_session.runtime.parallel import side_by_side
from aind_session.runtime.parsing import objects_in
from aind_session.sources import Sources
from aind_session.sources.protocols import Body
from aind_session.sources.world import LONGEST_VALUE

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

_SHOWN = 8


@dataclass(frozen=True)
class Target:
    """What a plan must know about its capsule or pipeline.

    Attributes
    ----------
    panel
        Its app panel; None if the target or version does not exist or is not accessible.
    problem
        Why it cannot be run at all; None if it can.
    runs
        All its runs, as Code Ocean sends them.
    listed
        The runs to search for the plan's own runs: those of the target, or of the monitor.
    experiment_types
        Allowed values of the custom metadata; empty if they are unknown or not restricted.
    notes
        What could not be checked.
    requests
        The number of requests that were sent.
    """

    panel: Body | None
    problem: str | None
    runs: tuple[Body, ...]
    listed: tuple[Body, ...]
    experiment_types: tuple[str, ...]
    notes: tuple[str, ...]
    requests: int

    def runs_with(self, work: Body) -> Sequence[Body]:
        """Return the runs with the first input of a request, which it may have started."""
        inputs = objects_in(work, "data_assets")
        return self._by_input.get(inputs[0]["id"], ()) if inputs else self.runs

    @cached_property
    def _by_input(self) -> dict[Any, list[Body]]:
        found: dict[Any, list[Body]] = {}
        for run in self.runs:
            for part in objects_in(run, "data_assets"):
                found.setdefault(part.get("id"), []).append(run)
        return found


def ask_target(process: Process, sources: Sources) -> Target:
    """Ask Code Ocean about the target of a plan, in parallel.

    Raises
    ------
    RemoteError, CredentialsError
        Code Ocean could not be asked.
    """
    source, target = sources.assets, process.target
    asked: list[Callable[[], Any]] = [
        partial(_or_problem, lambda: source.panel(target, process.version)),
        partial(_or_problem, lambda: source.computations(target)),
        partial(_or_problem, source.custom_metadata),
    ]
    if process.via:
        asked.append(partial(_or_problem, lambda: source.computations(process.listed_by)))
    panel, runs, fields, *monitor = side_by_side(asked)
    listed = monitor[0] if monitor else runs
    problem = next(
        (str(found) for found in (panel, runs, listed) if isinstance(found, Exception)), None
    )
    notes = _notes(panel, fields)
    return Target(
        panel=None if isinstance(panel, Exception) else panel,
        problem=None if problem is None else f"{problem}{_close_ids(target)}",
        runs=() if isinstance(runs, Exception) else tuple(runs),
        listed=() if isinstance(listed, Exception) else tuple(listed),
        experiment_types=() if isinstance(fields, Exception) else _experiment_types(fields),
        notes=tuple(notes),
        requests=len(asked),
    )


def _or_problem(ask: Callable[[], Any]) -> Any:
    """Return the answer, or an error that says that the object is missing or not accessible."""
    try:
        return ask()
    except (AssetNotFoundError, AccessDeniedError) as error:
        return error
    except CredentialsError:
        raise
    except RemoteError as error:
        if error.status is not None and 400 <= error.status < 500 and error.status != 429:
            return error
        raise


def _notes(panel: Any, fields: Any) -> list[str]:
    notes = []
    if isinstance(panel, dict) and not panel.get("parameters"):
        notes.append("its app panel lists no parameters: their names were not checked")
    if isinstance(fields, Exception):
        notes.append(f"the values that custom metadata allow were not checked: {fields}")
    return notes


def _experiment_types(fields: Body) -> tuple[str, ...]:
    for one in objects_in(fields, "fields"):
        if one.get("name") == EXPERIMENT_LABEL:
            return tuple(map(str, one.get("allowed_values") or ()))
    return ()


def problems(
    process: Process, request: Body, assets: Mapping[str, DataAsset], target: Target
) -> list[str]:
    """Return all problems of a request, each with what would be correct.

    Parameters
    ----------
    process
        The process to run.
    request
        The body that would be sent to start it.
    assets
        The inputs, by mount.
    target
        What is known about its target.
    """
    if target.problem is not None or target.panel is None:
        return [target.problem or "its app panel cannot be seen"]
    panel = target.panel
    found = _wrong_kind(process, panel)
    found += _wrong_values("", request, panel)
    found += _wrong_processes(request, panel)
    check = _wrong_in_pipeline if process.pipeline else _wrong_in_capsule
    for mount, asset in assets.items():
        found += [*_not_ready(asset), *check(mount, asset, panel)]
    return found


def _wrong_kind(process: Process, panel: Body) -> list[str]:
    if process.capsule and panel.get("processes"):
        return [
            f"{process.target} is a pipeline, since it has processes: use pipeline=, not capsule="
        ]
    return []


def _wrong_values(where: str, request: Body, panel: Body) -> list[str]:
    """Check parameters against those that a panel, or one process of it, lists."""
    given = {part["param_name"]: part["value"] for part in objects_in(request, "named_parameters")}
    found = [
        f"the value of parameter {name!r}{where} has {len(value)} characters: at most "
        f"{LONGEST_VALUE} are allowed"
        for name, value in given.items()
        if len(value) > LONGEST_VALUE
    ]
    known = {part.get("param_name"): part for part in objects_in(panel, "parameters")}
    known.pop(None, None)
    if not known:
        return found
    for name, value in given.items():
        if name in known:
            found += _wrong_value(name, where, value, known[name])
        else:
            found.append(f"there is no parameter {name!r}{where}{_near(name, known)}")
    return found + [
        f"parameter {name!r}{where} is required, and has no default"
        for name, part in known.items()
        if part.get("required") and not part.get("default_value") and name not in given
    ]


def _wrong_value(name: str, where: str, value: str, part: Body) -> list[str]:
    options, pattern = part.get("value_options") or (), part.get("pattern")
    what = f"parameter {name!r}{where}"
    if options and value not in options:
        return [f"{what} cannot be {quote(value)}{_near(value, options)}"]
    if isinstance(pattern, str) and not _fits(pattern, value):
        return [f"{what} is {quote(value)}, which does not match the pattern {pattern!r}"]
    return _out_of_range(what, value, part)


def _fits(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:  # another dialect of regular expressions: leave the check to the server
        return True


def _out_of_range(what: str, value: str, part: Body) -> list[str]:
    least, most, kind = part.get("minimum"), part.get("maximum"), part.get("value_type")
    is_whole = kind == "integer"
    if not (is_whole or kind in ("number", "float") or least is not None or most is not None):
        return []
    try:
        number = int(value) if is_whole else float(value)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        expected = "a whole number" if is_whole else "a number"
        return [f"{what} is {quote(value)}, where {expected} is expected"]
    if (least is not None and number < least) or (most is not None and number > most):
        return [f"{what} is {value}, which is {_outside(least, most)}"]
    return []


def _outside(least: Any, most: Any) -> str:
    if least is None:
        return f"above {most}"
    return f"below {least}" if most is None else f"not between {least} and {most}"


def _wrong_processes(request: Body, panel: Body) -> list[str]:
    known = {part.get("name"): part for part in objects_in(panel, "processes")}
    found = []
    for part in objects_in(request, "processes"):
        name = part["name"]
        if name in known:
            found += _wrong_values(f" of process {name!r}", part, known[name])
        else:
            found.append(
                f"there is no process {name!r}{_near(name, known)}; the number in the name changes "
                "when the pipeline is edited"
            )
    return found


def _wrong_in_capsule(mount: str, asset: DataAsset, panel: Body) -> list[str]:
    for fixed in objects_in(panel, "data_assets"):
        if fixed.get("id") == asset.id:
            return [f"{asset.name} is attached to the capsule already: leave it out of inputs"]
        if fixed.get("mount") == mount:
            return [
                f"the mount {mount!r} is taken by {fixed.get('name') or fixed.get('id')}, which is "
                "attached to the capsule: choose another"
            ]
    return []


def _wrong_in_pipeline(mount: str, asset: DataAsset, panel: Body) -> list[str]:
    places = {part.get("mount"): part for part in objects_in(panel, "data_assets")}
    if not places:
        return []  # nothing is attached that the input could replace
    if mount not in places:
        return [f"the pipeline has no data at the mount {mount!r}{_near(mount, places)}"]
    wanted, is_of = places[mount].get("kind"), kind_of(asset)
    if wanted in ("internal", "external", "combined") and wanted != is_of:
        return [
            f"{asset.name} is {is_of}, but the pipeline's data at {mount!r} are {wanted}: they can "
            "only be replaced by data of the same kind"
        ]
    return []


def kind_of(asset: DataAsset) -> str:
    """Return where an asset's files are, as app panels name it."""
    if asset.type == "combined":
        return "combined"
    return "internal" if asset.source_bucket is None else "external"


def _not_ready(asset: DataAsset) -> list[str]:
    state = str(getattr(asset.state, "value", asset.state))
    if state in ("ready", "None"):
        return []
    more = f": {printable(asset.failure_reason)}" if asset.failure_reason else ""
    return [f"{asset.name} ({asset.id}) is {state}, not ready{more}"]


def only_mount(panel: Body | None) -> str | None:
    """Return the only mount of a pipeline's data; None if there is not exactly one."""
    mounts = {part.get("mount") for part in objects_in(panel or {}, "data_assets")}
    return str(mounts.pop()) if len(mounts) == 1 else None


def mounts_of(panel: Body | None) -> list[str]:
    """List the mounts of a pipeline's data."""
    return [str(part.get("mount")) for part in objects_in(panel or {}, "data_assets")]


def wrong_experiment_type(value: str | None, target: Target) -> list[str]:
    """Return the problem with an experiment type that Code Ocean would refuse; empty if none."""
    allowed = target.experiment_types
    if value is None or not allowed or value in allowed:
        return []
    return [
        f"the experiment type {quote(value)} is not allowed{_near(value, allowed)}; set "
        "Capture(experiment_type=...)"
    ]


def _near(name: str, known: Iterable[Any]) -> str:
    """Name the most similar names, and the existing ones."""
    names = [str(one) for one in known if one is not None]
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    shown = ", ".join(map(quote, names[:_SHOWN])) + (", ..." if len(names) > _SHOWN else "")
    if not names:
        return "; there are none"
    if not close:
        return f"; there is {shown}"
    return f"; did you mean {' or '.join(map(quote, close))}? There is {shown}"


def _close_ids(target: str) -> str:
    known = {v: n for n, v in vars(institute).items() if n.endswith(("PIPELINE_ID", "CAPSULE_ID"))}
    close: Sequence[str] = difflib.get_close_matches(target, known, n=1, cutoff=0.7)
    if not close or close[0] == target:
        return ""
    return f"; did you mean {close[0]} ({known[close[0]]})?"
