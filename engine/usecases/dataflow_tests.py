"""Dataflow tests: made-up rows through a dataflow's own queries, and what must come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address, AddressError, dataset_address, dataset_reference
from engine.core.compiled import CompiledDataset
from engine.core.sandbox_rows import BadValue, QueryFailed, Sandbox, comparable, shown
from engine.core.space import Resource, Space
from engine.core.state import VersionColumn
from engine.diagnostics import Diagnostic, SourceSpan, counted, did_you_mean, error
from engine.model.dataflow import Dataflow
from engine.model.dataflow_test import DataflowTest

SHOWN = 3
"""How many rows of a sort a message shows."""

Compiled = Mapping[Address, CompiledDataset]
Row = Mapping[str, Any]


def run_tests(space: Space, compiled: Compiled, _binder: object = None) -> tuple[Diagnostic, ...]:
    """What every dataflow test of the space finds wrong.

    Rows are those the test's author made up, so messages may show them. A test whose dataflow has mistakes
    is left out: they are told elsewhere.
    """
    found: list[Diagnostic] = []
    for test in space.of(DataflowTest):
        flow = space.resources.get(Address("dataflow", test.address.project, test.spec.dataflow))
        if flow is not None and isinstance(flow.spec, Dataflow):
            found += _Test(space, compiled, test, flow.spec).run()
    return tuple(found)


@dataclass(frozen=True)
class _Test:
    """One test and the dataflow it is of."""

    space: Space
    compiled: Compiled
    resource: Resource[DataflowTest]
    flow: Dataflow

    def run(self) -> tuple[Diagnostic, ...]:
        """What it finds wrong."""
        needed = self._needed()
        if needed is None:
            return ()
        with Sandbox() as sandbox:
            mistakes = self._give(sandbox) or self._compute(sandbox, needed)
            if not mistakes:
                for output in self._expected():
                    mistakes += self._compare(sandbox, output)
        return tuple(mistakes)

    def _expected(self) -> list[str]:
        return [step.output for step in self.flow.steps if step.output in self.resource.spec.expect]

    def _step(self, output: str) -> CompiledDataset | None:
        return self.compiled.get(dataset_address(self.resource.address.project, output))

    def _needed(self) -> list[str] | None:
        """The outputs that the expected ones are made of, in order; None when one has no query."""
        outputs = [step.output for step in self.flow.steps]
        wanted = set(self._expected())
        for output in reversed(outputs):
            step = self._step(output)
            if output in wanted and step is None:
                return None
            if output in wanted and step is not None:
                wanted.update(name for name in step.inputs if name in outputs)
        return [output for output in outputs if output in wanted]

    def _give(self, sandbox: Sandbox) -> list[Diagnostic]:
        """Fill the dataflow's inputs; those the test does not name have no rows."""
        mistakes: list[Diagnostic] = []
        for name, reference in self.flow.inputs.items():
            columns = self._input_columns(reference)
            rows = self.resource.spec.given.get(name, ())
            unknown = self._unknown_columns(rows, columns, "given", name) if columns else []
            mistakes += unknown
            if columns and not unknown:
                mistakes += self._add(sandbox, name, columns, rows, ("given", name))
        return mistakes

    def _input_columns(self, reference: str) -> tuple[VersionColumn, ...]:
        try:
            address = dataset_reference(reference, self.resource.address.project)
        except AddressError:
            return ()
        dataset = self.compiled.get(self.space.dataset_of(address))
        return _columns(dataset) if dataset is not None else ()

    def _unknown_columns(
        self, rows: Sequence[Row], columns: Sequence[VersionColumn], *at: str
    ) -> list[Diagnostic]:
        known = [c.name for c in columns]
        return [
            error(
                "unknown-column",
                self.resource.document.key_span(*at, number, name),
                f'"{at[1]}" has no column "{name}".',
                did_you_mean(name, known),
            )
            for number, row in enumerate(rows)
            for name in row
            if name not in known
        ]

    def _add(
        self,
        sandbox: Sandbox,
        name: str,
        columns: Sequence[VersionColumn],
        rows: Sequence[Row],
        at: tuple[str, str],
    ) -> list[Diagnostic]:
        try:
            sandbox.add(name, columns, rows)
        except BadValue as bad:
            return [error("type", self.resource.span(*at, bad.row, bad.column), bad.message)]
        return []

    def _compute(self, sandbox: Sandbox, needed: Sequence[str]) -> list[Diagnostic]:
        for output in needed:
            step = self._step(output)
            assert step is not None
            try:
                sandbox.derive(output, _columns(step), step.query)
            except QueryFailed as failure:
                summary = f'Output "{output}" cannot be computed from the given rows.'
                return [error("dataflow-test", self._place(output), summary, str(failure))]
        return []

    def _place(self, output: str) -> SourceSpan:
        return self.resource.document.key_span("expect", output)

    def _compare(self, sandbox: Sandbox, output: str) -> list[Diagnostic]:
        """The difference between an output and its expected rows, as rows with repetitions in no order."""
        step = self._step(output)
        assert step is not None
        rows = self.resource.spec.expect[output]
        unknown = self._unknown_columns(rows, _columns(step), "expect", output)
        named = {name for row in rows for name in row}
        columns = tuple(c for c in _columns(step) if c.name in named or not rows)
        if unknown:
            return unknown
        expected: tuple[tuple[Any, ...], ...] = tuple(() for _ in rows)
        if columns:
            table = f"{output} expected"
            mistakes = self._add(sandbox, table, columns, rows, ("expect", output))
            if mistakes:
                return mistakes
            expected = sandbox.rows(table, columns)
        return self._difference(output, columns, expected, sandbox.rows(output, columns))

    def _difference(
        self,
        output: str,
        columns: Sequence[VersionColumn],
        expected: Sequence[tuple[Any, ...]],
        actual: Sequence[tuple[Any, ...]],
    ) -> list[Diagnostic]:
        missing = _beyond(expected, actual, columns)
        unexpected = _beyond(actual, expected, columns)
        if not missing and not unexpected:
            return []
        found = ((missing, "missing"), (unexpected, "unexpected"))
        counts = [f"{counted(len(rows), 'row')} {word}" for rows, word in found if rows]
        summary = f'Output "{output}" is not as expected: {" and ".join(counts)}.'
        said = (
            _said("Missing", expected, missing, columns),
            _said("Unexpected", actual, unexpected, columns),
        )
        place = self.resource.span("expect", output, missing[0]) if missing else self._place(output)
        return [error("dataflow-test", place, summary, " ".join(s for s in said if s))]


