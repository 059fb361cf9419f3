"""Many exchanges at once: one other table that agrees with all that is known, and is another one everywhere.

A search for one cell's exchange costs a programme. Most cells need none of their own: a solution that moves
as many units as it can, this way or that by chance, shows all the cells safe that vary in it. Two or three
such tables are enough for most. Each is a vertex of a linear programme; where a vertex is not whole, the few
parts that are not are asked for again in whole numbers, the rest being as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
from scipy.sparse import vstack

from engine.core.disclosure.cells import Ints, Layer
from engine.core.disclosure.exchange import CLOSE, SOLVED, Effort, Knowledge, alike_rows, silent_model

EACH = (30, 120)
"""Parts of every known row that may change together with those that are not whole: at first, and then."""
MOST = 1_000_000
"""Entries of a layer's matrix up to which it is shuffled."""
NODES = 300
"""Branches that a search for whole numbers looks at: they are cheap, and heuristics, left out, are not."""
BRANCHED = 4.0
"""Steps that one of the solver's counts as where whole numbers are searched for."""
STEP = 25_000
"""Entries of known rows with which a step of the solver takes as long as it is taken to."""
Floats = numpy.ndarray[Any, numpy.dtype[numpy.float64]]
AIMED = 3
"""How often a table for one row alone is looked for."""


@dataclass(frozen=True)
class Another:
    """How each part changes in another table that agrees with all that is known."""

    any: Floats | None = None
    """In any numbers: it shows that there is room, as far as numbers need not be whole."""
    whole: Ints | None = None


class Shuffle:
    """Other tables of one layer, one after the other, of one programme."""

    def __init__(self, known: Knowledge, floor: int) -> None:
        self._layer = known.layer
        self._table = None if known.layer.matrix.nnz > MOST else _Table(known, floor)

    def another(self, rows: Ints, turn: int, effort: Effort, *, whole: bool) -> Another:
        """Another table, in which as many of `rows` as can be are larger, by chance some more than others.

        `turn` says which chance. Whole numbers are only looked for if they are asked for.
        """
        if self._table is None:
            return Another()
        drawn = numpy.random.Generator(numpy.random.PCG64(turn))
        wish = numpy.zeros(self._layer.matrix.shape[0])
        wish[rows] = drawn.random(len(rows))
        cost = self._layer.by_part @ wish + _by_chance(self._layer, drawn)
        return self._table.solved(cost, drawn, effort, whole=whole)


def aimed(known: Knowledge, row: int, more: int, floor: int, effort: Effort, *, whole: bool) -> Another:
    """Another table, among all parts, in which a row holds so many `more`, or fewer if negative."""
    layer, found = known.layer, Another()
    if layer.matrix.nnz > MOST:
        return found
    model = _Table(known, floor, layer.matrix[row], more)
    for turn in range(AIMED if whole else 1):
        drawn = numpy.random.Generator(numpy.random.PCG64(turn))
        found = model.solved(_by_chance(layer, drawn), drawn, effort, whole=whole)
        if found.any is None or found.whole is not None:
            break
    return found


def _by_chance(layer: Layer, drawn: Any) -> Any:
    return (drawn.random(layer.matrix.shape[1]) - 0.5) * 1e-2


