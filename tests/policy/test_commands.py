"""can, who-can and policy: what the command line tells of policy."""

from __future__ import annotations

import hashlib
import json
import subprocess
import urllib.request
from typing import Any

import pytest

from tests.conftest import REPOSITORY, Cli
from tests.policy.opa import OpaProcess

ENTRY = "catalog/medecins_accredites_has"
CASES = f"""
- {{name: romain previews, as: romain, ip: 127.0.0.1, action: preview, on: {ENTRY}, expect: allow}}
- {{name: not from anywhere, as: romain, ip: 8.8.8.8, action: preview, on: {ENTRY}, expect: refuse}}
- {{name: a stranger does not, as: stranger, action: preview, on: {ENTRY}, expect: refuse}}
"""


def told(cli: Cli, *words: str) -> tuple[int, dict[str, Any]]:
    done = cli(*words, "--format", "json")
    return done.returncode, json.loads(done.stdout)


def test_can_tells_by_exit_code_and_json(applied_demo: Cli) -> None:
    code, answer = told(applied_demo, "can", "romain", "preview", ENTRY)
    assert code == 0
    assert answer["allow"] is True
    assert "role:data-worker" in answer["via"]
    assert set(answer["obligations"]) == {"columns", "rows", "min_cell", "rounding"}
    assert answer["obligations"]["columns"]["num_rpps"] == "clear"
    code, answer = told(applied_demo, "can", "romain", "preview", ENTRY, "--ip", "8.8.8.8")
    assert code == 1
    assert answer["reasons"] == ["the caller's address lies in no network that covers romain"]


def test_a_user_who_is_not_there_is_refused(applied_demo: Cli) -> None:
    code, answer = told(applied_demo, "can", "stranger", "see", ENTRY)
    assert (code, answer["allow"], answer["reasons"]) == (1, False, ["there is no user stranger"])


def test_an_address_that_is_none_is_refused_with_that_reason(applied_demo: Cli) -> None:
    code, answer = told(applied_demo, "can", "romain", "see", ENTRY, "--ip", "nonsense")
    assert (code, answer["allow"]) == (1, False)
    assert answer["reasons"] == ["the request is malformed: ip is no address"]
    for words in (("can", "romain", "see", ENTRY), ("who-can", "see", ENTRY)):
        done = applied_demo(*words, "--ip", "nonsense")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith('error: "nonsense" is no internet address.\nhint: write one like ')


def test_an_unknown_action_is_a_usage_error(applied_demo: Cli) -> None:
    done = applied_demo("can", "romain", "previw", ENTRY)
    assert done.returncode == 2
    assert 'Did you mean "preview"?' in done.stderr


def test_who_can_lists_exactly_those_whom_can_allows(applied_demo: Cli) -> None:
    listed = json.loads(applied_demo.ok("who-can", "use", ENTRY, "--format", "json"))
    names = {entry["principal"].removeprefix("user:") for entry in listed}
    people = [p["address"] for p in json.loads(applied_demo.ok("list", "--format", "json"))]
    users = [address.removeprefix("user/") for address in people if address.startswith("user/")]
    assert names
    assert names == {user for user in users if applied_demo("can", user, "use", ENTRY).returncode == 0}


def test_can_before_the_first_apply_says_what_to_do(demo: Cli) -> None:
    done = demo("can", "romain", "see", ENTRY)
    assert done.returncode == 1
    assert "engine apply" in done.stderr


def test_policy_test_decides_by_the_files_and_fails_with_the_case(demo: Cli) -> None:
    (demo.folder / "cases.yaml").write_text(CASES, encoding="utf-8")
    code, answer = told(demo, "policy", "test", "cases.yaml")
    assert code == 0
    assert [(c["name"], c["ok"], c["allow"]) for c in answer["cases"]] == [
        ("romain previews", True, True),
        ("not from anywhere", True, False),
        ("a stranger does not", True, False),
    ]
    wrong = CASES.replace("expect: allow", "expect: refuse")
    (demo.folder / "cases.yaml").write_text(wrong, encoding="utf-8")
    code, answer = told(demo, "policy", "test", "cases.yaml")
    assert code == 1
    assert answer["cases"][0]["ok"] is False
    assert answer["cases"][0]["reasons"]


