"""Every form that the specification shows works as written there, through the real command."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.spoken import spoken
from tests.conftest import Cli

ENTRY, DATASET = "catalog/medecins_accredites_has", "dataset/open-data/medecins_accredites_has"
TABLE = "catalog.medecins_accredites_has"
TODAY = ("--now", "2026-03-01")


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The specification's space, applied once. Only read it."""
    folder = tmp_path_factory.mktemp("spoken")

    def write(files: dict[str, str]) -> Cli:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Cli(folder)

    cli = spoken(write)
    assert "specs are valid" in cli.ok("validate")
    run = json.loads(cli.ok("apply", "--yes", "--format", "json", *TODAY))
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return cli


@pytest.fixture
def changed(applied: Cli, tmp_path: Path) -> Cli:
    """A private copy, to change."""
    shutil.copytree(applied.folder, tmp_path / "space", symlinks=True)
    return Cli(tmp_path / "space")


def asked(cli: Cli, *words: str, code: int = 0) -> Any:
    done = cli(*words, "--format", "json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def rewrite(cli: Cli, file: str, old: str, new: str) -> None:
    path = cli.folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_apply_answers_in_the_promised_shape(applied: Cli) -> None:
    run = json.loads((applied.folder / "run.json").read_text(encoding="utf-8"))
    assert set(run) == {"run", "status", "steps", "checks"}
    assert run["status"] == "succeeded"
    assert {s["address"] for s in run["steps"]} == {
        DATASET,
        "dataset/open-data/establishments",
        *(f"dataset/studio-romain/{name}" for name in ("doctors_by_oa", "top_oa", "by_department")),
    }
    assert all({"address", "action", "status", "rows", "seconds"} <= set(step) for step in run["steps"])
    failures = {c["name"]: c["failures"] for c in run["checks"]}
    assert failures.pop("references(finess to open-data/establishments.finess)") == 40
    assert set(failures.values()) == {0}
    assert len(failures) == 6


def test_a_plan_after_apply_is_empty_and_byte_identical(applied: Cli) -> None:
    first, second = (applied.ok("plan", "--format", "json", *TODAY) for _ in range(2))
    assert first == second
    plan = json.loads(first)
    assert list(plan) == ["format_version", "environment", "changes", "access", "diagnostics", "fingerprint"]
    assert (plan["changes"], plan["access"], plan["environment"]) == ([], [], "prod")
    assert applied("plan", "--detailed-exitcode", *TODAY).returncode == 0


def test_a_change_shows_once_at_its_dataset_and_exits_with_three(changed: Cli) -> None:
    rewrite(changed, "specs/projects/studio-romain/dataflows/get_started.yaml", "limit 5", "limit 2")
    done = changed("plan", "--detailed-exitcode", "--format", "json", *TODAY)
    assert done.returncode == 3
    changes = json.loads(done.stdout)["changes"]
    assert [(c["action"], c["address"]) for c in changes] == [("rebuild", "dataset/studio-romain/top_oa")]
    assert changes[0]["reasons"]
    assert "`dataset/studio-romain/top_oa`" in changed.ok("plan", "--format", "markdown", *TODAY)


def test_a_saved_plan_is_applied_once_and_refused_when_the_specs_moved(changed: Cli) -> None:
    flow = "specs/projects/studio-romain/dataflows/get_started.yaml"
    rewrite(changed, flow, "limit 5", "limit 2")
    changed.ok("plan", "--out", "saved.plan", *TODAY)
    rewrite(changed, flow, "limit 2", "limit 1")
    assert changed("apply", "saved.plan", "--yes", *TODAY).returncode == 1
    rewrite(changed, flow, "limit 1", "limit 2")
    changed.ok("apply", "saved.plan", "--yes", *TODAY)
    assert changed("apply", "saved.plan", "--yes", *TODAY).returncode == 1


def test_prevent_destroy_keeps_and_moved_does_not_rebuild(changed: Cli) -> None:
    file = "specs/projects/open-data/datasets/medecins_accredites_has.yaml"
    rewrite(changed, file, "name: medecins_accredites_has", "name: doctors")
    for other in ("specs/catalog/medecins_accredites_has.yaml", "specs/policies/people.yaml"):
        rewrite(changed, other, "open-data/medecins_accredites_has", "open-data/doctors")
    refused = asked(changed, "plan", *TODAY, code=1)
    assert [d["code"] for d in refused["diagnostics"] if d["severity"] == "error"] == ["prevent-destroy"]

    rewrite(changed, file, "dataset/open-data/old", DATASET)
    actions = {c["address"]: c["action"] for c in asked(changed, "plan", *TODAY)["changes"]}
    assert actions["dataset/open-data/doctors"] == "re-point"
    assert not {"create", "rebuild", "refresh", "remove"} & set(actions.values())
    steps = asked(changed, "apply", "--yes", *TODAY)["steps"]
    assert {step["status"] for step in steps} == {"reused"}


def test_inferred_columns_and_their_levels_are_shown(applied: Cli) -> None:
    shown = asked(applied, "show", "dataset/studio-romain/by_department")
    assert [(c["name"], c["type"], c["sensitivity"], c["tags"]) for c in shown["columns"]] == [
        ("departement", "string", "internal", []),
        ("doctors", "integer", "internal", []),
    ]
    source = asked(applied, "show", DATASET)
    assert source["columns"][0]["tags"] == ["personal"]
    assert asked(applied, "show", "dataset/open-data/establishments")["columns"][0]["name"] == "finess"


def test_lists_are_lists(applied: Cli) -> None:
    assert {"address": "user/ida", "kind": "user"}.items() <= next(
        line for line in asked(applied, "list") if line["address"] == "user/ida"
    ).items()
    (run,) = asked(applied, "runs")
    assert (run["run"], run["status"]) == ("prod-00001", "succeeded")
    assert asked(applied, "log")[0]["steps"]


def test_lineage_of_a_column_goes_to_its_sources(applied: Cli) -> None:
    found = asked(applied, "lineage", "dataset/studio-romain/top_oa.doctors")
    assert found["upstream"] == ["dataset/studio-romain/doctors_by_oa.doctors", f"{DATASET}.num_rpps"]


def test_a_data_policy_filters_and_masks_in_every_door(applied: Cli) -> None:
    sql = f"select num_rpps, departement, statut from {TABLE}"
    rows = asked(applied, "query", sql, "--as", "ida", *TODAY)
    assert len(rows) == 120
    assert {r["departement"] for r in rows} == {"75", "92"}
    assert len({r["statut"] for r in rows}) == 1
    assert not any(r["num_rpps"].isdigit() and len(r["num_rpps"]) == 4 for r in rows)
    assert asked(applied, "query", f"select count(*) as n from {TABLE}", "--as", "romain", *TODAY) == [
        {"n": 240}
    ]

    preview = asked(applied, "preview", ENTRY, "--as", "ida", *TODAY)
    assert preview["row_count"] == 120
    masks = {c["name"]: c["mask"] for c in preview["columns"]}
    assert (masks["num_rpps"], masks["statut"], masks["oa"]) == ("hash", "redact", "clear")

    out = applied.folder / "ida.csv"
    applied.ok("export", ENTRY, "--as", "ida", "--out", str(out), *TODAY)
    exported = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert sorted((r["num_rpps"], r["departement"]) for r in exported) == sorted(
        (r["num_rpps"], r["departement"]) for r in rows
    )


@pytest.mark.parametrize(
    ("day", "code"), [("2025-12-31", 1), ("2026-01-01", 0), ("2026-12-31", 0), ("2027-01-01", 1)]
)
def test_a_grant_holds_on_its_days(applied: Cli, day: str, code: int) -> None:
    assert applied("can", "bob", "use", ENTRY, "--now", day).returncode == code
    done = applied("query", f"select count(*) from {TABLE}", "--as", "bob", "--now", day)
    assert done.returncode == code


def test_a_grant_gives_only_what_it_names(applied: Cli) -> None:
    answer = asked(applied, "can", "bob", "export", ENTRY, *TODAY, code=1)
    assert set(answer) >= {"allow", "reasons", "via", "obligations"}
    assert answer["allow"] is False
    done = applied("export", ENTRY, "--as", "bob", "--out", "bob.csv", *TODAY)
    assert done.returncode == 1
    assert not (applied.folder / "bob.csv").exists()


@pytest.mark.parametrize(("ip", "code"), [("8.8.8.8", 1), ("203.0.113.9", 0), ("2001:db8::9", 0), ("::1", 1)])
def test_a_caller_outside_every_network_is_refused(applied: Cli, ip: str, code: int) -> None:
    assert applied("can", "romain", "use", ENTRY, "--ip", ip, *TODAY).returncode == code


@pytest.mark.parametrize(
    ("user", "address", "code"),
    [
        ("romain", "dataset/open-data/new", 0),
        ("romain", DATASET, 1),
        ("marie", "dataset/open-data/new", 1),
        ("ida", "project/studio-ida", 0),
        ("ida", "project/studio-bob", 1),
        ("romain", "source/other", 1),
        ("sophie", "source/other", 0),
        ("sophie", "dashboard/studio-romain/new", 1),
    ],
)
def test_create_takes_an_address_that_does_not_exist_yet(
    applied: Cli, user: str, address: str, code: int
) -> None:
    assert applied("can", user, "create", address, *TODAY).returncode == code


@pytest.mark.parametrize(
    ("user", "action", "known", "unknown"),
    [
        ("sophie", "preview", "dataset/studio-romain/top_oa", "dataset/studio-romain/nope"),
        ("sophie", "read", "dashboard/studio-romain/doctors", "dashboard/studio-romain/nope"),
        ("ida", "preview", DATASET, "dataset/nowhere/nope"),
        ("bob", "update", DATASET, "dataset/open-data/nope"),
    ],
)
def test_an_unknown_address_is_answered_like_a_forbidden_one(
    applied: Cli, user: str, action: str, known: str, unknown: str
) -> None:
    answers = [
        json.dumps(asked(applied, "can", user, action, address, *TODAY, code=1)).replace(address, "it")
        for address in (known, unknown)
    ]
    assert answers[0] == answers[1]


def test_an_unknown_table_is_answered_like_a_forbidden_one(applied: Cli) -> None:
    told = {
        applied("query", f'select * from "studio-romain".{name}', "--as", "sophie", *TODAY).stderr.replace(
            name, "it"
        )
        for name in ("top_oa", "nope")
    }
    assert len(told) == 1


def test_who_can_names_the_way(applied: Cli) -> None:
    answers = asked(applied, "who-can", "preview", ENTRY, *TODAY)
    ways = {a["principal"]: a["via"] for a in answers}
    assert set(ways) == {"user:romain", "user:sophie", "user:ida", "user:bob", "user:marie"}
    assert "grant:b-uses-doctors" in ways["user:bob"]


def test_two_renders_are_equal_byte_for_byte(applied: Cli, tmp_path: Path) -> None:
    trees = []
    for name in ("a", "b"):
        applied.ok("render", "--out", str(tmp_path / name), *TODAY)
        root = tmp_path / name
        trees.append({p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()})
    assert trees[0] == trees[1]
    assert Path("projects/studio-romain/dashboards/doctors.html") in trees[0]


def test_policy_tests_say_which_case_fails(changed: Cli) -> None:
    cases = f"""\
- {{name: member, as: romain, ip: 127.0.0.1, action: use, on: {DATASET}, expect: allow}}
- {{name: outside, as: romain, ip: 8.8.8.8, action: use, on: {DATASET}, expect: allow}}
"""
    (changed.folder / "cases.yaml").write_text(cases, encoding="utf-8")
    report = asked(changed, "policy", "test", "cases.yaml", code=1)
    assert [(c["name"], c["allow"], c["expect"], c["ok"]) for c in report["cases"]] == [
        ("member", True, "allow", True),
        ("outside", False, "allow", False),
    ]
