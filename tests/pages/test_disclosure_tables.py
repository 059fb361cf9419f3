"""Several tables over the same units: what all of them together tell of a withheld cell."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence

import numpy
import pytest

from engine.core.disclosure.cells import Ints, Key, PublishedTable
from engine.core.disclosure.exchange import Effort
from engine.core.disclosure.rules import Rules
from engine.core.disclosure.tables import given_away, withheld

Hidden = Sequence[frozenset[Key]]
RULES = Rules(floor=5)


def one_row_each(parts: Sequence[int]) -> list[Ints]:
    """One row for every unit of every part, the parts one after the other."""
    return [numpy.arange(sum(parts))]


def cut(
    parts: dict[Key, int],
    dimensions: Sequence[int],
    within: Iterable[Key] | None = None,
    shown: Iterable[Key] = (),
    sensitive: Iterable[Key] = (),
) -> PublishedTable:
    """The table of these dimensions over parts named by all their dimensions, of all or of some parts."""
    counted = set(parts) if within is None else set(within)
    found: dict[Key, int] = {}
    labels = [
        found.setdefault(tuple(name[i] for i in dimensions), len(found)) if name in counted else -1
        for name in parts
    ]
    rows = numpy.repeat(numpy.asarray(labels, dtype=numpy.int64), list(parts.values()))
    return PublishedTable(tuple(found), rows, 0, frozenset(sensitive), frozenset(shown))


def members(parts: Sequence[int], table: PublishedTable) -> dict[Key, frozenset[int]]:
    """The parts of every cell."""
    owner = numpy.repeat(numpy.arange(len(parts)), list(parts))
    return {key: frozenset(owner[table.labels == place].tolist()) for place, key in enumerate(table.keys)}


def cube(parts: dict[Key, int]) -> list[PublishedTable]:
    """The cube and all its margins, the grand total included."""
    width = range(len(next(iter(parts))))
    return [cut(parts, dims) for size in (*width, len(width)) for dims in itertools.combinations(width, size)]


def parts_of(rng: random.Random, *sizes: int, most: int) -> dict[Key, int]:
    """Random parts, many of them small and some empty: those are not there."""
    drawn = {
        name: rng.choice([0, 1, 2, 3, rng.randrange(most), rng.randrange(most)])
        for name in itertools.product(*map(range, sizes))
    }
    return {name: n for name, n in drawn.items() if n} or {(0,) * len(sizes): 1}


def by_trying(
    parts: Sequence[int], tables: Sequence[PublishedTable], hidden: Hidden
) -> dict[tuple[int, Key], tuple[int, int]]:
    """The same bounds by trying every filling of the parts that agrees with all that is shown.

    Only for tables whose grand total is shown: it says how much there is to fill.
    """
    cells = [members(parts, table) for table in tables]
    counts = [{key: sum(parts[p] for p in cell) for key, cell in named.items()} for named in cells]
    shown = [(cells[i][k], counts[i][k]) for i, t in enumerate(tables) for k in t.keys if k not in hidden[i]]
    gone = {(i, k): cells[i][k] for i, keys in enumerate(hidden) for k in keys}
    found: dict[tuple[int, Key], set[int]] = {place: set() for place in gone}
    for filling in fillings(len(parts), sum(parts)):
        if all(sum(filling[p] for p in cell) == n for cell, n in shown):
            sums = {place: sum(filling[p] for p in cell) for place, cell in gone.items()}
            if all(sums.values()):
                for place, n in sums.items():
                    found[place].add(n)
    return {place: (min(values), max(values)) for place, values in found.items()}


def fillings(places: int, total: int) -> Iterable[tuple[int, ...]]:
    """Every way to spread so many units over so many places."""
    if places == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in fillings(places - 1, total - first):
            yield (first, *rest)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_called_safe_is_safe_by_trying_every_table(seed: int) -> None:
    rng = random.Random(seed)
    parts = parts_of(rng, *[(4,), (2, 2), (2, 3), (2, 2, 2)][seed % 4], most=4)
    while len(parts) > 6 or sum(parts.values()) > 12:
        parts.popitem()
    tables = cube(parts)
    hidden = [frozenset(k for k in t.keys if k and rng.random() < 0.6) for t in tables]
    units, floor = list(parts.values()), Rules(2)
    told = set(given_away(one_row_each(units), tables, hidden, floor))
    tried = by_trying(units, tables, hidden)
    narrow = {place for place, (low, high) in tried.items() if high - low < floor.floor}
    assert narrow <= told, "nothing that can be worked out is called safe"
    if seed % 4 == 0:
        assert told & tried.keys() == narrow, "and what is safe is seen to be"


def test_every_small_table_keeps_its_cells_by_trying_all_tables_that_agree() -> None:
    """Each table of two by two with up to three units in a cell, its margins and its total."""
    floor = 2
    for filled in itertools.product(range(4), repeat=4):
        named = zip(itertools.product((0, 1), repeat=2), filled, strict=True)
        parts: dict[Key, int] = {name: n for name, n in named if n}
        tables = cube(parts) if parts else []
        found = withheld(one_row_each(list(parts.values())), tables, Rules(floor)).tables
        if tables and () not in found[0]:
            tried = by_trying(list(parts.values()), tables, found)
            assert all(high - low >= floor for low, high in tried.values()), filled


SHAPES = [((5,), 900), ((3, 3), 800), ((2, 2, 2), 230), ((3, 3, 2), 60), ((3, 3, 3), 10)]


@pytest.mark.parametrize(("sizes", "times"), SHAPES, ids=str)
def test_no_cell_of_a_cube_with_its_margins_is_recoverable(sizes: tuple[int, ...], times: int) -> None:
    rng = random.Random(str(sizes))
    for _ in range(times):
        parts = parts_of(rng, *sizes, most=40)
        tables = cube(parts)
        units = list(parts.values())
        found = withheld(one_row_each(units), tables, RULES)
        assert not found.known
        for table, hidden in zip(tables, found.tables, strict=True):
            for key, cell in members(units, table).items():
                assert key in hidden or sum(units[part] for part in cell) >= RULES.floor
        assert not given_away(one_row_each(units), tables, found.tables, RULES)


def test_without_complementary_suppression_cells_are_given_away() -> None:
    rng = random.Random(2)
    leaks = 0
    for _ in range(50):
        parts = parts_of(rng, 3, 3, most=40)
        tables = cube(parts)
        units = one_row_each(list(parts.values()))
        found = withheld(units, tables, Rules(5, complementary=False))
        leaks += bool(given_away(units, tables, found.tables, RULES))
    assert leaks > 40


def test_each_table_made_safe_by_itself_is_not_enough() -> None:
    """What one table withholds to hide a small cell, another shows, or tells by its sums."""
    rng, leaks = random.Random(4), 0
    for _ in range(30):
        parts = parts_of(rng, 3, 3, most=40)
        units, tables = one_row_each(list(parts.values())), cube(parts)
        alone = [withheld(units, [table], RULES).tables[0] for table in tables]
        leaks += bool(given_away(units, tables, alone, RULES))
        assert not given_away(units, tables, withheld(units, tables, RULES).tables, RULES)
    assert leaks > 10


def test_two_totals_that_differ_by_a_few_people_are_not_both_shown() -> None:
    """Nobody is in a small cell, yet the difference of the two totals is three people."""
    parts = {("all", "in"): 40, ("all", "out"): 3}
    everyone, most = cut(parts, (0,)), cut(parts, (0,), within=[("all", "in")])
    hidden = withheld(one_row_each(list(parts.values())), [everyone, most], RULES).tables
    assert len(hidden[0]) + len(hidden[1]) == 1


def test_what_was_shown_earlier_stays_known() -> None:
    """A body's total was published; its places, published now, withhold one more for it."""
    parts = {("a", 1): 20, ("a", 2): 3, ("a", 3): 9, ("b", 1): 30}
    units, places, bodies = one_row_each(list(parts.values())), cut(parts, (0, 1)), cut(parts, (0,))
    alone = withheld(units, [places], RULES).tables[0]
    both = withheld(units, [places, cut(parts, (0,), shown=bodies.keys)], RULES)
    assert alone >= {("a", 2)}
    assert ("b", 1) in both.tables[0] or len(both.tables[0] & {("a", 1), ("a", 3)}) >= 1
    assert not both.known
    assert not given_away(units, [places, bodies], both.tables, RULES)


