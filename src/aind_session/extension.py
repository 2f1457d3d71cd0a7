"""Where `register_namespace` and `ExtensionBaseClass` were in earlier releases."""

from aind_session.namespaces import ExtensionBaseClass, register_namespace

__all__ = ["ExtensionBaseClass", "register_namespace"]
