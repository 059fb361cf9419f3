"""Verbs that change the values of one column: fill_null, replace, split, parse_date."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from engine.core.lowcode.columns import with_columns
from engine.core.lowcode.literals import constant, written_constant
from engine.core.lowcode.relation import Made, Relation, column, text
from engine.core.lowcode.scope import Scope
from engine.core.state import VersionColumn
from engine.model.base import Scalar
from engine.model.lowcode import ParseDate, Replace, Split


def fill_null(scope: Scope, relation: Relation, fillings: Mapping[str, Scalar]) -> Made | None:
    """Nulls of a column replaced by a constant of the column's own type."""
    computed: dict[str, exp.Expr] = {}
    for name, value in fillings.items():
        found = scope.column(name, relation, name)
        filling = None if found is None else typed(scope, value, found, name)
        if found is not None and filling is not None:
            computed[found.name] = exp.Coalesce(this=column(found.name), expressions=[filling])
    return None if scope.mistakes else with_columns(relation, computed)


def typed(scope: Scope, value: Scalar, found: VersionColumn, *at: str | int) -> exp.Expr | None:
    """The value as SQL of the column's type; None, and a mistake, when it is of another."""
    made = constant(value, found.type)
    if made is None:
        scope.mistake(
            f'Column "{found.name}" is {found.type}, and this value is not.',
            "Write a value of its type, or `cast` the column before.",
            *at,
            code="type",
        )
    return made


def replace_values(scope: Scope, relation: Relation, change: Replace) -> Made | None:
    """Whole values exchanged by a table, or every match of a regular expression (RE2) in a text."""
    found = scope.column(change.column, relation, "column")
    if found is None:
        return None
    if change.values is not None:
        made = _exchanged(scope, found, change.values)
    else:
        made = _rewritten(scope, found, change)
    return None if scope.mistakes else with_columns(relation, {found.name: made})


def _exchanged(scope: Scope, found: VersionColumn, values: Mapping[str, Scalar]) -> exp.Expr:
    whole = exp.Case(this=None, ifs=[], default=column(found.name))
    for old, new in values.items():
        before = written_constant(old, found.type)
        after = exp.null() if new is None else typed(scope, new, found, "values", old)
        if before is None:
            summary = f'Column "{found.name}" is {found.type}, and "{old}" is no value of it.'
            scope.mistake(summary, "", "values", old, code="type")
        elif after is not None:
            whole = whole.when(exp.EQ(this=column(found.name), expression=before), after)
    return whole


def _rewritten(scope: Scope, found: VersionColumn, change: Replace) -> exp.Expr:
    pattern, replacement = change.pattern or "", change.with_ or ""
    scope.has_type(found, "string", "column")
    complaint = scope.binder.complaint(f"SELECT regexp_replace('', {text(pattern).sql('duckdb')}, '')")
    if complaint:
        scope.mistake(f"This pattern is no regular expression: {complaint}", "", "pattern")
    elif (group := _missing_group(pattern, replacement)) is not None:
        scope.mistake(f"`with` names group \\{group}, which the pattern does not have.", "", "with")
    arguments = [column(found.name), text(pattern), text(replacement), text("g")]
    return exp.Anonymous(this="regexp_replace", expressions=arguments)


def _missing_group(pattern: str, replacement: str) -> int | None:
    groups = len(re.findall(r"(?<!\\)\((?!\?(?!P<|<))", re.sub(r"\[[^\]]*\]", "", pattern)))
    named = (int(n) for n in re.findall(r"\\([0-9])", replacement))
    return next((n for n in named if n > groups), None)


def split(scope: Scope, relation: Relation, cut: Split) -> Made | None:
    """A text cut at every `by`: the parts in new columns `into`, or a list.

    Parts beyond the last column are left out; a column beyond the last part is null. The column itself
    stays, unless it is named again or the list takes its place.
    """
    found = scope.column(cut.column, relation, "column")
    if found is None or not scope.has_type(found, "string", "column"):
        return None
    parts = exp.Anonymous(this="str_split", expressions=[column(found.name), text(cut.by)])
    if cut.into is None:
        name = new_name(scope, relation, found, cut.as_)
        return None if scope.mistakes else with_columns(relation, {name: parts})
    if cut.as_ is not None:
        scope.mistake("Write `into` for columns or `as` for a list, not both.", "", "as")
    others = [name for name in relation.names if name != found.name]
    for position, name in enumerate(cut.into):
        scope.is_free(name, [*others, *cut.into[:position]], "into", position)
    into = {name: _part(parts, number) for number, name in enumerate(cut.into, 1)}
    return None if scope.mistakes else with_columns(relation, into)


def _part(parts: exp.Expr, number: int) -> exp.Expr:
    return exp.Anonymous(this="list_extract", expressions=[parts.copy(), exp.Literal.number(number)])


def new_name(scope: Scope, relation: Relation, found: VersionColumn, wanted: str | None) -> str:
    """The name `as` gives to what is made of a column; the column's own when left out."""
    if wanted is None:
        return found.name
    scope.is_free(wanted, [name for name in relation.names if name != found.name], "as")
    return wanted


def parse_date(scope: Scope, relation: Relation, reading: ParseDate) -> Made | None:
    """A text read by a strptime format: as a date, or as a timestamp when the format has a time of day.

    Text that the format does not fit stops the build, or is null when lenient. Null stays null.
    """
    found = scope.column(reading.column, relation, "column")
    if found is None or not scope.has_type(found, "string", "column"):
        return None
    name = new_name(scope, relation, found, reading.as_)
    complaint = scope.binder.complaint(f"SELECT try_strptime('', {text(reading.format).sql('duckdb')})")
    if complaint:
        scope.mistake(f"This is no date format: {complaint}", "Write one such as %d/%m/%Y.", "format")
    function = "try_strptime" if reading.lenient else "strptime"
    moment: exp.Expr = exp.Anonymous(this=function, expressions=[column(found.name), text(reading.format)])
    if not re.search(r"%-?[HIMSfgnpXTRczZ]", reading.format):
        moment = exp.cast(moment, "DATE", dialect="duckdb")
    return None if scope.mistakes else with_columns(relation, {name: moment})
