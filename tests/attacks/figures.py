"""Reads the figures of random worlds off published pages: out of tables, and out of what scripts read."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.attacks.oracle import Cut, Figure, Population, Vector
from tests.attacks.random_spaces import Kind, Measure, Page, Tile

Shown = tuple[float, float] | None
"""A number and how far from it the truth may be; None where it is withheld."""
Values = list[Any]
NUMBER = re.compile(r"^([-−]?[\d,\u202f\u00a0]*\.?\d+)\s*([%kM]?)$")


@dataclass(frozen=True)
class Reader:
    """What the tiles of a page say of a population."""

    population: Population
    page: Page
    text: str

    def figures(self) -> Iterator[Figure]:
        """Every figure of every tile."""
        for tile in self.page.tiles:
            yield from self._written(tile)
            yield from self._scripted(tile)

    def _written(self, tile: Tile) -> Iterator[Figure]:
        """What stands on the page before anyone filters."""
        part = _part(self.text, tile.title)
        if tile.form == "kpi":
            shown = _number(value_of(self.text, tile.title))
            yield from self._figure(tile, tile.measures[0], self.page.where, shown)
            return
        listed = set()
        for row in _rows(part):
            cut = self._cut(tile, [_plain(cell) for cell in row[: len(tile.by)]])
            if cut is None:
                continue
            listed.add(cut)
            for measure, cell in zip(tile.measures, row[len(tile.by) :], strict=True):
                yield from self._figure(tile, measure, cut, _cell(cell))
        yield from self._absent(tile, listed, self._groups(tile.by))

    def _groups(self, names: tuple[str, ...]) -> set[Cut]:
        domains = dict(zip(self.population.names, self.population.domains, strict=True))
        chosen = product(*(domains[name] for name in names))
        return {Cut.of(**dict(zip(names, values, strict=True))).within(self.page.where) for values in chosen}

    def _cut(self, tile: Tile, labels: list[str]) -> Cut | None:
        """The rows of a group; None where its label is withheld."""
        known = {value for domain in self.population.domains for value in domain}
        if not set(labels) <= known:
            return None
        return Cut.of(**dict(zip(tile.by, labels, strict=True))).within(self.page.where)

    def _absent(self, tile: Tile, listed: set[Cut], groups: set[Cut]) -> Iterator[Figure]:
        """Where every group that there is has a row, one without a row is known to be empty."""
        truth = self.population.truth
        rows = {cut: self.population.rows(cut) for cut in groups}
        if any(rows[cut] @ truth > 0 for cut in groups - listed):
            return
        for cut in groups - listed:
            if rows[cut].any():
                yield Figure(f"{self.page.name}/{tile.title} lacks {cut}", rows[cut], 0, 0)

    def _vector(self, kind: Kind, cut: Cut) -> Vector:
        of = {"rows": self.population.rows, "units": self.population.number, "sum": self.population.total}
        return of[kind](cut)

    def _figure(self, tile: Tile, measure: Measure, cut: Cut, shown: Shown) -> Iterator[Figure]:
        """What a value of a measure says; a quotient says two things of its parts."""
        says = f"{self.page.name}/{tile.title} {measure.sql} of {cut}"
        vectors = [self._vector(kind, cut.within(part)) for kind, part in measure.parts]
        kind = measure.parts[0][0]
        if shown is None:
            yield Figure(says, vectors[0], kind=kind)
        elif measure.quotient:
            value, step = shown
            yield Figure(says, vectors[0] - (value - step) * vectors[1], low=0, kind="quotient")
            yield Figure(says, vectors[0] - (value + step) * vectors[1], high=0, kind="quotient")
        else:
            value, step = shown
            step = step if kind == "sum" else 0
            yield Figure(says, vectors[0], value - step, value + step, kind)

    def _scripted(self, tile: Tile) -> Iterator[Figure]:
        """What a reader sees who filters: each leaf of each group at each point of the filter."""
        data = _data(self.text).get("tiles", {}).get(_identity(self.text, tile.title), {})
        for answer in data.get("a", {}).values():
            cube = answer.get("c")
            if cube and self.page.filter and list(cube["f"]) == ["f"]:
                yield from self._cube(tile, cube)

    def _cube(self, tile: Tile, cube: Mapping[str, Any]) -> Iterator[Figure]:
        points, groups = _column(cube["p"], 0), [_column(cube["g"], k) for k in range(len(cube["g"]))]
        leaves = _leaves(cube)
        for formula, measure in zip(cube["F"], tile.measures, strict=False):
            for part, k in zip(measure.parts, _named(formula), strict=False):
                yield from self._leaf(tile, part, leaves[k], points, groups)

    def _leaf(
        self,
        tile: Tile,
        part: tuple[Kind, Cut],
        leaf: Mapping[str, Any],
        points: list[Any],
        groups: list[list[Any]],
    ) -> Iterator[Figure]:
        """The cells of one leaf."""
        kind, where = part
        for group, at, value in zip(leaf["g"], leaf["p"], leaf["v"], strict=True):
            labels = [column[group] for column in groups]
            cut = self._cut(tile, labels)
            chosen = [points[i] for i in at] if isinstance(at, list) else [points[at]]
            if cut is None or not all(isinstance(p, str) for p in chosen):
                continue
            inside = cut.within(where)
            if leaf["k"] == "distinct":
                vector = self._exactly(inside, chosen)
            else:
                vector = self._vector(kind, inside.within(Cut.of(**{str(self.page.filter): chosen})))
            says = f"{self.page.name}/{tile.title} filtered {leaf['k']} of {inside} at {chosen}"
            if isinstance(value, list):
                yield Figure(says, vector, kind=kind)
            else:
                yield Figure(says, vector, value, value, kind)

    def _exactly(self, cut: Cut, chosen: list[str]) -> Vector:
        """How many units there are that have rows at these points of the filter and no others."""
        place = self.population.names.index(str(self.page.filter))

        def occurs(pattern: tuple[tuple[str, ...], ...]) -> float:
            return {each[place] for each in pattern if self.population.holds(cut, each)} == set(chosen)

        return self.population.by_pattern(occurs)


def number_of_rows(population: Population, cut: Cut, text: str, name: str) -> Iterator[Figure]:
    """What the page of a dataset says of how many rows there are."""
    plain = _plain(text[text.find("<main") :])
    if found := re.search(r"\bRows (\d[\d,]*)\b", re.sub(r"\s+", " ", plain)):
        number = float(found.group(1).replace(",", ""))
        yield Figure(f"rows of {name}", population.rows(cut), number, number)


def value_of(text: str, title: str) -> str:
    """What the figure of a tile says."""
    found = re.search(r'class="db-value[^"]*">(.*?)</p>', _part(text, title), re.DOTALL)
    return _plain(found.group(1)) if found else ""


def rows_of(text: str, title: str) -> Iterator[tuple[str, str]]:
    """The first and the last cell of each row of a tile's table, the last as exactly as it is told."""
    for row in _rows(_part(text, title)):
        exact = re.search(r'data-v="([^"]*)"', row[-1])
        yield _plain(row[0]), html.unescape(exact.group(1)) if exact else _plain(row[-1])


