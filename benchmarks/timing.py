"""Wall and processor time of whole commands, everything they start included."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and seconds of processors (user and system) of a command and its children."""

    wall: float
    processor: float


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Tools keep their compiled code, as they do at a user's; without it each command compiles itself again."""


def spent(words: Sequence[str], folder: Path, answer: str = "", refusal: str = "") -> Spent:
    """What one command takes. The benchmark stops when it fails, unless it then prints `refusal`."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        words, cwd=folder, input=answer, capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    said = done.stdout + done.stderr
    if done.returncode and not (refusal and refusal in said):
        sys.exit(f"{' '.join(words)} failed:\n{said[-3000:]}")
    return Spent(wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def median(times: Sequence[Spent]) -> Spent:
    """The median of each of the two times."""
    return Spent(statistics.median(t.wall for t in times), statistics.median(t.processor for t in times))
