"""What a filter has chosen at first is checked before anything is asked with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import WriteSpace
from tests.pages.harness import PROJECT, messages
from tests.pages.spaces import dashboard

PAGE = """
datasets: {d: doctors}
filters: [{name: f, from: d, FILTER}]
rows: [[{kpi: count(*), from: d, title: Rows}]]
"""


def told(folder: Path, written: str) -> list[str]:
    return messages(folder, dashboard(PAGE.replace("FILTER", written)))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "column: month, type: date_range, default: last_12_month",
            'no period "last_12_month". Did you mean',
        ),
        ("column: month, type: date_range, default: 2024-13-01", 'no period "2024-13-01"'),
        ("column: month, type: date_range, default: last_99999999_months", "no period"),
        ("column: month, type: date_range, default: 7", "cannot begin with 7. Write a date"),
        (
            "column: month, type: date_range, default: [2024-01-01, '2024-02-01) or (1=1']",
            "cannot begin with",
        ),
        (
            "column: month, type: date_range, default: [2024-01-01, 2024-02-01, 2024-03-01]",
            "begins with 2, not 3",
        ),
        ("column: age, type: slider, default: [young, 30]", "cannot begin with 'young'. Write a number"),
        ("column: age, type: select, default: thirty", "Write a number"),
        ("column: oa, type: select, default: 75", "Write a text"),
        ("column: oa, type: select, default: [AFU, ORL]", "begins with 1, not 2"),
        ("column: active, type: toggle, default: maybe", "Write true or false"),
        ("column: month, type: toggle", "A toggle cannot act on a column of type date"),
    ],
)
def test_a_default_that_its_filter_does_not_take_is_told(tmp_path: Path, written: str, said: str) -> None:
    found = told(tmp_path, written)
    assert len(found) == 1, found
    assert "page.yaml:4:" in found[0]
    assert said in found[0]


@pytest.mark.parametrize(
    "written",
    [
        "column: month, type: date_range, default: last_12_months",
        "column: month, type: date_range, default: this_year",
        "column: month, type: date_range, default: 2024-03-01",
        "column: month, type: date_range, default: [2024-03-01, null]",
        "column: age, type: slider, default: [null, 40]",
        "column: age, type: slider, default: 40",
        "column: age, type: select, default: 40",
        "column: oa, type: multiselect, default: [AFU, ORL]",
        "column: oa, type: search, default: or",
        "column: active, type: toggle, default: true",
    ],
)
def test_a_default_that_its_filter_takes_is_no_mistake(tmp_path: Path, written: str) -> None:
    assert told(tmp_path, written) == []


def test_a_first_choice_that_the_data_do_not_hold_is_told_by_apply_without_their_values(
    write_space: WriteSpace,
) -> None:
    filters = (
        "column: n, type: select, default: 7}, {name: g, from: d, column: word, type: multiselect, "
        "default: [one, tow]}, {name: h, from: d, column: word, type: select, default: tow"
    )
    cli = write_space(
        {
            "specs/people.yaml": "kind: Role\nname: worker\nclearance: public\n"
            "---\nkind: User\nname: ana\nrole: worker\n",
            "specs/projects/p/project.yaml": PROJECT,
            "specs/d.csv": "n,word\n7,one\n8,two\n",
            "specs/projects/p/datasets/d.yaml": "kind: Dataset\nname: d\nsensitivity: public\n"
            "from: {file: ../../../d.csv}\n",
            "specs/projects/p/dashboards/d.yaml": "kind: Dashboard\nname: d\ntitle: D"
            + PAGE.replace("FILTER", filters).replace("doctors", "d"),
        }
    )
    for _ in range(2):  # also when the page is one that an earlier apply drew
        done = cli("apply", "--yes", "--now", "2026-11-24")
        assert done.returncode == 0
        (told,) = [line for line in done.stderr.splitlines() if "filter-default" in line]
        assert told.startswith("specs/projects/p/dashboards/d.yaml:5:")
        assert 'Filter "h" begins with what "word" of "d" does not hold' in told
        assert "two" not in told
        (cli.folder / "specs/space.yaml").write_text(
            (cli.folder / "specs/space.yaml").read_text() + "description: Another\n"
        )
