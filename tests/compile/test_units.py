"""Units are inherited, whatever a step writes; and over them only some figures are computed."""

from __future__ import annotations

import pytest

from engine.core.provenance import Provenance, provenance_of
from tests.compile.spaces import Folder, address

RAW = """
    kind: Dataset
    name: raw
    sensitivity: internal
    from: {file: ../../../data/raw.csv}
    columns:
      - {name: id, type: integer}
      - {name: email, type: string}
      - {name: username, type: string}
      - {name: age, type: integer}
      - {name: born, type: date}
    protect: {unit: id, min_cell: 5}
"""

ANSWERED = "declassify: {reason: reviewed, approved_by: sophie}"


def told(folder: Folder, sql: str, more: str = "", raw: str = RAW) -> list[str]:
    """Codes of what is wrong with a step over `raw`, errors and warnings."""
    write(folder, sql, more, raw)
    return [d.code for d in folder.check().diagnostics]


def write(folder: Folder, sql: str, more: str = "", raw: str = RAW) -> None:
    folder.write("specs/projects/p/datasets/raw.yaml", raw)
    lines = "".join(f"    {line}\n" for line in more.splitlines())
    folder.flow(f'inputs: {{raw: raw}}\nsteps:\n  - output: x\n    sql: "{sql}"\n{lines}')


@pytest.mark.parametrize(
    "figure",
    [
        "count(*)", "count(age)", "count(distinct id)", "sum(age)", "avg(age)",
        "count(*) filter (where age > 3)", "count(distinct id) filter (where username = 'a')",
        "count_if(age > 3)", "count(case when age > 3 then 1 end)",
        "sum(case when age > 3 then 1 else 0 end)",
        "count(distinct case when age > 3 then id end)", "sum(age * 2 - 1)", "avg(-age / 10)",
        "count(*) filter (where age > 3) / count(*)", "round(100.0 * count(*) / nullif(count(age), 0), 1)",
        "coalesce(sum(age), 0)", "cast(count(*) as integer)", "cast(avg(age) as decimal(9, 2))",
        "median(age)", "quantile_cont(age, 0.1)", "quantile_cont(age, 0.9)",
        "percentile_cont(0.5) within group (order by age)", "count(*) + 1", "sum(age) - avg(age)",
        "rank() over (order by count(*))", "sum(count(*)) over ()",
    ],
)  # fmt: skip
def test_figures_of_the_closed_set_are_computed(folder: Folder, figure: str) -> None:
    assert told(folder, f"select username, {figure} as f from raw group by username") == []


@pytest.mark.parametrize(
    "figure",
    [
        "max(age)", "min(born)", "first(email)", "any_value(age)", "list(id)", "string_agg(email, ',')",
        "mode(age)", "arg_max(email, age)", "count(*) < 5", "cast(count(*) as varchar)", "count(*)::text",
        "case when count(*) < 5 then 1 else 0 end", "date '2024-01-01' + cast(count(*) as integer)",
        "quantile_cont(age, 0.95)", "quantile_cont(age, 1.0)", "quantile_cont(age, [0.5, 1.0])",
        "quantile_disc(age, 0.5)", "approx_quantile(age, 0.5)", "count(distinct email)",
        "count(distinct id + 1)", "approx_count_distinct(id)", "sum(distinct age)", "stddev(age)",
        "regr_count(age, age)", "histogram(age)", "greatest(count(*), 5)", "floor(count(*))", "count(*) % 2",
        "bool_or(age > 3)", "sum(length(email))", "sum(age) + max(age)", "product(age)", "bit_or(age)",
        "count(*) filter (where age > 3) > 0", "nullif(count(*), 3)", "sqrt(sum(age))", "[count(*)]",
        "{'n': count(*)}", "max(max(age)) over ()", "count(*) || 'x'", "entropy(age)", "avg(age) ** 2",
        "max(age) filter (where username = 'a')", "cast(max(age) as bigint)", "sum(hash(email))",
        "concat(count(*))", "if(count(*) > 3, 1, 0)", "coalesce(max(age), 0)", "cast(count(*) as boolean)",
        "percentile_disc(0.5) within group (order by age)", "sum(length(username) * age)",
    ],
)  # fmt: skip
def test_any_other_figure_is_refused(folder: Folder, figure: str) -> None:
    assert told(folder, f"select username, {figure} as f from raw group by username") == ["not-disclosable"]


def test_the_refusal_names_the_column_and_the_forms_to_use(folder: Folder) -> None:
    write(folder, "select username, max(age) as oldest from raw group by username")
    (message,) = folder.mistakes()
    assert message.startswith("projects/p/dataflows/flow.yaml:6:10: error[not-disclosable]: ")
    assert 'Column "oldest" computes `MAX(age)` over units' in message
    assert "count(distinct unit)" in message
    assert "declassify" in message


