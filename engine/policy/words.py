"""Decisions and obligations in words, for plans and people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from engine.addresses import Address
from engine.policy.decision import Decision, Obligations

ORDER: Final = ("see", "read", "preview", "export", "use", "edit", "update")


def action_words(doors: Iterable[Mapping[str, Decision]]) -> tuple[str, ...]:
    """The actions that any door allows."""
    return tuple(sorted({action for door in doors for action in door}, key=ORDER.index))


def duty_words(doors: Iterable[Mapping[str, Decision]]) -> tuple[str, ...]:
    """What is done to the data before it is seen through any of the doors."""
    return tuple(sorted({word for door in doors for d in door.values() for word in _of(d)}))


def _of(decision: Decision) -> Iterator[str]:
    yield from obligation_words(decision.obligations)
    for dataset, obligations in decision.datasets.items():
        for word in obligation_words(obligations):
            yield f"{dataset}: {word}"
    if decision.valid_until:
        yield f"until {decision.valid_until}"


def obligation_words(obligations: Obligations) -> Iterator[str]:
    """Masked columns, row filters, smallest cell and rounding, a phrase each; nothing for clear columns."""
    for column, mask in sorted(obligations.columns.items()):
        if mask != "clear":
            yield f"{column} masked ({mask})"
    for rows in obligations.rows:
        yield f"only rows where {rows}"
    if obligations.min_cell:
        yield f"cells of at least {obligations.min_cell}"
    if obligations.rounding:
        yield f"counts rounded to {obligations.rounding}"


def renamed(decision: Decision, names: Mapping[str, str]) -> Decision:
    """The decision with other names for grants, shares, masked columns, row filters and datasets."""
    return replace(
        decision,
        via=tuple(_way(way, names) for way in decision.via),
        obligations=_renamed(decision.obligations, names),
        datasets={
            Address.parse(names[str(dataset)]): _renamed(obligations, names)
            for dataset, obligations in decision.datasets.items()
        },
    )


def _way(way: str, names: Mapping[str, str]) -> str:
    kind, _, name = way.partition(":")
    return f"{kind}:{names.get(name, name)}" if kind in ("grant", "share") else way


def _renamed(obligations: Obligations, names: Mapping[str, str]) -> Obligations:
    columns = {names.get(c, c): mask for c, mask in obligations.columns.items() if mask != "clear"}
    rows = tuple(names[text] for text in obligations.rows)
    return replace(obligations, columns=columns, rows=rows)
