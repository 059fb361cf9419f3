"""Why Vega-Lite refuses a specification, as it may be told: its own words repeat every row."""

from __future__ import annotations

import re


def refusal(error: Exception) -> str:
    """Why Vega or Vega-Lite refuses a specification, in one line and without the rows in it."""
    lines = [line for line in str(error).splitlines() if "Error:" in line]
    said = lines[0].split("Error:", 1)[1].strip() if lines else "it cannot be drawn."
    said = re.sub(r"\{.*\}\.?\s*", "", said)
    if "Cannot read properties" in said or "is not a function" in said or len(said) > 300:
        return "a part of it is not what Vega-Lite knows."
    return said
