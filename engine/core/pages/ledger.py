"""What was released earlier: the cells that readers of a dataset have been shown, and those withheld."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.core.pages.questions import Cut
from engine.core.pages.release import Row


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """One table as it went out."""

    cut: Cut
    shown: frozenset[Row]
    withheld: Mapping[Row, int] = field(default_factory=dict)
    """Units of withheld cells, as they were when these were first withheld."""


def ledger_text(tables: Iterable[ReleasedTable]) -> str:
    """Released tables as text: equal tables give equal texts."""
    listed = [
        {
            "where": table.cut.conditions,
            "keys": table.cut.keys,
            "shown": sorted(map(list, table.shown), key=repr),
            "withheld": sorted(([list(key), n] for key, n in table.withheld.items()), key=repr),
        }
        for table in sorted(tables, key=lambda table: table.cut)
    ]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":"))


def tables_of(text: str) -> dict[Cut, ReleasedTable]:
    """The released tables of such a text."""
    found = {}
    for table in json.loads(text):
        cut = Cut(tuple(table["where"]), tuple(table["keys"]))
        shown = frozenset(map(tuple, table["shown"]))
        found[cut] = ReleasedTable(cut, shown, {tuple(key): n for key, n in table["withheld"]})
    return found


def together(
    before: Mapping[Cut, ReleasedTable], now: Mapping[Cut, ReleasedTable]
) -> dict[Cut, ReleasedTable]:
    """All that is out of one version: a cell that was shown once stays shown."""
    return {cut: _both(before.get(cut), now.get(cut)) for cut in sorted({*before, *now})}


def _both(before: ReleasedTable | None, now: ReleasedTable | None) -> ReleasedTable:
    if before is None or now is None:
        only = before or now
        assert only is not None, "a table is in one of the two"
        return only
    shown = before.shown | now.shown
    withheld = {key: n for key, n in {**now.withheld, **before.withheld}.items() if key not in shown}
    return ReleasedTable(now.cut, shown, withheld)


def still_withheld(units: Mapping[Row, int], before: ReleasedTable | None, floor: int) -> dict[Row, int]:
    """Cells withheld in an earlier version that have not changed by the floor since, and their units then.

    They stay withheld: else the few who came or went would tell what the cell was.
    """
    kept = {} if before is None else before.withheld
    return {key: n for key, n in kept.items() if key in units and abs(units[key] - n) < floor}
