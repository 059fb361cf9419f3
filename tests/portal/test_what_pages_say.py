"""The demo's pages say what the manual promises, to each reader what policy lets them see."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

from tests.portal.conftest import drawn

Files = dict[str, bytes]
Draw = Callable[[str | None], Files]

ENTRY = "catalog/medecins_accredites_has.html"
DOCTORS = "projects/open-data/datasets/medecins_accredites_has.html"
BY_OA = "projects/studio-romain/datasets/doctors_by_oa.html"


def text(files: Files, path: str) -> str:
    """What a page says, without markup."""
    body = re.sub(r"<(script|style).*?</\1>", " ", files[path].decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_dataset_page_tells_owner_level_rows_columns_checks_and_lineage(files: Draw) -> None:
    said = text(files(None), DOCTORS)
    assert "Owner Sophie" in said
    assert "Rows 9,348" in said
    assert "num_rpps string National identifier of the doctor internal personal" in said
    assert "7 of 7 passed" in said or "6 of 6 passed" in said
    assert "Doctors by accredited body" in said
    assert "kind: Dataset" in said


def test_the_operators_tree_shows_no_row_of_a_dataset_with_personal_columns(files: Draw) -> None:
    for path in (DOCTORS, ENTRY):
        assert "FICTIF" not in text(files(None), path)
        assert "holds personal columns" in text(files(None), path)


def test_a_reader_who_may_preview_sees_first_rows(files: Draw) -> None:
    assert "FICTIF" in text(files("romain"), DOCTORS)
    assert "FICTIF" in text(files("romain"), ENTRY)


def test_a_business_analyst_sees_the_entry_but_no_row_of_it(files: Draw) -> None:
    said = text(files("marie"), ENTRY)
    assert "Policy does not let you preview this dataset." in said
    assert "your role may not apply for access" in said
    assert "engine request" not in said
    assert "kind: Grant" not in said
    assert "FICTIF" not in said
    assert "Distinct" not in said


def test_column_lineage_names_sources_and_uses(files: Draw) -> None:
    said = text(files("romain"), BY_OA)
    assert "Column by column" in said
    assert re.search(r"doctors Médecins accrédités HAS num_rpps", said)


def test_a_dataflow_page_shows_the_code_of_every_kind_of_step(files: Draw) -> None:
    said = text(files("romain"), "projects/studio-romain/dataflows/get_started.html")
    assert "count(distinct num_rpps)" in said
    assert "select oa, doctors from doctors_by_oa" in said
    assert "def transform(doctors: ibis.Table)" in said
    assert "prod-00001" in said


def test_the_project_page_lists_people_space_datasets_and_executions(files: Draw) -> None:
    said = text(files(None), "projects/open-data/index.html")
    assert "Managers Sophie" in said
    assert "Members Romain" in said
    assert "Used space" in said
    assert re.search(r"prod-00001 Accreditation figures .* succeeded", said)


def test_the_access_matrix_names_the_rule_of_every_cell(files: Draw) -> None:
    said = text(files(None), "access/index.html")
    assert "share:group:shift-hub" in said
    assert "project:studio-romain" in said
    assert "no access" in said


def test_a_reader_sees_why_they_may_read_but_not_who_else_may(files: Draw) -> None:
    said = text(files("romain"), BY_OA)
    assert "Why you may read it" in said
    assert "project:studio-romain" in said
    assert "Sophie" not in text(files("romain"), "access/index.html")


def test_only_those_who_may_see_configuration_get_the_administration_page(files: Draw) -> None:
    assert "203.0.113.0/24" in text(files("sophie"), "admin/index.html")
    for reader in ("romain", "marie", "leo"):
        assert "admin/index.html" not in files(reader)
        assert b"Administration" not in files(reader)["index.html"]


def test_a_platform_manager_does_not_see_another_ones_studio(files: Draw) -> None:
    whole = b"".join(files("sophie").values())
    assert b"doctors_by_oa" not in whole
    assert b"get_started" not in whole


def test_a_viewer_gets_only_the_page_shared_with_them(files: Draw) -> None:
    tree = files("leo")
    parts = ("projects/", "catalog/", "runs/prod")
    mine = [p for p in tree if p.startswith(parts) and p.endswith(".html")]
    assert mine == ["projects/open-data/dashboards/accreditation.html"]
    whole = b"".join(tree.values())
    for secret in (b"medecins_accredites_has", b"studio-romain", b"sophie", b"FICTIF", b"doctors_by_oa"):
        assert secret not in whole


def test_a_groups_tree_holds_what_every_member_may_read(files: Draw) -> None:
    tree = files("group:shift-hub")
    assert "projects/open-data/dashboards/accreditation.html" in tree
    assert "projects/studio-romain/index.html" not in tree
    assert ENTRY not in tree


def test_the_reference_names_every_key_of_every_kind(files: Draw) -> None:
    from engine.model.kinds import KINDS

    for name, model in KINDS.items():
        said = text(files(None), f"docs/{name.lower()}.html")
        for key, field in model.model_fields.items():
            if key not in ("kind", "project"):
                assert f" {field.alias or key} " in said, (name, key)


def test_the_access_matrix_names_actions_and_the_rules_that_allow_them(files: Draw) -> None:
    said = text(files(None), "access/index.html")
    assert "read edit share project:open-data role:platform-manager" in said
    assert "preview export use update project:open-data role:data-worker" in said
    assert "engine render --as romain" in said
    assert "edit" not in text(files("leo"), "access/index.html").partition("Access matrix")[2]


def test_search_finds_everything_the_reader_sees_and_nothing_else(files: Draw) -> None:
    every = files(None)["search/index.html"].decode()
    for found in (
        "Doctors by accredited body",
        "Médecins accrédités HAS",
        "num_rpps",
        "kind: Dashboard",
        "HEAL",
    ):
        assert found in every
    of_leo = files("leo")["search/index.html"].decode()
    assert "Accreditation of doctors" in of_leo
    assert "num_rpps" not in of_leo
    assert "Romain" not in of_leo


def test_column_lineage_is_a_drawing_whose_boxes_are_links(files: Draw) -> None:
    page = files(None)[BY_OA].decode()
    drawing = page.partition("Column by column")[2].partition("</svg>")[0]
    boxes = re.findall(r'<a href="([^"]+)" class="\w+" aria-label="([^"]+)">', drawing)
    (source,) = {href for href, name in boxes if name == "num_rpps, Médecins accrédités HAS"}
    assert source.endswith("medecins_accredites_has.html")
    assert drawing.count('class="edge"') == drawing.count('class="tip"') > 2
    assert "doctors, integer" in [name for _, name in boxes]


def test_each_check_tells_its_earlier_outcomes(bilingual_folder: Path) -> None:
    page = drawn(bilingual_folder, None)[DOCTORS].decode()
    history = page.partition("Earlier outcomes of row_count(min 9000)")[2].partition("</ol>")[0]
    outcomes = re.findall(r'<a href="([^"]+)" title="(prod-0000\d), [^:]+:\d\d UTC: (\w+)">', history)
    assert [(run, status) for _, run, status in outcomes] == [
        ("prod-00001", "passed"),
        ("prod-00002", "passed"),
    ]
    assert outcomes[0][0].endswith("runs/prod-00001.html")
