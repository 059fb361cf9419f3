"""All that the specification says a dashboard may say, on one page: it validates, applies and is drawn."""

from __future__ import annotations

import json
import re

from tests.conftest import Cli, WriteSpace

FOLDER = "specs/projects/p"
PAGE = """\
kind: Dashboard
name: x
title: {fr: Médecins, en: Doctors}
summary: One sentence
datasets:
  by_oa: by_oa
  trend: {dataset: doctors_monthly, where: "year(month) >= 2022"}
  by_dep: by_dep
  sites: sites
source: {label: HAS, href: "https://example.org", licence: etalab-2.0}
as_of: by_oa.extracted_at
stale_after: 36h
filters:
  - {name: period, label: Period, from: trend, column: month, type: date_range, default: last_12_months}
  - {name: oa, from: by_oa, column: oa, type: multiselect}
  - {name: site, from: by_oa, column: site, type: select, depends_on: oa, applies_to: [by_oa, trend]}
rows:
  - - kpi: "sum(doctors)"
      from: by_oa
      title: Total
      format: integer
      target: 1200
      thresholds: [{below: 900, state: bad}, {below: 1200, state: warn}]
      spark: {from: trend, x: month, y: doctors}
    - kpi: "sum(doctors)"
      from: trend
      title: Trend
      compare: {to: previous_period, good: up}
    - {text: "**{{ sum(by_oa.doctors) | integer }}** on {{ as_of | date }}"}
  - - chart: line
      from: trend
      x: month
      y: sum(doctors)
      series: oa
      title: Doctors
      title_if: [{when: "delta(doctors) < 0", title: Fewer doctors this month}]
      stack: none
      facet: {by: region, columns: 3, scales: shared}
      labels: direct
      lines: [{y: 1200, label: Target}, {x: 2024-01-01, label: Decree}]
      bands: [{y: [900, 1200], label: Expected}]
      notes: [{x: 2024-06, y: 1010, text: Late returns}]
      link: {dashboard: body, with: {oa: "{oa}"}}
    - table: by_oa
      title: T
      columns:
        - oa
        - {column: doctors, format: integer, bar: true}
        - {column: rate, format: pct1, heat: {within: column}}
      totals: [row, column]
      share_of: none
      search: true
      download: csv
    - table: by_oa
      title: PV
      pivot: {rows: [oa], columns: [year], values: ["sum(doctors)"]}
  - - map: choropleth
      from: by_dep
      geometry: dep.geojson
      join: {dep: code}
      value: rate
      classes: {method: quantile, n: 5}
      title: Map
    - {map: points, from: sites, lat: lat, lon: lon, size: beds, title: Sites}
    - {image: logo.svg, alt: HAS}
  - - {use: partials/footer.yaml, with: {region: IDF}}
tests: [{expect: "count(by_oa) > 0"}]
"""
CHARTS = (
    ("bar", "sum(doctors)", "oa", ""),
    ("column", "oa", "sum(doctors)", ""),
    ("area", "year", "sum(doctors)", ""),
    ("scatter", "doctors", "rate", ""),
    ("dot", "sum(doctors)", "oa", ""),
    ("heatmap", "oa", "year", ", value: sum(doctors)"),
    ("pie", "oa", "sum(doctors)", ""),
    ("treemap", "oa", "sum(doctors)", ""),
    ("histogram", "doctors", "count(*)", ""),
    ("box", "oa", "doctors", ""),
    ("range", "oa", "[min(doctors), max(doctors)]", ""),
)
FLOW = """\
kind: Dataflow
name: f
inputs: {m: doctors_monthly}
steps:
  - output: by_oa
    sql: |
      select oa, site, region, year(month) as year, sum(doctors)::bigint as doctors, avg(rate) as rate,
             max(month) as extracted_at
      from m group by all
  - {output: by_dep, sql: "select site as dep, avg(rate) as rate from m group by 1"}
"""
BODY = """\
kind: Dashboard
name: body
title: Body
datasets: {d: by_oa}
filters: [{name: oa, from: d, column: oa, type: select}]
rows:
  - - {table: d, columns: [oa, doctors]}
"""
EACH = """\
kind: Dashboard
name: region
title: "Region {{ region }}"
each: {region: [IDF, BRE]}
datasets: {d: {dataset: by_oa, where: "region = '{{ region }}'"}}
tabs:
  - {title: Overview, slug: overview, rows: [[{table: d, columns: [oa, doctors]}]]}
  - {title: More, slug: more, rows: [[{text: hi}]]}
"""


