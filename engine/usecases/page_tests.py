"""The tests that authors write for their pages: what must be true of the data, and who sees what."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.core.pages.expectations import expectation_sql
from engine.core.pages.questions import Asked, all_cuts, test_questions
from engine.core.pages.sql import Guard
from engine.core.space import Resource
from engine.diagnostics import Diagnostic, error, in_order
from engine.model.dashboard import Dashboard
from engine.policy.classes import Classes
from engine.policy.decision import Caller, Request
from engine.ports import Workbench
from engine.usecases.page_doors import Door, operator_doors
from engine.usecases.page_releases import Releases
from engine.usecases.published import Published


def page_tests(bench: Workbench, published: Published, now: datetime.date) -> tuple[Diagnostic, ...]:
    """The pages' own tests that do not hold of what is published (or about to be): they block."""
    found = [*audience_tests(bench, published, now)]
    for page in published.space.of(Dashboard):
        for k, test in enumerate(page.spec.tests):
            if test.expect is not None:
                found += _expected(bench, published, page, test.expect, ("tests", k, "expect"))
    return in_order(found)


def audience_tests(bench: Workbench, published: Published, now: datetime.date) -> tuple[Diagnostic, ...]:
    """The tests of who sees what that do not hold: policy alone answers them, so a plan can ask.

    Each person is taken to come from the network that lets them see most.
    """
    found: list[Diagnostic] = []
    place_of = Classes(published.policy_data).place_of
    for page in published.space.of(Dashboard):
        for k, test in enumerate(page.spec.tests):
            if test.as_ is not None:
                caller = Caller(test.as_, place_of(test.as_), now)
                found += _seen(bench, published, page, k, caller.asks("read", page.address))
    return tuple(found)


def _expected(
    bench: Workbench, published: Published, page: Resource[Dashboard], text: str, path: tuple[str | int, ...]
) -> Iterator[Diagnostic]:
    doors = operator_doors(bench, published, page)
    few = _about_few(bench, published, doors, text)
    if few is not None:
        yield error(
            "page-test", page.span(*path),
            f"{page.address} has a test about fewer than {few} people, or about what is withheld: {text}.",
            "Whether it holds would tell of them. Test what pages show.",
        )  # fmt: skip
        return
    paths: dict[str, Path] = {name: door.path for name, door in doors.items()}
    holding = bench.warehouse.fetch(expectation_sql(text, doors), paths).rows
    if holding != ((True,),):
        yield error("page-test", page.span(*path), f"{page.address} fails its test: {text}.")


def _about_few(bench: Workbench, published: Published, doors: Mapping[str, Door], text: str) -> int | None:
    """The floor that an aggregate of a test is below; None when every one is about enough people."""
    if not any(door.floor for door in doors.values()):
        return None
    releases = Releases(bench, published)
    for asked in test_questions(text, doors):
        door = doors[asked.query.dataset]
        guard = releases.guard(door)
        if guard is not None and _withheld(bench, releases, door, guard, asked):
            return door.floor
    return None


def _withheld(bench: Workbench, releases: Releases, door: Door, guard: Guard, asked: Asked) -> bool:
    """Whether a number that a test asks for is withheld from pages."""
    if guard.unit is None:
        wheres = {leaf.where or "TRUE" for measure in asked.query.measures for leaf in measure.leaves}
        told = (f"SELECT {guard.group} FROM self WHERE {where}" for where in sorted(wheres))
        return any(bench.warehouse.fetch(sql, {"self": door.path}).rows[0][0] for sql in told)
    hidden = (releases.hidden(door, told) for told in all_cuts(asked, {}, ""))
    return any(cells is None or () in cells for cells in hidden)


def _seen(
    bench: Workbench, published: Published, page: Resource[Dashboard], k: int, request: Request
) -> Iterator[Diagnostic]:
    """`as` may read the page, sees the columns in `sees` as they are, and none of those in `not`."""
    test = page.spec.tests[k]
    decision = bench.plan_policy(published.policy_data).decide(request)
    clear = {
        column
        for duties in decision.datasets.values()
        for column, mask in duties.columns.items()
        if decision.allow and mask == "clear"
    }
    for column in test.sees:
        if column not in clear:
            yield error(
                "page-test",
                page.span("tests", k),
                f'{request.actor} does not see "{column}" on {page.address}.',
            )
    for column in test.not_:
        if column in clear:
            yield error(
                "page-test", page.span("tests", k), f'{request.actor} sees "{column}" on {page.address}.'
            )
