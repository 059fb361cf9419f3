"""What a page does not show, told to its author: the share of each tile's values, first and under filters."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address
from engine.core.pages.release import Answer, Mark, PageModel, PageTile
from engine.core.pages.texts import in_language
from engine.core.space import Resource
from engine.diagnostics import Diagnostic, warning
from engine.model.dashboard import Dashboard
from engine.ports import Workbench
from engine.usecases.published import Published


@dataclass(frozen=True, slots=True)
class Share:
    """How many values of how many are withheld; it names none of them."""

    withheld: int = 0
    of: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.withheld + other.withheld, self.of + other.of)

    @property
    def text(self) -> str:
        """As people read it: `3 of 20 (15%)`."""
        return f"{self.withheld:,} of {self.of:,} ({round(100 * self.withheld / self.of)}%)"


@dataclass(frozen=True, slots=True)
class TileShare:
    """One tile of a page that withholds something."""

    title: str
    first: Share
    """Of what is shown before anybody filters."""
    filtered: Share
    """Of the cells that its filters add up."""
    finest: str = ""
    """The filter that cuts them the finest: without it the most would come back."""

    def as_json(self) -> list[object]:
        """As it is kept beside the page."""
        counts = [self.first.withheld, self.first.of, self.filtered.withheld, self.filtered.of]
        return [self.title, *counts, self.finest]

    @classmethod
    def from_json(cls, kept: list[object]) -> TileShare:
        """What `as_json` wrote."""
        title, a, b, c, d, finest = kept
        numbers = [n for n in (a, b, c, d) if isinstance(n, int)]
        return cls(str(title), Share(*numbers[:2]), Share(*numbers[2:]), str(finest))


def withheld_of(
    bench: Workbench, published: Published, page: Address, now: datetime.date
) -> list[dict[str, Any]]:
    """What a published page withholds, tile by tile; empty where it withholds nothing."""
    from engine.usecases.page_releases import Releases
    from engine.usecases.pages import page_model

    return [_as_told(share) for share in withheld_shares(page_model(Releases(bench, published), page, now))]


def _as_told(share: TileShare) -> dict[str, Any]:
    return {
        "tile": share.title,
        "withheld": share.first.withheld,
        "of": share.first.of,
        "filtered": {"withheld": share.filtered.withheld, "of": share.filtered.of},
        "finest_filter": share.finest or None,
    }


def withheld_shares(made: PageModel) -> tuple[TileShare, ...]:
    """Every tile of a page that withholds something, all its sheets taken together, in reading order."""
    found: dict[str, TileShare] = {}
    for sheet in made.sheets:
        for number, tile in enumerate(sheet.tiles, 1):
            share = _of_tile(tile, number, made.languages[0])
            known = found.get(tile.id)
            if known is not None:
                first, filtered = known.first + share.first, known.filtered + share.filtered
                share = TileShare(share.title, first, filtered, known.finest or share.finest)
            found[tile.id] = share
    return tuple(share for share in found.values() if share.first.withheld or share.filtered.withheld)


def _of_tile(tile: PageTile, number: int, language: str) -> TileShare:
    title = in_language(tile.spec.title, language) if tile.spec.title else ""
    first, filtered, finest = Share(), Share(), ""
    for answer in (*tile.answers.values(), *tile.numbers.values()):
        first += _grid(answer)
        filtered += _cube(answer)
        finest = finest or _finest(answer)
    return TileShare(title or f"tile {number}", first, filtered, finest if filtered.withheld else "")


def _grid(answer: Answer) -> Share:
    measures = [i for i, field in enumerate(answer.grid.fields) if field.measure]
    cells = [row[i] for row in answer.grid.rows for i in measures]
    return Share(sum(isinstance(cell, Mark) for cell in cells), len(cells))


def _cube(answer: Answer) -> Share:
    cells = [value for leaf in answer.cube.leaves for value in leaf.values] if answer.cube else []
    return Share(sum(isinstance(cell, Mark) for cell in cells), len(cells))


def _finest(answer: Answer) -> str:
    """The filter with the most different values."""
    cube = answer.cube
    if cube is None or not cube.points:
        return ""
    sizes = [len({point[i] for point in cube.points}) for i in range(len(cube.filters))]
    return max(zip(sizes, cube.filters, strict=True), key=lambda pair: pair[0])[1] if sizes else ""


def withheld_warnings(page: Resource[Dashboard], shares: tuple[TileShare, ...]) -> Iterator[Diagnostic]:
    """One warning for a page that withholds something: how much of which tile, and what gives most back."""
    if not shares:
        return
    told = "; ".join(_told(share) for share in shares)
    costly = max(shares, key=lambda share: share.filtered.withheld)
    back = (
        f'Filter "{costly.finest}" cuts the finest: leave it out, or name with `applies_to` what it acts on, '
        "and the most comes back. "
        if costly.finest
        else ""
    )
    yield warning(
        "withheld",
        page.span(),
        f"{page.address} does not show: {told}.",
        f"{back}Coarser groups show more. `engine show {page.address}` tells what stays withheld.",
    )


def _told(share: TileShare) -> str:
    parts = [share.first.text] if share.first.withheld else []
    parts += [f"{share.filtered.text} under its filters"] if share.filtered.withheld else []
    return f'of "{share.title}" {", ".join(parts)}'
