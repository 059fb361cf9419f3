"""Single people are not listed, named, chosen or dated by what only they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tests.pages.closed_set import ALLOWED, HEAD, REFUSED, chart, errors, here, lines, tile, told

LISTED = (
    '[{"table": "people"}]', '[{"table": "people", "columns": ["region", "income"]}]',
    '[{"table": "nameless"}]', '[{"table": "people", "columns": ["income"], "sort": "-income"}]',
    chart("scatter", x="income", y="cost"), chart("scatter", x="income", y="cost", series="region"),
    chart("box", x="region", y="income"), tile(vega_lite={"mark": "point"}, title="T"),
    tile(map="points", lat="cost", lon="income"), tile(map="points", lat="cost", lon="income", size="fee"),
    chart("histogram", x="pid"), chart("histogram", x="fullname"), chart("bar", x="count(*)", y="fullname"),
    chart("column", x="pid", y="count(*)"), chart("column", x="region", y="count(*)", series="fullname"),
    chart("column", x="region", y="count(*)", facet={"by": "pid"}),
    chart("heatmap", x="region", y="fullname"),
    chart("pie", x="fullname", value="count(*)"), chart("bar", x="income", y="fullname"),
    chart("column", x="region", y="fullname"), chart("column", x="region", y="disease"),
    chart("column", x="region", y="count(*)", series="sum(income)"),
    chart("bar", x="count(*)", y="sum(income)"),
    chart("column", x="region", y="count(*)", facet={"by": "count(*)"}),
    '[{"table": "people", "columns": ["fullname", "count(*)"]}]',
    '[{"table": "people", "columns": ["pid", "sum(income)"]}]',
    '[{"table": "people", "pivot": {"rows": ["pid"], "values": ["count(*)"]}}]',
    '[{"table": "people", "pivot": {"rows": ["region"], "columns": ["fullname"], "values": ["count(*)"]}}]',
    '[{"table": "people", "pivot": {"rows": ["region"], "values": ["fullname"]}}]',
    '[{"table": "people", "pivot": {"rows": ["region"], "values": ["disease"]}}]',
    '[{"table": "people", "pivot": {"rows": ["count(*)"], "values": ["count(*)"]}}]',
    tile(kpi="count(*)", spark={"from": "people", "x": "pid", "y": "count(*)"}),
    tile(kpi="count(*)", spark={"from": "people", "x": "birth", "y": "fullname"}),
    json.dumps([{"kpi": "count(distinct income)", "from": "nameless"}]),
    json.dumps([{"kpi": "median(income)", "from": "nameless"}]),
    json.dumps([{"kpi": "max(income)", "from": "nameless"}]),
    json.dumps([{"chart": "scatter", "from": "nameless", "x": "income", "y": "income"}]),
    json.dumps([{"kpi": "(select max(income) from self)", "from": "cells"}]),
    json.dumps([{"kpi": "sum(people) + (select 3)", "from": "cells"}]),
    json.dumps([{"kpi": "sum(sum(people)) over ()", "from": "cells"}]),
)  # fmt: skip
SHOWN = (
    chart("histogram", x="income"), chart("bar", x="income", y="region"),
    chart("column", x="region", y="cost"),
    chart("line", x="birth", y="count(*)", series="region", facet={"by": "disease"}),
    chart("scatter", x="avg(income)", y="avg(cost)", series="region"),
    chart("heatmap", x="region", y="disease"),
    '[{"table": "people", "columns": ["region", "disease", "avg(income)"], "totals": ["column"]}]',
    '[{"table": "people", "pivot": {"rows": ["region"], "columns": ["insured"], "values": ["income"]}}]',
    json.dumps([{"kpi": "count(*)", "from": "nameless"}]),
    json.dumps([{"kpi": "avg(income)", "from": "nameless"}]),
    '[{"table": "cells"}]', json.dumps([{"kpi": "cast(sum(people) as integer)", "from": "cells"}]),
    json.dumps([{"chart": "bar", "from": "cells", "x": "people", "y": "region"}]),
    tile(kpi="count(*)", spark={"from": "people", "x": "birth", "y": "income"}),
)  # fmt: skip


def test_single_rows_and_names_are_shown_nowhere(tmp_path: Path) -> None:
    found = lines(tmp_path / "refused", "rows", LISTED)
    assert [row for row, said in zip(LISTED, found, strict=True) if not errors(said)] == []
    found = lines(tmp_path / "allowed", "rows", SHOWN)
    assert [(row, said) for row, said in zip(SHOWN, found, strict=True) if errors(said)] == []


WHERE_REFUSED = (
    "pid = 'p1'", "PID = 'p1'", "self.pid = 'p1'", '\\"pid\\" = \'p1\'', "fullname like 'A%'",
    "income > (select avg(income) from self)", "row_number() over () < 9", "income % 2 = 0",
    "rowid = 3", "hash(region) > 3", "region = 'R1' -- and", "region = 'R1' /* x */", "income > random()",
    "region || disease = 'R1HIV'", "region = 'R1' or pid = 'p1'",
    "exists (select 1 from self where pid = 'p1')",
    "region = $$R1$$", "contains(pid, 'p')", "region in (select region from self)",
    "region = {{ n }} or pid > ''",
    "income + 1 > 3", "length(region) = 2", "insured and pid is not null", "region = 1",
    "region = E'R1'", "cast(income as integer) = 3",
)  # fmt: skip
WHERE_ALLOWED = (
    "region = 'R1'", "income > {{ n }}", "income between 3 and 9 and insured", "birth >= date '1990-01-01'",
    "region in ('R1', 'it''s')", "not (region is null or disease = 'HIV')", "year(birth) = {{ n }}",
    "region ilike 'r%'", "disease <> '{{ w }}'", "disease = {{ w }}", "true",
)  # fmt: skip


def test_a_page_chooses_people_by_what_groups_share(tmp_path: Path) -> None:
    def pages(conditions: Iterable[str]) -> dict[str, str]:
        return {
            f"w{k}": f'title: T\neach: {{n: [3, -4], w: ["HIV", "a\'b"]}}\n'
            f'datasets:\n  people: {{dataset: people, where: "{c}"}}\nrows: [{tile(kpi="count(*)")}]\n'
            for k, c in enumerate(conditions)
        }  # fmt: skip

    found = told(tmp_path / "refused", pages(WHERE_REFUSED))
    assert [c for c, said in zip(WHERE_REFUSED, found.values(), strict=True) if not errors(said)] == []
    found = told(tmp_path / "allowed", pages(WHERE_ALLOWED))
    assert [(c, said) for c, said in zip(WHERE_ALLOWED, found.values(), strict=True) if errors(said)] == []


HEADS_REFUSED = (
    "as_of: people.birth\n", "as_of: nameless.birth\n", "summary: '{{ max(people.income) }}'\n",
    "description: '{{ max(people.income) }}'\n", "summary: {en: T, fr: '{{ mode(people.income) }}'}\n",
    *(
        f"filters: [{{name: f, from: {source}, column: {column}, type: {kind}}}]\n"
        for source, column, kind in (
            ("people", "pid", "select"), ("people", "pid", "search"), ("people", "fullname", "search"),
            ("people", "fullname", "multiselect"),
        )
    ),
)  # fmt: skip
HEADS_ALLOWED = (
    "summary: '{{ count(people) | integer }}'\n",
    *(
        f"filters: [{{name: f, from: people, column: {column}, type: {kind}, applies_to: [people]}}]\n"
        for column, kind in (
            ("region", "search"), ("disease", "multiselect"), ("income", "slider"), ("birth", "date_range"),
            ("insured", "toggle"),
        )
    ),
)  # fmt: skip


def test_a_page_is_not_dated_nor_filtered_by_one_person(tmp_path: Path) -> None:
    def pages(heads: Iterable[str]) -> dict[str, str]:
        return {f"h{k}": f"{HEAD}{head}rows: [{tile(kpi='count(*)')}]\n" for k, head in enumerate(heads)}

    found = told(tmp_path / "refused", pages(HEADS_REFUSED))
    assert [h for h, said in zip(HEADS_REFUSED, found.values(), strict=True) if not errors(said)] == []
    found = told(tmp_path / "allowed", pages(HEADS_ALLOWED))
    assert [(h, said) for h, said in zip(HEADS_ALLOWED, found.values(), strict=True) if errors(said)] == []


def test_what_is_refused_comes_with_the_form_to_use(tmp_path: Path) -> None:
    found = lines(tmp_path / "refused", "rows", (tile(kpi=here(e)) for e in REFUSED))
    for (expression, advice), said in zip(REFUSED.items(), found, strict=True):
        assert len(errors(said)) == 1, (expression, said)
        if advice:
            assert "error[not-disclosable]" in said[0]
            assert advice in said[0], expression
    known = sum("error[not-disclosable]" in line for said in found for line in said)
    assert known > 90, "the rest is no aggregate, or no SQL"
    found = lines(tmp_path / "allowed", "rows", (tile(kpi=here(e)) for e in ALLOWED))
    assert [(e, said) for e, said in zip(ALLOWED, found, strict=True) if errors(said)] == []


TESTS_REFUSED = (
    "exists (select 1 from people where pid = 'p1')", "(select count(*) from people where pid = 'p1') = 1",
    "(select income from people limit 1) > 3", "count(people) > 3 and (select max(income) from people) > 3",
    "case when count(people) > 3 then true end", "cast(count(people) as integer) < 3",
    "count(people) in (select income from people)", "coalesce(max(people.income), 0) > 3",
    "sum(people.income) > max(people.income)", "count(people) > random()",
    "count(people.pid) filter (where people.pid = 'p1') = 1", "bool_and(people.income > 3)",
    "not max(people.income) < 3", "max(people.income) between 1 and 3", "max(people.income) is null",
    "list(people.pid) = ['p1']", "sum(nameless.income > 3) = 1", "max(nameless.income) > 3",
    "count(cells) > 0 and max(people.income) > 3", "(select max(income) from cells) > 3",
)  # fmt: skip
TESTS_ALLOWED = (
    "count(people) > 0", "count(people) > 0 and not sum(people.income) < 3", "count(people) between 1 and 9",
    "avg(people.income) is not null", "count(people) = count(distinct people.pid)", "count(cells) > 0",
    "count(people) > 0 or sum(cells.people) > 3", "count(nameless) > 3", "max(cells.region) = 'R1'",
    "count_if(people.insured) / count(people) <= 1", "count(people) in (1, 2, 3)",
)  # fmt: skip


def test_a_page_test_is_made_of_comparisons(tmp_path: Path) -> None:
    end = f"rows: [{tile(kpi='count(*)')}]\n"
    found = lines(tmp_path / "refused", "tests", (json.dumps({"expect": e}) for e in TESTS_REFUSED), end=end)
    assert [e for e, said in zip(TESTS_REFUSED, found, strict=True) if not errors(said)] == []
    found = lines(tmp_path / "allowed", "tests", (json.dumps({"expect": e}) for e in TESTS_ALLOWED), end=end)
    assert [(e, said) for e, said in zip(TESTS_ALLOWED, found, strict=True) if said] == []
