"""Many exchanges at once: one other table that agrees with all that is known, and is another one everywhere.

A search for one cell's exchange costs a programme. Most cells need none of their own: a solution that moves
as many units as it can, this way or that by chance, shows all the cells safe that vary in it. Two or three
such tables are enough for most. Each is a vertex of a linear programme; where a vertex is not whole, the few
parts that are not are asked for again in whole numbers, the rest being as it is.
"""

from __future__ import annotations

from typing import Any

import numpy

from engine.core.disclosure.cells import Ints
from engine.core.disclosure.exchange import CLOSE, SOLVED, Effort, Knowledge, alike_rows, silent_model

BESIDE = 1500
"""Parts that may change together with those that are not whole."""
MOST = 1_000_000
"""Entries of a layer's matrix up to which it is shuffled."""
NODES = 1
GAP = 0.9
"""How far from the best a table may be: it only has to be another one."""


def shuffled(known: Knowledge, rows: Ints, floor: int, turn: int, effort: Effort) -> Ints | None:
    """How each part changes in another table that agrees with all that is known; None where none is found.

    As many of `rows` as can be are made larger, by chance some more than others; `turn` says which chance.
    """
    layer = known.layer
    if layer.matrix.nnz > MOST:
        return None
    drawn = numpy.random.Generator(numpy.random.PCG64(turn))
    wish = numpy.zeros(layer.matrix.shape[0])
    wish[rows] = drawn.random(len(rows))
    cost = layer.by_part @ wish + (drawn.random(layer.matrix.shape[1]) - 0.5) * 1e-2
    told = numpy.flatnonzero(known.price > 0)
    fixed, _, _ = alike_rows(layer.matrix[told], told, known.price[told])
    watched = numpy.flatnonzero(known.filled)
    model = _Table(fixed, layer.matrix[watched], 1 - layer.sums[watched], layer.weights, floor)
    found, steps = model.vertex(cost)
    effort.spend(steps)
    if found is None:
        return None
    whole, steps = model.whole(found, cost, drawn)
    effort.spend(steps)
    return whole


class _Table:
    """All tables that agree with what is known, as changes of the true one."""

    def __init__(self, fixed: Any, watched: Any, least: Ints, weights: Ints, floor: int) -> None:
        self._fixed, self._watched, self._least = fixed.tocsr(), watched.tocsr(), least
        self._low = -weights.astype(float)
        self._high = numpy.full(len(weights), float(floor))

    def vertex(self, cost: Any) -> tuple[Any | None, float]:
        """A vertex in which the cost is high, and the solver's steps."""
        model = self._model(numpy.arange(len(self._low)), numpy.zeros(self._fixed.shape[0]), -cost)
        model.run()
        steps = 50.0 + float(model.getInfo().simplex_iteration_count)
        return self._solution(model), steps

    def whole(self, found: Any, cost: Any, drawn: Any) -> tuple[Ints | None, float]:
        """The same in whole numbers: parts that are not are asked for again, with some beside them, or all."""
        near = numpy.round(found)
        parts = numpy.flatnonzero(numpy.abs(found - near) > CLOSE)
        if len(parts) == 0:
            return near.astype(numpy.int64), 0.0
        beside = drawn.permutation(numpy.setdiff1d(self._beside(parts), parts, assume_unique=True))
        spent = 0.0
        for most in (BESIDE, len(beside)):
            chosen = numpy.sort(numpy.concatenate([parts, beside[:most]]))
            whole, steps = self._again(near, chosen, cost)
            spent += steps
            if whole is not None:
                return whole, spent
        return None, spent

    def _again(self, near: Any, chosen: Ints, cost: Any) -> tuple[Ints | None, float]:
        """Whole numbers for some parts, the others being as they are near to."""
        import highspy

        rest = near.copy()
        rest[chosen] = 0
        model = self._model(chosen, -(self._fixed @ rest), -cost[chosen], rest)
        kinds = numpy.full(len(chosen), highspy.HighsVarType.kInteger)
        model.changeColsIntegrality(len(chosen), numpy.arange(len(chosen), dtype=numpy.int32), kinds)
        model.setOptionValue("mip_max_nodes", NODES)
        model.setOptionValue("mip_rel_gap", GAP)
        model.run()
        steps = 200.0 + float(model.getInfo().simplex_iteration_count)
        if model.getInfo().primal_solution_status != SOLVED:
            return None, steps
        rest[chosen] = numpy.round(numpy.asarray(model.getSolution().col_value))
        return rest.astype(numpy.int64), steps

    def _beside(self, parts: Ints) -> Ints:
        """The parts that are in a known row with one of these."""
        rows = numpy.unique(self._fixed[:, parts].tocoo().row)
        found: Ints = numpy.unique(self._fixed[rows].indices)
        return found

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
