"""Exchanges: the cheapest way in which a withheld cell could be another one than it is.

A reader knows every shown cell. If some units can change places so that no shown cell notices, and a
withheld cell thereby grows (or shrinks), then the reader cannot tell the two tables apart. So an exchange
that costs nothing *shows* a cell safe; one that costs something says which cells to withhold for it. Both are
one linear programme (Kelly, Golden and Assad 1992; Fischetti and Salazar 2000), here over the parts nearest
to the cell. It is solved by HiGHS; only whole numbers prove anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy

from engine.core.disclosure.cells import Bools, Ints, Layer

LOOKING = 3e-4
"""Steps that looking for the nearest parts counts as, for one entry of the matrix."""
NEAR = 400
"""Parts that an exchange is looked for among."""
FIXED = numpy.inf
TURNS = 3
"""How often a solution that is not whole is asked for again, a little turned."""
NODES = 200
"""Branches that a search for whole numbers looks at."""
SEARCHED = 80
"""Parts up to which whole numbers are searched for; among more it would take too long."""
SOLVED = 2
CLOSE = 1e-6


@dataclass(frozen=True)
class Exchange:
    """Units changing places: by how much each part changes (if nobody notices), and the rows that would."""

    change: Ints
    notice: Ints
    cost: float


@dataclass
class Effort:
    """What an audit may still do, in solver steps: it stops at the same place on every machine."""

    left: float = numpy.inf

    def spend(self, steps: float) -> None:
        """So much was done."""
        self.left -= steps

    @property
    def spent(self) -> bool:
        """Whether there is nothing left."""
        return self.left <= 0


@dataclass(frozen=True)
class Knowledge:
    """What a reader knows of one layer."""

    layer: Layer
    price: Any
    """For every row what withholding it costs: 0 for those that are withheld, `FIXED` where it cannot be."""
    filled: Bools
    """Rows that are known to hold at least one unit though they are withheld."""


def _near(known: Knowledge, row: int, most: int) -> Ints:
    """The parts of a row and those that differ from them in the fewest shown rows."""
    layer = known.layer
    count = layer.matrix.shape[1]
    if count <= most:
        return numpy.arange(count)
    own = layer.matrix.indices[layer.matrix.indptr[row] : layer.matrix.indptr[row + 1]]
    own = own[numpy.argsort(-layer.weights[own], kind="stable")][: most // 3]
    told = (known.price > 0).astype(numpy.int64)
    of_first = numpy.zeros(layer.matrix.shape[0], dtype=numpy.int64)
    first = layer.by_part
    of_first[first.indices[first.indptr[own[0]] : first.indptr[own[0] + 1]]] = 1
    apart = first @ told - 2 * (first @ (told * of_first))
    apart[own] = numpy.iinfo(numpy.int64).min
    return numpy.sort(numpy.argsort(apart, kind="stable")[:most])


class Search:
    """The search for exchanges of one row, among the parts nearest to it; rows that are alike count once."""

    def __init__(self, known: Knowledge, row: int, effort: Effort, most: int = NEAR) -> None:
        parts = _near(known, row, most)
        if len(parts) < known.layer.matrix.shape[1]:
            effort.spend(known.layer.matrix.nnz * LOOKING)
        self._known, self._chosen, self._effort = known, parts, effort
        matrix = (
            known.layer.matrix[:, parts].tocsr()
            if len(parts) < known.layer.matrix.shape[1]
            else (known.layer.matrix)
        )
        touched = numpy.flatnonzero(numpy.diff(matrix.indptr))
        told = touched[known.price[touched] > 0]
        self._rows, self._prices, self._groups = alike_rows(matrix[told], told, known.price[told])
        self._weights = known.layer.weights[parts]
        own = numpy.zeros(len(parts))
        inside = slice(matrix.indptr[row], matrix.indptr[row + 1])
        own[matrix.indices[inside]] = matrix.data[inside]
        self._model = _Model(self._rows, self._prices, own, *self._emptied(matrix, touched), self._weights)

    def _emptied(self, matrix: Any, touched: Ints) -> tuple[Any, Ints]:
        """Withheld rows that must not become empty and could, all of whose parts are here; by how much."""
        watched = touched[self._known.filled[touched]]
        rows, sums = matrix[watched], self._known.layer.sums[watched]
        inside = rows @ self._weights == sums
        return rows[numpy.flatnonzero(inside)], 1 - sums[inside]

    def best(self, more: int) -> Exchange | None:
        """The cheapest way for the row to hold so many `more` (fewer, if negative); None where there is none.

        One that nobody notices is of whole numbers. Of one that has its price only the rows that notice it
        count: once they are withheld, it is looked for again.
        """
        for turn in range(TURNS):
            change, steps = self._model.solved(more, turn)
            self._effort.spend(steps)
            if change is None:
                return None
            whole = self._model.whole(change)
            if whole is not None or self._noticed(change).any():
                return self._told(change if whole is None else whole)
        if len(self._chosen) > SEARCHED:
            return None
        for parts in (self._model.moved, None):
            change, steps = self._model.in_whole_numbers(parts)
            self._effort.spend(steps)
            if change is not None:
                return self._told(change)
        return None

    def _noticed(self, change: Any) -> Any:
        """Which rows would notice a change."""
        return numpy.abs(self._rows @ change) > CLOSE

    def _told(self, change: Any) -> Exchange:
        moved = numpy.flatnonzero(self._noticed(change))
        every = numpy.zeros(self._known.layer.matrix.shape[1], dtype=numpy.int64)
        if not len(moved):
            every[self._chosen] = numpy.round(change)
        notice = [self._groups[i] for i in moved]
        rows = numpy.concatenate([numpy.zeros(0, dtype=numpy.int64), *notice])
        return Exchange(every, rows, float(self._prices[moved].sum()))


class _Model:
    """The programme itself: how each part changes, and by how much each shown row would notice."""

    def __init__(self, rows: Any, prices: Any, own: Any, watched: Any, least: Ints, weights: Ints) -> None:
        self._prices, self._watched, self._least, self._lowest = (
            prices,
            watched,
            least,
            -weights.astype(float),
        )
        self._count, movable = len(weights), numpy.isfinite(prices)
        self._slack = 2 * len(prices)
        self._high = 0.0
        self.moved = numpy.zeros(self._count, dtype=bool)
        self._model = silent_model()
        self._movable = numpy.where(numpy.tile(movable, 2), numpy.inf, 0.0)
        most = numpy.concatenate([numpy.full(self._count, numpy.inf), self._movable])
        low = numpy.concatenate([self._lowest, numpy.zeros(self._slack)])
        self._model.addVars(len(low), low, most)
        self._add(rows, numpy.zeros(len(prices)), numpy.zeros(len(prices)), slack=True)
        self._add(watched, least.astype(float), numpy.full(len(least), numpy.inf))
        place = numpy.flatnonzero(own).astype(numpy.int32)
        self._goal = len(prices) + len(least)
        self._model.addRow(0.0, 0.0, len(place), place, own[place])

    def _add(self, rows: Any, low: Any, high: Any, *, slack: bool = False) -> None:
        """Rows over the parts, each with two columns of its own that take up what it would notice."""
        count, parts = rows.shape[0], numpy.repeat(numpy.arange(rows.shape[0]), numpy.diff(rows.indptr))
        place, column, value = parts, rows.indices, rows.data.astype(float)
        if slack:
            extra = numpy.arange(count)
            place = numpy.concatenate([place, extra, extra])
            column = numpy.concatenate([column, self._count + extra, self._count + count + extra])
            value = numpy.concatenate([value, numpy.ones(count), -numpy.ones(count)])
        order = numpy.argsort(place, kind="stable")
        starts = numpy.searchsorted(place[order], numpy.arange(count)).astype(numpy.int32)
        self._model.addRows(
            count, low, high, len(value), starts, column[order].astype(numpy.int32), value[order]
        )

    def solved(self, more: int, turn: int) -> tuple[Any | None, float]:
        """A solution in any numbers, if there is one, and the solver's steps."""
        import highspy

        price = numpy.where(numpy.isfinite(self._prices), self._prices, 0.0)
        cost = numpy.concatenate([_turned(self._count, turn), price, price])
        self._model.changeColsCost(len(cost), numpy.arange(len(cost), dtype=numpy.int32), cost)
        self._high = 4.0 * abs(more)
        high = numpy.full(self._count, self._high)
        columns = numpy.arange(self._count, dtype=numpy.int32)
        self._model.changeColsBounds(self._count, columns, self._lowest, high)
        most, least = (numpy.inf, float(more)) if more > 0 else (float(more), -numpy.inf)
        self._model.changeRowBounds(self._goal, least, most)
        self._model.run()
        steps = 50.0 + float(self._model.getInfo().simplex_iteration_count)
        if self._model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None, steps
        found = numpy.asarray(self._model.getSolution().col_value)[: self._count]
        self.moved |= numpy.abs(found) > CLOSE
        return found, steps

    def in_whole_numbers(self, moved: Any | None) -> tuple[Ints | None, float]:
        """A solution in whole numbers that no row notices, if a short search finds one.

        Only parts that are `moved` move, or all: where few may, most is found and the search is short.
        """
        import highspy

        still = numpy.zeros(0, dtype=numpy.int64) if moved is None else numpy.flatnonzero(~moved)
        low, high = self._lowest.copy(), numpy.full(self._count, self._high)
        low[still], high[still] = 0.0, 0.0
        every = numpy.arange(self._count, dtype=numpy.int32)
        self._model.changeColsBounds(self._count, every, low, high)
        slack = numpy.arange(self._count, self._count + self._slack, dtype=numpy.int32)
        nothing = numpy.zeros(self._slack)
        self._model.changeColsBounds(self._slack, slack, nothing, nothing)
        parts = numpy.arange(self._count, dtype=numpy.int32)
        kinds = numpy.full(self._count, highspy.HighsVarType.kInteger)
        self._model.changeColsIntegrality(self._count, parts, kinds)
        self._model.changeColsCost(self._count, parts, numpy.zeros(self._count))
        for name, value in (("mip_max_nodes", NODES), ("mip_heuristic_effort", 0.0)):
            self._model.setOptionValue(name, value)
        self._model.run()
        info = self._model.getInfo()
        steps = 500.0 + float(info.simplex_iteration_count)
        solved = info.primal_solution_status == SOLVED
        found = numpy.asarray(self._model.getSolution().col_value)[: self._count] if solved else None
        continuous = numpy.full(self._count, highspy.HighsVarType.kContinuous)
        self._model.changeColsIntegrality(self._count, parts, continuous)
        self._model.changeColsBounds(self._slack, slack, nothing, self._movable)
        return None if found is None else numpy.round(found).astype(numpy.int64), steps

    def whole(self, change: Any) -> Ints | None:
        """The solution in whole numbers: as it is, or a multiple that there is room for."""
        for times in (1, 2, 3):
            found = numpy.round(change * times)
            close = numpy.abs(change * times - found).max(initial=0) < CLOSE
            if close and (found >= self._lowest).all() and (self._watched @ found >= self._least).all():
                whole: Ints = found.astype(numpy.int64)
                return whole
        return None


