"""How the bytes of a text file are to be decoded: strictly, and the same way from first to last byte."""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.adapters.sources.complaints import Asked, format_mistake, mistake
from engine.adapters.sources.content import CHUNK, Content
from engine.diagnostics import DataMistake, did_you_mean

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, longest first, and the codec that reads the mark."""

NO_TEXT = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
"""Python codecs that are no character sets of files."""

OFFERED = ("utf-8", "cp1252", "latin-1", "iso-8859-15", "utf-16", "utf-32", "cp1250", "cp1251", "mac-roman")

_WESTERN = "’‘“”„‚«»‹›€œŒšŠžŽŸ–—…•™©®°º²³¹½¼¾µ·§¶±×÷¿¡¢£¥¨´¸¬¦ªÿƒ†‡‰˜ˆ\u00a0\u00ad"
_LETTERS = "".join(map(chr, range(0xC0, 0x100)))
_ODD = re.compile(
    rf"[^\W\d_](?:[^\x00-\x7f{_LETTERS}œŒšŠžŽŸƒºª°²’‘·\u00ad](?=[^\W\d_])|(?<=[a-zß-ÿœšž])[À-ÞŠŽŒŸ](?![A-ZÀ-Þ]))"
)
"""A sign between two letters, where Western text has only letters and apostrophes, or a capital after a
small letter: what text of other character sets looks like."""
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
JUDGED = 1 << 18
"""How many bytes from the first that is not ASCII decide whether the text is Western."""
_LIKELY_UTF8 = re.compile(rb"[\xc2-\xc5][\x80-\xbf]|\xe2[\x80-\x84][\x80-\xbf]")


@dataclass(frozen=True, slots=True)
class Text:
    """A text file that was looked at from end to end: it decodes, and holds no NUL."""

    content: Content
    encoding: str
    ending: str
    r"""What ends a line: `\n` (also as `\r\n`), or `\r` in a file that has no `\n`."""
    lone_returns: bool
    r"""Whether a `\r` stands alone somewhere: part of a cell, since lines end in `\n`."""


def look_at(content: Content, asked: Asked) -> Text:
    """The file's encoding and line ends, after reading all of it. Raises DataMistake naming the line."""
    known = _declared(asked) or _marked(content.path)
    try:
        return _survey(content, known or "utf-8")
    except UnicodeDecodeError:
        if known:
            raise _undecodable(content, known) from None
    with content.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        encoding = _western(content, data)
    try:
        return _survey(content, encoding)
    except UnicodeDecodeError:
        raise _undecodable(content, encoding) from None


def encoding_of_head(content: Content, head: bytes, asked: Asked) -> str:
    """The encoding as far as the first bytes tell. Raises DataMistake when even they decode as nothing."""
    known = _declared(asked) or _marked(content.path)
    if known:
        return known
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _western(content, head)
    return "utf-8"


def _declared(asked: Asked) -> str | None:
    word = asked.spec.format.encoding
    if word is None:
        return None
    try:
        "a".encode(word)  # a LookupError also for codecs that are no character sets, like zip or rot13
        name = codecs.lookup(word).name
    except LookupError:
        name = "undefined"
    if name.replace("-", "_") in NO_TEXT:
        raise format_mistake(asked, "encoding", f'"{word}" is no encoding.', did_you_mean(word, OFFERED))
    return name.removesuffix("-sig")


def _marked(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for mark, name in BOMS if head.startswith(mark)), None)


def _survey(content: Content, encoding: str) -> Text:
    """Decode the whole file once. Raises UnicodeDecodeError; DataMistake for a NUL."""
    feeds = returns = pairs = 0
    last = ""
    for text in _decoded(content.path, encoding):
        if "\0" in text:
            raise _nul(content, encoding)
        feeds += text.count("\n")
        returns += text.count("\r")
        pairs += text.count("\r\n") + (last == "\r" and text[:1] == "\n")
        last = text[-1:] or last
    ending = "\r" if returns and not feeds else "\n"
    return Text(content, encoding, ending, ending == "\n" and returns > pairs)


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)


def _nul(content: Content, encoding: str) -> DataMistake:
    line = 1
    for text in _decoded(content.path, encoding):
        before, found, _ = text.partition("\0")
        line += before.count("\n")
        if found:
            break
    return mistake(
        "nul-byte",
        content.at(line),
        "The line holds a NUL character, which text never does.",
        "If the file is UTF-16, write `format: {encoding: utf-16}`; else mend it where it is made.",
    )


def _undecodable(content: Content, encoding: str) -> DataMistake:
    """The mistake that names the first line which is not in the encoding."""
    line, column = _first_undecodable(content.path, encoding)
    return mistake(
        "bad-encoding",
        content.at(line, column),
        f"The line is not in {encoding}.",
        "Write the file's own encoding as `format: {encoding: ...}`, or mend the file where it is made.",
    )


def _first_undecodable(path: Path, encoding: str) -> tuple[int, int]:
    """Line and column of the first bytes that do not decode."""
    line, column = 1, 1
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    wide = encoding.startswith(("utf-16", "utf-32"))
    with path.open("rb") as file:
        while piece := file.read(2) if wide else file.readline():
            try:
                text = decoder.decode(piece)
            except UnicodeDecodeError as wrong:
                return line, column + len(piece[: wrong.start].decode(encoding, "replace"))
            line, column = (line + 1, 1) if text.endswith("\n") else (line, column + len(text))
    return line, column


def _western(content: Content, data: bytes | mmap.mmap) -> str:
    """`cp1252` when bytes that are not UTF-8 read as Western text in it. Raises DataMistake otherwise."""
    if _LIKELY_UTF8.search(data):
        line, column = _first_undecodable(content.path, "utf-8")
        raise mistake(
            "mixed-encoding",
            content.at(line, column),
            "The line is not UTF-8, though others of the file are.",
            "Mend the file where it is made: one file has one encoding.",
        )
    beyond = _BEYOND_ASCII.search(data)
    sample = data[: (beyond.start() if beyond else 0) + JUDGED]
    if _reads_as_western(sample):
        return "cp1252"
    line, column = _first_undecodable(content.path, "utf-8")
    raise mistake(
        "bad-encoding",
        content.at(line, column),
        "The line is neither UTF-8 nor Western European text (cp1252).",
        f"Write the file's encoding as `format: {{encoding: ...}}`.{_guess(sample)}",
    )


def _reads_as_western(data: bytes) -> bool:
    """Whether cp1252 gives plausible text: what other character sets give in it is signs inside words."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    beyond = re.sub(r"[\x00-\x7f]+", "", text)
    if set(beyond) - set(_LETTERS) - set(_WESTERN) or len(beyond) * 2 >= sum(map(str.isalpha, text)) + 8:
        return False
    return sum(1 for _ in _ODD.finditer(text)) * 50 <= len(beyond)


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[-JUDGED:]).best()
    return f" It looks like {best.encoding}." if best is not None else ""
