"""A page that carries very many rows of data is told of, and one that carries far too many is refused."""

from __future__ import annotations

from tests.conftest import Cli, WriteSpace
from tests.pages.harness import PROJECT

ROWS = "kind: Dataset\nname: rows\nsensitivity: public\nfrom: {file: ../../../rows.csv}\n"
PAGE = """kind: Dashboard
name: rows
title: Rows
datasets: {rows: rows}
rows:
  - [{table: rows, title: All}]
"""
NOW = ("--now", "2026-11-24")


def space(write_space: WriteSpace, rows: int) -> Cli:
    """A space whose only page lists so many rows."""
    return write_space(
        {
            "specs/people.yaml": "kind: Role\nname: worker\nclearance: public\n"
            "---\nkind: User\nname: ana\nrole: worker\n",
            "specs/projects/p/project.yaml": PROJECT,
            "specs/rows.csv": "n\n" + "".join(f"{i}\n" for i in range(rows)),
            "specs/projects/p/datasets/rows.yaml": ROWS,
            "specs/projects/p/dashboards/rows.yaml": PAGE,
        }
    )


def test_a_page_of_more_than_ten_thousand_rows_is_told_with_its_place(write_space: WriteSpace) -> None:
    done = space(write_space, 10_001)("apply", "--yes", *NOW)
    assert done.returncode == 0
    (told,) = [line for line in done.stderr.splitlines() if "page-large" in line]
    assert told.startswith("specs/projects/p/dashboards/rows.yaml:1:1: warning[page-large]")
    assert "carries 10,001 rows" in told
    assert "Aggregate" in done.stderr


def test_a_page_of_ten_thousand_rows_is_not_told(write_space: WriteSpace) -> None:
    assert "page-large" not in space(write_space, 10_000)("apply", "--yes", *NOW).stderr


def test_a_page_of_more_than_fifty_thousand_rows_is_refused_and_nothing_is_published(
    write_space: WriteSpace,
) -> None:
    cli = space(write_space, 50_001)
    done = cli("apply", "--yes", *NOW)
    assert done.returncode == 1
    assert "specs/projects/p/dashboards/rows.yaml:1:1: error[page-too-large]" in done.stderr
    assert "Aggregate its datasets in a dataflow" in done.stderr
    assert cli("list").returncode == 1, "nothing has been applied"