class _Table:
    """All tables that agree with what is known, as changes of the true one."""

    def __init__(self, known: Knowledge, floor: int, row: Any = None, more: int = 0) -> None:
        """Perhaps only those in which a `row` changes by `more` at least, down if that is negative."""
        layer = known.layer
        told = numpy.flatnonzero(known.price > 0)
        self._fixed = alike_rows(layer.matrix[told], told, known.price[told])[0].tocsr()
        watched = numpy.flatnonzero(known.filled)
        self._watched, self._least = layer.matrix[watched].tocsr(), 1 - layer.sums[watched]
        if row is not None:
            self._watched = vstack([self._watched, row if more > 0 else -row]).tocsr()
            self._least = numpy.append(self._least, abs(more))
        self._all: Any = None
        self._searched = False
        self._low = -layer.weights.astype(float)
        self._high = numpy.full(len(layer.weights), float(floor))

    def solved(self, cost: Any, drawn: Any, effort: Effort, *, whole: bool) -> Another:
        """A vertex in which the cost is high, perhaps also in whole numbers."""
        found, steps = self.vertex(cost)
        effort.spend(steps)
        if found is None or not whole:
            return Another(found)
        numbers, steps = self.whole(found, drawn)
        effort.spend(steps)
        return Another(found, numbers)

    def vertex(self, cost: Any) -> tuple[Any | None, float]:
        """A vertex in which the cost is high, and the solver's steps."""
        if self._all is None:
            self._all = self._model(numpy.arange(len(self._low)), numpy.zeros(self._fixed.shape[0]), -cost)
        model = self._all
        model.clearSolver()  # from the start again, with what presolving finds, it is faster
        model.changeColsCost(len(cost), numpy.arange(len(cost), dtype=numpy.int32), -cost)
        model.run()
        steps = 50.0 + float(model.getInfo().simplex_iteration_count)
        return self._solution(model), steps * max(1.0, self._fixed.nnz / STEP)

    def whole(self, found: Any, drawn: Any) -> tuple[Ints | None, float]:
        """The same in whole numbers: parts that are not are asked for again, with some beside them."""
        near = numpy.round(found)
        parts = numpy.flatnonzero(numpy.abs(found - near) > CLOSE)
        if len(parts) == 0:
            return near.astype(numpy.int64), 0.0
        spent = 0.0
        for each in EACH:
            chosen = numpy.sort(numpy.concatenate([parts, self._beside(parts, each, drawn)]))
            if len(chosen) == len(near):
                if self._searched:  # of all parts there is but one such question, and it was asked
                    break
                self._searched = True
            whole, steps = self._again(near, chosen)
            spent += steps
            if whole is not None:
                return whole, spent
        return None, spent

    def _again(self, near: Any, chosen: Ints) -> tuple[Ints | None, float]:
        """Whole numbers for some parts, the others being as they are near to."""
        import highspy

        rest = near.copy()
        rest[chosen] = 0
        model = self._model(chosen, -(self._fixed @ rest), numpy.zeros(len(chosen)), rest)
        kinds = numpy.full(len(chosen), highspy.HighsVarType.kInteger)
        model.changeColsIntegrality(len(chosen), numpy.arange(len(chosen), dtype=numpy.int32), kinds)
        for name, value in (("mip_max_nodes", NODES), ("mip_heuristic_effort", 0.0)):
            model.setOptionValue(name, value)
        model.run()
        steps = 200.0 + BRANCHED * float(model.getInfo().simplex_iteration_count)
        if model.getInfo().primal_solution_status != SOLVED:
            return None, steps
        rest[chosen] = numpy.round(numpy.asarray(model.getSolution().col_value))
        return rest.astype(numpy.int64), steps

    def _beside(self, parts: Ints, each: int, drawn: Any) -> Ints:
        """Parts that are in a known row with one of these: up to `each` of every row."""
        rows = numpy.unique(self._fixed[:, parts].tocoo().row)
        sizes = numpy.diff(self._fixed.indptr)[rows]
        taken = numpy.zeros(self._fixed.shape[1], dtype=bool)
        for row in rows[numpy.argsort(sizes, kind="stable")].tolist():
            own = self._fixed.indices[self._fixed.indptr[row] : self._fixed.indptr[row + 1]]
            lacking = each - int(taken[own].sum())
            if lacking > 0:
                taken[drawn.permutation(own[~taken[own]])[:lacking]] = True
        taken[parts] = False
        return numpy.flatnonzero(taken)

    def _model(self, parts: Ints, equal: Any, cost: Any, rest: Any = None) -> Any:
        """The programme over some parts, the others being as `rest` says."""
        model = silent_model()
        model.addVars(len(parts), self._low[parts], self._high[parts])
        model.changeColsCost(len(parts), numpy.arange(len(parts), dtype=numpy.int32), cost)
        _add(model, self._fixed[:, parts], equal, equal)
        least = self._least.astype(float) - (0.0 if rest is None else self._watched @ rest)
        _add(model, self._watched[:, parts], least, numpy.full(len(least), numpy.inf))
        return model

    @staticmethod
    def _solution(model: Any) -> Any | None:
        import highspy

        if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return numpy.asarray(model.getSolution().col_value)


def _add(model: Any, rows: Any, low: Any, high: Any) -> None:
    rows = rows.tocsr()
    starts, indices = rows.indptr[:-1].astype(numpy.int32), rows.indices.astype(numpy.int32)
    model.addRows(rows.shape[0], low, high, rows.nnz, starts, indices, rows.data.astype(float))
