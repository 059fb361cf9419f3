"""`engine init`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.cli.output import EXIT_FAILURE, format_option, print_json, reports_failures


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--ci", is_flag=True, help="Write the CI files and CODEOWNERS, and nothing else into a space that exists."
)
@click.option(
    "--yes", is_flag=True, expose_value=False, help="Accepted; nothing of yours is ever overwritten."
)
@format_option
@reports_failures
def command(folder: Path, ci: bool, output: str) -> None:
    """Write a small working space, with CI files, into DIR (default: here)."""
    only_ci = ci and (folder / "specs").is_dir()
    written, kept = ci_written(folder) if only_ci else space_written(folder, ci)
    if output == "json":
        print_json({"written": written, "kept": kept})
    else:
        for name in written:
            click.echo(f"  wrote {folder / name}")
        for name in kept:
            click.echo(f"  kept  {folder / name} (it is there already)")
        if written and not only_ci:
            where = "" if folder == Path() else f"cd {folder}, then "
            click.echo(f"Next: {where}engine plan, then engine apply.")
    if not written:
        click.echo("Nothing was written: every file is there already.", err=True)
        sys.exit(EXIT_FAILURE)


def ci_written(folder: Path) -> tuple[list[str], list[str]]:
    """Write the CI files of a space that exists, CODEOWNERS anew; names written and kept."""
    from engine.adapters.starter import starter_files, write_anew, write_new
    from engine.core.codeowners import HEAD

    owners = owners_of(folder).encode()
    written, kept = write_new(folder, {**starter_files(only_ci=True), "CODEOWNERS": owners})
    if "CODEOWNERS" in kept and write_anew(folder, "CODEOWNERS", owners, HEAD):
        written.append("CODEOWNERS")
    return written, [name for name in kept if name not in written]


def space_written(folder: Path, owners: bool) -> tuple[list[str], list[str]]:
    """Write a whole space, with CODEOWNERS if wanted; names written and kept."""
    from engine.adapters.starter import starter_files, write_new

    written, kept = write_new(folder, starter_files(only_ci=False))
    if owners:
        also, there = write_new(folder, {"CODEOWNERS": owners_of(folder).encode()})
        return written + also, kept + there
    return written, kept


def owners_of(folder: Path) -> str:
    """CODEOWNERS of the space in a folder. Raises WorldFailure when its specs cannot be read as a space."""
    from engine.adapters.files import FolderSpecs
    from engine.core.codeowners import codeowners
    from engine.core.load import load
    from engine.core.resolve import resolve
    from engine.diagnostics import WorldFailure

    resources, _ = load(FolderSpecs(folder / "specs").read())
    space, _ = resolve(resources)
    if space is None:
        raise WorldFailure(f"{folder / 'specs'} holds no space.", "see what `engine validate` says.")
    prefix = "" if folder == Path() else f"{folder.as_posix()}/"
    return codeowners(space).replace(f"/{prefix}", "/") if prefix else codeowners(space)
