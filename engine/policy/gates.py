"""Rules that specs keep in every space, whoever plans: no open networks, endless grants, shares too wide.

Each finding stands at the line of YAML that it is about. What resolving reports already is not told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.space import Resource, Space
from engine.diagnostics import Diagnostic, SourceSpan, error, warning
from engine.model.dashboard import Dashboard, Share
from engine.model.policies import Grant, Network
from engine.policy.compile import granted_dataset
from engine.policy.networks import cidr_range
from engine.policy.people import People, people_of

NAMED: Final = 10
"""How many people a message names; the others are counted."""
UNBOUNDED_LEVEL: Final = "internal"
"""The highest level of data that a grant may open without an end (else the second of the space's levels)."""
EVERYWHERE: Final = (
    cidr_range("0.0.0.0/0"),
    cidr_range("2000::/3"),
)
"""All of IPv4, and all of IPv6 that is routed: a network that holds either is the whole internet."""


@dataclass(frozen=True)
class Governance:
    """A space, its datasets and the policy data made of them, as gates look at them."""

    space: Space
    compiled: Mapping[Address, CompiledDataset]
    """In dependency order."""
    data: Mapping[str, Any]

    @cached_property
    def people(self) -> People:
        """Who belongs to what."""
        return people_of(self.space)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of sensitivity, lowest first."""
        return self.space.settings.spec.sensitivity

    def level(self, address: object) -> int:
        """The rank of what stands at an address; the highest where nothing is known of it."""
        found = self.data["resources"].get(str(address), {}).get("level")
        return found if isinstance(found, int) else len(self.levels) - 1


def standing_gates(governance: Governance) -> tuple[Diagnostic, ...]:
    """What no space may hold, and what its people should know: networks, grants and shares."""
    return (*_networks(governance), *_grants(governance), *_shares(governance))


def needs_end(levels: Sequence[str], level: int) -> bool:
    """Whether a grant on data of that rank must say until when."""
    return level > _unbounded(levels)


def _unbounded(levels: Sequence[str]) -> int:
    return levels.index(UNBOUNDED_LEVEL) if UNBOUNDED_LEVEL in levels else min(1, len(levels) - 1)


def people_named(names: Iterable[str]) -> str:
    """Names in order, the first ten of them and how many more."""
    ordered = sorted(names)
    more = f" and {len(ordered) - NAMED} more" if len(ordered) > NAMED else ""
    return ", ".join(ordered[:NAMED]) + more


def _networks(governance: Governance) -> Iterator[Diagnostic]:
    lowest = governance.levels[0]
    for network in governance.space.of(Network):
        if network.spec.sensitivity != lowest and (span := _open_to_all(network)):
            yield error(
                "open-network",
                span,
                f"Network {network.address.name} is the whole internet, and reaches more than {lowest} data.",
                f"Name the ranges that people come from, or limit it with `sensitivity: {lowest}`.",
            )


def _open_to_all(network: Resource[Network]) -> SourceSpan | None:
    """Where a network becomes the whole internet, by one range or by several side by side."""
    known = [(pair, i) for i, cidr in enumerate(network.spec.cidrs) if (pair := cidr_range(cidr))]
    for everywhere in EVERYWHERE:
        assert everywhere is not None
        reached, last = int(everywhere[0], 16), int(everywhere[1], 16)
        for (first, end), index in sorted(known):
            if int(first, 16) > reached:
                break
            reached = max(reached, int(end, 16) + 1)
            if reached > last:
                return network.span("cidrs", index)
    return None


def _grants(governance: Governance) -> Iterator[Diagnostic]:
    levels = governance.levels
    for grant in governance.space.of(Grant):
        if grant.spec.status == "approved" and grant.spec.until is None:
            level = governance.level(granted_dataset(governance.space, grant.spec))
            if needs_end(levels, level):
                yield error(
                    "grant-without-end",
                    grant.span(),
                    f"Grant {grant.address.name} opens {levels[level]} data without an end.",
                    f"Above {levels[_unbounded(levels)]} a grant says until when: add `until: <date>`.",
                )


def _shares(governance: Governance) -> Iterator[Diagnostic]:
    for page in governance.space.of(Dashboard):
        for index, share in enumerate(page.spec.share):
            if share.to == "everyone":
                yield from _to_everyone(governance, page, page.span("share", index))
            elif share.to.startswith(("user:", "group:")):
                yield from _above_clearance(governance, page, share, page.span("share", index))
            if share.access == "edit":
                yield from _reading_only(governance, page, share, page.span("share", index, "access"))


def _to_everyone(governance: Governance, page: Resource[Dashboard], span: SourceSpan) -> Iterator[Diagnostic]:
    lowest, level = governance.levels[0], governance.level(page.address)
    if level > 0:
        facts = governance.data["pages"].get(str(page.address), {})
        above = [d for d in facts.get("datasets", ()) if governance.level(d) > 0]
        what = (
            f"{above[0]} is {governance.levels[governance.level(above[0])]}" if above else "the page is above"
        )
        yield error(
            "shared-with-everyone",
            span,
            f"{page.address} is shared with everyone, but {what}.",
            f"Only a page whose datasets are all {lowest} is for everyone; share it with people or groups.",
        )


def _above_clearance(
    governance: Governance, page: Resource[Dashboard], share: Share, span: SourceSpan
) -> Iterator[Diagnostic]:
    level = governance.level(page.address)
    users = governance.data["users"]
    above = [
        name
        for name in governance.people.named((share.to,))
        if name in users and users[name]["clearance"] < level and not _belongs(users[name], page)
    ]
    if above:
        yield warning(
            "share-above-clearance",
            span,
            f"{page.address} is {governance.levels[level]}: this share stands above the clearance of "
            f"{people_named(above)}.",
            "They will see the page all the same. Leave it so if that is meant.",
        )


def _reading_only(
    governance: Governance, page: Resource[Dashboard], share: Share, span: SourceSpan
) -> Iterator[Diagnostic]:
    users, roles = governance.data["users"], governance.data["roles"]
    unable = []
    for name in governance.people.named((share.to,)):
        rights = roles.get(users[name]["role"], {}).get("rights", {}) if name in users else {}
        whens = rights.get("dashboard", {}).get("edit", ())
        if not ({"any", "shared"} & {*whens} or ("member" in whens and _belongs(users[name], page))):
            unable.append(name)
    if unable:
        yield warning(
            "share-reads-only",
            span,
            f"{page.address} is shared to edit, but the role of {people_named(unable)} cannot edit.",
            "They can only read it. Write `access: read`, or give them a role that edits.",
        )


def _belongs(user: Mapping[str, Any], page: Resource[Dashboard]) -> bool:
    """Whether the page's project opens the page to the user without any share."""
    return page.address.project in user["projects"]
