"""Results of the walks in all combinations of modes: recorded by the walks, and printed for docs/accessibility.md.

`EVERY_MODE=1 make test ARGS=tests/browser/test_pages.py` walks; `python -m tests.browser.product` prints the table.
"""

import json
import os
import sys
from pathlib import Path

# A line for each walk in each mode, appended by all workers of a run.
FILE = Path(__file__).resolve().parents[2] / "var" / "every-mode.jsonl"
KINDS = {
    "desk": "Staff desk",
    "workspace": "Members' workspace",
    "residents": "Residents' pages",
}


def note(test: str, parameters: dict, seen: int, found: list[str]) -> None:
    """Record that a walk saw so many pages in a mode, and the findings."""
    walk = parameters.get("walk")
    line = {
        "run": os.environ["TEST_DATABASE"],
        "kind": next((kind for kind in KINDS if kind in test), "desk" if "registers" in test else "residents"),
        "walk": f"{test}:{walk.__name__}" if walk else test,
        "mode": parameters["mode"],
        "seen": seen,
        "found": found,
    }
    with FILE.open("a") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def table(lines: list[dict]) -> list[str]:
    """A row for each kind of page, and one for all of them."""
    kinds = [(KINDS[kind], [line for line in lines if line["kind"] == kind]) for kind in reversed(KINDS)]
    head = ["| Pages | Walks | Pages and their states | Modes | Looks | Found |", "|---|--:|--:|--:|--:|--:|"]
    return head + [_row(name, those) for name, those in [*kinds, ("All", lines)]]


def _row(name: str, lines: list[dict]) -> str:
    states = {}
    for line in lines:
        states[line["walk"]] = max(states.get(line["walk"], 0), line["seen"])
    modes = {json.dumps(line["mode"], sort_keys=True) for line in lines}
    looks, found = sum(line["seen"] for line in lines), sum(len(line["found"]) for line in lines)
    return f"| {name} | {len(states)} | {sum(states.values())} | {len(modes)} | {looks:,} | {found} |"


if __name__ == "__main__":
    if not FILE.exists():
        sys.exit(f"{FILE} is not there: walk first, with EVERY_MODE=1.")
    every = [json.loads(line) for line in FILE.read_text().splitlines()]
    # Older runs come first.
    print("\n".join(table([line for line in every if line["run"] == every[-1]["run"]])))
