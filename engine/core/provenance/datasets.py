"""Datasets followed to their units, one after the other, and written as one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlglot
from sqlglot import exp

from engine.addresses import Address
from engine.core.compiled import ColumnRef, CompiledDataset
from engine.core.compiling.query_text import is_read_by_halves, tokens_of
from engine.core.provenance.origins import Compiled, freed, is_origin, passed_units, upstream
from engine.core.provenance.queries import read
from engine.core.provenance.relations import (
    FILE,
    QUERY,
    Known,
    Never,
    Out,
    Relation,
    Unknown,
    column,
    inside,
    named,
    no_number,
    selection,
    table_node,
)
from engine.core.provenance.values import ROW, UNIT, NotFollowed, Provenance, Refusal
from engine.core.provenance.writing import written

NUMBERS = ("integer", "float", "decimal")


def provenance_of(dataset: CompiledDataset, compiled: Compiled) -> Provenance | NotFollowed | None:
    """Which units the rows of a dataset are made of; None when no dataset with units is behind it."""
    return Provenances(compiled).of(dataset)


@dataclass
class Provenances:
    """The provenance of every dataset of a space, each worked out once."""

    compiled: Compiled
    _relations: dict[Address, Relation] = field(default_factory=dict)
    _numbers: dict[Address, int] = field(default_factory=dict)

    def of(self, dataset: CompiledDataset) -> Provenance | NotFollowed | None:
        """As `provenance_of`."""
        relation = self._relation(dataset)
        if relation.kind == "closed":
            return NotFollowed(relation.lost)
        if relation.kind == "free":
            return None
        number = self._numbers[dataset.address]
        if number not in _WRITTEN:
            _WRITTEN[number] = _provenance(dataset, relation, self._relations)
        return _WRITTEN[number]

    def refusals(self, of: CompiledDataset | Address) -> tuple[Refusal, ...]:
        """What a dataset's own query computes over units that may not be computed."""
        dataset = self.compiled[of] if isinstance(of, Address) else of
        return self._relation(dataset).refusals if dataset.query else ()

    def _relation(self, dataset: CompiledDataset) -> Relation:
        """The dataset as a relation whose tables are other datasets'; those before it come first."""
        for here in upstream(dataset, self.compiled):
            if here.address not in self._relations:
                number = _numbered(here, self._numbers)
                self._numbers[here.address] = number
                if number not in _KEPT:
                    _KEPT[number] = _worked_out(here, self.compiled, self._relations)
                self._relations[here.address] = _KEPT[number]
        return self._relations[dataset.address]


_NUMBERS: dict[object, int] = {}
_KEPT: dict[int, Relation] = {}
_WRITTEN: dict[int, Provenance] = {}
"""What was worked out, by the number of all that it follows from: pages ask for the same again and again."""


def _numbered(dataset: CompiledDataset, before: Mapping[Address, int]) -> int:
    """A number that stands for a dataset and everything before it."""
    inputs = tuple((name, a, before.get(a, -1)) for name, a in dataset.inputs.items())
    facts = (dataset.address, dataset.query, dataset.columns, dataset.unit, dataset.min_cell, inputs)
    return _NUMBERS.setdefault(facts, len(_NUMBERS))


def _worked_out(dataset: CompiledDataset, compiled: Compiled, known: Mapping[Address, Relation]) -> Relation:
    if is_origin(dataset, compiled):
        return _origin(dataset)
    if all(known[a].kind == "free" for a in dataset.inputs.values() if a in known) or freed(
        dataset, compiled
    ):
        return _file(dataset)
    try:
        found = _followed(dataset, compiled, known)
    except Unknown as form:
        found = _by_value(dataset, compiled, known, f"its query has {form}")
    except Never as why:
        found = _closed(str(why))
    except RecursionError:
        found = _closed("its query is nested too deeply")
    if found.kind == "closed" and any(
        dataset.min_cell < compiled[a].min_cell for a in dataset.inputs.values() if a in compiled
    ):
        return _file(dataset)  # somebody answers for it: its own figures tell
    return found


