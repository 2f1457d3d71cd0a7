"""Changes since sessions were frozen."""

from __future__ import annotations

from dataclasses import dataclass

from aind_session.errors.wording import printable


@dataclass(frozen=True)
class Change:
    """A change since the sessions were frozen.

    Attributes
    ----------
    session_id
        The session that has changed.
    """

    session_id: str


@dataclass(frozen=True)
class AssetChange(Change):
    """A frozen asset that has changed.

    Attributes
    ----------
    asset_id, name
        The asset, with the name it had then.
    """

    asset_id: str
    name: str

    def _say(self, what: str) -> str:
        return printable(f"{self.name} ({self.asset_id}) {what}")


@dataclass(frozen=True)
class AssetGone(AssetChange):
    """A frozen asset that no longer exists in Code Ocean, or that this user cannot see."""

    def __str__(self) -> str:
        return self._say("is gone")


@dataclass(frozen=True)
class AssetClosed(AssetChange):
    """A frozen asset that may exist, but is archived or not accessible to this user.

    Attributes
    ----------
    reason
        Code Ocean's message.
    """

    reason: str

    def __str__(self) -> str:
        return self._say(f"is closed: {self.reason}")


@dataclass(frozen=True)
class AssetRenamed(AssetChange):
    """A frozen asset that was renamed; the thawed sessions use its old name.

    Attributes
    ----------
    new_name
        Its current name.
    """

    new_name: str

    def __str__(self) -> str:
        return self._say(f"is now named {self.new_name}")


@dataclass(frozen=True)
class AssetMoved(AssetChange):
    """A frozen asset whose files were moved.

    Attributes
    ----------
    location, new_location
        The old and the current location of its files; None if it had, or has, no files.
    """

    location: str | None
    new_location: str | None

    def __str__(self) -> str:
        return self._say(
            f"moved from {self.location or 'nowhere'} to {self.new_location or 'nowhere'}"
        )


@dataclass(frozen=True)
class NewerAssets(Change):
    """Newer assets of a session, which the thawed session does not include.

    Attributes
    ----------
    names
        Their names, in order of creation.
    """

    names: tuple[str, ...]

    def __str__(self) -> str:
        names = ", ".join(self.names)
        return printable(f"{self.session_id} has newer assets, which are not used: {names}")
