"""Pages that were drawn before are kept exactly as long as nothing they are made from changed."""

from __future__ import annotations

from engine.usecases.published import load_published
from engine.usecases.site import site_model
from engine.wiring import Workspace
from renderers.html.boards import MANY, board_files
from renderers.html.layout import Layout
from tests.conftest import Cli, WriteSpace
from tests.portal.conftest import TODAY

PAGE = """
kind: Dashboard
name: page{k}
title: Page {k}
datasets: {{beds: {{dataset: beds, where: "beds <> {k}"}}}}
filters: [{{name: ward, from: beds, column: ward, type: select}}]
rows:
  - - {{kpi: "sum(beds)", from: beds, title: Beds}}
    - {{chart: bar, from: beds, x: beds, y: ward, title: By ward}}
    - {{image: logo.svg, alt: A logo}}
"""


def files(pages: int) -> dict[str, str]:
    return {
        "specs/projects/p/project.yaml": "kind: Project\nname: p\ntitle: Clinic\n",
        "specs/projects/p/beds.yaml": (
            "kind: Dataset\nname: beds\nfrom: {file: ../../../data/beds.csv}\n"
            "columns: [{name: ward, type: string, title: Ward}, {name: beds, type: integer}]\n"
        ),
        "specs/projects/p/logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "data/beds.csv": "ward,beds\na,300\nb,100\n",
        **{f"specs/projects/p/page{k}.yaml": PAGE.format(k=k) for k in range(pages)},
    }


def test_many_pages_drawn_by_processes_are_those_drawn_one_by_one(write_space: WriteSpace) -> None:
    cli = write_space(files(MANY + 1))
    cli.ok("apply", "--yes")
    bench = Workspace(cli.folder / "specs")
    published = load_published(bench.state, "prod")

    def pages() -> dict[str, bytes]:
        model = site_model(bench, published, (), TODAY)
        together = board_files(model.pages, Layout("T"), None)
        alone = [board_files([page], Layout("T"), None) for page in model.pages]
        assert together == {path: content for found in alone for path, content in found.items()}
        return together

    drawn = pages()
    assert len([path for path in drawn if path.endswith(".html")]) == MANY + 1
    site = cli.folder / ".dataspace/site/prod"
    for path in drawn:
        assert path.endswith(".html") or (site / path).read_bytes() == drawn[path], path


def _edit(cli: Cli, path: str, old: str, new: str) -> None:
    target = cli.folder / path
    text = target.read_text()
    assert old in text
    target.write_text(text.replace(old, new))


P = "specs/projects/p"
CHANGES = {
    "data": ("data/beds.csv", "300", "317", "417"),
    "page": (f"{P}/page0.yaml", "title: Beds", "title: Places", "Places"),
    "label": (f"{P}/beds.yaml", "title: Ward", "title: Station", "Station"),
    "project": (f"{P}/project.yaml", "Clinic", "Hospital", "Hospital"),
    "picture": (f"{P}/logo.svg", 'width="9"', 'width="8"', "pictures/"),
    "language": ("specs/space.yaml", "name: test", "name: test\nlanguages: [fr]", "Données"),
}
"""What is changed: in which file, from what to what, and what the page says then."""


def test_a_kept_page_shows_every_change_of_what_it_is_made_from(write_space: WriteSpace) -> None:
    cli = write_space(files(1))
    cli.ok("apply", "--yes")
    page = cli.folder / ".dataspace/site/prod/projects/p/dashboards/page0.html"
    for what, (path, old, new, said) in CHANGES.items():
        before = page.read_text()
        _edit(cli, path, old, new)
        cli.ok("apply", "--yes")
        assert said in page.read_text(), what
        assert _body(page.read_text()) != _body(before), what


def _body(page: str) -> str:
    """A page without its foot, which names the run."""
    return page.partition('<footer class="foot">')[0]
