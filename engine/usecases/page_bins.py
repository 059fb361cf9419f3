"""How wide the bins are of histograms over people: by their quartiles, as far as these may be told."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.pages.bins import Step, step_between
from engine.core.pages.expressions import QUANTILE_FLOORS, quoted
from engine.core.pages.queries import binned_column, is_number
from engine.core.pages.walk import tiles, types_of
from engine.model.dashboard import Dashboard
from engine.usecases.page_doors import Door
from engine.usecases.page_views import Views


def steps_of(views: Views, page: Dashboard, doors: Mapping[str, Door]) -> dict[tuple[str, str], Step]:
    """The steps of a page's histograms over units; others show how often each value occurs."""
    found = {}
    for placed in tiles(page):
        column = binned_column(placed.tile)
        door = doors.get(column[0]) if column else None
        if column is None or door is None or not door.floor:
            continue
        step = _step(views, door, column[1]) if is_number(types_of(door.dataset).get(column[1], "")) else None
        if step is not None:
            found[column] = step
    return found


def _step(views: Views, door: Door, column: str) -> Step | None:
    """The step for a column; None for cells, masked ones, and too few people for a quartile."""
    if door.masked:  # what is read may be no number
        return None
    source = views.source(door)
    if source is None or views.family(door) is None or views.cells(door) is not None:
        return None
    value = quoted(column)
    sql = (
        f"SELECT quantile_cont({value}, 0.25), quantile_cont({value}, 0.75) FROM ({source.sql}) AS self "
        f"WHERE {value} IS NOT NULL HAVING count(DISTINCT __unit) >= {QUANTILE_FLOORS * door.floor}"
    )
    rows = views.bench.warehouse.fetch(sql, source.tables).rows
    return step_between(float(rows[0][0]), float(rows[0][1])) if rows else None
