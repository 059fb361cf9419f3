"""The first door: an expression on a page, wherever one may stand, tells of one person or of a few."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.attempts import TOLD, Attempt, Outcome, alone, outcomes, true_values
from tests.attacks.spaces import PEOPLE, RICHEST, dataset, page

pytestmark = pytest.mark.slow

RICH = PEOPLE[0].pid
THREE = "disease = 'HIV' and region = 'R1'"
HIV = f"count(*) filter (where {THREE})"
ONE = f"pid = '{RICH}'"
FEW = {
    "plain": HIV,
    "cast": f"cast({HIV} as integer)",
    "cast-to-text": f"cast({HIV} as varchar)",
    "shorthand-cast": f"({HIV})::bigint",
    "try-cast": f"try_cast({HIV} as double)",
    "greatest": f"greatest({HIV}, 0)",
    "least": f"least({HIV}, 1000)",
    "floor": f"floor({HIV})",
    "abs": f"abs({HIV})",
    "case": f"case when true then {HIV} end",
    "if": f"if(true, {HIV}, 0)",
    "coalesce": f"coalesce({HIV}, 0)",
    "regr-count": f"regr_count(income, income) filter (where {THREE})",
    "count-if": f"count_if({THREE})",
    "sum-of-case": f"sum(case when {THREE} then 1 else 0 end)",
    "sum-of-cast": f"sum(cast({THREE} as integer))",
    "share": f"{HIV} / count(*)",
    "share-of-a-cast": f"cast({HIV} as double) / count(*)",
    "mean-of-a-condition": f"avg(cast({THREE} as integer))",
    "rest": f"count(*) - count(*) filter (where not ({THREE}))",
    "rest-of-a-sum": f"sum(1) - sum(1) filter (where not ({THREE}))",
    "distinct": f"count(distinct pid) filter (where {THREE})",
    "distinct-in-a-case": f"count(distinct case when {THREE} then pid end)",
    "count-in-a-case": f"count(case when {THREE} then 1 end)",
    "length-of-list": f"len(list(pid) filter (where {THREE}))",
    "length-of-text": f"length(string_agg('x', '') filter (where {THREE}))",
    "approx-count": f"approx_count_distinct(pid) filter (where {THREE})",
    "below-the-floor": f"{HIV} < 5",
    "below-the-floor-in-words": f"case when {HIV} < 5 then 'few' else 'many' end",
    "power": f"power({HIV}, 2)",
    "remainder": f"{HIV} % 100",
    "letters": f"repeat('q', cast({HIV} as integer))",
    "seven-ands": f"{HIV} & 127",
    "logarithm": f"exp(ln({HIV}))",
    "format": f"format('{{}} people', {HIV})",
    "added-to-many": f"count(*) + {HIV}",
    "constant-in-a-sum": f"sum(cast({THREE} as integer) + 1) - count(*)",
    "condition-added-to-a-sum": f"sum(income + if({THREE}, 1, 0)) - sum(income)",
    "condition-times-a-sum": f"sum(income * if({THREE}, 0, 1))",
    "length-of-a-distinct-list": f"len(list_distinct(list(case when {THREE} then pid end)))",
    "nested": f"round(sqrt(pow(greatest({HIV}, 0), 2)))",
}
PEOPLE_ALONE = {
    "max": "max(income)",
    "cast-max": "cast(max(income) as bigint)",
    "quantile-at-the-end": "quantile_disc(income, 1.0)",
    "quantile-near-the-end": "quantile_cont(income, 0.999)",
    "approx-quantile": "approx_quantile(income, 1.0)",
    "mode": f"mode(fullname) filter (where {ONE})",
    "arg-max": "arg_max(fullname, income)",
    "max-by": "max_by(birth, income)",
    "min-by": "min_by(fullname, birth)",
    "string-agg": "string_agg(fullname, ', ')",
    "list": "list(income)",
    "first": "first(fullname order by income desc)",
    "last": "last(fullname)",
    "any-value": f"any_value(fullname) filter (where {ONE})",
    "histogram": "histogram(income)",
    "list-max": "list_max(list(income))",
    "sum-of-one": f"sum(case when {ONE} then income else 0 end)",
    "sum-of-a-product": f"sum(income * cast({ONE} as integer))",
    "sum-filtered": f"sum(income) filter (where {ONE})",
    "mean-filtered": f"avg(income) filter (where {ONE})",
    "count-plus-max": "count(*) + max(income)",
    "bit-xor": f"bit_xor(income) filter (where {ONE})",
    "product": f"product(income) filter (where {ONE})",
    "median-of-one": f"median(income) filter (where {ONE})",
    "subquery": "(select max(income) from self)",
    "subquery-of-the-table": "(select max(income) from people)",
    "subquery-of-a-name": "(select fullname from people order by income desc limit 1)",
    "sum-of-a-subquery": "sum((select max(income) from people))",
    "window": "max(max(income)) over ()",
    "window-of-sums": "sum(sum(income)) over ()",
    "lambda": "list_reduce(list(income), lambda a, b: greatest(a, b))",
    "old-lambda": "list_reduce(list(income), (a, b) -> greatest(a, b))",
    "map": "map(list(pid), list(income))",
    "struct": "{'most': max(income)}.most",
    "max-n": "max(income, 1)",
    "arg-max-n": "arg_max(fullname, income, 1)",
    "array-slice": "list(fullname order by income desc)[1]",
    "kurtosis": "kurtosis(income)",
    "skewness": "skewness(income)",
    "stddev": "stddev_pop(income)",
    "variance": "var_samp(income)",
    "entropy": "entropy(fullname)",
    "letters-of-names": "sum(ascii(fullname))",
    "hashes": f"sum(hash(fullname)) filter (where {ONE})",
    "covariance": f"covar_pop(income, cast({ONE} as integer))",
    "slope": f"regr_slope(income, cast({ONE} as integer))",
    "squares": "sum(income * income)",
    "high-powers": "sum(pow(income, 20))",
    "digits-by-person": "sum(income * row_number() over ())",
    "one-by-a-number-of-text": f"sum(cast(replace(pid, '{RICH}', '1') = '1' as integer) * income)",
    "first-letters": "string_agg(left(fullname, 20), '')",
    "reservoir": "reservoir_quantile(income, 1.0)",
    "bit-or": "bit_or(income)",
    "bitstring": "bitstring_agg(income)",
    "mad": "mad(income)",
    "summary": "approx_top_k(fullname, 58)",
    "json": "json_group_array(fullname)",
    "from-a-file": "(select max(income) from read_csv('specs/people.csv'))",
    "glob": "(select string_agg(file) from glob('*'))",
    "setting": "current_setting('access_mode')",
    "condition-in-a-sum": f"sum(if({ONE}, income, 0))",
    "step-by-rounding": "sum(cast(income / 1000000.0 as bigint) + 1)",
    "step-by-division": "sum(income // 900000)",
    "step-by-a-huge-number": "sum((income + 1e23) - 1e23 + 1)",
    "overflow": "sum(income * " + " * ".join(["1e50"] * 6) + " * 500)",
    "division-by-nothing": f"sum(1 / (income - {RICHEST}))",
    "failing-cast": "sum(cast(income * 2500 as integer))",
    "nullif": f"sum(income) - sum(nullif(income, {RICHEST}))",
}
Place = Callable[[str], tuple[list[str], str]]


def quoted(expression: str) -> str:
    """The expression as a text of YAML."""
    return '"' + expression.replace("\\", "\\\\").replace('"', '\\"') + '"'


def on_names(expression: str) -> str:
    """The same where datasets are named: `count(people)`, `max(people.income)`."""
    named = re.sub(r"\b(pid|fullname|region|disease|income|birth)\b", r"people.\1", expression)
    return named.replace("count(*)", "count(people)")


def tile(body: str) -> tuple[list[str], str]:
    """A page of one tile."""
    return [body], ""


PLACES: dict[str, Place] = {
    "kpi": lambda e: tile(f"{{kpi: {quoted(e)}, from: people, title: All, format: text}}"),
    "column": lambda e: tile(f"{{table: people, columns: [{quoted(e)}], title: All}}"),
    "chart": lambda e: tile(f"{{chart: bar, from: people, x: {quoted(e)}, y: sex, title: All}}"),
    "hole": lambda e: tile("{text: " + quoted("All: {{ " + on_names(e) + " }}.") + "}"),
    "compare": lambda e: tile(f"{{kpi: count(*), from: people, title: All, compare: {{to: {quoted(e)}}}}}"),
    "spark": lambda e: tile(
        f"{{kpi: count(*), from: people, title: All, spark: {{from: people, x: visited, y: {quoted(e)}}}}}"
    ),
    "pivot": lambda e: tile(
        f"{{table: people, pivot: {{rows: [sex], columns: [town], values: [{quoted(e)}]}}, title: All}}"
    ),
    "sort": lambda e: tile(
        f"{{chart: bar, from: people, x: count(*), y: region, sort: {quoted('-' + e)}, title: All}}"
    ),
}
SOME = ("cast", "greatest", "case", "share-of-a-cast", "length-of-list", "below-the-floor-in-words")
SOME_ALONE = ("cast-max", "quantile-at-the-end", "arg-max", "string-agg", "list", "sum-of-one", "subquery")
EXPRESSIONS = {**FEW, **PEOPLE_ALONE}


GROUPED = {"chart": "sex", "pivot": "sex, town"}


def secrets(expression: str, place: str) -> tuple[float | str, ...]:
    """What a place would tell of an expression: its values, of a comparison what they differ from all by."""
    if place in ("spark", "sort"):
        return ()
    values = true_values(expression, GROUPED.get(place))
    values = tuple(value for value in values if value != 0)
    if place != "compare":
        return values
    numbers = [value for value in values if isinstance(value, float) and value]
    return (*values, *(len(PEOPLE) - n for n in numbers), *((len(PEOPLE) - n) / n for n in numbers))


def attempt(name: str, place: str) -> Attempt:
    """An attempt with an expression at a place of a page of its own."""
    expression = EXPRESSIONS[name]
    made, more = PLACES[place](expression)
    key = f"{place}-{name}"
    return Attempt(key, page(key, made, more=more), key, secrets(expression, place))


def table() -> list[Attempt]:
    """Every expression as a KPI; some of each kind everywhere else."""
    found = [attempt(name, "kpi") for name in EXPRESSIONS]
    found += [attempt(name, place) for place in list(PLACES)[1:] for name in (*SOME, *SOME_ALONE)]
    return found


ATTEMPTS = table()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of all of them."""
    return outcomes(tmp_path_factory.mktemp("expressions"), ATTEMPTS)


