"""Column-level impact: what a change of one step touches, and what it does not."""

from __future__ import annotations

import pytest

from tests.compile.spaces import Folder

STEPS = """
    inputs: {raw: raw}
    steps:
      - output: users
        sql: select id, lower(email) as email, username from raw where age > 1
      - output: a
        sql: select id, email from users
      - output: b
        sql: select id from users
      - output: c
        sql: select id from a
"""

CHANGES = [
    ("username from raw", "username, age as phone from raw", {"users"}),
    ("lower(email)", "upper(email)", {"users", "a"}),
    (", username from raw", " from raw", {"users"}),
    ("age > 1", "age > 2", {"users", "a", "b", "c"}),
    ("lower(email) as email, username", "username, lower(email) as email", {"users"}),
    ("select id, email from users", "select email, id from users", {"a"}),
    ("select id, email from users", "with u as (from users) select u.id, u.email from u -- same", set()),
    ("sql: select id from a", "sql: select distinct id from a", {"c"}),
    ("sql: select id from a", "sql: select id from b", set()),
]


def touched(folder: Folder, before: str, after: str) -> set[str]:
    """Datasets whose identity differs between two texts of the dataflow."""
    folder.flow(before)
    old = folder.identities()
    folder.flow(after)
    new = folder.identities()
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES)
def test_a_change_touches_exactly_what_can_differ(
    folder: Folder, old: str, new: str, expected: set[str]
) -> None:
    assert old in STEPS
    assert touched(folder, STEPS, STEPS.replace(old, new)) == expected


def test_a_column_added_to_a_collected_dataset_touches_only_what_reads_it(folder: Folder) -> None:
    folder.flow(STEPS)
    old = folder.identities()
    text = (folder.root / "specs/projects/p/datasets/raw.yaml").read_text()
    added = text.replace("  - {name: born, type: date}", "  - {name: birth, from: born, type: date}")
    folder.write("specs/projects/p/datasets/raw.yaml", added)
    new = folder.identities()
    assert {name for name in old if old[name] != new[name]} == {"raw"}


def test_titles_names_of_inputs_and_places_of_files_touch_nothing(folder: Folder) -> None:
    folder.flow(STEPS)
    old = folder.identities()
    renamed = STEPS.replace("{raw: raw}", "{source: raw}").replace("from raw", "from source")
    (folder.root / "specs/projects/p/dataflows/flow.yaml").unlink()
    folder.flow("title: Another title\n" + renamed.replace("\n    ", "\n"), name="other")
    (folder.root / "specs/data/raw.csv").rename(folder.root / "specs/data/moved.csv")
    text = (folder.root / "specs/projects/p/datasets/raw.yaml").read_text()
    folder.write("specs/projects/p/datasets/raw.yaml", text.replace("raw.csv", "moved.csv"))
    assert folder.identities() == old


def test_inputs_that_change_places_are_another_query(folder: Folder) -> None:
    both = """
        inputs: {raw: raw}
        steps:
          - output: x
            sql: select id, email as v from raw where age > 1
          - output: y
            sql: select id, email as v from raw where age > 2
          - output: z
            sql: select x.v as a, y.v as b from x left join y on x.id = y.id
    """
    swapped = both.replace("x.v as a, y.v as b from x left join y", "x.v as b, y.v as a from y left join x")
    assert touched(folder, both, swapped) == {"z"}


def test_columns_that_change_places_upstream_change_what_reads_them(folder: Folder) -> None:
    before = """
        inputs: {raw: raw}
        steps:
          - output: x
            sql: select age as a, id as b from raw
          - output: y
            sql: select a - b as d from x
    """
    after = before.replace("age as a, id as b", "id as a, age as b")
    assert touched(folder, before, after) == {"x", "y"}


def test_a_limit_without_an_order_depends_on_every_column_of_its_input(folder: Folder) -> None:
    before = """
        inputs: {raw: raw}
        steps:
          - output: x
            sql: select age, id from raw
          - output: y
            sql: select id from x limit 1
          - output: z
            sql: select id from x order by id limit 1
    """
    after = before.replace("select age, id", "select age + 1 as age, id")
    assert touched(folder, before, after) == {"x", "y"}


def test_low_code_and_sql_that_mean_the_same_have_the_same_identity(folder: Folder) -> None:
    low = """
        inputs: {raw: raw}
        steps:
          - output: x
            from: raw
            lowcode:
              - filter: "age > 1"
              - select: [id, email]
    """
    sql = """
        inputs: {raw: raw}
        steps:
          - output: x
            sql: select id, email from raw where age > 1
    """
    assert touched(folder, low, sql) == set()


def test_python_steps_are_analysed_like_sql(folder: Folder) -> None:
    folder.write(
        "specs/projects/p/dataflows/flows/x.py",
        """
        def transform(raw):
            return raw.filter(raw.age > 1).select("id", low=raw.email.lower())
        """,
    )
    folder.flow("inputs: {raw: raw}\nsteps:\n  - {output: x, python: 'flows/x.py:transform'}\n")
    found = folder.sound()["x"]
    assert [(c.name, c.type, c.kind) for c in found.columns] == [
        ("id", "integer", "identity"),
        ("low", "string", "expression"),
    ]
    assert [str(ref) for ref in found.row_sources] == ["dataset/p/raw.age"]
    assert found.tags == {"low": ("personal",)}
