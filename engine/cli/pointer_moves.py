"""What promote and rollback share: say what would move, ask, move, report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.cli.options import confirmed
from engine.cli.output import EXIT_FAILURE, print_diagnostics, print_json
from engine.cli.run_report import run_as_json
from engine.diagnostics import counted
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.core.state import Applied
    from engine.policy.decision import Caller
    from engine.usecases.apply import Occasion


def move_and_report(
    workspace: Workspace, target: Applied, yes: bool, actor: Caller | None, when: Occasion, output: str
) -> None:
    """Move the workspace's environment to `target`, after a look at what changes. Raises WorldFailure.

    Exits with 1 where the actor lacks the right to any of it.
    """
    from engine.usecases.pointers import may_move, move, moved

    changes = list(moved(workspace.state.applied(workspace.environment), target))
    if actor is not None and print_diagnostics(may_move(workspace, target, actor)):
        raise SystemExit(EXIT_FAILURE)
    if output == "human":
        for action, address in changes:
            click.echo(f"  {action:<9} {address}")
        click.echo(
            f"{workspace.environment} would point at run {target.run} ({counted(len(changes), 'change')})."
        )
    confirmed("Move?", yes)
    record = move(workspace, target, when, workspace.draw_site)
    if output == "json":
        moves = [{"action": action, "address": address} for action, address in changes]
        print_json({**run_as_json(record), "changes": moves})
    else:
        click.echo(f"Run {record.run} {record.status}. Site: {workspace.site_index()}")
