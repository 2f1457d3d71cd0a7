"""From any mention of an experiment session to everything that exists about it.

The stub file beside this module lists the public names, for type checkers and for this module. Each
name is imported on first use, so importing the package is fast.

>>> from aind_session import Session
>>> session = Session("ecephys_676909_2023-12-13_13-43-40")
>>> session.raw_data_asset.id
'16d46411-540a-4122-b47f-8cb2a15d593a'
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from typing import Any

# for their static methods; the stub cannot rename
_CLASSES = {"ecephys": "EcephysExtension", "lims": "LimsExtension"}


def _read_stub() -> dict[str, str]:
    """Return the module of each public name; read word by word: `re` costs 3 ms, `ast` 10 ms."""
    try:
        data = __loader__.get_data(f"{__file__.rpartition('.')[0]}.pyi")  # also from a zip
    except (AttributeError, NameError, OSError) as error:
        why = "aind_session/__init__.pyi, which names what the package holds, cannot be read"
        raise ImportError(f"{why}: add it to the files of your application") from error
    lines = data.decode().replace("(\n", "").splitlines()
    imports = [line.rstrip(",").split() for line in lines if line.startswith("from .")]
    return {words[-1]: words[1] for words in imports}  # from .home import name as name


_HOMES = _read_stub()

__all__ = [*_HOMES, *_CLASSES]  # noqa: PLE0604


# the names that users call; the other public names are for type hints and old code
_OFFERED = """
    ExtensionBaseClass Session Sessions Sources Subject asset_dir asset_lineage attach attached demo
    detach doctor ecephys find get_sessions lims load memory_sources meter offline
    register_namespace search sessions strict thaw use_sources wait_until_ready what_uses
""".split()


def __dir__() -> list[str]:
    return sorted({*_OFFERED, "__all__", "__doc__", "__version__"})


def _near(name: str) -> str:
    """Return a hint with the nearest public names; empty for private names, which tools read."""
    if name.startswith("_"):
        return ""
    from aind_session.runtime.near import near

    close = near(name, __all__)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # takes 20 ms, and is rarely needed

        return version("aind-session")
    if name in _CLASSES:
        from aind_session import extensions

        return getattr(extensions, _CLASSES[name])
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_near(name)}")
    home = _HOMES[name]
    if home == ".":
        return import_module(f".{name}", __name__)
    return getattr(import_module(home, __name__), name)
