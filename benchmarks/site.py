"""Publishes the same dashboards with this engine and Observable Framework, side by side in one run.

    python benchmarks/site.py [--pages 100] [--observable FOLDER]

FOLDER is where `npm install` put the packages that site_pages.PACKAGES names. Each page has ten tiles over
a thousand rows of its own (site_pages.py). Times are of whole processes, what they start included: first
processors (user and system), which other work on the machine disturbs little, then the clock:

* cold: nothing is known yet (engine: `apply` of a new space, which also collects the data, works out who may
  see what and draws the portal; Observable: `build` without its cache);
* one changed: the title of one page, published again, beyond what the command takes when nothing changed;
* the page: bytes, gzipped, and files that a browser loads before anyone touches the page, its first paint,
  and a filter's time once it has been used (site_browser.py).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from site_browser import Cost, cost
from site_pages import NAMES, REGIONS, write_engine, write_observable
from timing import Spent, median, spent

ENGINE = str(Path(sys.executable).parent / "engine")
CHOICES = (REGIONS[1], REGIONS[0])


@dataclass(frozen=True)
class Figures:
    """What one tool took: publishing cold, again without a change, with one page changed; and its page."""

    cold: Spent
    same: Spent
    changed: Spent
    page: Cost


def measured(folder: Path, publish: Sequence[str], forget: Callable[[], None], page: Path, ready: str,
             site: Callable[[], tuple[Path, str]]) -> Figures:  # fmt: skip
    """The figures of one tool that publishes from `folder`; `page` is the source of its first page."""
    forget()
    cold = spent(publish, folder)
    same = median([spent(publish, folder) for _ in range(3)])
    times = []
    for i in range(3):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("Page 0", f"Page 0{i}", 1), encoding="utf-8")
        times.append(spent(publish, folder))
    root, address = site()
    return Figures(cold, same, median(times), cost(root, address, ready, CHOICES))


def engine(folder: Path, pages: int) -> Figures:
    """This engine's figures."""
    write_engine(folder, pages)
    store, boards = folder / ".dataspace", Path("projects", "p", "dashboards")
    return measured(
        folder,
        (ENGINE, "apply", "--yes"),
        lambda: shutil.rmtree(store, ignore_errors=True),
        folder / "specs" / boards / f"{NAMES[0]}.yaml",
        "html[data-ready]",
        lambda: ((store / "site" / "prod").resolve(), str(boards / f"{NAMES[0]}.html")),
    )


def observable(folder: Path, pages: int, installed: Path) -> Figures:
    """Observable Framework's figures, with the packages that are installed in a folder."""
    write_observable(folder, pages)
    (folder / "node_modules").symlink_to(installed / "node_modules")

    def forget() -> None:
        shutil.rmtree(folder / "dist", ignore_errors=True)
        shutil.rmtree(folder / "src" / ".observablehq", ignore_errors=True)

    return measured(
        folder,
        (str(installed / "node_modules" / ".bin" / "observable"), "build"),
        forget,
        folder / "src" / f"{NAMES[0]}.md",
        ".card svg",
        lambda: (folder / "dist", NAMES[0]),
    )


def rows(figures: Figures) -> dict[str, float]:
    """The figures as lines of the table, smaller is better in each."""
    return {
        "cold, processor s": figures.cold.processor,
        "cold, wall s": figures.cold.wall,
        "nothing changed, wall s": figures.same.wall,
        "one changed beyond that, wall s": max(0.0, figures.changed.wall - figures.same.wall),
        "one changed beyond, processor s": max(0.0, figures.changed.processor - figures.same.processor),
        "page before interaction, kB gz": figures.page.weight / 1000,
        "files": figures.page.files,
        "first paint, s": figures.page.paint,
        "warm filter, s": figures.page.filtered,
    }


def main() -> None:
    """Measure and print one table with ratios to this engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--observable", type=Path)
    asked = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        found["engine"] = rows(engine(Path(name, "engine"), asked.pages))
        if asked.observable:
            found["observable"] = rows(
                observable(Path(name, "observable"), asked.pages, asked.observable.resolve())
            )
    print(f"{asked.pages} pages of ten tiles and a thousand rows each")
    for line, ours in found["engine"].items():
        cells = (f"{name} {r[line]:9.2f} ({r[line] / (ours or 1):5.1f}x)" for name, r in found.items())
        print(f"  {line:<34}" + "   ".join(cells))


if __name__ == "__main__":
    main()
