"""Expressions over single people that are refused and allowed, and pages that ask for them one a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.pages.harness import messages

PEOPLE = """
kind: Dataset
name: people
title: People
from: {file: ../../../people.csv}
columns:
  - {name: pid, type: string}
  - {name: fullname, type: string, tags: [personal]}
  - {name: region, type: string}
  - {name: disease, type: string}
  - {name: income, type: integer}
  - {name: cost, type: float}
  - {name: fee, type: "decimal(10,2)"}
  - {name: birth, type: date}
  - {name: insured, type: boolean}
protect: {unit: pid, min_cell: 5}
"""
STEPS = """
kind: Dataflow
name: steps
inputs: {people: people}
steps:
  - output: nameless
    sql: select region, disease, income, birth from people where income > 0
  - output: cells
    sql: select region, count(*) as people, sum(income) as income from people group by region
"""
DATA = "pid,fullname,region,disease,income,cost,fee,birth,insured\np1,Ann,R1,HIV,1,1.5,2.50,1990-01-01,true\n"

REFUSED: Mapping[str, str] = {
    # What shows one person's value.
    "max({p}income)": "Use quantile_cont(income, 0.9)",
    "min({p}income)": "Use quantile_cont(income, 0.1)",
    "max({p}income) filter (where {p}region = 'R1')": "quantile_cont(income, 0.9)",
    "cast(max({p}income) as bigint)": "`format:`",
    "max({p}birth)": "", "any_value({p}region)": "", "first({p}income)": "", "last({p}income)": "",
    "arg_max({p}fullname, {p}income)": "", "arg_min({p}income, {p}cost)": "",
    "max_by({p}region, {p}income)": "",
    "string_agg({p}fullname, ',')": "", "list({p}income)": "", "array_agg({p}income)": "",
    "histogram({p}income)": "", "mode({p}income)": "", "mode({p}region) filter (where {p}pid = 'p1')": "",
    "quantile_disc({p}income, 0.5)": "", "quantile({p}income, 0.5)": "",
    "approx_quantile({p}income, 0.5)": "",
    "quantile_cont({p}income, 1.0)": "0.9", "quantile_cont({p}income, 0)": "0.1",
    "quantile_cont({p}income, 0.05)": "0.1", "quantile_cont({p}income, [0.5, 0.9])": "",
    "quantile_cont({p}income, 0.5 + 0.5)": "", "quantile_cont({p}income, -0.5)": "",
    "median({p}region)": "", "median({p}income * 2)": "", "mad({p}income)": "",
    "reservoir_quantile({p}income, 0.5)": "", "bool_or({p}insured)": "", "bit_xor({p}income)": "",
    "product({p}income)": "", "kurtosis({p}income)": "", "stddev({p}income)": "", "var_pop({p}income)": "",
    "entropy({p}income)": "", "fsum({p}income)": "", "favg({p}income)": "",
    # A count in other clothes.
    "cast(count({s}) filter (where {p}disease = 'HIV') as integer)": "`format:`",
    "greatest(count({s}) filter (where {p}disease = 'HIV'), 0)": "`format:`",
    "floor(count({s}) filter (where {p}disease = 'HIV'))": "`format:`",
    "case when true then count({s}) filter (where {p}disease = 'HIV') end": "`format:`",
    "count({s}) || ''": "", "count({s}) % 7": "", "count({s}) // 2": "", "power(count({s}), 1)": "`format:`",
    "sqrt(count({s}))": "`format:`", "count({s}) < 5": "", "count({s}) * count({s})": "",
    "if(count({s}) > 4, 1, 0)": "`format:`", "try_cast(count({s}) as varchar)": "`format:`",
    "coalesce(sum({p}income), max({p}income))": "", "nullif(count({s}), min({p}income))": "",
    "round(sum({p}income), count({s}))": "", "regr_count({p}income, {p}income)": "",
    "regr_count({p}income, {p}income) filter (where {p}disease = 'HIV')": "",
    "approx_count_distinct({p}pid)": "count(distinct pid)",
    # Other things counted than people.
    "count(distinct {p}income)": "count(distinct pid)", "count(distinct {p}fullname)": "count(distinct pid)",
    "count(distinct upper({p}pid))": "count(distinct pid)", "count(distinct {p}pid || 'x')": "",
    "count(case when {p}pid = 'p1' then 1 end)": "", "count(nullif({p}region, 'R1'))": "",
    # Sums that pick somebody.
    "sum({p}income > 900000)": "", "sum(cast({p}insured as integer))": "", "sum({p}insured)": "",
    "sum(case when {p}pid = 'p1' then {p}income end)": "", "sum({p}income * {p}income)": "",
    "sum(distinct {p}income)": "", "avg(distinct {p}income)": "", "sum(1 / ({p}income - 987654))": "",
    "sum({p}income * 1e300)": "", "sum(abs({p}income))": "", "sum(floor({p}income / 900000))": "",
    "sum(ln({p}income))": "", "avg(if({p}pid = 'p1', {p}income, null))": "", "sum(1)": "",
    "sum({p}income ** 20)": "", "sum({p}income % 10)": "", "sum({p}income // 10)": "",
    "sum({p}income + 1)": "", "sum({p}income + {p}cost)": "", "avg({p}income - {p}cost)": "",
    "sum(cast({p}income / 2000000.0 as bigint) + 1)": "", "avg(cast({p}cost as bigint))": "",
    "sum(({p}income + 1e9 * 1e9 * 1e4) - 1e9 * 1e9 * 1e4)": "", "sum({p}income / {p}cost)": "",
    "sum({p}income * 1e6 * 1e6 * 1e6)": "", "sum({p}income * 1e7)": "",
    "count_if(cast({p}income as integer) = 3)": "",
    "sum(year({p}birth))": "", "sum(length({p}region))": "",
    # Conditions that name somebody, or ask elsewhere.
    "count({s}) filter (where {p}pid = 'p1')": "", "count({s}) filter (where {p}PID = 'p1')": "",
    "sum({p}income) filter (where {p}fullname = 'Ann')": "",
    "count({s}) filter (where {p}fullname is not null)": "", "count_if({p}pid < 'p5')": "",
    "count({s}) filter (where hash({p}region) % 2 = 0)": "", "count({s}) filter (where random() < 0.5)": "",
    "count({s}) filter (where {p}income % 2 = 1)": "", "count({s}) filter (where {p}income + 1 > 3)": "",
    "count({s}) filter (where length({p}region) = 2)": "",
    "count({s}) filter (where regexp_matches({p}region, 'R.'))": "",
    "count({s}) filter (where cast({p}region as integer) = 1)": "",
    "count({s}) filter (where {p}region = 1)": "quotes",
    "count({s}) filter (where concat({p}region, {p}disease) = 'R1HIV')": "",
    "count({s}) filter (where ({p}region, {p}disease) = ('R1', 'HIV'))": "",
    "count({s}) filter (where case when {p}insured then true end)": "",
    "count({s}) filter (where md5({p}region) < 'a')": "",
    "count({s}) filter (where {p}region = any(['R1']))": "",
    "count({s}) filter (where {p}income > (select 3))": "",
    "count({s}) filter (where exists (select 1))": "",
    "(select max({p}income) from people)": "", "count({s}) + (select 3)": "",
    # Windows.
    "sum(sum({p}income)) over ()": "", "max(count({s})) over ()": "",
    "row_number() over (order by count({s}))": "",
}  # fmt: skip
"""Expressions, `{p}` before a column and `{s}` for all rows; and some of the advice that is given."""

ALLOWED = (
    "count({s})", "count({p}income)", "count({p}region)", "count(distinct {p}pid)",
    "count({s}) filter (where {p}disease = 'HIV')", "count_if({p}disease = 'HIV')", "count_if({p}insured)",
    "count(distinct {p}pid) filter (where {p}insured)", "count(distinct {p}PID)",
    "sum({p}income)", "SUM({p}Income)", "avg({p}income)", "mean({p}cost)", "avg({p}fee)",
    "sum({p}income) filter (where {p}region = 'R1' and not {p}insured)",
    "sum({p}income) + sum({p}cost)", "sum({p}income * {p}cost)", "sum({p}income * {p}cost * 0.5)",
    "sum(-{p}income)",
    "sum({p}income / 12)", "sum({p}cost * 1.2)", "avg({p}income::double)", "sum(({p}income))",
    "median({p}income)", "median({p}cost) filter (where {p}insured)",
    "quantile_cont({p}income, 0.9)",
    "quantile_cont({p}income, 0.1)", "quantile_cont({p}fee, 0.25)",
    "count({s}) filter (where {p}insured) / count({s})", "100 * count_if({p}insured) / count({s})",
    "sum({p}income) / count(distinct {p}pid)", "sum({p}income) / 1000", "sum({p}income) - sum({p}cost)",
    "-(sum({p}income))", "count({s}) + 1", "round(avg({p}income), 1)", "round(avg({p}income))",
    "abs(sum({p}income) - sum({p}cost))", "sum({p}income) / nullif(sum({p}cost), 0)",
    "coalesce(sum({p}income), 0)", "round(100.0 * count_if({p}region = 'R1') / nullif(count({s}), 0), 1)",
    "count({s}) filter (where {p}income between 10 and 20.5)", "count_if({p}income >= -3)",
    "count({s}) filter (where {p}region in ('R1', 'R2'))", "count_if({p}region <> 'R1' or {p}region is null)",
    "count({s}) filter (where {p}region is not null)", "count_if({p}region like 'R%')",
    "count_if({p}region not ilike 'r%')", "count_if(starts_with({p}region, 'R'))",
    "count_if(contains(lower({p}disease), 'hiv'))", "count_if(upper({p}region) = 'R1')",
    "count_if(left({p}region, 1) = 'R')", "count_if(strip_accents({p}region) = 'R1')",
    "count_if(year({p}birth) = 1990)", "count_if(extract(month from {p}birth) in (1, 2))",
    "count_if({p}birth >= date '1990-01-01')", "count_if(date_trunc('year', {p}birth) = date '1990-01-01')",
    "count_if(cast({p}birth as varchar) = '1990-01-01')", "count_if('R1' = {p}region)",
    "count_if({p}insured = true)", "count_if({p}insured is false)",
    "count_if({p}region is distinct from 'R1')",
)  # fmt: skip


def told(folder: Path, pages: Mapping[str, str]) -> dict[str, list[str]]:
    """What is said of each page (its document without kind and name), each from its line number on."""
    files = {
        "people.csv": DATA, "projects/p/datasets/people.yaml": PEOPLE,
        "projects/p/dataflows/steps.yaml": STEPS,
        **{f"projects/p/dashboards/{n}.yaml": f"kind: Dashboard\nname: {n}\n{t}" for n, t in pages.items()},
    }  # fmt: skip
    found: dict[str, list[str]] = {name: [] for name in pages}
    for line in messages(folder, files):
        at = re.search(r"dashboards/([\w-]+)\.yaml:(.*)", line)
        assert at is not None, line
        found[at.group(1)].append(at.group(2))
    return found


HEAD = "title: T\ndatasets: {people: people, nameless: nameless, cells: cells}\n"
FIRST = 6
"""The line of the first entry: after kind, name, HEAD and the list's own line."""


def lines(folder: Path, key: str, entries: Iterable[str], head: str = HEAD, end: str = "") -> list[list[str]]:
    """What is said of each entry of a list of a page, one a line."""
    listed = list(entries)
    page = f"{head}{key}:\n" + "".join(f"  - {entry}\n" for entry in listed) + end
    found: list[list[str]] = [[] for _ in listed]
    for said in told(folder, {"page": page})["page"]:
        found[int(said.split(":")[0]) - FIRST].append(said)
    return found


def tile(**keys: object) -> str:
    """A row of one tile over people, on one line."""
    return json.dumps([{"from": "people", **keys}])


def chart(kind: str, **keys: object) -> str:
    """The same of a chart."""
    return tile(chart=kind, **keys)


def here(expression: str) -> str:
    """An expression as a tile of the dataset asks for it."""
    return expression.format(p="", s="*")


def errors(said: list[str]) -> list[str]:
    """The errors among what is said; a format that does not suit is a warning."""
    return [line for line in said if "error[" in line]
