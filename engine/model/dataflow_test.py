"""`kind: DataflowTest`: given rows in, expected rows out, with no data touched."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.model.base import Line, Name, ProjectSpec

Row = dict[Line, Any]


class DataflowTest(ProjectSpec):
    """Rows given to a dataflow's inputs, and the rows its outputs must then hold, in any order."""

    address_kind: ClassVar[str] = "test"

    kind: Literal["DataflowTest"]
    dataflow: Name
    given: dict[Name, tuple[Row, ...]]
    expect: Annotated[dict[Name, tuple[Row, ...]], Field(min_length=1)]
