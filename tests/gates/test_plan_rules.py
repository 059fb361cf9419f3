"""A space's own plan rules: they refuse plans; a module that is broken refuses every plan."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine.adapters.plan_rules import LIMITS
from engine.diagnostics import Diagnostic, PolicyUnavailable
from engine.policy.lint import lint
from engine.policy.lint_names import package_findings
from engine.policy.modules import modules
from tests.gates.conftest import Space

NOW = ("--now", "2026-11-24")
HEAD = "package dataspace.plan\n\nimport rego.v1\n\n"
NO_REMOVALS = HEAD + (
    'deny contains {"code": "kept", "message": message, "address": change.address} if {\n'
    "\tsome change in input.changes\n"
    '\tchange.action == "remove"\n'
    '\tmessage := concat("", [change.address, " stays: ask the data office."])\n'
    "}\n"
)
BY_FACTS = HEAD + (
    'deny contains {"code": "readers", "message": "No new readers.", "address": access.dataset} if {\n'
    "\tsome access in input.access\n"
    "\tresource := data.dataspace_facts.resources[access.dataset]\n"
    "\tis_number(resource.level)\n"
    "\tresource.level > 1\n"
    "\tcount(access.after) > count(access.before)\n"
    "}\n"
)


def findings_of(text: str) -> list[Diagnostic]:
    modules = {"specs/policies/x.rego": text}
    return [*package_findings(modules, "dataspace.plan"), *lint(modules)]


def test_the_shipped_modules_keep_the_rules() -> None:
    assert lint(modules()) == ()


def test_a_rule_of_the_space_refuses_a_plan_at_what_it_is_about(space: Space) -> None:
    space.write("policies/kept.rego", NO_REMOVALS)
    assert [d for d in space.told() if d.severity == "error"] == []
    space.remove("catalog/open.yaml")
    done = space.cli("plan", *NOW, "--format", "json")
    assert done.returncode == 1
    (refusal,) = [d for d in json.loads(done.stdout)["diagnostics"] if d["severity"] == "error"]
    assert (refusal["code"], refusal["summary"]) == ("kept", "catalog/open stays: ask the data office.")
    assert space.cli("apply", "--yes", *NOW).returncode == 1


def test_a_rule_sees_access_and_the_planned_policy_data(space: Space) -> None:
    space.write("policies/readers.rego", BY_FACTS)
    space.change("projects/q/project.yaml", "[olga]", "[olga, romain]")
    (refusal,) = [d for d in space.told() if d.severity == "error"]
    assert refusal.code == "readers"
    assert refusal.span.file.endswith("projects/q/datasets/deep.yaml")


BROKEN = {
    "another package": ("package dataspace\n\nimport rego.v1\n\ndeny := true\n", "rego-package", 1),
    "no version": ("package dataspace.plan\n\ndeny := true\n", "rego-version", 1),
    "a name nothing binds": (HEAD + "deny contains x if {\n\tx := inptu.changes\n}\n", "rego-unbound", 6),
    "a variable nothing binds": (HEAD + "deny contains x if {\n\ty == 1\n\tx := 2\n}\n", "rego-unbound", 6),
    "implicit iteration": (HEAD + "deny contains x if {\n\tx := input.changes[_]\n}\n", "rego-unbound", 6),
    "iteration by a free name": (
        HEAD + "deny contains x if {\n\tx := input.changes[i]\n}\n",
        "rego-unbound",
        6,
    ),
    "an unknown function": (HEAD + "deny contains x if {\n\tx := foo(1)\n}\n", "rego-builtin", 6),
    "a comparison of what may be anything": (
        HEAD + "deny contains 1 if {\n\tinput.serial > 5\n}\n",
        "rego-compare",
        6,
    ),
    "the clock": (HEAD + "deny contains x if {\n\tx := time.now_ns()\n}\n", "rego-builtin", 6),
    "the network": (HEAD + 'deny contains x if {\n\tx := http.send({"url": "x"})\n}\n', "rego-builtin", 6),
    "a pattern that may not end": (
        HEAD + 'deny contains 1 if {\n\tregex.match("a", "b")\n}\n',
        "rego-builtin",
        6,
    ),
    "with": (HEAD + "deny contains 1 if {\n\tother with input as {}\n}\n\nother if 1 == 1\n", "rego-with", 6),
    "unification": (HEAD + "deny contains x if {\n\tx = 1\n}\n", "rego-equals", 6),
    "not over a fact": (HEAD + "deny contains 1 if {\n\tnot input.changes\n}\n", "rego-not", 6),
    "not over a look-up": (HEAD + "deny contains 1 if {\n\tnot is_string(input.x)\n}\n", "rego-not", 6),
    "a default that allows": (
        HEAD + "default allow := true\n\ndeny contains 1 if allow\n",
        "rego-default",
        5,
    ),
    "a circle": (HEAD + "deny contains 1 if a\n\na if b\n\nb if a\n", "rego-recursion", 7),
}


@pytest.mark.parametrize(("text", "code", "line"), BROKEN.values(), ids=BROKEN.keys())
def test_what_engines_read_differently_or_pass_over_is_found_at_its_line(
    text: str, code: str, line: int
) -> None:
    findings = findings_of(text)
    assert (code, line) in {(d.code, d.span.line) for d in findings}
    assert all(d.severity == "error" and d.span.file == "specs/policies/x.rego" for d in findings)


def test_good_rules_have_no_findings() -> None:
    for text in (NO_REMOVALS, BY_FACTS):
        assert findings_of(text) == []


def test_validate_and_plan_report_a_broken_module_with_its_line(space: Space) -> None:
    space.write("policies/x.rego", BROKEN["an unknown function"][0])
    for command in ("validate", "plan"):
        done = space.cli(command, *(NOW if command == "plan" else ()))
        assert done.returncode == 1
        assert "specs/policies/x.rego:6:7: error[rego-builtin]: The function foo" in done.stderr


UNUSABLE = {
    "no rule deny": HEAD + "other := 1\n",
    "not Rego": HEAD + "deny contains { if\n",
    "a refusal without an address": HEAD + 'deny contains {"code": "a", "message": "b"} if 1 == 1\n',
    "a refusal that is no object": HEAD + 'deny contains "no" if 1 == 1\n',
    "deny is no set": HEAD + "deny := 1\n",
    "a call that fails": HEAD
    + 'deny contains {"code": "a", "message": m, "address": "b"} if m := concat("", 1)\n',
}


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_rules_that_give_no_answer_let_no_plan_pass(text: str, space: Space) -> None:
    space.write("policies/x.rego", text)
    done = space.cli("plan", *NOW, "--format", "json")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "rego" in done.stderr
    assert "Errors:" not in done.stdout


def test_rules_that_fill_memory_or_never_end_let_no_plan_pass(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = HEAD + (
        'deny contains {"code": "a", "message": "b", "address": "c"} if {\n'
        + "".join(f'\tsome {n} in split("{"x," * 200}", ",")\n' for n in "abcde")
        + '\tconcat("", [a, b, c, d, e]) == "y"\n}\n'
    )
    monkeypatch.setattr("engine.adapters.plan_rules.LIMITS", replace(LIMITS, seconds=3))
    space.write("policies/x.rego", bomb)
    with pytest.raises(PolicyUnavailable, match="cannot be relied on"):
        space.told()
