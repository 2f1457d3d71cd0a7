"""The paths of each kind of file in an asset, in all layouts over the years. Pure.

A pattern is a path below the root of an asset; its parts may contain ``*``, ``?`` and ``[...]`` as
in a shell. A part that ends with ``.zarr`` matches a folder, which counts as one file.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

KINDS: Mapping[str, tuple[str, ...]] = {
    "nwb": (
        "*.nwb",
        "*.nwb.zarr",  # schema 2: <modality>.nwb.zarr
        "nwb/*.nwb",
        "nwb/*.nwb.zarr",
    ),
    "behavior_videos": (
        "behavior_videos/*.mp4",
        "behavior_videos/*.avi",
        "behavior_videos/*/*.mp4",
        "behavior_videos/*/*.avi",
        "behavior-videos/*.mp4",
        "behavior-videos/*.avi",
        "behavior-videos/*/*.mp4",  # since 2024, a folder for each camera
        "behavior-videos/*/*.avi",
    ),
    "video_metadata": (
        "behavior_videos/*.json",
        "behavior_videos/*.csv",
        "behavior-videos/*.json",
        "behavior-videos/*.csv",
        "behavior-videos/*/*.json",
        "behavior-videos/*/*.csv",
    ),
    "behavior": ("behavior/*",),
    "sync": ("behavior/*.sync", "*/*.sync", "behavior/*.h5"),
    "stimulus": ("behavior/*.pkl", "behavior/*.stim.pkl"),
    "settings": (
        "ecephys/ecephys_clipped/Record Node */settings*.xml",
        "ecephys_clipped/Record Node */settings*.xml",
        "ecephys/ecephys_clipped/settings*.xml",
        "ecephys_clipped/settings*.xml",
    ),
    "recordings": (
        "ecephys/ecephys_compressed/*.zarr",
        "ecephys_compressed/*.zarr",
    ),
    "sorted": ("spikesorted/*", "curated/*", "sorting_precurated/*"),
    "analyzers": ("postprocessed/*.zarr", "postprocessed/*"),
    "images": (
        "SPIM/*",
        "SmartSPIM/*",
        "image_tile_fusing/OMEZarr/*.zarr",
        "pophys/*",
        "slap2/*",
    ),
    "photometry": ("fib/*/*.csv", "fib/*.csv"),
    "metadata": (
        "subject.json",
        "data_description.json",
        "procedures.json",
        "session.json",
        "acquisition.json",
        "rig.json",
        "instrument.json",
        "processing.json",
        "quality_control.json",
        "model.json",
        "metadata.nd.json",
    ),
}
"""The patterns of each kind of file."""


@dataclass(frozen=True)
class Search:
    """A search for files of a kind, at one level of the directory tree.

    Attributes
    ----------
    patterns
        The rest of each pattern, with one part per remaining level.
    """

    patterns: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, kind: str) -> Search:
        """Start the search for a kind at the root.

        Examples
        --------
        >>> Search.of("nwb").files(["a.nwb", "b.txt"], ["nwb", "c.nwb.zarr", "logs"])
        ['a.nwb', 'c.nwb.zarr']
        >>> [name for name, _ in Search.of("nwb").below(["nwb", "c.nwb.zarr", "logs"])]
        ['nwb']
        """
        return cls(frozenset(tuple(pattern.split("/")) for pattern in KINDS[kind]))

    @property
    def is_narrow(self) -> bool:
        """Whether the names of all folders to search are known, so that no listing is needed."""
        return all(len(parts) > 1 and not _is_glob(parts[0]) for parts in self.patterns)

    def named_folders(self) -> list[str]:
        """Return the folders to search; for narrow searches only."""
        return sorted({parts[0] for parts in self.patterns})

    def files(self, files: Iterable[str], folders: Iterable[str]) -> list[str]:
        """Return the matching files of one level, sorted, and folders that count as files."""
        last = {parts[0] for parts in self.patterns if len(parts) == 1}
        found = [name for name in files if _fits(name, last)]
        of_folders = {p for p in last if p == "*" or p.endswith(".zarr")}
        found += [name for name in folders if _fits(name, of_folders)]
        return sorted(found)

    def below(self, folders: Iterable[str]) -> list[tuple[str, Search]]:
        """Return the folders to search below, each with the search to continue there."""
        further = [parts for parts in self.patterns if len(parts) > 1]
        found = []
        for name in folders:
            rest = frozenset(parts[1:] for parts in further if _fits(name, [parts[0]]))
            if rest and not name.endswith(".zarr"):
                found.append((name, Search(rest)))
        return found


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _is_glob(part: str) -> bool:
    return any(sign in part for sign in "*?[")
