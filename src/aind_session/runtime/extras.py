"""Optional libraries: if one is missing, the error names the extra that installs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from aind_session.runtime.importing import importable


@contextmanager
def needing(extra: str, package: str, what: str, instead: str = "") -> Iterator[None]:
    """Name the extra if an import in a ``with`` block fails.

    Parameters
    ----------
    extra
        The extra of this package that installs it.
    package
        The imported package, by the name that pip installs.
    what
        What needs it.
    instead
        A way that works without it, for the message.

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
        # an installed library that cannot be imported states a reason, which the message keeps
        why = "" if isinstance(error, ModuleNotFoundError) else f" ({error})"
        hint = f"; {instead}" if instead else ""
        install = f"pip install 'aind-session[{extra}]'"
        raise ImportError(
            f"{what} needs {package}{why}: {install}{hint}", name=error.name
        ) from error


def need(module: str, extra: str, what: str, instead: str = "") -> None:
    """Import a library now, so that a missing one is reported before any request."""
    with needing(extra, module, what, instead):
        import_module(module)
