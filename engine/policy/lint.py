"""Lint for Rego that two engines read alike and that refuses in doubt; see DESIGN: portable, fail-closed.

What one engine reports at the first question and another passes over in silence (a misspelt name, a
function it lacks, rules that go in circles) is found here, with its line, before anything is decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.diagnostics import Diagnostic, SourceSpan, did_you_mean, error
from engine.policy.lint_tokens import KEYWORDS, Rule, Token, rules, tokens

BUILTINS: Final = frozenset({
    "abs", "array.concat", "array.reverse", "array.slice", "ceil", "concat", "contains", "count", "endswith",
    "floor", "format_int", "indexof", "intersection", "is_array", "is_boolean", "is_null", "is_number",
    "is_object", "is_set", "is_string", "lower", "max", "min", "numbers.range", "object.get", "object.keys",
    "object.remove", "object.union", "product", "replace", "round", "sort", "split", "startswith",
    "substring", "sum", "to_number", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space",
    "trim_suffix", "type_name", "union", "upper",
})  # fmt: skip
"""Pure functions that every engine has, and that take no longer than their input is long."""


def lint(modules: Mapping[str, str], packages: Sequence[str] = ()) -> tuple[Diagnostic, ...]:
    """Every finding in the modules (path to text), which call each other; each is an error at its line.

    With `packages`, a module of any other package is a finding.
    """
    parsed = {path: tokens(text) for path, text in sorted(modules.items())}
    found = {path: tuple(rules(all_tokens)) for path, all_tokens in parsed.items()}
    names = {rule.name.text for own in found.values() for rule in own}
    findings: list[Diagnostic] = []
    for path, own in found.items():
        findings += _of_module(path, parsed[path], packages)
        is_test = path.endswith("_test.rego")
        for rule in own:
            findings += _of_rule(path, rule, names, is_test)
    return (*findings, *_circles(found, names))


def _at(path: str, token: Token) -> SourceSpan:
    return SourceSpan(path, token.line, token.column)


def _of_module(path: str, found: Sequence[Token], packages: Sequence[str]) -> Iterator[Diagnostic]:
    words = [token for token in found if token.kind != "line"]
    start = words[0] if words else Token("line", "", 1, 1)
    text = "".join(token.text for token in words)
    if start.text != "package":
        yield error("rego-package", _at(path, start), "A module begins with its package.")
    elif packages:
        line = [token.text for token in words if token.line == start.line]
        if "".join(line[1:]) not in packages:
            known = " or ".join(packages)
            yield error("rego-package", _at(path, start), f"Modules of a space are of package {known}.")
    if "importrego.v1" not in text:
        advice = "Add `import rego.v1`: engines then read the same language."
        yield error("rego-version", _at(path, start), "The module does not say which Rego it is.", advice)
    for token in words:
        if token.kind == "sign" and token.text in ('"', "`"):
            yield error("rego-text", _at(path, token), "This text does not end.")


def _of_rule(path: str, rule: Rule, names: set[str], is_test: bool) -> Iterator[Diagnostic]:
    yield from _defaults(path, rule)
    for index, token in enumerate(rule.tokens):
        if token.kind == "name":
            if token.text == "with" and not is_test:
                advice = "Give the rule what it judges as an argument."
                yield error("rego-with", _at(path, token), "`with` is for tests only.", advice)
            elif token.text == "not":
                yield from _negation(path, rule, index, names)
            yield from _name(path, rule, index, names)
        elif token.text == "=":
            advice = "Write `:=` to bind a name, `==` to compare."
            yield error("rego-equals", _at(path, token), "`=` binds or compares, as it falls.", advice)


def _defaults(path: str, rule: Rule) -> Iterator[Diagnostic]:
    if rule.is_default and rule.words[-1].text == "true":
        advice = "Let it be false unless a rule finds it."
        yield error("rego-default", _at(path, rule.name), "A default of true lets doubt pass.", advice)


def _name(path: str, rule: Rule, index: int, names: set[str]) -> Iterator[Diagnostic]:
    """A name must be bound in its rule, a rule, or a function that every engine has."""
    token, before = rule.tokens[index], rule.tokens[index - 1].text if index else ""
    if before == "." or (token.text in KEYWORDS and not _is_call(rule, index, "contains")):
        return
    chain, end = _chain(rule.tokens, index)
    is_call = end < len(rule.tokens) and rule.tokens[end].text == "("
    if token.text in names or token.text in rule.bound:
        if token.text == "_" and before == "[":
            yield _implicit(path, token)
    elif is_call and chain not in BUILTINS:
        advice = did_you_mean(chain, BUILTINS | names) or "Use a pure function that every engine has."
        yield error("rego-function", _at(path, token), f"{chain} is no function to rely on.", advice)
    elif not is_call:
        yield (
            _implicit(path, token)
            if token.text == "_"
            else error(
                "rego-unbound",
                _at(path, token),
                f"Nothing binds {token.text}: some engines then pass over the rule in silence.",
                did_you_mean(token.text, names | rule.bound.keys()) or "Bind it with `:=` or `some ... in`.",
            )
        )


def _implicit(path: str, token: Token) -> Diagnostic:
    advice = "Write `some ... in`: what is gone through is then said."
    return error("rego-unbound", _at(path, token), "`_` goes through everything unsaid.", advice)


def _is_call(rule: Rule, index: int, name: str) -> bool:
    rest = rule.tokens[index + 1 : index + 2]
    return rule.tokens[index].text == name and bool(rest) and rest[0].text == "("


def _chain(found: Sequence[Token], index: int) -> tuple[str, int]:
    """The dotted name that begins here, and where it ends."""
    text, end = found[index].text, index + 1
    while end + 1 < len(found) and found[end].text == "." and found[end + 1].kind == "name":
        text, end = f"{text}.{found[end + 1].text}", end + 2
    return text, end


def _negation(path: str, rule: Rule, index: int, names: set[str]) -> Iterator[Diagnostic]:
    """After `not`: a rule without arguments, a call on bound names, or whether a bound name is in a set."""
    what = list(_negated(rule.tokens, index))
    roots = [
        token
        for before, token in zip([None, *what], what, strict=False)
        if token.kind == "name" and not (before is not None and before.text == ".")
    ]
    is_rule = len(what) == 1 and what[0].text in names
    is_judged = len(what) > 1 and (any(t.text == "in" for t in what) or what[-1].text == ")")
    reads = any(token.text in ("data", "input", "_", "[") for token in what)
    early = [t for t in roots if t.text in rule.bound and rule.bound[t.text] > index]
    if not is_rule and (not is_judged or reads or early):
        advice = "Put it in a rule of its own, and say `not` to that, its arguments bound before."
        yield error("rego-not", _at(path, rule.tokens[index]), "`not` holds when a fact is missing.", advice)


def _negated(found: Sequence[Token], index: int) -> Iterator[Token]:
    depth = 0
    for token in found[index + 1 :]:
        depth += (token.text in "([{") - (token.text in ")]}") if token.kind == "sign" else 0
        if depth < 0 or (depth == 0 and (token.kind == "line" or token.text == ";")):
            return
        yield token


def _circles(found: Mapping[str, Sequence[Rule]], names: set[str]) -> Iterator[Diagnostic]:
    """Rules that lead back to themselves, each circle once."""
    calls: dict[str, set[str]] = {}
    places: dict[str, SourceSpan] = {}
    for path, own in found.items():
        for rule in own:
            places.setdefault(rule.name.text, _at(path, rule.name))
            calls.setdefault(rule.name.text, set()).update(_called(rule, names))
    for name in sorted(names):
        reached = _reached(name, calls)
        if name in reached and name == min(n for n in reached if name in _reached(n, calls)):
            advice = "Engines refuse rules that go in circles, some only when asked."
            yield error("rego-recursion", places[name], f"{name} leads back to itself.", advice)


def _called(rule: Rule, names: set[str]) -> Iterator[str]:
    first = rule.tokens.index(rule.name) + 1
    for before, token in zip(rule.tokens[first - 1 :], rule.tokens[first:], strict=False):
        if token.kind == "name" and token.text in names - rule.bound.keys() and before.text != ".":
            yield token.text


def _reached(name: str, calls: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [*calls.get(name, ())]
    while waiting:
        nearest = waiting.pop()
        if nearest not in found:
            found.add(nearest)
            waiting += calls.get(nearest, ())
    return found
