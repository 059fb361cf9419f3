"""Times whole commands: the median of five of each, on the demo and on a generated space.

    python benchmarks/figures.py [--datasets 1000]

Prints one line per figure with the command. Times are of the whole process, interpreter start included.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from layered_graph import write_graph

ROOT = Path(__file__).parents[1]
ENGINE = str(Path(sys.executable).parent / "engine")


def seconds(folder: Path, *words: str) -> float:
    """Wall time of `engine` with the words. Stops the benchmark when the command fails."""
    began = time.perf_counter()
    done = subprocess.run([ENGINE, *words], cwd=folder, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"engine {' '.join(words)} failed:\n{done.stderr}")
    return took


def report(label: str, folder: Path, *words: str, runs: int = 5) -> None:
    """Print the median of some runs of one command."""
    times = sorted(seconds(folder, *words) for _ in range(runs))
    median = statistics.median(times)
    print(f"{label:<38} {median:7.2f} s   ({times[0]:.2f} to {times[-1]:.2f})   engine {' '.join(words)}")


def fresh_apply(label: str, folder: Path, runs: int) -> None:
    """Print the median of applies into an empty store."""
    times = []
    for _ in range(runs):
        shutil.rmtree(folder / ".dataspace", ignore_errors=True)
        times.append(seconds(folder, "apply", "--yes"))
    print(f"{label:<38} {statistics.median(times):7.2f} s   (empty store)   engine apply --yes")


def main(datasets: int) -> None:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        demo, big = Path(name, "demo"), Path(name, "big")
        shutil.copytree(ROOT / "specs", demo / "specs")
        report("help", demo, "--help")
        fresh_apply("demo: first apply", demo, 5)
        report("demo: validate", demo, "validate")
        report("demo: plan, nothing to do", demo, "plan")
        write_graph("engine", datasets, big)
        report(f"{datasets} datasets: cold plan", big, "plan", runs=1)
        fresh_apply(f"{datasets} datasets: first apply", big, 1)
        report(f"{datasets} datasets: validate", big, "validate")
        report(f"{datasets} datasets: plan, nothing to do", big, "plan")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--datasets", type=int, default=1000)
    main(parser.parse_args().datasets)
