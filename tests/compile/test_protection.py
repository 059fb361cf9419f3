"""Sensitivity, tags and the disclosure floor along lineage."""

from __future__ import annotations

import pytest

from engine.core.compiled import CompiledDataset
from tests.compile.spaces import Folder

RAW = """
    kind: Dataset
    name: raw
    owner: sophie
    sensitivity: internal
    from: {file: ../../../data/raw.csv}
    columns:
      - {name: id, type: integer, tags: [personal]}
      - {name: email, type: string, tags: [personal, contact]}
      - {name: username, type: string}
      - {name: age, type: integer, sensitivity: restricted}
      - {name: born, type: date}
    protect: {unit: id, min_cell: 5}
"""


NO_UNITS = RAW.replace("    protect: {unit: id, min_cell: 5}\n", "")


def derived(folder: Folder, sql: str, more: str = "", raw: str = RAW) -> CompiledDataset:
    """The dataset that one SQL step over `raw` makes."""
    step(folder, sql, more, raw)
    return folder.sound()["x"]


def step(folder: Folder, sql: str, more: str = "", raw: str = RAW) -> None:
    """Write that step; `more` are further lines of it."""
    folder.write("specs/projects/p/datasets/raw.yaml", raw)
    lines = "".join(f"    {line}\n" for line in more.strip().splitlines())
    folder.flow(f"inputs: {{raw: raw}}\nsteps:\n  - output: x\n    sql: {sql}\n{lines}")


def test_a_column_keeps_the_highest_level_and_all_tags_of_its_sources(folder: Folder) -> None:
    found = derived(folder, "select email || age::varchar as e, username as u from raw")
    assert found.levels == {"e": "restricted", "u": "internal"}
    assert found.tags == {"e": ("contact", "personal")}
    assert found.sensitivity == "restricted"


def test_a_count_keeps_the_level_and_drops_the_tag_personal_alone(folder: Folder) -> None:
    sql = "select count(distinct email) as n, count(age) as a, max(email) as m from raw"
    found = derived(folder, sql, raw=NO_UNITS)
    assert found.levels == {"n": "internal", "a": "restricted", "m": "internal"}
    assert found.tags == {"n": ("contact",), "m": ("contact", "personal")}


def test_a_count_inside_an_expression_keeps_the_tag(folder: Folder) -> None:
    found = derived(folder, "select count(distinct id) * 2 as n from raw")
    assert found.tags == {"n": ("personal",)}


@pytest.mark.parametrize(
    "sql",
    [
        "select username from raw where age > 30",
        "select username, count(*) as n from raw group by username, age",
        "select a.username from raw a join raw b on a.age = b.id",
        "select username from raw qualify row_number() over (order by age) = 1",
        "select username from raw order by age limit 1",
        "select username from raw where exists (select 1 from raw r where r.age = raw.id)",
    ],
)
def test_what_decides_the_rows_decides_the_level_too(folder: Folder, sql: str) -> None:
    found = derived(folder, sql)
    assert found.levels["username"] == "restricted"
    assert found.tags == {}


def test_a_mere_count_of_rows_has_the_level_of_the_dataset(folder: Folder) -> None:
    assert derived(folder, "select count(*) as n from raw").levels == {"n": "internal"}


def test_a_step_may_raise_the_level_of_all_or_of_one_column(folder: Folder) -> None:
    raised = derived(folder, "select username, id from raw", "sensitivity: secret")
    assert raised.levels == {"username": "secret", "id": "secret"}
    one = derived(folder, "select username, id from raw", "columns: [{name: id, sensitivity: secret}]")
    assert one.levels == {"username": "internal", "id": "secret"}
    assert one.sensitivity == "secret"


def test_exposing_more_than_declared_is_an_error_that_names_the_path_of_columns(folder: Folder) -> None:
    folder.write("specs/projects/p/datasets/raw.yaml", RAW)
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - output: x
            sql: select age + 1 as older from raw
          - output: y
            sql: select sum(older) as oldest from x
            sensitivity: internal
        """
    )
    assert folder.mistakes() == [
        "projects/p/dataflows/flow.yaml:9:18: error[declassify]: dataset/p/y is declared internal but its "
        'column "oldest" is restricted. It comes along dataset/p/raw.age -> dataset/p/x.older -> '
        "dataset/p/y.oldest. Raise it, leave the column out, or write `declassify: {reason, approved_by}` "
        "there."
    ]


def test_a_reviewed_declassification_lowers_the_level_and_is_what_readers_inherit(folder: Folder) -> None:
    folder.write("specs/projects/p/datasets/raw.yaml", RAW)
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - output: x
            sql: select avg(age) as mean from raw
            sensitivity: public
            declassify: {reason: a mean over all, approved_by: sophie}
          - output: y
            sql: select mean from x
        """
    )
    found = folder.sound()
    assert (found["x"].sensitivity, found["y"].sensitivity) == ("public", "public")


