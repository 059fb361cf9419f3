"""The frame every page of the site stands in: head, navigation, breadcrumbs, footer, and its links."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.addresses import Address
from renderers.html.portal_words import words_in

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)
"""The content security policy of every page. It holds from `file://` and over http alike."""

_BODY = "\0body\0"
"""Where a page's body goes; no text of a page holds a NUL, which neither YAML nor HTML has."""

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("home", "Home", "index.html"),
    ("catalog", "Catalogue", "catalog/index.html"),
    ("projects", "Projects", "projects/index.html"),
    ("search", "Search", "search/index.html"),
    ("access", "Access", "access/index.html"),
    ("admin", "Administration", "admin/index.html"),
    ("docs", "Documentation", "docs/index.html"),
)
"""The main navigation: key, label, file."""

Crumb = tuple[str, str]
"""A step of the way to a page: its label and its site path."""


def relative(page: str, target: str) -> str:
    """The link from one site path to another: relative, naming a file, a `#fragment` kept."""
    path, mark, fragment = target.partition("#")
    return (_way(posixpath.dirname(page), path) if path else "") + mark + fragment


@lru_cache(maxsize=100_000)
def _way(folder: str, path: str) -> str:
    """The way from a folder to a path; a site asks for the same ones over and over."""
    return posixpath.relpath(path, folder or ".")


_FOLDERS = {"dataset": "datasets", "dataflow": "dataflows", "dashboard": "dashboards"}


def path_of(address: Address) -> str | None:
    """The site path of a resource's own page, or None for a kind that has none."""
    if address.kind in _FOLDERS:
        return f"projects/{address.project}/{_FOLDERS[address.kind]}/{address.name}.html"
    if address.kind == "catalog":
        # An entry may be called "index"; a name never holds a dot, so this file is nobody else's.
        return "catalog/index.entry.html" if address.name == "index" else f"catalog/{address.name}.html"
    if address.kind == "project":
        return f"projects/{address.name}/index.html"
    return None


def run_path(run: str) -> str:
    """The site path of a run's page."""
    return f"runs/{run}.html"


@cache
def environment() -> Environment:
    """The one Jinja environment: everything escaped, an undefined name is a bug."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from renderers.html.template_cache import TemplateCache

    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=TemplateCache(HERE),
    )


def asset(name: str) -> bytes:
    """The bytes of a file shipped in `assets/`."""
    return (HERE / "assets" / name).read_bytes()


@cache
def script(*names: str) -> bytes:
    """Scripts shipped in `assets/` as one, without comments and needless spaces."""
    import rjsmin

    text = "\n".join(asset(name).decode() for name in names)
    small: str = rjsmin.jsmin(text)
    return f"{small}\n".encode()


@dataclass(frozen=True)
class Layout:
    """What the frame says on every page of one site."""

    title: str
    """The space's name for people, in the first language."""
    run: str = ""
    at: str = ""
    """When that run ended, as recorded."""
    policy: str = ""
    data: str = ""
    """Hashes of the policy data and of what the data versions are."""
    reader: str | None = None
    """Whom the tree was made for; None for the operator's."""
    sections: tuple[str, ...] = field(default=tuple(key for key, _, _ in SECTIONS))
    """Which sections this tree has."""
    files: frozenset[str] | None = None
    """Every page of this tree, as in its first language; None when it is not known: every link is kept."""
    languages: tuple[str, ...] = ("en",)
    """The first stands at the root, every other below its code."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """The space's name in other languages."""

    def prefix(self, lang: str) -> str:
        """Below which folder the pages of a language stand, with its slash; empty for the first."""
        return f"{lang}/" if lang in self.languages[1:] else ""

    def has(self, path: str) -> bool:
        """Whether a link to this site path leads somewhere: the reader may not see every page."""
        return bool(path) and (self.files is None or path.partition("#")[0] in self.files)

    def page(
        self,
        path: str,
        title: str,
        body: bytes,
        *,
        section: str,
        breadcrumbs: Sequence[Crumb] = (),
        scripts: Sequence[str] = (),
        styles: Sequence[str] = (),
        lang: str = "en",
        switch: bool = True,
    ) -> bytes:
        """A whole HTML document for site path `path`, the folder of its language included.

        `body` is HTML and must be escaped already; everything else is escaped here. It is put into the
        finished frame as it is: it may be a hundred times as long.
        `breadcrumbs` lead from home to the page's parent, and those whose page is not in the tree are
        left out; `scripts` and `styles` are site paths loaded after the site's own. `switch` says whether
        links to the same page in other languages stand on top.
        """
        from markupsafe import Markup

        frame = (
            environment()
            .get_template("base.html.j2")
            .render(
                layout=self,
                policy=Markup(POLICY),
                title=title,
                body=_BODY,
                section=section,
                styles=[relative(path, file) for file in ("assets/tokens.css", "assets/site.css", *styles)],
                scripts=[relative(path, file) for file in ("assets/site.js", *scripts)],
                switch=self._switch(path, lang) if switch else (),
                **self._ways(path, lang, breadcrumbs),
            )
        )
        before, after = frame.split(_BODY)
        return b"".join((before.encode(), body, after.encode()))

    def _ways(self, path: str, lang: str, breadcrumbs: Sequence[Crumb]) -> dict[str, Any]:
        """What the frame says and where it leads from the page at `path`, in its language."""
        words, prefix = words_in(lang), self.prefix(lang)

        def to(file: str) -> str:
            return relative(path, prefix + file)

        return {
            "lang": lang,
            "space": self.titles.get(lang, self.title),
            "_": words.say,
            "nav": [(k, words.say(label), to(file)) for k, label, file in SECTIONS if k in self.sections],
            "crumbs": [(words.say(label), to(file)) for label, file in breadcrumbs if self.has(file)],
            "home": to("index.html"),
            "run_link": to(run_path(self.run)) if self.has(run_path(self.run)) else "",
        }

    def _switch(self, path: str, lang: str) -> list[tuple[str, str, bool]]:
        """The same page in each language, where there are several: code, link, whether it is this one."""
        if len(self.languages) < 2:
            return []
        bare = path.removeprefix(self.prefix(lang))
        return [(c, relative(path, self.prefix(c) + bare), c == lang) for c in self.languages]
