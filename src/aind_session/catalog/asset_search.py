"""Searches for data assets: by text, by name prefix, by subject."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

from aind_session.catalog.inventory import Inventory
from aind_session.catalog.outages import warn_of
from aind_session.catalog.results import Found
from aind_session.conventions.assets import assets_by_creation, is_of_subject
from aind_session.conventions.mentions import SUBJECT_LABEL
from aind_session.conventions.names import parse_subject
from aind_session.conventions.records import linked_asset_ids
from aind_session.errors import LeftOutWarning
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import (
    count,
    optional_text,
    optional_truth,
    text,
    text_or_number,
    texts,
    whole_number,
)
from aind_session.runtime.calls import one_call
from aind_session.runtime.near import near, near_in_words
from aind_session.runtime.parallel import side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.protocols import Body
from aind_session.sources.servers.decode import decode_assets

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset, DataAssetSearchParams

logger = logging.getLogger(__name__)

_FLAGS = ("archived", "favorite")
_NUMBERS = ("limit", "offset")

_SEARCHABLE = 20
"""Code Ocean can search this many characters of a name; a longer query finds nothing."""


def get_data_asset_search_query(
    name: str | None = None,
    subject_id: str | int | None = None,
    tag: str | Iterable[str] | None = None,
    description: str | None = None,
) -> str:
    """Build the text of a search for data assets, in Code Ocean's query language.

    Parameters
    ----------
    name
        Part of the name; cut to 20 characters, because Code Ocean searches only these.
    subject_id
        The custom-metadata field ``subject id``.
    tag
        One or several tags; an asset must have at least one of them.
    description
        Part of the description.

    Raises
    ------
    TypeError
        An argument has the wrong type.

    Examples
    --------
    >>> get_data_asset_search_query(subject_id=676909, tag=["ecephys", "raw"])
    'subject id:676909 tag:ecephys tag:raw'
    """
    optional_text(description, "a description")
    name = optional_text(name, "a name")
    if name is not None and len(name) > _SEARCHABLE:
        logger.info("%r is cut to %d characters, since a search allows no more", name, _SEARCHABLE)
        name = name[:_SEARCHABLE]
    subject = None if subject_id is None else text_or_number(subject_id, "a subject")
    tags = texts(tag, "a tag")
    parts = [("name", name), (SUBJECT_LABEL, subject), *(("tag", t) for t in tags)]
    parts.append(("description", description))
    return " ".join(f"{field}:{value}" for field, value in parts if value)


@overload
def search_data_assets(
    search_params: Mapping[str, Any] | DataAssetSearchParams,
    as_dict: Literal[False] = False,
    page_size: int = 100,
    max_pages: int = 1000,
    raise_on_page_limit: bool = True,
    *,
    sources: Sources | None = None,
) -> tuple[DataAsset, ...]: ...
@overload
def search_data_assets(
    search_params: Mapping[str, Any] | DataAssetSearchParams,
    as_dict: Literal[True],
    page_size: int = 100,
    max_pages: int = 1000,
    raise_on_page_limit: bool = True,
    *,
    sources: Sources | None = None,
) -> tuple[Body, ...]: ...
@one_call
def search_data_assets(
    search_params: Mapping[str, Any] | DataAssetSearchParams,
    as_dict: bool = False,
    page_size: int = 100,
    max_pages: int = 1000,
    raise_on_page_limit: bool = True,
    *,
    sources: Sources | None = None,
) -> tuple[Any, ...]:
    """Search for data assets, over all pages.

    Parameters
    ----------
    search_params
        Fields of the SDK's ``DataAssetSearchParams``, or an instance. Archived assets are left out
        unless it requests them; ``limit`` and ``offset`` are ignored.
    as_dict
        Whether to return the unparsed JSON objects.
    page_size, max_pages
        Their product is the largest number of assets. Code Ocean limits the page size, even if
        this is larger.
    raise_on_page_limit
        Whether to raise an error if more assets match; otherwise the others are left out with a
        `LeftOutWarning`.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    tuple of codeocean.data_asset.DataAsset or dict
        In Code Ocean's order, without duplicates.

    Raises
    ------
    TypeError
        A field does not exist, or the parameters have the wrong type or a value that cannot be
        sent.
    ValueError
        More than `page_size` times `max_pages` assets match, one of these is less than 1, or a
        word such as a type is misspelled.
    RemoteError, CredentialsError
        Code Ocean could not be asked.

    Examples
    --------
    >>> found = search_data_assets({"query": "subject id:676909", "sort_field": "created"})
    >>> found[0].name
    'behavior_676909_2023-10-24_15-15-50'
    """
    params = _checked(search_params)
    at_most = count(page_size, "page_size") * count(max_pages, "max_pages")
    source = sources_or_default(sources).assets
    found = source.search({"favorite": False, **params}, at_most=at_most)
    if len(found) > at_most:
        said = f"more than {at_most} data assets match ({max_pages=}, {page_size=})"
        if optional_truth(raise_on_page_limit, "raise_on_page_limit"):
            raise ValueError(f"{said}: narrow the search or allow more; {quote(params)}")
        warn_user(f"{said}: the others are left out", LeftOutWarning)
    found = found[:at_most]
    return tuple(found) if optional_truth(as_dict, "as_dict") else decode_assets(found)


def _checked(passed: Mapping[str, Any] | DataAssetSearchParams) -> Body:
    """Return the fields of a search; refuse what cannot be sent."""
    if isinstance(passed, Mapping):
        params = _known(passed)
    elif callable(getattr(passed, "to_dict", None)) and dataclasses.is_dataclass(passed):
        params = _fields(passed)
    else:
        raise TypeError(
            f"search parameters must be a dict or DataAssetSearchParams, not {quote(passed)}"
        )
    optional_text(params.get("query"), "the query of a search")
    _refuse_other_filters(params.get("filters"))
    params |= _plain_values(params)
    _refuse_what_is_no_json(params)
    # imported here, since most calls do not need it
    from aind_session.conventions.vocabulary import SEARCH_WORDS, refuse_misspelled

    for name, words in SEARCH_WORDS.items():
        if isinstance(params.get(name), str):
            refuse_misspelled(params[name], words, name)
    return params


def _plain_values(params: Body) -> Body:
    """Return the flags and numbers of a search, checked; Code Ocean would ignore other values."""
    flags = {name: optional_truth(params[name], name) for name in _FLAGS if name in params}
    numbers = {name: params[name] for name in _NUMBERS if params.get(name) is not None}
    for name, value in numbers.items():
        number = whole_number(value)
        if number is None or number < 0:
            raise TypeError(f"{name} must be a whole number of at least 0, not {quote(value)}")
        numbers[name] = number
    return {**flags, **numbers}


def _refuse_other_filters(filters: Any) -> None:
    if filters is None:
        return
    if not isinstance(filters, (list, tuple)) or not all(isinstance(f, Mapping) for f in filters):
        raise TypeError(f"the filters of a search must be a list of dicts, not {quote(filters)}")


def _refuse_what_is_no_json(params: Body) -> None:
    for name, value in params.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{name} cannot be sent as {quote(value)}: {error}") from None


def _known(params: Mapping[str, Any]) -> Body:
    """Refuse unknown fields: Code Ocean would ignore them, and find too much."""
    from aind_session.sources.servers import models  # costs 300 ms

    known = [field.name for field in dataclasses.fields(models.DataAssetSearchParams)]
    for name in params:
        if name not in known:
            hint = near_in_words(near(str(name), known))
            raise TypeError(
                f"data assets have no search field {quote(name)}{hint}: {', '.join(known)}"
            )
    return dict(params)


def _fields(params: DataAssetSearchParams) -> Body:
    fields: Body = params.to_dict()
    return {name: value for name, value in fields.items() if value is not None}


@one_call
def get_data_assets(
    name_startswith: str,
    ttl_hash: int | None = None,
    *,
    sources: Sources | None = None,
    **search_params: Any,
) -> tuple[DataAsset, ...]:
    """Return the data assets whose name starts with a text.

    Parameters
    ----------
    name_startswith
        The start of the name; case matters.
    ttl_hash
        Accepted for older callers, and ignored.
    sources
        The sources to ask; by default the real servers.
    **search_params
        Further fields of the SDK's ``DataAssetSearchParams``, except ``query``.

    Returns
    -------
    tuple of codeocean.data_asset.DataAsset
        In order of creation; may be empty.

    Raises
    ------
    ValueError
        ``query`` is among the parameters.
    TypeError
        The name is not text, or a parameter cannot be sent.

    Examples
    --------
    >>> len(get_data_assets("ecephys_676909_2023-12-13_13-43-40"))
    3
    """
    _refuse_query(search_params)
    query = get_data_asset_search_query(name=text(name_startswith, "a name")[:_SEARCHABLE])
    found = search_data_assets({**search_params, "query": query}, True, sources=sources)
    named = (body for body in found if str(body.get("name")).startswith(name_startswith))
    return assets_by_creation(decode_assets(named))


@one_call
def get_subject_data_assets(
    subject_id: str | int,
    ttl_hash: int | None = None,
    *,
    sources: Sources | None = None,
    **search_params: Any,
) -> tuple[DataAsset, ...]:
    """Return the data assets of a subject that a search finds or the subject's records link.

    Parameters
    ----------
    subject_id
        The subject, as text or number.
    ttl_hash
        Accepted for older callers, and ignored.
    sources
        The sources to ask; by default the real servers.
    **search_params
        Further fields of the SDK's ``DataAssetSearchParams``, except ``query``. They narrow
        only the search for the field ``subject id``, not the free-text search and the links.

    Returns
    -------
    tuple of codeocean.data_asset.DataAsset
        In order of creation, without duplicates. Linked assets that you may not open are left out.

    Raises
    ------
    ValueError
        ``query`` is among the parameters.
    RemoteError, CredentialsError
        Code Ocean could not be asked.

    Examples
    --------
    >>> get_subject_data_assets(676909)[0].name
    'Example T1 and T2 MRI Images'
    """
    _refuse_query(search_params)
    inventory = Inventory(parse_subject(subject_id), sources_or_default(sources))
    if search_params:
        return _narrowed(inventory, search_params)
    found, records = inventory.assets_and_records()
    if found.failures:
        raise found.failures[0]
    return _with_linked(inventory, found.items, found, records)


def _narrowed(inventory: Inventory, search_params: Mapping[str, Any]) -> tuple[DataAsset, ...]:
    subject, sources = inventory.subject_id, inventory.sources
    query = get_data_asset_search_query(subject_id=subject)
    narrowed, both = side_by_side(
        [
            partial[Any](search_data_assets, {**search_params, "query": query}, sources=sources),
            partial[Any](inventory.assets_and_records),
        ]
    )
    found, records = both
    free_text = found.batches[-1].items if found.batches else ()
    return _with_linked(inventory, [*narrowed, *free_text], found, records)


def _with_linked(
    inventory: Inventory, assets: list[DataAsset], found: Found[DataAsset], records: Found[Body]
) -> tuple[DataAsset, ...]:
    ids = [id_ for record in records.items for id_ in linked_asset_ids(record)]
    linked = inventory.linked_assets(ids, found)
    missing = (*records.failures, *linked.failures)
    warn_of(missing, f"data assets of subject {inventory.subject_id}")
    mine = (asset for asset in assets if is_of_subject(asset, inventory.subject_id))
    return assets_by_creation([*mine, *(linked.value or ())])


def _refuse_query(search_params: Mapping[str, Any]) -> None:
    if "query" in search_params:
        raise ValueError("this function sets 'query': use search_data_assets for your own query")
