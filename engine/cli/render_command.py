"""`engine render`."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from engine.cli.options import now_option
from engine.cli.output import format_option, print_json, reports_failures
from engine.wiring import Workspace


@click.command("render")
@click.option("--as", "reader", metavar="PRINCIPAL", help="Only what this principal may read.")
@click.option(
    "--audience",
    metavar="PRINCIPAL",
    help="A tree for each part of this audience that may read the same, in a folder of its own.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/site"),
    show_default=True,
    help="The folder to draw into: new, empty, or drawn before.",
)
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    reader: str | None,
    audience: str | None,
    out: Path,
    now: datetime.date,
    output: str,
) -> None:
    """Draw the static site of what is applied: all of it, or what a principal may read."""
    from engine.adapters.out_folder import write_tree

    if reader is not None and audience is not None:
        raise click.UsageError("--as and --audience exclude each other.")
    trees = _trees(workspace, reader, audience, now)
    files = {
        f"{tree}{name}": content for tree, (_, found) in trees.items() for name, content in found.items()
    }
    root = write_tree(out, files)
    _remember(workspace, reader, trees, now)
    told = [_told(root, tree, people, found) for tree, (people, found) in trees.items()]
    if output == "human":
        for line in told:
            people = f"{', '.join(line['people'])}: " if audience else ""
            click.echo(f"{people}{line['pages']} pages. Open {line['index']}")
    elif audience is None:
        print_json({"out": str(out)} | {key: told[0][key] for key in ("files", "pages", "index")})
    else:
        print_json({"out": str(out), "files": len(files), "trees": told})


def _trees(
    workspace: Workspace, reader: str | None, audience: str | None, now: datetime.date
) -> dict[str, tuple[tuple[str, ...], Mapping[str, bytes]]]:
    """What to write: folder below `--out` (empty, or `<hash>/`) to the people it is for and its files."""
    from engine.usecases.published import load_published
    from engine.usecases.site import audience_models, site_model
    from renderers.html.site import site_files

    if reader is not None or audience is not None:
        workspace = workspace.with_trail()
    published = load_published(workspace.state, workspace.environment)
    runs = workspace.state.runs(workspace.environment)
    if audience is None:
        return {"": ((), site_files(site_model(workspace, published, runs, now, reader), workspace.cache))}
    drawn = [
        (who, site_files(m, workspace.cache))
        for who, m in audience_models(workspace, published, runs, now, audience)
    ]
    return {f"{_digest(files)}/": (who, files) for who, files in drawn}


def _remember(
    workspace: Workspace,
    reader: str | None,
    trees: Mapping[str, tuple[tuple[str, ...], Mapping[str, bytes]]],
    now: datetime.date,
) -> None:
    """Enter what was drawn for people in the release ledger, one of those who were drawn the same."""
    from engine.usecases.page_releases import Releases
    from engine.usecases.published import load_published
    from engine.usecases.site.sight import people_behind

    published = load_published(workspace.state, workspace.environment)
    behind = (
        [who for who, _ in trees.values()] if reader is None else [people_behind(published.space, reader)]
    )
    for people in behind:
        Releases(workspace, published, people[0] if people else None, now).record("")


def _digest(files: Mapping[str, bytes]) -> str:
    """A short name for a tree, by its content: equal trees have one."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return whole.hexdigest()[:12]


def _told(root: Path, tree: str, people: tuple[str, ...], files: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "people": list(people),
        "index": (root / tree / "index.html").as_uri(),
        "files": len(files),
        "pages": sum(name.endswith(".html") for name in files),
    }
