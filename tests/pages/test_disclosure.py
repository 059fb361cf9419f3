"""No withheld cell can be worked out to within less than the floor, by anyone who knows all totals."""

from __future__ import annotations

import itertools
import random

import pytest

from engine.core.disclosure.audit import Key, intervals, lines_of
from engine.core.disclosure.suppression import exposed, suppressed


def table(rng: random.Random, *sizes: int, most: int = 12) -> dict[Key, int]:
    """A random table of counts, many of them small and some zero."""
    return {
        key: rng.choice([0, 1, 2, 3, rng.randrange(0, most), rng.randrange(0, most)])
        for key in itertools.product(*(range(size) for size in sizes))
    }


def by_trying(units: dict[Key, int], hidden: set[Key]) -> dict[Key, tuple[int, int]]:
    """The same intervals by trying every table that agrees with what is known."""
    keys = sorted(hidden)
    lines = [[k for k in line if k in hidden] for line in lines_of(units)]
    sums = [(line, sum(units[k] for k in line)) for line in lines if line]
    most = {k: min(total - len(line) + 1 for line, total in sums if k in line) for k in keys}
    seen: dict[Key, set[int]] = {k: set() for k in keys}

    def fill(at: int, values: dict[Key, int]) -> None:
        if any(sum(values.get(k, 1) for k in line) > total for line, total in sums):
            return
        if at == len(keys):
            if all(sum(values[k] for k in line) == total for line, total in sums):
                for k in keys:
                    seen[k].add(values[k])
            return
        for value in range(1, most[keys[at]] + 1):
            fill(at + 1, {**values, keys[at]: value})

    fill(0, {})
    return {k: (min(values), max(values)) for k, values in seen.items()}


@pytest.mark.parametrize("seed", range(25))
def test_intervals_are_what_trying_every_table_finds(seed: int) -> None:
    rng = random.Random(seed)
    sizes = [(4,), (2, 3), (3, 3), (2, 2, 2)][seed % 4]
    units = table(rng, *sizes, most=6)
    hidden = {k for k, n in units.items() if n > 0 and rng.random() < 0.6}
    assert intervals(units, hidden, lines_of(units)) == by_trying(units, hidden)


@pytest.mark.parametrize(
    ("sizes", "times"), [((6,), 1000), ((4, 4), 600), ((3, 7), 390), ((3, 3, 3), 10)], ids=str
)
def test_no_withheld_cell_is_recoverable_where_its_lines_had_more_to_give(
    sizes: tuple[int, ...], times: int
) -> None:
    rng = random.Random(str(sizes))
    for _ in range(times):
        units = table(rng, *sizes, most=30)
        hidden = suppressed(units, 5)
        assert all(key in hidden for key, n in units.items() if 0 < n < 5)
        assert all(units[key] > 0 for key in hidden)
        assert exposed(units, hidden, 5) == ()


def test_primary_suppression_alone_gives_cells_away() -> None:
    rng = random.Random(1)
    tables = [table(rng, 4, 4, most=30) for _ in range(40)]
    alone = [units for units in tables if exposed(units, suppressed(units, 5, complementary=False), 5)]
    assert len(alone) > 35


def test_two_small_cells_that_hide_each_other_badly_get_a_third() -> None:
    units = {("a",): 2, ("b",): 3, ("c",): 40, ("d",): 50}
    assert suppressed(units, 5) == {("a",), ("b",), ("c",)}


def test_the_same_cells_are_withheld_whatever_order_they_come_in() -> None:
    units = table(random.Random(3), 5, 5, most=30)
    turned = dict(reversed(list(units.items())))
    assert suppressed(units, 5) == suppressed(turned, 5)
