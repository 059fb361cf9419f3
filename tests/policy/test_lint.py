"""Rego that would be answered differently, or would permit in doubt, is found before it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.policy.lint import lint
from engine.policy.modules import modules

HEAD = "package p\n\nimport rego.v1\n\n"


def codes(body: str, path: str = "m.rego") -> list[tuple[str, int]]:
    return [(d.code, d.span.line) for d in lint({path: HEAD + body})]


def test_the_shipped_modules_pass() -> None:
    assert [str(d) for d in lint(dict(modules()))] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("f(x) := data.a[x]", "rego-parameter-index"),
        ("f(x) := [p | some p in data.a[x].b]", "rego-parameter-index"),
        ("f(o, k) if o[k] == true", "rego-parameter-index"),
        ("x if data.a[input.b].c == 1", "rego-data-compare"),
        ("x if not input.a", "rego-not"),
        ('x if not input.a in {"b"}', "rego-not"),
        ("x if not f(input.a)\nf(y) if y == 1", "rego-not"),
        ("x if not input.a == 1", "rego-not"),
        ("x := [p.a | some p in input.l]", "rego-comprehension-head"),
        ("x := {p.k: 1 | some p in input.l}", "rego-comprehension-head"),
        ('x := sprintf("%s", [input.a])', "rego-builtin"),
        ('x := http.send({"url": input.a})', "rego-builtin"),
        ("x := time.now_ns()", "rego-builtin"),
        ('x if net.cidr_contains("10.0.0.0/8", input.ip)', "rego-builtin"),
        ('x if regex.match("(a+)+$", input.a)', "rego-builtin"),
        ("x := y with input as {}\ny := 1", "rego-with"),
        ('x := $"{input.a}"', "rego-template"),
        ("x if input.a < 1", "rego-compare"),
        ("x if 1 >= input.a", "rego-compare"),
        ("x if input.a > input.b", "rego-compare"),
        ("f(a, b) if a <= b", "rego-compare"),
        ("x := [v | some v in input.l; v > 2]", "rego-compare"),
        ("x if input.a + 1 > 2", "rego-compare"),
        ("x if max(input.l) > 2", "rego-compare"),
        ('x if { input.a != "b" }', "rego-compare"),
        ("x if { input.a > 1; is_number(input.a) }", "rego-compare"),
        ("x if { is_number(input.a); input.a > input.b }", "rego-compare"),
        ("x if { is_number(input.a) } else if input.a[0] > 1", "rego-compare"),
    ],
)
def test_what_is_not_portable_or_not_safe_is_an_error_with_its_line(body: str, code: str) -> None:
    assert (code, 5) in codes(body)


@pytest.mark.parametrize(
    "body",
    [
        "f(q) := data.a[q.key]",
        "f(x) := v if {\n\tkey := x\n\tv := data.a[key]\n}",
        "x if {\n\ta := input.a\n\tnot f(a)\n}\nf(y) if y == 1",
        "x if {\n\tfound := data.a[input.b].c\n\tfound == 1\n}",
        "x if not y\ny if input.a == 1",
        "x := [n | some p in input.l; n := p.n]",
        "x := [f(p) | some p in input.l]\nf(y) := y",
        'x := concat(" not ", ["with", "sprintf("])',
        "# not input.a, sprintf(x)\nx := 1",
        'x := {"a": 1}["a"]',
        "x if count(input.a) > 1",
        "x if {\n\tis_number(input.a)\n\tinput.a >= 1\n}",
        "x if { is_number(input.a); is_number(input.b); input.a - (2 * input.b) < 1 }",
        "x if {\n\tn := to_number(input.a)\n\tn < 5\n}",
        'x if { is_string(input.a); input.a != "b" }',
        "f(d, e) if { is_day(d); is_day(e); d <= e }\nis_day(d) if { is_string(d); count(d) == 10 }",
        "x if { a := input.a; is_number(a); b := a; is_number(b); b > 1 }",
    ],
)
def test_what_is_portable_and_safe_passes(body: str) -> None:
    assert codes(body) == []


def test_a_check_that_one_body_of_a_function_lacks_is_no_check() -> None:
    checks = "is_day(d) if is_string(d)\n"
    assert codes("f(d) if { is_day(d); d < 5 }\n" + checks) == []
    assert ("rego-compare", 5) in codes("f(d) if { is_day(d); d < 5 }\n" + checks + "is_day(d) if d == 1\n")


def test_tests_may_use_with() -> None:
    assert codes("x := y with input as {}\ny := 1", "m_test.rego") == []


def test_a_module_without_the_version_is_told_so() -> None:
    assert [d.code for d in lint({"m.rego": "package p\n\nx := 1\n"})] == ["rego-version"]


def embedded(body: str, question: dict[str, Any]) -> Any:
    """What the interpreter says, in a process of its own as the engine has it."""
    setup = {"modules": {"m": HEAD + body}, "entrypoint": "p/x"}
    lines = f"{json.dumps(setup)}\n{json.dumps(question)}\n"
    run = subprocess.run(
        [sys.executable, "-m", "engine.adapters.rego_child"],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    (value,) = json.loads(run.stdout)
    return value


def test_the_worst_trap_is_real() -> None:
    """The interpreter answers with everyone's facts where OPA answers with one's own: hence the lint."""
    body = "f(x) := [p | some p in input.u[x]]\nx := f(input.a)\n"
    question = {"u": {"a": ["own"], "b": ["other"]}, "a": "a"}
    assert embedded(body, question) == ["own", "other"]
    assert ("rego-parameter-index", 5) in codes(body)
    assert embedded(body.replace("[p | ", "[p | key := x; ").replace("u[x]", "u[key]"), question) == ["own"]


@pytest.mark.opa
def test_the_engines_do_order_different_types_otherwise(opa: str, tmp_path: Path) -> None:
    """A text where a number should be passes a limit in one engine and not in the other: hence the lint."""
    body = "x := [t(q) | some q in input.l]\nt(q) := true if q < 10\nelse := false\n"
    question = {"l": ["5", None, [1], True, 5, 50]}
    (tmp_path / "m.rego").write_text(HEAD + body, encoding="utf-8")
    (tmp_path / "input.json").write_text(json.dumps(question), encoding="utf-8")
    run = subprocess.run(
        [opa, "eval", "--format", "raw", "-d", str(tmp_path / "m.rego"), "-i", str(tmp_path / "input.json"),
         "data.p.x"],
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    here, there = embedded(body, question), json.loads(run.stdout)
    assert here != there
    assert here[4:] == there[4:] == [True, False]
    checked = body.replace("q < 10", "{\n\tis_number(q)\n\tq < 10\n}")
    assert embedded(checked, question) == [False, False, False, False, True, False]
    assert ("rego-compare", 6) in codes(body)
    assert codes(checked) == []
