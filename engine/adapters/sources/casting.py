"""SQL that reads a cell's text as a type: strictly, whole, or not at all (then it is null)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.adapters.sources.raw import Rules, literal
from engine.core.types import to_duckdb

_ZONE = r"([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
SHAPES = {
    "date": _DAY,
    "time": _CLOCK,
    "timestamp": rf"{_DAY}([T ]{_CLOCK}[Zz]?)?",
    "timestamptz": rf"{_DAY}[T ]{_CLOCK} ?{_ZONE}",
    "uuid": r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
}
"""What the text of a type looks like; DuckDB's cast then says whether the value exists."""

_YES = literal("(?i)true|1|yes|oui|vrai")
_NO = literal("(?i)false|0|no|non|faux")
_SPACES = literal(" \t\u00a0\u202f")
_GROUPS = {" ": "[ \u00a0\u202f]", "'": "['’]"}

_DIRECTIVES = {
    "d": "[0-9]{1,2}", "m": "[0-9]{1,2}", "Y": "[0-9]{4}", "y": "[0-9]{2}", "H": "[0-9]{1,2}",
    "I": "[0-9]{1,2}", "M": "[0-9]{1,2}", "S": "[0-9]{1,2}", "f": "[0-9]{1,6}", "j": "[0-9]{1,3}",
    "b": "[A-Za-z]{3}", "B": "[A-Za-z]+", "a": "[A-Za-z]{3}", "A": "[A-Za-z]+", "p": "[AaPp][Mm]",
    "z": "[+-][0-9]{2}(:?[0-9]{2})?", "%": "%",
}  # fmt: skip
"""Directives of `parse`, and what each reads. DuckDB's own reading is laxer: it takes 03 for the year 3."""

TEMPORAL = frozenset({"date", "time", "timestamp", "timestamptz"})


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is read: its type word, the decimal mark, and the format of its dates."""

    word: str
    mark: str = "."
    parse: str | None = None

    @property
    def nested(self) -> bool:
        """Whether cells are JSON, which is checked value by value (nested.py)."""
        return self.word == "json" or self.word.startswith(("list<", "struct<"))


def text_of(column: str, stored: str, rules: Rules, typed: bool) -> str:
    """SQL of the cell's text, null where it spells null."""
    text = f"substr({column}, 2)" if stored == "marked" else column
    if not (typed and rules.typed_nulls):
        return text
    return without(text, rules.typed_nulls)


def without(text: str, nulls: Iterable[str]) -> str:
    """SQL of the text, null where it is one of `nulls`. A list: DuckDB makes a join of every long `in`."""
    spelt = ", ".join(map(literal, nulls))
    return f"case when list_contains([{spelt}], {text}) then null else {text} end"


def parsed(text: str, reading: Reading, rules: Rules) -> str:
    """SQL of the value that `text` (SQL of a text) spells; null when it spells none."""
    kind, word = to_duckdb(reading.word), reading.word
    if word == "string":
        return text
    bare = f"trim({text}, {_SPACES})"
    if reading.parse is not None:
        return f"try_cast({_by_format(bare, reading.parse)} as {kind})"
    if word == "timestamptz":
        # DuckDB wants the seconds that ISO 8601 leaves out.
        full = f"regexp_replace({_if(bare, SHAPES[word])}, '^(.{{16}})( ?[Zz+-].*)$', '\\1:00\\2')"
        return f"try_cast({full} as {kind})"
    if word in SHAPES:
        return f"try_cast({_if(bare, SHAPES[word])} as {kind})"
    if word in ("integer", "float") or word.startswith("decimal"):
        return _number(bare, reading, rules, kind)
    if word == "boolean":
        yes, no = f"regexp_full_match({bare}, {_YES})", f"regexp_full_match({bare}, {_NO})"
        return f"case when {yes} then true when {no} then false end"
    if word == "binary":
        return f"try(from_base64({bare}))"
    return f"try_cast({text} as JSON)" if word == "json" else f"try_cast(try_cast({text} as JSON) as {kind})"


def _if(text: str, shape: str) -> str:
    return f"case when regexp_full_match({text}, {literal(shape)}) then {text} end"


def _number(text: str, reading: Reading, rules: Rules, kind: str) -> str:
    shape = number_shape(reading.word, reading.mark, rules.thousands)
    plain = text
    if rules.thousands:
        plain = f"regexp_replace({plain}, {literal(_group(rules.thousands))}, '', 'g')"
    if reading.mark != ".":
        plain = f"replace({plain}, {literal(reading.mark)}, '.')"
    value = f"try_cast(case when regexp_full_match({text}, {literal(shape)}) then {plain} end as {kind})"
    # A number too large for a float becomes infinite; that is no value of the file.
    return f"nullif(nullif({value}, 'inf'::DOUBLE), '-inf'::DOUBLE)" if reading.word == "float" else value


def number_shape(word: str, mark: str, thousands: str = "") -> str:
    """What a number of that type looks like. A decimal may have no more digits than its scale keeps."""
    group, point = _group(thousands), re.escape(mark)
    whole = f"([0-9]{{1,3}}({group}[0-9]{{3}})+|[0-9]+)" if group else "[0-9]+"
    if word == "integer":
        return f"[+-]?{whole}"
    if word == "float":
        return rf"[+-]?({whole}({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?"
    scale = int(word.removeprefix("decimal(").rstrip(")").split(",")[1])
    return rf"[+-]?({whole}({point}[0-9]{{0,{scale}}}0*)?|{point}[0-9]{{0,{scale}}}0*)"


def _group(thousands: str) -> str:
    return _GROUPS.get(thousands, re.escape(thousands)) if thousands else ""


def _by_format(text: str, form: str) -> str:
    shape = format_shape(form)
    assert shape is not None, form
    return f"try_strptime({_if(text, shape)}, {literal(form)})"


def format_shape(form: str) -> str | None:
    """What text of a strptime format looks like; None when the format has a directive not known here."""
    parts = re.split(r"%(.)", form + " ")
    shape = ""
    for index, part in enumerate(parts[:-1]):
        if index % 2 == 0:
            shape += re.escape(part)
        elif part not in _DIRECTIVES:
            return None
        else:
            shape += _DIRECTIVES[part]
    rest = parts[-1][:-1]
    return None if "%" in rest else shape + re.escape(rest)
