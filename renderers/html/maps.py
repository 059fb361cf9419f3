"""Maps drawn as plain SVG from the geometry in the repository: areas in classes, or points."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine.core.pages.release import Answer, Cell, Mark
from engine.model.tiles import Classes, Map
from renderers.html.numbers import DASH, Language, shown

WIDTH = 640
Ring = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Projection:
    """Degrees to pixels: true to scale at the middle latitude."""

    west: float
    north: float
    squeeze: float
    scale: float
    height: int

    @staticmethod
    def around(points: Sequence[Sequence[float]], width: int = WIDTH) -> Projection:
        """The projection that fits points (longitude, latitude) into a width."""
        west, east = min(p[0] for p in points), max(p[0] for p in points)
        south, north = min(p[1] for p in points), max(p[1] for p in points)
        squeeze = math.cos(math.radians((south + north) / 2))
        scale = width / max((east - west) * squeeze, 1e-9)
        height = max(1, math.ceil((north - south) * scale))
        if height > width * 1.1:
            scale *= width * 1.1 / height
            height = math.ceil(width * 1.1)
        return Projection(west, north, squeeze, scale, height)

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Where a place lies on the picture."""
        return (
            round((longitude - self.west) * self.squeeze * self.scale, 1),
            round((self.north - latitude) * self.scale, 1),
        )


def _rings(geometry: dict[str, Any] | None) -> Iterator[Ring]:
    match geometry:
        case {"type": "Polygon", "coordinates": rings}:
            yield from rings
        case {"type": "MultiPolygon", "coordinates": parts}:
            for rings in parts:
                yield from rings
        case _:
            return


