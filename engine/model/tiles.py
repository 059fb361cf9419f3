"""The tiles of a dashboard (SPECS.md, "All that a dashboard may say")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from engine.model.base import Bool, Int, Line, Model, Name, Number, Positive, Scalar, Str, Text

Format = Literal[
    "integer", "dec1", "dec2", "compact", "pct0", "pct1", "pp", "eur", "duration", "bytes", "date", "month",
    "year", "text",
]  # fmt: skip

ChartType = Literal[
    "bar", "column", "line", "area", "scatter", "dot", "range", "histogram", "box", "heatmap", "pie",
    "treemap",
]  # fmt: skip


class Link(Model):
    """A dashboard of this space, with filter values; `{column}` stands for the clicked value."""

    dashboard: Line
    with_: dict[Name, Str] = Field(default={}, alias="with")


class Tile(Model):
    """What every tile may carry."""

    title: Text | None = None
    subtitle: Text | None = None
    alt: Text | None = None
    width: Annotated[Int, Field(ge=1, le=12)] | None = None
    height: Literal["s", "m", "l"] | None = None
    link: Link | Line | None = None


class Compare(Model):
    """What a number is compared with, and which direction is good."""

    to: Line
    good: Literal["up", "down", "none"] = "none"


class Spark(Model):
    """A small line beside a number."""

    from_: Name = Field(alias="from")
    x: Line
    y: Line


class Threshold(Model):
    """A state for values below (or above) a bound."""

    below: Number | None = None
    above: Number | None = None
    state: Literal["bad", "warn", "good"]


class Kpi(Tile):
    """One number: an aggregate expression over a dataset."""

    kpi: Line
    from_: Name = Field(alias="from")
    format: Format | None = None
    compare: Compare | None = None
    spark: Spark | None = None
    target: Number | None = None
    thresholds: tuple[Threshold, ...] = ()


class TextTile(Tile):
    """Markdown; `{{ sum(by_oa.doctors) | integer }}` stands for a computed number."""

    text: Text


class ConditionalTitle(Model):
    """A title that is shown when its condition holds."""

    when: Line
    title: Text


class Facet(Model):
    """Small multiples."""

    by: Line
    columns: Positive | None = None
    scales: Literal["shared", "free"] = "shared"


class MarkLine(Model):
    """A reference line at `x` or `y`."""

    x: Scalar = None
    y: Scalar = None
    label: Text | None = None


class Band(Model):
    """A shaded range of `x` or `y`."""

    x: tuple[Scalar, Scalar] | None = None
    y: tuple[Scalar, Scalar] | None = None
    label: Text | None = None


class Note(Model):
    """A text at a point."""

    x: Scalar
    y: Scalar
    text: Text


class Chart(Tile):
    """A chart of a dataset's columns or aggregates."""

    chart: ChartType
    from_: Name = Field(alias="from")
    x: Line | tuple[Line, ...] | None = None
    y: Line | tuple[Line, ...] | None = None
    y2: Line | None = None
    series: Line | None = None
    size: Line | None = None
    value: Line | None = None
    sort: Line | None = None
    limit: Positive | None = None
    format: Format | None = None
    title_if: tuple[ConditionalTitle, ...] = ()
    stack: Literal["none", "zero", "share"] | None = None
    facet: Facet | None = None
    labels: Literal["direct", "legend", "none"] | None = None
    lines: tuple[MarkLine, ...] = ()
    bands: tuple[Band, ...] = ()
    notes: tuple[Note, ...] = ()


class Heat(Model):
    """Shade cells by value."""

    within: Literal["column", "row", "table"] = "column"


class TableColumn(Model):
    """One column of a table and how it is shown."""

    column: Line
    title: Text | None = None
    format: Format | None = None
    bar: Bool = False
    heat: Heat | None = None


class Pivot(Model):
    """A cross table: dimensions down and across, aggregates in the cells."""

    rows: Annotated[tuple[Line, ...], Field(min_length=1)]
    columns: tuple[Line, ...] = ()
    values: Annotated[tuple[Line, ...], Field(min_length=1)]


class Table(Tile):
    """Rows of a dataset, or a cross table."""

    table: Name
    columns: tuple[Line | TableColumn, ...] | None = None
    pivot: Pivot | None = None
    sort: Line | None = None
    totals: tuple[Literal["row", "column"], ...] = ()
    share_of: Literal["none", "row", "column", "all"] = "none"
    page_size: Positive = 20
    search: Bool = False
    download: Literal["csv", False] = "csv"


class VegaLite(Tile):
    """Anything Vega-Lite can draw, over one of the page's datasets."""

    vega_lite: dict[Str, Any]
    from_: Name = Field(alias="from")


class Classes(Model):
    """How values are cut into classes."""

    method: Literal["quantile", "equal", "jenks", "manual"] = "quantile"
    n: Annotated[Int, Field(ge=2, le=9)] = 5
    breaks: tuple[Number, ...] = ()


class Map(Tile):
    """Areas coloured by a value, or points."""

    map: Literal["choropleth", "points"]
    from_: Name = Field(alias="from")
    geometry: Line | None = None
    join: dict[Line, Line] | None = None
    value: Line | None = None
    classes: Classes | None = None
    lat: Line | None = None
    lon: Line | None = None
    size: Line | None = None
    format: Format | None = None


class Image(Tile):
    """A picture from the repository; `alt` says what it shows."""

    image: Line


class Use(Tile):
    """A partial: a YAML file holding one tile or a list of tiles, with parameters."""

    use: Line
    with_: dict[Name, Scalar] = Field(default={}, alias="with")


# Tags stand in angle brackets so that, in the path of an error, they are not taken for keys.
TILE_KEYS = ("kpi", "text", "chart", "table", "vega_lite", "map", "image", "use")


def _tile_key(value: Any) -> str | None:
    keys = value if isinstance(value, dict) else type(value).model_fields if isinstance(value, Tile) else ()
    return next((f"<{key}>" for key in TILE_KEYS if key in keys), None)


AnyTile = Annotated[
    Annotated[Kpi, Tag("<kpi>")]
    | Annotated[TextTile, Tag("<text>")]
    | Annotated[Chart, Tag("<chart>")]
    | Annotated[Table, Tag("<table>")]
    | Annotated[VegaLite, Tag("<vega_lite>")]
    | Annotated[Map, Tag("<map>")]
    | Annotated[Image, Tag("<image>")]
    | Annotated[Use, Tag("<use>")],
    Discriminator(
        _tile_key,
        custom_error_type="tile_key",
        custom_error_message="a tile is exactly one of kpi, text, chart, table, vega_lite, map, image, use",
    ),
]
Row = Annotated[tuple[AnyTile, ...], Field(min_length=1)]
