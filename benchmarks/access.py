"""Times what a plan says of access: every person, dataset and dashboard under old and new policy.

    python benchmarks/access.py [--people 500] [--datasets 1000] [--runs 3]

Prints one line per change, with the medians of its runs: seconds of processor (this process, and the
interpreter's that decides), seconds by the clock, and how many differences the plan tells.
"""

from __future__ import annotations

import argparse
import datetime
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from decisions import processor  # noqa: E402

from engine.adapters.embedded_rego import EmbeddedRego, rules  # noqa: E402
from engine.policy.compile import policy_data  # noqa: E402
from engine.usecases.access import Governed, access_changes  # noqa: E402
from tests.policy.large import large_space  # noqa: E402

TODAY = datetime.date(2026, 9, 28)


def governed(people: int, datasets: int, extra_member: str = "") -> Governed:
    """A large space and its policy data."""
    space, compiled = large_space(people=people, datasets=datasets, extra_member=extra_member)
    return Governed(space, compiled, policy_data(space, compiled))


def report(label: str, before: Governed | None, after: Governed, runs: int) -> None:
    """Work out the differences several times, and print one line."""
    rules().answer({"requests": [], "facts": {}})
    pid = rules().pid
    assert pid is not None
    took, told = [], 0
    for _ in range(runs):
        theirs, own, wall = processor(pid), time.process_time(), time.perf_counter()
        told = len(access_changes(before, after, EmbeddedRego, TODAY))
        took.append((processor(pid) - theirs, time.process_time() - own, time.perf_counter() - wall))
    theirs, own, wall = (statistics.median(times) for times in zip(*took, strict=True))
    print(
        f"{label:<34} {theirs + own:6.2f} s processor ({own:.2f} here, {theirs:.2f} deciding)   "
        f"{wall:6.2f} s wall   {told:,} differences",
        flush=True,
    )


def main(people: int, datasets: int, runs: int) -> None:
    """All lines."""
    space = governed(people, datasets)
    report("everything is new", None, space, runs)
    report("one person joins a project", space, governed(people, datasets, f"u{people - 1}"), runs)
    report("nothing changes", space, governed(people, datasets), runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--datasets", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    main(given.people, given.datasets, given.runs)
