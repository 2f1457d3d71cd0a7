"""Column names as a type, for completion in editors; see `many.tables`."""

from __future__ import annotations

from typing import Literal

ColumnName = Literal[
    "id",
    "subject_id",
    "platform",
    "time",
    "start_time",
    "modalities",
    "project",
    "genotype",
    "is_uploaded",
    "raw_asset_id",
    "raw_dir",
    "raw_qc",
    "derived_assets",
    "derived",
    "sorted_asset",
    "sorted_asset_id",
    "sorter",
    "sorted_state",
    "good_sorted_asset",
    "sorting_ok",
    "running_computations",
    "notes",
]
