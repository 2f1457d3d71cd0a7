"""How Code Ocean searches data assets: queries, filters, pages.

Where the real server's behaviour is unknown, this one finds less and refuses more, so that a client
that passes here does not depend on luck.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .messages import Refusal, compact
from .rules import Rules

Asset = Mapping[str, Any]

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100
LONGEST_PREFIX = 20  # the server's index does not contain longer prefixes of names
SORT_FIELDS = ("created", "type", "name", "size")
FIELDS = ("name", "tag", "run_script", "commit_id", "contained_data_id", "description")
CUSTOM_FIELDS = ("subject id", "experiment type", "data level")


def search(assets: Sequence[Asset], params: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Return one page of results, in the server's format."""
    endless = rules.endless_pages
    limit, offset = _limit(params), 0 if endless else _offset(params)
    fields = _field_names(assets)
    found = [asset for asset in assets if _matches(asset, params, fields)]
    found = _sorted(found, params)
    end = offset + min(limit, rules.page_size_cap)
    # The real server sometimes repeats a hit on the next page.
    page = found[max(offset - rules.repeated_hits, 0) : end]
    results = [{k: v for k, v in asset.items() if k != "archived"} for asset in page]
    if endless:
        return {"has_more": True, "next_token": endless(), "results": results}
    more = end < len(found)
    return {
        "has_more": more,
        **({"next_token": _token(params, end)} if more else {}),
        "results": results,
    }


# -- pages --


def _limit(params: Mapping[str, Any]) -> int:
    limit = params.get("limit")
    if limit is None:
        return DEFAULT_LIMIT
    if not isinstance(limit, int) or not 0 < limit <= MAX_LIMIT:
        raise Refusal(400, f"limit must be between 1 and {MAX_LIMIT}")
    return limit


def _offset(params: Mapping[str, Any]) -> int:
    token = params.get("next_token")
    if not token:
        return int(params.get("offset") or 0)
    try:
        digest, offset = base64.urlsafe_b64decode(token).decode().split(":")
    except ValueError:
        digest = offset = ""
    if digest != _digest(params):
        raise Refusal(400, "invalid next_token")
    return int(offset)


def _token(params: Mapping[str, Any], offset: int) -> str:
    return base64.urlsafe_b64encode(f"{_digest(params)}:{offset}".encode()).decode()


def _digest(params: Mapping[str, Any]) -> str:
    """Return a page token that is valid only for its search."""
    paging = ("next_token", "offset", "limit")
    meant = {k: v for k, v in sorted(params.items()) if k not in paging and v is not None}
    return hashlib.sha256(compact(meant).encode()).hexdigest()[:16]


def _sorted(assets: list[Asset], params: Mapping[str, Any]) -> list[Asset]:
    field = params.get("sort_field") or "created"
    order = (params.get("sort_order") if params.get("sort_field") else None) or "desc"
    if field not in SORT_FIELDS or order not in ("asc", "desc"):
        raise Refusal(400, f"cannot sort by {field} {order}")
    empty: Any = 0 if field in ("created", "size") else ""
    return sorted(assets, key=lambda a: a.get(field) or empty, reverse=order == "desc")


# -- matches --


def _matches(asset: Asset, params: Mapping[str, Any], fields: Iterable[str]) -> bool:
    return (
        params.get("archived") in (None, bool(asset.get("archived")))
        and params.get("type") in (None, asset.get("type"))
        and params.get("origin") in (None, _origin(asset))
        and _matches_query(asset, params.get("query") or "", fields)
        and all(_matches_filter(asset, wanted) for wanted in params.get("filters") or ())
    )


def _origin(asset: Asset) -> str:
    return "external" if (asset.get("source_bucket") or {}).get("external") else "internal"


def _custom(asset: Asset) -> dict[str, str]:
    custom = asset.get("custom_metadata") or {}
    return {key.lower(): str(value).lower() for key, value in custom.items()}


def _tags(asset: Asset) -> set[str]:
    return {tag.lower() for tag in asset.get("tags") or ()}


def _text(asset: Asset, field: str) -> str:
    return str(asset.get(field) or "").lower()


# -- queries: free text and field:value --


def _field_names(assets: Iterable[Asset]) -> list[str]:
    """Return all fields that a query can name, longest first, since some contain spaces."""
    custom = {key for asset in assets for key in asset.get("custom_metadata") or ()}
    return sorted({*FIELDS, *CUSTOM_FIELDS, *custom}, key=len, reverse=True)


def _matches_query(asset: Asset, query: str, fields: Iterable[str]) -> bool:
    named = "|".join(map(re.escape, fields))
    pattern = re.compile(rf'(?<!\S)({named}|[a-z]\w*):("[^"]*"|\S+)', re.IGNORECASE)
    wanted: dict[str, list[str]] = {}
    for field, value in pattern.findall(query):
        wanted.setdefault(field.lower(), []).append(value.strip('"').lower())
    words = re.findall(r'"[^"]*"|\S+', pattern.sub(" ", query))
    return all(
        any(_field_matches(asset, field, value) for value in values)
        for field, values in wanted.items()
    ) and all(_word_matches(asset, word.lower()) for word in words)


def _field_matches(asset: Asset, field: str, value: str) -> bool:
    provenance = asset.get("provenance") or {}
    if field == "name":
        return _name_begins(asset, value)
    if field == "tag":
        return value in _tags(asset)
    if field == "description":
        return value in _text(asset, "description")
    if field in ("run_script", "commit_id"):
        return value == str(provenance.get(field.removesuffix("_id")) or "").lower()
    if field == "contained_data_id":
        return any(value == part["id"] for part in asset.get("contained_data_assets") or ())
    return _custom(asset).get(field) == value


def _name_begins(asset: Asset, value: str) -> bool:
    return 0 < len(value) <= LONGEST_PREFIX and _text(asset, "name").startswith(value)


def _word_matches(asset: Asset, word: str) -> bool:
    text = word.strip('"')
    values = {*_tags(asset), *_custom(asset).values()}
    if text in values or _name_begins(asset, text):
        return True
    texts = [_text(asset, "name"), _text(asset, "description"), *values]
    if word.startswith('"'):
        return any(text in other for other in texts[1:])
    tokens = {token for other in texts for token in re.split(r"[^0-9a-z]+", other)}
    return text in tokens


# -- filters --


def _matches_filter(asset: Asset, wanted: Mapping[str, Any]) -> bool:
    values = [v for v in [wanted.get("value"), *(wanted.get("values") or ())] if v is not None]
    limits = wanted.get("range")
    if not wanted.get("key") or not (values or limits):
        raise Refusal(400, f"filter needs a key and a value: {json.dumps(wanted)}")
    key = str(wanted["key"]).lower()
    matches = any(_value_matches(asset, key, str(value).lower()) for value in values)
    if limits:
        matches = matches or _in_range(_custom(asset).get(key), limits)
    return matches != bool(wanted.get("exclude"))


def _value_matches(asset: Asset, key: str, value: str) -> bool:
    ways: dict[str, Callable[[], bool]] = {
        "name": lambda: value in _text(asset, "name"),
        "description": lambda: value in _text(asset, "description"),
        "tags": lambda: value in _tags(asset),
    }
    return ways[key]() if key in ways else _custom(asset).get(key) == value


def _in_range(text: str | None, limits: Mapping[str, float | None]) -> bool:
    try:
        number = float(text or "")
    except ValueError:
        return False
    low, high = limits.get("min"), limits.get("max")
    return (low is None or low <= number) and (high is None or number <= high)
