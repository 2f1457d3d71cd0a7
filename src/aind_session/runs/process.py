"""What to run for each session: a capsule or pipeline, its inputs, and how to capture results."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from numbers import Real
from string import Formatter
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING, Any, Literal, overload

from aind_session.catalog.by_id import get_normalized_uuid
from aind_session.conventions.institute import PIPELINE_MONITOR_CAPSULE_ID
from aind_session.conventions.names import find_asset_name, whole_session
from aind_session.errors.wording import number_of, quote
from aind_session.runtime.arguments import count, instance, one_of, optional_text, text, texts

if TYPE_CHECKING:
    from codeocean.computation import Computation

    from aind_session.runs.bound import BoundProcess

Inputs = Callable[[Any], Any]
"""A function that returns the inputs of a session."""

Share = Literal["viewer", "discoverable"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NOT_IN_NAMES = frozenset('<>:;"/|?*\\')
"""Characters that the metadata schema and some file systems do not allow in names."""


_SESSION = "700001_2000-01-01_00-00-00"

_LONGEST_NAME = 200
"""The longest asset name without the session; file systems allow 255 characters."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True)
class Capture:
    """How the results of a run become a data asset.

    Attributes
    ----------
    name
        Its name, with the placeholders ``{session}``, ``{label}`` and ``{ended}`` (the end of the
        run, in UTC); several sessions need the first. None uses the name in the results'
        ``data_description.json`` if it is valid for derived data of the session, and otherwise
        ``{session}_{label}_{ended}``.
    tags
        Additional tags; ``derived``, the platform and the subject are always set.
    share
        The role of everyone: ``viewer`` or ``discoverable``; None keeps the asset private.
    target
        A bucket to copy the results to, below the name of the asset; None keeps them in Code Ocean.
    experiment_type
        For the custom metadata; by default that of the raw data asset.
    failed
        Whether to capture the results of failed runs, too.
    """

    name: str | None = None
    tags: tuple[str, ...] = ()
    share: Share | None = "viewer"
    target: str | None = None
    experiment_type: str | None = None
    failed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", texts(self.tags, "a tag"))
        for value, what in (
            (optional_text(self.name, "a name"), "a name"),
            (optional_text(self.target, "a bucket"), "a bucket"),
            (optional_text(self.experiment_type, "an experiment type"), "an experiment type"),
        ):
            if value is not None and not value.strip():
                raise ValueError(f"{what} must not be empty")
        if self.share is not None:
            one_of(self.share, ("viewer", "discoverable"), "share")
        if self.name is not None:
            _check_template(self.name)
        if self.target is not None and not _BUCKET.fullmatch(self.target):
            raise ValueError(f"a target is the name of a bucket, not {quote(self.target)}")
        if not isinstance(self.failed, bool):
            raise TypeError(f"failed is True or False, not {quote(self.failed)}")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain data."""
        return {**vars(self), "tags": list(self.tags)}


@dataclass(frozen=True)
class Process:
    """What to run for a session. Creating one sends no request.

    As an attribute of a session namespace, it becomes a `BoundProcess` of each session.

    Attributes
    ----------
    label
        The process label in asset names, such as ``sorted``.
    capsule, pipeline
        The ID; only one of the two.
    inputs
        A function of a session that returns a mapping of mounts to assets (or their IDs), or one
        asset, which is mounted at the pipeline's only mount, or under its name in a capsule. If it
        raises, the error says why the session cannot be run. By default the raw data asset.
    parameters
        Values by ``param_name``, or a function of a session that returns them. Numbers are
        converted to text.
    processes
        For pipelines: parameters by process name, as in ``main.nf``.
    version
        The version of a released capsule or pipeline; None uses the current state.
    profile
        The Nextflow profile.
    capture
        How to capture results as assets; None captures nothing.
    ok
        A function of the computation and the top-level names of its results, which returns whether
        an apparently successful run did succeed; if it raises, the run counts as failed. A ledger
        cannot store it: pass the process again.
    via
        ``"monitor"`` lets AIND's pipeline monitor start, wait and capture, on its own machine.

    Raises
    ------
    ValueError, TypeError
        An invalid value.

    Examples
    --------
    >>> Process("sorted", pipeline="1f8f159a-7670-47a9-baf1-078905fc9c2e").target
    '1f8f159a-7670-47a9-baf1-078905fc9c2e'
    """

    label: str
    _: KW_ONLY
    capsule: str | None = None
    pipeline: str | None = None
    inputs: Inputs | None = None
    parameters: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] = field(
        default_factory=lambda: _NOTHING
    )
    processes: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _NOTHING)
    version: int | None = None
    profile: str | None = None
    capture: Capture | None = field(default_factory=Capture)
    ok: Callable[[Computation, Sequence[str]], bool] | None = None
    via: Literal["monitor"] | None = None

    def __post_init__(self) -> None:
        _check_label(self.label)
        if (self.capsule is None) == (self.pipeline is None):
            raise ValueError(
                "a process has either a capsule or a pipeline, by its ID, not "
                f"capsule={quote(self.capsule)} and pipeline={quote(self.pipeline)}"
            )
        for name in ("capsule", "pipeline"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, get_normalized_uuid(getattr(self, name)))
        if not isinstance(self.processes, Mapping):
            raise TypeError(
                f"processes are a mapping of names to parameters, not {quote(self.processes)}"
            )
        if not callable(self.parameters):
            object.__setattr__(self, "parameters", values_of(self.parameters))
        each = {
            text(name, "a process of a pipeline"): values_of(values, f" of process {name!r}")
            for name, values in self.processes.items()
        }
        object.__setattr__(self, "processes", MappingProxyType(each))
        self._check()

    def _check(self) -> None:
        if self.inputs is not None:
            _check_function(self.inputs, "inputs is a function of a session", 1)
        if callable(self.parameters):
            _check_function(
                self.parameters, "parameters is a mapping, or a function of a session", 1
            )
        if self.version is not None:
            object.__setattr__(self, "version", count(self.version, "a version"))
        if self.ok is not None:
            _check_function(self.ok, "ok is a function of a computation and file names", 2)
        if not isinstance(self.capture, (Capture, NoneType)):
            raise TypeError(f"capture is a Capture or None, not {quote(self.capture)}")
        if optional_text(self.profile, "a Nextflow profile") == "":
            raise ValueError("a Nextflow profile must not be empty")
        if self.processes and self.pipeline is None:
            raise ValueError(
                "only a pipeline has processes with their own parameters, not capsule "
                f"{self.capsule}: {quote(list(self.processes))}"
            )
        if self.via is not None:
            one_of(self.via, ("monitor",), "via")
        if self.via and self.pipeline is None:
            raise ValueError(
                f"the pipeline monitor starts pipelines, not capsules such as {self.capsule}"
            )
        if self.via and self.capture and (self.capture.name is not None or self.capture.failed):
            raise ValueError(
                "the pipeline monitor names assets itself, and captures no failed runs: leave out "
                "name and failed of Capture, or via='monitor'"
            )

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Process: ...
    @overload
    def __get__(self, instance: Any, owner: type | None = None) -> BoundProcess: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Process | BoundProcess:
        session = getattr(instance, "_base", None)
        if session is None:
            return self
        from aind_session.runs.bound import BoundProcess  # has a Process; imports searches

        return BoundProcess(session, self)

    @property
    def target(self) -> str:
        """The ID of the capsule or pipeline."""
        return str(self.pipeline or self.capsule)

    @property
    def listed_by(self) -> str:
        """The ID of the capsule or pipeline that requests start: the target, or the monitor."""
        return PIPELINE_MONITOR_CAPSULE_ID if self.via else self.target

    def to_dict(self) -> dict[str, Any]:
        """Return the process as plain data, without its functions."""
        return {
            "label": self.label,
            "capsule": self.capsule,
            "pipeline": self.pipeline,
            "version": self.version,
            "profile": self.profile,
            "via": self.via,
            "capture": self.capture.to_dict() if self.capture else None,
            "judged_by_function": self.ok is not None,
        }


def _check_function(function: Any, what: str, count: int) -> None:
    """Check that a function can be called with a number of arguments."""
    if not callable(function):
        raise TypeError(f"{what}, not {quote(function)}")
    try:
        known = inspect.signature(function)
    except ValueError:  # its arguments are unknown, as those of some built-in functions
        return
    try:
        known.bind(*range(count))
    except TypeError:
        arguments = number_of(count, "argument")
        raise TypeError(f"{what}, so it takes {arguments}, not {known}") from None


def checked_process(process: Any) -> Process:
    """Return a process unchanged; raise a `TypeError` for anything else, such as its label."""
    how = "Process('sorted', pipeline=...), or plan_runs(sessions, id, label='sorted')"
    if isinstance(getattr(process, "process", None), Process):
        how = "it is bound to a session; pass its .process"
    return instance(process, Process, "a process", how)


def how_it_differs(process: Any, recorded: Mapping[str, Any]) -> str:
    """Return the settings that a ledger records otherwise, with both values; empty if none."""
    passed = checked_process(process).to_dict()
    return ", ".join(
        f"{name} is {quote(recorded.get(name))}, not {quote(value)}"
        for name, value in passed.items()
        if value != recorded.get(name)
    )


def values_of(given: Any, of_what: str = "") -> Mapping[str, str]:
    """Return parameters as text, sorted by name.

    Parameters
    ----------
    given
        Text, numbers (of Python, numpy or pandas) and paths, by name.
    of_what
        What has the parameters, for errors; empty for the target of the process.

    Raises
    ------
    TypeError
        A name is not text, or a value has another type.
    ValueError
        A value is NaN, or a name is empty.

    Examples
    --------
    >>> dict(values_of({"n_jobs": 4, "sorter": "kilosort4"}))
    {'n_jobs': '4', 'sorter': 'kilosort4'}
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"parameters{of_what} are a mapping of names to values, not {quote(given)}")
    what = f"the name of a parameter{of_what}"
    found = {text(name, what): _value(f"{name!r}{of_what}", v) for name, v in given.items()}
    if "" in found:
        raise ValueError(f"{what} must not be empty")
    return MappingProxyType(dict(sorted(found.items())))


