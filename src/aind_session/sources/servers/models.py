"""The SDK's classes that users hold. Import this only when needed: it takes 300 ms."""

from codeocean.components import SortOrder
from codeocean.computation import (
    Computation,
    ComputationState,
    DataAssetsRunParam,
    NamedRunParam,
    RunParams,
)
from codeocean.data_asset import (
    AWSS3Source,
    DataAsset,
    DataAssetParams,
    DataAssetSearchParams,
    DataAssetSortBy,
    Source,
)

__all__ = [
    "AWSS3Source",
    "Computation",
    "ComputationState",
    "DataAsset",
    "DataAssetParams",
    "DataAssetSearchParams",
    "DataAssetSortBy",
    "DataAssetsRunParam",
    "NamedRunParam",
    "RunParams",
    "SortOrder",
    "Source",
]