def _columns(dataset: CompiledDataset) -> tuple[VersionColumn, ...]:
    return tuple(VersionColumn(c.name, c.type) for c in dataset.columns)


def _beyond(
    rows: Sequence[tuple[Any, ...]], others: Sequence[tuple[Any, ...]], columns: Sequence[VersionColumn]
) -> list[int]:
    """The positions of the rows that are not among the others, repetitions counted."""
    left = Counter(_key(row, columns) for row in others)
    found = []
    for position, row in enumerate(rows):
        key = _key(row, columns)
        if left[key] > 0:
            left[key] -= 1
        else:
            found.append(position)
    return found


def _key(row: tuple[Any, ...], columns: Sequence[VersionColumn]) -> tuple[object, ...]:
    return tuple(comparable(value, column.type) for value, column in zip(row, columns, strict=True))


def _said(
    word: str, rows: Sequence[tuple[Any, ...]], positions: Sequence[int], columns: Sequence[VersionColumn]
) -> str:
    """`Missing: {oa: AFU, doctors: 1}; ... and 2 more.`"""
    if not positions or not columns:
        return ""
    texts = sorted(_spelled(rows[p], columns) for p in positions)
    more = f"; and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return f"{word}: {'; '.join(texts[:SHOWN])}{more}."


def _spelled(row: tuple[Any, ...], columns: Sequence[VersionColumn]) -> str:
    return "{" + ", ".join(f"{c.name}: {shown(v)}" for c, v in zip(columns, row, strict=True)) + "}"
