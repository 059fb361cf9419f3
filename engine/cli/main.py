"""`engine`: finds the command and imports only that one."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

COMMANDS = {
    "apply": "Make the space what the specs say.",
    "backfill": "Compute intervals of an incremental dataset again.",
    "can": "May this user do this?",
    "diff": "How a dataset differs between two environments.",
    "env": "Environments: list, drop.",
    "export": "The whole dataset, as policy allows.",
    "gc": "Put away versions that nothing points at.",
    "init": "A small working space with CI files.",
    "lineage": "Where a dataset or column comes from and goes to.",
    "list": "Everything in the space.",
    "log": "What was applied, when and by whom.",
    "plan": "What would change: data, dashboards and access.",
    "policy": "Test policies, bundle them, push them to OPA.",
    "preview": "First rows, profile, last checks.",
    "promote": "Make prod point at what an environment points at.",
    "query": "SQL over what a user may read.",
    "render": "The static site, or what one principal may read of it.",
    "request": "Apply for authorization to a dataset.",
    "rollback": "Point at what an earlier run published.",
    "run": "Run a dataflow or collect a dataset now.",
    "runs": "Past runs.",
    "schema": "JSON Schemas for editors.",
    "show": "One resource in full.",
    "undo": "Bring back what gc put away.",
    "validate": "Every mistake in the specs at once.",
    "watch": "Show the site here, up to date with every save.",
    "who-can": "Everyone who may, and through what.",
    "why": "Why a plan would do what it does to an address.",
}
"""Name and one line of help of every command; the command is `command` in `engine.cli.<name>`."""


class LazyCommands(click.Group):
    """A group that imports a command's module when it is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; its module is imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"engine.cli.{cmd_name.replace('-', '_')}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in --help, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.command(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--specs",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("specs"),
    show_default=True,
    help="Folder that holds the specs.",
)
@click.option("--env", "environment", default="prod", show_default=True, help="Environment to work on.")
@click.version_option(package_name="dataspace-engine", prog_name="engine")
@click.pass_context
def main(ctx: click.Context, specs: Path, environment: str) -> None:
    """A governed data space as YAML in git: data, dashboards and access, planned and applied."""
    import gc

    from engine.wiring import Workspace

    # What a command builds lives until its end: looking for garbage often costs a seventh of its time.
    gc.set_threshold(100_000, 50, 100)
    ctx.obj = Workspace(specs, environment)