@pytest.mark.parametrize("name", [each.name for each in ATTEMPTS])
def test_an_expression_of_a_page_tells_of_nobody(found: dict[str, Outcome], name: str) -> None:
    assert found[name].safe, str(found[name])


def conditions() -> list[Attempt]:
    """Conditions that say by their outcome what they are about."""
    found = []
    for name in (*SOME[:5], "plain", "count-if", "sum-of-case", "regr-count", "rest"):
        true = f"{EXPRESSIONS[name]} {'>= 0.05' if 'share' in name else '= 3'}"
        found.append(_titled(f"title-{name}", f"{true}"))
        found.append(_asked(f"alert-{name}", true))
        found.append(_tested(f"expect-{name}", true))
    for name in ("max", "cast-max", "quantile-at-the-end", "sum-of-one", "list-max", "subquery"):
        found.append(_titled(f"title-{name}", f"{EXPRESSIONS[name]} = {RICHEST}"))
        found.append(_asked(f"alert-{name}", f"{EXPRESSIONS[name]} = {RICHEST}"))
        found.append(_tested(f"expect-{name}", f"{EXPRESSIONS[name]} = {RICHEST}"))
    return found


CHART = "chart: bar, from: people, x: count(*), y: sex, title: All"


def _titled(name: str, condition: str) -> Attempt:
    body = f"{{{CHART}, title_if: [{{when: {quoted(condition)}, title: Itissotold}}]}}"
    return Attempt(name, page(name, [body]), name, ("Itissotold",))


