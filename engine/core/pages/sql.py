"""Queries of tiles as DuckDB SQL over one table, `self`: the grid that is shown, and the cube behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.core.pages.expressions import Leaf, Measure, quoted
from engine.core.pages.queries import Query

SELF = "self"


@dataclass(frozen=True, slots=True)
class Guard:
    """How a dataset with a disclosure floor is read: by counting its units, or with small rows marked.

    `unit` is the column whose distinct values a cell counts. A dataset without it is made of cells already:
    `hidden` is the condition, in SQL, of the rows that are withheld.
    """

    floor: int
    unit: str | None = None
    hidden: str = "TRUE"
    unnamed: str = "FALSE"
    """The condition of those among them whose very keys are about too few."""
    rounding: int = 0
    """What counts are multiples of; 0 for counts as they are."""
    counts: tuple[str, ...] = ()
    """Columns that hold counts, of a dataset without a unit."""

    @property
    def group(self) -> str:
        """For a group of rows: its units; or 1 for one withheld row, 2 for several with one among them.

        And 3 for a group of nothing but rows that have no place on a page.
        """
        if self.unit is not None:
            return f"count(distinct {quoted(self.unit)})" if self.unit else "count(*)"
        withheld = f"WHEN bool_or({self.hidden}) THEN least(count(*), 2)"
        return f"CASE WHEN count(*) > 0 AND bool_and({self.unnamed}) THEN 3 {withheld} ELSE 0 END"

    blank: tuple[str, ...] = ()
    """Columns that are computed of cells of which some are withheld: they are there, and empty."""

    scarce: Mapping[str, str] = field(default_factory=dict)
    """Columns that are empty but where their condition (in SQL) holds: other rows are of too few people."""

    @property
    def table(self) -> str:
        """What is read: the dataset, the counts in it rounded."""
        return self.read(SELF, self.counts if self.rounding else ())

    def read(self, table: str, rounded: Sequence[str] = ()) -> str:
        """A table of the dataset's rows as it is read; with some of its columns rounded."""
        named = {quoted(name): self.rounded(quoted(name)) for name in rounded if name not in self.blank}
        empty = {**self.scarce, **dict.fromkeys(self.blank, "FALSE")}
        named |= {quoted(name): f"CASE WHEN {where} THEN {quoted(name)} END" for name, where in empty.items()}
        if not named:
            return table
        written = ", ".join(f"{sql} AS {name}" for name, sql in named.items())
        return f"(SELECT * REPLACE ({written}) FROM {table})"

    def rounded(self, count: str) -> str:
        """A count as the nearest multiple; half of one goes up."""
        base = self.rounding
        return f"(({count} + {base // 2}) // {base} * {base})" if base else count

    def measured(self, measure: Measure) -> str:
        """A measure over groups of rows; where rows are units, made of rounded counts.

        It is null in a group with too few units for a quantile in it.
        """
        if self.unit is None:
            return measure.sql
        text = measure.sql
        if self.rounding:
            text = measure.sql_with(
                lambda leaf: self.rounded(leaf.sql_text) if leaf.counts else leaf.sql_text
            )
        enough = [self._enough(leaf) for leaf in measure.leaves if leaf.floors > 1]
        return f"CASE WHEN {' AND '.join(enough)} THEN {text} END" if enough else text

    def _enough(self, leaf: Leaf) -> str:
        """Whether as many units contribute to an aggregate as it takes."""
        of = " AND ".join(f"({c})" for c in (leaf.where, leaf.there) if c) or "TRUE"
        return f"{self.group} FILTER (WHERE {of}) >= {leaf.floors * self.floor}"

    @property
    def row(self) -> str:
        """The same for one row of a listing."""
        if self.unit is not None:
            return "1"
        return f"CASE WHEN {self.unnamed} THEN 3 WHEN {self.hidden} THEN 1 ELSE 0 END"


def base(where: Iterable[str], guard: Guard | None = None) -> str:
    """The rows a query is about."""
    table = SELF if guard is None else guard.table
    conditions = [f"({w})" for w in where if w]
    return f"{table} WHERE {' AND '.join(conditions)}" if conditions else table


def grid_sql(query: Query, where: Iterable[str], guard: Guard | None = None) -> str:
    """The rows that are shown, each with what the guard says of it last."""
    guarded = [] if guard is None else [guard.row if query.listing else guard.group]
    shown = [s.sql if guard is None or s.measure is None else guard.measured(s.measure) for s in query.shown]
    text = f"SELECT {_columns([*shown, *guarded])} FROM {base(where, guard)}"
    if not query.listing and query.dimensions:
        text += f" GROUP BY {', '.join(shown.sql for shown in query.dimensions)}"
    return text + _order(query)


