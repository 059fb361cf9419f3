"""`engine env list` and `engine env drop`."""

from __future__ import annotations

import dataclasses

import click

from engine.cli.options import confirmed, yes_option
from engine.cli.output import format_option, print_json, reports_failures
from engine.diagnostics import counted
from engine.wiring import Workspace


@click.group("env")
def command() -> None:
    """Environments: named sets of pointers to versions."""


@command.command("list")
@format_option
@click.pass_obj
@reports_failures
def list_environments(workspace: Workspace, output: str) -> None:
    """Every environment, and how much of it differs from prod."""
    from engine.usecases.environments import listed

    lines = listed(workspace.state)
    if output == "json":
        print_json([dataclasses.asdict(line) for line in lines])
        return
    for line in lines:
        own = "" if not line.own else f", {line.own} of its own"
        click.echo(f"{line.name:<20} {line.run:<20} {counted(line.datasets, 'dataset')}{own}")


@command.command("drop")
@click.argument("name")
@yes_option
@format_option
@click.pass_obj
@reports_failures
def drop_environment(workspace: Workspace, name: str, yes: bool, output: str) -> None:
    """Forget an environment; its versions stay until `engine gc`."""
    from engine.usecases.environments import drop, existing

    existing(workspace.state, name)
    confirmed(f"Drop environment {name}?", yes)
    drop(workspace.state, name)
    if output == "json":
        print_json({"dropped": name})
    else:
        click.echo(f"Dropped {name}.")
