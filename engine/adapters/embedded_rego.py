"""The policy engine inside this process: the Rego modules in regopy's interpreter.

A crash of the interpreter would take the process with it when two threads share it, so every thread asks
under one lock. Plain `query` would compile the modules on each call; a bundle is built once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb  # noqa: F401  # before regopy: its library exports names that make a later import of duckdb crash
from regopy import Interpreter, RegoError

from engine.policy.answers import decisions_from, request_as_input
from engine.policy.decision import Decision, Request, refusal
from engine.policy.modules import PACKAGE, modules

ENTRYPOINT = f"{PACKAGE}/decisions"
BATCH = 200
"""Requests per evaluation: more in one keep more of the interpreter's memory at once."""


class EmbeddedRego:
    """Decides by the shipped modules over one document of policy data."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._revision = data.get("revision", "")
        self._lock = threading.Lock()
        self._rego = Interpreter()
        self._rego.strict_built_in_errors = True
        for name, text in modules().items():
            self._rego.add_module(name, text)
        self._rego.add_data_json(json.dumps({f"{PACKAGE}_facts": data}, ensure_ascii=False))
        self._bundle = self._rego.build(None, [ENTRYPOINT])

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
        asked = json.dumps({"requests": [request_as_input(r) for r in requests]}, ensure_ascii=False)
        try:
            with self._lock:
                self._rego.set_input_term(asked)
                text = str(self._rego.query_bundle_entrypoint(self._bundle, ENTRYPOINT))
            answer = json.loads(text)
        except (RegoError, ValueError) as failure:
            return (refusal(f"the policy engine failed: {type(failure).__name__}"),) * len(requests)
        expressions = answer.get("expressions") if isinstance(answer, dict) else None
        only = expressions[0] if isinstance(expressions, list) and len(expressions) == 1 else None
        return decisions_from(only, len(requests), self._revision)