def _columns(texts: Iterable[str]) -> str:
    return ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(texts))


def _order(query: Query) -> str:
    """The author's order, ties (and whatever has no order) by the columns shown: the same every time."""
    positions = list(range(1, len(query.shown) + 1))
    if query.sort is None:
        return "" if query.listing else f" ORDER BY {', '.join(map(str, positions))}"
    name, downwards = query.sort
    first = next(i for i, shown in enumerate(query.shown, 1) if shown.name == name)
    direction = "DESC NULLS LAST" if downwards else "ASC NULLS LAST"
    return f" ORDER BY {', '.join([f'{first} {direction}', *(str(p) for p in positions if p != first)])}"


def listing_sql(query: Query, filters: Iterable[str], where: Iterable[str], guard: Guard | None) -> str:
    """The rows of a listing, each followed by the values of the filters' columns and the guard's word."""
    guarded = [] if guard is None else [guard.row]
    columns = _columns([*(shown.sql for shown in query.shown), *map(quoted, filters), *guarded])
    return f"SELECT {columns} FROM {base(where, guard)}{_order(query)}"


def leaf_sql(
    query: Query, leaf: Leaf, filters: Iterable[str], where: Iterable[str], guard: Guard | None
) -> str:
    """The cells of one leaf: dimensions, filters' columns, value, and a last column.

    The last column is the guard's word; for `values` without a guard it is how often the value occurs, with
    one the quantile itself is selected and the word is of the rows that have a value. For `distinct` without
    a guard the filters' columns come as one list of the points at which a unit occurs.
    """
    groups = [shown.sql for shown in query.dimensions]
    points = [quoted(name) for name in filters]
    said = guard.group if guard else "0"
    present = base((*where, leaf.where, leaf.there), guard)
    match leaf.kind:
        case "distinct" if guard is None:
            return _classes(leaf, groups, points, present)
        case "values" if guard is None:
            return _grouped([*groups, *points, leaf.argument], ["count(*)"], present)
        case "values":
            value = f"quantile_cont({leaf.argument}, {leaf.quantile})"
            return _grouped([*groups, *points], [value, said], present)
        case "distinct":
            value = f"count(distinct {leaf.argument})"
        case kind:
            value = f"{kind}({leaf.argument})"
    if guard is not None and guard.unit is not None and leaf.counts:
        value = guard.rounded(value)
    return _grouped([*groups, *points], [value, said], base((*where, leaf.where), guard))


def _grouped(groups: list[str], values: list[str], rows: str) -> str:
    text = f"SELECT {_columns([*groups, *values])} FROM {rows}"
    return f"{text} GROUP BY {', '.join(groups)} ORDER BY ALL" if groups else text


def _classes(leaf: Leaf, groups: list[str], points: list[str], rows: str) -> str:
    """Units by the exact set of points they occur at: disjoint classes, so their sizes add up."""
    keys = [f"g{i}" for i in range(len(groups))]
    named = "".join(f"{sql} AS {key}, " for sql, key in zip(groups, keys, strict=True))
    listed = "".join(f"{key}, " for key in keys)
    point = f"struct_pack({', '.join(f'p{i} := {p}' for i, p in enumerate(points))})"
    return (
        f"SELECT {listed}places, count(*) AS n FROM ("
        f"SELECT {listed}unit, list(point ORDER BY point) AS places FROM ("
        f"SELECT DISTINCT {named}{leaf.argument} AS unit, {point} AS point FROM {rows}) "
        f"GROUP BY {listed}unit) GROUP BY {listed}places ORDER BY ALL"
    )


def enough_sql(source: str, columns: Iterable[str], where: Iterable[str], floor: int) -> str:
    """The combinations of columns that are about enough units, in order; `source` tells whose rows are."""
    listed = ", ".join(map(quoted, columns))
    return (
        f"SELECT {listed} FROM (SELECT * FROM ({source}) AS self WHERE "
        f"{' AND '.join(f'({w})' for w in where if w) or 'TRUE'}) "
        f"GROUP BY ALL HAVING count(DISTINCT __unit) >= {floor} ORDER BY ALL"
    )


def range_sql(column: str, where: Iterable[str]) -> str:
    """The lowest and highest value of a filter's column."""
    return f"SELECT min({quoted(column)}) AS low, max({quoted(column)}) AS high FROM {base(where)}"


def combinations_sql(columns: Iterable[str], where: Iterable[str]) -> str:
    """Distinct combinations of columns, in order."""
    return f"SELECT DISTINCT {', '.join(map(quoted, columns))} FROM {base(where)} ORDER BY ALL"
