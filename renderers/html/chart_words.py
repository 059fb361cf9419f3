"""What columns are called to people, and charts in words: the text alternative that is made up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from engine.core.pages.release import Answer, Field, Grid, Mark, Row
from engine.core.pages.texts import in_language
from engine.model.tiles import AnyTile, Chart, Map, VegaLite
from renderers.html.numbers import Language, shown

_COLUMN = r"(?:\"([^\"]+)\"|([^\W\d]\w*))"
_CALL = re.compile(rf"(sum|avg|min|max|median)\(\s*{_COLUMN}\s*\)", re.IGNORECASE)
_DISTINCT = re.compile(rf"count\(\s*distinct\s+{_COLUMN}\s*\)", re.IGNORECASE)
_QUANTILE = re.compile(rf"quantile_cont\(\s*{_COLUMN}\s*,\s*(0?\.\d+)\s*\)", re.IGNORECASE)


def label_of(field: Field, lang: Language) -> str:
    """A field's own title; else its name, or the aggregate it is, as words."""
    if field.label != field.name:
        return in_language(field.label, lang.code)
    name = field.name
    if re.fullmatch(r"count\(\s*\*?\s*\)", name, re.IGNORECASE):
        return lang.words["count"]
    if found := _DISTINCT.fullmatch(name):
        return lang.words["distinct_of"].format(x=_column(found.group(1, 2)))
    if found := _QUANTILE.fullmatch(name):
        return _quantile(float(found.group(3)), _column(found.group(1, 2)), lang)
    if found := _CALL.fullmatch(name):
        word = _column(found.group(2, 3))
        if found.group(1).lower() == "sum":
            return word[:1].upper() + word[1:]
        return lang.words[f"{found.group(1).lower()}_of"].format(x=word)
    return name.replace("_", " ")[:1].upper() + name.replace("_", " ")[1:] if name.isidentifier() else name


def _column(quoted_or_not: Iterable[str | None]) -> str:
    return "".join(part or "" for part in quoted_or_not).replace("_", " ")


def _quantile(share: float, column: str, lang: Language) -> str:
    word = {0.25: "quarter_of", 0.5: "median_of", 0.75: "three_quarters_of"}.get(share, "quantile_of")
    return lang.words[word].format(x=column, q=f"{share * 100:.4g}".replace(".", lang.decimal))


def named(answer: Answer, lang: Language) -> Answer:
    """The answer with every field called as people call it."""
    fields = tuple(replace(f, label=label_of(f, lang)) for f in answer.grid.fields)
    return Answer(Grid(fields, answer.grid.rows), answer.cube, answer.sort, answer.limit)


def alternative(tile: AnyTile, heading: str, answer: Answer, lang: Language) -> str:
    """A chart in words: its type and title, how many values, the highest and the lowest."""
    kind = lang.words[tile.chart if isinstance(tile, Chart) else "map" if isinstance(tile, Map) else "chart"]
    rows = answer.grid.rows[: answer.limit]
    parts = [f"{kind}{': ' + heading if heading else ''}.", f"{len(rows)} {lang.words['values']}."]
    measure = next((i for i, f in enumerate(answer.grid.fields) if f.measure and f.numeric), None)
    if measure is None or isinstance(tile, VegaLite):
        return " ".join(parts)
    field = answer.grid.fields[measure]
    numbers = [(float(cell), row) for row in rows if isinstance(cell := row[measure], int | float)]
    for word, choose in (("highest", max), ("lowest", min)):
        if numbers and len(rows) > 1:
            _, row = choose(numbers, key=lambda pair: pair[0])
            said = shown(row[measure], field, lang)
            parts.append(f"{lang.words[word]}: {_place(row, answer.grid.fields, lang)} {said}.")
    withheld = sum(isinstance(row[measure], Mark) for row in rows)
    if withheld:
        parts.append(lang.words["withheld"].format(n=withheld, m=len(rows)))
    return " ".join(parts)


def hatches(tile: Chart | VegaLite) -> bool:
    """Whether a chart is drawn where all its values are withheld: single bars and heat maps have a hatched
    mark for each; any other would have no scale.
    """
    if not isinstance(tile, Chart):
        return False
    several = any(isinstance(axis, tuple) and len(axis) > 1 for axis in (tile.x, tile.y))
    return tile.chart == "heatmap" or (
        tile.chart in ("bar", "column") and tile.series is None and not several
    )


def withheld_words(tile: Chart | VegaLite, answer: Answer, lang: Language) -> tuple[str, str]:
    """What stands in a chart's place when there is nothing to draw, and the note below one that hides some.

    Each is empty where it is not needed. assets/dashboard-charts.js says the same under filters.
    """
    rows = answer.grid.rows[: answer.limit]
    if not rows:  # the drawing library would give an infinite height
        return lang.words["no_rows"], ""
    hidden = sum(any(isinstance(cell, Mark) for cell in row) for row in rows)
    if hidden == len(rows) and not hatches(tile):
        return lang.words["all_withheld"], ""
    return "", lang.words["withheld"].format(n=hidden, m=len(rows)) if hidden else ""


def _place(row: Row, fields: tuple[Field, ...], lang: Language) -> str:
    places = [shown(cell, field, lang) for cell, field in zip(row, fields, strict=True) if not field.measure]
    return ", ".join(places)
