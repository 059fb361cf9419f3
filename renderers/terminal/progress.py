"""A progress bar on a terminal; nothing anywhere else."""

from __future__ import annotations

import sys


class TerminalProgress:
    """Implements the Progress port on stderr, silent when stderr is no terminal."""

    def __init__(self) -> None:
        self._bar: object | None = None

    def started(self, total: int, label: str = "building") -> None:
        """Show the bar."""
        if not total or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task(label, total=total)

    def step(self, label: str) -> None:
        """Move the bar by one and name what was done."""
        from rich.progress import Progress

        if isinstance(self._bar, Progress):
            self._bar.update(self._task, advance=1, description=label)

    def finished(self) -> None:
        """Take the bar away."""
        from rich.progress import Progress

        if isinstance(self._bar, Progress):
            self._bar.stop()