def _value(name: str, value: Any) -> str:
    if isinstance(value, os.PathLike):
        value = os.fsdecode(value)
    if isinstance(value, bool) or not isinstance(value, (str, Real)):
        raise TypeError(
            f"the value of parameter {name} is text or a number, not {quote(value)}: write it as "
            "the capsule reads it"
        )
    if value != value:  # noqa: PLR0124 - only NaN differs from itself
        raise ValueError(f"the value of parameter {name} is missing (NaN)")
    return str(value)


def _check_label(label: Any) -> None:
    is_wrong = not text(label, "a label") or bool(set(label) & _NOT_IN_NAMES)
    is_wrong = is_wrong or not label.isprintable() or any(map(str.isspace, label))
    if is_wrong or not _is_read_as_label(label):
        raise ValueError(f"a label is part of a name, such as 'sorted-ks4', not {quote(label)}")


def _is_read_as_label(label: str) -> bool:
    """Return whether the names of captured assets can hold a label: by it they are found."""
    name = find_asset_name(f"{_SESSION}_{label}_2000-01-01_00-00-00")
    is_short = len(label) + len("__2000-01-01_00-00-00") <= _LONGEST_NAME
    return is_short and name is not None and name.label == label


def _check_template(name: str) -> None:
    """Check that a name contains only the three placeholders, without formats."""
    try:
        filled_in = [part[1:] for part in Formatter().parse(name) if part[1] is not None]
    except ValueError as error:
        raise _no_template(name, str(error)) from None
    for part in filled_in:
        if part not in [(known, "", None) for known in ("session", "label", "ended")]:
            raise _no_template(name, f"not {{{part[0]}}}")
    if whole_session(name.format(session=_SESSION, label="sorted", ended="")) is not None:
        raise ValueError(
            f"{quote(name)} is the name of raw data, and the results would be taken for these: "
            "add {label}"
        )
    filled = name.format(session="s", label="l", ended="e")
    if "/" in filled or not filled.isprintable():
        raise ValueError(f"the name of an asset must not contain '/' or line breaks: {quote(name)}")
    if not filled.strip(" .") or len(filled) > _LONGEST_NAME:
        raise ValueError(
            f"the name of an asset must be valid for a folder, with at most {_LONGEST_NAME} "
            f"characters: {quote(name)}"
        )


def _no_template(name: str, why: str) -> ValueError:
    known = "{session}, {label} and {ended}"
    return ValueError(f"a name may contain only {known}, without a format: {quote(name)} ({why})")
