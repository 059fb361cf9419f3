"""Texts of a page: one string or one per language, with `{{ expression | format }}` in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from engine.core.pages.expressions import NotAnExpression, is_aggregate, literal, measure, parse
from engine.core.pages.queries import Query, Shown
from engine.diagnostics import did_you_mean
from engine.model.base import Text

HOLE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
FORMATS = (
    "integer", "dec1", "dec2", "compact", "pct0", "pct1", "pp", "eur", "duration", "bytes", "date", "month",
    "year", "text",
)  # fmt: skip
KNOWN = ("avg", "count", "max", "median", "min", "quantile_cont", "stddev", "sum")
"""Aggregates to suggest."""
WORDS = ("as_of",)
"""Names a text may use beside datasets' columns and the parameters of `each`."""


@dataclass(frozen=True, slots=True)
class Hole:
    """What stands between the braces: an expression or a name, and a format."""

    text: str
    expression: str
    format: str | None
    language: str = ""
    line: int = 1
    column: int = 1
    """Where it stands in the text of that language, from 1."""


def versions(text: Text | None) -> Mapping[str, str]:
    """The text by language; a text without languages stands under the empty one."""
    return {} if text is None else {"": text} if isinstance(text, str) else text


def holes(text: Text | None) -> Iterator[Hole]:
    """Every hole of a text, in all its languages."""
    for language, words in versions(text).items():
        for found in HOLE.finditer(words):
            before = words[: found.start(1)]
            column = len(before) - (before.rfind("\n") + 1) + 1
            yield replace(hole(found.group(1)), language=language, line=before.count("\n") + 1, column=column)


def hole(inside: str) -> Hole:
    """A hole taken apart: `sum(by_oa.doctors) | integer`."""
    expression, bar, last = inside.rpartition("|")
    if bar and re.fullmatch(r"\s*\w+\s*", last) and not expression.endswith("|"):
        return Hole(inside, expression.strip(), last.strip())
    return Hole(inside, inside.strip(), None)


def in_language(text: Text | None, language: str, fallback: str = "en") -> str:
    """The text in a language, else in the fallback, else in whichever was written first."""
    found = versions(text)
    return found.get(language) or found.get("") or found.get(fallback) or next(iter(found.values()), "")


def hole_query(inside: Hole) -> Query:
    """The query of a hole: an aggregate over one dataset's columns, `sum(by_oa.doctors)`.

    `count(by_oa)` counts a dataset's rows. Raises NotAnExpression when it names no dataset, or several.
    """
    tree = parse(inside.expression).copy()
    names = {column.table or column.name for column in tree.find_all(exp.Column)}
    unknown = tree.find(exp.Anonymous)
    if len(names) == 1 and unknown is not None and not is_aggregate(inside.expression):
        raise NotAnExpression(f'there is no aggregate "{unknown.name}". {did_you_mean(unknown.name, KNOWN)}')
    if len(names) != 1 or not is_aggregate(inside.expression):
        raise NotAnExpression("Write an aggregate of one dataset of the page, like sum(by_oa.doctors)")
    for column in list(tree.find_all(exp.Column)):
        if column.table:
            column.set("table", None)
        else:
            column.replace(exp.Star())
    return Query(names.pop(), (Shown(inside.text, measure(tree.sql("duckdb")), inside.format),))


def filled(sql: str, parameters: Mapping[str, object]) -> str:
    """A condition with the values of `each` put in as SQL literals, also between the author's quotes."""

    def value(found: re.Match[str]) -> str:
        text = literal(parameters[found.group(2)])
        if not found.group(1):
            return text
        return text if text.startswith("'") else f"'{text}'"

    return re.sub(r"(')?\{\{\s*(\w+)\s*\}\}(?(1)')", value, sql)
