"""Write docs/compatibility.md from the tests: what works of each rule, in each language.

Run: python scripts/compatibility.py [--check]. A test keeps the committed file up to date.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "docs/compatibility.md"
sys.path.insert(0, str(ROOT / "tests"))

from rules.not_yet import not_yet  # noqa: E402 - the tests' folder comes first
from rules.registry import LANGUAGES, LISTS, Evidence, Rule, collect, evidence, read_rules, status  # noqa: E402

TITLES: Final = {
    "GEN": "Everywhere", "PRJ": "Projects and files", "CFG": "Configs", "HND": "Handlers", "HTTP": "HTTP",
    "MW": "Middleware", "CTX": "Context and imports", "LOG": "Logs", "EVT": "Events and queue", "CRON": "Schedules",
    "STA": "State", "SCH": "Schemas", "STR": "Streams", "WS": "WebSockets and clients", "CONF": "Project configuration",
    "ENV": "Environment", "CLI": "Command line", "TYP": "Types for editors", "ADM": "Administration",
    "TST": "Test kits", "FIL": "Files",
}  # fmt: skip
HEAD: Final = """# Compatibility

What works of each rule that a Step author can rely on, per language. This file is written by `scripts/compatibility.py` from the
names of the tests, and a test keeps it up to date: *works* means that tests with the rule's id pass in that language (for what
the core does for all languages alike: that one passes).

- **works**: tested.
- **differs**: works, but not to the letter; the cell says how.
- **in part**: some tests of the rule pass, others are on the list of what cannot pass yet.
- **not yet**: no test passes. Either it is missing or nothing proves it.
- **n/a**: there is no such thing in that language.
"""


def document(tests: list[str]) -> str:
    """The text of docs/compatibility.md, given the ids of all tests."""
    rules, seen = read_rules(), evidence(tests)
    parts = [HEAD, _summary(rules, seen)]
    for prefix, title in TITLES.items():
        rows = [_row(rule, seen.get(rule.id)) for rule in rules if rule.id.partition("-")[0] == prefix]
        names = " | ".join(_shown(language) for language in LANGUAGES)
        parts.append(
            f"## {title}\n\n| Rule | Meaning | {names} |\n|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
        )
    parts.append(_waiting())
    return "\n".join(parts)


def _summary(rules: list[Rule], seen: dict[str, Evidence]) -> str:
    words = ("works", "differs", "in part", "not yet", "n/a")
    rows = []
    for language in LANGUAGES:
        counts = Counter(status(rule, seen.get(rule.id), language).partition(":")[0] for rule in rules)
        rows.append(f"| {_shown(language)} | " + " | ".join(str(counts[word]) for word in words) + " |")
    return f"| | {' | '.join(words)} |\n|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _row(rule: Rule, seen: Evidence | None) -> str:
    cells = " | ".join(status(rule, seen, language) for language in LANGUAGES)
    return f"| {rule.id} | {rule.meaning} | {cells} |"


def _waiting() -> str:
    listed = sorted({(one.rule, one.reason) for folder in LISTS for one in not_yet(folder)})
    if not listed:
        return "## Tests that cannot pass yet\n\nNone.\n"
    rows = "\n".join(f"| {rule} | {reason} |" for rule, reason in listed)
    return f"## Tests that cannot pass yet\n\n| Rule | Why |\n|---|---|\n{rows}\n"


def _shown(language: str) -> str:
    return {"python": "Python", "typescript": "TypeScript", "javascript": "JavaScript", "ruby": "Ruby"}[language]


def main() -> int:
    """Write the file, or with --check say whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when the file is out of date")
    check = parser.parse_args().check
    text = document(collect())
    if check:
        return 0 if TARGET.is_file() and TARGET.read_text("utf-8") == text else 1
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
