"""Validate: every mistake in the specs at once, and what they mean when there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.compiling.analysed import Schemas
from engine.core.compiling.collected import declared_columns, type_word
from engine.core.compiling.compile import compile_space
from engine.core.compiling.memory import Memory
from engine.core.compiling.steps import Tools
from engine.core.document import SourceFile
from engine.core.load import load
from engine.core.not_yet import not_yet
from engine.core.origins import with_files
from engine.core.resolve import missing_files, named_files, resolve
from engine.core.space import Collected, DatasetNode, Space
from engine.core.state import VersionColumn
from engine.diagnostics import (
    DataMistake,
    Diagnostic,
    in_order,
)
from engine.ports import PythonTable, Workbench
from engine.usecases.bound import Bound
from engine.usecases.plan_rules import rule_findings

if TYPE_CHECKING:
    from engine.core.binding import Binder


@dataclass(frozen=True)
class Checked:
    """The space as far as it is sound, its datasets compiled, and everything that is wrong."""

    space: Space | None
    compiled: Mapping[Address, CompiledDataset]
    diagnostics: tuple[Diagnostic, ...]


def validate(bench: Workbench) -> Checked:
    """Load, resolve, inspect origins, compile, bind checks, row filters and pages, run dataflow tests.

    Every mistake is reported, each once and in order of place. Raises WorldFailure.
    """
    files = bench.specs.read()
    resources, shape = load(files)
    space, references = resolve(resources)
    if space is None:
        return Checked(None, {}, in_order((*shape, *references)))
    work = _Work(bench, files)
    try:
        space = _with_files(bench, space)
        origins, unread = _inspected(work, space)
        compiled, wrong = compile_space(space, origins, work.tools(space))
        bound = Bound(files, work.memory, work.binder).mistakes(space, compiled)
    finally:
        work.close()
    idle = not_yet(space.resources.values())
    known = (*shape, *rule_findings(bench.specs), *references, *missing_files(space), *idle)
    found = (*known, *unread, *wrong, *bound)
    return Checked(space, compiled, in_order(found))


def recompiled(
    bench: Workbench, space: Space, origins: Mapping[Address, Sequence[VersionColumn]]
) -> Mapping[Address, CompiledDataset]:
    """The datasets of a space that was valid once, compiled as this version of the engine does it.

    `origins` are the columns of its collected datasets. What it no longer compiles is left out.
    """
    work = _Work(bench, ())
    try:
        compiled, _ = compile_space(space, origins, work.tools(space))
    finally:
        work.close()
    return compiled


@dataclass
class _Work:
    """What one validation shares: the files it is about, the memory, and a binder if one is needed."""

    bench: Workbench
    files: Sequence[SourceFile]
    opened: list[Binder] = field(default_factory=list)

    @cached_property
    def memory(self) -> Memory:
        """What was computed before."""
        return Memory(self.bench.cache)

    def binder(self) -> Binder:
        """The one binder of this validation."""
        if not self.opened:
            from engine.core.binding import Binder

            self.opened.append(Binder())
        return self.opened[0]

    def tools(self, space: Space) -> Tools:
        """What compiling needs."""
        return Tools(self.binder, self._python_sql, self.memory, space.files)

    def _python_sql(self, path: str, function: str, schemas: Schemas) -> str | tuple[int, str]:
        tables = [
            PythonTable(name, tuple((c.name, c.type) for c in columns)) for name, columns in schemas.items()
        ]
        return self.bench.python_steps.to_sql(Path(path), function, tables)

    def close(self) -> None:
        """Give the binder's memory back."""
        for binder in self.opened:
            binder.close()


def _with_files(bench: Workbench, space: Space) -> Space:
    """The space with the files its specs name (code, pictures), those that are there."""
    read = {path: bench.specs.read_other(path) for path in named_files(space)}
    return with_files(space, {path: content for path, content in read.items() if content is not None})


def _inspected(
    work: _Work, space: Space
) -> tuple[dict[Address, Sequence[VersionColumn]], tuple[Diagnostic, ...]]:
    """The columns of every collected dataset that can be read or is declared, and what is wrong."""
    origins: dict[Address, Sequence[VersionColumn]] = {}
    mistakes: list[Diagnostic] = []
    for address, node in space.datasets.items():
        if isinstance(node.producer, Collected):
            try:
                origins[address] = _columns(work, node)
            except DataMistake as mistake:
                mistakes += mistake.diagnostics
                declared = _declared(node)
                if declared is not None:
                    origins[address] = declared
    return origins, tuple(mistakes)


def _declared(node: DatasetNode) -> tuple[VersionColumn, ...] | None:
    try:
        return declared_columns(node)
    except ValueError:
        return None


def _columns(work: _Work, node: DatasetNode) -> tuple[VersionColumn, ...]:
    """The columns of an origin, remembered by its content where that is known without reading it."""
    assert isinstance(node.producer, Collected)
    spec = node.producer.resource.spec
    stamp = work.bench.collector.stamp(node)
    written = spec.model_dump(mode="json", by_alias=True, include={"from_", "format", "columns"})
    key = work.memory.key("inspect", stamp, written)
    known = work.memory.recall(key) if stamp else None
    if known is not None:
        return tuple(VersionColumn(name, kind) for name, kind in json.loads(known))
    found = work.bench.collector.inspect(node)
    columns = tuple(VersionColumn(c.name, type_word(c.type)) for c in found.columns)
    if stamp and found.stamp == stamp:
        work.memory.keep(key, json.dumps([[c.name, c.type] for c in columns]))
    return columns
