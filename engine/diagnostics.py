"""Messages to the author, and where they point.

There are three sorts of error and they are never mixed:

* the author's mistake is a value, `Diagnostic`; every one of a run is collected and shown at once;
* the world's failure (disk, network, policy server) is a `WorldFailure`: one line and a hint;
* a bug is any other exception and keeps its trace.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops plan and apply, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True, slots=True)
class SourceSpan:
    """A place in a file the author wrote: path as given to the engine, line and column from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def down(self, lines: int, column: int | None = None) -> SourceSpan:
        """The span `lines` further down, as for a line inside a block of SQL."""
        return SourceSpan(self.file, self.line + lines, self.column if column is None else column)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message: what is wrong (`summary`), and why and what to do (`detail`)."""

    severity: Severity
    code: str
    span: SourceSpan
    summary: str
    detail: str = ""

    def __str__(self) -> str:
        detail = f" {self.detail}" if self.detail else ""
        return f"{self.span}: {self.severity}[{self.code}]: {self.summary}{detail}"

    def as_json(self) -> dict[str, str | int]:
        """The diagnostic as the CLI's json form names it (SPECS.md, `validate`)."""
        return {
            "severity": str(self.severity),
            "code": self.code,
            "file": self.span.file,
            "line": self.span.line,
            "column": self.span.column,
            "summary": self.summary,
            "detail": self.detail,
        }


def error(code: str, span: SourceSpan, summary: str, detail: str = "") -> Diagnostic:
    """A diagnostic that stops plan and apply. `summary` is a sentence ending in a full stop."""
    return Diagnostic(Severity.ERROR, code, span, summary, detail)


def warning(code: str, span: SourceSpan, summary: str, detail: str = "") -> Diagnostic:
    """A diagnostic that is shown and stops nothing."""
    return Diagnostic(Severity.WARNING, code, span, summary, detail)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics by place, each once: the same mistakes always print in the same order."""
    key = {(d.span, d.severity, d.code, d.summary, d.detail): d for d in diagnostics}
    return tuple(key[k] for k in sorted(key))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them stops plan and apply."""
    return any(d.severity is Severity.ERROR for d in diagnostics)


def counted(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`, `1,200 rows`; `many` is the word where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean "x"?`, or the known words when few, or nothing; ready to use as `detail`."""
    candidates = sorted(set(known))
    close = [c for c in candidates if c.lower() == word.lower()]
    close = close or difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    if not close:
        lowered = {c.lower(): c for c in reversed(candidates)}
        close = [lowered[m] for m in difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)]
    if close:
        return f'Did you mean "{close[0]}"?'
    if 0 < len(candidates) <= 8:
        return f"Known here: {', '.join(candidates)}."
    return ""


class WorldFailure(Exception):
    """The world failed, not the author: `message` is one line, `hint` says what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class LockHeld(WorldFailure):
    """Another apply holds the environment's lock."""


class PolicyUnavailable(WorldFailure):
    """The policy engine gave no usable answer; every decision that needs it is a refusal."""


class QueryRefused(WorldFailure):
    """A user's query was not run, or failed: `code` says why, and no value of the data is told."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.code = code


class StalePlan(WorldFailure):
    """A saved plan no longer describes what would be done: state or specs moved since."""


class DataMistake(Exception):
    """A data file does not hold what its dataset declares: the author's mistake, found on reading."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(str(d) for d in diagnostics))
        self.diagnostics = diagnostics
