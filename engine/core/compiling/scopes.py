"""What names mean inside one SELECT, by DuckDB's rules; where two rules could apply, it is untraceable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from engine.core.compiling.terms import Output, Relation, Traced, Untraceable, merge, term


@dataclass
class Tables:
    """The tables a query may read, and the number of each that it does read, by first use."""

    schemas: Mapping[str, tuple[str, Relation]]
    """Lower-case name to the name as given and the table's relation, its number still to be set."""
    numbers: dict[str, int] = field(default_factory=dict)

    def relation(self, name: str) -> Relation:
        """The relation of a table by name in any case; the table counts as read from now on."""
        known = self.schemas.get(name.lower())
        if known is None:
            raise Untraceable(name)
        number = self.numbers.setdefault(known[0], len(self.numbers))
        outputs = tuple(
            Output(o.name, replace(o.value, sources=frozenset({(number, o.name)}))) for o in known[1].outputs
        )
        return Relation(outputs, term("table", number))


@dataclass(frozen=True)
class Source:
    """One entry of FROM: its name, place and relation. A hidden one (of a semi join) is not in `*`."""

    alias: str
    index: int
    relation: Relation

    def get(self, name: str) -> Traced | None:
        """Its column of that name in any case. Raises Untraceable when two are called so."""
        found = [o.value for o in self.relation.outputs if o.name.lower() == name]
        if len(found) > 1:
            raise Untraceable(name)
        return found[0] if found else None


@dataclass
class Scope:
    """One SELECT while it is read: its sources, select-list aliases, CTEs, and the SELECT around it."""

    tables: Tables
    trace: Callable[[exp.Expr, Scope], Traced]
    parent: Scope | None = None
    ctes: Mapping[str, Callable[[], Relation]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    merged: dict[str, Traced] = field(default_factory=dict)
    """Columns that a USING made one of two."""
    dropped: set[tuple[int, str]] = field(default_factory=set)
    """Columns, by source, that are in `merged` under the same name and so not in `*` again."""
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)
    windows: dict[str, exp.Expr] = field(default_factory=dict)
    alone: bool = False
    """Whether FROM is one source without joins."""
    preserving: bool = False
    """Whether the SELECT only computes columns: it has exactly the rows of its one source."""

    def reference(self, source: Source, value: Traced) -> Traced:
        """The value of a source's column as seen in this SELECT."""
        if self.alone and (self.preserving or value.plain):
            return replace(value, marks=frozenset())
        seen = term("from", source.index, value.term, source.relation.rows)
        return Traced(seen, value.sources, value.kind, numeric=value.numeric)

    def local(self, name: str) -> Traced | None:
        """The column of that name among the sources, None if there is none."""
        if name in self.merged:
            return self.merged[name]
        found = [(s, v) for s in self.sources if (v := s.get(name)) is not None]
        if len(found) > 1:
            raise Untraceable(name)
        return self.reference(*found[0]) if found else None

    def alias(self, name: str) -> Traced | None:
        """The select-list expression of that alias, None if there is none."""
        node = self.aliases.get(name)
        if node is None or name in self.active:
            return None
        self.active.add(name)
        try:
            return self.trace(node, self)
        finally:
            self.active.discard(name)

    def column(self, name: str) -> Traced:
        """What a bare name means: a column, else an alias, else a column of the SELECT around."""
        found = self.local(name)
        if found is not None:
            return found
        alias = self.alias(name)
        outer = self._outer((name,))
        if alias is not None and outer is not None:
            raise Untraceable(name)
        if alias is None and outer is None:
            raise Untraceable(name)
        return alias or outer  # type: ignore[return-value]  # one of them is there, as just checked

    def qualified(self, parts: tuple[str, ...]) -> Traced:
        """What `table.column`, `column.field` or `table.column.field` means."""
        if len(parts) == 1:
            return self.column(parts[0])
        head, name = parts[0], parts[1]
        sources = [s for s in self.sources if s.alias == head]
        if len(sources) > 1:
            raise Untraceable(head)
        value = sources[0].get(name) if sources else None
        if value is not None:
            return _fields(self.reference(sources[0], value), parts[2:])
        structure = self.local(head)
        if structure is not None and not sources:
            return _fields(structure, parts[1:])
        outer = None if sources or structure else self._outer(parts)
        if outer is None:
            raise Untraceable(".".join(parts))
        return outer

    def _outer(self, parts: tuple[str, ...]) -> Traced | None:
        if self.parent is None:
            return None
        try:
            found = self.parent.qualified(parts)
        except Untraceable:
            return None
        return Traced(term("outer", found.term), found.sources, found.kind, plain=False)

    def star(self, alias: str | None = None) -> list[Output]:
        """The columns that `*`, or `alias.*`, stands for."""
        if alias is not None:
            sources = [s for s in self.sources if s.alias == alias]
            if len(sources) != 1:
                raise Untraceable(f"{alias}.*")
            return [Output(o.name, self.reference(sources[0], o.value)) for o in sources[0].relation.outputs]
        found: list[Output] = []
        for source in self.sources:
            for output in source.relation.outputs:
                name = output.name.lower()
                if (source.index, name) in self.dropped:
                    continue
                value = self.merged.get(name) or self.reference(source, output.value)
                found.append(Output(output.name, value))
        return found


def _fields(value: Traced, names: tuple[str, ...]) -> Traced:
    for name in names:
        value = Traced(term("field", value.term, name), value.sources, "expression", plain=value.plain)
    return value


def using(scope: Scope, right: Source, names: list[str], side: str) -> list[Traced]:
    """Merge the named columns of the sources so far with `right`'s; the pairs, for the join's term."""
    pairs: list[Traced] = []
    for name in names:
        left_value, right_value = scope.local(name), right.get(name)
        if left_value is None or right_value is None:
            raise Untraceable(name)
        seen = scope.reference(right, right_value)
        both = merge((left_value, seen))
        full = Traced(term("either", left_value.term, seen.term), both.sources, "expression")
        pairs.append(full)
        scope.merged[name] = full if side in ("RIGHT", "FULL") else left_value
        scope.dropped.add((right.index, name))
    return pairs
