"""The policy engine of this machine: the Rego modules in regopy's interpreter, in a process of its own.

The rules are compiled once; the facts that a question needs come with it (policy/portion.py), since this
interpreter searches through an object on every look-up. One thread asks at a time. An interpreter that
crashes, hangs or answers nonsense refuses what was asked, and the next question starts a new one.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from engine.policy.answers import decisions_from, request_as_input
from engine.policy.decision import Decision, Request, doubt
from engine.policy.modules import PACKAGE, modules
from engine.policy.portion import facts_for

ENTRYPOINT: Final = f"{PACKAGE}/decisions"
BATCH: Final = 40
"""Requests per evaluation: with more, searching through their facts costs more than asking again."""
SECONDS: Final = 60.0
"""How long one evaluation may take before its process is ended."""


class EngineFailed(Exception):
    """The interpreter's process ended, hung, or answered what is no answer."""


class Rules:
    """The compiled rules of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def answer(self, question: Mapping[str, Any]) -> Any:
        """What the rules answer; None for anything but exactly one value. Raises EngineFailed."""
        line = json.dumps(question, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            try:
                values = json.loads(self._asked(line))
            except (OSError, ValueError, EngineFailed):
                self.close()
                raise EngineFailed from None
        return values[0] if isinstance(values, list) and len(values) == 1 else None

    @property
    def pid(self) -> int | None:
        """The interpreter's process, while there is one."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process; the next question starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _asked(self, line: bytes) -> bytes:
        process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line)
        process.stdin.flush()
        if not select.select([process.stdout], [], [], SECONDS)[0]:
            raise EngineFailed
        answer: bytes = process.stdout.readline()
        if not answer.endswith(b"\n"):
            raise EngineFailed
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        texts = {
            name: text.replace(f"data.{PACKAGE}_facts", "input.facts") for name, text in modules().items()
        }
        setup = json.dumps({"modules": texts, "entrypoint": ENTRYPOINT}).encode() + b"\n"
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "engine.adapters.rego_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        )
        assert self._process.stdin is not None
        self._process.stdin.write(setup)
        return self._process


@cache
def _rules_of(process: int) -> Rules:  # noqa: ARG001  # a fork must not talk through its parent's pipes
    return Rules()


def rules() -> Rules:
    """The rules of this process, compiled on first use."""
    return _rules_of(os.getpid())


class EmbeddedRego:
    """Decides by the shipped modules over one document of policy data."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._revision = data.get("revision", "")

    def decide(self, request: Request) -> Decision:
        """The decision on one request."""
        return self.decide_many((request,))[0]

    def decide_many(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        """The decisions, in the order asked."""
        found: list[Decision] = []
        for start in range(0, len(requests), BATCH):
            found += self._decide(requests[start : start + BATCH])
        return tuple(found)

    def _decide(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        asked = [request_as_input(request) for request in requests]
        try:
            answer = rules().answer({"requests": asked, "facts": facts_for(self._data, asked)})
        except EngineFailed:
            return (doubt("the policy engine of this machine failed"),) * len(requests)
        return decisions_from(answer, len(requests), self._revision)
