"""The policy engine inside this process: the Rego modules in regopy's interpreter.

Two threads in one interpreter crash the process, so all ask under one lock. Plain `query` would compile the
modules on each call; a bundle is built once, of the rules alone: the facts that a question needs come with
it (policy/portion.py), since this interpreter searches through an object on every look-up.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import duckdb  # noqa: F401  # before regopy: its library exports names that make a later import of duckdb crash
from regopy import Interpreter, RegoError

from engine.policy.answers import decisions_from, request_as_input
from engine.policy.decision import Decision, Request, refusal
from engine.policy.modules import PACKAGE, modules
from engine.policy.portion import facts_for

ENTRYPOINT = f"{PACKAGE}/decisions"
BATCH = 40
"""Requests per evaluation: with more, searching through their facts costs more than asking again."""


class Rules:
    """The compiled rules: one interpreter for the whole process, asked by one thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rego = Interpreter()
        self._rego.strict_built_in_errors = True
        for name, text in modules().items():
            self._rego.add_module(name, text.replace(f"data.{PACKAGE}_facts", "input.facts"))
        self._bundle = self._rego.build(None, [ENTRYPOINT])

    def answer(self, question: Mapping[str, Any]) -> Any:
        """What the rules answer; None for anything but exactly one value. Raises RegoError, ValueError."""
        text = json.dumps(question, ensure_ascii=False)
        with self._lock:
            self._rego.set_input_term(text)
            results = self._rego.query_bundle_entrypoint(self._bundle, ENTRYPOINT).results
        values = [value for result in results for value in result.expressions]
        return values[0] if len(values) == 1 else None


rules = cache(Rules)
"""The rules of this process, compiled on first use."""


class EmbeddedRego:
    """Decides by the shipped modules over one document of policy data."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._revision = data.get("revision", "")
        self._rules = rules()

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
            answer = self._rules.answer({"requests": asked, "facts": facts_for(self._data, asked)})
        except (RegoError, ValueError) as failure:
            return (refusal(f"the policy engine failed: {type(failure).__name__}"),) * len(requests)
        return decisions_from(answer, len(requests), self._revision)
