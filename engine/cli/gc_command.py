"""`engine gc`."""

from __future__ import annotations

import datetime

import click

from engine.cli.apply_command import occasion
from engine.cli.options import confirmed, now_option, yes_option
from engine.cli.output import format_option, print_json, reports_failures
from engine.diagnostics import counted
from engine.wiring import Workspace


@click.command("gc")
@click.option("--dry-run", is_flag=True, help="Only say what would be put away.")
@click.option("--days", type=click.IntRange(min=0), default=30, show_default=True, help="Days in quarantine.")
@yes_option
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace, dry_run: bool, days: int, yes: bool, now: datetime.date, output: str
) -> None:
    """Put away versions that nothing points at; delete them after the quarantine."""
    from engine.usecases.clearing import clear

    _ = workspace.settings  # a folder without a space is told before anything is asked
    if not dry_run:
        confirmed("Put away what no environment points at, and delete what was put away long ago?", yes)
    holder = occasion(workspace, None, now).holder
    cleared = clear(workspace, now, days, holder, dry=dry_run)
    if output == "json":
        versions = [{"address": str(v.address), "fingerprint": v.fingerprint} for v in cleared.quarantined]
        print_json({"quarantined": versions, "freed_bytes": cleared.freed, "dry_run": dry_run})
        return
    would = "would be put away" if dry_run else "put away; `engine undo` brings them back"
    click.echo(
        f"{counted(len(cleared.quarantined), 'version')} {would}. "
        f"{counted(cleared.freed, 'byte')} deleted for good."
    )
