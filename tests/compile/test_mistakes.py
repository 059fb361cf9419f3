"""What an author is told: every mistake at once, each at its line, also inside a block of SQL."""

from __future__ import annotations

import pytest

from tests.compile.spaces import USERS, Folder


def test_a_mistake_in_sql_is_told_at_its_line_inside_the_block(folder: Folder) -> None:
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - output: x
            sql: |
              select id,
                     emial
              from raw
        """
    )
    (mistake,) = folder.mistakes()
    assert mistake.startswith("projects/p/dataflows/flow.yaml:8:14: error[sql]:")
    assert "emial" in mistake
    assert "email" in mistake


def test_a_missing_column_is_never_explained_by_its_own_name(folder: Folder) -> None:
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - output: x
            sql: select id, email as mail from raw
          - output: y
            sql: select email from x
        """
    )
    (mistake,) = folder.mistakes()
    assert 'no column "email"' in mistake
    assert 'Did you mean "mail"?' in mistake


def test_every_mistake_is_told_at_once_and_none_of_what_follows_from_another(folder: Folder) -> None:
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - output: broken
            sql: select nothing from raw
          - output: follows
            sql: select id from broken
            checks:
              - not_null: [x]
          - output: independent
            sql: select id from raw where username > 1 and idd = 2
          - output: sound
            sql: select id from raw
            columns: [{name: ident}]
            checks:
              - not_null: [idd]
              - unique: [id]
        """
    )
    lines = [m.split(": ")[0].rsplit(":", 2)[1] + " " + m.split(": ")[1] for m in folder.mistakes()]
    assert lines == [
        "6 error[sql]",
        "12 error[sql]",
        "15 error[unknown-column]",
        "17 error[unknown-column]",
    ]


def test_a_step_that_does_not_read_the_broken_input_is_still_compiled(folder: Folder) -> None:
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - output: broken
            sql: select nothing from raw
          - output: sound
            sql: select id from raw
        """
    )
    assert [str(a) for a in folder.check().compiled] == ["dataset/p/raw", "dataset/p/sound"]


def test_two_columns_of_one_name_are_an_error(folder: Folder) -> None:
    folder.flow("inputs: {raw: raw}\nsteps:\n  - {output: x, sql: 'select id, age as ID from raw'}\n")
    (mistake,) = folder.mistakes()
    assert "error[sql]" in mistake
    assert "Two columns" in mistake


def test_an_unnamed_expression_keeps_the_name_the_engine_gives(folder: Folder) -> None:
    folder.flow(
        "inputs: {raw: raw}\nsteps:\n  - {output: x, sql: 'select count(*), max(age) + 1 from raw'}\n"
    )
    assert [c.name for c in folder.sound()["x"].columns] == ["count_star()", "(max(age) + 1)"]


def test_a_missing_module_is_told_where_it_is_named(folder: Folder) -> None:
    folder.flow("inputs: {raw: raw}\nsteps:\n  - output: x\n    python: flows/x.py:transform\n")
    (mistake,) = folder.mistakes()
    assert mistake.startswith("projects/p/dataflows/flow.yaml:6:13: error[missing-file]:")


def test_a_mistake_in_python_is_told_at_its_line_in_the_module(folder: Folder) -> None:
    folder.write(
        "specs/projects/p/dataflows/flows/x.py", "def transform(raw):\n    return raw.select('idd')\n"
    )
    folder.flow("inputs: {raw: raw}\nsteps:\n  - output: x\n    python: flows/x.py:transform\n")
    (mistake,) = folder.mistakes()
    assert mistake.startswith("projects/p/dataflows/flows/x.py:2:1: error[python]:")