def _path(geometry: dict[str, Any], projection: Projection) -> str:
    """The outline of an area, steps below half a pixel left out."""
    parts = []
    for ring in _rings(geometry):
        points: list[tuple[float, float]] = []
        for longitude, latitude, *_ in ring:
            point = projection.at(longitude, latitude)
            if not points or math.dist(point, points[-1]) >= 0.7:
                points.append(point)
        if len(points) > 2:
            parts.append("M" + "L".join(f"{_n(x)},{_n(y)}" for x, y in points) + "Z")
    return "".join(parts)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def class_breaks(values: Sequence[float], classes: Classes | None) -> tuple[float, ...]:
    """The bounds between classes, lowest first: one fewer than there are classes."""
    asked = classes or Classes()
    if asked.method == "manual":
        return tuple(sorted(asked.breaks))
    ordered = sorted(values)
    n = min(asked.n, max(1, len(set(ordered))))
    if n < 2:
        return ()
    if asked.method == "equal":
        low, high = ordered[0], ordered[-1]
        return tuple(low + (high - low) * i / n for i in range(1, n))
    if asked.method == "jenks":
        return _natural(ordered, n)
    return tuple(dict.fromkeys(ordered[len(ordered) * i // n] for i in range(1, n)))


def _natural(ordered: Sequence[float], n: int) -> tuple[float, ...]:
    """Jenks: classes with the least spread within, by dynamic programming."""
    size = len(ordered)
    total, squares = [0.0], [0.0]
    for value in ordered:
        total.append(total[-1] + value)
        squares.append(squares[-1] + value * value)

    def spread(i: int, j: int) -> float:
        return squares[j] - squares[i] - (total[j] - total[i]) ** 2 / (j - i)

    best = [[spread(0, j) if j else 0.0 for j in range(size + 1)]]
    cut: list[list[int]] = [[0] * (size + 1)]
    for k in range(1, n):
        row, cuts = [math.inf] * (size + 1), [0] * (size + 1)
        for j in range(k + 1, size + 1):
            row[j], cuts[j] = min((best[k - 1][i] + spread(i, j), i) for i in range(k, j))
        best.append(row)
        cut.append(cuts)
    bounds, end = [], size
    for k in range(n - 1, 0, -1):
        end = cut[k][end]
        bounds.append(ordered[end])
    return tuple(sorted(dict.fromkeys(bounds)))


def classes_of(breaks: Sequence[float], values: Sequence[float]) -> tuple[str, ...]:
    """The look of each class, lowest first: `q1` (lightest) to `q5`; where values lie on both sides of zero,
    `v1` to `v3` below it, `v4` around it and `v5` to `v7` above, the farthest strongest.
    """
    if not breaks:
        return ("q3",)
    if not values or min(values) >= 0 or max(values) <= 0:
        return tuple(f"q{1 + round(step * 4 / len(breaks))}" for step in range(len(breaks) + 1))
    bounds = list(itertools.pairwise((-math.inf, *breaks, math.inf)))
    below, above = sum(high <= 0 for _, high in bounds), sum(low >= 0 for low, _ in bounds)
    middle = ["v4"] * (len(bounds) - below - above)
    return (*(f"v{4 - n}" for n in reversed(_steps(below))), *middle, *(f"v{4 + n}" for n in _steps(above)))


def _steps(count: int) -> list[int]:
    """So many steps away from the middle, of three."""
    return [2] if count == 1 else [1 + round(i * 2 / (count - 1)) for i in range(count)]


def shade(value: Cell, breaks: Sequence[float], classes: Sequence[str]) -> str:
    """The look of an area: that of its class, `qs` for a withheld number, `q0` for none."""
    if isinstance(value, Mark):
        return "qs"
    if not isinstance(value, int | float):
        return "q0"
    return classes[sum(value >= b for b in breaks)]


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map as SVG, and its legend: a class and its words a line."""

    svg: str
    legend: tuple[tuple[str, str], ...]
    breaks: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    """The look of each class, one more than there are breaks."""


def choropleth(tile: Map, answer: Answer, picture: bytes, alt: str, lang: Language) -> DrawnMap:
    """Areas in up to five classes, withheld ones hatched, each named on pointing."""
    features = [f for f in json.loads(picture).get("features", []) if any(_rings(f.get("geometry")))]
    key = next(iter((tile.join or {}).values()), "code")
    values = {str(row[0]): row[1] for row in answer.grid.rows}
    numbers = [float(v) for v in values.values() if isinstance(v, int | float)]
    breaks = class_breaks(numbers, tile.classes)
    classes = classes_of(breaks, numbers)
    projection = Projection.around([p for f in features for ring in _rings(f["geometry"]) for p in ring])
    areas = []
    for feature in sorted(features, key=lambda f: str(f["properties"].get(key))):
        code = str(feature["properties"].get(key))
        name = str(feature["properties"].get("nom") or feature["properties"].get("name") or code)
        said = shown(values.get(code), answer.grid.fields[1], lang)
        areas.append(
            f'<path class="{shade(values.get(code), breaks, classes)}" data-k={quoteattr(code)}'
            f' data-l={quoteattr(name)} d="{_path(feature["geometry"], projection)}">'
            f"<title>{escape(f'{name}: {said}')}</title></path>"
        )
    svg = _svg(projection, alt, "".join(areas))
    return DrawnMap(svg, _legend(breaks, classes, values, answer, lang), breaks, classes)


def _legend(
    breaks: Sequence[float],
    classes: Sequence[str],
    values: dict[str, Cell],
    answer: Answer,
    lang: Language,
) -> tuple[tuple[str, str], ...]:
    lines = []
    numbers = [float(v) for v in values.values() if isinstance(v, int | float)]
    if numbers:
        ends = itertools.pairwise((min([*numbers, *breaks]), *breaks, max([*numbers, *breaks])))
        field = answer.grid.fields[1]
        for look, (low, high) in zip(classes, ends, strict=True):
            said = f"{shown(_whole(low), field, lang)} {DASH} {shown(_whole(high), field, lang)}"
            lines.append((look, said))
    if any(isinstance(v, Mark) for v in values.values()):
        lines.append(("qs", lang.words["suppressed"]))
    return (*lines, ("q0", lang.words["no_data"]))


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def points(tile: Map, answer: Answer, picture: bytes, alt: str, lang: Language) -> DrawnMap:
    """Points, larger with `size`, over the outlines of the geometry if there is one; hatched where `size` is
    withheld, all alike."""
    names = [f.name for f in answer.grid.fields]
    lat, lon = names.index(tile.lat or ""), names.index(tile.lon or "")
    size = names.index(tile.size) if tile.size else None
    places = [
        (float(x), float(y), row[size] if size is not None else 1, i)
        for i, row in enumerate(answer.grid.rows)
        if isinstance(x := row[lon], int | float) and isinstance(y := row[lat], int | float)
    ]
    features = json.loads(picture).get("features", []) if picture else []
    outline = [p for f in features for ring in _rings(f.get("geometry")) for p in ring]
    projection = Projection.around([*outline, *(p[:2] for p in places)] or [(0, 0), (1, 1)])
    paths = "".join(f'<path class="q0" d="{_path(f["geometry"], projection)}"/>' for f in features)
    largest = max((float(s) for _, _, s, _ in places if isinstance(s, int | float)), default=1.0)
    circles, said = [], lang.words["suppressed"]
    for x, y, s, i in sorted(places, key=lambda p: -(p[2] if isinstance(p[2], int | float) else 0)):
        at, gone = projection.at(x, y), isinstance(s, Mark)
        radius = (
            3 + 13 * math.sqrt(max(0.0, float(s)) / largest)
            if isinstance(s, int | float) and size is not None
            else (7 if gone else 4)
        )
        circles.append(
            f'<circle class="{"qs" if gone else "pt"}" data-i="{i}" cx="{_n(at[0])}" cy="{_n(at[1])}"'
            f' r="{_n(radius)}"' + (f"><title>{escape(said)}</title></circle>" if gone else "/>")
        )
    legend = (("qs", said),) if any(isinstance(s, Mark) for _, _, s, _ in places) else ()
    return DrawnMap(_svg(projection, alt, paths + "".join(circles), margin=18), legend)


def _svg(projection: Projection, alt: str, body: str, margin: int = 2) -> str:
    place = f"{-margin} {-margin} {WIDTH + 2 * margin} {projection.height + 2 * margin}"
    size = f'width="{WIDTH}" height="{projection.height}" viewBox="{place}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={quoteattr(alt)}>{body}</svg>'
    )
