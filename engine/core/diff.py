"""What differs between the applied and the desired state. Pure: the answer is a tuple of changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.addresses import Address
from engine.core.aspects import from_text
from engine.core.compiled import ALGORITHM
from engine.core.fingerprint import UNKNOWN
from engine.core.plan import ACTIONS, Action, Change, Desired
from engine.core.state import Applied

REASONS: Mapping[str, tuple[Action, str]] = {
    "page": ("rebuild", "its page is written differently"),
    "data": ("refresh", "its datasets have new versions"),
    "access": ("access", "it decides differently who may do what"),
    "protection": ("access", "its sensitivity, tags or protection changed"),
    "checks": ("metadata", "its checks changed; they run again"),
    "settings": ("metadata", "its settings changed"),
    "metadata": ("metadata", "its title, description or other words changed"),
    "keep": ("metadata", "`prevent_destroy` changed"),
}


def strongest(actions: set[Action]) -> Action:
    """The one action that stands for several, as SPECS.md orders them."""
    order: tuple[Action, ...] = (
        "create", "rebuild", "refresh", "re-point", "metadata", "remove", "access",
    )  # fmt: skip
    return min(actions, key=order.index)


def diff(
    applied: Applied, desired: Desired, lost: frozenset[Address], stored: frozenset[str]
) -> tuple[Change, ...]:
    """Every change, removals first, then by action and address; one change per address.

    `lost` are datasets whose applied version is no longer in the store, `stored` the fingerprints of
    desired versions that are there already.
    """
    found = [*_removals(applied, desired)]
    for address in desired.aspects:
        change = _change(address, applied, desired, lost, stored)
        if change is not None:
            found.append(change)
    return tuple(sorted(found, key=lambda c: (ACTIONS.index(c.action), c.address)))


def _removals(applied: Applied, desired: Desired) -> Iterator[Change]:
    for address in applied.digests:
        if address not in desired.aspects:
            yield Change("remove", address, ("it is no longer in the specs",))


def _change(
    address: Address, applied: Applied, desired: Desired, lost: frozenset[Address], stored: frozenset[str]
) -> Change | None:
    if address not in applied.digests:
        columns = tuple(desired.logics[address].columns) if address in desired.logics else ()
        return Change("create", address, ("it is new",), columns)
    actions: set[Action] = set()
    reasons: list[str] = []
    columns = ()
    if address in desired.logics:
        content = _content_change(address, applied, desired, lost, stored)
        if content is not None:
            actions.add(content.action)
            reasons += content.reasons
            columns = content.columns
    before, after = from_text(applied.digests[address]), from_text(desired.aspects[address])
    for aspect, (action, reason) in REASONS.items():
        if before.get(aspect) != after.get(aspect):
            actions.add(action)
            reasons.append(reason)
    return Change(strongest(actions), address, tuple(reasons), columns) if actions else None


def _content_change(
    address: Address, applied: Applied, desired: Desired, lost: frozenset[Address], stored: frozenset[str]
) -> Change | None:
    """The change of a dataset's content, if any: its logic, its data, or its file."""
    version = applied.versions.get(address)
    before, after = applied.columns.get(address, {}), desired.logics[address]
    wanted = desired.identities[address].fingerprint
    if version is None:
        return Change("rebuild", address, ("it has no published version",))
    if applied.logics.get(address) != after.fingerprint:
        columns = _changed_columns(before, after.columns)
        action: Action = "re-point" if wanted in stored else "rebuild"
        return Change(action, address, _logic_reasons(before, after.columns, columns), columns)
    if address in lost:
        return Change("rebuild", address, ("its file is missing from the store or damaged",))
    if version.fingerprint != wanted:
        return Change(
            "re-point" if wanted in stored else "refresh", address, _data_reasons(address, desired, applied)
        )
    if version.algorithm != ALGORITHM:
        return Change("re-point", address, ("re-fingerprint: the engine hashes logic differently now",))
    if set(version.inputs) != set(desired.compiled[address].inputs.values()):
        return Change("re-point", address, ("it reads other datasets, which hold the same",))
    return None


def _changed_columns(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))


def _logic_reasons(
    before: Mapping[str, str], after: Mapping[str, str], changed: tuple[str, ...]
) -> tuple[str, ...]:
    added = [name for name in changed if name not in before]
    dropped = [name for name in changed if name not in after]
    kept = [name for name in changed if name in before and name in after]
    reasons = []
    if kept and set(kept) == set(before):
        reasons.append(
            "which rows it has is decided differently, or all its columns are computed differently"
        )
    elif kept:
        reasons.append(f"computed differently: {', '.join(kept)}")
    if added:
        reasons.append(f"new columns: {', '.join(added)}")
    if dropped:
        reasons.append(f"dropped columns: {', '.join(dropped)}")
    return tuple(reasons) or ("its columns are ordered or typed differently",)


def _data_reasons(address: Address, desired: Desired, applied: Applied) -> tuple[str, ...]:
    if address in desired.stamps:
        if desired.stamps[address] == UNKNOWN:
            return ("its origin is to be read again",)
        return ("the content of its origin changed",)
    inputs = sorted(
        {
            str(source)
            for source in desired.compiled[address].inputs.values()
            if source not in applied.versions
            or applied.versions[source].fingerprint != desired.identities[source].fingerprint
        }
    )
    return (f"new data in {', '.join(inputs)}",)
