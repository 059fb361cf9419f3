"""The data a page carries for its script: answers cut by filters, as columns with dictionaries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from engine.core.pages.release import Answer, Cell, Control, Cube, LeafCells, Mark, Row
from renderers.html.numbers import Language, default_format

MARKS = {Mark.SUPPRESSED: [1], Mark.UNAVAILABLE: [2]}
"""How marks are written among numbers and texts."""


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as assets/dashboard.js reads it."""
    fields = [
        [
            f.label,
            "n" if f.numeric else "t" if f.temporal else "s",
            int(f.measure),
            (f.format or default_format(f)) + (f"~{f.width:g}" if f.width else ""),
        ]
        for f in answer.grid.fields
    ]
    found: dict[str, Any] = {"f": fields}
    if answer.sort is not None:
        found["s"] = [answer.sort[0], int(answer.sort[1])]
    if answer.limit is not None:
        found["l"] = answer.limit
    if answer.cube is not None:
        found["c"] = cube_json(answer.cube)
    return found


def cube_json(cube: Cube) -> dict[str, Any]:
    """A cube: filter points and groups by column, leaves, formulas, and the points of listed rows."""
    found: dict[str, Any] = {"f": list(cube.filters), "p": _columns(cube.points), "g": _columns(cube.groups)}
    found["n"] = len(cube.groups)
    if cube.rows:
        found["r"] = list(cube.rows)
    if cube.leaves:
        found["L"] = list(_leaves(cube.leaves))
        found["F"] = [list(_listed(formula)) for formula in cube.formulas]
    return found


def _leaves(leaves: Sequence[LeafCells]) -> Iterator[dict[str, Any]]:
    """Leaves; one with the same cells as an earlier one names that one (`as`) instead of repeating them."""
    places: dict[Any, int] = {}
    contents: dict[Any, int] = {}
    for i, leaf in enumerate(leaves):
        found: dict[str, Any] = {"k": leaf.kind}
        place = (leaf.groups, leaf.points)
        if place in places:
            found["as"] = places[place]
        else:
            points = [list(p) if isinstance(p, tuple) else p for p in leaf.points]
            found |= {"g": list(leaf.groups), "p": points}
        places.setdefault(place, i)
        content = (leaf.values, leaf.counts)
        if content in contents:
            found["v"] = contents[content]
        else:
            found["v"] = [_cell(v) for v in leaf.values]
            if leaf.counts:
                found["n"] = list(leaf.counts)
        contents.setdefault(content, i)
        if leaf.quantile is not None:
            found["q"] = leaf.quantile
        yield found


def _listed(formula: Sequence[Any]) -> Iterable[Any]:
    return (list(_listed(part)) if isinstance(part, tuple) else part for part in formula)


def _cell(cell: Cell) -> Any:
    return MARKS[cell] if isinstance(cell, Mark) else cell


def _columns(rows: Sequence[Row]) -> list[Any]:
    """Columns of rows; one with few different values as a dictionary and indexes into it."""
    return [_column([_cell(row[i]) for row in rows]) for i in range(len(rows[0]) if rows else 0)]


def _column(values: list[Any]) -> Any:
    known: dict[str, int] = {}
    distinct: list[Any] = []
    index = []
    for value in values:
        key = json.dumps(value)
        if key not in known:
            known[key] = len(distinct)
            distinct.append(value)
        index.append(known[key])
    return {"v": distinct, "i": index} if len(distinct) * 2 <= len(values) else values


def control_json(control: Control) -> dict[str, Any]:
    """A filter: name, type, first choice, and what it depends on."""
    found: dict[str, Any] = {"n": control.spec.name, "t": control.spec.type, "d": list(control.default)}
    if control.parents:
        found |= {"p": list(control.parents), "c": [list(row) for row in control.combinations]}
    return found


def language_json(lang: Language) -> dict[str, Any]:
    """How the script writes numbers, and its words."""
    words = (
        "suppressed", "not available", "no_rows", "previous", "next", "page", "total", "rows", "row",
        "search", "download", "filtered", "withheld", "all_withheld",
    )  # fmt: skip
    return {
        "code": lang.code, "b": lang.byte, "g": lang.group, "d": lang.decimal, "pct": lang.percent,
        "pp": lang.points, "eur": list(lang.euro), "k": list(lang.scales), "m": list(lang.months),
        "w": {word: lang.words[word] for word in words},
    }  # fmt: skip


def embedded(value: Any) -> str:
    """A value as json that may stand inside a `<script type="application/json">`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
