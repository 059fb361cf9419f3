"""Sensitivity and tags: how they flow along lineage, and what lowering them takes.

Levels are a matter of columns. A column's level is the highest of its sources', of the columns that decide
which rows there are, and of the least sensitive column of every dataset the query reads (a mere count of
rows tells something of a dataset, too). A dataset's level is the highest of its columns'. A collected
dataset without `sensitivity` is at DEFAULT if the space has that level, else at the highest there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from engine.addresses import Address, AddressError, dataset_reference
from engine.core.compiled import ColumnLogic, ColumnRef, CompiledDataset
from engine.core.compiling.peers import Sayings, Written, highest, is_said
from engine.core.space import Collected, DatasetNode, Space
from engine.diagnostics import Diagnostic, SourceSpan, error, warning
from engine.model.dataset import Column, Dataset
from engine.model.policies import DataPolicy

DEFAULT = "internal"
"""The level of a collected dataset that declares none: not open to everyone, as nobody said it may be."""
UNCOUNTED = "personal"
"""The tag that a count drops: how many persons there are is no longer about one of them."""

Compiled = Mapping[Address, CompiledDataset]


@dataclass(frozen=True, slots=True)
class Protection:
    """The levels and tags that hold for a dataset's columns."""

    levels: Mapping[str, str]
    tags: Mapping[str, tuple[str, ...]]
    sensitivity: str


@dataclass
class _Judge:
    """One dataset being judged: what it inherits, what is written for it, what is wrong with that."""

    node: DatasetNode
    columns: tuple[ColumnLogic, ...]
    row_sources: tuple[ColumnRef, ...]
    inputs: tuple[Address, ...]
    compiled: Compiled
    order: tuple[str, ...]
    found: list[Diagnostic] = field(default_factory=list)

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        return {level: rank for rank, level in enumerate(self.order)}

    def rank(self, level: str) -> int:
        return self.ranks.get(level, len(self.order) - 1)

    def highest(self, levels: Iterable[str]) -> str:
        return self.order[max(map(self.rank, levels), default=0)]

    @cached_property
    def base(self) -> str:
        """The level of every column, whatever it is computed from: of the rows and of each input at least."""
        levels = [self.compiled[ref.dataset].levels[ref.column] for ref in self.row_sources]
        for address in self.inputs:
            dataset = self.compiled[address]
            levels.append(min(set(dataset.levels.values()), key=self.rank, default=dataset.sensitivity))
        return self.highest(levels)


def protection_of(
    node: DatasetNode,
    columns: tuple[ColumnLogic, ...],
    row_sources: tuple[ColumnRef, ...],
    inputs: tuple[Address, ...],
    space: Space,
    compiled: Compiled,
    place: Sequence[DatasetNode],
) -> tuple[Protection, tuple[Diagnostic, ...]]:
    """Levels and tags of a dataset, and every lowering that nobody answers for.

    `place` holds all datasets that are collected from where this one is, itself included.
    """
    judge = _Judge(node, columns, row_sources, inputs, compiled, space.settings.spec.sensitivity)
    if isinstance(node.producer, Collected):
        found = _collected(judge, node.producer.resource.spec, place)
    else:
        found = _derived(judge)
    return found, (*judge.found, *(() if _is_narrowed(judge, space) else _useless(node)))


