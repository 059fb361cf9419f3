"""`engine export` of a dashboard: PDF, PNG and CSV through the real command, without a browser."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from tests.conftest import Cli

PEOPLE = """
kind: Role
name: worker
clearance: restricted
allow:
  - {on: dashboard, actions: [read], when: member}
  - {on: dataset, actions: [see, preview, export, use], when: member}
---
kind: User
name: ana
role: worker
---
kind: User
name: bob
role: worker
---
kind: User
name: eve
role: worker
---
kind: Network
name: everywhere
cidrs: [127.0.0.0/8]
---
kind: DataPolicy
name: north-only
datasets: [p/sales]
to: user:bob
rows: "region = 'North'"
"""
DASHBOARD = """
kind: Dashboard
name: sales
title: {en: Sales, fr: Ventes}
datasets: {sales: sales}
source: {label: The till}
filters:
  - name: region
    label: {en: Region, fr: Région}
    from: sales
    column: region
    type: multiselect
    default: [North, South]
  - {name: day, from: sales, column: day, type: date_range}
tabs:
  - title: First
    slug: first
    rows:
      - - {kpi: "sum(amount)", from: sales, title: Amount}
        - {chart: column, from: sales, x: region, y: amount, title: By region}
        - {image: logo.svg, alt: A logo}
  - title: Second
    slug: second
    rows:
      - - {table: sales, columns: [region, item, amount], title: Every sale}
      - - {table: sales, columns: [region, "sum(amount)"], title: Totals, download: false}
