"""Writes the demo's data file: the shape and quirks of the HAS file, every person and place invented.

Real are only the names of the fifteen accredited bodies. The file has the header of the original, accents,
no-break spaces, departments 2A and 2B, empty cells, and one row per doctor and establishment. The same seed
gives the same bytes.

    python scripts/generate_demo_data.py specs/data/medecins.csv
"""

from __future__ import annotations

import csv
import datetime
import io
import random
import sys
from pathlib import Path

HEADER = (
    "N° RPPS", "Nom", "Prénom", "Spécialité", "Date accréditation", "OA", "Nom équipe", "Département",
    "FINESS", "Statut",
)  # fmt: skip

BODIES = {
    "ORTHORISQ": 1640, "CFAR": 1480, "GYNERISQ": 1210, "FCVD": 905, "ODPC-RIM": 610, "AFU": 480,
    "PLASTIRISQ": 290, "VASCURISQ": 275, "CEFA-HGE": 260, "SFCTCV": 210,
    "Collège de Neurochirurgie": 150, "Cardiorisq - ODP2C": 120, "OA CHIRPED": 70, "ORL-DPC": 60,
    "MAXILLORISQ": 48,
}  # fmt: skip
"""Accredited body (real name) to how many invented doctors it has."""

GIVEN = ("Éloïse", "Zoé", "Noël", "Maëlle", "François", "Chloé", "Jérôme", "Anaïs", "Béatrice", "Loïc")
STATUSES = ("Libéral", "Salarié", "Libéral et salarié", "Médecin militaire")
DEPARTMENTS = tuple(
    [f"{n:02}" for n in range(1, 20)] + ["2A", "2B"] + [f"{n:02}" for n in range(21, 96)] + ["971", "974"]
)
LAST_DAY = datetime.date(2026, 10, 15)
NBSP = "\u00a0"


def rows(seed: int) -> list[tuple[str, ...]]:
    """The rows of the file, in the order written."""
    chance = random.Random(seed)
    weights = [chance.paretovariate(1.1) for _ in DEPARTMENTS]
    found: list[tuple[str, ...]] = []
    number = 0
    for index, (body, doctors) in enumerate(BODIES.items()):
        for _ in range(doctors):
            number += 1
            found += doctor(chance, number, index, body, weights)
    chance.shuffle(found)
    return found


def doctor(
    chance: random.Random, number: int, index: int, body: str, weights: list[float]
) -> list[tuple[str, ...]]:
    """One row per establishment of an invented doctor."""
    rpps = f"99{number:09}"
    name = (f"FICTIF{chance.randrange(4000):04}", f"{chance.choice(GIVEN)}-{chance.randrange(200):03}")
    speciality = f"Spécialité d'exemple n°{index + 1}{NBSP if index % 3 else ' '}; Activité fictive{NBSP};"
    day = LAST_DAY - datetime.timedelta(days=7 * int(chance.triangular(0, 260, 40)))
    team = f"{body}-{chance.randrange(1, 40)}" if chance.random() < 0.3 else ""
    status = chance.choices(STATUSES, (70, 15, 15, 0.4))[0]
    department = chance.choices(DEPARTMENTS, weights)[0]
    places = chance.choices((1, 2, 3, 4), (84, 13, 2.5, 0.5))[0]
    lines = []
    for place in chance.sample(range(1, 60), places):
        # The third digit 9 is one that real FINESS numbers do not have.
        finess = f"{department[:2]}9{place:06}"
        known = chance.random() > 0.006
        lines.append(
            (rpps, *name, speciality, f"{day:%d/%m/%Y}", body, team)
            + ((department, finess) if known else ("", f"009{number:06}"))
            + (status,)
        )
    return lines


def text(seed: int = 20240912) -> str:
    """The whole file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows(seed))
    return out.getvalue()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
