"""The same expressions wherever else one may stand: tables, charts, texts, titles, alerts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attacks.attempts import TOLD, Attempt, Outcome
from tests.attacks.spaces import COUNTS, PEOPLE, csv_of, dataset, page
from tests.attacks.together import outcomes_together

Secrets = tuple[float | str, ...]
FACTOR = 770011
"""Small counts are shown multiplied by this, so that they can be looked for."""
SMALL = tuple(float(n * FACTOR) for n in COUNTS["HIV"].values() if n)
N = "count(*) filter (where disease = 'HIV')"
GROUPED = (
    f"{FACTOR} * cast({N} as integer)",
    f"{FACTOR} * greatest({N}, 0)",
    f"floor({FACTOR} * {N})",
    f"case when true then {FACTOR} * {N} end",
    f"{FACTOR} * regr_count(income, income) filter (where disease = 'HIV')",
    f"{FACTOR} * sum(strpos(disease, 'HIV'))",
    f"{FACTOR} * len(list(sex) filter (where disease = 'HIV'))",
    f"{FACTOR} * sum(case when disease = 'HIV' then 1 else 0 end)",
    f"{FACTOR} * ({N}) // 1",
    f"{FACTOR} * count(*) - {FACTOR} * count(*) filter (where disease <> 'HIV')",
    f"{FACTOR} * count_if(disease = 'HIV')",
    f"{FACTOR} * count(distinct pid) filter (where disease = 'HIV')",
    "cast(max(income) as bigint)",
    "greatest(max(income), 0)",
    "quantile_disc(income, 1.0)",
    "list_max(list(income))",
    "arg_max(income, birth)",
    "bit_or(income) + 0 * count(*)",
)
WORDED = (
    f"cast({FACTOR} * ({N}) as varchar)",
    f"'n' || {FACTOR} * ({N})",
    "arg_max(fullname, income)",
    "min(fullname)",
    "string_agg(fullname, ', ')",
    "list(fullname)::varchar",
    "first(pid)",
    "cast(max(birth) as varchar)",
    "mode(fullname)",
    "histogram(income)::varchar",
    "any_value(people)::varchar",
    "to_json(list(income))::varchar",
)
THREE = "people.disease = 'HIV' and people.region = 'R1'"
M = f"count(people) filter (where {THREE})"
SAID = (
    f"{FACTOR} * {M}",
    f"{FACTOR} * cast({M} as integer)",
    f"greatest({FACTOR} * {M}, 0)",
    f"floor({FACTOR} * {M})",
    f"case when true then {FACTOR} * {M} end",
    f"cast({FACTOR} * {M} as varchar)",
    f"{FACTOR} * regr_count(people.income, people.income) filter (where {THREE})",
    f"{FACTOR} * sum(({THREE})::int)",
    f"{FACTOR} * sum(strpos(people.disease || people.region, 'HIVR1'))",
    "max(people.income)",
    "cast(max(people.income) as bigint)",
    "quantile_disc(people.income, 1.0)",
    "arg_max(people.fullname, people.income)",
    "string_agg(people.fullname, ', ')",
    "list(people.fullname)",
    "min(people.birth)",
    "mode(people.fullname) filter (where people.birth < date '1932-01-01')",
    "sum(people.income) filter (where people.birth < date '1932-01-01')",
    "first(people.fullname order by people.income desc)",
    "(select max(income) from self)",
    "list_max(list(people.income))",
    "any_value(people.income) filter (where people.income > 900000)",
)
TILES = {
    "column": "{table: people, columns: [region, E], title: T}",
    "sorted": "{table: people, columns: [region, {column: E, bar: true}], sort: region, title: T}",
    "chart": "{chart: column, from: people, x: region, y: E, title: T, labels: direct}",
    "line": "{chart: line, from: people, x: visited, y: E, series: region, title: T}",
    "heat": "{chart: heatmap, from: people, x: region, y: sex, value: E, title: T}",
    "pie": "{chart: pie, from: people, x: region, value: E, title: T}",
    "tree": "{chart: treemap, from: people, x: region, value: E, title: T}",
    "pivot": "{table: people, title: T, pivot: {rows: [region], columns: [disease], values: [E]}}",
    "vega": "{vega_lite: {mark: point, encoding: {x: {field: region}, y: {field: E}}}, from: people, alt: T}",
}
TEXTS = {
    "text": ('{text: "Of them {{ E }}."}', ""),
    "heading": ('{text: "# {{ E | text }}"}', ""),
    "titled": ('{kpi: "count(*)", from: people, title: "So many: {{ E }}"}', ""),
    "subtitled": ('{kpi: "count(*)", from: people, title: T, subtitle: "{{ E }}"}', ""),
    "alt": ('{chart: bar, from: people, y: disease, x: "count(*)", title: T, alt: "Bars {{ E }}"}', ""),
    "summary": ("{text: Nothing.}", 'summary: "In short {{ E }}"\n'),
}


TITLING = (
    "sum(strpos(disease, 'HIV'))",
    "max(income)",
    "quantile_disc(income, 1.0)",
    "stddev(income)",
    "bit_or(income)",
)
CONDITIONS = (
    "min({}) = 2",
    "min({}) < 5",
    "last({}) > 3",
    "delta({}) > 0",
    "max({}) > 900000",
    "first({}) < 900000",
)
WHENS = (
    "max(people.income) > 900000",
    "quantile_disc(people.income, 1.0) > 900000",
    "bit_or(people.income) > 900000",
    "arg_max(people.income, people.birth) > 0",
    "sum(greatest(people.income - 900000, 0)) > 0",
    "sum(strpos(people.disease || people.region, 'HIVR1')) = 3",
    "min(people.income) < 900000",
    "sum(strpos(people.disease || people.region, 'HIVR1')) < 5",
    "first(people.income) > 0",
    "any_value(people.income) > 0",
    "mode(people.income) > 0",
    "approx_quantile(people.income, 1.0) > 900000",
    "stddev(people.income) > 1",
    "kurtosis(people.income) > 1",
    "sum(people.income // 900000) = 1",
    "count(nullif(people.disease || people.region, 'HIVR1')) = 55",
    "sum(strpos(people.pid, 'K')) > 1",
    "quantile_cont(people.income, 1.0) > 900000",
    "bit_xor(people.income) > 0",
)


def files(name: str, tile: str, more: str = "") -> dict[str, str]:
    """A page over people of its own: whatever one page shows would be withheld from the others."""
    own = f"{name}_people"
    people = [replace(person, pid=f"{person.pid}-{name}") for person in PEOPLE]
    return {
        f"projects/p/datasets/{own}.yaml": dataset(own, f"{own}.csv"),
        f"{own}.csv": csv_of(people),
        **page(name, [tile], f"{{people: {own}}}", more),
    }


def one(place: str, i: int, text: str, tile: str, secrets: Secrets = (), more: str = "") -> Attempt:
    """An attempt with one tile on a page of its own."""
    name = f"{place}-{i:02d}"
    return Attempt(name, files(name, tile, more), name, secrets)


def of_tiles() -> list[Attempt]:
    """Expressions as what a tile measures: all in a table's column, in turn some at every other place."""
    made = []
    for turn, (place, tile) in enumerate(TILES.items()):
        for i, text in enumerate(WORDED + GROUPED if place == "column" else GROUPED):
            secrets = SMALL if "HIV" in text and place not in ("line", "heat") else ()
            if place == "column" or i % 4 == turn % 4:
                made.append(one(place, i, text, tile.replace("E", json.dumps(text)), secrets))
    return made


