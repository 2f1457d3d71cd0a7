"""What became of changes, and which of them change no behaviour."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from checks.mutants.making import Mutant
from checks.mutants.replacing import SOURCE

EXPLAINED = Path("checks/mutants/explained.txt")

KILLED, SURVIVED, UNFINISHED, NO_TEST, IMPOSSIBLE, SILENT = range(40, 46)
OUTCOMES = {
    KILLED: "killed",
    SURVIVED: "survived",
    UNFINISHED: "unfinished",  # its tests take longer than it was given
    NO_TEST: "no test",
    IMPOSSIBLE: "not to be made",
    SILENT: "hangs",
}


def explained() -> set[str]:
    """Return the changes that change no behaviour; lines with # say why."""
    lines = EXPLAINED.read_text("utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


@dataclass
class Results:
    """What became of each change."""

    wing: str
    explained: set[str]
    counts: Counter[int] = field(default_factory=Counter)
    survivors: list[Mutant] = field(default_factory=list)
    equal: list[Mutant] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """How many changes were tried."""
        return self.counts.total()

    def add(self, mutant: Mutant, outcome: int) -> None:
        """Count a change, and print it if nothing noticed it."""
        self.counts[outcome] += 1
        if outcome not in (SURVIVED, UNFINISHED, NO_TEST):
            return
        if key_of(mutant) in self.explained:
            self.equal.append(mutant)
            return
        self.survivors.append(mutant)
        place = f"{mutant.file}:{mutant.lines[0]}"
        print(f"{OUTCOMES[outcome]}  {place} {mutant.name}: {mutant.change}", flush=True)

    def tell(self) -> None:
        """Print the score."""
        killed = self.counts[KILLED] + self.counts[SILENT]
        tried = killed + len(self.survivors)
        score = 100 * killed / max(tried, 1)
        print(
            f"{self.wing}: {tried + len(self.equal)} changes: "
            f"{killed} killed ({self.counts[SILENT]} by time), "
            f"{len(self.survivors)} survived ({self.counts[UNFINISHED]} not tried on all tests), "
            f"{len(self.equal)} change no behaviour; "
            f"{score:.1f} % of those that do are killed"
        )


def key_of(mutant: Mutant) -> str:
    """Return what `explained.txt` calls a change."""
    return f"{mutant.file.relative_to(SOURCE)} {mutant.name}: {mutant.change}"
