"""`engine diff`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import click

from engine.cli.options import ip_option, now_option
from engine.cli.output import format_option, print_json, reports_failures
from engine.diagnostics import counted
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.usecases.data_diff import DataDiff, Side
    from engine.usecases.published import Published


@click.command("diff")
@click.argument("address")
@click.option("--env", "environment", help="The environment looked at (default: that of the whole command).")
@click.option("--with", "other", default="prod", show_default=True, help="The one it is compared with.")
@click.option("--key", metavar="COLUMN", multiple=True, help="Match rows by this column; may be repeated.")
@click.option("--as", "reader", metavar="USER", help="Compare only what this user may use, in both.")
@ip_option
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    address: str,
    environment: str | None,
    other: str,
    key: tuple[str, ...],
    reader: str | None,
    ip: str,
    now: datetime.date,
    output: str,
) -> None:
    """Schema and row changes of a dataset between two environments, in counts only.

    Without --as, for the operator of the store: nobody's rights are judged, the smallest cell holds.
    """
    from engine.policy.decision import Request
    from engine.usecases.data_diff import as_read, data_diff, usual_key, whole
    from engine.usecases.look_around import find
    from engine.usecases.published import load_published

    names = (environment or workspace.environment, other)
    benches = tuple(workspace.in_environment(name) for name in names)
    here, there = (load_published(workspace.state, name) for name in names)
    asked = find(here.space, address)
    dataset = here.space.dataset_of(asked)

    def side(bench: Workspace, published: Published) -> Side:
        if reader is None:
            return whole(bench, published, dataset, workspace.store)
        return as_read(bench, published, Request(reader, "use", asked, ip, now))

    after, before = side(benches[0], here), side(benches[1], there)
    matching = key or _matching(usual_key(here, dataset), after, before)
    found = data_diff(workspace.warehouse, dataset, after, before, matching)
    if output == "json":
        print_json(diff_as_json(found))
    else:
        _print(found)


def _matching(usual: tuple[str, ...], *sides: Side) -> tuple[str, ...]:
    """The usual key where both sides have its columns."""
    names = [{column.name for column in side.columns} for side in sides]
    return usual if all(set(usual) <= there for there in names) else ()


def diff_as_json(found: DataDiff) -> dict[str, Any]:
    """The diff as json; null stands for a count that is withheld."""
    return {
        "address": str(found.address),
        "same": found.same,
        "columns": {
            "added": list(found.added_columns),
            "removed": list(found.removed_columns),
            "retyped": list(found.retyped_columns),
        },
        "rows": {"here": found.rows[0], "there": found.rows[1]},
        "key": list(found.key),
        "added": found.added,
        "removed": found.removed,
        "changed": found.changed,
        "column_changes": dict(found.column_changes),
        "column_rates": dict(found.column_rates),
        "min_cell": found.min_cell,
    }


def _print(found: DataDiff) -> None:
    def count(value: int | None) -> str:
        return "withheld" if value is None else f"{value:,}"

    if found.same:
        click.echo(f"{found.address} is the same in both.")
        return
    for word, columns in (
        ("new", found.added_columns),
        ("dropped", found.removed_columns),
        ("of another type", found.retyped_columns),
    ):
        if columns:
            click.echo(f"  columns {word}: {', '.join(columns)}")
    by = f" (matched by {', '.join(found.key)})" if found.key else " (whole rows compared)"
    click.echo(f"  rows: {count(found.rows[0])}, was {count(found.rows[1])}{by}")
    click.echo(
        f"  added {count(found.added)}, removed {count(found.removed)}, changed {count(found.changed)}"
    )
    for name, changes in found.column_changes.items():
        if changes != 0:
            rate = found.column_rates[name]
            part = "" if rate is None else f" ({rate:.0%} of the matched rows)"
            values = "withheld" if changes is None else counted(changes, "value")
            click.echo(f"  {name}: {values} changed{part}")
    if found.min_cell:
        click.echo(f"  Numbers about fewer than {found.min_cell} are withheld, and what would tell them.")
