"""A space's own tokens: in the site, in charts and on paper, and mistakes in them."""

from __future__ import annotations

import pypdfium2
import pytest
from playwright.sync_api import Browser

from tests.conftest import Cli, WriteSpace

THEME = """
font: Marianne, "Liberation Serif", serif
radius: 2px
light: {accent: "#000091", c1: "#6a6af4", s1: "#eeeeff"}
dark: {c1: "#8585f6"}
"""
PAGE = """
kind: Dashboard
name: beds
title: Beds
datasets: {beds: beds}
rows:
  - - {chart: bar, from: beds, x: beds, y: ward, title: Beds by ward}
"""


def files(theme: str = THEME) -> dict[str, str]:
    return {
        "specs/space.yaml": "kind: Space\nname: clinic\ntheme: partials/theme.yaml\n",
        "specs/partials/theme.yaml": theme,
        "specs/people.yaml": (
            "kind: Role\nname: worker\nclearance: internal\n"
            "allow: [{on: dashboard, actions: [read], when: member}]\n"
            "---\nkind: User\nname: ana\nrole: worker\n"
            "---\nkind: Network\nname: here\ncidrs: [127.0.0.0/8]\n"
        ),
        "specs/projects/p/project.yaml": "kind: Project\nname: p\nmembers: [ana]\n",
        "specs/projects/p/beds.yaml": "kind: Dataset\nname: beds\nfrom: {file: ../../../data/beds.csv}\n",
        "specs/projects/p/page.yaml": PAGE,
        "data/beds.csv": "ward,beds\na,30\nb,10\n",
    }


@pytest.fixture
def clinic(write_space: WriteSpace) -> Cli:
    cli = write_space(files())
    cli.ok("apply", "--yes")
    return cli


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "bar"), [("light", "rgb(106, 106, 244)"), ("dark", "rgb(133, 133, 246)")])
def test_pages_and_charts_take_the_spaces_tokens(
    clinic: Cli, chromium: Browser, scheme: str, bar: str
) -> None:
    page = chromium.new_page(color_scheme=scheme)  # type: ignore[arg-type]  # parametrized with the two words
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    try:
        page.goto((clinic.folder / ".dataspace/site/prod/projects/p/dashboards/beds.html").as_uri())
        mark = page.locator(".db-wide path[fill='#12436d' i]").first
        assert mark.evaluate("e => getComputedStyle(e).fill") == bar
        body = "getComputedStyle(document.body)"
        assert page.evaluate(f"{body}.fontFamily") == 'Marianne, "Liberation Serif", serif'
        accent = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')")
        assert accent.strip() == ("#000091" if scheme == "light" else "#6bace6"), "what is left out stays"
        assert said == []
    finally:
        page.close()


def test_paper_takes_the_spaces_tokens(clinic: Cli) -> None:
    out = clinic.folder / "beds.pdf"
    clinic.ok("export", "dashboard/p/beds", "--as", "ana", "--format", "pdf", "--out", str(out))
    document = pypdfium2.PdfDocument(out)
    picture = document[0].render(scale=1).to_pil().convert("RGB")
    document.close()
    assert (106, 106, 244) in {colour for _, colour in picture.getcolors(maxcolors=1_000_000) or ()}


def test_changing_the_theme_is_a_change_of_the_space(clinic: Cli) -> None:
    theme = clinic.folder / "specs/partials/theme.yaml"
    theme.write_text(THEME.replace("#6a6af4", "#000091"))
    assert "space/clinic" in clinic.ok("plan")
    clinic.ok("apply", "--yes")
    assert b"--c1: #000091" in (clinic.folder / ".dataspace/site/prod/assets/tokens.css").read_bytes()


@pytest.mark.parametrize(
    ("theme", "place", "complaint"),
    [
        ("light: {acent: '#000091'}", "1:9", 'Did you mean "accent"?'),
        ("light:\n  accent: red", "2:11", "a colour like #12436D"),
        ("light:\n  accent: 'url(https://x.example)'", "2:11", "a colour like #12436D"),
        ("font: 'x; } body { display: none'", "1:7", "names of fonts"),
        ("light: {muted: '#aaaaaa'}", "1:16", "`muted` on `surface` has a contrast of 2.3"),
        ("dark: {surface: '#eeeeee'}", "1:17", "`text` on `surface` has a contrast of"),
        ("light: {s5: '#eeeeff'}", "1:13", "its white text"),
    ],
)
def test_mistakes_in_a_theme_are_told_with_their_place(
    write_space: WriteSpace, theme: str, place: str, complaint: str
) -> None:
    done = write_space(files(theme))("validate")
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if complaint in line]
    assert lines, done.stderr
    assert lines[0].startswith(f"specs/partials/theme.yaml:{place}: error["), lines[0]


def test_a_theme_that_is_not_there_is_told_once(write_space: WriteSpace) -> None:
    texts = files()
    texts["specs/space.yaml"] = texts["specs/space.yaml"].replace("theme.yaml", "thme.yaml")
    done = write_space(texts)("validate")
    (told, *_) = done.stderr.splitlines()
    assert told.startswith("specs/space.yaml:3:8: error[unknown-partial]")
    assert 'Did you mean "partials/theme.yaml"?' in told
    assert "1 error" in done.stderr
