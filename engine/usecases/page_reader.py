"""One person before the pages: what policy answered them about each, asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.addresses import Address
from engine.diagnostics import PolicyUnavailable
from engine.policy.decision import Caller, Decision
from engine.ports import PolicyEngine
from engine.usecases.reading import Refused


@dataclass
class PageReader:
    """Whoever pages are drawn for. An answer holds for all that is made with it: nothing is asked twice."""

    caller: Caller
    engine: PolicyEngine
    answers: Mapping[Address, Decision] = field(default_factory=dict)
    """What policy has answered about pages already."""
    _asked: dict[Address, Decision] = field(default_factory=dict)

    def opens(self, page: Address) -> Decision:
        """The decision that lets them read a page. Raises Refused."""
        decision = self._answer(page)
        if not decision.allow:
            raise Refused(self.caller.asks("read", page), decision)
        return decision

    def may_read(self, page: Address) -> bool:
        """Whether policy lets them read a page. Raises PolicyUnavailable where it could not be asked."""
        decision = self._answer(page)
        if decision.unanswered:
            raise PolicyUnavailable("; ".join(decision.reasons), "see to the OPA server, then ask again.")
        return decision.allow

    def _answer(self, page: Address) -> Decision:
        if page in self.answers:
            return self.answers[page]
        if page not in self._asked:
            self._asked[page] = self.engine.decide(self.caller.asks("read", page))
        return self._asked[page]
