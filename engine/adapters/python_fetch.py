"""Fetch functions: an author's code that brings rows or bytes from elsewhere, run in a child process.

The child may use the network; it has no environment, no file of the space or the store, and limits. What it
is kept from, and what no platform can keep it from, is said in child_confine.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from engine.adapters.child import ChildFailed, Limits, run_child

LIMITS = Limits(seconds=300.0, memory=4 << 30, answer=1 << 30, written=64 << 20)


@dataclass(frozen=True, slots=True)
class FetchedArrow:
    """Rows, as an Arrow IPC stream."""

    stream: bytes


@dataclass(frozen=True, slots=True)
class FetchedBytes:
    """The bytes of a file, to be read as the dataset's `format` says."""

    content: bytes


@dataclass(frozen=True, slots=True)
class AuthorMistake:
    """Why the function brings nothing: line in the module, from 1, and a sentence."""

    line: int
    message: str


Fetched = FetchedArrow | FetchedBytes | AuthorMistake


def fetch(module_source: str, module_name: str, function: str, limits: Limits = LIMITS) -> Fetched:
    """What the module's function (without parameters) returns.

    A list or iterator of dicts, or anything that gives an Arrow table, is rows; bytes and text are the
    content of a file. Everything else, and whatever goes wrong in it, is the author's mistake.
    """
    asked = {"source": module_source, "file": module_name, "function": function}
    try:
        answer = run_child("engine.adapters.python_fetch_child", json.dumps(asked).encode(), limits)
    except ChildFailed as failure:
        return AuthorMistake(1, _ended(failure.reason, limits))
    head, _, content = answer.partition(b"\n")
    facts = json.loads(head)
    match facts["kind"]:
        case "arrow":
            return FetchedArrow(content)
        case "bytes":
            return FetchedBytes(content)
    return AuthorMistake(facts["line"], facts["message"])


def _ended(reason: str, limits: Limits) -> str:
    match reason:
        case "timeout":
            return f"{limits.seconds:.0f} seconds were not enough to fetch."
        case "memory":
            return "Fetching needs more memory than is allowed."
        case "output":
            return "More was fetched than is allowed."
    return "Fetching ended its process."
