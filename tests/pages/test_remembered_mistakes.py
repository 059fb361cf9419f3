"""What was found about a page is found again only when something it depends on changed."""

from __future__ import annotations

from pathlib import Path

from tests.pages.harness import messages
from tests.pages.spaces import dashboard

LINKING = """
datasets: {d: by_oa}
rows: [[{table: d, columns: [oa, doctors], title: Bodies, link: {dashboard: other, with: {oa: "{oa}"}}}]]
"""
LINKED = """
datasets: {d: doctors}
filters: [{name: FILTER, from: d, column: oa, type: select}]
rows: [[{kpi: count(*), from: d, title: Rows}]]
"""


def files(filtered: str = "oa", linking: str = LINKING) -> dict[str, str]:
    return dashboard(linking, "page") | dashboard(LINKED.replace("FILTER", filtered), "other")


def test_a_page_is_told_of_what_changed_on_a_page_it_links_to(tmp_path: Path) -> None:
    assert messages(tmp_path, files()) == []
    found = messages(tmp_path, files(filtered="body"))
    assert len(found) == 1
    assert "page.yaml:4:" in found[0]
    assert 'dashboard/p/other has no filter "oa"' in found[0]
    assert messages(tmp_path, files()) == []


def test_a_page_is_told_of_a_column_that_its_dataset_lost(tmp_path: Path) -> None:
    assert messages(tmp_path, files()) == []
    changed = files()
    flow = "projects/p/dataflows/counts.yaml"
    changed[flow] = changed[flow].replace("count(distinct id) as doctors", "count(distinct id) as people")
    found = messages(tmp_path, changed)
    assert any('no column "doctors"' in line and "page.yaml" in line for line in found), found


def test_a_mistake_stays_where_it_is_when_another_page_changes(tmp_path: Path) -> None:
    wrong = LINKING.replace("columns: [oa", "columns: [oaa")
    first = messages(tmp_path, files(linking=wrong))
    assert len(first) == 1
    assert (
        messages(tmp_path, files(linking=wrong) | dashboard(LINKED.replace("FILTER", "oa") + "\n", "third"))
        == first
    )
