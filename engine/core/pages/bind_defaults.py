"""A filter's first choice: of the kind that its control and its column take."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator

from engine.core.document import Path
from engine.core.pages.context import PageContext
from engine.core.pages.selection import RELATIVE, period
from engine.diagnostics import Diagnostic, did_you_mean
from engine.model.base import Scalar
from engine.model.dashboard import PageFilter

PERIODS = (
    "last_7_days", "last_30_days", "last_12_weeks", "last_12_months", "last_5_years", "this_month",
    "this_year",
)  # fmt: skip
"""Examples to suggest: any number of days, weeks, months or years does."""


def default_diagnostics(
    page: PageContext, control: PageFilter, kind: str, path: Path
) -> Iterator[Diagnostic]:
    """What is wrong with the default of a filter on a column of type `kind`."""
    written = control.default
    if written is None:
        return
    at = (*path, "default")
    values = written if isinstance(written, tuple) else (written,)
    most = {"multiselect": len(values), "date_range": 2, "slider": 2}.get(control.type, 1)
    if len(values) > most:
        yield page.error("filter-default", at, f"A {control.type} begins with {most}, not {len(values)}.")
    elif control.type == "date_range" and isinstance(written, str):
        yield from _period(page, written, at)
    else:
        for k, value in enumerate(values):
            place = (*at, k) if isinstance(written, tuple) else at
            open_end = value is None and control.type in ("date_range", "slider")
            if not open_end and not _fits(value, _wanted(control, kind)):
                summary = f"A {control.type} on a column of type {kind} cannot begin with {value!r}."
                yield page.error("filter-default", place, summary, f"Write {_words(_wanted(control, kind))}.")


def _period(page: PageContext, written: str, at: Path) -> Iterator[Diagnostic]:
    """A period is said in words, or as the day from which it goes."""
    try:
        if RELATIVE.fullmatch(written):
            period(written, datetime.date(2000, 1, 1))
        else:
            datetime.date.fromisoformat(written)
    except (ValueError, OverflowError):
        detail = did_you_mean(written, PERIODS) or "Write last_12_months, this_year, or two dates in a list."
        yield page.error("filter-default", at, f'There is no period "{written}".', detail)


def _wanted(control: PageFilter, kind: str) -> str:
    """The sort of value: `date`, `number`, `boolean` or `text`."""
    if control.type in ("date_range", "toggle", "search"):
        return {"date_range": "date", "toggle": "boolean", "search": "text"}[control.type]
    if kind in ("integer", "float") or kind.startswith("decimal"):
        return "number"
    return {"boolean": "boolean", "date": "date"}.get(kind, "text")


def _fits(value: Scalar, wanted: str) -> bool:
    match wanted:
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return _is_date(value)
        case _:
            return isinstance(value, str)


def _is_date(value: Scalar) -> bool:
    try:
        datetime.date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _words(wanted: str) -> str:
    return {"number": "a number", "boolean": "true or false", "date": "a date such as 2024-01-31"}.get(
        wanted, "a text"
    )