def _collected(judge: _Judge, spec: Dataset, place: Sequence[DatasetNode]) -> Protection:
    """What is written, here or of the same origin elsewhere; a column is below it only by `declassify`."""
    order = judge.order
    base = spec.sensitivity or (DEFAULT if DEFAULT in order else order[-1])
    written = {c.name: (i, c) for i, c in enumerate(spec.columns)}
    levels, tags = {}, {}
    sayings = Sayings(spec, place)
    for column in judge.columns:
        index, declared = written.get(column.name, (0, None))
        own = declared.sensitivity if declared and declared.sensitivity in order else None
        if own is not None and judge.rank(own) < judge.rank(base) and spec.declassify is None:
            summary = f'Column "{column.name}" is declared {own}, below its dataset\'s level {base}.'
            judge.found.append(_lowering(judge.node.span("columns", index, "sensitivity"), summary))
            own = base
        levels[column.name] = own or base
        tags[column.name] = {*spec.tags, *(declared.tags if declared else ())}
        if spec.declassify is None:
            said = sayings.of(column.name)
            tags[column.name] |= {tag for one in said for tag in one.tags}
            levels[column.name] = _level_of_origin(judge, spec, column, levels[column.name], said)
    return _protection(judge, levels, tags)


def _level_of_origin(
    judge: _Judge, spec: Dataset, column: ColumnLogic, own: str, said: Sequence[Written]
) -> str:
    """A column's own level, or the higher one that is written of what it is read from."""
    found = highest(said, judge.rank)
    if found is None or found.level is None or judge.rank(found.level) <= judge.rank(own):
        return own
    index, declared = next(((i, c) for i, c in enumerate(spec.columns) if c.name == column.name), (0, None))
    if is_said(spec, declared):
        by_column = declared is not None and declared.sensitivity is not None
        path = ("columns", index, "sensitivity") if by_column else ("sensitivity",)
        there = "another column" if found.dataset == judge.node.address else str(found.dataset)
        summary = f'Column "{column.name}" is {own}; {there}, of the same origin, is {found.level}.'
        judge.found.append(_lowering(judge.node.span(*path), summary))
    return found.level


def _derived(judge: _Judge) -> Protection:
    written = {c.name: (i, c) for i, c in enumerate(judge.node.columns)}
    step = judge.node.sensitivity if judge.node.sensitivity in judge.order else None
    levels, tags = {}, {}
    exposed: list[tuple[str, str]] = []
    for column in judge.columns:
        index, declared = written.get(column.name, (0, None))
        inherited = _inherited_level(judge, column)
        own = declared.sensitivity if declared and declared.sensitivity in judge.order else None
        levels[column.name] = _level(judge, column, inherited, own, step, index, exposed)
        tags[column.name] = _tags(judge, column, declared, index)
    if exposed:
        judge.found.append(_exposure(judge, exposed))
    return _protection(judge, levels, tags)


def _level(
    judge: _Judge,
    column: ColumnLogic,
    inherited: str,
    own: str | None,
    step: str | None,
    index: int,
    exposed: list[tuple[str, str]],
) -> str:
    """The level that holds: as written if that raises or is answered for, else as inherited."""
    wanted = own or step or inherited
    if judge.rank(wanted) >= judge.rank(inherited) or judge.node.declassify is not None:
        return wanted
    if own is None:
        exposed.append((column.name, inherited))
    else:
        summary = f'Column "{column.name}" is declared {own} but its content is {inherited}.'
        trail = _trail(judge, column, inherited)
        judge.found.append(_lowering(judge.node.span("columns", index, "sensitivity"), summary, trail))
    return inherited


def _exposure(judge: _Judge, exposed: list[tuple[str, str]]) -> Diagnostic:
    """The step says one level for all, and some columns are above it: one message, the worst column first."""
    name, level = max(exposed, key=lambda e: (judge.rank(e[1]), -[x[0] for x in exposed].index(e[0])))
    others = sorted({column for column, _ in exposed if column != name})
    also = f" (also {', '.join(others)})" if others else ""
    summary = (
        f'{judge.node.address} is declared {judge.node.sensitivity} but its column "{name}" is {level}{also}.'
    )
    column = next(c for c in judge.columns if c.name == name)
    return _lowering(judge.node.span("sensitivity"), summary, _trail(judge, column, level))


def _inherited_level(judge: _Judge, column: ColumnLogic) -> str:
    levels = {judge.compiled[ref.dataset].levels[ref.column] for ref in column.sources}
    return judge.highest({judge.base, *levels})


