"""Runs an author's module inside a child process, and says mistakes with the author's own line."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.diagnostics import did_you_mean

LONGEST = 300
"""Characters of a message."""


class Mistake(Exception):
    """The author's mistake: line in the module, from 1, and a sentence."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = max(1, line)
        self.message = " ".join(message.split())[:LONGEST]

    def as_json(self) -> dict[str, Any]:
        """The mistake as a child answers it."""
        return {"line": self.line, "message": self.message}


class Module:
    """An author's module, executed. Raises Mistake when it does not compile or its top level fails."""

    def __init__(self, source: str, file: str) -> None:
        self.file = file
        self.names: dict[str, Any] = {"__name__": "step", "__file__": file}
        try:
            code = compile(source, file, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise Mistake(error.lineno or 1, f"This is not Python: {error.msg}.") from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise Mistake(1, f"This is not Python: {error}.") from None
        self.run(1, lambda: exec(code, self.names))  # noqa: S102  # the author's code is what this child is for

    def function(self, name: str) -> Callable[..., Any]:
        """The module's function of that name. Raises Mistake."""
        found: Callable[..., Any] | None = self.names.get(name)
        if found is None or not callable(found):
            known = [n for n, v in self.names.items() if inspect.isfunction(v)]
            guess = did_you_mean(name, known)
            raise Mistake(1, f'There is no function "{name}" in this module. {guess}'.rstrip())
        return found

    def run(self, line: int, call: Callable[[], Any]) -> Any:
        """What the call gives. Raises Mistake at the author's innermost line, or at `line`."""
        try:
            return call()
        except Mistake:
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  # whatever it is, it is the author's
            raise Mistake(self._innermost(error) or line, _said(error)) from None

    def _innermost(self, error: BaseException) -> int | None:
        frames = traceback.extract_tb(error.__traceback__)
        return next((f.lineno for f in reversed(frames) if f.filename == self.file), None)


def line_of(function: Callable[..., Any]) -> int:
    """The line where the function is defined; 1 when it is no function of the module's own."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return int(code.co_firstlineno) if code is not None else 1


def arguments(
    function: Callable[..., Any], tables: Mapping[str, Any]
) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """What to call the function with: each parameter names a table. Raises Mistake."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise Mistake(line_of(function), "This cannot be called with named tables.") from None
    by_position, by_name = [], {}
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            message = f"Name each table that the step reads instead of {parameter}."
            raise Mistake(line_of(function), message)
        if parameter.name not in tables:
            if parameter.default is not parameter.empty:
                continue
            guess = did_you_mean(parameter.name, tables)
            summary = f'"{parameter.name}" is no input of the dataflow and no earlier output.'
            raise Mistake(line_of(function), f"{summary} {guess}".rstrip())
        if parameter.kind is parameter.POSITIONAL_ONLY:
            by_position.append(tables[parameter.name])
        else:
            by_name[parameter.name] = tables[parameter.name]
    return by_position, by_name


def _said(error: BaseException) -> str:
    """One plain sentence; what libraries say at length is cut to its point."""
    name, text = type(error).__name__, str(error).strip()
    if isinstance(error, SystemExit | KeyboardInterrupt):
        return "This ends the process; return a result instead."
    if isinstance(error, MemoryError):
        return "This needs more memory than is allowed."
    if isinstance(error, ImportError):
        return f"{text}. A module may import installed libraries, not other files of the space."
    if (missing := _missing_column(error, text)) is not None:
        return missing
    if name == "SignatureValidationError":
        operation = text.partition("(")[0]
        return f"{operation} does not take values of these types; cast them first."
    first = text.splitlines()[0] if text else ""
    return f"{name}: {first}" if first else f"{name}."


def _missing_column(error: BaseException, text: str) -> str | None:
    """That a table has no such column, said as for SQL; None when the error is about something else."""
    listed = re.match(r"Column '(.+)' is not found in table\. Existing columns: (.*)", text)
    if listed is not None:
        word, known = listed.group(1), re.findall(r"'([^']+)'", listed.group(2))
    else:
        asked = re.match(r"'Table' object has no attribute '(.+)'", text)
        if asked is None:
            return None
        word, known = asked.group(1), _columns_at(error)
    return f'There is no column "{word}" here. {did_you_mean(word, known)}'.rstrip()


def _columns_at(error: BaseException) -> list[str]:
    """The columns of the table whose attribute was asked for: Ibis does not say which it was."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    table = frames[-1].f_locals.get("self") if frames else None
    ours = table is not None and type(table).__module__.startswith("ibis.")
    return list(getattr(table, "columns", ())) if ours else []
