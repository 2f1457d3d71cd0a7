"""Phrases that are not plain technical English, in pages, docstrings, comments and messages.

``python checks/words.py`` prints each with its place, and what to write instead; the exit status
is 1 if there are any. A line that must keep one ends with ``words: ok``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = (
    ("src", "*.py"),
    ("src", "*.md"),
    ("tests", "*.py"),
    ("docs", "*.md"),
    ("checks", "*.py"),
    ("benchmarks", "*.py"),
    ("fuzz", "*.py"),
    (".", "*.md"),
)

PHRASES = {
    r"\b(?<![Tt]here )(?:is|are|be) none\b": "does not exist, there is no ..., None",
    r"\bhas none\b|\bhave none\b": "has no ..., does not have one",
    r"\bof its own\b|\bof their own\b|\bof your own\b|\bof one's own\b": "its own ..., separate",
    r"\bwhat is had\b": "what is known, what was found",
    r"\bso many\b": "at most this many, N",
    r"\b(?:in|out)side of\b": "in, inside, outside",
    r"\bwho(?:m)?ever\b": "anyone who, the caller",
    r"\bwhatever comes of\b": "whether or not it succeeds",
    r"\b[Dd]oubts?\b": "warning",
    r"\bto have none is a choice\b": "works without credentials",
    r"\bgives? back\b|\bgiven back\b": "returns",
    r"\bis asked for\b(?= (?:when|once) it)": "is requested",
    r"\bwhat there is none of\b": "what is missing",
    r"\bthat there (?:is|are) none of\b|\bthat there (?:is|are) not\b": "that does not exist",
    r"\bmakes? no (?:difference|matter)\b": "does not matter",
    r"\bof (?:its|their|one) kind\b": "such, similar",
    r"\bof the moment\b": "current",
    r"\bare united with\b": "are combined with",
    r"\bwas looked\b(?! (?:for|at|up)\b)": "where the library looked, the places searched",
    r"\b(?:could|not) be looked\b(?! (?:for|at|up)\b)": "could be searched",
    r"\bspeaks? of\b": "mentions, states",
    r"\bin the place of\b": "instead of, for",
    r"\bin vain\b": "without success",
    r"\b(?:cannot|could not) be told\b": "is unknown",
    r"\bto be had\b|\b(?:can|could|cannot) be had\b|\bnot be had\b": "can be fetched, exists",
    r"\b[Dd]oubtful\b": "uncertain, incomplete",
    r"\bslips? of the pen\b|\bis a slip\b": "misspelling",
    r"\bat whatever\b|\bof whatever\b|\bby whatever\b": "any",
    r"\bcame of it\b|\bcame of\b|\bcome of\b": "the outcome",
    r"\bwhat comes close\b|\bcomes close\b": "similar, nearest",
    r"\bby itself alone\b": "alone",
    r"\btells? of\b": "shows, reports",
    r"\bthe like\b": "similar ones",
    r"\bnothing is told\b|\bis told as\b": "is reported as",
    r"\bgiven is\b|\bis given is\b": "the argument",
    r"(?<![Tt]here )\bis no (?:date|time|text|name|place|number|path|JSON|list|S3|record)\b": (
        "is not a ..."
    ),
    r"\bput right\b": "fix",
    r"\bis not well\b(?!-)|\bis well\b(?!-)|\ball is well\b": "works, is healthy",
    r"\bmend(?:s|ed)?\b": "fix",
    r"\bside by side\b": "in parallel",
    r"\b[Nn]othing is asked\b|\basks? nothing\b": "no request is sent",
    r"\bWho is asked\b": "the sources to ask",
    r"\banew\b": "again",
    r"\bfor the time of\b": "during",
    r"\bcomes? near(?! in time)\b": "is similar, nearest",
    r"\b(?:is|was|were) had\b": "was obtained",
    r"\b(?:to|came to|come to) no good end\b": "did not succeed",
    r"\bas (?:it is|they are) now\b": "current",
    r"\b(?:is|are) told with\b": "is reported with",
    r"\bcounts? before\b|\bgoes before\b": "has priority over",
    r"\bgone on with\b|\bgo(?:es|ing)? on with\b": "continue",
    r"\b[Tt]aken for callers\b": "accepted and ignored",
    r"\bcase counts\b": "case matters",
    r"\bmade of what\b": "made from what",
    r"\bat the top of its results\b|\bnames at the top of\b": "top-level names",
    r"\bdoes not travel\b|\bdo not travel\b": "is not pickled, is not sent along",
    r"\bis of use\b|\bof no use\b": "useful, useless",
    r"\bof what use\b|\bwhat it is of\b": "what it belongs to",
    r"\bby what that is known\b": "the evidence",
    r'"""(?:Give|Tell|Say)s? ': "Return ..., Describe ...; a noun for properties",
    r"\bas (?:it|they) stands?\b": "unchanged, current",
    r"\bwhat (?:is|was) given\b": "the argument",
    r"\bnobody else\b|\bwhere nobody\b": "no other ..., unknown",
    r"\b(?:[Aa]|one|two) (?:request|search|look|line|question|row)(?:e?s)? an? \w+": (
        "one ... per ..."
    ),
    r"\bquestions? (?:is|are|was|were) put\b|\b[Pp]ut(?:s|ting)? (?:the|a|one|each) questions?\b": (
        "is asked, ask"
    ),
    r"\bsearch(?:es)? (?:brings?|brought)\b": "finds",
    r"\bstands? (?:above|below|beside)\b": "is above, is shown below",
    r"\bleads? (?:elsewhere|nowhere)\b": "contains '..', points to another place",
    r"\b(?:says?|said) of\b": "states about",
    r"\b(?:comes?|came) to (?:its|an) end\b": "ends, is complete",
    r"\bso that who\b|\bby who\b|\b[Ww]ho (?:waits|asks|looks|mistypes)\b": (
        "the caller, a thread that ..."
    ),
    r"\bof the years\b": "over the years",
    r"\blooks? into (?:each|all|every|the)\b|\blooked into\b": "searches",
    r"\brests on\b": "is based on",
    r"\bBegin again\b": "Start afresh, Restart",
    r"\banswered with nothing\b": "found nothing",
    r"\bas ever\b": "as before",
    r"\bcannot be meant\b": "is invalid",
    r"\bwhat (?:else )?there (?:is|are|was)\b": "the existing ..., all ...",
    r"\bnothing tells\b|\bdo(?:es)? not tell\b": "is unknown, does not state",
}
"""Patterns, each with what to write instead."""

_EXCEPTION = "words: ok"
_TESTED = ROOT / "tests" / "behaviour" / "test_words.py"
_ALL = re.compile("|".join(f"(?P<p{i}>{pattern})" for i, pattern in enumerate(PHRASES)), re.S)
_HINTS = tuple(PHRASES.values())


def found(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the phrases in a text: the line, the phrase, what to write instead."""
    for number, line in enumerate(text.splitlines(), 1):
        if _EXCEPTION in line:
            continue
        for match in _ALL.finditer(line):
            yield number, match[0], _HINTS[int(str(match.lastgroup)[1:])]


def main() -> int:
    """Check every file; return the exit status."""
    wrong = 0
    for folder, pattern in PLACES:
        base = ROOT / folder
        files = base.glob(pattern) if folder == "." else base.rglob(pattern)
        for path in sorted(files):
            if path in (Path(__file__).resolve(), _TESTED):
                continue
            for number, phrase, hint in found(path.read_text(encoding="utf-8")):
                print(f"{path.relative_to(ROOT)}:{number}: {phrase!r}: write {hint}")
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
