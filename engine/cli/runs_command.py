"""`engine runs`."""

from __future__ import annotations

import click

from engine.cli.output import format_option, print_json, reports_failures
from engine.cli.run_report import run_summary
from engine.diagnostics import counted
from engine.wiring import Workspace


@click.command("runs")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@format_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, limit: int, output: str) -> None:
    """Past runs, latest first."""
    records = workspace.state.runs(workspace.environment, limit=limit)
    if output == "json":
        print_json([run_summary(record) for record in records])
        return
    for record in records:
        rows = sum(step.rows or 0 for step in record.steps)
        click.echo(
            f"{record.run}  {record.status:<11}  {record.kind:<8}  {record.started}  {record.actor}  "
            f"{counted(len(record.steps), 'step')}, {counted(rows, 'row')}, "
            f"{sum(step.seconds for step in record.steps) + record.drawing:.1f} s"
        )
    if not records:
        click.echo("No run yet.")
