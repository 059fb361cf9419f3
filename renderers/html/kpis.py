"""Single numbers: the value, how it compares, its state and its small line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.core.pages.release import Answer, Cell, Mark
from engine.model.tiles import Kpi, Threshold
from renderers.html.numbers import Language, default_format, formatted, number, shown, signed

SHARES = ("pct0", "pct1", "pp")


@dataclass(frozen=True, slots=True)
class KpiView:
    """A number for the template."""

    text: str
    state: str = ""
    """`good`, `warn` or `bad`; empty without thresholds."""
    withheld: bool = False
    change: str = ""
    """The difference, `+4.2%`, and `mood` whether that is good or bad."""
    mood: str = ""
    arrow: str = ""
    than: str = ""
    target: str = ""
    spark: tuple[str, str] = ("", "")
    """Paths of the small line and of the marks below its gaps, in a box of 120 by 32."""
    format: str = "text"

    @property
    def length(self) -> str:
        """`long` from nine letters on, `longer` from thirteen: set smaller, to fit a narrow tile."""
        return "longer" if len(self.text) > 12 else "long" if len(self.text) > 8 else ""


def kpi_view(tile: Kpi, answers: Mapping[str, Answer], lang: Language) -> KpiView:
    """A number tile as the template shows it."""
    main = answers["main"]
    field, value = main.grid.fields[0], main.single
    change, mood, arrow, than = _compared(tile, value, answers, lang)
    return KpiView(
        text=shown(value, field, lang),
        state=state_of(value, tile.thresholds),
        withheld=isinstance(value, Mark),
        change=change,
        mood=mood,
        arrow=arrow,
        than=than,
        target=_target(tile, lang, field.format or default_format(field)),
        spark=spark_paths(answers["spark"]) if "spark" in answers else ("", ""),
        format=field.format or default_format(field),
    )


def state_of(value: Cell, thresholds: tuple[Threshold, ...]) -> str:
    """The state of the first threshold that holds; `good` when there are some and none does."""
    if not thresholds or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    for threshold in thresholds:
        if threshold.below is not None and value < threshold.below:
            return threshold.state
        if threshold.above is not None and value > threshold.above:
            return threshold.state
    return "good"


def _target(tile: Kpi, lang: Language, format: str) -> str:
    if tile.target is None:
        return ""
    return f"{lang.words['target'].capitalize()} {formatted(tile.target, format, lang)}"


def _compared(
    tile: Kpi, value: Cell, answers: Mapping[str, Answer], lang: Language
) -> tuple[str, str, str, str]:
    """The difference, whether it is good, its arrow, and what it is compared with.

    It is relative, but for shares: those differ by percentage points.
    """
    if tile.compare is None:
        return "", "", "", ""
    before: Cell = tile.target if tile.compare.to == "target" else None
    if "compare" in answers:
        before = answers["compare"].single
    if isinstance(value, Mark) or isinstance(before, Mark):
        return lang.words["not available"], "", "", ""
    main = answers["main"].grid.fields[0]
    points = (main.format or default_format(main)) in SHARES
    if not isinstance(value, int | float) or not isinstance(before, int | float):
        return "", "", "", ""
    if not before and not points:
        return "", "", "", ""
    more = value > before
    than = lang.words["than_target"] if tile.compare.to == "target" else ""
    if tile.compare.to == "previous_period":
        than = lang.words["before"]
    elif not than:
        field = replace(answers["compare"].grid.fields[0], format=main.format or default_format(main))
        than = f"{lang.words['than']} {shown(before, field, lang)}"
    if value == before:
        return lang.words["same"], "", "", than
    mood = "" if tile.compare.good == "none" else "good" if more == (tile.compare.good == "up") else "bad"
    if points:
        return formatted(value - before, "pp", lang), mood, "▲" if more else "▼", than
    said = f"{signed(number((value - before) / abs(before) * 100, 1, lang))}{lang.percent}%"
    return said, mood, "▲" if more else "▼", than


def comparison(tile: Kpi, period: str | None, lang: Language) -> list[str | float | None]:
    """What the script compares by: with what (`target`, `previous_period` or empty for an aggregate), which
    way is good, the target, the filter of the period, the words for it and for no change."""
    assert tile.compare is not None
    to = tile.compare.to if tile.compare.to in ("target", "previous_period") else ""
    than = lang.words[{"previous_period": "before", "target": "than_target", "": "than"}[to]]
    return [to, tile.compare.good, tile.target, period, than, lang.words["same"]]


def spark_paths(answer: Answer, width: int = 120, height: int = 32) -> tuple[str, str]:
    """The small line through the last field's values, each at its place, and the marks where one is withheld.

    It breaks where there is no number; nothing is drawn of fewer than two.
    """
    cells = [row[len(answer.grid.fields) - 1] for row in answer.grid.rows]
    values = [float(cell) if isinstance(cell, int | float) else None for cell in cells]
    numbers = [value for value in values if value is not None]
    if len(numbers) < 2:
        return "", ""
    low, step, span = min(numbers), (width - 6) / (len(cells) - 1), (max(numbers) - min(numbers)) or 1
    line, before = "", False
    for i, value in enumerate(values):
        if value is not None:
            y = height - 3 - (value - low) * (height - 6) / span
            # A path that leads nowhere is drawn as a dot: `h0`.
            line += f"{'L' if before else 'M'}{3 + i * step:.1f},{y:.1f}{'' if before else 'h0'}"
        before = value is not None
    places = (3 + i * step for i, cell in enumerate(cells) if isinstance(cell, Mark))
    return line, "".join(f"M{x - 3:.1f},{height - 2}h6" for x in places)
