"""Of all functions that DuckDB has, those outside the closed set are refused anywhere in an expression."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.pages.disclosable import check_aggregate, check_expression
from engine.core.pages.disclosable_conditions import NotDisclosable, Units, check_condition
from engine.core.pages.expressions import NotAnExpression, parse

COLUMNS = Units(
    {"pid": "string", "fullname": "string", "region": "string", "income": "integer", "cost": "float",
     "birth": "date", "insured": "boolean"},
    "pid", frozenset({"pid", "fullname"}),
)  # fmt: skip
AGGREGATES = {"count", "count_if", "countif", "sum", "avg", "mean", "median", "quantile_cont"}
OUTSIDE = {"round", "abs", "nullif", "coalesce", "ifnull", "@", "+", "-", "*", "/"}
OF_ROWS = {"*", "/", "-"}
IN_CONDITIONS = {
    "year", "quarter", "month", "week", "day", "dayofmonth", "dayofweek", "weekday", "hour", "date_part",
    "datepart", "date_trunc", "datetrunc", "lower", "lcase", "upper", "ucase", "strip_accents", "left",
    "starts_with", "prefix", "^@", "contains", "suffix", "ends_with", "like", "ilike", "~~", "!~~", "~~*",
    "!~~*", "date", "not_like_escape", "like_escape",
}  # fmt: skip


@functools.cache
def functions() -> tuple[str, ...]:
    """Every function of DuckDB's, operators too."""
    rows = duckdb.execute("select distinct function_name from duckdb_functions() order by 1").fetchall()
    return tuple(name for (name,) in rows)


def call(name: str, *arguments: str) -> str:
    """A function of these arguments, or an operator between them."""
    if re.fullmatch(r"\w+", name):
        return f"{name}({', '.join(arguments)})"
    if len(arguments) == 1 and name != "+":
        return f"{name} {arguments[0]}"
    return f" {name} ".join(
        arguments if len(arguments) > 1 else (*arguments, "cost")
    )  # a plus with nothing before it is no function


def passes(check: Callable[[], None]) -> bool:
    """Whether it is not refused."""
    try:
        check()
    except (NotDisclosable, NotAnExpression):
        return False
    return True


ARGUMENTS = st.lists(
    st.sampled_from(("income", "cost", "region", "birth", "insured", "pid", "fullname", "0.5", "'R1'", "*")),
    min_size=1, max_size=3,
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_no_other_function_of_duckdb_is_let_through(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(functions()))
    called = call(name, *data.draw(ARGUMENTS))
    if passes(lambda: check_aggregate(parse(called), COLUMNS)):
        assert name in AGGREGATES, called
    if passes(lambda: check_condition(parse(called), COLUMNS)):
        assert name in IN_CONDITIONS, called
    inside = data.draw(st.sampled_from(("sum({})", "avg({})", "median({})", "quantile_cont({}, 0.5)")))
    if passes(lambda: check_expression(parse(inside.format(called)), COLUMNS)):
        assert name in OF_ROWS, inside.format(called)
    of = data.draw(st.sampled_from(("count({})", "count(distinct {})", "sum({}) filter (where insured)")))
    if passes(lambda: check_expression(parse(of.format(called)), COLUMNS)):
        assert name in OF_ROWS, of.format(called)
    chosen = data.draw(st.sampled_from((
        "count(*) filter (where {} = 'R1')", "count_if({} > 3)", "count_if({} is null)", "count_if(not {})",
        "sum(income) filter (where insured and {} in (1, 2))", "count_if({})", "count_if('R1' = {})",
    )))  # fmt: skip
    if passes(lambda: check_expression(parse(chosen.format(called)), COLUMNS)):
        assert name in IN_CONDITIONS, chosen.format(called)


@settings(max_examples=700, deadline=None)
@given(st.data())
def test_no_other_function_makes_something_of_an_aggregate(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(functions()))
    first = data.draw(st.sampled_from(("count(*)", "sum(income)", "count(*) filter (where insured)")))
    rest = data.draw(st.lists(st.sampled_from(("1", "0.5", "'x'", "count(*)")), max_size=2))
    called = call(name, first, *rest)
    around = data.draw(st.sampled_from(("{}", "round({}, 1)", "({}) / count(*)", "-({})", "coalesce({}, 0)")))
    if passes(lambda: check_expression(parse(around.format(called)), COLUMNS)):
        assert name in OUTSIDE, around.format(called)


@pytest.mark.parametrize("name", ["pid", "fullname"])
@pytest.mark.parametrize("form", ["{} = 'x'", "{} is null", "lower({}) = 'x'", "left({}, 1) in ('x')"])
def test_nothing_is_chosen_by_a_name(form: str, name: str) -> None:
    text = form.format(name)
    assert not passes(lambda: check_expression(parse(f"count_if({text})"), COLUMNS))
    assert not passes(lambda: check_condition(parse(text), COLUMNS))
