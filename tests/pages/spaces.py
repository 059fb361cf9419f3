"""A small space that the tests of pages share: doctors, counts of them, and what is derived from counts."""

from __future__ import annotations

import textwrap

BODIES = ("AFU", "CFAR", "ORL", "Écho")
PLACES = ("2A", "75", "92")


def doctors() -> str:
    """300 accreditations of 90 doctors, several of them in more than one body and place."""
    lines = ["id,oa,dep,month,age,active"]
    for i in range(300):
        oa, dep = BODIES[(i * 7 + i // 11) % 4], PLACES[(i * 5 + i // 17) % 3]
        lines.append(f"d{(i * 13) % 90},{oa},{dep},2024-{i % 12 + 1:02d}-01,{30 + i * 3 % 41},{i % 3 > 0}")
    return "\n".join(lines) + "\n"


DATASET = """
kind: Dataset
name: doctors
title: Doctors
from: {file: ../../../doctors.csv}
columns:
  - {name: id, type: string}
  - {name: oa, type: string, title: Accredited body}
  - {name: dep, type: string}
  - {name: month, type: date}
  - {name: age, type: integer}
  - {name: active, type: boolean}
"""
FLOW = """
kind: Dataflow
name: counts
inputs: {doctors: doctors}
steps:
  - output: by_oa
    sql: select oa, count(distinct id) as doctors, count(*) as rows, avg(age) as age from doctors group by oa
  - output: by_both
    sql: select oa, dep, count(distinct id) as doctors, sum(age) as years from doctors group by oa, dep
"""


def dashboard(text: str, name: str = "page", data: str | None = None) -> dict[str, str]:
    """The files of a space with this dashboard (its document without kind, name and project)."""
    body = textwrap.dedent(text).strip("\n")
    return {
        "doctors.csv": doctors() if data is None else data,
        "projects/p/datasets/doctors.yaml": DATASET,
        "projects/p/dataflows/counts.yaml": FLOW,
        f"projects/p/dashboards/{name}.yaml": f"kind: Dashboard\nname: {name}\n{body}\n",
    }
