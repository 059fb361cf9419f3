"""Who may agree to a change that opens data: the owner of every dataset it opens, or one who approves any."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.addresses import Address
from engine.policy.classes import Classes
from engine.policy.decision import Request
from engine.policy.gates import Governance
from engine.policy.sight import Decides

Engines = Callable[[Mapping[str, Any]], Decides]
Pair = tuple[str, Address]


@dataclass(frozen=True)
class Approvals:
    """What policy says of `approve`, as applied and as planned: both must allow it.

    Who becomes an owner or a platform manager in a plan thus agrees to nothing in it. Of what only the plan
    knows, the plan decides. Each is asked as if from the best of their own networks.
    """

    before: Governance | None
    after: Governance
    engines: Engines
    now: datetime.date
    _known: dict[Pair, bool] = field(default_factory=dict)

    def ask(self, pairs: Iterable[Pair]) -> None:
        """Decide on pairs of person and dataset, all in one batch per policy."""
        wanted = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        planned = self._decided(self.after.data, self._places_after, wanted)
        known = [(who, what) for who, what in wanted if self.before and str(what) in self._applications]
        applied = self._decided(self.before.data, self._places_before, known) if self.before else {}
        self._known.update({pair: planned[pair] and applied.get(pair, True) for pair in wanted})

    def may(self, person: str, datasets: Iterable[Address]) -> bool:
        """Whether the person may agree to what opens all of the datasets."""
        pairs = [(person, dataset) for dataset in datasets]
        self.ask(pairs)
        return bool(pairs) and all(self._known[pair] for pair in pairs)

    @cached_property
    def _applications(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.before.data["applications"] if self.before else {}
        return found

    @cached_property
    def _places_after(self) -> Mapping[str, tuple[int, str]]:
        return Classes(self.after.data).places

    @cached_property
    def _places_before(self) -> Mapping[str, tuple[int, str]]:
        return Classes(self.before.data).places if self.before else {}

    def _decided(
        self, data: Mapping[str, Any], places: Mapping[str, tuple[int, str]], pairs: list[Pair]
    ) -> dict[Pair, bool]:
        found = dict.fromkeys(pairs, False)
        asked = [(who, what) for who, what in pairs if who in places]
        if asked:
            requests = [
                Request(who, "approve", what, places[who][1], self.now, "opening") for who, what in asked
            ]
            decisions = self.engines(data).decide_many(requests)
            found |= {pair: d.allow for pair, d in zip(asked, decisions, strict=True)}
        return found