def _asked(name: str, condition: str) -> Attempt:
    more = f"alerts: [{{name: told, when: {quoted(on_names(condition))}, message: Told}}]\n"
    return Attempt(name, page(name, [f"{{{CHART}}}"], more=more), name, alert=True)


def _tested(name: str, condition: str) -> Attempt:
    more = f"tests: [{{expect: {quoted(on_names(condition))}}}]\n"
    return Attempt(name, page(name, [f"{{{CHART}}}"], more=more), name, accepted_tells=True)


CONDITIONS = conditions()


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of the conditions."""
    return outcomes(tmp_path_factory.mktemp("conditions"), CONDITIONS)


@pytest.mark.parametrize("name", [each.name for each in CONDITIONS])
def test_a_condition_of_a_page_tells_of_nobody(answered: dict[str, Outcome], name: str) -> None:
    assert answered[name].safe, str(answered[name])


@pytest.mark.parametrize("name", ["cast-max", "cast"])
def test_an_attempt_would_be_seen_if_it_told(tmp_path: Path, name: str) -> None:
    """Without any floor the canaries are on the page: else nothing above would prove anything."""
    made = attempt(name, "kpi")
    open_to_all = {"projects/p/datasets/people.yaml": dataset(protect=None)}
    bare = Attempt(made.name, {**made.files, **open_to_all}, made.page, made.secrets)
    assert alone(tmp_path, bare).kind == TOLD
