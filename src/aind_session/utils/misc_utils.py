"""Where helpers were in earlier releases; nothing lives here."""

from aind_session.helpers import get_ttl_hash

__all__ = ["get_ttl_hash"]
