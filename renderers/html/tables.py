"""Tables as people read them: formatted cells with bars and heat, totals, shares and cross tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.core.pages.queries import table_columns
from engine.core.pages.release import Answer, Cell, Field, Grid, Mark, Row
from engine.core.pages.texts import in_language
from engine.model.tiles import Table, TableColumn
from renderers.html.links import RowLink
from renderers.html.maps import class_breaks
from renderers.html.numbers import Language, default_format, shown


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell: its text, the value to sort and download by when it differs, how it is decorated."""

    text: str
    value: str = ""
    style: str = ""
    """Class names: `n` numeric, `h1`-`h5` heat, `withheld`."""
    bar: float | None = None
    """Length of the bar, of 100."""
    href: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """A table: headings (label, whether numeric), rows, and a row of totals."""

    headings: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[CellView, ...], ...]
    totals: tuple[CellView, ...] = ()


def cell_view(cell: Cell, field: Field, lang: Language) -> CellView:
    """A cell as text, with what sorting and downloading need."""
    text = shown(cell, field, lang)
    if isinstance(cell, Mark):
        return CellView(text, "", "n withheld" if field.numeric else "withheld")
    plain = "" if cell is None else str(cell)
    return CellView(text, plain if plain != text else "", "n" if field.numeric else "")


def grid_table(grid: Grid, lang: Language, limit: int | None = None) -> TableView:
    """A grid as a plain table: what stands behind a chart."""
    headings = tuple((in_language(f.label, lang.code), f.numeric) for f in grid.fields)
    # A value that a column holds again is written once.
    known: list[dict[Cell, CellView]] = [{} for _ in grid.fields]
    rows = []
    for row in grid.rows[:limit]:
        views = []
        for cell, field, column in zip(row, grid.fields, known, strict=True):
            view = column.get(cell)
            if view is None:
                view = column[cell] = cell_view(cell, field, lang)
            views.append(view)
        rows.append(tuple(views))
    return TableView(headings, tuple(rows))


def linked(table: TableView, grid: Grid, link: RowLink | None) -> TableView:
    """The table with a link in each row, where its rows lead somewhere."""
    if link is None:
        return table
    rows = tuple(
        tuple(replace(cell, href=link.of(row)) if i == link.column else cell for i, cell in enumerate(cells))
        for cells, row in zip(table.rows, grid.rows, strict=False)
    )
    return replace(table, rows=rows)


def table_view(tile: Table, answers: Mapping[str, Answer], lang: Language) -> TableView:
    """A table tile, cross table or not."""
    grid = answers["main"].grid
    if tile.pivot is not None:
        return _pivoted(tile, answers, lang)
    columns = table_columns(tile, {f.name: f.type for f in grid.fields})
    plain = grid_table(grid, lang)
    titles = [in_language(c.title, lang.code) for c in columns]
    headings = tuple((t or h, n) for t, (h, n) in zip(titles, plain.headings, strict=True))
    decorated = _decorated(plain.rows, grid, columns)
    totals = _totals(grid, answers.get("total"), lang)
    return TableView(headings, decorated, totals)


def _decorated(
    rows: tuple[tuple[CellView, ...], ...], grid: Grid, columns: Sequence[TableColumn]
) -> tuple[tuple[CellView, ...], ...]:
    found = [list(row) for row in rows]
    for i, column in enumerate(columns):
        values = [_number(row[i]) for row in grid.rows]
        if column.bar:
            top = max((abs(v) for v in values if v is not None), default=0.0)
            for row, value in zip(found, values, strict=True):
                if value is not None and top:
                    row[i] = replace(row[i], bar=round(abs(value) * 100 / top, 1))
        if column.heat is not None:
            _heated(found, grid, columns, i, column.heat.within)
    return tuple(map(tuple, found))


def _heated(
    found: list[list[CellView]], grid: Grid, columns: Sequence[TableColumn], i: int, within: str
) -> None:
    """Shade the cells of column `i` by their place among the column, the row or the whole table."""
    hot = [k for k, column in enumerate(columns) if column.heat is not None]
    for at, row in enumerate(grid.rows):
        peers = {
            "column": [r[i] for r in grid.rows],
            "row": [row[k] for k in hot],
            "table": [r[k] for r in grid.rows for k in hot],
        }[within]
        value = _number(row[i])
        numbers = [n for n in map(_number, peers) if n is not None]
        if value is not None and numbers:
            step = 1 + sum(value >= b for b in class_breaks(numbers, None))
            found[at][i] = replace(found[at][i], style=f"{found[at][i].style} h{min(step, 5)}")


