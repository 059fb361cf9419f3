"""Rows on stdout: csv, json or a table for people; and the options of commands that read as somebody."""

from __future__ import annotations

import base64
import datetime
import math
from collections.abc import Iterable, Iterator
from typing import Any
from unicodedata import category

import click

from engine.addresses import Address, AddressError, dataset_reference
from engine.cli.output import print_json
from engine.ports import Table

as_option = click.option("--as", "reader", metavar="USER", required=True, help="Whose rights decide.")
WIDEST = 60
"""Characters of one cell in a table for people."""


def _address(_ctx: click.Context, _param: click.Parameter, value: str) -> Address:
    try:
        return Address.parse(value)
    except AddressError as wrong:
        try:
            return dataset_reference(value, "")
        except AddressError:
            raise click.BadParameter(str(wrong)) from None


address_argument = click.argument("address", callback=_address)
"""`dataset/p/n` or `catalog/e`; `p/n` is read as the dataset."""


def print_rows(table: Table, form: str) -> None:
    """The rows on stdout in one of the forms `csv`, `json`, `table`."""
    if form == "json":
        print_json(row_objects(table))
    elif form == "csv":
        click.echo("".join(_csv(table)), nl=False)
    else:
        for line in aligned([[c.name for c in table.columns], *(map(_text, row) for row in table.rows)]):
            click.echo(line)


def row_objects(table: Table) -> list[dict[str, Any]]:
    """One object per row. What json has no number for is null."""
    names = [column.name for column in table.columns]
    return [dict(zip(names, map(plain, row), strict=True)) for row in table.rows]


def plain(value: Any) -> Any:
    """A value that json can say: binary as base64, a float that is no number as null."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case float() if not math.isfinite(value):
            return None
        case list() | tuple():
            return [plain(item) for item in value]
        case dict():
            return {_text(key): plain(item) for key, item in value.items()}
        case _:
            return value


def aligned(lines: Iterable[Iterable[str]]) -> Iterator[str]:
    """Lines of cells as columns, each as wide as its widest cell."""
    cells = [[_short(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _shown(character: str) -> bool:
    """Whether a terminal may be given it as it is: no control characters, but every sort of space."""
    return character.isprintable() or category(character) == "Zs"


def _short(cell: str) -> str:
    line = " ".join(cell.split("\n"))
    shown = "".join(
        c if c.isprintable() or category(c) == "Zs" else "\N{REPLACEMENT CHARACTER}" for c in line
    )
    return shown if len(shown) <= WIDEST else shown[: WIDEST - 1] + "…"


def _csv(table: Table) -> Iterator[str]:
    """RFC 4180: null is an empty cell, an empty text is quoted."""
    yield _csv_line(column.name for column in table.columns)
    for row in table.rows:
        yield _csv_line("" if value is None else _text(value) or '""' for value in row)


def _csv_line(cells: Iterable[str]) -> str:
    return ",".join(_csv_cell(cell) for cell in cells) + "\n"


def _csv_cell(cell: str) -> str:
    if cell == '""' or not any(c in cell for c in ',"\r\n'):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def _text(value: Any) -> str:
    """A value as text: nested ones as json, dates and times in ISO 8601."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime.date() | datetime.time():
            return value.isoformat()
        case bytes() | list() | tuple() | dict():
            return _json(plain(value))
        case _:
            return str(value)


def _json(value: Any) -> str:
    import json

    from engine.cli.output import as_json

    return value if isinstance(value, str) else json.dumps(value, default=as_json, ensure_ascii=False)
