"""Steps to queries: SQL, low-code and Python all end in one SQL text, bound and analysed the same way."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.core.compiling.analysed import Analysis, Schemas, analysis_from_json, analysis_to_json
from engine.core.compiling.collected import module_path
from engine.core.compiling.memory import Memory
from engine.core.space import DatasetNode, Derived
from engine.diagnostics import Diagnostic, SourceSpan, error

if TYPE_CHECKING:
    from engine.core.binding import Binder

PythonSql = Callable[[str, str, Schemas], str | tuple[int, str]]
"""DuckDB SQL of function `function` of the module at a path, over tables; or (line, the author's mistake)."""


@dataclass(frozen=True)
class Tools:
    """What compiling needs beside the space: made on first use, because most runs need none of them."""

    binder: Callable[[], Binder]
    python_sql: PythonSql
    memory: Memory
    files: Mapping[str, bytes]
    """Python modules by path as in diagnostics."""


class Rejected(Exception):
    """The step has mistakes; they are the author's, and none is a bug."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(map(str, diagnostics)))
        self.diagnostics = diagnostics


def analysed_step(node: DatasetNode, schemas: Schemas, tools: Tools) -> Analysis:
    """What the step means over tables of these columns. Raises Rejected with every mistake in it."""
    key = tools.memory.key("step", _written(node, tools), _as_facts(schemas))
    known = tools.memory.recall(key)
    if known is not None:
        return analysis_from_json(known)
    found = _analysed(node, schemas, tools)
    tools.memory.keep(key, analysis_to_json(found))
    return found


def _written(node: DatasetNode, tools: Tools) -> list[object]:
    """What the author wrote that decides the step's query."""
    producer = _derived(node)
    step = producer.step
    if step.sql is not None:
        return ["sql", step.sql]
    if step.python is not None:
        module = tools.files.get(module_path(producer.resource.document.file, step.python), b"")
        return ["python", step.python.rpartition(":")[2], hashlib.sha256(module).hexdigest()]
    verbs = [v.model_dump(mode="json", exclude_defaults=True, by_alias=True) for v in step.lowcode or ()]
    return ["lowcode", step.from_, verbs]


def _as_facts(schemas: Schemas) -> list[object]:
    return [[name, [[c.name, c.type] for c in columns]] for name, columns in sorted(schemas.items())]


def _analysed(node: DatasetNode, schemas: Schemas, tools: Tools) -> Analysis:
    from engine.core.binding import BindError
    from engine.core.compiling.analysis import analyse

    sql = _sql(node, schemas, tools)
    binder = tools.binder()
    try:
        columns = binder.columns(sql, schemas)
        return analyse(sql, binder.tree(sql), schemas, columns)
    except BindError as mistake:
        raise Rejected(error("sql", _place(node, mistake.line, mistake.column), mistake.message)) from None


def _sql(node: DatasetNode, schemas: Schemas, tools: Tools) -> str:
    """The step as SQL text over its tables' names."""
    producer = _derived(node)
    step = producer.step
    if step.sql is not None:
        return step.sql
    if step.python is not None:
        return _python(node, step.python, schemas, tools)
    from engine.core.lowcode import lowcode_query

    sql, mistakes = lowcode_query(node, schemas, tools.binder())
    if not sql:
        raise Rejected(*mistakes)
    return sql


def _python(node: DatasetNode, function: str, schemas: Schemas, tools: Tools) -> str:
    path = module_path(_derived(node).resource.document.file, function)
    if path not in tools.files:
        raise Rejected  # that the file is missing is told where files are read
    found = tools.python_sql(path, function.rpartition(":")[2], schemas)
    if isinstance(found, str):
        return found
    line, message = found
    place = f"It is the step of {node.address}, at {node.span('python')}."
    raise Rejected(error("python", SourceSpan(path, max(line, 1)), message, place))


def _place(node: DatasetNode, line: int, column: int) -> SourceSpan:
    """A place in the step's text; the step's key when the text was made from verbs or Python."""
    producer = _derived(node)
    form = producer.step.form
    if form != "sql":
        return node.span(form)
    return producer.resource.document.text_span((*node.path, "sql"), line, column)


def _derived(node: DatasetNode) -> Derived:
    assert isinstance(node.producer, Derived)
    return node.producer


def tables_named(node: DatasetNode, tools: Tools) -> frozenset[str] | None:
    """Names of tables that the step says it reads, lower case; None when only running it would tell."""
    step = _derived(node).step
    if step.python is not None:
        file = _derived(node).resource.document.file
        source = tools.files.get(module_path(file, step.python), b"")
        return _parameters(source, step.python.rpartition(":")[2])
    if step.lowcode is not None:
        joined = [v.join.to for v in step.lowcode if v.join is not None]
        united = [name for v in step.lowcode if v.union is not None for name in v.union.with_]
        return frozenset(name.lower() for name in (step.from_ or "", *joined, *united))
    return _tables_in(step.sql or "", tools)


def _parameters(source: bytes, function: str) -> frozenset[str] | None:
    """The parameters of a function of a module, each the name of a table; None when it cannot be told."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return None
    for part in body:
        if isinstance(part, ast.FunctionDef) and part.name == function:
            taken = (*part.args.posonlyargs, *part.args.args, *part.args.kwonlyargs)
            return frozenset(parameter.arg.lower() for parameter in taken)
    return None


def _tables_in(sql: str, tools: Tools) -> frozenset[str]:
    from sqlglot import exp

    from engine.core.binding import BindError

    try:
        return frozenset(t.name.lower() for t in tools.binder().tree(sql).find_all(exp.Table))
    except BindError:
        return frozenset()
