"""`engine watch`."""

from __future__ import annotations

import datetime
import threading
import time
from typing import TYPE_CHECKING

import click

from engine.cli.apply_command import occasion
from engine.cli.options import now_option
from engine.cli.output import reports_failures
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.adapters.watch_server import Watched

PREVIEW = "watch"
"""The environment that saves are applied to: what others read is never touched."""


@click.command("watch")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8600, show_default=True, help="0: any free one."
)
@now_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, port: int, now: datetime.date) -> None:
    """Show the site on this machine and bring it up to date with every save.

    Works in the environment `watch` (or the one given with --env), never in prod.
    """
    from engine.adapters.watch_server import Watched, watch_server
    from engine.adapters.watching import Saves
    from engine.usecases.environments import BASE

    name = PREVIEW if workspace.environment == BASE else workspace.environment
    watched = Watched()
    _bring_up(workspace.in_environment(name), watched, now)
    server = watch_server(workspace.store / "site" / name, watched, port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    click.echo(f"http://127.0.0.1:{server.server_address[1]}/index.html  (Ctrl-C ends)")
    try:
        with Saves((workspace.specs_folder.resolve(),), workspace.store) as saves:
            while True:
                if saves.wait(60):
                    _bring_up(workspace.in_environment(name), watched, now)
    except KeyboardInterrupt:
        click.echo("Ended.")
    finally:
        server.shutdown()


def _bring_up(workspace: Workspace, watched: Watched, now: datetime.date) -> None:
    """Validate, plan and apply once; what is wrong goes to the terminal and to the open page."""
    from engine.diagnostics import DataMistake, WorldFailure
    from engine.usecases.apply import apply
    from engine.usecases.plan import make_plan
    from renderers.terminal.progress import TerminalProgress

    began = time.monotonic()
    mistakes: tuple[str, ...] = ()
    try:
        planned = make_plan(workspace, now)
        if planned.plan is None or planned.desired is None:
            mistakes = tuple(str(d) for d in planned.diagnostics)
        elif not planned.plan.is_empty:
            when = occasion(workspace, None, now)
            outcome = apply(
                workspace, planned.plan, planned.desired, when, workspace.draw_site, TerminalProgress()
            )
            failed = [c for c in outcome.record.checks if c.status == "failed"]
            mistakes = tuple(f"check failed: {c.address} {c.name}: {c.failures} rows" for c in failed)
            mistakes += tuple(str(d) for d in outcome.diagnostics)
    except DataMistake as wrong:
        mistakes = tuple(str(d) for d in wrong.diagnostics)
    except WorldFailure as failure:
        mistakes = (failure.message,)
    watched.tell(workspace.site.current(workspace.environment), mistakes)
    took = time.monotonic() - began
    for mistake in mistakes:
        click.echo(mistake, err=True)
    click.echo(f"{'not shown: mistakes' if mistakes else 'up to date'} ({took:.1f} s)")
