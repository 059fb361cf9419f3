"""A space of single people, what a page may say of them and what not, and every place for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlglot import exp

from engine.core.pages.disclosable_conditions import Units
from engine.core.pages.expressions import parse
from tests.pages.harness import messages

PAGE = "projects/p/dashboards/page.yaml"
PEOPLE = """
kind: Dataset
name: people
title: People
from: {file: ../../../people.csv}
protect: {unit: pid, min_cell: 5}
columns:
  - {name: pid, type: string, tags: [personal]}
  - {name: fullname, type: string, tags: [personal]}
  - {name: wage, type: integer, tags: [personal]}
  - {name: region, type: string}
  - {name: birth, type: date}
  - {name: income, type: integer}
  - {name: height, type: float}
  - {name: lat, type: float}
  - {name: active, type: boolean}
"""
STEPS = """
kind: Dataflow
name: steps
inputs: {people: people}
steps:
  - output: cells
    sql: select region, count(*) as n, sum(income) as total from people group by region
  - output: nameless
    sql: select region, income, active from people where active
"""
TYPES = {
    "pid": "string", "fullname": "string", "wage": "integer", "region": "string", "birth": "date",
    "income": "integer", "height": "float", "lat": "float", "active": "boolean",
}  # fmt: skip
UNITS = Units(TYPES, "pid", frozenset({"pid", "fullname", "wage"}))

ALLOWED = (
    "count(*)", "count(distinct pid)", "count(distinct (PID))", "count(income)", "count(region)",
    "count_if(active)", "count_if(region = 'R1' and income > 3)", "sum(income)", "avg(income)",
    "mean(income)", "sum(income) + sum(height)", "sum(income) - 1", "sum(2 * income)", "sum(income / 1000.0)",
    "avg(-income)", "sum(income * height)", "sum(cast(income as double))",
    "sum(income * cast(height as double))", "median(income)", "quantile_cont(income, 0.1)",
    "quantile_cont(income, 0.9)", "quantile_cont(height, .25)", "count(*) filter (where region = 'R1')",
    "sum(income) filter (where not active)", "avg(income) filter (where region in ('R1', 'R2'))",
    "median(income) filter (where active)",
    "count(distinct pid) filter (where birth >= date '1990-01-01')",
    "count(*) filter (where income between 10 and 20)", "count(*) filter (where region is not null)",
    "count(*) filter (where region like 'R%')", "count(*) filter (where region not ilike 'r%')",
    "count(*) filter (where starts_with(region, 'R'))", "count(*) filter (where contains(region, 'R'))",
    "count(*) filter (where year(birth) = 1990)", "count(*) filter (where extract(month from birth) = 2)",
    "count(*) filter (where date_trunc('month', birth) = date '1990-01-01')",
    "count(*) filter (where lower(strip_accents(region)) = 'r1')",
    "count(*) filter (where left(region, 1) = 'R')",
    "count(*) filter (where cast(income as double) < 3.5 or active)",
    "count(*) filter (where try_cast(region as integer) = 3)", "count(*) filter (where 3 <> income)",
    "count(*) filter (where region is distinct from 'R1')", "count(*) filter (where active) / count(*)",
    "sum(income) / count(distinct pid)", "100.0 * count(*) filter (where active) / nullif(count(*), 0)",
    "-count(*)", "(count(*) + 1) * 2", "round(avg(income), 1)", "abs(sum(income) - sum(height))",
    "coalesce(sum(income), 0)", "round(count(*) / 3)",
)  # fmt: skip
HIV = "count(*) filter (where region = 'R1')"
REFUSED = (
    "sum(income + 1)", "sum(income + height)", "sum(income - 1) / count(*)", "sum(income / height)",
    "sum(cast(income / 2000000.0 as bigint))", "sum(cast(income as integer))",
    "sum(income * 1e5 * 1e5 * 1e5)", "sum(income * 1e9)", "sum(0 * income)",
    "count(*) filter (where cast(income as integer) = 3)",
    "max(income)", "min(income)", "cast(max(income) as bigint)", "max(birth)", "min(region)",
    "any_value(region)", "count(distinct region)", "count(distinct income)",
    "count(distinct pid || region)", "count(pid)", "count(fullname)", "count(distinct fullname)",
    "count(income + 1)", "count(case when active then 1 end)", f"cast({HIV} as integer)",
    f"({HIV})::varchar", f"try_cast({HIV} as double)", f"greatest({HIV}, 0)", f"least({HIV}, 9)",
    f"floor({HIV})", f"ceil({HIV})", f"case when true then {HIV} end", f"if(true, {HIV}, 0)",
    f"{HIV} % 100", f"{HIV} // 1", f"{HIV} & 127", f"{HIV} < 5", f"power({HIV}, 2)", f"ln({HIV})",
    f"concat({HIV}, '')", f"format('{{}}', {HIV})", f"{HIV} || ''", f"coalesce({HIV}, count(*))",
    f"nullif({HIV}, count(*))", f"round({HIV}, cast(1 as integer))", "sum(income) * count(*)",
    "regr_count(income, income)", "quantile_disc(income, 0.5)", "quantile_cont(income, 1.0)",
    "quantile_cont(income, 0.05)", "quantile_cont(income, [0.1, 0.5])", "quantile_cont(income, -0.5)",
    "quantile_cont(wage, 0.5)", "quantile_cont(birth, 0.5)", "median(wage)", "median(birth)",
    "median(income + 1)", "approx_quantile(income, 0.5)", "mode(region)", "mad(income)", "stddev(income)",
    "arg_max(region, income)", "string_agg(region, ',')", "list(income)", "len(list(income))",
    "first(income)", "bool_or(active)", "bit_or(income)", "histogram(income)", "entropy(region)",
    "product(income)", "kurtosis(income)", "corr(income, height)", "approx_count_distinct(pid)",
    "sum(active)", "sum(cast(active as integer))", "sum(cast(region as integer))",
    "sum(case when active then income end)", "sum(if(active, income, 0))", "sum(nullif(income, 3))",
    "sum(coalesce(income, 0))", "sum(abs(income))", "sum(greatest(income, 0))", "sum(income * income)",
    "sum(1 / (income - 5))", "sum(income * 1e200)", "sum(income % 7)", "sum(income > 5)",
    "sum(distinct income)", "avg(distinct income)", "sum(1)", "sum(wage)", "avg(wage + income)",
    "sum(length(fullname))", "sum(hash(pid))", "sum(year(birth))", "sum(cast(income as tinyint))",
    "sum(cast(income as decimal(3, 0)))", "count(*) over ()", "sum(count(*)) over ()",
    "(select max(income) from self)", "count(*) - (select count(*) from self)",
    "sum((select max(income) from self))", "count(*) filter (where pid = 'x')",
    "count(*) filter (where Pid = 'x')", "sum(income) filter (where wage > 3)",
    "count(*) filter (where fullname like 'Z%')", "count(*) filter (where income in (select 1))",
    "count(*) filter (where income > (select avg(income) from self))",
    "count(*) filter (where income > height)", "count(*) filter (where income + 1 > 3)",
    "count(*) filter (where length(region) = 2)", "count(*) filter (where hash(region) = 3)",
    "count(*) filter (where cast(region as integer) = 3)", "count(*) filter (where region = 5)",
    "count(*) filter (where case when active then true end)",
    "count(*) filter (where lower(fullname) = 'x')", "count_if(pid = 'x')", "count_if(length(region) = 2)",
    "count(*) filter (where regexp_matches(region, 'R'))",
    "count(*) filter (where region = upper(region))", "max(income) filter (where active)",
    "count(*) + max(income)", "sum(income order by income)",
)  # fmt: skip

Place = Callable[[str], str]


def qualified(expression: str) -> str:
    """An expression as texts and tests write it: over columns of `d`."""
    tree: exp.Expr = exp.Paren(this=parse(expression))
    for column in list(tree.find_all(exp.Column)):
        column.set("table", exp.to_identifier("d"))
    for star in list(tree.find_all(exp.Star)):
        star.replace(exp.column("d"))
    return str(tree.this.sql("duckdb"))


def text(expression: str) -> str:
    return f"{{{{ {qualified(expression)} }}}}"


def yaml(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tile(form: str, write: Callable[[str], str] = str) -> Place:
    return lambda e: "  - [" + form.replace("E", yaml(write(e))) + "]"


CHART = "{chart: line, from: d, x: birth, y: count(*), "
TILES = {
    "kpi": tile("{kpi: E, from: d}"),
    "compare": tile("{kpi: count(*), from: d, compare: {to: E}}"),
    "spark": tile("{kpi: count(*), from: d, spark: {from: d, x: birth, y: E}}"),
    "y": tile("{chart: line, from: d, x: birth, y: E}"),
    "several": tile("{chart: line, from: d, x: birth, y: [count(*), E]}"),
    "x": tile("{chart: bar, from: d, x: E, y: region}"),
    "y2": tile("{chart: range, from: d, x: region, y: avg(income), y2: E}"),
    "value": tile("{chart: heatmap, from: d, x: region, y: birth, value: E}"),
    "pie": tile("{chart: pie, from: d, x: region, value: E}"),
    "size": tile("{chart: scatter, from: d, x: avg(income), y: avg(height), series: region, size: E}"),
    "column": tile("{table: d, columns: [region, E]}"),
    "full column": tile("{table: d, columns: [region, {column: E}]}"),
    "pivot": tile("{table: d, pivot: {rows: [region], values: [E]}}"),
    "map": tile("{map: choropleth, from: d, geometry: a.geojson, join: {region: code}, value: E}"),
    "text": tile("{text: E}", text),
    "title": tile("{kpi: count(*), from: d, title: E}", text),
    "subtitle": tile("{kpi: count(*), from: d, subtitle: E}", text),
    "alt": tile("{kpi: count(*), from: d, alt: E}", text),
    "in a language": tile("{text: {en: E, fr: E}}", text),
    "title_if": tile(CHART + "title_if: [{when: delta(count(*)) < 0, title: E}]}", text),
    "line": tile(CHART + "lines: [{y: 3, label: E}]}", text),
    "band": tile(CHART + "bands: [{y: [3, 4], label: E}]}", text),
    "note": tile(CHART + "notes: [{x: 2024-01-01, y: 3, text: E}]}", text),
    "column's title": tile("{table: d, columns: [region, {column: count(*), title: E}]}", text),
}
"""One tile a line."""


def space(page: str) -> dict[str, str]:
    return {
        "people.csv": ",".join(TYPES) + "\n",
        "projects/p/datasets/people.yaml": PEOPLE,
        "projects/p/dataflows/steps.yaml": STEPS,
        "projects/p/dashboards/a.geojson": '{"type": "FeatureCollection", "features": []}',
        PAGE: f"kind: Dashboard\nname: page\n{page}\n",
    }


def told(folder: Path, page: str) -> list[str]:
    """What is wrong with a page: line, place, code and words."""
    found = messages(folder, space(page))
    assert all(PAGE in line for line in found), found
    return [line.split(f"{PAGE}:", 1)[1] for line in found]


def lines(folder: Path, head: str, written: Iterable[str]) -> list[list[str]]:
    """The codes of the mistakes in each of these lines of a page."""
    body = list(written)
    start = len(head.splitlines()) + 3
    codes: dict[int, list[str]] = {}
    for line in told(folder, head + "\n" + "\n".join(body)):
        number, code = re.match(r"(\d+):\d+: \w+\[([\w-]+)\]", line).groups()  # type: ignore[union-attr]
        codes.setdefault(int(number), []).append(code)
    assert all(start <= number < start + len(body) for number in codes), codes
    return [codes.get(start + i, []) for i in range(len(body))]


HEAD = "title: T\ndatasets: {d: people}"
ROWS = f"{HEAD}\nrows:"
WINDOWS = ("select", " over ")
REFUSALS = {"not-disclosable", "bad-expression", "no-aggregate", "compare"}
"""Some of it is nothing that a page can say at all."""


def in_texts(expressions: Iterable[str]) -> list[str]:
    """Those that can stand in a text, which names its dataset in columns."""
    return [e for e in expressions if not any(word in e for word in WINDOWS)]
