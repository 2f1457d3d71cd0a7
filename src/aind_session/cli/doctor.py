"""``aind-session doctor``: whether what the library needs works here."""

from __future__ import annotations

import argparse
import json

from aind_session.diagnosis.doctor import doctor


def run(options: argparse.Namespace) -> int:
    """Print what was found; see `Diagnosis.status` for the exit status."""
    diagnosis = doctor()
    print(json.dumps(diagnosis.to_dict(), indent=2) if options.json else diagnosis)
    return diagnosis.status
