"""Fakes from YAML: lists of the arguments of methods, by name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from aind_session.runtime.extras import needing


def read_yaml(source: str | Path) -> Any:
    """Read YAML from a file or a text; a text of one line that ends like a file's name is a path.

    Raises
    ------
    ImportError
        PyYAML is not installed.
    ValueError
        It is no YAML.
    """
    with needing("testing", "PyYAML", "a fake from YAML"):
        import yaml
    is_path = names_file(source)
    text = Path(source).read_text("utf-8") if is_path else str(source)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"{source if is_path else 'the text'} is no YAML: {error}") from error


def names_file(source: str | Path) -> bool:
    """Tell a path from YAML itself."""
    return isinstance(source, Path) or source.endswith((".yaml", ".yml"))


def seed(methods: Mapping[str, Callable[..., Any]], content: Any) -> None:
    """Call methods with the arguments that a mapping of lists says.

    Parameters
    ----------
    methods
        What is called for each entry of a list, by the name of the list.
    content
        The lists, such as ``{"sessions": [...], "failures": [...]}``.

    Raises
    ------
    ValueError
        An entry has a key or value that it cannot have; the message names the entry.
    """
    if content is None:
        return
    if not isinstance(content, Mapping):
        raise _unexpected("the top level", "a mapping of lists", content)
    _check_keys("the top level", content, methods)
    for kind, method in methods.items():
        for place, entry in _entries(kind, content.get(kind)):
            _call(place, method, entry)


def _entries(kind: str, entries: Any) -> Iterator[tuple[str, Any]]:
    """Give each entry with what messages call it."""
    if kind == "files" and isinstance(entries, Mapping):
        entries = [{"url": url, "content": content} for url, content in entries.items()]
    if not isinstance(entries, (list, type(None))):
        raise _unexpected(kind, "a list", entries)
    for index, entry in enumerate(entries or ()):
        yield f"{kind}[{index}]", entry


def _call(place: str, method: Any, entry: Any) -> None:
    parameters = inspect.signature(method).parameters
    first = next(iter(parameters))
    arguments = {first: entry} if isinstance(entry, str) else entry
    if not isinstance(arguments, Mapping):
        raise _unexpected(place, "a mapping", entry)
    if first not in arguments:
        raise ValueError(f"{place}: {first!r} is missing")
    place = f"{place} ({arguments[first]})"
    if "fields" not in parameters:  # those of an asset are checked where they are taken
        _check_keys(place, arguments, parameters)
    try:
        method(**arguments)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place}: {error}") from error


def _check_keys(place: str, given: Iterable[Any], known: Iterable[str]) -> None:
    known = list(known)
    for key in given:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise ValueError(f"{place}: unknown key {key!r}; {hint}known are {', '.join(known)}")


def _unexpected(place: str, wanted: str, given: Any) -> ValueError:
    return ValueError(f"{place}: {wanted} was expected, not {type(given).__name__}")
