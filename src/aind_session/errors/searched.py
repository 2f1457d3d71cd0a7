"""The places that were searched without success, and how a message names them."""

from __future__ import annotations

from aind_session.errors.value import Value

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from collections.abc import Sequence

_SLASHES = 3
"""The number of slashes in the URI of a directory at the top of a bucket."""


class Searched(Value):
    """One place that was searched.

    Attributes
    ----------
    place
        A server and what was requested from it, or the URI of a directory.
    outcome
        What happened: nothing there, not allowed, unreachable, or skipped and why.
    """

    place: str
    outcome: str = "nothing there"

    def __str__(self) -> str:
        return f"{self.place}: {self.outcome}"


def in_short(searched: Sequence[Searched]) -> list[Searched]:
    """Put buckets with the same outcome into one line; other places keep a line each."""
    buckets: dict[str, list[str]] = {}
    for one in searched:
        if _is_in_bucket(one):
            buckets.setdefault(one.outcome, []).append(one.place)
    lines = [one for one in searched if not _is_in_bucket(one) or len(buckets[one.outcome]) == 1]
    grouped = {outcome: places for outcome, places in buckets.items() if len(places) > 1}
    return lines + [Searched(_buckets(*of_one), of_one[0]) for of_one in grouped.items()]


def _is_in_bucket(searched: Searched) -> bool:
    return searched.place.startswith("s3://") and searched.place.count("/") == _SLASHES


def _buckets(outcome: str, places: Sequence[str]) -> str:
    """Return the names of buckets; only their number if none has the directory."""
    names, directories = (dict.fromkeys(part) for part in zip(*map(_parts, places), strict=True))
    looked_for = " and ".join(directories)
    if outcome == Searched.outcome and len(names) > 1:
        return f"S3, {len(names)} buckets, {looked_for}"
    return f"S3, {', '.join(names)}, {looked_for}"


def _parts(place: str) -> tuple[str, str]:
    bucket, _, name = place.removeprefix("s3://").partition("/")
    return bucket, name
