"""`engine log`."""

from __future__ import annotations

import click

from engine.cli.output import format_option, print_json, reports_failures
from engine.cli.run_report import alert_lines, run_as_json, run_summary
from engine.diagnostics import counted
from engine.wiring import Workspace


@click.command("log")
@click.argument("run", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@format_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, run: str | None, limit: int, output: str) -> None:
    """What was applied, when, by whom and from which commit; or every step of one RUN."""
    from engine.diagnostics import WorldFailure

    records = workspace.state.runs(workspace.environment, limit=limit if run is None else 1_000_000)
    if run is not None:
        records = tuple(record for record in records if record.run == run)
        if not records:
            raise WorldFailure(f'there is no run "{run}".', "`engine runs` lists them.")
    if output == "json":
        print_json([{**run_summary(r), **run_as_json(r)} for r in records])
        return
    for record in records:
        click.echo(f"{record.run}  {record.status}  {record.started} to {record.finished}  {record.actor}")
        click.echo(f"  plan {record.plan}  commit {record.commit or '-'}  policy {record.policy[:12] or '-'}")
        for step in record.steps:
            rows = "" if step.rows is None else f"  {counted(step.rows, 'row')}"
            click.echo(f"  {step.status:<8}{step.action:<10}{step.address}{rows}")
        for check in record.checks:
            if check.status != "passed":
                click.echo(f"  check {check.status}: {check.address} {check.name}")
        for line in alert_lines(record):
            click.echo(line)