def test_dropping_a_tag_needs_a_declassification(folder: Folder) -> None:
    step(folder, "select id as n from raw", "columns: [{name: n, tags: []}]")
    (mistake,) = folder.mistakes()
    assert "flow.yaml:7:31: error[declassify]" in mistake
    assert 'drops the tag "personal"' in mistake
    assert "dataset/p/raw.id -> dataset/p/x.n" in mistake
    allowed = "columns: [{name: n, tags: []}]\ndeclassify: {reason: hashed, approved_by: sophie}"
    assert derived(folder, "select id as n from raw", allowed).tags == {}


def test_adding_a_tag_and_keeping_the_inherited_one_needs_nothing(folder: Folder) -> None:
    found = derived(folder, "select id as n from raw", "columns: [{name: n, tags: [personal, key]}]")
    assert found.tags == {"n": ("key", "personal")}


def test_an_approver_who_is_no_user_is_an_error(folder: Folder) -> None:
    step(
        folder, "select id from raw", "sensitivity: public\ndeclassify: {reason: why not, approved_by: sofie}"
    )
    (mistake,) = folder.mistakes()
    assert "sofie" in mistake
    assert "sophie" in mistake


def test_a_declassification_that_lowers_nothing_is_said_to(folder: Folder) -> None:
    step(folder, "select id from raw", "declassify: {reason: why not, approved_by: sophie}")
    (mistake,) = folder.mistakes()
    assert "warning[unused-declassify]" in mistake


def test_a_collected_dataset_without_a_level_is_internal_and_not_public(folder: Folder) -> None:
    folder.write("specs/projects/p/datasets/raw.yaml", RAW.replace("    sensitivity: internal\n", ""))
    assert folder.sound()["raw"].levels["username"] == "internal"


def test_without_a_level_called_internal_the_highest_holds(folder: Folder) -> None:
    folder.write(
        "specs/projects/p/datasets/raw.yaml",
        "\n".join(line for line in RAW.splitlines() if "sensitivity: internal" not in line).replace(
            ", sensitivity: restricted", ""
        ),
    )
    space = (folder.root / "specs/space.yaml").read_text()
    folder.write(
        "specs/space.yaml",
        space.replace("[public, internal, restricted, secret]", "[low, high]").replace(
            "clearance: internal", "clearance: low"
        ),
    )
    assert folder.sound()["raw"].sensitivity == "high"


def test_a_collected_column_below_its_dataset_needs_a_declassification(folder: Folder) -> None:
    folder.write(
        "specs/projects/p/datasets/raw.yaml",
        RAW.replace("{name: username, type: string}", "{name: username, type: string, sensitivity: public}"),
    )
    (mistake,) = folder.mistakes()
    assert "raw.yaml:9:49: error[declassify]" in mistake


def test_the_floor_and_the_unit_follow_the_data(folder: Folder) -> None:
    kept = derived(folder, "select id as doctor, count(*) as n from raw group by id")
    assert (kept.min_cell, kept.unit) == (5, "doctor")
    lost = derived(folder, "select username, count(distinct id) as n from raw group by username")
    assert (lost.min_cell, lost.unit) == (5, None)
    raised = derived(folder, "select username, id from raw", "protect: {min_cell: 9}")
    assert (raised.min_cell, raised.unit) == (9, "id")
    lower = derived(folder, "select id from raw", "protect: {min_cell: 1}")
    assert (lower.min_cell, lower.unit) == (5, "id")


def test_low_code_and_union_and_windows_carry_tags(folder: Folder) -> None:
    folder.write("specs/projects/p/datasets/raw.yaml", RAW)
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - output: x
            from: raw
            lowcode:
              - derive: {mail: "lower(email)"}
              - aggregate: {by: [mail], metrics: {n: "count(*)", ids: "count(distinct id)"}}
          - output: y
            sql: select username as who from raw union all select email from raw
          - output: z
            sql: select first_value(email) over (partition by username order by id) as f from raw
        """
    )
    found = folder.sound()
    assert found["x"].tags == {"mail": ("contact", "personal")}
    assert found["y"].tags == {"who": ("contact", "personal")}
    assert found["z"].tags == {"f": ("contact", "personal")}
