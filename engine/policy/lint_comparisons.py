"""Lint for comparisons: what is smaller or larger, or differs, is known to be a number or a text first.

Values of different types are never refused: one is simply smaller. The two engines differ in which, so a
mistyped fact passes a comparison in one of them, and `!=` in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.diagnostics import Diagnostic, SourceSpan, error, warning
from engine.policy.lint_tokens import Rule, Token, closing, rules, tokens

ORDERING: Final = frozenset({"<", "<=", ">", ">="})
CHECKS: Final = frozenset({"is_number", "is_string", "is_boolean"})
TYPED: Final = frozenset({
    "abs", "ceil", "concat", "count", "floor", "format_int", "indexof", "lower", "replace", "round",
    "substring", "sum", "to_number", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space",
    "trim_suffix", "upper",
})  # fmt: skip
"""Functions whose value is a number, or is a text, whatever they are given: else they are undefined."""
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%"})
_ENDS: Final = frozenset({";", "|", ",", "if", ":="})
_OPEN, _CLOSED = frozenset("([{"), frozenset(")]}")


def comparison_findings(modules: Mapping[str, str]) -> Iterator[Diagnostic]:
    """An error at each `<`, `<=`, `>`, `>=`, a warning at each `!=`, of what has no type by then."""
    found = {path: tuple(rules(tokens(text))) for path, text in sorted(modules.items())}
    checks = CHECKS | _checking(rule for own in found.values() for rule in own)
    for path, own in found.items():
        for rule in own:
            yield from _of_rule(path, rule, checks)


def _checking(all_rules: Iterator[Rule]) -> frozenset[str]:
    """Functions of the modules' own that hold only for a number, or only for a text: each body checks."""
    holds: dict[str, bool] = {}
    for rule in all_rules:
        if len(rule.parameters) == 1:
            (parameter,) = rule.parameters
            texts = tuple(token.text for token in rule.words)
            does = any(
                (check, "(", parameter, ")") == texts[i : i + 4]
                for check in CHECKS
                for i in range(len(texts))
            )
            holds[rule.name.text] = holds.get(rule.name.text, True) and does
    return frozenset(name for name, does in holds.items() if does)


def _of_rule(path: str, rule: Rule, checks: frozenset[str]) -> Iterator[Diagnostic]:
    words = rule.tokens
    for index, token in enumerate(words):
        if token.kind != "sign" or not (token.text in ORDERING or token.text == "!="):
            continue
        sides = (_before(words, index), _after(words, index))
        unknown = next((side for side in sides if not _is_typed(side, words[:index], checks)), None)
        if unknown is not None:
            tell = error if token.text in ORDERING else warning
            said = "".join(t.text for t in unknown)
            yield tell(
                "rego-compare",
                SourceSpan(path, token.line, token.column),
                f"Nothing says before what type {said} is of.",
                "Values of different types compare otherwise in each engine: write `is_number(...)` or "
                "`is_string(...)` of it first.",
            )


def _is_typed(side: Sequence[Token], before: Sequence[Token], checks: frozenset[str]) -> bool:
    """Whether a side is a constant, a call that yields one type, or made of what is known by then."""
    parts = _split(side)
    if len(parts) > 1:
        return all(_is_typed(part, before, checks) for part in parts)
    if not side or side[0].kind in ("text", "number") or side[0].text in ("true", "false"):
        return len(side) == 1
    if side[0].text == "(" and closing(side, 0) == len(side) - 1:
        return _is_typed(side[1:-1], before, checks)
    if len(side) > 1 and side[1].text == "(":
        return side[0].text in TYPED and closing(side, 1) == len(side) - 1
    return _is_checked(side, before, checks) or _is_bound_typed(side, before, checks)


def _split(side: Sequence[Token]) -> list[Sequence[Token]]:
    """The terms of an arithmetic expression."""
    parts, start, depth = [], 0, 0
    for index, token in enumerate(side):
        depth += (token.text in _OPEN) - (token.text in _CLOSED)
        if depth == 0 and index and token.text in _ARITHMETIC:
            parts.append(side[start:index])
            start = index + 1
    return [*parts, side[start:]]


def _is_checked(side: Sequence[Token], before: Sequence[Token], checks: frozenset[str]) -> bool:
    """Whether `is_number(side)` or the like stands before."""
    wanted = ["(", *(token.text for token in side), ")"]
    texts = [token.text for token in before]
    return any(
        texts[index] in checks
        and texts[index + 1 : index + 1 + len(wanted)] == wanted
        and (index == 0 or texts[index - 1] != "not")
        for index in range(len(texts))
    )


def _is_bound_typed(side: Sequence[Token], before: Sequence[Token], checks: frozenset[str]) -> bool:
    """Whether it is a name that was bound to something of one type."""
    if len(side) != 1:
        return False
    for index, token in enumerate(before):
        is_bound = token.text == ":=" and index and before[index - 1].text == side[0].text
        if is_bound and _is_typed(_after(before, index), before[:index], checks):
            return True
    return False


def _after(words: Sequence[Token], sign: int) -> Sequence[Token]:
    """What stands to the right of a sign, up to where the statement ends."""
    depth, end = 0, sign + 1
    while end < len(words):
        token = words[end]
        depth += (token.text in _OPEN) - (token.text in _CLOSED)
        if depth < 0 or (depth == 0 and (token.kind == "line" or token.text in _ENDS)):
            break
        end += 1
    return [token for token in words[sign + 1 : end] if token.kind != "line"]


def _before(words: Sequence[Token], sign: int) -> Sequence[Token]:
    """What stands to the left of a sign, from where the statement begins."""
    depth, start = 0, sign
    while start > 0:
        token = words[start - 1]
        depth += (token.text in _CLOSED) - (token.text in _OPEN)
        if depth < 0 or (depth == 0 and (token.kind == "line" or token.text in _ENDS)):
            break
        start -= 1
    return [token for token in words[start:sign] if token.kind != "line"]
