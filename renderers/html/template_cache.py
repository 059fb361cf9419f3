"""Compiled templates, kept as Python keeps its own code: compiling one takes longer than drawing a page."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache


class TemplateCache(FileSystemBytecodeCache):
    """Code by template, Jinja version and hash of the source. Failing to keep it costs time only."""

    def __init__(self, package: Path) -> None:
        self._folder = package / "__pycache__"
        super().__init__(str(self._folder), f"%s-{jinja2.__version__}-{sys.implementation.cache_tag}.code")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with what is kept, if it can be read."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the bucket, where Python keeps code at all and the folder may be written."""
        if sys.dont_write_bytecode:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
