"""Libraries that an extra brings: where one is missing, the error names the extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from aind_session.runtime.importing import importable


@contextmanager
def needing(extra: str, package: str, what: str, instead: str = "") -> Iterator[None]:
    """Name the extra where an import in a ``with`` block fails since it is not installed.

    Parameters
    ----------
    extra
        The extra of this package that brings it.
    package
        What is imported, by the name under which it is installed.
    what
        What needs it.
    instead
        What needs nothing more, for the message.

    Raises
    ------
    ImportError
        The package, or one that it imports, is not installed.

    Examples
    --------
    >>> with needing("table", "pyarrow", "a nightly table"):
    ...     import no_such_library
    Traceback (most recent call last):
    ...
    ImportError: a nightly table needs pyarrow: pip install 'aind-session[table]'
    """
    try:
        with importable():
            yield
    except ImportError as error:
        # one that is installed and cannot be imported has a reason that must not get lost
        why = "" if isinstance(error, ModuleNotFoundError) else f" ({error})"
        hint = f"; {instead}" if instead else ""
        install = f"pip install 'aind-session[{extra}]'"
        raise ImportError(
            f"{what} needs {package}{why}: {install}{hint}", name=error.name
        ) from error


def need(module: str, extra: str, what: str, instead: str = "") -> None:
    """Import a library now, so that it is not found missing after everything was asked."""
    with needing(extra, module, what, instead):
        import_module(module)
