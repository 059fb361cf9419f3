"""Policy tests: cases that authors write, decided by the files as they are."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.addresses import Address, AddressError
from engine.core.document import Places, SourceFile
from engine.core.yaml_reader import read_trees
from engine.core.yaml_tree import Tree
from engine.diagnostics import Diagnostic, SourceSpan, did_you_mean, error
from engine.model.policies import ACTIONS
from engine.policy.decision import Decision, Request
from engine.policy.networks import digits
from engine.ports import PolicyEngine
from engine.usecases.decide import least

KEYS: Final = ("name", "as", "ip", "action", "on", "expect", "now")
NEEDED: Final = ("name", "as", "action", "on", "expect")
EXPECTATIONS: Final = ("allow", "refuse")


@dataclass(frozen=True, slots=True)
class Case:
    """One case: a request, and what is expected of it."""

    name: str
    request: Request
    expect: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case and its decision."""

    case: Case
    decision: Decision

    @property
    def ok(self) -> bool:
        """Whether the decision is what was expected."""
        return self.decision.allow == (self.case.expect == "allow")


def read_cases(
    files: Sequence[SourceFile], now: datetime.date
) -> tuple[tuple[Case, ...], tuple[Diagnostic, ...]]:
    """The cases of some files, each a list, and all that is wrong. A case that names no day has `now`."""
    cases: list[Case] = []
    found: list[Diagnostic] = []
    for file in files:
        trees, mistakes = read_trees(file)
        found += mistakes
        for tree in trees:
            for entry in _entries(tree, now):
                match entry:
                    case Case():
                        cases.append(entry)
                    case Diagnostic():
                        found.append(entry)
    return tuple(cases), tuple(found)


def run_cases(engine: PolicyEngine, cases: Sequence[Case]) -> tuple[Outcome, ...]:
    """Every case decided, in the order written."""
    decisions = engine.decide_many([least(case.request) for case in cases])
    return tuple(Outcome(case, decision) for case, decision in zip(cases, decisions, strict=True))


def _entries(tree: Tree, now: datetime.date) -> Iterator[Case | Diagnostic]:
    spans = Places(tree.file, tree.values)
    if not isinstance(tree.data, list):
        yield error(
            "policy-test", spans[()], "A policy test file is a list of cases.",
            "Write - {name: ..., as: ..., action: ..., on: ..., expect: allow}.",
        )  # fmt: skip
        return
    for index, entry in enumerate(tree.data):
        span = spans[(index,)]
        mistakes = tuple(_mistakes(entry, span, index, tree))
        yield from mistakes
        if not mistakes:
            yield _case(entry, now)


def _mistakes(entry: Any, span: SourceSpan, index: int, tree: Tree) -> Iterator[Diagnostic]:
    if not isinstance(entry, Mapping):
        yield error("policy-test", span, "A case is a mapping.", f"Its keys are {', '.join(KEYS)}.")
        return
    keys = Places(tree.file, tree.keys)
    for key in entry:
        if key not in KEYS:
            yield error(
                "unknown-key", keys[(index, key)], f'A case has no key "{key}".', did_you_mean(str(key), KEYS)
            )
    for key in NEEDED:
        if not isinstance(entry.get(key), str):
            yield error("policy-test", span, f"The case needs `{key}`, as text.")
    yield from _unknown_words(entry, span)
    yield from _unreadable(entry, span)


def _unknown_words(entry: Mapping[str, Any], span: SourceSpan) -> Iterator[Diagnostic]:
    for key, words in (("action", ACTIONS), ("expect", EXPECTATIONS)):
        word = entry.get(key)
        if isinstance(word, str) and word not in words:
            yield error("policy-test", span, f'"{word}" is no {key}.', did_you_mean(word, words))


def _unreadable(entry: Mapping[str, Any], span: SourceSpan) -> Iterator[Diagnostic]:
    for key, read in (("on", Address.parse), ("now", datetime.date.fromisoformat)):
        try:
            if key in entry:
                read(str(entry[key]))
        except (AddressError, ValueError) as mistake:
            yield error("policy-test", span, f"`{key}` cannot be read: {mistake}")
    ip = entry.get("ip", "")
    if not isinstance(ip, str):
        yield error("policy-test", span, "`ip` is text.")
    elif "ip" in entry and digits(ip) is None:
        summary = f'"{ip}" is no internet address.'
        yield error("policy-test", span, summary, "Write one like 192.0.2.1 or 2001:db8::1.")


def _case(entry: Mapping[str, Any], now: datetime.date) -> Case:
    day = datetime.date.fromisoformat(str(entry["now"])) if "now" in entry else now
    request = Request(
        entry["as"].removeprefix("user:"),
        entry["action"],
        Address.parse(entry["on"]),
        entry.get("ip", "127.0.0.1"),
        day,
    )
    return Case(entry["name"], request, entry["expect"])