def _number(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None


def _totals(grid: Grid, total: Answer | None, lang: Language) -> tuple[CellView, ...]:
    if total is None or not total.grid.rows:
        return ()
    sums = {f.name: (cell, f) for f, cell in zip(total.grid.fields, total.grid.rows[0], strict=True)}
    cells = [
        cell_view(sums[f.name][0], replace(f, format=f.format or default_format(f)), lang)
        if f.name in sums
        else CellView("")
        for f in grid.fields
    ]
    if cells and not cells[0].text:
        cells[0] = CellView(lang.words["total"])
    return tuple(cells)


def _pivoted(tile: Table, answers: Mapping[str, Answer], lang: Language) -> TableView:
    """Rows of the first dimensions, columns of the rest, one column a value in each."""
    assert tile.pivot is not None
    grid = answers["main"].grid
    down, across = len(tile.pivot.rows), len(tile.pivot.columns)
    values = grid.fields[down + across :]
    heads = sorted({row[down : down + across] for row in grid.rows}, key=str)
    cells: dict[tuple[Row, Row], Row] = {
        (row[:down], row[down : down + across]): row[down + across :] for row in grid.rows
    }
    share = _Shares(tile, answers, down, across)
    headings = [(in_language(f.label, lang.code), False) for f in grid.fields[:down]]
    for head in heads:
        name = " · ".join(_heading(c, f, lang) for c, f in zip(head, grid.fields[down:], strict=False))
        headings += [(_joined(name, f, values, lang), True) for f in values]
    if "row" in tile.totals:
        headings += [(_joined(lang.words["total"], f, values, lang), True) for f in values]
    body = []
    for key in dict.fromkeys(row[:down] for row in grid.rows):
        line = [cell_view(c, f, lang) for c, f in zip(key, grid.fields, strict=False)]
        for head in heads:
            line += share.views(cells.get((key, head)), key, head, values, lang)
        if "row" in tile.totals:
            line += share.views(share.of("row_totals", key), key, None, values, lang)
        body.append(tuple(line))
    return TableView(tuple(headings), tuple(body), _pivot_totals(share, heads, down, values, lang))


def _pivot_totals(
    share: _Shares,
    heads: Sequence[Row],
    down: int,
    values: Sequence[Field],
    lang: Language,
) -> tuple[CellView, ...]:
    if "column" not in share.tile.totals:
        return ()
    line = [CellView(lang.words["total"]), *(CellView("") for _ in range(down - 1))]
    for head in heads:
        line += share.views(share.of("column_totals", head), None, head, values, lang)
    if "row" in share.tile.totals:
        line += share.views(share.of("total", ()), None, None, values, lang)
    return tuple(line)


def _heading(cell: Cell, field: Field, lang: Language) -> str:
    """A value as the heading of a column: a whole number names something there, like a year."""
    return shown(cell, replace(field, format="year") if isinstance(cell, int) else field, lang)


def _joined(name: str, field: Field, values: Sequence[Field], lang: Language) -> str:
    return name if len(values) == 1 and name else f"{name} {in_language(field.label, lang.code)}".strip()


class _Shares:
    """Totals of a cross table, and its cells as shares of them where asked."""

    def __init__(self, tile: Table, answers: Mapping[str, Answer], down: int, across: int) -> None:
        self.tile = tile
        keys = {"row_totals": down, "column_totals": across, "total": 0}
        self._totals: dict[str, dict[Row, Row]] = {
            name: {row[:width]: row[width:] for row in answers[name].grid.rows} if name in answers else {}
            for name, width in keys.items()
        }

    def of(self, name: str, key: Row) -> Row | None:
        """The totals under one key."""
        return self._totals[name].get(key)

    def views(
        self,
        cells: Row | None,
        key: Row | None,
        head: Row | None,
        values: Sequence[Field],
        lang: Language,
    ) -> list[CellView]:
        """The cells at one place (`key` and `head` None in totals), as numbers or shares."""
        if cells is None:
            return [CellView("", style="n") for _ in values]
        base = self._base(key, head)
        return [
            cell_view(c, f, lang) if base is None else _share(c, base[i], f, lang)
            for i, (c, f) in enumerate(zip(cells, values, strict=True))
        ]

    def _base(self, key: Row | None, head: Row | None) -> Row | None:
        match self.tile.share_of:
            case "row":
                return self.of("row_totals", key) if key is not None else self.of("total", ())
            case "column":
                return self.of("column_totals", head) if head is not None else self.of("total", ())
            case "all":
                return self.of("total", ())
            case "none":
                return None


def _share(cell: Cell, base: Cell, field: Field, lang: Language) -> CellView:
    part, whole = _number(cell), _number(base)
    if isinstance(cell, Mark) or isinstance(base, Mark):
        return cell_view(cell if isinstance(cell, Mark) else Mark.UNAVAILABLE, field, lang)
    if part is None or not whole:
        return CellView("", style="n")
    return cell_view(part / whole, replace(field, type="float", format="pct1"), lang)
