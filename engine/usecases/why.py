"""Why a plan would do what it does to one address: the chain of causes, nearest first."""

from __future__ import annotations

from dataclasses import dataclass

from engine.addresses import Address
from engine.core.plan import Change, Desired, Plan
from engine.diagnostics import SourceSpan
from engine.usecases.look_around import find


@dataclass(frozen=True, slots=True)
class Why:
    """A change and what it follows from; `change` is None when the plan leaves the address alone."""

    address: Address
    span: SourceSpan | None
    """Where it is written; None for what the plan removes."""
    change: Change | None
    causes: tuple[Change, ...]


def why(plan: Plan, desired: Desired, text: str) -> Why:
    """The change of the address that `text` spells, with every change upstream that it follows from.

    Raises WorldFailure with a suggestion for what is neither in the space nor removed by the plan.
    """
    changes = {change.address: change for change in plan.changes}
    removed = next((a for a, c in changes.items() if c.action == "remove" and str(a) == text), None)
    if removed is not None:
        return Why(removed, None, changes[removed], ())
    address = find(desired.space, text)
    causes = [changes[a] for a in _upstream(desired, address) if a in changes]
    node = desired.space.datasets.get(address)
    resource = desired.space.resources.get(address, desired.space.settings)
    span = node.span() if node else resource.span()
    return Why(address, span, changes.get(address), tuple(causes))


def _upstream(desired: Desired, address: Address) -> list[Address]:
    """Everything `address` is made of, nearest first, each once."""
    found: dict[Address, None] = {}
    layer = [address]
    while layer:
        layer = [source for a in layer for source in _reads(desired, a) if source not in found]
        found.update(dict.fromkeys(layer))
    return list(found)


def _reads(desired: Desired, address: Address) -> list[Address]:
    from engine.core.aspects import page_datasets
    from engine.model.dashboard import Dashboard

    if address in desired.compiled:
        return sorted(set(desired.compiled[address].inputs.values()))
    resource = desired.space.resources.get(address)
    if resource is not None and isinstance(resource.spec, Dashboard):
        return sorted(set(page_datasets(desired.space, resource.spec, address.project).values()))
    return []