def _tags(judge: _Judge, column: ColumnLogic, declared: Column | None, index: int) -> set[str]:
    inherited = {
        tag for ref in column.sources for tag in judge.compiled[ref.dataset].tags.get(ref.column, ())
    }
    if column.kind == "count":
        inherited.discard(UNCOUNTED)
    if declared is None or "tags" not in declared.model_fields_set:
        return inherited
    lost = sorted(inherited - set(declared.tags))
    if not lost or judge.node.declassify is not None:
        return set(declared.tags)
    summary = f'Column "{column.name}" drops the tag "{lost[0]}" of what it is computed from.'
    place = judge.node.span("columns", index, "tags")
    judge.found.append(_lowering(place, summary, _tag_trail(judge, column, lost[0])))
    return inherited | set(declared.tags)


def _protection(judge: _Judge, levels: Mapping[str, str], tags: Mapping[str, set[str]]) -> Protection:
    declared = judge.node.sensitivity
    floor = [declared] if declared in judge.order and declared is not None else []
    kept = {name: tuple(sorted(found)) for name, found in tags.items() if found}
    return Protection(dict(levels), kept, judge.highest([*levels.values(), *floor]))


def _lowering(span: SourceSpan, summary: str, trail: str = "") -> Diagnostic:
    path = f"It comes along {trail}. " if trail else ""
    advice = "Raise it, leave the column out, or write `declassify: {reason, approved_by}` there."
    return error("declassify", span, summary, path + advice)


def _trail(judge: _Judge, column: ColumnLogic, level: str) -> str:
    """The path of columns along which the level came, from where it was declared."""

    def carries(ref: ColumnRef) -> bool:
        return judge.rank(judge.compiled[ref.dataset].levels[ref.column]) >= judge.rank(level)

    return _path(judge, ColumnRef(judge.node.address, column.name), column, judge.row_sources, carries)


def _tag_trail(judge: _Judge, column: ColumnLogic, tag: str) -> str:
    def carries(ref: ColumnRef) -> bool:
        return tag in judge.compiled[ref.dataset].tags.get(ref.column, ())

    return _path(judge, ColumnRef(judge.node.address, column.name), column, (), carries)


def _path(
    judge: _Judge,
    at: ColumnRef,
    column: ColumnLogic | None,
    rows: tuple[ColumnRef, ...],
    carries: Callable[[ColumnRef], bool],
) -> str:
    path = [str(at)]
    while column is not None:
        before = next((ref for ref in (*column.sources, *rows) if carries(ref)), None)
        if before is None:
            break
        path.append(str(before))
        dataset = judge.compiled[before.dataset]
        column, rows = dataset.column(before.column), dataset.row_sources
    return " -> ".join(reversed(path))


def _is_narrowed(judge: _Judge, space: Space) -> bool:
    """Whether a data policy governs anything the dataset comes from: `declassify` then answers for that."""
    if judge.node.declassify is None:
        return False
    governed = set()
    for policy in space.of(DataPolicy):
        for text in policy.spec.datasets:
            with suppress(AddressError):
                governed.add(space.dataset_of(dataset_reference(text, "")))
    waiting, seen = [*judge.inputs], set[Address]()
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            waiting += judge.compiled[address].inputs.values()
    return not governed.isdisjoint(seen)


def _useless(node: DatasetNode) -> Iterator[Diagnostic]:
    """A step's `declassify` that says nothing of what it lowers; a collected dataset's is about its past."""
    if node.declassify is None or isinstance(node.producer, Collected):
        return
    says = node.sensitivity is not None or any(
        c.sensitivity is not None or "tags" in c.model_fields_set for c in node.columns
    )
    if not says:
        yield warning(
            "unused-declassify",
            node.span("declassify"),
            "`declassify` lowers nothing here.",
            "Say what it lowers: `sensitivity:` of the step, or `sensitivity:` or `tags:` of its columns.",
        )