def silent_model() -> Any:
    """One thread and one way to solve: the same is found every time."""
    import highspy

    model = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("solver", "simplex")):
        model.setOptionValue(name, value)
    # Where a search branches it finds no sooner for this heuristic, which costs a third of it.
    model.setOptionValue("mip_heuristic_run_feasibility_jump", False)
    return model


def alike_rows(matrix: Any, rows: Ints, prices: Any) -> tuple[Any, Any, list[Ints]]:
    """Rows with the same parts as one, at the price of all of them."""
    drawn = numpy.random.Generator(numpy.random.PCG64(7)).random(matrix.shape[1])
    _, first, inverse = numpy.unique(numpy.round(matrix @ drawn, 9), return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    total = numpy.bincount(inverse, prices, minlength=len(first))
    order = numpy.argsort(inverse, kind="stable")
    ends = numpy.searchsorted(inverse[order], numpy.arange(len(first) + 1))
    return matrix[first], total, [rows[order[a:b]] for a, b in _pairs(ends)]


def _pairs(ends: Any) -> Iterator[tuple[int, int]]:
    return zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)


def _turned(count: int, turn: int) -> Any:
    """A small objective that prefers few moves, another one every turn."""
    drawn = numpy.random.Generator(numpy.random.PCG64(turn)).random(count)
    return numpy.zeros(count) if turn == 0 else (drawn - 0.5) * 1e-4
