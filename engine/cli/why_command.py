"""`engine why`."""

from __future__ import annotations

import datetime
import sys

import click

from engine.cli.options import now_option
from engine.cli.output import EXIT_FAILURE, format_option, print_diagnostics, print_json, reports_failures
from engine.wiring import Workspace


@click.command("why")
@click.argument("address")
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, address: str, now: datetime.date, output: str) -> None:
    """Why a plan would do what it does to ADDRESS."""
    from engine.core.plan_json import change_as_json
    from engine.usecases.plan import make_plan
    from engine.usecases.why import why

    planned = make_plan(workspace, now)
    print_diagnostics(planned.diagnostics)
    if planned.plan is None or planned.desired is None:
        sys.exit(EXIT_FAILURE)
    found = why(planned.plan, planned.desired, address)
    if output == "json":
        print_json(
            {
                "address": address,
                "file": found.span.file if found.span else None,
                "line": found.span.line if found.span else None,
                "change": change_as_json(found.change) if found.change else None,
                "causes": [change_as_json(change) for change in found.causes],
            }
        )
        return
    if found.change is None:
        click.echo(f"The plan leaves {address} alone: what it says means the same as what is applied.")
        return
    place = f" ({found.span})" if found.span else ""
    click.echo(f"{found.change.action} {address}{place}: {'; '.join(found.change.reasons)}")
    for cause in found.causes:
        click.echo(f"  because of {cause.action} {cause.address}: {'; '.join(cause.reasons)}")