def _origin(dataset: CompiledDataset) -> Relation:
    if any(c.name.startswith("__") for c in dataset.columns):
        return _closed(f"{dataset.address} has a column whose name begins with __")
    number = exp.Sub(this=exp.Window(this=exp.RowNumber()), expression=exp.Literal.number(1))
    outs = tuple(replace(o, unit=o.name == (dataset.unit or "").lower()) for o in _columns(dataset))
    return _from_file(dataset, outs, number, dataset.address, frozenset([dataset.address]))


def _columns(dataset: CompiledDataset) -> Iterator[Out]:
    for c in dataset.columns:
        yield Out(c.name.lower(), c.name.lower(), numeric=c.type.startswith(NUMBERS))


def _from_file(
    dataset: CompiledDataset,
    outs: tuple[Out, ...],
    number: exp.Expr,
    rows_of: Address | None,
    units: frozenset[Address],
) -> Relation:
    """The rows of a dataset's own file, each of the unit that stands in it."""
    unit = named(column(dataset.unit or ""), UNIT)
    made = selection([exp.Star(), unit, named(number, ROW)], table_node(f"{FILE}{dataset.address}", "t"))
    return Relation(made, outs, "rows", rows_of=rows_of, units=units)


def _file(dataset: CompiledDataset) -> Relation:
    """A dataset without units, which is read as it is."""
    made = selection([exp.Star()], table_node(f"{FILE}{dataset.address}", "t"))
    return Relation(made, tuple(_columns(dataset)), "free", dataset.min_cell > 0)


def _closed(why: str) -> Relation:
    return Relation(exp.Select(), (), "closed", lost=why)


def _followed(dataset: CompiledDataset, compiled: Compiled, known: Mapping[Address, Relation]) -> Relation:
    tree = sqlglot.parse_one(dataset.query, dialect="duckdb")
    if is_read_by_halves(tokens_of(dataset.query)):
        raise Unknown("the operator ~")
    tables = {n.lower(): _table(a, known) for n, a in dataset.inputs.items()}
    _refuse_names(tree, tables)
    found = read(tree, tables)
    if found.outs is None or len(found.outs) != len(dataset.columns):
        raise Unknown("columns that are not known")
    if found.kind == "free":
        return _file(dataset)
    if found.lost:
        names = [c.name for c, o in zip(dataset.columns, found.outs, strict=True) if o.unit]
        if found.kind == "rows" and dataset.unit in names:
            own = _own_rows(dataset, compiled, found.outs, found.units)
            return replace(own, refusals=found.refusals)
        return replace(_closed(found.lost), refusals=found.refusals)
    return _as_declared(dataset, found)


def _table(address: Address, known: Mapping[Address, Relation]) -> Known:
    relation = known.get(address, _closed(f"{address} is not known"))
    return Known(relation, f"{FILE if relation.kind == 'free' else QUERY}{address}")


def _refuse_names(tree: exp.Expr, tables: Mapping[str, Known]) -> None:
    """Raises Never for names that could be taken for those which are put into the query."""
    names = [node.name for node in tree.find_all(exp.Identifier)]
    names += [o.name for known in tables.values() for o in known.relation.outs or ()]
    names += [node.name for node in tree.find_all(exp.Literal) if FILE in node.name or QUERY in node.name]
    for name in names:
        if name.startswith("__") or FILE in name or QUERY in name:
            raise Never(f"it has `{name}`, which may be taken for a name that the engine puts in")


def _own_rows(
    dataset: CompiledDataset, compiled: Compiled, read: Sequence[Out], units: frozenset[Address]
) -> Relation:
    """The dataset's own rows, each of the unit that it names; there is no way to their numbers."""
    handed_on = passed_units(dataset, compiled)
    if any(c.name.startswith("__") for c in dataset.columns) or not handed_on or not all(handed_on):
        return _closed("its rows do not name their unit as it was")
    outs = tuple(
        replace(o, unit=o.name == (dataset.unit or "").lower(), mixed=r.mixed, names=r.names)
        for o, r in zip(_columns(dataset), read, strict=True)
    )
    return _from_file(dataset, outs, no_number(), None, units)


