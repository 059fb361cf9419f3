"""`engine who-can`."""

from __future__ import annotations

import datetime

import click

from engine.addresses import Address
from engine.cli.can_command import action_argument
from engine.cli.options import ip_option, now_option
from engine.cli.output import format_option, print_json, reports_failures
from engine.cli.rows import address_argument
from engine.wiring import Workspace


@click.command("who-can")
@action_argument
@address_argument
@ip_option
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace, action: str, address: Address, ip: str, now: datetime.date, output: str
) -> None:
    """List everyone who may do something, and through what."""
    from engine.usecases.decide import applied_policy, decision_as_json
    from engine.usecases.who_can import who_can

    found = who_can(workspace, applied_policy(workspace), action, address, ip, now)
    if output == "json":
        print_json([{"principal": f"user:{a.user}", **decision_as_json(a.decision)} for a in found])
        return
    for allowed in found:
        until = f"  until {allowed.decision.valid_until}" if allowed.decision.valid_until else ""
        click.echo(f"{allowed.user}  {', '.join(allowed.decision.via)}{until}")
    if not found:
        click.echo(f"Nobody may {action} {address} from {ip}.")
