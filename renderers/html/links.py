"""Links of tiles: to another dashboard, with filter values that may be those of the row clicked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from engine.addresses import Address
from engine.core.pages.release import Grid, Mark, Row
from engine.model.tiles import Link
from renderers.html.layout import path_of, relative

_PLACE = re.compile(r"\{(\w+)\}")


def tile_link(link: Link | str | None, page: str, dashboards: Mapping[str, Address]) -> str:
    """Where a tile's title leads, relative to the page at site path `page`; empty for nowhere.

    Filter values that stand for a row's are left out: they are the rows' own links.
    """
    if link is None or isinstance(link, str):
        return link or ""
    base = _base(link, page, dashboards)
    fixed = [(name, value) for name, value in link.with_.items() if not _PLACE.search(value)]
    return _with_query(base, fixed) if base else ""


def _base(link: Link, page: str, dashboards: Mapping[str, Address]) -> str:
    address = dashboards.get(link.dashboard)
    target = path_of(address) if address is not None else None
    return relative(page, target) if target is not None else ""


def _with_query(base: str, pairs: list[tuple[str, str]]) -> str:
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    return f"{base}?{query}" if query else base


@dataclass(frozen=True, slots=True)
class RowLink:
    """The link of each row of a table: where to, with which values, and in which cell it stands."""

    base: str
    values: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    """The fields' names, by which values are put in."""
    column: int

    def of(self, row: Row) -> str:
        """Where the row leads; nowhere when a value it needs is missing or withheld."""
        known = dict(zip(self.names, row, strict=True))
        pairs = []
        for name, template in self.values:
            needed = [known.get(place) for place in _PLACE.findall(template)]
            if any(value is None or isinstance(value, Mark) for value in needed):
                return ""
            pairs.append((name, _PLACE.sub(lambda found: str(known[found.group(1)]), template)))
        return _with_query(self.base, pairs)

    def as_json(self) -> dict[str, Any]:
        """The same for the page's script."""
        places = {name: i for i, name in enumerate(self.names)}
        return {"b": self.base, "v": [list(pair) for pair in self.values], "c": self.column, "n": places}


def row_link(
    link: Link | str | None, grid: Grid, page: str, dashboards: Mapping[str, Address]
) -> RowLink | None:
    """The link of a tile's rows, when its values name a column that the tile shows."""
    if not isinstance(link, Link):
        return None
    names = tuple(field.name for field in grid.fields)
    places = [place for value in link.with_.values() for place in _PLACE.findall(value)]
    base = _base(link, page, dashboards)
    if not base or not places or any(place not in names for place in places):
        return None
    return RowLink(base, tuple(link.with_.items()), names, names.index(places[0]))
