"""Policy data: everything the Rego modules look up, as one indexed json document.

Rules only ever look things up by user, by address and by principal, so a decision costs the same in a
space of any size. The document is a pure function of the space: equal spaces give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.addresses import Address, AddressError, dataset_reference
from engine.core.compiled import CompiledDataset
from engine.core.fingerprint import digest
from engine.core.space import Space
from engine.model.policies import DataPolicy, Grant, Network, Role, User
from engine.policy.document import FORMAT
from engine.policy.facts import Levels, facts_of
from engine.policy.followed import Origins
from engine.policy.masks import strength
from engine.policy.networks import cidr_range
from engine.policy.people import People, people_of

BEGINNING: Final = "0001-01-01"
END: Final = "9999-12-31"
"""Said aloud where a grant names no date: what is absent is never read as unlimited."""


def policy_data(space: Space, compiled: Mapping[Address, CompiledDataset]) -> dict[str, Any]:
    """The document that decisions are made from; its `revision` is the hash of all the rest."""
    levels = Levels(space.settings.spec.sensitivity)
    people = people_of(space)
    body: dict[str, Any] = {
        "format": FORMAT,
        "space": str(space.settings.address),
        "levels": list(levels.names),
        "networks": _networks(space, levels),
        "grants": _grants(space),
        "policies": _policies(space, compiled),
        "roles": _roles(space),
        **facts_of(space, compiled, levels, people),
    }
    body["users"] = _users(space, people, levels, _named(body))
    return body | {"revision": digest(body)}


def _named(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Every principal that a network, grant, policy or share names: nobody is judged by any other."""
    named = set(body["networks"])
    for index in ("grants", "policies"):
        for by_principal in body[index].values():
            named |= by_principal.keys()
    for page in body["pages"].values():
        named |= page["shares"].keys()
    return tuple(sorted(named))


def _users(space: Space, people: People, levels: Levels, named: Iterable[str]) -> dict[str, Any]:
    held: dict[str, list[str]] = {}
    for principal in named:
        for user in people.named((principal,)):
            held.setdefault(user, []).append(principal)
    clearances = {resource.address.name: resource.spec.clearance for resource in space.of(Role)}
    return {
        resource.address.name: {
            "role": resource.spec.role,
            "clearance": levels.clearance(resource.spec.clearance or clearances.get(resource.spec.role)),
            "projects": dict(sorted(people.standing.get(resource.address.name, {}).items())),
            "principals": held.get(resource.address.name, []),
        }
        for resource in space.of(User)
    }


def _roles(space: Space) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for resource in space.of(Role):
        rights: dict[str, dict[str, set[str]]] = {}
        for right in resource.spec.allow:
            for action in right.actions:
                rights.setdefault(right.on, {}).setdefault(action, set()).add(right.when)
        found[resource.address.name] = {
            "rights": {
                kind: {action: sorted(whens) for action, whens in sorted(actions.items())}
                for kind, actions in sorted(rights.items())
            }
        }
    return found


def _networks(space: Space, levels: Levels) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {}
    for resource in space.of(Network):
        level = levels.clearance(resource.spec.sensitivity or levels.names[-1])
        ranges = sorted({pair for cidr in resource.spec.cidrs if (pair := cidr_range(cidr))})
        entries = [
            {"name": resource.address.name, "first": first, "last": last, "level": level}
            for first, last in ranges
        ]
        for principal in written(resource.spec.applies_to):
            found.setdefault(principal, []).extend(entries)
    return dict(sorted(found.items()))


def written(principals: str | tuple[str, ...]) -> tuple[str, ...]:
    """One principal or several, as several, each once."""
    return (principals,) if isinstance(principals, str) else tuple(sorted(set(principals)))


def _grants(space: Space) -> dict[str, Any]:
    offers = entries_by_dataset(space)
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for resource in space.of(Grant):
        grant = resource.spec
        entry = {
            "name": resource.address.name,
            "status": grant.status,
            "actions": dict.fromkeys(sorted(grant.actions), True),
            "from": grant.from_.isoformat() if grant.from_ else BEGINNING,
            "until": grant.until.isoformat() if grant.until else END,
        }
        for address in entries_granted(space, grant, offers):
            found.setdefault(str(address), {}).setdefault(grant.to, []).append(entry)
    return _sorted(found)


def granted_dataset(space: Space, grant: Grant) -> Address | None:
    """The dataset that a grant opens, whichever way it is named."""
    named = _bound(grant.dataset)
    return space.dataset_of(named) if named else None


def entries_granted(
    space: Space, grant: Grant, offers: Mapping[Address, tuple[Address, ...]] | None = None
) -> tuple[Address, ...]:
    """The catalogue entries that a grant opens: the one it names, or all that offer its dataset.

    Who asks for many grants gives `offers`, the entries by dataset.
    """
    named = _bound(grant.dataset)
    if named is None:
        return ()
    if named in space.catalog:
        return (named,)
    return (entries_by_dataset(space) if offers is None else offers).get(named, ())


def entries_by_dataset(space: Space) -> dict[Address, tuple[Address, ...]]:
    """The catalogue entries that offer each dataset, in address order."""
    found: dict[Address, list[Address]] = {}
    for entry, dataset in sorted(space.catalog.items()):
        found.setdefault(dataset, []).append(entry)
    return {dataset: tuple(entries) for dataset, entries in found.items()}


def _policies(space: Space, compiled: Mapping[Address, CompiledDataset]) -> dict[str, Any]:
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    origins = Origins(space, compiled)
    for resource in space.of(DataPolicy):
        policy = resource.spec
        for dataset, held in sorted(origins.reached(policy, datasets_governed(space, policy)).items()):
            entry = {
                "name": resource.address.name,
                "rows": [held.rows] if held.rows is not None else [],
                "columns": {
                    column: {"mask": mask, "strength": strength(mask)}
                    for column, mask in sorted(held.columns.items())
                },
            }
            for principal in written(policy.to):
                found.setdefault(str(dataset), {}).setdefault(principal, []).append(entry)
    return _sorted(found)


def datasets_governed(space: Space, policy: DataPolicy) -> tuple[Address, ...]:
    """The datasets a policy narrows, through whichever door they are read."""
    bound = (_bound(text) for text in policy.datasets)
    return tuple(sorted({space.dataset_of(address) for address in bound if address is not None}))


def _bound(text: str) -> Address | None:
    """What a reference in a document of the space means; None when it is none (loading reports it)."""
    try:
        return dataset_reference(text, "")
    except AddressError:
        return None


def _sorted(index: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {address: dict(sorted(index[address].items())) for address in sorted(index)}
