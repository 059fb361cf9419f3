"""Low-code verbs become one SQL query: each verb one common table expression over the one before it."""

from engine.core.lowcode.chain import lowcode_query

__all__ = ["lowcode_query"]
