"""Fill fakes from YAML, with lists of arguments by method."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from aind_session.errors import FileFormatError
from aind_session.errors.wording import first_line, quote
from aind_session.runtime.arguments import text
from aind_session.runtime.extras import needing
from aind_session.runtime.files import read_file
from aind_session.runtime.near import near, near_in_words


def read_yaml(source: str | Path) -> Any:
    """Read YAML from a path or a text; a text that ends in ``.yaml`` or ``.yml`` is a path.

    Raises
    ------
    ImportError
        PyYAML is not installed.
    FileFormatError
        The file is not YAML; the message states the position.
    ValueError
        The text is not YAML.
    """
    with needing("testing", "PyYAML", "a fake from YAML"):
        import yaml
    try:
        text = read_file(source).decode("utf-8") if names_file(source) else str(source)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _check_once(root)
        return yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise refused(source, f"is not YAML: {_where(error)}") from error
    except _TwiceError as error:
        raise refused(source, str(error)) from error


def refused(source: str | Path, reason: str) -> ValueError:
    """Return the error for invalid YAML in a file or a text."""
    if names_file(source):
        return FileFormatError(source, reason)
    return ValueError(f"the text {reason}")


class _TwiceError(ValueError):
    """Raise if a key occurs twice in a mapping; YAML's loader would silently take the last."""


def _check_once(root: Any) -> None:
    """Raise if a key occurs twice; without recursion, because entries can be nested deeply."""
    nodes = [root]
    while nodes:
        parts = getattr(nodes.pop(), "value", None)
        if not isinstance(parts, list):
            continue
        pairs = [part for part in parts if isinstance(part, tuple)]
        seen: set[str] = set()
        for key, _ in pairs:
            if isinstance(key.value, str) and key.value in seen:
                line = key.start_mark.line + 1
                raise _TwiceError(f"has the key {quote(key.value)} twice, at line {line}")
            seen.add(str(key.value))
        nodes += [node for pair in pairs for node in pair]
        nodes += [part for part in parts if not isinstance(part, tuple)]


def _where(error: Exception) -> str:
    """Describe an error in one line, with its line and column in the YAML."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    if mark is None or problem is None:
        return first_line(error)
    return f"{problem} at line {mark.line + 1}, column {mark.column + 1}"


def names_file(source: str | Path) -> bool:
    """Return whether a source is a path, not YAML itself."""
    return isinstance(source, Path) or text(source, "YAML").endswith((".yaml", ".yml"))


def seed(methods: Mapping[str, Callable[..., Any]], content: Any) -> None:
    """Call methods with arguments from a mapping of lists.

    Parameters
    ----------
    methods
        The method to call for each entry of a list, by the name of the list.
    content
        The lists, such as ``{"sessions": [...], "failures": [...]}``.

    Raises
    ------
    ValueError
        An entry has an invalid key or value; the message names the entry.
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
    """Yield each entry with its name for messages."""
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
    if "fields" not in parameters:  # `add_asset` checks its fields itself
        _check_keys(place, arguments, parameters)
    try:
        method(**arguments)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place}: {error}") from error


def _check_keys(place: str, keys: Iterable[Any], known: Iterable[str]) -> None:
    known = list(known)
    for key in keys:
        if key not in known:
            hint = near_in_words(near(str(key), known))
            raise ValueError(
                f"{place}: unknown key {quote(key)}{hint}; known are {', '.join(known)}"
            )


def _unexpected(place: str, wanted: str, value: Any) -> ValueError:
    return ValueError(f"{place}: {wanted} was expected, not {type(value).__name__}")
