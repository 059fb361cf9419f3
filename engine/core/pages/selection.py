"""What a filter chooses: the first state of a page, as conditions in SQL."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Mapping

from engine.core.pages.expressions import literal, quoted
from engine.core.pages.release import Value
from engine.model.dashboard import PageFilter

RELATIVE = re.compile(r"last_(\d+)_(days|weeks|months|years)|this_(month|year)")


def first_choice(spec: PageFilter, as_of: datetime.date) -> tuple[Value, ...]:
    """What a filter has chosen at first: its values, or two ends (None for open), or nothing."""
    written = spec.default
    if written is None or written is False:
        return ()
    if spec.type == "date_range" and isinstance(written, str):
        return period(written, as_of)
    values = written if isinstance(written, tuple) else (written,)
    if spec.type == "slider" and len(values) == 1:
        return (None, values[0])
    return values


def period(text: str, as_of: datetime.date) -> tuple[Value, ...]:
    """`last_12_months` before `as_of` (inclusive), as two ISO dates; a date stands for itself onwards."""
    found = RELATIVE.fullmatch(text)
    if found is None:
        return (text, None)
    if found.group(3):
        start = as_of.replace(day=1) if found.group(3) == "month" else as_of.replace(month=1, day=1)
        return (start.isoformat(), as_of.isoformat())
    number, unit = int(found.group(1)), found.group(2)
    if unit in ("days", "weeks"):
        start = as_of - datetime.timedelta(days=number * (7 if unit == "weeks" else 1))
    else:
        start = _months_before(as_of, number * (12 if unit == "years" else 1))
    return ((start + datetime.timedelta(days=1)).isoformat(), as_of.isoformat())


def _months_before(day: datetime.date, months: int) -> datetime.date:
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def previous(ends: tuple[Value, ...]) -> tuple[Value, ...] | None:
    """The period of equal length just before; None when the period is open."""
    if len(ends) != 2 or None in ends:
        return None
    start, end = (datetime.date.fromisoformat(str(e)[:10]) for e in ends)
    if start.day == 1 and (end + datetime.timedelta(days=1)).day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        return (
            _months_before(start, months).isoformat(),
            (start - datetime.timedelta(days=1)).isoformat(),
        )
    length = end - start
    before = start - datetime.timedelta(days=1)
    return ((before - length).isoformat(), before.isoformat())


def condition(spec: PageFilter, chosen: tuple[Value, ...]) -> str:
    """The SQL condition of a choice; empty when nothing is chosen."""
    if not chosen:
        return ""
    column = quoted(spec.column)
    match spec.type:
        case "select" | "multiselect":
            return f"{column} IN ({', '.join(map(literal, chosen))})"
        case "toggle":
            return column
        case "search":
            sought = literal(str(chosen[0]))
            return f"contains(strip_accents(lower({column})), strip_accents(lower({sought})))"
        case "date_range":
            return _between(f"CAST({column} AS DATE)", chosen, "DATE ")
        case "slider":
            return _between(column, chosen, "")


def _between(column: str, ends: tuple[Value, ...], prefix: str) -> str:
    low, high = (*ends, None)[:2]
    parts = [
        f"{column} {operator} {prefix}{literal(end)}"
        for operator, end in ((">=", low), ("<=", high))
        if end is not None
    ]
    return " AND ".join(parts)


def first_conditions(
    specs: Mapping[str, PageFilter], chosen: Mapping[str, tuple[Value, ...]]
) -> tuple[str, ...]:
    """The conditions of several filters' first choices."""
    return tuple(c for name, spec in specs.items() if (c := condition(spec, chosen.get(name, ()))))