def test_what_earlier_figures_already_give_away_is_told() -> None:
    parts = {("a",): 20, ("b",): 7}
    known = cut(parts, (0,), shown=[("a",), ("b",)])
    rest = cut(parts, (0,), within=[("b",)], sensitive=[("b",)])
    assert withheld(one_row_each([20, 7]), [known, rest], RULES).tables[1] == {("b",)}


def test_the_same_cells_are_withheld_whatever_order_tables_and_cells_come_in() -> None:
    parts = parts_of(random.Random(7), 4, 4, most=30)
    units, tables = one_row_each(list(parts.values())), cube(parts)
    turned = [turn(table) for table in tables]
    first = withheld(units, tables, RULES).tables
    assert withheld(units, turned, RULES).tables == first


@pytest.mark.parametrize("seed", range(6))
def test_without_time_to_look_every_withheld_cell_is_safe_all_the_same(seed: int) -> None:
    parts = parts_of(random.Random(seed), 3, 3, most=40)
    units, tables = one_row_each(list(parts.values())), cube(parts)
    hurried = withheld(units, tables, RULES, Effort(0.0))
    assert not given_away(units, tables, hurried.tables, RULES)
    assert hurried.unproven, "and it says so"


def turn(table: PublishedTable) -> PublishedTable:
    """The same table, its cells in another order."""
    last = len(table.keys) - 1
    return PublishedTable(table.keys[::-1], numpy.where(table.labels >= 0, last - table.labels, -1))