def test_a_low_code_mistake_names_its_verbs_line(folder: Folder) -> None:
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - output: x
            from: raw
            lowcode:
              - filter: "age > 1"
              - select: [idd]
        """
    )
    (mistake,) = folder.mistakes()
    assert mistake.startswith("projects/p/dataflows/flow.yaml:9:")


CHECKS = [
    ("not_null: [id, emial]", 'no column "emial"', "email"),
    ("unique: [idd]", 'no column "idd"', "id"),
    ("accepted_values: {column: age, values: [1, two]}", "'two' cannot be a value", "integer"),
    ("accepted_values: {column: username, values: [a, 1]}", "1 cannot be a value", "quotes"),
    ("accepted_values: {column: nam, values: [a]}", 'no column "nam"', ""),
    ("freshness: {column: username, max_age: 1d}", "has no age", "date or a timestamp"),
    ("freshness: {column: bor, max_age: 1d}", 'no column "bor"', "born"),
    ("references: {column: id, to: other, key: idd}", 'no column "idd" in dataset/p/other', "id"),
    ("references: {column: username, to: other, key: id}", 'but "id" is integer', "one sort"),
    ("sql: select * from {self} where agee > 1", "agee", "age"),
    ("sql: select * from {self} join othr using (id)", "othr", "other"),
    ("sql: select 1", "does not read the dataset", "{self}"),
    ("sql: select * from {self}; drop table x", "one statement", ""),
    ("sql: select * from {self} where random() > 1", "random", ""),
]


@pytest.mark.parametrize(("check", "summary", "help_"), CHECKS)
def test_a_check_that_cannot_run_is_an_error_before_anything_runs(
    folder: Folder, check: str, summary: str, help_: str
) -> None:
    folder.flow("inputs: {raw: raw}\nsteps:\n  - {output: other, sql: select id from raw}\n")
    folder.write("specs/projects/p/datasets/raw.yaml", f"{USERS}    checks:\n      - {check}\n")
    (mistake,) = folder.mistakes()
    assert mistake.startswith("projects/p/datasets/raw.yaml:12:")
    assert summary in mistake
    assert help_ in mistake


SOUND = [
    "not_null: [id, email]",
    "accepted_values: {column: age, values: [1, 2]}",
    "accepted_values: {column: born, values: [2020-01-01]}",
    "freshness: {column: born, max_age: 400d}",
    "references: {column: id, to: p/other, key: id}",
    "sql: select * from {self} where born > current_date",
    "sql: select s.* from {self} s anti join other on s.id = other.id",
    "sql: select * from {self} where id not in (select id from p.other)",
    "sql: with x as (select id from p.other as o) select * from {self} join x using (id)",
]


@pytest.mark.parametrize("check", SOUND)
def test_a_sound_check_says_nothing(folder: Folder, check: str) -> None:
    folder.flow("inputs: {raw: raw}\nsteps:\n  - {output: other, sql: select id from raw}\n")
    folder.write("specs/projects/p/datasets/raw.yaml", f"{USERS}    checks:\n      - {check}\n")
    assert folder.mistakes() == []


DECLARED = [
    ("columns: [{name: ID}]", 'no column "ID"'),
    ("columns: [{name: id, type: string}]", "is integer, not string"),
    ("protect: {unit: idd}", 'no column "idd"'),
    ("incremental: {time_column: bornn}", 'no column "bornn"'),
    ("incremental: {time_column: id}", "is integer; partitions need"),
]


@pytest.mark.parametrize(("line", "summary"), DECLARED)
def test_what_is_declared_of_a_step_is_what_it_yields(folder: Folder, line: str, summary: str) -> None:
    folder.flow(
        f"inputs: {{raw: raw}}\nsteps:\n  - output: x\n    sql: select id, born from raw\n    {line}\n"
    )
    (mistake,) = folder.mistakes()
    assert mistake.startswith("projects/p/dataflows/flow.yaml:7:")
    assert summary in mistake


def test_a_declared_type_in_other_words_is_the_same_type(folder: Folder) -> None:
    folder.flow(
        "inputs: {raw: raw}\nsteps:\n  - output: x\n    sql: select id from raw\n"
        "    columns: [{name: id, type: int64}]\n"
    )
    assert folder.mistakes() == []


def test_a_missing_data_file_leaves_the_rest_checked(folder: Folder) -> None:
    (folder.root / "specs/data/raw.csv").unlink()
    folder.flow("inputs: {raw: raw}\nsteps:\n  - {output: x, sql: select nothing from raw}\n")
    codes = [m.split("[")[1].split("]")[0] for m in folder.mistakes()]
    assert codes == ["sql", "no-file"]


def test_a_url_whose_columns_are_declared_is_not_fetched(folder: Folder) -> None:
    folder.write(
        "specs/projects/p/datasets/raw.yaml",
        USERS.replace("{file: ../../../data/raw.csv}", '{url: "http://127.0.0.1:9/raw.csv"}'),
    )
    folder.flow("inputs: {raw: raw}\nsteps:\n  - {output: x, sql: select id from raw}\n")
    assert sorted(folder.sound()) == ["raw", "x"]


def test_a_reference_that_leads_nowhere_is_told_once_beside_other_mistakes(folder: Folder) -> None:
    folder.flow(
        """
        inputs: {raw: raw, gone: p/gone}
        steps:
          - {output: x, sql: select id from gone}
          - {output: y, sql: select idd from raw}
        """
    )
    found = folder.mistakes()
    assert len(found) == 2
    assert "p/gone" in found[0]
    assert "idd" in found[1]
