"""`engine watch` in a real browser: a save reloads the open page, a mistake is shown in it."""

from __future__ import annotations

import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import REPOSITORY, Cli, WriteSpace
from tests.e2e.small_space import change, small_space
from tests.portal.test_in_a_browser import axe_script

PAGE = "specs/projects/p/dashboards/page.yaml"
DASHBOARD = """\
kind: Dashboard
name: page
title: People
datasets: {users: users}
rows:
  - - {kpi: "count(id)", from: users, title: How many}
"""


@contextmanager
def watching(cli: Cli) -> Iterator[str]:
    """Run the command on a free port; yields the address it prints."""
    process = subprocess.Popen(
        [str(REPOSITORY / ".venv/bin/engine"), "watch", "--port", "0"],
        cwd=cli.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
            if found:
                yield found.group()
                return
        pytest.fail("it ended without an address")
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.browser
def test_a_save_reloads_the_page_and_a_mistake_is_shown_with_its_line(
    write_space: WriteSpace, chromium: Any
) -> None:
    cli = small_space(write_space, **{PAGE: DASHBOARD})
    cli.ok("apply", "--yes")
    with watching(cli) as address:
        page = chromium.new_page()
        page.goto(f"{address}projects/p/dashboards/page.html")
        page.get_by_role("heading", name="People").first.wait_for()
        change(cli, PAGE, "title: People", "title: Everyone")
        page.get_by_role("heading", name="Everyone").first.wait_for(timeout=60_000)
        change(cli, PAGE, "count(id)", "count(idd)")
        page.get_by_role("alert").wait_for(timeout=60_000)
        assert f"{PAGE}:6" in page.get_by_role("alert").inner_text()
        assert page.get_by_role("heading", name="Everyone").first.is_visible()
        page.close()
    assert "People" in (cli.folder / ".dataspace/site/prod/projects/p/dashboards/page.html").read_text()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_space_that_begins_with_a_mistake_shows_it_in_an_accessible_page(
    write_space: WriteSpace, chromium: Any, scheme: str
) -> None:
    wrong = DASHBOARD.replace("count(id)", "count(idd)")
    cli = small_space(write_space, **{PAGE: wrong})
    with watching(cli) as address:
        page = chromium.new_page(color_scheme=scheme)
        said: list[str] = []
        page.on("pageerror", lambda failure: said.append(str(failure)))
        page.goto(f"{address}index.html")
        page.get_by_role("alert").wait_for(timeout=60_000)
        assert f"{PAGE}:6" in page.get_by_role("alert").inner_text()
        page.evaluate(axe_script())
        assert [v["id"] for v in page.evaluate("axe.run()")["violations"]] == []
        change(cli, PAGE, "count(idd)", "count(id)")
        page.get_by_role("heading", name="All is well").wait_for(timeout=60_000)
        assert said == []
        page.close()


def test_only_loopback_names_are_answered(write_space: WriteSpace) -> None:
    cli = small_space(write_space)
    with watching(cli) as address:
        asked = urllib.request.Request(f"{address}index.html", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=10)
        assert refused.value.code == 403
        refused.value.close()
