"""Datasets whose rows nobody can tell to be of this or that person: not shown unless that is answered for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.pages.context import PageContext
from engine.core.provenance import NotFollowed, provenance_of
from engine.core.space import Space
from engine.diagnostics import Diagnostic


def unfollowed(
    dataset: CompiledDataset, space: Space, compiled: Mapping[Address, CompiledDataset]
) -> NotFollowed | None:
    """Why a dataset under a floor may not be published, if it may not.

    Whoever declassifies a step answers for what it, and what is made of it, tells of people.
    """
    origin = provenance_of(dataset, compiled) if dataset.min_cell else None
    if not isinstance(origin, NotFollowed) or space.datasets[dataset.address].declassify is not None:
        return None
    inputs = (compiled[address] for address in dict.fromkeys(dataset.inputs.values()))
    lost = [one for one in inputs if isinstance(provenance_of(one, compiled), NotFollowed)]
    answered = bool(lost) and all(unfollowed(one, space, compiled) is None for one in lost)
    return None if answered else origin


def followed_diagnostics(page: PageContext) -> Iterator[Diagnostic]:
    """Datasets of a page that are made of people's data in a way that cannot be followed to them."""
    for name, dataset in page.datasets.items():
        found = unfollowed(dataset, page.space, page.compiled)
        if found is not None:
            yield page.error(
                "not-followed", ("datasets", name),
                f"{dataset.address} is made of people's data, and which of them is in a row cannot be told: "
                f"{found.why.rstrip('.')}.",
                "Keep the unit's column in it, aggregate in one step, or write "
                "`declassify: {reason, approved_by}` in the step.",
            )  # fmt: skip
