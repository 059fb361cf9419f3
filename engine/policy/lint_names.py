"""Lint for names: what nothing binds, rules that go in circles, defaults that permit, `=`.

Where a name is misspelt some engines refuse the module and others pass over the rule in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.diagnostics import Diagnostic, SourceSpan, did_you_mean, error
from engine.policy.lint_tokens import KEYWORDS, Rule, Token, rules, tokens


def name_findings(modules: Mapping[str, str]) -> Iterator[Diagnostic]:
    """What is wrong with names in the modules (path to text), which call each other."""
    found = {path: tuple(rules(tokens(text))) for path, text in sorted(modules.items())}
    names = {rule.name.text for own in found.values() for rule in own}
    for path, own in found.items():
        for rule in own:
            yield from _of_rule(path, rule, names)
    yield from _circles(found, names)


def package_findings(modules: Mapping[str, str], package: str) -> Iterator[Diagnostic]:
    """The modules that are not of the one package that they may be of."""
    for path, text in sorted(modules.items()):
        words = [token for token in tokens(text) if token.kind != "line"]
        if words and words[0].text == "package":
            said = "".join(token.text for token in words[1:] if token.line == words[0].line)
            if said != package:
                place = _at(path, words[0])
                yield error("rego-package", place, f"Modules of a space are of package {package}.")


def _at(path: str, token: Token) -> SourceSpan:
    return SourceSpan(path, token.line, token.column)


def _of_rule(path: str, rule: Rule, names: set[str]) -> Iterator[Diagnostic]:
    if rule.is_default and rule.words[-1].text == "true":
        advice = "Let it be false unless a rule finds it."
        yield error("rego-default", _at(path, rule.name), "A default of true lets doubt pass.", advice)
    for index, token in enumerate(rule.tokens):
        if token.kind == "name":
            yield from _name(path, rule, index, names)
        elif token.text == "=":
            advice = "Write `:=` to bind a name, `==` to compare."
            yield error("rego-equals", _at(path, token), "`=` binds or compares, as it falls.", advice)


def _name(path: str, rule: Rule, index: int, names: set[str]) -> Iterator[Diagnostic]:
    """A name must be bound in its rule, or be a rule; calls are looked at elsewhere."""
    token, before = rule.tokens[index], rule.tokens[index - 1].text if index else ""
    if before == "." or token.text in KEYWORDS or _is_call(rule, index):
        return
    if token.text == "_" and (before == "[" or "_" not in rule.bound):
        advice = "Write `some ... in`: what is gone through is then said."
        yield error("rego-unbound", _at(path, token), "`_` goes through everything unsaid.", advice)
    elif token.text not in names and token.text not in rule.bound:
        yield error(
            "rego-unbound",
            _at(path, token),
            f"Nothing binds {token.text}: some engines then pass over the rule in silence.",
            did_you_mean(token.text, names | rule.bound.keys()) or "Bind it with `:=` or `some ... in`.",
        )


def _is_call(rule: Rule, index: int) -> bool:
    """Whether a dotted name that begins here is called."""
    end = index + 1
    while end + 1 < len(rule.tokens) and rule.tokens[end].text == "." and rule.tokens[end + 1].kind == "name":
        end += 2
    return end < len(rule.tokens) and rule.tokens[end].text == "("


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
