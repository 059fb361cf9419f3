"""The SHIFT-HUB training exercise, done with the real command line as a user does it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Cli

ENTRY = "catalog.medecins_accredites_has"
BY_OA = '"studio-romain".doctors_by_oa'


def test_apply_builds_the_exercise_and_publishes_its_dashboard(demo: Cli) -> None:
    run = json.loads(demo.ok("apply", "--yes", "--format", "json"))
    assert run["status"] == "succeeded"
    rows = {step["address"]: step["rows"] for step in run["steps"]}
    assert rows["dataset/open-data/medecins_accredites_has"] == 9348
    assert rows["dataset/studio-romain/doctors_by_oa"] == 15
    assert rows["dataset/studio-romain/top_oa"] == 5
    page = demo.folder / ".dataspace/site/prod/projects/studio-romain/dashboards/doctors.html"
    assert "ORTHORISQ" in page.read_text(encoding="utf-8")


def test_a_plan_right_after_an_apply_is_empty(applied_demo: Cli) -> None:
    done = applied_demo("plan", "--detailed-exitcode", "--format", "json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["changes"] == []
    assert plan["access"] == []


def test_two_plans_are_the_same_bytes(demo: Cli) -> None:
    first = demo("plan", "--format", "json", "--detailed-exitcode")
    assert first.returncode == 3
    assert first.stdout == demo("plan", "--format", "json").stdout


def test_doctors_are_counted_in_sql_over_the_catalogue(applied_demo: Cli) -> None:
    sql = f"select oa, count(distinct num_rpps) as doctors from {ENTRY} group by oa"
    by_query = json.loads(applied_demo.ok("query", sql, "--as", "romain", "--format", "json"))
    by_flow = json.loads(
        applied_demo.ok("query", f"select oa, doctors from {BY_OA}", "--as", "romain", "--format", "json")
    )
    assert len(by_query) == 15
    assert sorted(map(str, by_query)) == sorted(map(str, by_flow))


def test_only_romain_reads_his_studio(applied_demo: Cli) -> None:
    for user in ("sophie", "marie", "leo"):
        done = applied_demo("query", f"select * from {BY_OA}", "--as", user)
        assert done.returncode == 1
        assert "ORTHORISQ" not in done.stdout + done.stderr
    assert "ORTHORISQ" in applied_demo.ok("query", f"select * from {BY_OA}", "--as", "romain")


def test_a_business_analyst_sees_the_entry_but_not_its_rows(applied_demo: Cli) -> None:
    assert applied_demo("can", "marie", "see", "catalog/medecins_accredites_has").returncode == 0
    refused = applied_demo("can", "marie", "preview", "catalog/medecins_accredites_has", "--format", "json")
    assert refused.returncode == 1
    answer = json.loads(refused.stdout)
    assert answer["allow"] is False
    assert answer["reasons"]


def test_a_caller_from_an_unknown_network_is_refused(applied_demo: Cli) -> None:
    words = ("can", "romain", "use", "catalog/medecins_accredites_has")
    assert applied_demo(*words).returncode == 0
    assert applied_demo(*words, "--ip", "198.51.100.7").returncode == 1
    assert applied_demo(*words, "--ip", "not an address").returncode == 1


def test_a_rendered_site_for_a_viewer_holds_nothing_of_the_studio(applied_demo: Cli, tmp_path: Path) -> None:
    applied_demo.ok("render", "--as", "leo", "--out", str(tmp_path / "leo"))
    texts = [p.read_bytes() for p in (tmp_path / "leo").rglob("*") if p.is_file()]
    assert texts
    assert not any(b"studio-romain" in text or b"doctors_by_oa" in text for text in texts)


def test_the_real_file_gives_the_reference_numbers(demo: Cli, shared_data: Path) -> None:
    shutil.copy(shared_data / "has/medecins-accredites-has.csv", demo.folder / "specs/data/medecins.csv")
    demo.ok("apply", "--yes", "--now", "2024-12-01")
    sql = f"select oa, doctors, accreditations from {BY_OA}"
    found = json.loads(demo.ok("query", sql, "--as", "romain", "--format", "json"))
    with (shared_data / "has/reference_doctors_by_oa.csv").open(encoding="utf-8", newline="") as file:
        expected = [(r["OA"], int(r["rows"]), int(r["distinct_doctors"])) for r in csv.DictReader(file)]
    assert len(expected) == 15
    assert sorted((r["oa"], r["accreditations"], r["doctors"]) for r in found) == sorted(expected)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("projects/studio-romain/dataflows/get_started.yaml", "order by doctors desc, oa limit 5",
         "order by   doctors DESC, oa\n      limit 5 -- the largest"),
        ("projects/studio-romain/dataflows/get_started.yaml", "title: Get Started", "title: Get Started # x"),
        ("projects/studio-romain/dataflows/get_started.yaml",
         '{doctors: "count(distinct num_rpps)", accreditations: "count(*)"}',
         '{accreditations: "count(*)", doctors: "count(distinct num_rpps)"}'),
        ("projects/open-data/dataflows/accreditation.yaml", "group by 1\n", "group by month\n"),
    ],
)  # fmt: skip
def test_writing_the_same_thing_differently_changes_nothing(
    applied_copy: Cli, path: str, before: str, after: str
) -> None:
    file = applied_copy.folder / "specs" / path
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
    plan = json.loads(applied_copy.ok("plan", "--format", "json"))
    assert plan["changes"] == []


def test_a_failing_check_publishes_nothing(applied_copy: Cli) -> None:
    folder = applied_copy.folder
    state = json.loads(
        applied_copy.ok("show", "dataset/open-data/medecins_accredites_has", "--format", "json")
    )
    file = folder / "specs/data/medecins.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:100]), encoding="utf-8")
    before = sorted((p, p.stat().st_mtime_ns) for p in (folder / ".dataspace/sites").rglob("*"))
    done = applied_copy("apply", "--yes", "--format", "json")
    assert done.returncode == 1
    run = json.loads(done.stdout)
    assert run["status"] == "failed"
    assert any(c["status"] == "failed" and "row_count" in c["name"] for c in run["checks"])
    again = json.loads(
        applied_copy.ok("show", "dataset/open-data/medecins_accredites_has", "--format", "json")
    )
    assert again["version"] == state["version"]
    assert before == sorted((p, p.stat().st_mtime_ns) for p in (folder / ".dataspace/sites").rglob("*"))


def test_a_saved_plan_is_refused_once_the_specs_moved(applied_copy: Cli, tmp_path: Path) -> None:
    flow = applied_copy.folder / "specs/projects/studio-romain/dataflows/get_started.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("limit 5", "limit 6"), encoding="utf-8")
    saved = tmp_path / "plan.json"
    applied_copy.ok("plan", "--out", str(saved))
    flow.write_text(flow.read_text(encoding="utf-8").replace("limit 6", "limit 7"), encoding="utf-8")
    refused = applied_copy("apply", str(saved), "--yes")
    assert refused.returncode == 1
    assert "plan again" in refused.stderr
    flow.write_text(flow.read_text(encoding="utf-8").replace("limit 7", "limit 6"), encoding="utf-8")
    applied_copy.ok("apply", str(saved), "--yes")
    rows = json.loads(
        applied_copy.ok("query", 'select * from "studio-romain".top_oa', "--as", "romain", "--format", "json")
    )
    assert len(rows) == 6


def test_mistakes_are_all_told_at_once_with_their_lines(demo: Cli) -> None:
    flow = demo.folder / "specs/projects/studio-romain/dataflows/get_started.yaml"
    text = flow.read_text(encoding="utf-8")
    flow.write_text(
        text.replace("oa is not null", "ao is not null").replace(
            "select oa, doctors from", "select oa, docters from"
        ),
        encoding="utf-8",
    )
    page = demo.folder / "specs/projects/studio-romain/dashboards/doctors.yaml"
    page.write_text(
        page.read_text(encoding="utf-8").replace('kpi: "sum(doctors)"', 'kpi: "sum(doctor)"'),
        encoding="utf-8",
    )
    entry = demo.folder / "specs/catalog/medecins_accredites_has.yaml"
    entry.write_text(
        entry.read_text(encoding="utf-8").replace("licence", "licence") + "lisense: x\n", encoding="utf-8"
    )
    done = demo("validate", "--format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    places = {(Path(d["file"]).name, d["line"]) for d in found if d["severity"] == "error"}
    lines = flow.read_text(encoding="utf-8").splitlines()
    assert ("get_started.yaml", next(i for i, t in enumerate(lines, 1) if "ao is not null" in t)) in places
    assert ("medecins_accredites_has.yaml", 11) in places
    human = demo("validate")
    assert human.returncode == 1
    assert "Traceback" not in human.stderr


def test_the_published_dataset_page_shows_the_checks_of_its_own_run(applied_demo: Cli) -> None:
    page = (
        applied_demo.folder / ".dataspace/site/prod/projects/open-data/datasets/medecins_accredites_has.html"
    )
    text = page.read_text(encoding="utf-8")
    assert "no-future-dates" in text
    assert "No check is declared" not in text
