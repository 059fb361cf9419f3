"""First rows and profile of a dataset for a page: what policy and the disclosure floor leave of them."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.core.compiled import CompiledDataset
from engine.core.state import Version
from engine.policy.decision import Obligations
from engine.ports import Table, Workbench
from engine.usecases.site.values import Preview

FIRST_ROWS = 8
WIDEST = 40
"""Most columns of a preview and a profile; a page is for looking, `query` for the rest."""
LONGEST = 120
"""Most characters of a cell."""

PERSONAL = "personal"
WITHHELD = (
    "Left out: this dataset holds personal columns, and this tree may be copied around. "
    "Its readers see first rows in their own tree or with `engine preview`."
)
REFUSED = "Policy does not let you preview this dataset."
MISSING = "Nothing has been published yet."


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the rows gives: a preview, and for each column filled, distinct and share."""

    preview: Preview
    profile: Mapping[str, tuple[str, str, float | None]]


def look(
    bench: Workbench, compiled: CompiledDataset, version: Version | None, obligations: Obligations | None
) -> Looked:
    """The first rows and the profile under `obligations`; None of them means the operator's tree.

    The operator's tree shows no row of a dataset with personal columns. Where there is a disclosure
    floor, small numbers are marked instead of shown, and so are small counts in the profile.
    """
    if version is None:
        return Looked(Preview(note=MISSING), {})
    floor = max(compiled.min_cell, obligations.min_cell if obligations else 0)
    everything = Obligations({c.name: "clear" for c in version.columns})
    path = bench.slices.slice(version, obligations or everything)
    head = bench.warehouse.fetch("select * from data", {"data": path}, FIRST_ROWS)
    profile = _profile(bench, path, [c.name for c in head.columns[:WIDEST]], floor)
    if obligations is None and any(PERSONAL in tags for tags in compiled.tags.values()):
        return Looked(Preview(note=WITHHELD), profile)
    unit_level = obligations is not None and compiled.unit is not None
    return Looked(_preview(head, 0 if unit_level else floor), profile)


def _preview(table: Table, floor: int) -> Preview:
    numeric = [_is_number(c.type) for c in table.columns[:WIDEST]]
    rows = tuple(
        tuple(_cell(value, floor if number else 0) for value, number in zip(row, numeric, strict=False))
        for row in table.rows
    )
    note = (
        f"Numbers below {floor} are marked, not shown: the dataset has a disclosure floor." if floor else ""
    )
    return Preview(tuple(c.name for c in table.columns[:WIDEST]), rows, note)


def _profile(
    bench: Workbench, path: Path, names: list[str], floor: int
) -> dict[str, tuple[str, str, float | None]]:
    counts = ", ".join(f"count({_quoted(n)}), count(distinct {_quoted(n)})" for n in names)
    found = bench.warehouse.fetch(f"select count(*), {counts} from data", {"data": path})
    total, *numbers = found.rows[0]
    return {
        name: _told(int(filled), int(distinct), int(total), floor)
        for name, filled, distinct in zip(names, numbers[::2], numbers[1::2], strict=True)
    }


def _told(filled: int, distinct: int, total: int, floor: int) -> tuple[str, str, float | None]:
    """The counts in words: what is below the floor, or would give it away, is not told."""
    if 0 < filled < floor or 0 < total - filled < floor:
        return (f"fewer than {floor}" if filled < floor else f"all but fewer than {floor}", "", None)
    return (f"{filled:,}", count_text(distinct, floor), filled / total if total else None)


def count_text(number: int, floor: int) -> str:
    """A count of rows or values as pages show it: never one below the disclosure floor."""
    return f"fewer than {floor}" if 0 < number < floor else f"{number:,}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _is_number(word: str) -> bool:
    return word in ("integer", "float") or word.startswith("decimal")


def _cell(value: Any, floor: int) -> str | None:
    if value is None:
        return None
    if floor and 0 < abs(value) < floor:
        return f"<{floor}"
    text = cell_text(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def cell_text(value: Any) -> str:
    """A value as text: dates in ISO 8601, decimals without an exponent, bytes as their number."""
    match value:
        case bool():
            return "true" if value else "false"
        case decimal.Decimal():
            return f"{value:f}"
        case float():
            return f"{value:.12g}"
        case datetime.datetime():
            return value.isoformat(" ")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case bytes():
            return f"{len(value)} bytes"
        case _:
            return str(value)