def _by_value(
    dataset: CompiledDataset, compiled: Compiled, known: Mapping[Address, Relation], why: str
) -> Relation:
    """A dataset whose query is not read: its own rows, if it reads units once and hands their unit on."""
    protected = [a for a in dict.fromkeys(dataset.inputs.values()) if a in known and known[a].kind != "free"]
    names = {n.lower() for n, a in dataset.inputs.items() if a in protected}
    if dataset.unit is None or len(protected) != 1 or known[protected[0]].kind != "rows":
        return _closed(why)
    if not _reads_once(sqlglot.parse_one(dataset.query, dialect="duckdb"), names):
        return _closed(why)
    read = [
        Out("", "", mixed=not _handed_on(c.sources, c.kind, known), names=_names(c.sources, c.kind, known))
        for c in dataset.columns
    ]
    return _own_rows(dataset, compiled, read, known[protected[0]].units)


def _names(sources: tuple[ColumnRef, ...], kind: str, known: Mapping[Address, Relation]) -> bool:
    """Whether a column is computed of who the unit is."""
    outs = (o for r in sources for o in known[r.dataset].outs or () if o.name == r.column.lower())
    return any(o.names or (o.unit and kind != "identity") for o in outs)


def _handed_on(sources: tuple[ColumnRef, ...], kind: str, known: Mapping[Address, Relation]) -> bool:
    """Whether a column is one of its row's own, as it was."""
    if kind != "identity" or not sources:
        return False

    def own(ref: ColumnRef) -> bool:
        relation = known[ref.dataset]
        outs = [o for o in relation.outs or () if o.name == ref.column.lower()]
        return not relation.guarded and bool(outs) and not any(o.mixed for o in outs)

    return all(map(own, sources))


def _reads_once(tree: exp.Expr, names: set[str]) -> bool:
    """Whether units are read at one place only, which is a FROM clause."""
    reading = set(names)
    for cte in tree.find_all(exp.CTE):
        if any(t.name.lower() in reading for t in cte.this.find_all(exp.Table)):
            reading.add(cte.alias.lower())
    seen: set[str] = set()
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if name in reading:
            if name in seen or not _in_from(table):
                return False
            seen.add(name)
    return len(seen & names) == 1


def _in_from(table: exp.Expr) -> bool:
    """Whether a table, and every query around it, is a source of one query or a named part."""
    node, parent = table, table.parent
    while parent is not None:
        source = isinstance(parent, exp.From | exp.Join) and parent.this is node
        inner = isinstance(parent, exp.Subquery | exp.CTE) and parent.this is node
        if not (
            source
            or inner
            or isinstance(parent, exp.With)
            or isinstance(node, exp.From | exp.Join | exp.With)
        ):
            return False
        node, parent = parent, parent.parent
    return True


def _as_declared(dataset: CompiledDataset, found: Relation) -> Relation:
    """The relation under the names that the dataset's columns have."""
    pairs = list(zip(found.outs or (), dataset.columns, strict=True))
    refusals = list(found.refusals)
    outs = []
    for out, c in pairs:
        number = c.type.startswith(NUMBERS)
        if out.figure is not None and not number and not any(r.column == out.name for r in refusals):
            refusals.append(Refusal(c.name, c.name, f"it is {c.type}, not a number"))
        outs.append(replace(out, name=c.name.lower(), at=c.name.lower(), numeric=number))
    items = [named(column(o.at, "q"), c.name) for o, c in pairs if o.figure is None]
    items += [named(column(h, "q"), h) for h in found.hidden]
    return replace(
        found, outs=tuple(outs), query=selection(items, inside(found.query, "q")), refusals=tuple(refusals)
    )


def _provenance(
    dataset: CompiledDataset, relation: Relation, known: Mapping[Address, Relation]
) -> Provenance:
    places: dict[str, Out] = {o.at: o for o in relation.outs or ()}
    columns = tuple(c.name for c in dataset.columns if places[c.name.lower()].figure is None)
    figures = {c.name: f for c in dataset.columns if (f := places[c.name.lower()].figure) is not None}
    sql, tables = written(dataset, relation, columns, known)
    grouped = relation.kind == "cells"
    return Provenance(
        sql=sql,
        tables=tables,
        unit_of=relation.units,
        rows_of=relation.rows_of,
        columns=columns,
        grouped=grouped,
        whole=relation.whole,
        figures=figures,
        mixed=frozenset(c for c in columns if places[c.lower()].mixed),
        naming=frozenset(c for c in columns if places[c.lower()].names),
    )
