"""Linear programmes over the parts of tables: the least and greatest that a sum of parts can be (HiGHS)."""

from __future__ import annotations

from typing import Any

import numpy

Ints = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
NODES = 200
"""Branches that the search for whole numbers looks at before the true table stands for what it finds."""


class Programme:
    """All tables of whole numbers that agree with what is known: one column a part, one row a cell.

    A row's bounds say what is known of the cell: its total, that it is not empty, or nothing.
    """

    def __init__(self, units: Ints, cells: Any, totals: Ints, enough: int) -> None:
        """`cells` is a sparse matrix, cells by parts. No part is let grow by more than `enough`."""
        self._units, self._cells = units, cells
        self._count = len(units)
        self._all = numpy.arange(self._count, dtype=numpy.int32)
        self._tops = (units + enough).astype(float)
        self._model = _model(cells, totals.astype(float), self._tops)

    def free(self, cell: int, at_least: int) -> None:
        """Of this cell no more is known than that it holds so many units."""
        self._model.changeRowBounds(cell, float(at_least), numpy.inf)

    def greatest(self, cell: int) -> Ints:
        """A table in which the cell is as great as it can be."""
        return self._best(cell, -1.0)

    def least(self, cell: int) -> Ints:
        """A table in which the cell is as small as it can be."""
        return self._best(cell, 1.0)

    def confining(self, cell: int) -> Ints | None:
        """The cells that together keep the cell from being greater; None when nothing does."""
        self._let_grow(True)
        self._aim(cell, -1.0)
        status = _run(self._model)
        weights = numpy.asarray(self._model.getSolution().row_dual)
        self._let_grow(False)
        return numpy.flatnonzero(numpy.abs(weights) > 1e-9) if status == "optimal" else None

    def interval(self, cell: int) -> tuple[int, int | None]:
        """The least and the greatest the cell can be, however much parts grow; None for no greatest."""
        self._let_grow(True)
        self._aim(cell, -1.0)
        bounded = _run(self._model) == "optimal"
        row = self._cells[[cell]]
        highest = int((row @ self._best(cell, -1.0))[0]) if bounded else None
        lowest = int((row @ self._best(cell, 1.0))[0])
        self._let_grow(False)
        return lowest, highest

    def _let_grow(self, freely: bool) -> None:
        tops = numpy.full(self._count, numpy.inf) if freely else self._tops
        self._model.changeColsBounds(self._count, self._all, numpy.zeros(self._count), tops)

    def _aim(self, cell: int, sign: float) -> None:
        row = numpy.zeros(self._count)
        row[self._cells.indices[self._cells.indptr[cell] : self._cells.indptr[cell + 1]]] = sign
        self._model.changeColsCost(self._count, self._all, row)

    def _best(self, cell: int, sign: float) -> Ints:
        """The table that makes `sign` times the cell least, in whole numbers.

        The quick solution, in any numbers, is almost always whole already; if not, only whole ones are
        tried, and when that finds none the true table stands for them: it never shows too much room.
        """
        self._aim(cell, sign)
        status = _run(self._model)
        assert status == "optimal", status
        found = numpy.asarray(self._model.getSolution().col_value)
        if numpy.abs(found - numpy.round(found)).max(initial=0) > 1e-6:
            found = self._in_whole_numbers()
        return numpy.round(found).astype(numpy.int64)

    def _in_whole_numbers(self) -> Any:
        import highspy

        whole = _silent(highspy.Highs())
        whole.setOptionValue("mip_max_nodes", NODES)
        whole.passModel(self._model.getLp())
        kinds = numpy.full(self._count, highspy.HighsVarType.kInteger)
        whole.changeColsIntegrality(self._count, self._all, kinds)
        whole.run()
        if whole.getInfo().primal_solution_status != 2:
            return self._units
        return numpy.asarray(whole.getSolution().col_value)


def _model(cells: Any, totals: Any, tops: Any) -> Any:
    import highspy

    model = _silent(highspy.Highs())
    count = len(tops)
    model.addVars(count, numpy.zeros(count), tops)
    starts = cells.indptr[:-1].astype(numpy.int32)
    values = cells.data.astype(float)
    rows, size = cells.shape[0], len(values)
    model.addRows(rows, totals, totals, size, starts, cells.indices.astype(numpy.int32), values)
    return model


def _silent(model: Any) -> Any:
    """One thread and one way to solve: the same tables are found every time."""
    model.setOptionValue("output_flag", False)
    model.setOptionValue("log_to_console", False)
    model.setOptionValue("threads", 1)
    model.setOptionValue("solver", "simplex")
    model.setOptionValue("random_seed", 0)
    return model


def _run(model: Any) -> str:
    import highspy

    model.run()
    status = model.getModelStatus()
    return "optimal" if status == highspy.HighsModelStatus.kOptimal else str(status)