"""
ITEMS = ("=1+1", "-5", "+x", "@cmd", 'say "so"', "a,b")


def sales() -> str:
    """80 sales of odd things in two regions, and one in a third."""
    lines = ["region,item,amount,day"]
    for i in range(80):
        item = ITEMS[i] if i < len(ITEMS) else f"item {i}"
        quoted = '"' + item.replace('"', '""') + '"'
        lines.append(f"{'North' if i % 2 else 'South'},{quoted},{i + 1},2026-{i % 12 + 1:02d}-01")
    return "\n".join([*lines, "Far,canary-item,4711,2026-01-01"]) + "\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A space with one dashboard in two languages, applied."""
    folder = tmp_path_factory.mktemp("shop")
    files = {
        "specs/space.yaml": "kind: Space\nname: shop\nlanguages: [en, fr]\n",
        "specs/people.yaml": PEOPLE,
        "specs/projects/p/project.yaml": "kind: Project\nname: p\ntitle: Shop\nmembers: [ana, bob]\n",
        "specs/projects/p/sales.yaml": "kind: Dataset\nname: sales\nfrom: {file: ../../../data/sales.csv}\n",
        "specs/projects/p/page.yaml": DASHBOARD,
        "specs/projects/p/logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "data/sales.csv": sales(),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    cli = Cli(folder)
    cli.ok("apply", "--yes", "--now", "2026-11-24")
    return cli


def exported(cli: Cli, out: Path, *words: str, reader: str = "ana") -> bytes:
    """What `engine export` of the dashboard writes."""
    cli.ok("export", "dashboard/p/sales", "--as", reader, "--out", str(out), *words)
    return out.read_bytes()


def texts(pdf: bytes) -> list[str]:
    """The text of each page of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    found = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return found


def test_a_pdf_has_all_tabs_stamped_filters_and_table_headings_on_every_page(
    shop: Cli, tmp_path: Path
) -> None:
    pages = texts(exported(shop, tmp_path / "sales.pdf", "--format", "pdf"))
    whole = "\n".join(pages)
    for said in ("Sales", "First", "Second", "Amount", "By region", "The till", "item 79"):
        assert said in whole, said
    assert "Region North, South; Day from 2026-01-01 to 2026-12-01" in whole.replace("\r\n", " ")
    carried_on = [page for page in pages if "item 5" in page or "item 7" in page]
    assert len(carried_on) > 1
    assert all("Region" in page and "Item" in page for page in carried_on)
    assert all(f"{k} / {len(pages)}" in page for k, page in enumerate(pages, 1))
    assert "canary" not in whole, "what the filters leave out at first is not on paper"


def test_a_pdf_speaks_the_language_asked_for(shop: Cli, tmp_path: Path) -> None:
    (first, *_) = texts(exported(shop, tmp_path / "ventes.pdf", "--format", "pdf", "--language", "fr"))
    assert "Ventes" in first
    assert "Filtres : Région North, South" in first.replace("\r\n", " ")
    refused = shop(
        "export", "dashboard/p/sales", "--as", "ana", "--out", "x.pdf", "--format", "pdf", "--language", "de"
    )
    assert refused.returncode == 2


@pytest.mark.parametrize("form", ["pdf", "csv"])
def test_two_processes_in_two_time_zones_write_the_same_bytes(shop: Cli, tmp_path: Path, form: str) -> None:
    made = []
    for k, zone in enumerate(("UTC", "Pacific/Auckland")):
        out = tmp_path / f"{k}.{form}"
        words = ("export", "dashboard/p/sales", "--as", "ana", "--format", form, "--out", str(out))
        done = (
            shop(*words, "--tile", "every sale", env={"TZ": zone})
            if form == "csv"
            else shop(*words, env={"TZ": zone})
        )
        assert done.returncode == 0, done.stderr
        made.append(out.read_bytes())
    assert made[0] == made[1]


def test_a_picture_is_the_whole_page_and_not_more(shop: Cli, tmp_path: Path) -> None:
    picture = Image.open(io.BytesIO(exported(shop, tmp_path / "sales.png", "--format", "png")))
    assert picture.format == "PNG"
    assert picture.width == 1860
    assert picture.height > 1860, "both tabs and every row"
    last = picture.convert("L").crop((0, picture.height - 120, picture.width, picture.height))
    assert last.getextrema()[0] < 255, "it ends where the content ends"


def test_a_csv_is_what_the_table_shows_and_no_spreadsheet_runs_it(shop: Cli, tmp_path: Path) -> None:
    text = exported(shop, tmp_path / "sales.csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Region", "Item", "Amount"]
    assert len(rows) == 81
    items = {row[1] for row in rows[1:]}
    assert {"'=1+1", "-5", "'+x", "'@cmd", 'say "so"', "a,b"} <= items
    assert "canary-item" not in items


def test_several_tables_are_named_or_go_into_an_archive(shop: Cli, tmp_path: Path) -> None:
    chart = exported(shop, tmp_path / "c.csv", "--tile", "By region").decode("utf-8-sig")
    assert chart.splitlines() == ["Region,Amount", "North,1640", "South,1600"]
    with zipfile.ZipFile(io.BytesIO(exported(shop, tmp_path / "all.zip"))) as archive:
        assert archive.namelist() == ["t2-by-region.csv", "t4-every-sale.csv"], "`download: false` is kept"
        assert archive.read("t2-by-region.csv").decode("utf-8-sig") == chart
    unknown = shop("export", "dashboard/p/sales", "--as", "ana", "--out", "x.csv", "--tile", "Evry sale")
    assert unknown.returncode == 1
    assert 'Did you mean "Every sale"?' in unknown.stderr
    kept = shop("export", "dashboard/p/sales", "--as", "ana", "--out", "x.csv", "--tile", "Totals")
    assert kept.returncode == 1
    assert not (shop.folder / "x.csv").exists()


def test_withheld_cells_are_words_on_paper_and_in_csv(applied_demo: Cli, tmp_path: Path) -> None:
    page = ("export", "dashboard/open-data/accreditation", "--as", "leo")
    table = tmp_path / "of" / "today" / "a.csv"
    applied_demo.ok(*page, "--out", str(table))  # folders that are not there are made
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    withheld = [row for row in rows if row["Doctors"] == "withheld: fewer than 5"]
    assert withheld
    assert all(int(row["Doctors"]) >= 5 for row in rows if row not in withheld)
    applied_demo.ok(*page, "--format", "pdf", "--out", str(tmp_path / "a.pdf"))
    said = "\n".join(texts((tmp_path / "a.pdf").read_bytes()))
    assert "a value about fewer than 5, or one that would tell of fewer than 5" in " ".join(said.split())
    assert said.count("withheld") == len(withheld) + 1


def test_policy_decides_who_may_export_a_page_and_what_is_on_it(shop: Cli, tmp_path: Path) -> None:
    for form in ("pdf", "png", "csv"):
        refused = shop(
            "export", "dashboard/p/sales", "--as", "eve", "--format", form, "--out", str(tmp_path / "no")
        )
        assert refused.returncode == 1
        assert "eve may not read dashboard/p/sales" in refused.stderr
        assert not (tmp_path / "no").exists()
    unknown = shop(
        "export", "dashboard/p/none", "--as", "eve", "--format", "pdf", "--out", str(tmp_path / "no")
    )
    assert "eve may not read dashboard/p/none" in unknown.stderr
    assert "South" not in exported(shop, tmp_path / "bob.csv", reader="bob").decode()
    assert "1,640" in texts(exported(shop, tmp_path / "bob.pdf", "--format", "pdf", reader="bob"))[0]
    log = "".join(path.read_text() for path in (shop.folder / ".dataspace/logs").rglob("*") if path.is_file())
    assert "dashboard/p/sales" in log


def test_forms_fit_what_is_exported(shop: Cli) -> None:
    for words in (
        ("dashboard/p/sales", "--format", "parquet"),
        ("dataset/p/sales", "--format", "pdf"),
        ("dataset/p/sales", "--tile", "t1"),
        ("dashboard/p/sales", "--format", "pdf", "--tile", "t1"),
    ):
        assert shop("export", *words, "--as", "ana", "--out", "x").returncode == 2, words


class _Counts(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_paper_fetches_nothing(shop: Cli, tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Counts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        logo = shop.folder / "specs/projects/p/logo.svg"
        logo.write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
            f'<image width="9" height="9" href="http://127.0.0.1:{server.server_port}/x.png"/></svg>'
        )
        shop.ok("apply", "--yes", "--now", "2026-11-24")
        exported(shop, tmp_path / "sales.pdf", "--format", "pdf")
    finally:
        server.shutdown()
        server.server_close()
    assert _Counts.asked == 0


def test_a_machine_without_pango_is_told_in_a_line(shop: Cli, tmp_path: Path) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n")
    done = shop(
        "export", "dashboard/p/sales", "--as", "ana", "--format", "pdf", "--out", str(tmp_path / "x.pdf"),
        env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: PDF and PNG need the library Pango, which is not on this machine.",
        "hint: on Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
    ]