def test_a_policy_that_another_version_of_the_engine_applied_answers_nothing_until_it_is_applied_anew(
    demo: Cli,
) -> None:
    script = "import engine.policy.compile as c; c.FORMAT = 1; from engine.cli.main import main; main()"
    python = str(REPOSITORY / ".venv/bin/python")
    subprocess.run([python, "-c", script, "apply", "--yes"], cwd=demo.folder, check=True, capture_output=True)
    for words in (("can", "romain", "see", ENTRY), ("query", "select 1", "--as", "romain")):
        done = demo(*words)
        assert done.returncode == 1
        assert "cannot be read by this version of the engine.\nhint: apply again" in done.stderr
    demo.ok("apply", "--yes")
    assert demo("can", "romain", "see", ENTRY).returncode == 0


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("{name: a, as: romain, action: previw, on: catalog/e, expect: allow}", 'Did you mean "preview"?'),
        ("{name: a, as: romain, action: see, on: catalog, expect: allow}", "catalog/<name>"),
        ("{name: a, as: romain, acton: see, on: catalog/e, expect: allow}", 'Did you mean "action"?'),
        ("{name: a, as: romain, action: see, on: catalog/e, expect: maybe}", "allow, refuse"),
        ("{as: romain, action: see, on: catalog/e, expect: allow}", "needs `name`"),
        (
            "{name: a, as: romain, ip: 1.2.3, action: see, on: catalog/e, expect: allow}",
            '"1.2.3" is no internet',
        ),
        ("romain", "mapping"),
    ],
)
def test_a_mistake_in_a_case_has_its_file_and_line(demo: Cli, case: str, said: str) -> None:
    (demo.folder / "cases.yaml").write_text(f"- {case}\n", encoding="utf-8")
    done = demo("policy", "test", "cases.yaml")
    assert done.returncode == 1
    assert "cases.yaml:1:" in done.stderr
    assert said in done.stderr


def test_every_mistake_of_every_case_is_told_at_once(demo: Cli) -> None:
    cases = (
        "- {name: a, as: romain, action: previw, on: catalog/e, expect: allow}\n"
        "- {name: b, as: romain, ip: 999, action: see, on: catalog, expect: maybe}\n"
        "- {name: c, as: romain, ip: 10.0.0.999, action: see, on: catalog/e, expect: allow}\n"
    )
    (demo.folder / "cases.yaml").write_text(cases, encoding="utf-8")
    done = demo("policy", "test", "cases.yaml")
    told = [line for line in done.stderr.splitlines() if "error[" in line]
    assert [line.split(":")[1] for line in told] == ["1", "2", "2", "2", "3"]


@pytest.mark.opa
def test_a_bundle_is_reproducible_and_a_real_server_answers_from_it(opa: str, demo: Cli) -> None:
    demo.ok("policy", "bundle", "--out", "one.tar.gz")
    demo.ok("policy", "bundle", "--out", "two.tar.gz")
    one, two = ((demo.folder / name).read_bytes() for name in ("one.tar.gz", "two.tar.gz"))
    assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest()
    server = OpaProcess(opa, ("-b", str(demo.folder / "one.tar.gz"))).start()
    try:
        asked = {"actor": "romain", "action": "preview", "resource": ENTRY, "now": "2026-09-28"}
        inside = _decision(server, asked | {"ip": "127.0.0.1"})
        outside = _decision(server, asked | {"ip": "8.8.8.8"})
    finally:
        server.stop()
    assert inside["allow"] is True
    assert "role:data-worker" in inside["via"]
    assert outside["allow"] is False


def _decision(server: OpaProcess, asked: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{server.url}/v1/data/dataspace/decision",
        json.dumps({"input": asked}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        result: dict[str, Any] = json.load(answer)["result"]
    return result


@pytest.mark.opa
def test_a_space_set_to_a_server_decides_there_and_refuses_when_it_is_gone(
    opa_server: OpaProcess, applied_copy: Cli
) -> None:
    space = applied_copy.folder / "specs" / "space.yaml"
    text = space.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("policy:")]
    written = "\n".join([*lines, f'policy: {{engine: opa, url: "{opa_server.url}"}}', ""])
    space.write_text(written, encoding="utf-8")
    applied_copy.ok("policy", "push")
    code, answer = told(applied_copy, "can", "romain", "preview", ENTRY)
    assert (code, answer["allow"]) == (0, True)
    space.write_text(written.replace(str(opa_server.port), str(opa_server.port + 1)), encoding="utf-8")
    code, answer = told(applied_copy, "can", "romain", "preview", ENTRY)
    assert (code, answer["allow"]) == (1, False)
    assert "cannot be reached" in answer["reasons"][0]
    for words in (("who-can", "preview", ENTRY), ("render", "--as", "romain", "--out", "site")):
        done = applied_copy(*words)
        assert done.returncode == 1, "that nobody may would be no answer"
        assert "cannot be reached" in done.stderr
    assert not (applied_copy.folder / "site").exists()


def test_push_without_a_server_in_the_settings_says_what_to_set(demo: Cli) -> None:
    done = demo("policy", "push")
    assert done.returncode == 1
    assert "policy: {engine: opa" in done.stderr
