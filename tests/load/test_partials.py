"""Partials: a page as written becomes the page as meant, places pointing into the partial."""

from __future__ import annotations

from engine.addresses import Address
from engine.core.document import SourceFile
from engine.core.load import load
from engine.core.named_paths import named_paths
from engine.core.resolve import named_files
from engine.diagnostics import SourceSpan
from engine.model.dashboard import Dashboard
from engine.model.tiles import Image, Kpi, TextTile
from tests.load.spaces import loaded, mistakes, resolved, with_base

PAGE = """
    kind: Dashboard
    name: page
    datasets: {by_oa: by_oa}
    rows:
      - - {kpi: "sum(n)", from: by_oa}
        - {use: ../../partials/two.yaml, with: {who: HAS, n: 3}}
        - {kpi: "max(n)", from: by_oa}
    """
TWO = """
    - {text: "From {{ who }}, {{ n }} times, {{ region }}", width: "{{ n }}"}
    - {use: ../projects/p/partials/logo.yaml, title: Ours}
    """
LOGO = "image: ../pictures/logo.svg\nalt: Logo\ntitle: Theirs\n"
AT = "projects/p/dashboards/page.yaml"


def page(more: dict[str, str]) -> Dashboard:
    resources, diagnostics = loaded({AT: PAGE, **more})
    assert diagnostics == ()
    spec = resources[0].spec
    assert isinstance(spec, Dashboard)
    return spec


PARTIALS = {
    "projects/partials/two.yaml": TWO.replace("../projects/p", "../p"),
    "projects/p/partials/logo.yaml": LOGO,
}


def test_tiles_of_a_partial_stand_where_it_is_used() -> None:
    first, text, image, last = page(PARTIALS).rows[0]
    assert isinstance(first, Kpi)
    assert isinstance(last, Kpi)
    assert isinstance(text, TextTile)
    assert isinstance(image, Image)


def test_parameters_fill_texts_and_whole_values_keep_their_type() -> None:
    _, text, _, _ = page({**PARTIALS}).rows[0]
    assert isinstance(text, TextTile)
    assert text.text == "From HAS, 3 times, {{ region }}"
    assert text.width == 3


def test_what_the_page_writes_beside_use_goes_before_the_partial() -> None:
    image = page(PARTIALS).rows[0][2]
    assert image.title == "Ours"


def test_paths_in_a_partial_are_relative_to_the_partial() -> None:
    space, _ = resolved(with_base({AT: PAGE, **PARTIALS}))
    assert space is not None
    assert named_files(space) == ("specs/projects/p/pictures/logo.svg",)
    dashboard = space.resources[Address("dashboard", "p", "page")].spec
    assert [named.text for named in named_paths(dashboard)] == ["../pictures/logo.svg"]


def test_places_point_into_the_partial() -> None:
    resources, _ = load(
        [SourceFile(f"specs/{path}", text.encode()) for path, text in {**PARTIALS, AT: PAGE}.items()]
    )
    document = resources[0].document
    assert document.span("rows", 0, 1, "text") == SourceSpan("specs/projects/partials/two.yaml", 2, 14)
    assert document.span("rows", 0, 2, "image") == SourceSpan("specs/projects/p/partials/logo.yaml", 1, 8)
    assert document.span("rows", 0, 2, "title").file == "specs/projects/partials/two.yaml"
    assert document.span("rows", 0, 3, "kpi") == SourceSpan("specs/projects/p/dashboards/page.yaml", 8, 17)


def test_a_mistake_in_a_partial_is_told_in_the_partial() -> None:
    found = mistakes({AT: PAGE, **PARTIALS, "projects/p/partials/logo.yaml": "imag: x\n"})
    assert found == [
        'specs/projects/p/partials/logo.yaml:1:1: error[unknown-key]: Unknown key "imag".'
        ' A tile is exactly one of kpi, text, chart, table, vega_lite, map, image, use. Did you mean "image"?'
    ]


def one(use: str, partial: str) -> list[str]:
    text = f"""
        kind: Dashboard
        name: page
        datasets: {{by_oa: by_oa}}
        rows: [[{use}]]
        """
    found = mistakes({AT: text, "projects/p/dashboards/partials/a.yaml": partial})
    return [message.partition("error")[2] for message in found]


def test_an_unknown_partial_is_suggested() -> None:
    (message,) = one("{use: partials/b.yaml}", "text: a")
    assert (
        message == '[unknown-partial]: There is no partial "partials/b.yaml". Did you mean "partials/a.yaml"?'
    )


def test_an_unknown_parameter_is_suggested() -> None:
    (message,) = one("{use: partials/a.yaml, with: {regoin: x}}", 'text: "{{ region }}"')
    assert (
        message
        == '[partial]: The partial "partials/a.yaml" has no parameter "regoin". Did you mean "region"?'
    )


def test_a_partial_that_uses_itself_is_refused() -> None:
    assert "uses itself" in one("{use: partials/a.yaml}", "- {text: a}\n- {use: a.yaml}\n")[0]


def test_partials_cannot_multiply_without_bound() -> None:
    many = {
        f"projects/p/dashboards/partials/{i}.yaml": "\n".join(f"- {{use: {i + 1}.yaml}}" for _ in range(20))
        for i in range(6)
    }
    text = "{kind: Dashboard, name: page, datasets: {a: by_oa}, rows: [[{use: partials/0.yaml}]]}"
    found = mistakes({AT: text, **many, "projects/p/dashboards/partials/6.yaml": "text: a"})
    assert any("hold more than 2,000 tiles" in message for message in found)


def test_a_partial_is_a_tile_or_a_list_of_tiles() -> None:
    assert "A partial is one tile or a list of tiles." in one("{text: a}", "just text")[0]


def test_a_path_out_of_the_space_is_refused_in_a_partial_too() -> None:
    messages = one("{use: partials/a.yaml}", "{image: ../../../../../../x.svg, alt: x}")
    assert len(messages) == 1
    assert messages[0].startswith("[path]")


def test_partials_are_no_documents() -> None:
    resources, diagnostics = loaded({"projects/p/partials/x.yaml": "{kind: Dataset, name: x}"})
    assert resources == ()
    assert diagnostics == ()
