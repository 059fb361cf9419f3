"""Whatever is edited, comes late or is backfilled: what is published is what a plain model says it is."""

from __future__ import annotations

import datetime
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.addresses import Address
from engine.ports import Progress
from engine.usecases.apply import Drawn, Occasion, apply
from engine.usecases.backfill import plan_backfill
from engine.usecases.plan import make_plan
from engine.usecases.published import load_published
from engine.wiring import Workspace
from renderers.terminal.progress import TerminalProgress
from tests.incremental.spaces import IncrementalSpace, Row

TODAY = datetime.date(2026, 1, 1)
FIRST = datetime.date(2025, 1, 20)
DAYS = [(FIRST + datetime.timedelta(days=n)).isoformat() for n in range(60)]
LENGTH = {"day": 10, "month": 7}

days = st.one_of(st.none(), st.sampled_from(DAYS))
edits = st.one_of(
    st.tuples(st.just("add"), days, st.integers(0, 3)),
    st.tuples(st.just("change"), st.integers(0, 50), st.integers(0, 3)),
    st.tuples(st.just("move"), st.integers(0, 50), days),
    st.tuples(st.just("remove"), st.integers(0, 50), st.none()),
    st.tuples(st.just("repeat"), st.integers(0, 50), st.none()),
)
refreshes = st.just(("apply", None, None))
backfills = st.tuples(st.just("backfill"), st.integers(0, 59), st.integers(1, 40))
histories = st.lists(
    st.tuples(st.lists(edits, min_size=1, max_size=6), st.one_of(refreshes, refreshes, backfills)),
    min_size=2,
    max_size=5,
)


@dataclass
class Model:
    """What is written about incremental datasets, said with lists."""

    partition: str
    lookback: int | None
    rows: list[Row] = field(default_factory=list)
    published: dict[str, list[Row]] = field(default_factory=dict)
    read: list[Row] = field(default_factory=list)
    """What the origin held when it was read last."""

    def interval(self, row: Row) -> str:
        """The interval of a row."""
        return row[1][: LENGTH[self.partition]] if row[1] else "none"

    def edit(self, kind: str, a: Any, b: Any) -> None:
        """One change of the origin."""
        if kind == "add":
            self.rows.append((len(self.rows), a, b))
        elif self.rows:
            number, day, amount = self.rows.pop(a % len(self.rows))
            if kind != "remove":
                changed = {"change": (number, day, b), "move": (number, b, amount)}
                self.rows.append(changed.get(kind, (number, day, amount)))
            if kind == "repeat":
                self.rows.append((number, day, amount))

    def refresh(self, restated: tuple[str, str] | None = None) -> None:
        """An apply, or a backfill of the days from the first up to the second, which is not included."""
        if self.rows == self.read and restated is None:
            return
        timed = sorted(k for k in self.published if k != "none")
        settled = timed[: -self.lookback - 1] if self.lookback is not None else []
        kept = [k for k in settled if restated is None or not self.reaches(k, restated)]
        now = defaultdict(list)
        for row in self.rows:
            now[self.interval(row)].append(row)
        self.published = {k: r for k, r in now.items() if k not in kept} | {
            k: self.published[k] for k in kept
        }
        self.read = list(self.rows)

    def reaches(self, interval: str, restated: tuple[str, str]) -> bool:
        """Whether any day of the restated ones lies in the interval."""
        first, end = restated
        return any(first <= day < end for day in DAYS if day.startswith(interval))

    def orders(self) -> Counter[tuple[Any, ...]]:
        """All published rows."""
        return Counter(row for rows in self.published.values() for row in rows)


@dataclass
class Shop:
    """The real thing: the same origin, applied by the engine."""

    space: IncrementalSpace

    @property
    def bench(self) -> Workspace:
        """The space as a new command would see it."""
        return Workspace(self.space.folder / "specs")

    def apply(self) -> None:
        """Plan and apply, without drawing pages."""
        planned = make_plan(self.bench, TODAY)
        assert planned.plan is not None
        assert planned.desired is not None
        if not planned.plan.is_empty:
            self.carry_out(planned.plan, planned.desired)

    def backfill(self, first: str, end: str) -> None:
        """Backfill the orders."""
        bench = self.bench
        range_ = (datetime.date.fromisoformat(first), datetime.date.fromisoformat(end))
        target = Address("dataset", "p", "orders")
        planned = plan_backfill(bench, load_published(bench.state, "prod"), target, range_, TODAY)
        self.carry_out(planned.plan, planned.desired)

    def carry_out(self, plan: Any, desired: Any) -> None:
        """Apply a plan."""
        progress: Progress = TerminalProgress()
        occasion = Occasion("ana", TODAY, lambda: datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
        outcome = apply(self.bench, plan, desired, occasion, lambda *_: Drawn({}), progress)
        assert outcome.record.status == "succeeded"
        again = make_plan(self.bench, TODAY).plan
        assert again is not None
        assert again.changes == ()

    def published(self) -> Mapping[str, Counter[tuple[Any, ...]]]:
        """All published rows of each dataset."""
        bench = self.bench
        versions = bench.state.applied("prod").versions
        return {
            a.name: Counter(
                tuple(v.isoformat() if isinstance(v, datetime.date) else v for v in row)
                for row in bench.warehouse.fetch("from t", {"t": [bench.store / f for f in v.files]}).rows
            )
            for a, v in versions.items()
        }


def expected(model: Model) -> dict[str, Counter[tuple[Any, ...]]]:
    """What each dataset is to hold by the model."""
    orders = model.orders()
    by_day = sorted((r for r in orders.elements() if r[1]), key=lambda row: row[1])
    daily = [(day, sum(row[2] for row in rows)) for day, rows in groupby(by_day, key=lambda row: row[1])]
    so_far = accumulate(total for _, total in daily)
    return {
        "orders": orders,
        "daily": Counter(daily),
        "running": Counter(zip((day for day, _ in daily), so_far, strict=True)),
    }


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    history=histories,
    partition=st.sampled_from(["day", "month"]),
    lookback=st.sampled_from([None, None, 0, 1, 3]),
    origin=st.sampled_from(["file", "sqlite"]),
)
def test_what_is_published_is_what_the_model_says(
    history: list[Any], partition: str, lookback: int | None, origin: Any
) -> None:
    model = Model(partition, lookback)
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(IncrementalSpace(Path(folder), origin))
        (Path(folder) / "specs/projects/p/datasets/whole.yaml").unlink()
        written = "" if lookback is None else f", lookback: {lookback}"
        shop.space.orders(f"incremental: {{time_column: day, partition: {partition}{written}}}")
        sums = "select day, sum(amount) as total from orders where day is not null group by day"
        running = "select day, sum(total) over (order by day) as so_far from daily"
        cut = f"incremental: {{time_column: day, partition: {partition}}}"
        shop.space.flow(
            f"{{output: daily, sql: '{sums}', {cut}}}", f"{{output: running, sql: '{running}', {cut}}}"
        )
        flow = Path(folder) / "specs/projects/p/dataflows/flow.yaml"
        flow.write_text(flow.read_text(encoding="utf-8").replace(", whole: whole", ""), encoding="utf-8")
        for number, (changes, (kind, start, length)) in enumerate(history):
            for change in changes:
                model.edit(*change)
            shop.space.fill(model.rows)
            if kind == "apply" or number == 0:
                shop.apply()
                model.refresh()
            else:
                end = (FIRST + datetime.timedelta(days=start + length)).isoformat()
                shop.backfill(DAYS[start], end)
                model.refresh((DAYS[start], end))
            assert shop.published() == expected(model)
