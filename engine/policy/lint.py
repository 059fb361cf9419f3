"""Rego that the embedded interpreter and OPA answer alike, and that refuses when in doubt.

Each rule here was paid for: what it forbids either differs between the two engines (some of it silently, with
a wrong answer), is not pure, or turns a missing fact into a permission.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.diagnostics import Diagnostic, SourceSpan, did_you_mean, error, in_order
from engine.policy.lint_comparisons import comparison_findings
from engine.policy.lint_names import name_findings
from engine.policy.lint_tokens import KEYWORDS, Rule, Token, closing, rules, tokens

PORTABLE: Final = frozenset({
    "abs", "array.concat", "array.slice", "ceil", "concat", "contains", "count", "endswith", "floor",
    "format_int", "indexof", "is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set",
    "is_string", "lower", "max", "min", "object.get", "object.keys", "object.remove", "object.union",
    "replace", "round", "sort", "split", "startswith", "substring", "sum", "to_number", "trim", "trim_left",
    "trim_prefix", "trim_right", "trim_space", "trim_suffix", "upper",
})  # fmt: skip
"""Built-in functions that both engines have, that depend on nothing else, and that are used here."""

_OPEN: Final = {"(": ")", "[": "]", "{": "}"}


def lint(modules: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """What the modules (path to text) may not say, each with file, line and column."""
    parsed = {path: tokens(text) for path, text in sorted(modules.items())}
    written = {path: tuple(rules(all_tokens)) for path, all_tokens in parsed.items()}
    known = {rule.name.text for found in written.values() for rule in found}
    found: list[Diagnostic] = []
    for path, all_tokens in parsed.items():
        found += _module(path, tuple(token for token in all_tokens if token.kind != "line"))
        for rule in written[path]:
            found += _indexes(path, rule)
            found += _comparisons(path, rule)
            found += _negations(path, rule)
            found += _heads(path, rule)
            found += _calls(path, rule, known)
    return in_order((*found, *name_findings(modules), *comparison_findings(modules)))


def _module(path: str, words: tuple[Token, ...]) -> Iterator[Diagnostic]:
    texts = [token.text for token in words]
    if "package" not in texts[:1]:
        yield _at(path, None, "rego-package", "A module begins with its package.", "")
    if not any(texts[i : i + 4] == ["import", "rego", ".", "v1"] for i in range(len(texts))):
        yield _at(
            path, None, "rego-version", "The module does not import rego.v1.",
            "Add `import rego.v1`: `if`, `in`, `every` and `contains` mean the same everywhere then.",
        )  # fmt: skip
    for token in words:
        if token.kind == "template":
            yield _at(path, token, "rego-template", "Template strings are not portable.", "Use `concat`.")
        if token.text == "with" and token.kind == "name" and not path.endswith("_test.rego"):
            yield _at(
                path, token, "rego-with", "`with` is for tests.", "Pass what the rule needs as an argument."
            )


def _indexes(path: str, rule: Rule) -> Iterator[Diagnostic]:
    words = rule.words
    for i in range(1, len(words) - 2):
        indexed = words[i].text == "[" and (words[i - 1].kind == "name" or words[i - 1].text in ("]", ")"))
        indexed = indexed and words[i - 1].text not in KEYWORDS - {"data", "input"}
        if indexed and words[i + 2].text == "]" and words[i + 1].text in rule.parameters:
            name = words[i + 1].text
            yield _at(
                path, words[i + 1], "rego-parameter-index", f"The parameter {name} is used as an index.",
                "The embedded interpreter searches through all keys then, and in a comprehension takes any "
                f"of them: write `key := {name}` first.",
            )  # fmt: skip


def _comparisons(path: str, rule: Rule) -> Iterator[Diagnostic]:
    """`data.x[key] == value`: OPA reads all of `data.x` to index it, and decisions slow down with size."""
    words = rule.words
    for i, token in enumerate(words):
        if token.text != "data" or token.kind != "name" or (i and words[i - 1].text in (".", "[")):
            continue
        end, looked_up = i + 1, False
        while end < len(words) and words[end].text in (".", "["):
            looked_up = looked_up or words[end].text == "["
            end = closing(words, end) + 1 if words[end].text == "[" else end + 2
        if looked_up and end < len(words) and words[end].text in ("==", "!=", "<", ">", "<=", ">="):
            yield _at(
                path, token, "rego-data-compare", "A look-up in data is compared in place.",
                "OPA reads the whole index for that: bind it first, `found := data...`, then compare.",
            )  # fmt: skip


def _negations(path: str, rule: Rule) -> Iterator[Diagnostic]:
    words = rule.words
    for i, token in enumerate(words):
        if token.text != "not" or token.kind != "name":
            continue
        rest = words[i + 1 :]
        if not (rest and _is_safe_negation(rest, rest[0].line)):
            yield _at(
                path, token, "rego-not", "`not` stands before what may be undefined.",
                "An undefined part makes it true: bind values first (`a := c.action`), then write "
                "`not rule` or `not call(a)`.",
            )  # fmt: skip


def _is_safe_negation(rest: tuple[Token, ...], line: int) -> bool:
    """A rule without arguments, or a call whose arguments are variables and constants."""
    if rest[0].kind != "name" or rest[0].text in KEYWORDS:
        return False
    end = next((i for i, token in enumerate(rest) if token.line != line), len(rest))
    used = rest[:end]
    while used and used[-1].text in (";", "}"):
        used = used[:-1]
    if len(used) == 1:
        return True
    if len(used) < 3 or used[1].text != "(" or closing(used, 1) != len(used) - 1:
        return False
    return all(t.kind in ("name", "text", "number") or t.text == "," for t in used[2:-1])


def _heads(path: str, rule: Rule) -> Iterator[Diagnostic]:
    """The head of a comprehension is a variable or a call: a reference there comes out empty."""
    words = rule.words
    for i, token in enumerate(words):
        if token.text not in ("[", "{") or not _opens_value(words, i):
            continue
        end = closing(words, i)
        bar = next((k for k in range(i + 1, end) if words[k].text == "|" and _depth(words, i, k) == 1), None)
        if bar is None:
            continue
        head = words[i + 1 : bar]
        if any(t.text in (".", "[") for t in head) and not any(t.text == "(" for t in head):
            yield _at(
                path, token, "rego-comprehension-head", "The head of a comprehension is a reference.",
                "Bind it in the body and put the variable here: `[name | some p in list; name := p.name]`.",
            )  # fmt: skip


def _opens_value(words: tuple[Token, ...], i: int) -> bool:
    before = words[i - 1] if i else None
    return (
        before is None
        or not (before.kind in ("name", "text") and before.text not in KEYWORDS)
        or (before.text == "if")
    )


def _depth(words: tuple[Token, ...], start: int, end: int) -> int:
    part = words[start:end]
    return sum(t.text in _OPEN for t in part) - sum(t.text in _OPEN.values() for t in part)


def _calls(path: str, rule: Rule, known: set[str]) -> Iterator[Diagnostic]:
    words = rule.words
    for i, token in enumerate(words[:-1]):
        called = (
            words[i + 1].text == "(" and token.kind == "name" and token.text not in KEYWORDS - {"contains"}
        )
        if not called or (i == 0 or (i == 1 and words[0].text == "default")):
            continue
        name, first = token.text, i
        while first >= 2 and words[first - 1].text == "." and words[first - 2].kind == "name":
            first -= 2
            name = f"{words[first].text}.{name}"
        if name not in PORTABLE and name not in known and not name.startswith("data."):
            yield _at(
                path, words[first], "rego-builtin", f"The function {name} may not be used here.",
                did_you_mean(name, PORTABLE | known) if name != "sprintf" else "Use `concat`.",
            )  # fmt: skip


def _at(path: str, token: Token | None, code: str, summary: str, detail: str) -> Diagnostic:
    span = SourceSpan(path, token.line, token.column) if token else SourceSpan(path)
    return error(code, span, summary, detail)
