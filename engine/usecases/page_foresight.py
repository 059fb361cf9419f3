"""What changed pages will withhold, told by a plan: where only pages change, their data is there to ask."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from contextlib import suppress

from engine.core.plan import Build, Desired, Plan
from engine.core.space import Resource
from engine.core.state import Applied
from engine.diagnostics import DataMistake, Diagnostic
from engine.model.dashboard import Dashboard
from engine.ports import Workbench
from engine.usecases.page_notes import notes_of
from engine.usecases.page_releases import Releases
from engine.usecases.page_withheld import withheld_warnings
from engine.usecases.pages import page_model
from engine.usecases.published import Published


def withheld_ahead(
    bench: Workbench, desired: Desired, applied: Applied, plan: Plan, now: datetime.date
) -> Iterator[Diagnostic]:
    """A warning for every page that the plan changes and that would withhold something.

    Nothing is told where data is to be computed first: apply tells it then.
    """
    changed = _changed(desired, plan)
    there = all(address in applied.versions for address in desired.compiled)
    if not changed or not there or any(isinstance(step, Build) for step in plan.steps):
        return
    published = Published(applied, desired.space, desired.compiled, desired.policy_data)
    releases = Releases(bench, published)
    for page in changed:
        if any(door.floor for door in releases.doors(page).values()):
            # What is too large to draw is a mistake of apply, which tells it whole.
            with suppress(DataMistake):
                made = page_model(releases, page.address, now)
                yield from withheld_warnings(page, notes_of(made).withheld)


def _changed(desired: Desired, plan: Plan) -> list[Resource[Dashboard]]:
    told: Iterable[object] = {change.address for change in plan.changes if change.action != "remove"}
    addresses = set(told)
    return [page for page in desired.space.of(Dashboard) if page.address in addresses]
