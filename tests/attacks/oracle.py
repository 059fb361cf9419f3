"""What somebody who reads everything can work out about few people: an integer programme, solved by HiGHS.

Unknown are how many units have rows in which classes, and what each class's values add up to. A class is a
combination of the columns that pages cut by; whoever attacks knows which values there are. Every figure that
is shown is a constraint. A cell of few people is exposed when its number is confined to less than the floor.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

Vector = NDArray[np.float64]
Class = tuple[str, ...]
MOST = 10_000
"""More people than there are in any of the spaces."""


@dataclass(frozen=True)
class Cut:
    """Rows of some values in some columns, written `a=x|y, b=z`; without any: all rows."""

    values: tuple[tuple[str, frozenset[str]], ...] = ()

    @classmethod
    def of(cls, **values: str | Iterable[str]) -> Cut:
        """The rows with one of the values in each column."""
        sets = {k: frozenset([v] if isinstance(v, str) else v) for k, v in values.items()}
        return cls(tuple(sorted(sets.items())))

    def within(self, other: Cut) -> Cut:
        """The rows of both."""
        both = dict(self.values)
        for name, values in other.values:
            both[name] = both[name] & values if name in both else values
        return Cut(tuple(sorted(both.items())))

    def __str__(self) -> str:
        return ", ".join(f"{name}={'|'.join(sorted(values))}" for name, values in self.values) or "all"


@dataclass(frozen=True)
class Unit:
    """One person: a class and a value for each of their rows."""

    rows: tuple[tuple[Class, int], ...]


@dataclass(frozen=True)
class Population:
    """Who there is, in truth, and what could be: every class, and every way to have rows in classes."""

    names: tuple[str, ...]
    domains: tuple[tuple[str, ...], ...]
    units: tuple[Unit, ...]

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """All combinations of values."""
        return tuple(itertools.product(*self.domains))

    @cached_property
    def patterns(self) -> tuple[tuple[Class, ...], ...]:
        """What rows a unit may have: one, or as many as any has."""
        most = max(len(unit.rows) for unit in self.units)
        sizes = range(1, most + 1)
        return tuple(p for n in sizes for p in itertools.combinations_with_replacement(self.classes, n))

    @cached_property
    def truth(self) -> Vector:
        """The numbers that are looked for: of units by pattern, then sums by class."""
        place = {pattern: i for i, pattern in enumerate(self.patterns)}
        found = np.zeros(len(self.patterns) + len(self.classes))
        for unit in self.units:
            found[place[tuple(sorted(c for c, _ in unit.rows))]] += 1
            for each, value in unit.rows:
                found[len(self.patterns) + self.classes.index(each)] += value
        return found

    def holds(self, cut: Cut, each: Class) -> bool:
        """Whether a class is within a cut."""
        at = dict(zip(self.names, each, strict=True))
        return all(at[name] in values for name, values in cut.values)

    def rows(self, cut: Cut) -> Vector:
        """How many rows there are in a cut, as coefficients of the unknowns."""
        return self.by_pattern(lambda pattern: sum(self.holds(cut, each) for each in pattern))

    def number(self, cut: Cut) -> Vector:
        """How many units have a row in a cut."""
        return self.by_pattern(lambda pattern: any(self.holds(cut, each) for each in pattern))

    def total(self, cut: Cut) -> Vector:
        """What the values in a cut add up to."""
        sums = [float(self.holds(cut, each)) for each in self.classes]
        return np.array([0.0] * len(self.patterns) + sums)

    def by_pattern(self, of: Callable[[tuple[Class, ...]], float]) -> Vector:
        """A coefficient for each pattern; none for sums."""
        return np.array([float(of(p)) for p in self.patterns] + [0.0] * len(self.classes))

    def small_cuts(self, floor: int) -> Iterator[Cut]:
        """Every combination of values, of any of the columns, that fewer units have than the floor."""
        options = [(None, *domain) for domain in self.domains]
        for chosen in itertools.product(*options):
            cut = Cut.of(**{n: v for n, v in zip(self.names, chosen, strict=True) if v is not None})
            if 0 < self.number(cut) @ self.truth < floor:
                yield cut


@dataclass(frozen=True)
class Figure:
    """A figure on a page: between which bounds its coefficients are, or that it is withheld."""

    says: str
    vector: Vector
    low: float = -np.inf
    high: float = np.inf
    kind: str = "rows"
    """What it is a number of: rows, units, or something else."""

    @property
    def shown(self) -> bool:
        """Whether anything is said of it."""
        return bool(np.isfinite(self.low) or np.isfinite(self.high))

    @property
    def counts(self) -> bool:
        """Whether it is a number of rows or units."""
        return self.kind in ("rows", "units")


@dataclass
class Programme:
    """Everything that is known, asked for the least and the most that a number may be."""

    population: Population
    figures: Sequence[Figure]
    solved: int = field(default=0)

    @cached_property
    def known(self) -> list[Figure]:
        """The figures that say something, each once."""
        found: dict[tuple[bytes, float, float], Figure] = {}
        for figure in self.figures:
            if figure.shown:
                found.setdefault((figure.vector.tobytes(), figure.low, figure.high), figure)
        return list(found.values())

    def untrue(self) -> list[str]:
        """Figures that are not what they should be: what is read wrongly proves nothing."""
        truth = self.population.truth
        return [
            f"{f.says}: {f.low}..{f.high}, in truth {f.vector @ truth}"
            for f in self.known
            if not f.low - 1e-6 <= f.vector @ truth <= f.high + 1e-6
        ]

    @cached_property
    def _constraint(self) -> LinearConstraint:
        rows = csr_matrix(np.array([f.vector for f in self.known]))
        return LinearConstraint(rows, [f.low for f in self.known], [f.high for f in self.known])

    def extreme(self, vector: Vector, sign: int) -> float:
        """The least (1) or the most (-1) that a number may be; no bound counts as MOST away."""
        people, sums = len(self.population.patterns), len(self.population.classes)
        whole = np.array([1] * people + [0] * sums)
        bounds = Bounds(0, np.array([float(MOST)] * people + [1e12] * sums))
        self.solved += 1
        found = milp(
            sign * vector, constraints=[self._constraint] if self.known else [], integrality=whole,
            bounds=bounds, options={"time_limit": 20.0},
        )  # fmt: skip
        if found.x is None:
            raise AssertionError(f"no numbers agree with what is published: {found.message}")
        bound = found.mip_dual_bound if found.status == 1 else found.fun
        return float(sign * bound)

    def narrow(self, vector: Vector, floor: float) -> tuple[float, float] | None:
        """The interval of a number where that is narrower than the floor; None where it is wide enough."""
        truth = float(vector @ self.population.truth)
        most = self.extreme(vector, -1)
        if most - truth >= floor - 1e-6:
            return None
        least = self.extreme(vector, 1)
        return (least, most) if most - least < floor - 1e-6 else None


def withheld(figures: Sequence[Figure]) -> Iterator[tuple[str, Vector]]:
    """The numbers that are withheld, but for those that another figure shows."""
    shown = {f.vector.tobytes() for f in figures if f.shown}
    for figure in figures:
        if figure.counts and not figure.shown and figure.vector.tobytes() not in shown:
            yield f"withheld {figure.says}", figure.vector


def differences(
    population: Population, figures: Sequence[Figure], floor: int
) -> Iterator[tuple[str, Vector]]:
    """What is left of a shown number without another one inside it, where that is few."""
    shown = {(f.kind, f.vector.tobytes()): f for f in figures if f.counts and f.low == f.high}
    for one, other in itertools.permutations(shown.values(), 2):
        rest = one.vector - other.vector
        if one.kind == other.kind and rest.min() >= 0 and 0 < rest @ population.truth < floor:
            yield f"{one.says} without {other.says}", rest


def exposed(population: Population, figures: Sequence[Figure], floor: int) -> list[str]:
    """Every number of few people that all figures together confine to less than the floor."""
    programme = Programme(population, figures)
    wrong = programme.untrue()
    assert not wrong, f"the figures are read wrongly, or are wrong: {wrong[:3]}"
    few = (t for t in withheld(figures) if 0 < t[1] @ population.truth < floor)
    small = ((f"combination {cut}", population.number(cut)) for cut in population.small_cuts(floor))
    found = _confined(programme, (*few, *differences(population, figures, floor), *small), floor)
    return found + [f"sum of {cut}: {value:g}" for cut, value in pinned_sums(programme, floor)]


def _confined(programme: Programme, targets: Iterable[tuple[str, Vector]], floor: int) -> list[str]:
    found, seen = [], set()
    for says, vector in targets:
        if vector.tobytes() in seen or not vector.any():
            continue
        seen.add(vector.tobytes())
        if (interval := programme.narrow(vector, floor)) is not None:
            truth = vector @ programme.population.truth
            found.append(f"{says}: {interval[0]:g}..{interval[1]:g}, in truth {truth:g}")
    return found


def pinned_sums(programme: Programme, floor: int) -> Iterator[tuple[Cut, float]]:
    """Sums of few people's values that are known to the unit."""
    population = programme.population
    if all(f.counts for f in programme.known):
        return
    for cut in population.small_cuts(floor):
        vector = population.total(cut)
        if programme.narrow(vector, 0.5) is not None:
            yield cut, float(vector @ population.truth)
