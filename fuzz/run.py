"""Coverage-guided fuzzing of the parsers of external data: names, records, assets.

    python fuzz/run.py {names,records,assets} [corpus folder] [options of libFuzzer]

Needs ``atheris`` (``pip install atheris``). See ``fuzz/README.md``.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

import atheris

with atheris.instrument_imports(include=["aind_session", "codeocean"]):
    from aind_session.conventions import assets, dates, grammar, quality, records, sorting
    from aind_session.conventions import logs as outcome
    from aind_session.conventions import names as ids
    from aind_session.errors import OddAnswerError, OddAnswerWarning, SessionIdError
    from aind_session.extensions.ecephys import alignment
    from aind_session.extensions.ibl_data_converter import manifest
    from aind_session.extensions.lims import LimsExtension
    from aind_session.sources.servers.decode import decode_asset, decode_assets, decode_computation

from material import ASSETS, RECORDS, changed, text_of

warnings.simplefilter("ignore", OddAnswerWarning)

_LONGEST_MESSAGE = 2_000


def _expect(is_so: object, *about: object) -> None:
    if not is_so:
        raise AssertionError(" ".join(map(ascii, about)))


def names(data: bytes) -> None:
    """Parse any text as session, subject, asset, date, LIMS ID; what parses is a fixpoint."""
    text = text_of(data)
    for parse in (
        ids.parse_session,
        ids.parse_asset_name,
        dates.parse_when,
        LimsExtension.extract_id,
    ):
        try:
            parse(text)
        except ValueError as error:
            _expect(len(str(error)) < _LONGEST_MESSAGE, text, "is quoted at length")
    _sessions(text)
    _subjects(text)
    _times(text)


def _sessions(text: str) -> None:
    session = ids.find_session(text)
    found = ids.find_asset_name(text)
    _expect((found and found.session) == session, text, session, found)
    # the fast path for usual names at the start of a text must agree with the search
    _expect(_parts(grammar.locate(text)) == _parts(grammar.locate(f" {text}")), text)
    if session is None or found is None:
        return
    _expect(ids.parse_session(session.id) == session, text, session)
    _expect(ids.parse_asset_name(found.name) == found, text, found)
    _expect(session.id.isascii() and session.id.isprintable(), text, session)


def _parts(found: grammar.Located | None) -> tuple[object, ...] | None:
    return found and (*found[:3], found.text[found.end :])


def _subjects(text: str) -> None:
    try:
        subject_id = ids.parse_subject(text)
    except SessionIdError:
        return
    _expect(ids.parse_subject(subject_id) == subject_id, text, subject_id)
    _expect(subject_id.isascii() and "/" not in subject_id, text, subject_id)


def _times(text: str) -> None:
    try:
        when = dates.parse_when(text)
    except ValueError:
        return
    _expect(dates.parse_when(when.isoformat()) == when, text, when)
    dates.is_within(datetime.datetime(2024, 2, 29, 12), when, when)


_READERS: tuple[Callable[[dict[str, Any]], object], ...] = (
    records.linked_asset_ids,
    records.record_modalities,
    records.is_raw_record,
    records.record_project,
    records.record_platform,
    records.record_genotype,
    records.record_start_time,
    sorting.sorter_of_spikeinterface,
    sorting.sorter_of_params,
    lambda r: sorting.sorter_of_processing(r.get("processing")),
    lambda r: records.records_by_creation([r, r]),
    lambda r: records.pick_raw_record([r]),
)


def read_records(data: bytes) -> None:
    """Call all readers of a metadata record."""
    some = atheris.FuzzedDataProvider(data)
    record = changed(some.PickValueInList(list(RECORDS)), some)
    for reader in _READERS:
        reader(record)
    created = records.record_created(record)
    _expect(not created or datetime.datetime.fromisoformat(created).tzinfo is None, created)
    place = records.record_location(record)
    _expect(place is None or (place.bucket and "/" not in place.bucket and place.key), place)
    _expect(quality.status(record) in (None, *quality.STATUSES), record)
    # a broken curation is reported as such
    with contextlib.suppress(OddAnswerError, ValueError):
        found = alignment.latest_by_probe([record], "ecephys_676909_2023-12-13_13-43-40")
        alignment.as_ccf_records(found)
        manifest.probe_and_day(found)


def decode(data: bytes) -> None:
    """Decode assets and computations, and judge them."""
    some = atheris.FuzzedDataProvider(data)
    body = changed(some.PickValueInList(list(ASSETS)), some)
    for asset in decode_assets([body]):
        assets.is_raw_asset(asset)
        assets.is_sorted_asset(asset)
        place = assets.asset_location(asset)
        _expect(place is None or isinstance(place.bucket + place.key, str), place)
        _expect(assets.assets_by_creation([asset, asset]) == (asset,), body)
        assets.pick_raw_asset([asset], [asset])
        _expect(json.dumps(asset.to_dict()), body)
    decode_asset(body)
    computation = decode_computation(body)
    if outcome.has_ended(computation):
        outcome.is_failed_by_state(computation)


TARGETS = {"names": names, "records": read_records, "assets": decode}


def main() -> None:
    """Run one target, with the options of libFuzzer."""
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
