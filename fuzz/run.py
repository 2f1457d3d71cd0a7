"""Coverage-guided fuzzing of what reads other people's text: names, records, assets.

    python fuzz/run.py {names,records,assets} [corpus folder] [options of libFuzzer]

Needs ``atheris`` (``pip install atheris``). No text, and nothing a server says, may raise anything
but the errors that the functions document, or take long. What was found is kept as tests, in
``tests/test_found_by_fuzzing.py``.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["aind_session"]):
    from aind_session import alignment, asset_search, assets, ids, quality, records, sorting
    from aind_session.errors import AindSessionError, OddAnswerWarning
    from aind_session.extensions.lims import LimsExtension
    from aind_session.sources.decode import decode_asset, decode_assets, decode_computation

del asset_search
warnings.simplefilter("ignore", OddAnswerWarning)


def names(data: bytes) -> None:
    """Parse any text as session, subject, asset, date, LIMS ID; what parses is a fixpoint."""
    text = atheris.FuzzedDataProvider(data).ConsumeUnicode(4096)
    for parse in (ids.parse_session, ids.parse_subject, ids.parse_when, LimsExtension.extract_id):
        with contextlib.suppress(ValueError):
            parse(text)
    found = ids.find_asset_name(text)
    if found is not None:
        again = ids.parse_asset_name(found.name)
        if again != found:
            raise AssertionError(f"{text!r}: {found!r} is parsed again as {again!r}")
    session = ids.find_session(text)
    if session is not None and ids.parse_session(session.id) != session:
        raise AssertionError(f"{text!r}: {session!r} is not a fixpoint")


KEYS = (
    "_id name location created _created external_links other_identifiers subject subject_id "
    "subject_details genotype data_description data_level modality modalities abbreviation "
    "platform project_name processing processing_pipeline data_processes process_type code "
    "parameters sorter_name annotations __sorting_info__ params spikesorting quality_control "
    "evaluations latest_status allow_failed_metrics metrics status status_history value curations "
    "session session_start_time acquisition acquisition_start_time id type state tags mount "
    "custom_metadata source_bucket origin bucket prefix provenance contained_data_assets last_used "
    "app_parameters files size failure_reason results_info data_assets run_time end_status"
).split()
TEXTS = (
    "Code Ocean",
    "s3://b/k",
    "ecephys_676909_2023-12-13_13-43-40",
    "ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45",
    "2024-06-20T21:13:53.068424Z",
    "2023-09-29 08:53:23-07:00",
    "Spike sorting",
    "Probe Alignment for x ecephys_676909_2023-12-13_13-43-40_ProbeA",
    "dataset",
    "ready",
    "aws",
    "raw data",
    "Pass",
    "Fail",
    "{}",
)


def _value(some: atheris.FuzzedDataProvider, depth: int = 0) -> object:
    """Build JSON of the words that servers use."""
    kind = some.ConsumeIntInRange(0, 7)
    if kind <= 2 and depth < 6:
        names = [some.PickValueInList(KEYS) for _ in range(some.ConsumeIntInRange(0, 5))]
        return {name: _value(some, depth + 1) for name in names}
    if kind == 3 and depth < 6:
        return [_value(some, depth + 1) for _ in range(some.ConsumeIntInRange(0, 3))]
    scalars: tuple[Callable[[], object], ...] = (
        lambda: some.PickValueInList(list(TEXTS)),
        lambda: some.ConsumeUnicode(24),
        lambda: some.ConsumeInt(8),
        lambda: some.PickValueInList([None, True, False, 0, 1.5, -1, 10**30]),
    )
    return scalars[kind % 4]()


def _object(data: bytes) -> dict[str, object]:
    some = atheris.FuzzedDataProvider(data)
    count = some.ConsumeIntInRange(0, 12)
    return {some.PickValueInList(KEYS): _value(some) for _ in range(count)}


def read_records(data: bytes) -> None:
    """Read everything that is read of a record."""
    record = _object(data)
    readers: tuple[Callable[[dict[str, object]], object], ...] = (
        records.created,
        records.linked_asset_ids,
        records.location,
        records.modalities,
        records.is_raw,
        records.project,
        records.platform,
        records.genotype,
        records.start_time,
        quality.status,
        lambda r: sorting.sorter_of_processing(r.get("processing")),
        sorting.sorter_of_spikeinterface,
        sorting.sorter_of_params,
        lambda r: records.by_creation([r, r]),
        lambda r: records.pick_raw([r]),
    )
    for reader in readers:
        reader(record)
    # a curation that is no JSON is said to be none
    with contextlib.suppress(ValueError, TypeError):
        alignment.latest_by_probe([record], str(record.get("name")))


def decode(data: bytes) -> None:
    """Decode assets and computations, and judge them."""
    body = {"id": "a", "name": "b", **_object(data)}
    for asset in decode_assets([body]):
        assets.is_raw(asset)
        assets.is_sorted(asset)
        assets.location(asset)
        assets.by_creation([asset, asset])
        assets.pick_raw([asset], [asset])
    with contextlib.suppress(AindSessionError):
        decode_asset(body)
        decode_computation(body)


TARGETS = {"names": names, "records": read_records, "assets": decode}


def main() -> None:
    """Run one target, with the options of libFuzzer."""
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
