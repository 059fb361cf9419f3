"""Words for what pydantic's error types mean to an author."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from engine.addresses import NAME
from engine.diagnostics import did_you_mean
from engine.model.base import found

TOO_SHORT = "too_short"

MISMATCHES: Mapping[str, str] = {
    "string_type": "text",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": "a list",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "date": "a date like 2026-12-31",
    "none_required": "nothing",
}
"""Errors that say "this is of another type", and the type that was expected."""

PATTERNS: Mapping[str, str] = {
    f"^(?:{NAME.pattern})$": 'a name: letters, digits, "_" and "-", at most 63, not starting with "-"',
    f"^(?:{NAME.pattern})(?:/(?:{NAME.pattern}))?$": "written dataset, project/dataset or catalog/entry",
    r"^[0-9]+[smhdw]$": "a span of time like 36h or 400d (s, m, h, d or w)",
    r"^[^:]+\.py:[A-Za-z_]\w*$": "written file.py:function",
    r"^(redact|hash|null|year|prefix:[0-9]+|round:[0-9]+)$": (
        "one of redact, hash, null, year, prefix:N, round:N"
    ),
    r"^#[0-9a-fA-F]{6}$": "a colour like #12436D",
    r"^[0-9]{1,2}px$": "a number of pixels like 8px",
    r"""^(?:[A-Za-z][\w -]*|"[\w -]+")(?:, ?(?:[A-Za-z][\w -]*|"[\w -]+"))*$""": (
        "names of fonts like Marianne, Arial, sans-serif"
    ),
}
"""What a text of each pattern looks like."""

_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def described(subject: str, details: ErrorDetails) -> tuple[str, str, str]:
    """Code, summary and detail of one error; `subject` names the value."""
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind in MISMATCHES:
        summary = f"{subject} must be {MISMATCHES[kind]}, but is {found(value)}."
        return "wrong-type", summary, _advice(MISMATCHES[kind], value)
    if kind == "literal_error":
        return _not_listed(subject, value, str(context.get("expected", "")))
    if kind == "string_pattern_mismatch":
        words = PATTERNS.get(str(context.get("pattern")), f"of the form {context.get('pattern')}")
        return "wrong-value", f"{subject} must be {words}, but is {found(value)}.", ""
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return "wrong-value", f"{subject} must be {words} {context.get(name)}, but is {found(value)}.", ""
    if kind in (TOO_SHORT, "string_too_short"):
        return "wrong-value", f"{subject} is empty.", "Leave the key out, or give it a value."
    if kind in ("too_long", "string_too_long"):
        return "wrong-value", f"{subject} is too long: at most {context.get('max_length')}.", ""
    message = details["msg"].removeprefix("Value error, ").rstrip(".")
    return "wrong-value", f"{message[:1].upper()}{message[1:]}.", ""


def _advice(expected: str, value: Any) -> str:
    if expected == "text" and isinstance(value, int | float) and not isinstance(value, bool):
        return f'Write it in quotes: "{value}".'
    if expected == "text" and isinstance(value, bool):
        return f'Write it in quotes: "{str(value).lower()}".'
    if expected == "a list" and isinstance(value, str):
        return f"Write it as a list: [{value if len(value) < 40 else '...'}]."
    return ""


def _not_listed(subject: str, value: Any, expected: str) -> tuple[str, str, str]:
    known = [word.strip("' ") for part in expected.split(", ") for word in part.split(" or ")]
    words = expected.replace("'", "").replace("False", "false")
    summary = f"{subject} must be {words}, but is {found(value)}."
    advice = did_you_mean(value, known) if isinstance(value, str) else ""
    return "wrong-value", summary, advice if advice.startswith("Did you mean") else ""