def of_texts() -> list[Attempt]:
    """Expressions within a text: all in a tile, in turn some at every other place."""
    made = []
    for turn, (place, (tile, more)) in enumerate(TEXTS.items()):
        for i, text in enumerate(SAID):
            if place == "text" or i % 4 == turn % 4:
                made.append(one(place, i, text, tile.replace("E", text), SMALL[:1], more.replace("E", text)))
    return made


def compared() -> list[Attempt]:
    """Figures that a figure is compared with."""
    few = [text.replace("= 'HIV'", "= 'HIV' and region = 'R1'") for text in GROUPED[:5]]
    tile = "{kpi: count(*), from: people, title: T, compare: {to: E}}"
    texts = [*few, f"{FACTOR} * sum(strpos(disease || region, 'HIVR1'))", *GROUPED[12:]]
    return [one("compare", i, t, tile.replace("E", json.dumps(t)), SMALL[:1]) for i, t in enumerate(texts)]


def titled() -> list[Attempt]:
    """Titles that stand only where a figure of few people is what the author thinks it is."""
    made = []
    for i, measure in enumerate(TITLING):
        for k, condition in enumerate(CONDITIONS):
            when = condition.format(measure)
            titles = [f"{{when: {json.dumps(w)}, title: Itissotold}}" for w in (when, f"not ({when})")]
            chart = f"chart: column, from: people, x: region, y: {json.dumps(measure)}, title: Usual"
            tile = f"{{{chart}, title_if: [{', '.join(titles)}]}}"
            made.append(one(f"headline{i}", k, when, tile, ("Itissotold",)))
    return made


def asked() -> list[Attempt]:
    """Alerts, each with its opposite."""
    made = []
    for i, when in enumerate(WHENS):
        for k, text in enumerate((when, f"not ({when})")):
            name = f"alert{k}-{i:02d}"
            more = f"alerts: [{{name: told, when: {json.dumps(text)}}}]\n"
            made.append(Attempt(name, files(name, "{text: Nothing.}", more), name, alert=True))
    return made


ATTEMPTS = [*of_tiles(), *of_texts(), *compared(), *titled(), *asked()]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of all of them."""
    return outcomes_together(tmp_path_factory.mktemp("places"), ATTEMPTS)


@pytest.mark.parametrize("name", [each.name for each in ATTEMPTS])
def test_no_place_of_a_page_tells_of_few_people(found: dict[str, Outcome], name: str) -> None:
    assert found[name].safe, str(found[name])


SEEN = ("column-13", "chart-00", "text-01", "compare-00", "alert0-02")
BARE = [each for each in ATTEMPTS if each.name in SEEN]


def test_without_protection_they_would_be_seen_to_tell(tmp_path: Path) -> None:
    """Else the ones above would prove nothing."""
    bare = []
    for each in BARE:
        own = f"{each.name}_people"
        document = {f"projects/p/datasets/{own}.yaml": dataset(own, f"{own}.csv", protect=None)}
        bare.append(replace(each, files={**each.files, **document}))
    assert {outcome.kind for outcome in outcomes_together(tmp_path, bare).values()} == {TOLD}
