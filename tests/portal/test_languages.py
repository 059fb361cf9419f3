"""The portal in a second language: the same pages below its code, and nothing left in the first."""

from __future__ import annotations

import html
import json
import posixpath
import re
from pathlib import Path

import pytest

from renderers.html.portal_words import Words
from tests.conftest import Cli
from tests.pages.harness import PEOPLE, workspace
from tests.pages.spaces import dashboard
from tests.portal.conftest import Files, drawn
from tests.portal.test_tree import pages
from tests.portal.test_what_pages_say import text

TEMPLATES = Path(__file__).parents[2] / "renderers/html/templates"
FRENCH = json.loads((TEMPLATES.parent / "languages/fr.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def both(bilingual_folder: Path) -> Files:
    """The operator's tree of the demo in English and French."""
    return drawn(bilingual_folder, None)


def test_every_page_of_the_first_language_is_there_in_the_second(both: Files) -> None:
    first = {path for path in both if path.endswith(".html") and not path.startswith("fr/")}
    assert {f"fr/{path}" for path in first} == {
        path for path in both if path.startswith("fr/") and path.endswith(".html")
    }
    assert len(first) > 30


def test_every_link_stays_in_its_language_but_for_the_switch(both: Files) -> None:
    for path, page in pages(both):
        for link in page.links:
            if link.startswith(("data:", "mailto:", "https://", "#")):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link.partition("#")[0]))
            assert target in both, f"{path} links to {link}"
            if target.endswith(".html") and path.startswith("fr/") != target.startswith("fr/"):
                assert target.removeprefix("fr/") == path.removeprefix("fr/"), f"{path} links to {link}"


def test_a_page_says_its_language_and_links_to_itself_in_the_other(both: Files) -> None:
    french, english = both["fr/catalog/index.html"].decode(), both["catalog/index.html"].decode()
    assert '<html lang="fr">' in french
    assert '<html lang="en">' in english
    assert '<a href="../fr/catalog/index.html" lang="fr" hreflang="fr">FR</a>' in english
    assert '<a href="../../catalog/index.html" lang="en" hreflang="en">EN</a>' in french


def test_no_text_of_the_portal_is_left_in_english(both: Files) -> None:
    meant = {**FRENCH["texts"], **FRENCH["said"]}
    english = [
        said for said, french in meant.items() if len(said) > 14 and "{}" not in said and said not in french
    ]
    assert len(english) > 80
    for path in both:
        if path.startswith("fr/") and path.endswith(".html") and not re.search("fr/docs/(?!index)", path):
            said = text(both, path)
            left = [words for words in english if words in said]
            assert left == [], path


