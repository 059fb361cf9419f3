"""Times single decisions: median and 99th percentile, in both engines, in spaces of growing size.

    python benchmarks/decisions.py [--datasets 50 1000 10000] [--requests 1000]

Needs the OPA program ($OPA, on the path, or where Go installs it); without it only the embedded engine is
timed. Each line is of one engine and one space: as many requests as asked for, one at a time, by people
who are there about datasets, catalogue entries and pages that are there, after one that makes things ready.
Times are by the clock, so a busy machine shows in the 99th percentile first; beside them stand the
milliseconds of processor that one decision takes, in the interpreter's or server's process and in this one.
"""

from __future__ import annotations

import argparse
import datetime
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from engine.adapters.embedded_rego import EmbeddedRego, rules  # noqa: E402
from engine.adapters.opa_server import OpaServer  # noqa: E402
from engine.addresses import Address  # noqa: E402
from engine.model.space import PolicySettings  # noqa: E402
from engine.policy.compile import policy_data  # noqa: E402
from engine.policy.decision import Request  # noqa: E402
from engine.ports import PolicyEngine  # noqa: E402
from tests.policy.large import large_space  # noqa: E402
from tests.policy.opa import OpaProcess, opa_binary  # noqa: E402

TODAY = datetime.date(2026, 9, 28)
ACTIONS = {
    "dataset": ("see", "preview", "use"),
    "catalog": ("preview", "export", "request"),
    "dashboard": ("read",),
}
TICKS = os.sysconf("SC_CLK_TCK")


def requests(data: Mapping[str, Any], count: int) -> Iterator[Request]:
    """Requests by people who are there, about what is there."""
    pick = random.Random(7)
    users = sorted(data["users"])
    things = [a for a in map(Address.parse, data["resources"]) if a.kind in ACTIONS]
    for _ in range(count):
        thing = pick.choice(things)
        yield Request(pick.choice(users), pick.choice(ACTIONS[thing.kind]), thing, "10.1.2.3", TODAY)


def processor(pid: int) -> float:
    """Seconds of processor that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def report(label: str, datasets: int, engine: PolicyEngine, asked: Sequence[Request], pid: int) -> None:
    """Ask one at a time, and print one line."""
    engine.decide(asked[0])
    theirs, own, times, allowed = processor(pid), time.process_time(), [], 0
    for request in asked:
        began = time.perf_counter()
        decision = engine.decide(request)
        times.append((time.perf_counter() - began) * 1000)
        allowed += decision.allow
    spent = [seconds / len(asked) * 1000 for seconds in (processor(pid) - theirs, time.process_time() - own)]
    print(
        f"{label:<9} {datasets:>6,} datasets   median {statistics.median(times):6.2f} ms   "
        f"p99 {statistics.quantiles(times, n=100)[98]:7.2f} ms   processor {spent[0]:5.2f} + "
        f"{spent[1]:5.2f} ms   {allowed} of {len(asked)} allowed",
        flush=True,
    )


@contextmanager
def server() -> Iterator[OpaProcess | None]:
    """An OPA server on loopback; None without the program."""
    binary = opa_binary()
    if binary is None:
        print("no OPA program: the server is not timed", file=sys.stderr)
        yield None
        return
    started = OpaProcess(binary).start()
    try:
        yield started
    finally:
        started.stop()


def main(sizes: Sequence[int], count: int) -> None:
    """All lines."""
    with server() as opa:
        for size in sizes:
            data = policy_data(*large_space(datasets=size))
            asked = list(requests(data, count))
            embedded = EmbeddedRego(data)
            embedded.decide(asked[0])
            pid = rules().pid
            assert pid is not None
            report("embedded", size, embedded, asked, pid)
            if opa is not None:
                settings = PolicySettings(engine="opa", url=opa.url, timeout="60s")
                report("server", size, OpaServer(settings, data), asked, opa.pid)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--datasets", type=int, nargs="+", default=[50, 1000, 10_000])
    parser.add_argument("--requests", type=int, default=1000)
    given = parser.parse_args()
    main(given.datasets, given.requests)