def _part(text: str, title: str) -> str:
    """The markup of the tile with a title."""
    parts = re.split(r'(?=<(?:section|div) class="db-tile )', text)
    return next((p for p in parts if re.search(rf"<h2[^>]*>{re.escape(title)}</h2>", p)), "")


def _identity(text: str, title: str) -> str:
    found = re.search(r'id="(t\d+)"', _part(text, title))
    return found.group(1) if found else ""


def _rows(part: str) -> list[list[str]]:
    """The cells of the rows of a tile's table, its head left out."""
    body = re.search(r"<tbody>(.*?)</tbody>", part, re.DOTALL)
    rows = re.findall(r"<tr\b.*?</tr>", body.group(1), re.DOTALL) if body else []
    return [re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.DOTALL) for row in rows]


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", markup)).strip()


def _cell(cell: str) -> Shown:
    """A cell's number: exact where the page says it in full, else as it is rounded."""
    if exact := re.search(r'data-v="([^"]*)"', cell):
        try:
            value = float(exact.group(1))
        except ValueError:
            return None
        return value, 1e-9 * max(1.0, abs(value))
    return _number(_plain(cell))


def _number(text: str) -> Shown:
    found = NUMBER.match(text)
    if found is None:
        return None
    digits = re.sub(r"[,\u202f\u00a0]", "", found.group(1)).replace("−", "-")
    scale = {"": 1.0, "%": 0.01, "k": 1e3, "M": 1e6}[found.group(2)]
    places = len(digits.partition(".")[2])
    return float(digits) * scale, 0.5000001 * scale * 10.0**-places


def _data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found.group(1)) if found else {}


def _column(columns: list[Any], k: int) -> list[Any]:
    """A column that may be written as a dictionary and indexes into it."""
    packed = columns[k] if len(columns) > k else []
    return [packed["v"][i] for i in packed["i"]] if isinstance(packed, dict) else list(packed)


def _leaves(cube: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The leaves with what they share with earlier ones put in."""
    found: list[dict[str, Any]] = []
    for leaf in cube.get("L", []):
        whole = dict(leaf)
        if "as" in leaf:
            whole |= {"g": found[leaf["as"]]["g"], "p": found[leaf["as"]]["p"]}
        if isinstance(whole["v"], int):
            whole["v"] = found[whole["v"]]["v"]
        found.append(whole)
    return found


def _named(formula: Any) -> list[int]:
    """The leaves of a formula, in order."""
    if isinstance(formula, list) and formula and formula[0] == "leaf":
        return [int(formula[1])]
    return [k for part in formula if isinstance(part, list) for k in _named(part)]
