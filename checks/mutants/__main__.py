"""Change functions and constants in small ways, and tell which changes no test notices.

Tests are collected once. Each change is tried in a forked process, in which the code of one
function, or a constant, is replaced, on the tests that run what is changed, until one fails.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pytest
from checks.mutants.trying import Trying

NOT_RUN = [
    "tests/behaviour/test_matrix.py",
    "tests/behaviour/test_dask.py",
    "tests/runs/test_kill.py",
]


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m checks.mutants", description=__doc__)
    parser.add_argument("wings", nargs="+", help="folders and files below src/aind_session")
    parser.add_argument("--sample", type=int, help="how many changes of each, at random; else all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", help="a file with output: those of its changes that survived")
    parser.add_argument("--only", default="", help="changes of functions whose name holds this")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=40, help="for the tests of one change")
    parser.add_argument("--tests", nargs="*", default=["src", "tests", "docs", "README.md"])
    asked = parser.parse_args()
    os.environ["PYTEST_TIMEOUT"] = "60"
    quiet = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-s", "--no-summary"]
    leave = [f"--ignore={each}" for each in NOT_RUN]
    trying = Trying(asked)
    ended = pytest.main([*quiet, *leave, "--hypothesis-seed=0", *asked.tests], plugins=[trying])
    return int(trying.survived > 0) or int(ended)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    sys.exit(main())
