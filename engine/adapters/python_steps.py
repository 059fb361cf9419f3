"""Python steps: authors' functions over Ibis tables, turned into SQL in a child process.

The child gets the module's text and the tables' schemas: no row, no path, no environment. What it is kept
from, and what no platform can keep it from, is said in child_confine.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.adapters.child import ChildFailed, Limits, run_child
from engine.ports import PythonTable

LIMITS = Limits(seconds=30.0, memory=3 << 30, answer=16 << 20, written=16 << 20)

SqlOrMistake = str | tuple[int, str]

_ENDED = {
    "timeout": f"The step takes longer than {LIMITS.seconds:.0f} seconds to say what it computes.",
    "memory": "The step needs more memory than is allowed.",
    "output": "The step writes more than is allowed.",
    "crashed": "The step ends its process.",
}


@dataclass(frozen=True, slots=True)
class PythonStep:
    """One step to be turned into SQL."""

    module: Path
    function: str
    tables: tuple[PythonTable, ...]


class ChildPythonSteps:
    """Implements ports.PythonSteps. Modules are files below `root`, named as in diagnostics."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def to_sql(self, module: Path, function: str, tables: Sequence[PythonTable]) -> SqlOrMistake:
        """DuckDB SQL of what the function returns, or (line, message) of the author's mistake."""
        return self.to_sql_many((PythonStep(module, function, tuple(tables)),))[0]

    def to_sql_many(self, steps: Sequence[PythonStep]) -> tuple[SqlOrMistake, ...]:
        """The same for several steps, in their order, in one child: starting one takes most of the time."""
        sources = [self._source(step.module) for step in steps]
        asked = [
            _asked(step, source)
            for step, source in zip(steps, sources, strict=True)
            if isinstance(source, str)
        ]
        answers = iter(_answers(asked))
        return tuple(next(answers) if isinstance(source, str) else source for source in sources)

    def _source(self, module: Path) -> SqlOrMistake:
        path = module.resolve()
        if not path.is_relative_to(self._root):
            return 1, f"{module} is outside the space's folder."
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return 1, f"{module} is not UTF-8 text."
        except OSError:
            return 1, f"There is no file {module}."


def _asked(step: PythonStep, source: str) -> dict[str, object]:
    tables = [{"name": t.name, "columns": [list(c) for c in t.columns]} for t in step.tables]
    return {"file": step.module.name, "source": source, "function": step.function, "tables": tables}


def _answers(asked: Sequence[dict[str, object]]) -> list[SqlOrMistake]:
    """Answers to all; when the child ends without one, each is asked alone to find which ended it."""
    if not asked:
        return []
    try:
        answer = run_child("engine.adapters.python_step_child", json.dumps(asked).encode(), LIMITS)
    except ChildFailed as failure:
        if len(asked) > 1:
            return [one for each in asked for one in _answers([each])]
        return [(1, _ENDED.get(failure.reason, _ENDED["crashed"]))]
    return [a["sql"] if "sql" in a else (a["line"], a["message"]) for a in json.loads(answer)]
