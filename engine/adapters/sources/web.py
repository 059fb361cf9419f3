"""Fetching a URL: allowed hosts only, bounded in bytes and time, redirects checked one by one."""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpcore
import httpx

from engine.adapters.sources.bounds import Deadline, TooSlow, seconds
from engine.adapters.sources.complaints import Asked, origin_mistake
from engine.adapters.sources.content import Content, hash_file
from engine.adapters.sources.web_addresses import Forbidden, PinnedBackend
from engine.diagnostics import WorldFailure, did_you_mean
from engine.model.space import CollectSettings

MOST_REDIRECTS = 5


def fetch_url(url: str, asked: Asked, settings: CollectSettings, folder: Path) -> Content:
    """The bytes behind `url`, in a file in `folder`.

    Raises DataMistake when the URL may not be asked, WorldFailure when it does not answer as it should.
    """
    deadline = Deadline(seconds(settings.timeout))
    target = httpx.URL(url)
    for _ in range(MOST_REDIRECTS + 1):
        _check(target, asked, settings)
        try:
            answer = _one(target, settings, deadline, folder)
        except Forbidden:
            raise origin_mistake(
                asked,
                "private-address",
                f"{target.host} resolves to a private address.",
                "Only hosts in `collect: {allow_private: [...]}` of space.yaml may be inside a network.",
            ) from None
        except (TooSlow, httpx.TimeoutException):
            raise WorldFailure(
                f"{shown(target)} took longer than {settings.timeout}.", "see `collect: {timeout: ...}`."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error) as failure:
            raise WorldFailure(
                f"{shown(target)} did not answer: {_why(failure)}.", "try again later."
            ) from None
        if isinstance(answer, Content):
            return answer
        target = answer
    raise WorldFailure(f"{shown(httpx.URL(url))} redirects more than {MOST_REDIRECTS} times.")


def shown(url: httpx.URL) -> str:
    """The URL as messages show it: without user, password, query and fragment, where secrets are."""
    return str(url.copy_with(username=None, password=None, query=None, fragment=None))


def _why(failure: Exception) -> str:
    match failure:
        case httpx.ConnectError():
            return "no connection"
        case zlib.error():
            return "what it sent cannot be unpacked"
        case _:
            return type(failure).__name__


def _check(url: httpx.URL, asked: Asked, settings: CollectSettings) -> None:
    """Whether the space allows to ask this URL. Raises DataMistake."""
    if url.scheme not in ("http", "https") or not url.host:
        hint = "Write http:// or https:// and a host."
        raise origin_mistake(asked, "bad-url", f'"{shown(url)}" is no web address.', hint)
    if url.userinfo:
        hint = "Secrets do not belong into specs: use a Source with `secret_env`."
        raise origin_mistake(asked, "bad-url", "The URL holds a user or password.", hint)
    allowed = {host.lower() for host in settings.allow_hosts}
    if url.host.lower() not in allowed and f"{url.host}:{url.port}".lower() not in allowed:
        raise origin_mistake(
            asked,
            "host-not-allowed",
            f"The space does not collect from {url.host}.",
            f"A platform manager adds it to `collect: {{allow_hosts: [...]}}` of space.yaml. "
            f"{did_you_mean(url.host, allowed)}".strip(),
        )


class _PinnedTransport(httpx.HTTPTransport):
    """httpx's own transport over connections that go to checked addresses only."""

    def __init__(self, backend: PinnedBackend) -> None:
        context = httpx.create_ssl_context()
        super().__init__(verify=context, trust_env=False)
        # httpx takes no network backend; its pool is httpcore's, which does.
        self._pool = httpcore.ConnectionPool(ssl_context=context, network_backend=backend, max_connections=1)


def _one(url: httpx.URL, settings: CollectSettings, deadline: Deadline, folder: Path) -> Content | httpx.URL:
    """One request: the content, or where it is said to be."""
    private = frozenset(host.lower() for host in settings.allow_private)
    transport = _PinnedTransport(PinnedBackend(private, deadline))
    # No proxy, cookie or .netrc of the environment takes part, and no body is unpacked unbounded.
    client = httpx.Client(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=deadline.left(),
        headers={"Accept-Encoding": "identity", "User-Agent": "dataspace-engine"},
    )
    with client, client.stream("GET", url) as answer:
        if answer.is_redirect:
            return _next(url, answer)
        if answer.status_code != httpx.codes.OK:
            raise WorldFailure(
                f"{shown(url)} answered {answer.status_code}.", "see whether the address is right."
            )
        path = folder / "fetched"
        _save(url, answer, path, settings, deadline)
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    name = posixpath.basename(unquote(url.path))
    return Content(path, shown(url), name, media_type, stamp=hash_file(path))


def _next(url: httpx.URL, answer: httpx.Response) -> httpx.URL:
    target = url.join(answer.headers["location"])
    if url.scheme == "https" and target.scheme != "https":
        raise WorldFailure(f"{shown(url)} redirects to an address without encryption.")
    return target


def _save(
    url: httpx.URL, answer: httpx.Response, path: Path, settings: CollectSettings, deadline: Deadline
) -> None:
    """Write the body, unpacked when it was packed for the way. Raises WorldFailure when it is too large."""
    coding = answer.headers.get("content-encoding", "identity").lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise WorldFailure(f"{shown(url)} answered packed in a way that was not asked for.")
    written = 0
    with path.open("wb") as out:
        for chunk in _unpacked(answer.iter_raw(), coding):
            deadline.left()
            written += len(chunk)
            if written > settings.max_bytes:
                raise WorldFailure(
                    f"{shown(url)} is larger than {settings.max_bytes:,} bytes.",
                    "see `collect: {max_bytes: ...}` of space.yaml.",
                )
            out.write(chunk)


def _unpacked(chunks: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """The body in pieces of bounded size, however far a packed one unfolds."""
    if coding not in ("gzip", "x-gzip"):
        yield from chunks
        return
    unpack = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        while chunk:
            yield unpack.decompress(chunk, 1 << 20)
            chunk = unpack.unconsumed_tail
    yield unpack.flush()
    if not unpack.eof:
        raise zlib.error("cut off")
