"""The filters that a search sends to DocDB, and how it filters the answers; columns."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aind_session import Session, memory_sources, search, sessions
from aind_session.errors import NotInTableError, SourceDownWarning, UnavailableError
from aind_session.many.search import _filters, _in_months
from aind_session.many.tables import COLUMNS, chosen, to_arrow, to_pandas, to_polars, warn_of_hidden
from aind_session.many.wanted import Wanted
from aind_session.sources.description_filter import of_projects
from tests.worlds import empty_world

NAME = "ecephys_700001_2024-01-15_10-00-00"
NONE: dict[str, tuple[str, ...]] = {"modality": (), "stage": (), "tag": ()}


def wanted(**more: Any) -> Wanted:
    texts = ("subject", "project", "platform", "modality", "name", "data_level")
    none: dict[str, Any] = dict.fromkeys(texts, ())
    return Wanted(**{**none, "first": None, "last": None, "qc": None, "qc_about": NONE, **more})


def record(name: str = NAME, **description: Any) -> dict[str, Any]:
    return {"name": name, "data_description": description}


METRIC = {
    "name": "Drift",
    "stage": "Raw data",
    "modality": {"abbreviation": "ecephys"},
    "tags": ["probe"],
    "status_history": [{"status": "Fail", "timestamp": "2026-02-01T00:00:00Z"}],
}
JUDGED = {**record(), "quality_control": {"metrics": [METRIC]}}


def about(**more: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {**NONE, **more}


@pytest.mark.parametrize(
    ("criteria", "body", "fits"),
    [
        ({}, record(), True),
        ({}, record("no session"), False),
        ({"project": ("a", "b")}, record(project_name="b"), True),
        ({"project": ("a",)}, record(project_name="b"), False),
        ({"project": ("a",)}, record(), False),
        ({"platform": ("ecephys",)}, record(), True),
        ({"platform": ("behavior",)}, record(), False),
        (
            {"platform": ("behavior",)},
            record("700001_2024-01-15_10-00-00", platform={"abbreviation": "behavior"}),
            True,
        ),
        ({"modality": ("fib",)}, record(modality=[{"abbreviation": "fib"}]), True),
        ({"modality": ("fib", "x")}, record(modality=[{"abbreviation": "y"}]), False),
        ({"data_level": ("raw",)}, record(), True),
        ({"data_level": ("derived",)}, record(), False),
        ({"data_level": ("derived",)}, record(f"{NAME}_sorted_2024-02-01_00-00-00"), True),
        ({"data_level": ("raw",)}, record(f"{NAME}_sorted_2024-02-01_00-00-00"), False),
        ({"subject": ("5", "700001")}, record(), True),
        ({"subject": ("70000",)}, record(), False),
        ({"name": ("x", "_15", "01-15")}, record(), True),
        ({"name": ("ECEPHYS",)}, record(), False),
        ({"first": datetime.date(2024, 1, 15)}, record(), True),
        ({"first": datetime.date(2024, 1, 16)}, record(), False),
        ({"last": datetime.date(2024, 1, 15)}, record(), True),
        ({"last": datetime.datetime(2024, 1, 15, 9, 59, 59)}, record(), False),
        ({"qc": "fail"}, JUDGED, True),
        ({"qc": "pass"}, JUDGED, False),
        ({"qc": "fail"}, record(), False),
        ({"qc_about": about(stage=("Raw data",))}, JUDGED, True),
        ({"qc_about": about(stage=("Analysis",))}, JUDGED, False),
        ({"qc_about": about(tag=("probe",))}, JUDGED, True),
        ({"qc_about": about(modality=("ecephys",)), "qc": "fail"}, JUDGED, True),
        ({"qc_about": about(modality=("fib",)), "qc": "fail"}, JUDGED, False),
        ({"qc_about": about(tag=("probe",))}, record(), False),
        # all criteria must be met
        ({"project": ("a",), "platform": ("behavior",)}, record(project_name="a"), False),
    ],
)
def test_a_record_fits_if_it_meets_all_criteria(
    criteria: dict[str, Any], body: dict[str, Any], fits: bool
) -> None:
    found = wanted(**criteria).fits(body)
    assert (found is not None) is fits
    if found is not None:
        assert found.subject_id == "700001"


JANUARY = {"first": datetime.date(2024, 1, 5), "last": datetime.date(2024, 1, 20)}
BY_PLATFORM = {
    "$or": [
        {"name": {"$regex": "^(ecephys|a\\.b)_"}},
        {"data_description.platform.abbreviation": {"$in": ["ecephys", "a.b"]}},
    ]
}
A_OR_B = [spelled for one in ("a", "b") for spelled in (one, f"{one} ", f" {one}")]
PROJECT_A = {"data_description.project_name": {"$in": A_OR_B[:3]}}
FIBER = {
    "$or": [
        {"data_description.modality.abbreviation": {"$in": ["fib"]}},
        {"data_description.modalities.abbreviation": {"$in": ["fib"]}},
        {"data_description.modality.name": {"$in": ["Fiber photometry"]}},
        {"data_description.modalities.name": {"$in": ["Fiber photometry"]}},
        {
            "data_description.modality": {
                "$in": ["fib", "Fiber photometry", "FIP", "HSFP", "test-FIP-opto"]
            }
        },
        {"data_description.modality": {"$regex": "abbreviation='(fib)'"}},
    ]
}
HOLOGRAM = {
    "$or": [
        {"data_description.modality.abbreviation": {"$in": ["holo-gram", "holo_gram"]}},
        {"data_description.modalities.abbreviation": {"$in": ["holo-gram", "holo_gram"]}},
        {"data_description.modality": {"$in": ["holo-gram", "holo_gram"]}},
        {"data_description.modality": {"$regex": "abbreviation='(holo\\-gram|holo_gram)'"}},
    ]
}
WITH_QC = {"quality_control": {"$ne": None}}


@pytest.mark.parametrize(
    ("criteria", "filters"),
    [
        ({"project": ("a",)}, [PROJECT_A]),
        ({"project": ("a", "b")}, [{"data_description.project_name": {"$in": A_OR_B}}]),
        ({"modality": ("fib",)}, [FIBER]),
        (
            {"modality": ("holo_gram",), "name": ("x",)},
            [{**HOLOGRAM, "name": {"$regex": "x"}}],
        ),
        (
            {"name": ("a" * 1000, "b" * 500, "c"), "modality": ("fib",)},
            [
                {**FIBER, "name": {"$regex": f"{'a' * 1000}|{'b' * 500}"}},
                {**FIBER, "name": {"$regex": "c"}},
            ],
        ),
        (
            {"project": ("\u00e9" * 300, "a"), "name": ("x",)},
            [
                {**of_projects(["\u00e9" * 300]), "name": {"$regex": "x"}},
                {**PROJECT_A, "name": {"$regex": "x"}},
            ],
        ),
        ({"name": ("a.b", "c")}, [{"name": {"$regex": "a\\.b|c"}}]),
        ({"platform": ("ecephys", "a.b")}, [BY_PLATFORM]),
        (
            {"platform": ("ecephys",)},
            [
                {
                    "$or": [
                        {"name": {"$regex": "^(ecephys)_"}},
                        {"data_description.platform.abbreviation": "ecephys"},
                    ]
                }
            ],
        ),
        (JANUARY, [{"name": {"$regex": "_(2024-01)-"}}]),
        ({**JANUARY, "platform": ("ecephys",)}, [{"name": {"$regex": "_(2024-01)-"}}]),
        ({**JANUARY, "project": ("a",)}, [PROJECT_A]),
        ({"data_level": ("raw",)}, [{}]),
        ({"first": datetime.date(2024, 1, 5)}, [{}]),
        # records without quality control are not requested
        ({"qc": "fail"}, [WITH_QC]),
        (
            {"qc": "fail", "name": ("x",)},
            [{"$or": [{"name": {"$regex": "x"}}, WITH_QC]}],
        ),
        (
            {"qc": "fail", "project": ("a",)},
            [{**PROJECT_A, **WITH_QC}],
        ),
        (
            {"qc": "fail", "project": ("a",), "platform": ("p",)},
            [PROJECT_A],
        ),
        ({"qc": "fail", **JANUARY}, [{"name": {"$regex": "_(2024-01)-"}, **WITH_QC}]),
    ],
)
def test_a_search_is_narrowed_by_what_docdb_has_an_index_for(
    criteria: dict[str, Any], filters: list[dict[str, Any]]
) -> None:
    assert list(_filters(wanted(**criteria))) == filters


def test_of_subjects_all_records_are_asked_for_so_many_at_once() -> None:
    subjects = tuple(str(number) for number in range(700_000, 700_051))
    asked = list(_filters(wanted(subject=subjects, project=("a",))))
    assert len(asked) == 2
    assert "700049" in str(asked[0])
    assert "700050" not in str(asked[0])
    assert "700050" in str(asked[1])
    assert "project_name" not in str(asked)


@pytest.mark.parametrize(
    ("first", "last", "pattern"),
    [
        ("2024-01-01", "2024-01-31", "_(2024-01)-"),
        ("2023-11-30", "2024-02-01", "_(2023-11|2023-12|2024-01|2024-02)-"),
        ("2024-02-01", "2024-01-31", None),
        ("2022-01-01", "2024-01-01", None),
    ],
)
def test_a_range_is_searched_month_by_month(first: str, last: str, pattern: str | None) -> None:
    days = (datetime.date.fromisoformat(first), datetime.date.fromisoformat(last))
    assert _in_months(wanted(first=days[0], last=days[1])) == pattern


def test_two_years_are_months_and_more_are_not() -> None:
    months = _in_months(wanted(first=datetime.date(2022, 1, 1), last=datetime.date(2023, 12, 31)))
    assert months is not None
    assert months.count("|") == 23
    assert months.startswith("_(2022-01|2022-02|")
    assert months.endswith("|2023-11|2023-12)-")
    assert _in_months(wanted(first=datetime.date(2024, 1, 1))) is None
    assert _in_months(wanted(last=datetime.date(2024, 1, 1))) is None


@pytest.mark.parametrize(
    ("criteria", "error", "message"),
    [
        (
            {},
            ValueError,
            "pass a criterion, because all sessions are too many: subject, project, platform, "
            "modality, "
            "name, data_level, start_date, end_date, qc, qc_stage, qc_modality, qc_tag",
        ),
        (
            {"project": "", "name": []},
            ValueError,
            "pass a criterion, because all sessions are too many: subject, project, platform, "
            "modality, "
            "name, data_level, start_date, end_date, qc, qc_stage, qc_modality, qc_tag",
        ),
        (
            {"data_level": "raws"},
            ValueError,
            "a data level must be 'raw', 'derived' or 'simulated', not 'raws'",
        ),
        ({"qc": "ok"}, ValueError, "qc must be "),
        ({"project": 5}, TypeError, "a project"),
        ({"platform": 5}, TypeError, "a platform"),
        ({"modality": 5}, TypeError, "a modality"),
        ({"name": 5}, TypeError, "a name"),
        ({"project": "a", "limit": 0}, ValueError, "a limit"),
        ({"project": "a", "limit": "3"}, TypeError, "a limit"),
        ({"platform": "Ecephys"}, ValueError, "there is no platform 'Ecephys'; near: 'ecephys'"),
        ({"modality": "spim"}, ValueError, "there is no modality 'spim'; near: 'SPIM'"),
    ],
)
def test_a_criterion_that_cannot_be_meant_is_refused(
    criteria: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        search(**criteria, sources=memory_sources(empty_world()))
    assert str(caught.value).startswith(message)


class TestColumns:
    def test_all_are_chosen_by_default_and_any_in_any_order(self) -> None:
        assert chosen(None) == (*COLUMNS, "notes")
        assert chosen(["notes", "id"]) == ("notes", "id")
        assert chosen("id") == ("id",)
        assert chosen(["good:sorted", "ok:nwb"]) == ("good:sorted", "ok:nwb")

    @pytest.mark.parametrize(
        ("name", "near"),
        [
            ("subject", "; near: 'subject_id'"),
            ("zzz", ""),
            ("good:", ""),
            ("best:sorted", ""),
        ],
    )
    def test_one_that_does_not_exist_names_those_that_do(self, name: str, near: str) -> None:
        with pytest.raises(ValueError, match="there is no column") as caught:
            chosen([name])
        text = str(caught.value)
        assert text.startswith(f"there is no column {name!r}")
        known = ", ".join([*COLUMNS, "notes", "good:<process>", "ok:<process>"])
        assert text.endswith(f"there are {known}")
        if near:
            assert near in text

    def test_kinds_are_types_of_pandas_polars_and_arrow(self) -> None:
        names = ["id", "derived_assets", "is_uploaded", "time", "start_time", "modalities"]
        names += ["notes", "ok:nwb", "good:nwb"]
        frame = to_pandas([], names)
        # pandas 2.0 supports times with a zone only in nanoseconds
        kinds = [str(kind).replace("[ns, UTC]", "[us, UTC]") for kind in frame.dtypes]
        assert kinds == [
            "string",
            "Int64",
            "boolean",
            "datetime64[us]",
            "datetime64[us, UTC]",
            "object",
            "object",
            "boolean",
            "string",
        ]
        assert list(frame.columns) == names
        assert [str(kind) for kind in to_polars([], names).dtypes] == [
            "String",
            "Int64",
            "Boolean",
            "Datetime(time_unit='us', time_zone=None)",
            "Datetime(time_unit='us', time_zone='UTC')",
            "List(String)",
            "List(String)",
            "Boolean",
            "String",
        ]
        assert [str(field.type) for field in to_arrow([], names).schema] == [
            "string",
            "int64",
            "bool",
            "timestamp[us]",
            "timestamp[us, tz=UTC]",
            "list<item: string>",
            "list<item: string>",
            "bool",
            "string",
        ]

    def test_values_are_in_the_table_as_they_are_in_the_rows(self) -> None:
        rows: list[dict[str, Any]] = [
            {"id": "a", "modalities": ["x"]},
            {"id": None, "modalities": []},
        ]
        names = ["modalities", "id"]
        assert to_arrow(rows, names).to_pylist() == rows
        assert to_polars(rows, names).to_dicts() == rows
        frame = to_pandas(rows, names)
        assert frame["modalities"].tolist() == [["x"], []]
        assert frame["id"].isna().tolist() == [False, True]


class TestHidden:
    def test_each_service_is_one_warning_that_names_columns_and_rows(self) -> None:
        down, odd = UnavailableError("DocDB", "down"), UnavailableError("S3", "down")
        ids = [f"s{number}" for number in range(6)]
        hidden: Any = [(id_, "project", down) for id_ in reversed(ids[:4])]
        hidden += [("s0", "genotype", down), ("s5", "raw_dir", odd)]
        with pytest.warns(SourceDownWarning) as warned:
            warn_of_hidden(hidden, ids)
        texts = [str(one.message) for one in warned]
        assert len(texts) == 2
        assert texts[0].startswith(
            "project, genotype of 4 of 6 rows (s0, s1, s2, ...) is missing from the table "
            "without DocDB"
        )
        assert texts[1].startswith(
            "raw_dir of 1 of 6 rows (s5) is missing from the table without S3"
        )

    def test_what_the_tables_do_not_hold_is_missing_by_choice(self) -> None:
        error = NotInTableError("not in the tables: s0")
        with pytest.warns(Warning, match=r"the answers come only from"):
            warn_of_hidden([("s0", "project", error)], ["s0"])

    def test_nothing_hidden_is_no_warning(self) -> None:
        warn_of_hidden([], ["s0"])


def test_a_row_has_what_is_known_of_a_session() -> None:
    many = sessions([NAME], sources=memory_sources(empty_world()))
    (row,) = many.to_records(["id", "subject_id", "platform", "time", "notes", "derived_assets"])
    assert row == {
        "id": NAME,
        "subject_id": "700001",
        "platform": "ecephys",
        "time": datetime.datetime(2024, 1, 15, 10),
        "notes": [],
        "derived_assets": 0,
    }
    (row,) = many.to_records(["raw_asset_id", "notes"])
    assert row["raw_asset_id"] is None
    assert row["notes"][0].startswith("Missing: ")
    assert Session(NAME).id == NAME
