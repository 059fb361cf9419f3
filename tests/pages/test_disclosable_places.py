"""A closed set is said of single people wherever an expression may stand: a page with each, in each place."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.pages.closed_set import (
    ALLOWED,
    DATA,
    HEAD,
    PEOPLE,
    REFUSED,
    STEPS,
    chart,
    errors,
    here,
    lines,
    named,
    tile,
)
from tests.pages.harness import messages


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A new folder each time."""
    return functools.partial(tmp_path_factory.mktemp, "space")


MARKED = {"x": "region", "y": "count(*)"}
HERE: Mapping[str, Callable[[str], str]] = {
    "kpi": lambda e: tile(kpi=e),
    "compare": lambda e: tile(kpi="count(*)", compare={"to": e}),
    "spark": lambda e: tile(kpi="count(*)", spark={"from": "people", "x": "birth", "y": e}),
    "x": lambda e: chart("bar", x=e, y="region"),
    "y": lambda e: chart("column", x="region", y=e),
    "several y": lambda e: chart("line", x="birth", y=["count(*)", e]),
    "y2": lambda e: chart("range", x="region", y="count(*)", y2=e),
    "heat": lambda e: chart("heatmap", x="region", y="disease", value=e),
    "part": lambda e: chart("pie", x="region", value=e),
    "area": lambda e: chart("treemap", x="region", value=e),
    "size": lambda e: chart("scatter", x="count(*)", y="sum(income)", size=e, series="region"),
    "column": lambda e: json.dumps([{"table": "people", "columns": ["region", e]}]),
    "full column": lambda e: json.dumps([{"table": "people", "columns": ["region", {"column": e}]}]),
    "pivot": lambda e: json.dumps([{"table": "people", "pivot": {"rows": ["region"], "values": [e]}}]),
}  # fmt: skip
"""Places of a tile in which an aggregate stands as it is."""
SAID: Mapping[str, Callable[[str], str]] = {
    "text": lambda e: json.dumps([{"text": f"So many: {{{{ {e} }}}}."}]),
    "title": lambda e: tile(kpi="count(*)", title=f"{{{{ {e} }}}}"),
    "title in languages": lambda e: tile(kpi="count(*)", title={"en": "T", "fr": f"{{{{ {e} }}}}"}),
    "subtitle": lambda e: tile(kpi="count(*)", subtitle=f"{{{{ {e} | dec1 }}}}"),
    "alt": lambda e: chart("bar", x="count(*)", y="region", alt=f"{{{{ {e} }}}}"),
    "title_if": lambda e: chart(
        "column", **MARKED, title_if=[{"when": "max(count(*)) > 3", "title": f"{{{{ {e} }}}}"}]
    ),
    "line": lambda e: chart("column", **MARKED, lines=[{"y": 3, "label": f"{{{{ {e} }}}}"}]),
    "band": lambda e: chart("column", **MARKED, bands=[{"y": [1, 3], "label": f"{{{{ {e} }}}}"}]),
    "note": lambda e: chart("column", **MARKED, notes=[{"x": "R1", "y": 3, "text": f"{{{{ {e} }}}}"}]),
    "head": lambda e: json.dumps(
        [{"table": "people", "columns": ["region", {"column": "count(*)", "title": f"{{{{ {e} }}}}"}]}]
    ),
}  # fmt: skip
"""Places of a tile in which it stands between braces, and names its dataset."""


@pytest.mark.parametrize("place", [*HERE, *SAID])
def test_only_the_closed_set_is_allowed_wherever_a_tile_asks(folder: Callable[[], Path], place: str) -> None:
    made, form = (HERE[place], here) if place in HERE else (SAID[place], named)
    found = lines(folder(), "rows", (made(form(e)) for e in REFUSED))
    assert [e for e, said in zip(REFUSED, found, strict=True) if not errors(said)] == []
    found = lines(folder(), "rows", (made(form(e)) for e in ALLOWED))
    assert [(e, said) for e, said in zip(ALLOWED, found, strict=True) if errors(said)] == []


def test_what_is_refused_comes_with_the_form_to_use(folder: Callable[[], Path]) -> None:
    found = lines(folder(), "rows", (tile(kpi=here(e)) for e in REFUSED))
    for (expression, advice), said in zip(REFUSED.items(), found, strict=True):
        assert len(errors(said)) == 1, (expression, said)
        if advice:
            assert "error[not-disclosable]" in said[0]
            assert advice in said[0], expression
    known = sum("error[not-disclosable]" in line for said in found for line in said)
    assert known > 90, "the rest is no aggregate, or no SQL"


def test_alerts_and_tests_ask_nothing_that_a_page_may_not_show(folder: Callable[[], Path]) -> None:
    end = f"rows: [{tile(kpi='count(*)')}]\n"
    made: dict[str, Callable[[int, str], str]] = {
        "alerts": lambda k, e: json.dumps({"name": f"a{k}", "when": f"{e} > 3"}),
        "tests": lambda k, e: json.dumps({"expect": f"{e} > 3"}),
    }
    for key, entry in made.items():
        # An alert multiplies what a page shows, and knows no other functions.
        wrong = [e for e in REFUSED if key == "tests" or e != "count({s}) * count({s})"]
        found = lines(folder(), key, (entry(k, named(e)) for k, e in enumerate(wrong)), end=end)
        assert [e for e, said in zip(wrong, found, strict=True) if not errors(said)] == [], key
        right = [e for e in ALLOWED if key == "tests" or not re.search(r"round|abs|coalesce|nullif", e)]
        found = lines(folder(), key, (entry(k, named(e)) for k, e in enumerate(right)), end=end)
        assert [(e, said) for e, said in zip(right, found, strict=True) if errors(said)] == [], key


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


def test_a_page_test_is_made_of_comparisons(folder: Callable[[], Path]) -> None:
    end = f"rows: [{tile(kpi='count(*)')}]\n"
    found = lines(folder(), "tests", (json.dumps({"expect": e}) for e in TESTS_REFUSED), end=end)
    assert [e for e, said in zip(TESTS_REFUSED, found, strict=True) if not errors(said)] == []
    found = lines(folder(), "tests", (json.dumps({"expect": e}) for e in TESTS_ALLOWED), end=end)
    assert [(e, said) for e, said in zip(TESTS_ALLOWED, found, strict=True) if said] == []


def test_without_a_floor_everything_is_as_it_was(folder: Callable[[], Path]) -> None:
    free = PEOPLE.replace("protect: {unit: pid, min_cell: 5}\n", "")
    page = HEAD + "as_of: people.birth\nrows:\n" + "".join(
        f"  - {tile(kpi=e)}\n" for e in ("max(income)", "cast(max(income) as bigint)", "list(income)")
    ) + f"  - {chart('box', x='region', y='income')}\n  - [{{table: people}}]\n"  # fmt: skip
    files = {
        "people.csv": DATA, "projects/p/datasets/people.yaml": free, "projects/p/dataflows/steps.yaml": STEPS,
        "projects/p/dashboards/page.yaml": f"kind: Dashboard\nname: page\n{page}",
    }  # fmt: skip
    assert messages(folder(), files) == []
