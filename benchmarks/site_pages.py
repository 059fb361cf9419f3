"""The same dashboards for this engine and for Observable Framework: ten tiles each over rows of their own.

A page: three numbers, a line, columns, bars, a heat map, a scatter plot, a text and a table of its thousand
rows, all under one filter. The same number of pages gives the same rows.
"""

from __future__ import annotations

import csv
import datetime
import json
import random
from collections.abc import Iterator
from pathlib import Path

ROWS = 1000
REGIONS = ("Bretagne", "Corse", "Grand Est", "Normandie", "Occitanie", "Provence")
BODIES = ("AFU", "CFAR", "ORL", "Gynerisq", "Plastirisq")
COLUMNS = ("page", "id", "region", "body", "month", "cases", "cost")
NAMES = tuple(f"page{i:03d}" for i in range(1000))


def rows(page: int) -> Iterator[tuple[int, str, str, str, str, int, int]]:
    """The rows of one page, as COLUMNS names them."""
    drawn = random.Random(page)
    for i in range(ROWS):
        month = datetime.date(2023 + i % 36 // 12, i % 12 + 1, 1).isoformat()
        cases = drawn.randrange(1, 90)
        place, body = drawn.choice(REGIONS), drawn.choice(BODIES)
        yield page, f"p{page:03d}-{i:04d}", place, body, month, cases, cases * drawn.randrange(20, 60)


ENGINE_SPACE = """\
kind: Space
name: pages
title: Pages
store: ../.dataspace
---
kind: Project
name: p
title: Project
---
kind: Dataset
name: figures
title: Figures
sensitivity: public
from: {file: ../figures.csv}
columns:
  - {name: page, type: integer}
  - {name: id, type: string}
  - {name: region, type: string}
  - {name: body, type: string}
  - {name: month, type: date}
  - {name: cases, type: integer}
  - {name: cost, type: integer}
---
kind: Network
name: here
cidrs: [127.0.0.0/8]
applies_to: everyone
"""
ENGINE_PAGE = """\
kind: Dashboard
name: {name}
title: {title}
datasets: {{f: {{dataset: figures, where: "page = {page}"}}}}
filters: [{{name: region, from: f, column: region, type: select}}]
rows:
  - - {{kpi: "sum(cases)", from: f, title: Cases}}
    - {{kpi: "sum(cost)", from: f, title: Cost, format: eur}}
    - {{kpi: "count(*)", from: f, title: Rows}}
  - - {{chart: line, from: f, x: month, y: "sum(cases)", title: Cases by month}}
    - {{chart: column, from: f, x: region, y: "sum(cases)", title: Cases by region}}
  - - {{chart: bar, from: f, x: "sum(cases)", y: body, title: Cases by body}}
    - {{chart: heatmap, from: f, x: body, y: region, value: "sum(cases)", title: Body and region}}
  - - {{chart: scatter, from: f, x: cases, y: cost, title: Cost of cases}}
    - {{text: "Counts of one page of a benchmark."}}
  - - {{table: f, columns: [id, region, body, month, cases, cost], page_size: 20, title: Rows of the page}}
"""


def write_engine(folder: Path, pages: int) -> None:
    """A space of that many dashboards."""
    specs = folder / "specs"
    boards = specs / "projects" / "p" / "dashboards"
    boards.mkdir(parents=True)
    (specs / "space.yaml").write_text(ENGINE_SPACE.split("---\nkind: Dataset")[0], encoding="utf-8")
    rest = "kind: Dataset" + ENGINE_SPACE.split("---\nkind: Dataset")[1]
    (specs / "projects" / "p" / "figures.yaml").write_text(
        rest.replace("file: ../figures.csv", "file: ../../../figures.csv"), encoding="utf-8"
    )
    with (folder / "figures.csv").open("w", newline="", encoding="utf-8") as file:
        written = csv.writer(file)
        written.writerow(COLUMNS)
        for page in range(pages):
            written.writerows(rows(page))
    for page in range(pages):
        text = ENGINE_PAGE.format(name=NAMES[page], title=f"Page {page}", page=page)
        (boards / f"{NAMES[page]}.yaml").write_text(text, encoding="utf-8")


OBSERVABLE_PAGE = """\
# {title}

```js
import * as Plot from "@observablehq/plot";
import * as Inputs from "@observablehq/inputs";
const all = (await FileAttachment("{name}.json").json()).map(d => ({{...d, month: new Date(d.month)}}));
const region = view(Inputs.select(["", ...new Set(all.map(d => d.region))], {{label: "Region"}}));
```

```js
const rows = region ? all.filter(d => d.region === region) : all;
document.documentElement.dataset.drawn = String(1 + Number(document.documentElement.dataset.drawn ?? 0));
```

<div class="grid grid-cols-3">
<div class="card"><h2>Cases</h2><span class="big">${{rows.reduce((a, d) => a + d.cases, 0)}}</span></div>
<div class="card"><h2>Cost</h2><span class="big">${{rows.reduce((a, d) => a + d.cost, 0)}}</span></div>
<div class="card"><h2>Rows</h2><span class="big">${{rows.length}}</span></div>
</div>
<div class="grid grid-cols-2">
{plots}
<div class="card">Counts of one page of a benchmark.</div>
</div>
<div class="card">${{Inputs.table(rows)}}</div>
"""
OBSERVABLE_PLOTS = (
    'Plot.lineY(rows, Plot.groupX({y: "sum"}, {x: "month", y: "cases"}))',
    'Plot.barY(rows, Plot.groupX({y: "sum"}, {x: "region", y: "cases"}))',
    'Plot.barX(rows, Plot.groupY({x: "sum"}, {x: "cases", y: "body"}))',
    'Plot.cell(rows, Plot.group({fill: "sum"}, {x: "body", y: "region", fill: "cases"}))',
    'Plot.dot(rows, {x: "cases", y: "cost"})',
)
PACKAGES = ("@observablehq/framework@1.13.4", "@observablehq/plot@0.6.17", "@observablehq/inputs@0.12.0")


def write_observable(folder: Path, pages: int) -> None:
    """A site of that many pages, each with its rows beside it; its packages are installed in the folder."""
    source = folder / "src"
    source.mkdir(parents=True)
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
    (folder / "observablehq.config.js").write_text(
        'export default {root: "src", title: "Pages", search: false, pager: false};\n', encoding="utf-8"
    )
    (source / "index.md").write_text("# Pages\n", encoding="utf-8")
    plots = "\n".join(
        f'<div class="card">${{Plot.plot({{marks: [{mark}]}})}}</div>' for mark in OBSERVABLE_PLOTS
    )
    for page in range(pages):
        name, title = NAMES[page], f"Page {page}"
        found = [dict(zip(COLUMNS[1:], row[1:], strict=True)) for row in rows(page)]
        (source / f"{name}.json").write_text(json.dumps(found), encoding="utf-8")
        text = OBSERVABLE_PAGE.format(name=name, title=title, plots=plots)
        (source / f"{name}.md").write_text(text, encoding="utf-8")