def test_every_text_in_a_template_has_its_translation() -> None:
    quoted = re.compile(r"""\b_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
    for template in (TEMPLATES / "base.html.j2", *(TEMPLATES / "portal").iterdir()):
        for found in quoted.finditer(template.read_text(encoding="utf-8")):
            assert (found.group(1) or found.group(2)) in FRENCH["texts"], template.name


def test_texts_of_authors_numbers_and_dates_are_in_the_language(both: Files) -> None:
    page = "projects/open-data/datasets/medecins_accredites_has.html"
    assert "<dd>9\u202f348</dd>" in both[f"fr/{page}"].decode()
    assert "Rows 9,348" in text(both, page)
    assert "novembre 2026" in text(both, f"fr/{page}")
    assert "Données de santé ouvertes" in text(both, "fr/projects/index.html")
    assert "Open health data" in text(both, "projects/index.html")


NAMED = {
    "space.yaml": "kind: Space\nname: s\n"
    "title: {en: Harbour health, fr: Santé du port}\nlanguages: [en, fr]\n",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: {en: A project, fr: Un projet}\n",
    "catalog/beds.yaml": "kind: CatalogEntry\nname: beds\ndataset: p/counts\naccess: open\n",
    "projects/p/flow.yaml": """
kind: Dataflow
name: flow
inputs: {doctors: doctors}
steps:
  - output: counts
    title: {en: Doctors by body, fr: Médecins par organisme}
    sql: select oa, count(distinct id) as doctors from doctors group by oa
""",
}
PAGE = """
title: {en: "All {{ sum(d.doctors) }} doctors", fr: "Les {{ sum(d.doctors) }} médecins"}
summary: {en: "{{ count(d) }} bodies", fr: "{{ count(d) }} organismes"}
datasets: {d: counts}
rows:
  - - {kpi: "sum(doctors)", from: d, title: Doctors}
"""


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A space with names in two languages; one of four bodies has three doctors, and one hides it."""
    folder = tmp_path_factory.mktemp("named")
    data = "".join(f"d{i},{'BCDA'[(i > 2) + (i > 11) + (i > 23)]},75,2024-01-01,40,true\n" for i in range(90))
    files = dashboard(PAGE, data=f"id,oa,dep,month,age,active\n{data}") | NAMED
    files["projects/p/datasets/doctors.yaml"] += "protect: {unit: id, min_cell: 5}\n"
    del files["projects/p/dataflows/counts.yaml"]
    files["people.yaml"] = PEOPLE.replace('[0.0.0.0/0, "::/0"]', "[127.0.0.0/8]")
    workspace(folder, files)
    Cli(folder).ok("apply", "--yes", "--now", "2026-11-24")
    site = folder / ".dataspace/site/prod"
    return {str(p.relative_to(site)): p.read_bytes() for p in site.rglob("*.html")}


def test_every_page_names_space_and_project_in_its_language(named: Files) -> None:
    for path in named:
        french = path.startswith("fr/")
        assert ("Santé du port" if french else "Harbour health") in text(named, path), path
        assert ("Harbour health" if french else "Santé du port") not in text(named, path), path
    assert "Projets Un projet Les non disponible" in text(named, "fr/projects/p/dashboards/page.html")
    assert "Projects A project All not available" in text(named, "projects/p/dashboards/page.html")


def test_an_entry_without_a_title_is_called_as_its_dataset_is(named: Files) -> None:
    assert "Doctors by body" in text(named, "catalog/index.html")
    assert "Médecins par organisme" in text(named, "fr/search/index.html")


def test_the_mark_of_withheld_numbers_in_first_rows_is_in_the_language(named: Files) -> None:
    assert "oa doctors A 66 D 12 C withheld" in text(named, "projects/p/datasets/counts.html")
    assert "oa doctors A 66 D 12 C non communiqué" in text(named, "fr/catalog/beds.html")


def test_lists_show_no_expression_where_a_page_shows_a_number(named: Files) -> None:
    home = text(named, "index.html")
    assert "All … doctors" in home
    assert not any("{{" in text(named, path) for path in named if "docs/" not in path)


def test_a_reader_sees_no_more_in_the_second_language(bilingual_folder: Path) -> None:
    tree = drawn(bilingual_folder, "leo")
    assert {p.removeprefix("fr/") for p in tree if p.startswith("fr/")} <= set(tree)
    assert not any("medecins" in p for p in tree)
    assert "num_rpps" not in b"".join(tree.values()).decode("utf-8", "replace").replace("column num_rpps", "")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Check row_count warned", "Le contrôle row_count avertit"),
        ("fewer than 5", "moins de 5"),
        ("12,345", "12\u202f345"),
        ("as of 24 November", "au 24 November"),
        ("expires in 12 days", "expire dans 12 jours"),
        ("The latest run failed", "La dernière exécution : échoué"),
        ("dataset, within clearance: see, use", "jeu de données, dans l’habilitation : voir, utiliser"),
        ("see, nothing known", "see, nothing known"),
        ("nothing known of this", "nothing known of this"),
    ],
)
def test_what_use_cases_say_is_translated_with_what_is_in_it(said: str, meant: str) -> None:
    assert Words("fr").told(said) == meant
    assert Words("en").told(said) == said


@pytest.mark.parametrize(
    ("code", "meant"), [("en", "as of 1 March 2026, 08:05 UTC"), ("fr", "au 1er mars 2026, 08:05 UTC")]
)
def test_times_in_what_use_cases_say_are_written_for_people(code: str, meant: str) -> None:
    assert Words(code).told("as of 2026-03-01T08:05:09Z") == meant


def test_french_writes_sizes_times_and_plurals_its_own_way() -> None:
    french = Words("fr-FR")
    assert french.size(1_234_567) == "1,23\u00a0Mo"
    assert french.duration(3.14) == "3,1\u00a0s"
    assert french.duration(3900 * 2) == "2\u00a0h\u00a010\u00a0min"
    assert french.day("2026-03-01T08:00:00Z") == "1er mars 2026"
    assert french.counts((0, "dataset"), (1, "dashboard"), (2, "project")) == "1 tableau de bord et 2 projets"
    assert html.escape(french.say("Welcome, {}", "Léo")) == "Bienvenue, Léo"
