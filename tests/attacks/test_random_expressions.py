"""Random expressions over people, on pages and in steps: refused, or they expose nobody."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from tests.attacks.figures import Reader, number_of_rows, rows_of, value_of
from tests.attacks.oracle import Cut, Figure, exposed
from tests.attacks.random_expressions import Meaning, People, Unknown, expressions
from tests.attacks.random_spaces import World, world
from tests.attacks.together import accepted
from tests.conftest import Cli

NIGHTLY = os.environ.get("ENGINE_NIGHTLY") == "1"
BATCHES = range(60 if NIGHTLY else 1)
NUMBER = 40
NOW = "2026-11-24"
ATTACKED: World = world("attacked", 6, floor=5)
WITHHELD = re.compile(r"^(suppressed|withheld.*|not available|–|—|-|)$")
SPACE = {
    "space.yaml": "kind: Space\nname: expressions\ntitle: Expressions\n",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: A project\n",
    "network.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "attacked.csv": ATTACKED.csv(),
}
Found = Mapping[str, list[str]]
FIRST = ATTACKED.population.names[0]


@dataclass(frozen=True)
class Tried:
    """One expression in one place."""

    name: str
    text: str
    place: Literal["kpi", "step"]

    @property
    def source(self) -> str:
        """The dataset that the page shows."""
        return "attacked" if self.place == "kpi" else f"{self.name}_out"

    def documents(self) -> Iterator[tuple[str, str]]:
        """Its page, and its dataflow where it stands in a step."""
        head = f"kind: Dashboard\nname: {self.name}\ntitle: Page\ndatasets: {{d: {self.source}}}\nrows:\n"
        if self.place == "kpi":
            tile = f"{{kpi: {json.dumps(self.text)}, from: d, title: T, format: text}}"
            yield f"dashboards/{self.name}.yaml", f"{head}  - [{tile}]\n"
            return
        sql = f"select {FIRST}, {self.text} as v from people group by {FIRST}"
        step = f"  - output: {self.source}\n    sql: {json.dumps(sql)}\n"
        flow = f"kind: Dataflow\nname: {self.name}\ninputs: {{people: attacked}}\nsteps:\n{step}"
        yield f"dataflows/{self.name}.yaml", flow
        tile = f"{{table: d, columns: [{FIRST}, v], title: T}}"
        yield f"dashboards/{self.name}.yaml", f"{head}  - [{tile}]\n"


def tried(batch: int) -> list[Tried]:
    """The expressions of a batch, in turn on pages and in steps."""
    texts = expressions(People(ATTACKED.population), batch, NUMBER)
    return [Tried(f"x{i:03d}", text, "step" if i % 3 == 0 else "kpi") for i, text in enumerate(texts)]


def written(folder: Path, every: Sequence[Tried]) -> Cli:
    """The space with these expressions, beside the world's own first release."""
    for path in (folder / "specs").rglob("*.yaml"):
        path.unlink()
    files = {**SPACE, **{f"projects/p/{name}": text for name, text in ATTACKED.documents(0).items()}}
    files |= {f"projects/p/{name}": text for each in every for name, text in each.documents()}
    for name, text in files.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Cli(folder)


def told_by(site: Path, each: Tried) -> Iterator[tuple[str, Cut]]:
    """What the page of an expression shows, and of whom."""
    text = (site / f"projects/p/dashboards/{each.name}.html").read_text(encoding="utf-8")
    if each.place == "kpi":
        yield value_of(text, "T"), Cut()
        return
    for label, value in rows_of(text, "T"):
        yield value, Cut.of(**{FIRST: label})


def known(site: Path) -> list[Figure]:
    """What the world's own pages tell."""
    found: list[Figure] = []
    for i in ATTACKED.releases[0][1]:
        page = ATTACKED.pages[i]
        text = (site / f"projects/p/dashboards/{page.name}.html").read_text(encoding="utf-8")
        found += Reader(ATTACKED.population, page, text).figures()
    text = (site / "projects/p/datasets/attacked.html").read_text(encoding="utf-8")
    return [*found, *number_of_rows(ATTACKED.population, Cut(), text, "attacked")]


@pytest.fixture(scope="module", params=BATCHES)
def batch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What became of the expressions: crashes, forms that should be refused, and who is exposed."""
    folder = tmp_path_factory.mktemp("expressions")
    left, out = accepted(folder, tried(request.param), written)
    site = (folder / ".dataspace/site/prod").resolve()
    meaning = Meaning(People(ATTACKED.population), ATTACKED.floor)
    figures, unknown = known(site), []
    for each in left:
        for value, cut in told_by(site, each):
            try:
                figures += _read(meaning, each.text, value, cut)
            except Unknown as mistake:
                unknown.append(f"{each.place} {each.text} shows {value!r} of {cut}: {mistake}")
    return {
        "crashed": [f"{name}: {line}" for name, line in out.crashed.items()],
        "unknown": unknown,
        "exposed": exposed(ATTACKED.population, figures, ATTACKED.floor),
    }


def _read(meaning: Meaning, text: str, value: str, cut: Cut) -> list[Figure]:
    """What a value on a page tells."""
    if WITHHELD.match(value):
        return []
    try:
        number = float(value.replace(",", "").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        raise Unknown("it is no number") from None
    return list(meaning.figures(text, number, _step(value, number), cut))


def _step(value: str, number: float) -> float:
    """How far the truth may be from a value as it is written."""
    places = len(value.partition(".")[2])
    return 0.5000001 * 10.0**-places if 0 < places < 6 else 1e-9 * max(1.0, abs(number))


@pytest.mark.slow
def test_an_expression_of_no_known_form_is_refused_and_shows_nothing(batch: Found) -> None:
    assert batch["unknown"] == [], "\n".join(batch["unknown"])


@pytest.mark.slow
def test_what_is_accepted_exposes_nobody(batch: Found) -> None:
    assert batch["exposed"] == [], "\n".join(batch["exposed"])


@pytest.mark.slow
def test_no_expression_makes_a_command_crash(batch: Found) -> None:
    assert batch["crashed"] == [], "\n".join(batch["crashed"])