@pytest.mark.parametrize(
    "sql",
    [
        "select max(age) as f from raw",
        "select username, max(older) as f from (select username, age + 1 as older from raw) group by 1",
        "with a as (select username, max(age) as f from raw group by 1) select * from a",
        "with a as (select username, max(age) as f from raw group by 1) select f + 1 as f, username from a",
        "select username, max(age) as f, f + 1 as g from raw group by username",
    ],
)
def test_wherever_groups_are_made_they_are_judged(folder: Folder, sql: str) -> None:
    assert "not-disclosable" in told(folder, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select id, max(age) as oldest, list(email) as emails from raw group by id",
        "select id, max(age) over (partition by id) as oldest from raw",
        "select distinct username, age from raw",
        "with a as (select username, count(*) as n from raw group by 1) "
        "select *, max(n) over () as most from a",
        "select username, count(*) as n from raw group by username having count(*) > 3",
        "select username, upper(username) as u, count(*) as n from raw group by username",
    ],
)
def test_what_is_each_units_own_and_what_is_of_cells_is_free(folder: Folder, sql: str) -> None:
    assert told(folder, sql) == []


def test_without_units_everything_may_be_computed(folder: Folder) -> None:
    free = RAW.replace("    protect: {unit: id, min_cell: 5}\n", "")
    assert told(folder, "select username, max(age) as f from raw group by username", raw=free) == []
    counts = RAW.replace("unit: id, ", "")
    assert told(folder, "select username, max(age) as f from raw group by username", raw=counts) == []


def test_somebody_may_answer_for_another_figure(folder: Folder) -> None:
    assert told(folder, "select username, max(age) as f from raw group by username", ANSWERED) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select id || '-' || g as uid, username from raw, range(5) t(g)",
        "select id, username as uid from raw",
        "select id * 10 as uid from raw",
        "select username as uid, count(*) as n from raw group by username",
        "select max(id) over () as uid, username from raw",
    ],
)
def test_the_unit_is_not_changed(folder: Folder, sql: str) -> None:
    assert told(folder, sql, "protect: {unit: uid, min_cell: 5}") == ["unit-changed"]
    assert folder.check().compiled[address("x")].unit in (None, "id")


def test_the_message_names_the_inherited_unit(folder: Folder) -> None:
    write(folder, "select id, username as uid from raw", "protect: {unit: uid, min_cell: 5}")
    (message,) = folder.mistakes()
    assert message.startswith("projects/p/dataflows/flow.yaml:7:21: error[unit-changed]: ")
    assert 'The unit "uid" is not the column "id", which dataset/p/x inherits.' in message


def test_the_unit_cannot_be_changed_further_down_either(folder: Folder) -> None:
    folder.write("specs/projects/p/datasets/raw.yaml", RAW)
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - {output: a, sql: "select username, age from raw"}
          - {output: b, sql: "select username, age from a", protect: {unit: username, min_cell: 5}}
        """
    )
    (message,) = folder.mistakes()
    assert 'error[unit-changed]: The unit "username" is not the unit of dataset/p/a' in message


def test_the_unit_may_be_said_again_under_its_new_name(folder: Folder) -> None:
    write(folder, "select id as who, username from raw", "protect: {unit: who, min_cell: 9}")
    found = folder.sound()["x"]
    assert (found.unit, found.min_cell) == ("who", 9)


def test_a_reviewed_protection_replaces_the_inherited_one(folder: Folder) -> None:
    sql = "select username, count(*) as n from raw group by username"
    write(folder, sql, f"protect: {{unit: username, min_cell: 2}}\n{ANSWERED}")
    found = folder.sound()["x"]
    assert (found.unit, found.min_cell) == ("username", 2)
    told = provenance_of(found, folder.check().compiled)
    assert isinstance(told, Provenance)
    assert told.unit_of == {address("x")}


def test_a_reviewed_protection_may_end(folder: Folder) -> None:
    sql = "select username, count(*) as n from raw group by username"
    write(folder, sql, f"protect: {{min_cell: 0}}\n{ANSWERED}")
    found = folder.sound()["x"]
    assert (found.unit, found.min_cell) == (None, 0)
    assert provenance_of(found, folder.check().compiled) is None


def test_without_review_the_floor_is_only_raised(folder: Folder) -> None:
    write(folder, "select id, age from raw", "protect: {min_cell: 2}")
    assert folder.sound()["x"].min_cell == 5


def test_a_dataset_of_counts_may_say_its_units(folder: Folder) -> None:
    free = RAW.replace("    protect: {unit: id, min_cell: 5}\n", "")
    write(folder, "select id, age from raw", "protect: {unit: id, min_cell: 4}", free)
    found = folder.sound()["x"]
    assert (found.unit, found.min_cell) == ("id", 4)
    told = provenance_of(found, folder.check().compiled)
    assert isinstance(told, Provenance)
    assert (told.unit_of, told.rows_of) == ({address("x")}, address("x"))
