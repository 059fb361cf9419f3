"""Mistakes in SQL, said in one or two plain sentences with their place in the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from engine.core.types import from_duckdb
from engine.diagnostics import did_you_mean


class BindError(Exception):
    """A SQL text cannot be used: why and what to do (`message`), and where in it (from 1)."""

    def __init__(self, message: str, line: int = 1, column: int = 1, name: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.name = name
        """The column or function the message is about, where there is one."""


def mistake_at(sql: str, offset: int, message: str) -> BindError:
    """The mistake at a character offset of the text."""
    before = sql[: max(0, min(offset, len(sql)))]
    return BindError(message, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def engine_mistake(said: str, sql: str, skip: int, columns: Iterable[str] = ()) -> BindError:
    """What DuckDB said (as json) about a text that begins after `skip` bytes of what it was given.

    `columns` are the names that could have been meant.
    """
    found = re.search(r"\{.*\}", said, re.DOTALL)
    if found is None:
        return BindError(_plain(said))
    facts: dict[str, str] = json.loads(found.group(0), strict=False)
    offset = len(sql.encode()[: max(0, int(facts.get("position") or skip) - skip)].decode("utf-8", "ignore"))
    found_at = mistake_at(sql, offset, _sentence(facts, columns))
    return BindError(found_at.message, found_at.line, found_at.column, facts.get("name", ""))


def _sentence(facts: dict[str, str], columns: Iterable[str]) -> str:
    name, said = facts.get("name", ""), facts.get("exception_message", "")
    match facts.get("error_subtype"):
        case "COLUMN_NOT_FOUND" if name:
            # another table of the dataflow may have a column of just this name
            guess = did_you_mean(name, (c for c in columns if c.lower() != name.lower()))
            return f'There is no column "{name}" here. {guess or _plain(said.partition(chr(10))[2])}'.rstrip()
        case "MISSING_ENTRY" if "Function" in facts.get("type", ""):
            guess = f' Did you mean "{facts["candidates"].split(",")[0]}"?' if facts.get("candidates") else ""
            return f'There is no function "{name}".{guess}'
        case "NO_MATCHING_FUNCTION" if facts.get("call"):
            return _no_match(name, facts["call"])
        case "SYNTAX_ERROR":
            return f"This is not SQL: {said.rstrip('.')}."
    if found := re.match(r'Referenced table "(.*?)" not found!\s*(.*)', said, re.DOTALL):
        return _no_table(found.group(1), found.group(2))
    return _plain(said)


def _no_table(name: str, candidates: str) -> str:
    """`self` is the engine's own name for the only table of an expression: columns need none."""
    if "self" in candidates:
        return f'There is no table "{name}" here: write its columns by their own names alone.'
    guess = f" {_plain(candidates)}" if candidates else ""
    return f'There is no table "{name}" here.{guess}'


def _no_match(name: str, call: str) -> str:
    types = call[len(name) :].strip("()")
    words = ", ".join(map(_word, re.split(r", (?![^(]*\))", types))) if types else ""
    return f'"{name}" does not take ({words}); cast what has the wrong type.'


def _word(engine_type: str) -> str:
    try:
        return from_duckdb(engine_type.removesuffix("_LITERAL").replace("STRING", "VARCHAR"))
    except Exception:  # noqa: BLE001  # sqlglot raises several kinds; the engine's own name is clear enough
        return engine_type


def _plain(said: str) -> str:
    """The first two sentences, on one line, without DuckDB's lists of overloads and excerpts."""
    text = re.split(r"\n\s*Candidate functions:|\n\s*LINE \d+:", said)[0]
    text = re.sub(r"^\s*\w+ Error:\s*", "", text)
    text = " ".join(text.split())
    sentences = re.findall(r".+?(?:[.!?](?= [A-Z])|$)", text)
    text = " ".join(s.strip() for s in sentences[:2])
    text = text.replace("Candidate bindings:", "Did you mean").replace("Candidate tables:", "Did you mean")
    text = text.replace("Candidate Entries:", "Did you mean")
    return text if text.endswith((".", "!", "?")) else f"{text}."
