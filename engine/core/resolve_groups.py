"""Groups may hold groups, but not each other."""

from __future__ import annotations

from collections.abc import Mapping

from engine.addresses import Address, Principal
from engine.core.resolve_names import Names
from engine.model.policies import Group


def check_group_cycles(names: Names) -> None:
    """Report groups that hold each other, each circle once."""
    inside: dict[str, list[str]] = {}
    for address, resource in names.resources.items():
        if isinstance(resource.spec, Group):
            members = map(Principal.parse, resource.spec.members)
            inside[address.name] = sorted(m.name for m in members if m.kind == "group")
    told: set[str] = set()
    for group in sorted(inside):
        cycle = _cycle_from(group, inside)
        if cycle and not told & set(cycle):
            told |= set(cycle)
            whole = " -> ".join([*cycle, cycle[0]])
            span = names.resources[Address("group", "", cycle[0])].span("members")
            names.add("cycle", span, f"These groups hold each other: {whole}.", "Break the circle.")


def _cycle_from(start: str, inside: Mapping[str, list[str]]) -> list[str]:
    """The way from a group back to itself, if there is one; found without recursion."""
    way: dict[str, str] = {}
    waiting = [start]
    while waiting:
        group = waiting.pop()
        for member in inside.get(group, ()):
            if member == start:
                cycle = [group]
                while cycle[-1] != start:
                    cycle.append(way[cycle[-1]])
                return cycle[::-1]
            if member not in way:
                way[member] = group
                waiting.append(member)
    return []
