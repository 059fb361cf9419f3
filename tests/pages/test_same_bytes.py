"""The same page is the same bytes: in another time zone, in another process, drawn before or not."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from engine.adapters.file_cache import FileCache
from renderers.html.dashboard import dashboard_files
from renderers.html.layout import Layout
from tests.pages.harness import model
from tests.pages.spaces import dashboard

REPOSITORY = Path(__file__).parents[2]
PAGE = """
title: Page
datasets: {by_oa: by_oa, doctors: doctors}
filters: [{name: oa, from: doctors, column: oa, type: multiselect}]
rows:
  - - {chart: line, from: doctors, x: month, y: "count(*)", series: oa, title: Lines}
    - {chart: area, from: doctors, x: month, y: "count(*)", series: oa, title: Areas, stack: share}
  - - {chart: heatmap, from: doctors, x: dep, y: oa, value: "count(*)", title: Heat}
    - {chart: scatter, from: doctors, x: age, y: "count(*)", title: Points}
    - {table: by_oa, title: Table}
"""


def digest_of(folder: Path) -> str:
    """A hash of every byte of the page's files."""
    files = dashboard_files(model(folder, dashboard(PAGE), "page"), Layout("Test"))
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(name.encode() + b"\0" + files[name] + b"\0")
    return whole.hexdigest()


def test_time_zone_and_process_change_no_byte(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.pages.test_same_bytes import digest_of; "
        "print(digest_of(Path(sys.argv[1])))"
    )
    found = {digest_of(tmp_path / "here")}
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / zone.replace("/", "-"))],
            cwd=REPOSITORY, env={**os.environ, "TZ": zone, "PYTHONHASHSEED": "7"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.add(done.stdout.strip())
    assert len(found) == 1


def test_a_chart_that_was_drawn_before_is_the_same(tmp_path: Path) -> None:
    made = model(tmp_path, dashboard(PAGE), "page")
    cache = FileCache(tmp_path / "cache")
    first, second = (dashboard_files(made, Layout("Test"), cache) for _ in range(2))
    assert first == second == dashboard_files(made, Layout("Test"))


def test_the_page_draws_with_the_vega_that_the_build_draws_with() -> None:
    import vl_convert

    shipped = (REPOSITORY / "renderers/html/assets/vega.js").read_text(encoding="utf-8")
    assert shipped.startswith(f"/* Vega {vl_convert.get_vega_version()},")
