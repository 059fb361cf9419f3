"""The part of policy data that rules can look up for some requests: it travels with the question.

An interpreter that is handed all facts of a large space searches them on every look-up. Handed only these,
it starts at once and decides as fast in a space of any size. Which facts these are is told by the index
keys that rules use, and by nothing they say; what is absent or malformed here stays so there, and refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

SCALARS = ("format", "space", "levels", "revision")
Facts = Mapping[str, Any]


def facts_for(data: Facts, requests: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """The facts for requests in their json form."""
    asked = [(request["actor"], request["resource"]) for request in requests]
    actors = dict.fromkeys(actor for actor, _ in asked)
    addresses = dict.fromkeys(address for _, address in asked)
    addresses |= dict.fromkeys(f"project/studio-{actor}" for actor in actors)
    addresses[_text(data.get("space"))] = None
    users = _chosen(data.get("users"), actors)
    principals = dict.fromkeys(p for user in users.values() for p in _list(_object(user).get("principals")))
    pages, entries = _chosen(data.get("pages"), addresses), _chosen(data.get("entries"), addresses)
    behind = dict.fromkeys(addresses)
    behind |= dict.fromkeys(_text(_object(entry).get("dataset")) for entry in entries.values())
    for page in pages.values():
        behind |= dict.fromkeys(map(_text, _list(_object(page).get("datasets"))))
    return {
        **{key: data[key] for key in SCALARS if key in data},
        "users": users,
        "roles": _chosen(data.get("roles"), (_text(_object(user).get("role")) for user in users.values())),
        "networks": _chosen(data.get("networks"), principals),
        "resources": _chosen(data.get("resources"), addresses),
        "exists": _chosen(data.get("exists"), addresses),
        "applications": _chosen(data.get("applications"), addresses),
        "entries": entries,
        "pages": pages,
        "datasets": _chosen(data.get("datasets"), behind),
        "grants": _by_principal(data.get("grants"), addresses, principals),
        "policies": _by_principal(data.get("policies"), behind, principals),
    }


def _chosen(index: Any, keys: Iterable[str]) -> dict[str, Any]:
    found = _object(index)
    return {key: found[key] for key in keys if key in found}


def _by_principal(index: Any, keys: Iterable[str], principals: Iterable[str]) -> dict[str, Any]:
    return {key: _chosen(value, principals) for key, value in _chosen(index, keys).items()}


def _object(value: Any) -> Facts:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[str]:
    return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
