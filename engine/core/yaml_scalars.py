"""What an unquoted scalar means: `true`, `false`, nothing, a number as JSON writes it, or text.

This is narrower than YAML 1.1 (`no`, `on`, `12:30:45`, `010`) and than YAML 1.2's core schema (`0o14`,
`.inf`, `+5`, `TRUE`): whatever could be an identifier, a country or a date stays the text that was
written, so that nothing is lost before its field says what it ought to be.
"""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,39})(?P<real>\.[0-9]{1,40})?(?P<power>[eE][-+]?[0-9]{1,4})?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


def plain_value(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-0123456789":
        return text
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    if number["real"] is None and number["power"] is None:
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else text
