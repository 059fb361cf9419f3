"""Times whole commands: the median of five of each, on the demo and on a generated space.

    python benchmarks/figures.py [--datasets 1000]

Prints one line per figure with the command. Times are of the whole process, interpreter start and children
included: first what processors spent on it (user and system), which a busy machine disturbs little, then
the time by the clock with its range.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from layered_graph import write_graph
from timing import Spent, median, spent

ROOT = Path(__file__).parents[1]
ENGINE = str(Path(sys.executable).parent / "engine")
READ = 'select count(*) from catalog."medecins_accredites_has"'


def report(label: str, times: Sequence[Spent], words: Sequence[str], note: str = "") -> None:
    """Print the medians of the runs of one command."""
    middle, walls = median(times), sorted(t.wall for t in times)
    print(
        f"{label:<36} {middle.processor:7.2f} s processor {middle.wall:7.2f} s wall "
        f"({walls[0]:.2f} to {walls[-1]:.2f})   engine {' '.join(words)}{note}",
        flush=True,
    )


def repeated(label: str, folder: Path, *words: str, runs: int = 5) -> None:
    """Run one command several times, and print."""
    report(label, [spent([ENGINE, *words], folder) for _ in range(runs)], words)


def from_nothing(label: str, folder: Path, *words: str, runs: int) -> None:
    """Run one command several times, each time with an empty store and cache, and print."""
    times = []
    for _ in range(runs):
        shutil.rmtree(folder / ".dataspace", ignore_errors=True)
        times.append(spent([ENGINE, *words], folder))
    report(label, times, words, "   (empty store)")


def main(datasets: int) -> None:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        demo = Path(name, "demo")
        shutil.copytree(ROOT / "specs", demo / "specs")
        repeated("help", demo, "--help")
        from_nothing("demo: first apply", demo, "apply", "--yes", runs=5)
        repeated("demo: validate", demo, "validate")
        repeated("demo: plan, nothing to do", demo, "plan")
        repeated("demo: query", demo, "query", READ, "--as", "romain")
        repeated("demo: can", demo, "can", "romain", "preview", "catalog/medecins_accredites_has")
        for count, runs in ((100, 3), (datasets, 1)):
            folder = Path(name, str(count))
            write_graph("engine", count, folder)
            from_nothing(f"{count} datasets: cold plan", folder, "plan", runs=runs)
            from_nothing(f"{count} datasets: first apply", folder, "apply", "--yes", runs=1)
            repeated(f"{count} datasets: validate", folder, "validate")
            repeated(f"{count} datasets: plan, nothing to do", folder, "plan")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--datasets", type=int, default=1000)
    main(parser.parse_args().datasets)
