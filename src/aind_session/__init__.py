"""From any mention of an experiment session to everything that exists about it.

The public names are listed in the stub beside this file, for type checkers and for us: each is
imported at its first use, so that importing the package costs next to nothing.

>>> from aind_session import Session
>>> session = Session("ecephys_676909_2023-12-13_13-43-40")
>>> session.raw_data_asset.id
'16d46411-540a-4122-b47f-8cb2a15d593a'
"""

from typing import Any

import lazy_loader

# for their static methods; the stub cannot rename
_CLASSES = {"ecephys": "EcephysExtension", "lims": "LimsExtension"}

_public, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += list(_CLASSES)


# what people call; the rest of the public names can be imported, and is for types and old code
_OFFERED = """
    ExtensionBaseClass Session Sessions Sources Subject asset_dir asset_lineage attach attached demo
    detach doctor ecephys find get_sessions lims load memory_sources meter offline
    register_namespace search sessions strict thaw use_sources wait_until_ready what_uses
""".split()


def __dir__() -> list[str]:
    return sorted({*_OFFERED, "__all__", "__doc__", "__version__"})


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # 20 ms, and rarely asked

        return version("aind-session")
    if name in _CLASSES:
        from aind_session import extensions

        return getattr(extensions, _CLASSES[name])
    return _public(name)
