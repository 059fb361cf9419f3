"""Columns that a data policy names must not come to mean something else unnoticed.

A policy names columns of a dataset, and the dataset says where each is read. Who changes the second changes
what the first hides: a warning for everybody, and the actor of a plan needs their right to the policy for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.addresses import Address
from engine.core.origins import origin_column
from engine.core.space import Collected, DatasetNode, Resource
from engine.diagnostics import Diagnostic, warning
from engine.model.policies import DataPolicy
from engine.policy.compile import datasets_governed
from engine.policy.gates import Governance


def origin_gates(
    before: Governance | None, after: Governance, changed: Iterable[Address]
) -> tuple[Diagnostic, ...]:
    """A warning at each changed dataset of which a policy's columns are read from somewhere else now."""
    return tuple(
        warning(
            "narrowing-moved",
            after.space.datasets[address].span(),
            f"{policy.address} narrows {address} by {_named(moved)}, which "
            f"{'is' if len(moved) == 1 else 'are'} now read from somewhere else.",
            "What the policy hides is another thing then. Let who answers for it look at this change.",
        )
        for address in sorted(set(changed) & after.space.datasets.keys())
        for policy, moved in moved_columns(before, after, address)
    )


def moved_columns(
    before: Governance | None, after: Governance, address: Address
) -> Iterator[tuple[Resource[DataPolicy], tuple[str, ...]]]:
    """The applied policies over a dataset whose columns it reads otherwise, and which columns these are."""
    old = before.space.datasets.get(address) if before else None
    new = after.space.datasets.get(address)
    if before is None or old is None or new is None or not _both_collected(old, new):
        return
    for policy in before.space.of(DataPolicy):
        if address in datasets_governed(before.space, policy.spec):
            columns = sorted({*policy.spec.columns, *_mentioned(policy.spec.rows)})
            moved = tuple(c for c in columns if _read_otherwise(old, new, c))
            if moved:
                yield policy, moved


def _both_collected(old: DatasetNode, new: DatasetNode) -> bool:
    return isinstance(old.producer, Collected) and isinstance(new.producer, Collected)


def _read_otherwise(old: DatasetNode, new: DatasetNode, column: str) -> bool:
    assert isinstance(old.producer, Collected)
    assert isinstance(new.producer, Collected)
    same_format = old.producer.resource.spec.format == new.producer.resource.spec.format
    return not same_format or origin_column(old, column) != origin_column(new, column)


def _mentioned(rows: str | None) -> set[str]:
    """The columns in a row filter."""
    if rows is None:
        return set()
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        return {column.name for column in sqlglot.parse_one(rows, dialect="duckdb").find_all(exp.Column)}
    except SqlglotError:
        return set()


def _named(columns: tuple[str, ...]) -> str:
    return " and ".join(f'"{column}"' for column in columns)
