"""`engine can`."""

from __future__ import annotations

import datetime
import sys

import click

from engine.addresses import Address
from engine.cli.options import ip_option, now_option
from engine.cli.output import EXIT_FAILURE, format_option, print_json, reports_failures
from engine.cli.rows import address_argument
from engine.diagnostics import did_you_mean
from engine.model.policies import ACTIONS
from engine.wiring import Workspace


def _action(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if value not in ACTIONS:
        raise click.BadParameter(f'"{value}" is no action. {did_you_mean(value, ACTIONS) or _known()}')
    return value


def _known() -> str:
    return f"The actions are {', '.join(ACTIONS)}."


action_argument = click.argument("action", callback=_action)


@click.command("can")
@click.argument("user")
@action_argument
@address_argument
@ip_option
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    user: str,
    action: str,
    address: Address,
    ip: str,
    now: datetime.date,
    output: str,
) -> None:
    """Say whether a user may do something, and why. Exit code 0: allowed; 1: refused."""
    from engine.policy.decision import Request
    from engine.policy.words import obligation_words
    from engine.usecases.decide import applied_policy, decision_as_json, least
    from engine.usecases.reading import known_ip

    request = least(Request(user.removeprefix("user:"), action, address, ip, now))
    decision = workspace.policy(applied_policy(workspace)).decide(request)
    if output == "json":
        print_json(decision_as_json(decision))
    known_ip(ip)  # the refusal it makes is an answer for programs, for people a mistake of theirs
    if output != "json":
        click.echo(f"{'allowed' if decision.allow else 'refused'}: {request.actor} {action} {address}")
        for reason in decision.reasons:
            click.echo(f"  {reason}")
        for via in decision.via:
            click.echo(f"  through {via}")
        for duty in obligation_words(decision.obligations):
            click.echo(f"  {duty}")
        if decision.valid_until:
            click.echo(f"  until {decision.valid_until}")
    if not decision.allow:
        sys.exit(EXIT_FAILURE)
