"""The first thing a child process runs: it gives up what it will not need, then answers its payload."""

from __future__ import annotations

import importlib
import os
import resource
import sys


def start() -> None:
    """Set limits that can no more be lifted, then write `module.answer(stdin)` to the answer's file."""
    module, answer, processor, memory, written = sys.argv[1], *map(int, sys.argv[2:6])
    for limit, value in (
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, written),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    payload = sys.stdin.buffer.read()
    result: bytes = importlib.import_module(module).answer(payload)
    with os.fdopen(answer, "wb") as out:
        out.write(result)


if __name__ == "__main__":
    start()
