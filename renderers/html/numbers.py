"""Numbers, dates and marks as people of a language write them; assets/dashboard.js does the same."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from engine.core.pages.release import Cell, Field, Mark
from renderers.html import words

THIN = "\u202f"
NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "–"


@dataclass(frozen=True, slots=True)
class Language:
    """How one language writes numbers and dates, and the words of the page's own controls."""

    code: str
    group: str
    decimal: str
    percent: str
    """What goes before `%`."""
    points: str
    euro: tuple[str, str]
    """What goes before and after an amount."""
    scales: tuple[str, str, str]
    """Thousand, million, billion, with the space before."""
    months: tuple[str, ...]
    words: dict[str, str]
    byte: str = "B"
    """What stands for a byte; French counts octets."""


ENGLISH = Language(
    "en", ",", ".", "", f"{NBSP}pp", ("€", ""), ("k", "M", "B"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    words.ENGLISH,
)  # fmt: skip
FRENCH = Language(
    "fr", THIN, ",", THIN, f"{NBSP}pt", ("", f"{NBSP}€"), (f"{NBSP}k", f"{NBSP}M", f"{NBSP}Md"),
    (
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
    ),
    words.FRENCH,
    "o",
)  # fmt: skip


def language(code: str, floor: int = 0) -> Language:
    """The conventions of a language: English ones for a language whose own are not known here.

    Its words for what is withheld say the page's floor, where there is one.
    """
    found = FRENCH if code.split("-")[0] == "fr" else ENGLISH
    below = found.words["below"].replace("{floor}", str(floor)) if floor else ""
    own = {name: said.replace("{below}", below) for name, said in found.words.items()}
    return replace(found, code=code, words=own)


def shown(cell: Cell, field: Field, lang: Language) -> str:
    """A cell as text: formatted as its field says, a mark in words, nothing as a dash."""
    if isinstance(cell, Mark):
        return lang.words[cell.value]
    if cell is None:
        return DASH
    format = field.format or default_format(field)
    if field.width is None or isinstance(cell, str):
        return formatted(cell, format, lang)
    return " – ".join(_bin_end(end, format, field.width, lang) for end in (cell, cell + field.width))


def _bin_end(value: float, format: str, width: float, lang: Language) -> str:
    """An end of a bin; of a narrow one with as many decimals as tell its ends apart."""
    if format != "dec" or width >= 0.01:
        return formatted(value, format, lang)
    return _trimmed(number(value, -math.floor(math.log10(width)), lang), lang)


YEARS = ("year", "annee", "année", "an", "exercice", "millesime", "millésime")


def default_format(field: Field) -> str:
    """The format of a field that names none: by its type; years are not grouped."""
    if field.type == "integer":
        return "year" if field.name.lower() in YEARS else "integer"
    if field.numeric:
        return "dec"
    if field.type == "date":
        return "date"
    return "time" if field.temporal else "text"


DATES = ("date", "month", "year", "time")
DECIMALS = {"integer": 0, "dec1": 1, "dec2": 2}


def formatted(value: str | int | float | bool, format: str, lang: Language) -> str:
    """A value in one of the formats of SPECS.md (`dec`: up to two decimals; `time`: date and time)."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _dated(value, format, lang) if format in DATES else value
    if format in DECIMALS:
        return number(value, DECIMALS[format], lang)
    match format:
        case "dec":
            return _trimmed(number(value, 2, lang), lang)
        case "pct0" | "pct1":
            return f"{number(value * 100, int(format[-1]), lang)}{lang.percent}%"
        case "pp":
            return signed(number(value * 100, 1, lang)) + lang.points
        case "eur":
            return f"{lang.euro[0]}{number(value, 0, lang)}{lang.euro[1]}".replace(f"€{MINUS}", f"{MINUS}€")
        case "compact":
            return _compact(value, lang)
        case "duration":
            return _duration(value, lang)
        case _:
            return _bytes(value, lang) if format == "bytes" else _plain(value, lang)


def _plain(value: int | float, lang: Language) -> str:
    """A number that names something, like a year: without groups."""
    return number(value, 0, lang).replace(lang.group, "") if value == int(value) else str(value)


def signed(text: str) -> str:
    """A number's text with its sign said when it is positive."""
    return text if text.startswith(MINUS) or text.strip("0.,") == "" else f"+{text}"


def number(value: int | float, decimals: int, lang: Language) -> str:
    """A number with so many decimals, halves away from zero, groups of three, a true minus."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = (
        f"{abs(rounded):,.{decimals}f}".replace(",", "\0")
        .replace(".", lang.decimal)
        .replace("\0", lang.group)
    )
    return MINUS + text if rounded < 0 else text


def _trimmed(text: str, lang: Language) -> str:
    return text.rstrip("0").rstrip(lang.decimal) if lang.decimal in text else text


def _compact(value: int | float, lang: Language) -> str:
    for power, word in zip((9, 6, 3), reversed(lang.scales), strict=True):
        if abs(value) >= 10**power:
            scaled = value / 10**power
            return _trimmed(number(scaled, 1 if abs(scaled) < 100 else 0, lang), lang) + word
    return _trimmed(number(value, 1, lang), lang)


def _duration(seconds: int | float, lang: Language) -> str:
    """Hours and minutes, whole hours from a hundred on, minutes or seconds alone below."""
    sign, whole = MINUS if seconds <= -1 else "", abs(int(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours >= 100:
        return f"{sign}{number(hours, 0, lang)}{NBSP}h"
    if hours:
        return f"{sign}{hours}{NBSP}h{NBSP}{minutes:02d}"
    return f"{sign}{minutes}{NBSP}min" if minutes else f"{sign}{whole}{NBSP}s"


def _bytes(value: int | float, lang: Language) -> str:
    scales = ("", "k", "M", "G", "T")
    at = 0
    while abs(value) >= 1000 and at < len(scales) - 1:
        value, at = value / 1000, at + 1
    return f"{_trimmed(number(value, 1, lang), lang)}{NBSP}{scales[at]}{lang.byte}"


def _dated(text: str, format: str, lang: Language) -> str:
    try:
        day = datetime.date.fromisoformat(text[:10])
    except ValueError:
        return text
    if format == "year":
        return str(day.year)
    month = f"{lang.months[day.month - 1]}{NBSP}{day.year}"
    if format == "month":
        return month
    time = f"{NBSP}{text[11:16]}" if format == "time" and text[11:16] else ""
    return f"{day.day}{NBSP}{month}{time}"
