"""PDF and PNG from a document for paper: WeasyPrint sets the pages, PDFium makes a picture of them."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

from engine.diagnostics import WorldFailure

if TYPE_CHECKING:
    import pypdfium2
    from PIL import Image

LONG_PAGE = """
@page {
  size: 1240px 9000px;
  margin: 24px 24px 0;
  @bottom-left { content: none }
  @bottom-right { content: none }
}
"""
"""A picture is made of pages as wide as a screen, each cut where its content ends."""
SCALE = 1.5 / 0.75
"""Pixels of a picture for one point of a page: 1.5 for each CSS pixel."""
GLANCE = 0.1
"""The scale at which the end of the content is looked for."""
MARGIN = 18
"""Points left below the content."""


def pdf_bytes(document: str) -> bytes:
    """The document, an HTML text, as a tagged PDF.

    The same document gives the same bytes where the same fonts are installed. Nothing is fetched:
    what the document names must be inside it. Raises WorldFailure when Pango is not on the machine.
    """
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher
    except OSError:
        raise WorldFailure(
            "PDF and PNG need the library Pango, which is not on this machine.",
            "on Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        ) from None

    # It tells of every property that only browsers know; an author can't do anything about those.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    html = weasyprint.HTML(string=document, url_fetcher=URLFetcher(allowed_protocols=("data",)))
    made: bytes = html.write_pdf(pdf_tags=True)
    return made


def png_bytes(document: str) -> bytes:
    """The document as one picture, from its top to its end, 1860 pixels wide. Raises WorldFailure."""
    import pypdfium2
    from PIL import Image

    pdf = pypdfium2.PdfDocument(pdf_bytes(document.replace("</style>", f"{LONG_PAGE}</style>", 1)))
    parts = [_picture(page) for page in pdf]
    pdf.close()
    whole = Image.new("RGB", (max(p.width for p in parts), sum(p.height for p in parts)), "white")
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    out = io.BytesIO()
    whole.save(out, "PNG", optimize=False)
    return out.getvalue()


def _picture(page: pypdfium2.PdfPage) -> Image.Image:
    """A page down to where its content ends."""
    from PIL import ImageOps

    glance = page.render(scale=GLANCE).to_pil().convert("L")
    box = ImageOps.invert(glance).getbbox()
    used = (box[3] if box else 1) / GLANCE + MARGIN
    left_out = max(0, int(page.get_height() - used))
    found: Image.Image = page.render(scale=SCALE, crop=(0, left_out, 0, 0)).to_pil().convert("RGB")
    return found
