"""Vega run by vl-convert, whose own words repeat rows: no message and no terminal shows them."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TypeVar

Made = TypeVar("Made")


class NotDrawn(Exception):
    """Vega refuses a specification (`why`, in one line), or fails over its rows (`over_rows`).

    Of rows that are not made up `why` may hold values: it is for the author of a specification only.
    """

    def __init__(self, why: str, over_rows: bool = False) -> None:
        super().__init__("Vega refuses a specification")
        self.why = why
        self.over_rows = over_rows


def svg_of(text: str, *, lite: bool) -> str:
    """The SVG of a specification (json) in Vega-Lite or Vega, nothing read from outside. Raises NotDrawn."""
    import vl_convert

    to_svg = vl_convert.vegalite_to_svg if lite else vl_convert.vega_to_svg
    return _run(lambda: to_svg(text, allowed_base_urls=[]))


def vega_of(text: str) -> dict[str, Any]:
    """The Vega specification of a Vega-Lite one (json). Raises NotDrawn."""
    import vl_convert

    return _run(lambda: vl_convert.vegalite_to_vega(text))


def _run(make: Callable[[], Made]) -> Made:
    with tempfile.TemporaryFile() as said, _ALONE:
        try:
            with _errors_into(said):
                made = make()
        except ValueError as error:
            raise NotDrawn(_refusal(str(error))) from None
        said.seek(0)
        printed = said.read().decode("utf-8", "replace")
    # Vega prints what goes wrong while it computes, and draws nothing.
    if "ERROR " in printed:
        raise NotDrawn(_refusal(printed), over_rows=True)
    return made


_ALONE = threading.Lock()


@contextmanager
def _errors_into(kept: IO[bytes]) -> Iterator[None]:
    """The process's standard error, which vl-convert writes to without Python, goes into a file."""
    sys.stderr.flush()
    terminal = os.dup(2)
    os.dup2(kept.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _refusal(said: str) -> str:
    """Why Vega refuses a specification, in one line and without the specification in it."""
    lines = [line for line in said.splitlines() if "Error:" in line]
    why = lines[0].split("Error:", 1)[1].strip() if lines else "it cannot be drawn."
    why = re.sub(r"\{.*\}\.?\s*", "", why)
    if "Cannot read properties" in why or "is not a function" in why or len(why) > 300:
        return "a part of it is not what Vega-Lite knows."
    return why
