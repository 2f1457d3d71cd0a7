"""Create valid records with the installed release, and print differences from our readers."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version

from checks.schema.compare import differences
from checks.schema.maker import Maker

_SHOWN = 20


def main() -> int:
    """Compare; return 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--unless", help="a minor release that is checked elsewhere")
    wanted = parser.parse_args()
    release = version("aind-data-schema")
    if wanted.unless and release.startswith(f"{wanted.unless}."):
        print(f"aind-data-schema {release} is the newest, and checked already")
        return 0
    maker = Maker(wanted.seed)
    found = [
        f"record {number}, {difference}"
        for number in range(wanted.records)
        for difference in differences(maker.metadata())
    ]
    for difference in found[:_SHOWN]:
        print(difference)
    print(f"aind-data-schema {release}: {wanted.records} records, {len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
