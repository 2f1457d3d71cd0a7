"""From any mention of an experiment session to everything that exists about it.

>>> from aind_session import Session
>>> session = Session("ecephys_676909_2023-12-13_13-43-40")
>>> session.raw_data_asset.id
'16d46411-540a-4122-b47f-8cb2a15d593a'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aind_session.errors import (
        AccessDeniedError,
        AindSessionError,
        AindSessionWarning,
        AssetNotFoundError,
        CredentialsError,
        DirectoryNotFoundError,
        ExtensionError,
        MetadataNotFoundError,
        NamespaceError,
        NamespaceWarning,
        NotFoundError,
        OddAnswerError,
        OddAnswerWarning,
        RemoteError,
        SessionIdError,
        SourceDirNotFoundError,
        SourceDownWarning,
        UnavailableError,
    )
    from aind_session.namespaces import ExtensionBaseClass, register_namespace
    from aind_session.search import get_sessions
    from aind_session.session import Session
    from aind_session.sources import Sources, demo, memory_sources, use_sources
    from aind_session.sources.memory import World
    from aind_session.subject import Subject

    __version__: str

_HOMES = {
    "errors": (
        "AccessDeniedError",
        "AindSessionError",
        "AindSessionWarning",
        "AssetNotFoundError",
        "CredentialsError",
        "DirectoryNotFoundError",
        "ExtensionError",
        "MetadataNotFoundError",
        "NamespaceError",
        "NamespaceWarning",
        "NotFoundError",
        "OddAnswerError",
        "OddAnswerWarning",
        "RemoteError",
        "SessionIdError",
        "SourceDirNotFoundError",
        "SourceDownWarning",
        "UnavailableError",
    ),
    "namespaces": ("ExtensionBaseClass", "register_namespace"),
    "search": ("get_sessions",),
    "session": ("Session",),
    "sources": ("Sources", "demo", "memory_sources", "use_sources"),
    "sources.memory": ("World",),
    "subject": ("Subject",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: PLE0604 - names, resolved at their first use
    *sorted(_HOME_OF),
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # 10 ms, and rarely asked

        return version("aind-session")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    if name in ("Session", "Subject"):
        import_module(f"{__name__}.extensions")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
