"""What is asked of policy and what it answers. Python carries these; the Rego modules decide."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.addresses import Address


@dataclass(frozen=True, slots=True)
class Request:
    """May `actor` do `action` to `resource`, from peer address `ip`, on day `now`?"""

    actor: str
    action: str
    resource: Address
    ip: str
    now: datetime.date
    part: str = ""
    """`members` when only the members of a project change: all that its managers may change. `opening` when
    asked to approve something that opens a dataset, which is then approved like an application for it."""
    project: str = ""
    """For a catalogue entry that is to be created: the project of the dataset it offers."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, from which peer address, on which day. Only what stands at the door can say so."""

    name: str
    ip: str
    now: datetime.date

    def asks(self, action: str, resource: Address) -> Request:
        """The request to do `action` to `resource`."""
        return Request(self.name, action, resource, self.ip, self.now)


@dataclass(frozen=True, slots=True)
class Obligations:
    """What must be done to the data before the actor sees it.

    `columns` is an allow-list: a column that is not in it is not shown. Each maps to its mask,
    `clear` for none. Every text of `rows` is a boolean SQL expression of the dataset, bound at plan
    time; a row is shown when all of them hold. `min_cell` and `rounding` are for the cells of pages.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    min_cell: int = 0
    rounding: int = 0
    """The base that published counts are rounded to; 0 for none."""

    @property
    def narrows(self) -> bool:
        """Whether anything is filtered or masked at all."""
        return bool(self.rows) or any(mask != "clear" for mask in self.columns.values())


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: allowed or not, all reasons, and through what (`role:`, `project:`, `grant:`...)."""

    allow: bool
    reasons: tuple[str, ...]
    via: tuple[str, ...] = ()
    obligations: Obligations = Obligations()
    valid_until: str | None = None
    datasets: Mapping[Address, Obligations] = field(default_factory=dict)
    """For a dashboard: what must be done to each dataset behind it before the page is drawn."""
    unanswered: bool = False
    """Whether it is a refusal because the engine could not be asked, not because policy says so."""


def refusal(*reasons: str) -> Decision:
    """A refusal with its reasons."""
    return Decision(False, reasons)


def doubt(reason: str) -> Decision:
    """The refusal that stands where no answer was: nobody may take it for what policy says."""
    return Decision(False, (reason,), unanswered=True)
