"""`engine diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.cli.output import format_option, print_json, reports_failures
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.usecases.data_diff import DataDiff


@click.command("diff")
@click.argument("address")
@click.option("--env", "environment", help="The environment looked at (default: that of the whole command).")
@click.option("--with", "other", default="prod", show_default=True, help="The one it is compared with.")
@click.option("--key", metavar="COLUMN", multiple=True, help="Match rows by this column; may be repeated.")
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace, address: str, environment: str | None, other: str, key: tuple[str, ...], output: str
) -> None:
    """Schema and row changes of a dataset between two environments, in counts only."""
    from engine.usecases.data_diff import data_diff
    from engine.usecases.look_around import find
    from engine.usecases.published import load_published

    here = load_published(workspace.state, environment or workspace.environment)
    there = load_published(workspace.state, other)
    found = data_diff(workspace.warehouse, workspace.store, here, there, find(here.space, address), key)
    if output == "json":
        print_json(diff_as_json(found))
    else:
        _print(found)


def diff_as_json(found: DataDiff) -> dict[str, Any]:
    """The diff as json; null stands for a count below the smallest cell."""
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
        "min_cell": found.min_cell,
    }


def _print(found: DataDiff) -> None:
    def count(value: int | None) -> str:
        return f"fewer than {found.min_cell}" if value is None else f"{value:,}"

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
            click.echo(f"  {name}: {count(changes)} values changed")