def monthly() -> str:
    """Two years, two sites, two bodies."""
    rows = [
        f"202{year}-{month:02d}-01,{site},{oa},{region},{10 + month + year},{month / 10}"
        for year in (4, 5)
        for month in range(1, 13)
        for site, region in (("a", "IDF"), ("b", "BRE"))
        for oa in ("AFU", "CFAR")
    ]
    return "\n".join(["month,site,oa,region,doctors,rate", *rows]) + "\n"


def shapes() -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 48], [x + 1, 48], [x + 1, 49], [x, 49], [x, 48]]],
            },
        }
        for code, x in (("a", 1), ("b", 3))
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def full(write_space: WriteSpace) -> Cli:
    datasets = "kind: Dataset\nname: doctors_monthly\nsensitivity: public\nfrom: {file: m.csv}\n---\n"
    datasets += "kind: Dataset\nname: sites\nsensitivity: public\nfrom: {file: sites.csv}\n"
    charts = "".join(
        f"  - - {{chart: {kind}, from: by_oa, x: {x}, y: {y}, title: Chart {kind}{more}}}\n"
        for kind, x, y, more in CHARTS
    )
    head, tail = PAGE.split("  - - {use:", 1)
    return write_space(
        {
            f"{FOLDER}/project.yaml": "kind: Project\nname: p\n",
            f"{FOLDER}/datasets.yaml": datasets,
            f"{FOLDER}/m.csv": monthly(),
            f"{FOLDER}/sites.csv": "site,lat,lon,beds\na,48.8,2.3,10\nb,48.1,-1.6,20\n",
            f"{FOLDER}/f.yaml": FLOW,
            f"{FOLDER}/x.yaml": f"{head}{charts}  - - {{use:{tail}",
            f"{FOLDER}/body.yaml": BODY,
            f"{FOLDER}/region.yaml": EACH,
            f"{FOLDER}/partials/footer.yaml": "{text: 'Footer {{ region }}'}\n",
            f"{FOLDER}/dep.geojson": shapes(),
            f"{FOLDER}/logo.svg": "<svg xmlns='http://www.w3.org/2000/svg'><rect width='9'/></svg>",
        }
    )


def test_a_page_may_say_all_of_it_at_once(write_space: WriteSpace) -> None:
    cli = full(write_space)
    cli.ok("validate")
    cli.ok("apply", "--yes")
    assert "No changes" in cli.ok("plan")
    cli.ok("render", "--out", "site")
    dashboards = cli.folder / "site/projects/p/dashboards"
    page = (dashboards / "x.html").read_text(encoding="utf-8")
    for title in ["Total", "Trend", "Map", "Sites", *(f"Chart {kind}" for kind, *_ in CHARTS)]:
        assert re.search(rf">\s*{title}\s*<", page), title
    assert "Footer IDF" in page
    assert {p.name for p in dashboards.glob("*.html")} == {
        "x.html",
        "body.html",
        "region.html",
        "region.BRE.html",
    }


def test_a_filter_lies_on_columns_that_are_there(write_space: WriteSpace) -> None:
    cli = full(write_space)
    page = cli.folder / FOLDER / "x.yaml"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("column: oa, type: multiselect", "column: oaa, type: multiselect"), "utf-8")
    done = cli("validate")
    assert done.returncode == 1
    assert re.search(r'x\.yaml:\d+:\d+: error\[.*"oaa".*Did you mean "oa"', done.stderr)
