"""Which pairs of person and address no rule can tell apart, so that one decision stands for all of them.

Rules look things up by user, by address and by principal, and nowhere else; what a grant, share, column or
row filter is called only comes back in the answer. Two pairs for which every look-up finds the same facts,
names apart, are answered the same, names apart. What is compared here is facts; rules stay in Rego.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.core.fingerprint import digest
from engine.policy.networks import first_address

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """The class of a pair, a person who stands for it, and the names that come back in its answers."""

    number: int
    person: str
    address: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seats:
    """The classes of one address: by group for those whom nothing about it names, by user for the rest."""

    usual: Mapping[int, Seat]
    named: Mapping[str, Seat]

    def of(self, person: str, group: int) -> Seat:
        """The person's seat."""
        return self.named.get(person) or self.usual[group]


class _Names:
    """Names in the order met, each as its position."""

    def __init__(self) -> None:
        self._met: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        return self._met.setdefault(name, len(self._met))

    @property
    def all(self) -> tuple[str, ...]:
        """Every name met."""
        return tuple(self._met)


@dataclass(frozen=True)
class Classes:
    """The look-ups of one document of policy data, prepared.

    Two documents that share `numbers` give equal numbers to pairs that are answered the same in both.
    """

    data: Mapping[str, Any]
    numbers: dict[Key, int] = field(default_factory=dict)
    """Each class by its facts: numbers are quick to compare."""

    @cached_property
    def groups(self) -> dict[str, int]:
        """Each user's facts that hold for every address, as a number: rights, clearance, networks."""
        levels = tuple(self.data["levels"])
        rights = {
            name: self._number(("role", levels, digest(facts))) for name, facts in self.data["roles"].items()
        }
        return {
            name: self._number(
                ("group", facts["role"], rights.get(facts["role"]), facts["clearance"], self.places[name][0])
            )
            for name, facts in self.data["users"].items()
        }

    @cached_property
    def places(self) -> dict[str, tuple[int, str]]:
        """The level each user reaches from their best network, and an address in it; -1 and none for none."""
        best: dict[str, tuple[int, str]] = {}
        for principal, networks in self.data["networks"].items():
            for network in networks:
                place = (network["level"], network["first"])
                best[principal] = max(best.get(principal, (-1, "")), place)
        return {name: self._place(facts["principals"], best) for name, facts in self.data["users"].items()}

    def place_of(self, person: str) -> str:
        """An address in the network that lets a person see most; empty for one whom none covers."""
        return self.places.get(person, (-1, ""))[1]

    def _place(self, principals: list[str], best: Mapping[str, tuple[int, str]]) -> tuple[int, str]:
        level, first = max((best[p] for p in principals if p in best), default=(-1, ""))
        return (level, first_address(first)) if first else (-1, "")

    @cached_property
    def _by_principal(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, facts in self.data["users"].items():
            for principal in facts["principals"]:
                found.setdefault(principal, set()).add(name)
        return {principal: frozenset(names) for principal, names in found.items()}

    @cached_property
    def _by_project(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, facts in self.data["users"].items():
            for project in facts["projects"]:
                found.setdefault(project, set()).add(name)
        return {project: frozenset(names) for project, names in found.items()}

    def of(self, address: str) -> Seats:
        """The classes of one address."""
        facts = self._number(self._facts(address))
        named = self._named(address)
        special = {name: self._seat(facts, name, address) for name in sorted(named)}
        usual: dict[int, Seat] = {}
        for group, names in self._by_group.items():
            stranger = next((name for name in names if name not in named), None)
            if stranger is not None:
                usual[group] = self._seat(facts, stranger, address)
        return Seats(usual, special)

    def alike(self, seat: Seat, actions: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """The actions in groups: preview, export and use are told apart by rights and grants alone."""
        user = self.data["users"][seat.person]
        kind = self.data["resources"][seat.address]["kind"]
        rights = self.data["roles"].get(user["role"], {}).get("rights", {}).get(kind, {})
        by_principal = self.data["grants"].get(seat.address, {})
        grants = [g for p in user["principals"] for g in by_principal.get(p, ())]
        groups: dict[Key, list[str]] = {}
        for action in actions:
            data = action if action not in ("preview", "export", "use") else "data"
            mark = (data, tuple(rights.get(action, ())), tuple(g["actions"].get(action) for g in grants))
            groups.setdefault(mark, []).append(action)
        return tuple(map(tuple, groups.values()))

    def _seat(self, facts: int, name: str, address: str) -> Seat:
        names = _Names()
        for dataset in self._datasets(address) if address in self.data["pages"] else ():
            names(dataset)
        relation = self._relation(name, address, names)
        return Seat(self._number((facts, self.groups[name], relation)), name, address, names.all)

    @cached_property
    def _by_group(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for name, group in self.groups.items():
            found.setdefault(group, []).append(name)
        return found

    def _number(self, key: Key) -> int:
        return self.numbers.setdefault(key, len(self.numbers))

    def _named(self, address: str) -> frozenset[str]:
        """Whom anything about the address names: the others differ by their group alone."""
        principals = {*self.data["grants"].get(address, ()), *self._shares(address)}
        for dataset in self._datasets(address):
            principals |= self.data["policies"].get(dataset, {}).keys()
        found = [self._by_principal.get(p, frozenset()) for p in principals if not _of_group(p)]
        resource = self.data["resources"][address]
        owner = frozenset({resource["owner"]}) & self.groups.keys()
        return self._by_project.get(resource["project"], frozenset()).union(owner, *found)

    def _shares(self, address: str) -> Mapping[str, str]:
        shares: Mapping[str, str] = self.data["pages"].get(address, {}).get("shares", {})
        return shares

    def _datasets(self, address: str) -> tuple[str, ...]:
        """The datasets whose rows and columns are at stake behind the address."""
        if address in self.data["pages"]:
            return tuple(self.data["pages"][address]["datasets"])
        return (self.data["entries"].get(address, {}).get("dataset", address),)

    def _dataset(self, address: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.data["datasets"].get(address, {})
        return found

    def _facts(self, address: str) -> Key:
        """What is looked up by address alone. Which project and datasets they are only matters as a name."""
        resource, behind = self.data["resources"][address], self._datasets(address)
        page = self.data["pages"].get(address)
        return (
            resource["kind"],
            resource["level"],
            resource["personal"],
            self.data["entries"].get(address, {}).get("access"),
            page and (page["min_cell"], page["rounding"]),
            tuple((facts.get("min_cell"), facts.get("rounding")) for facts in map(self._dataset, behind)),
        )

    def _relation(self, name: str, address: str, names: _Names) -> Key:
        """What is looked up by user and address together."""
        user, resource = self.data["users"][name], self.data["resources"][address]
        mine = user["principals"]
        grants, shares = self.data["grants"].get(address, {}), self._shares(address)
        return (
            user["projects"].get(resource["project"]),
            resource["owner"] == name,
            tuple(_grant(g, names) for p in mine if p in grants for g in grants[p]),
            tuple((p.partition(":")[0], shares[p], names(p)) for p in mine if p in shares),
            tuple(tuple(self._policies(mine, dataset, names)) for dataset in self._datasets(address)),
        )

    def _policies(self, principals: list[str], dataset: str, names: _Names) -> Iterator[Key]:
        by_principal = self.data["policies"].get(dataset, {})
        columns = self.data["datasets"].get(dataset, {}).get("columns", {})
        for policy in (found for p in principals if p in by_principal for found in by_principal[p]):
            yield (
                tuple(map(names, policy["rows"])),
                tuple(
                    (names(column), column in columns, mask["mask"], mask["strength"])
                    for column, mask in policy["columns"].items()
                ),
            )


def _of_group(principal: str) -> bool:
    """Whether everyone of a group (one role, one clearance) is that principal, or nobody of it."""
    return principal == "everyone" or principal.startswith("role:")


def _grant(grant: Mapping[str, Any], names: _Names) -> Key:
    return (
        names(grant["name"]),
        grant["status"],
        tuple(grant["actions"].items()),
        grant["from"],
        grant["until"],
    )
