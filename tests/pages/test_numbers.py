"""Numbers and dates as French and English people write them, at build time and in the page alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from renderers.html.numbers import formatted, language
from tests.pages.harness import model, write_pages
from tests.pages.spaces import dashboard
from tests.pages.test_browser import filtered, opened

SAID = [
    (1234567, "integer", "1,234,567", "1\u202f234\u202f567"),
    (-1234.5, "dec1", "\u22121,234.5", "\u22121\u202f234,5"),
    (0.125, "dec2", "0.13", "0,13"),
    (-0.001, "dec2", "0.00", "0,00"),
    (12400, "compact", "12.4k", "12,4\u00a0k"),
    (2_500_000_000, "compact", "2.5B", "2,5\u00a0Md"),
    (0.1234, "pct1", "12.3%", "12,3\u202f%"),
    (0.5, "pct0", "50%", "50\u202f%"),
    (0.021, "pp", "+2.1\u00a0pp", "+2,1\u00a0pt"),
    (-1234, "eur", "\u2212€1,234", "\u22121\u202f234\u00a0€"),
    (7500, "duration", "2\u00a0h\u00a005", "2\u00a0h\u00a005"),
    (1536000, "bytes", "1.5\u00a0MB", "1,5\u00a0Mo"),
    (12, "bytes", "12\u00a0B", "12\u00a0o"),
    (-232_272_000, "duration", "\u221264,520\u00a0h", "\u221264\u202f520\u00a0h"),
    (-90, "duration", "\u22121\u00a0min", "\u22121\u00a0min"),
    ("2024-07-01", "date", "1\u00a0Jul\u00a02024", "1\u00a0juil.\u00a02024"),
    ("2024-07-01", "month", "Jul\u00a02024", "juil.\u00a02024"),
    (2024, "year", "2024", "2024"),
]


@pytest.mark.parametrize(("value", "format", "english", "french"), SAID)
def test_a_value_is_written_as_its_language_does(
    value: float | str, format: str, english: str, french: str
) -> None:
    assert formatted(value, format, language("en")) == english
    assert formatted(value, format, language("fr")) == french


@pytest.mark.browser
@pytest.mark.parametrize("code", ["en", "fr"])
def test_the_page_writes_numbers_as_the_build_did(chromium: Any, tmp_path: Path, code: str) -> None:
    """Under a filter that lets everything through, every cell reads as it did before."""
    formats = ("integer", "dec1", "dec2", "compact", "pct0", "pct1", "pp", "eur", "duration", "bytes")
    columns = ", ".join(f"{{column: 'sum({f})', format: {f}}}" for f in formats)
    values = [0, 1, -1, 0.5, 1.005, 2.675, -0.25, 999.95, 1000, 12345.678, -7654321.5, 9.8e9, 59, 3600, 86399]
    files = dashboard(
        "title: T\ndatasets: {n: n}\nfilters: [{name: k, from: n, column: k, type: slider}]\n"
        f"rows: [[{{table: n, columns: [k, day, {columns}], title: All, page_size: 99}}]]"
    )
    files["space.yaml"] = f"kind: Space\nname: test\nlanguages: [{code}]\n"
    files["n.csv"] = "k,day," + ",".join(formats) + "\n" + "".join(
        f"{i},2024-{i % 12 + 1:02d}-09," + ",".join([repr(v)] * len(formats)) + "\n"
        for i, v in enumerate(values)
    )  # fmt: skip
    files["projects/p/datasets/n.yaml"] = (
        "kind: Dataset\nname: n\nfrom: {file: ../../../n.csv}\n"
        "columns:\n  - {name: k, type: integer}\n  - {name: day, type: date}\n"
    ) + "".join(f"  - {{name: {f}, type: float}}\n" for f in formats)
    page = write_pages(tmp_path / "site", model(tmp_path, files, "page"))
    texts = "[...document.querySelectorAll('tbody td')].map(cell => cell.textContent)"
    with opened(chromium, page.as_uri()) as tab:
        built = tab.evaluate(texts)
    with opened(chromium, f"{page.as_uri()}?k=-1..999") as tab:
        filtered(tab)
        assert tab.evaluate(texts) == built
