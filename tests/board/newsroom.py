"""A commune's web server for tests: it serves feeds, knows conditions, asks for no certificate, and errs on demand."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.link.server import Asked, ContentServer, Handler, etag, make_authority

ENTRY = "<item><title>{}</title><description>{}</description><pubDate>{}</pubDate></item>"
RSS = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Xã</title>{}</channel></rss>'


def rss(*titles: str, summary: str = "") -> bytes:
    """Return a feed with these titles, which are XML already."""
    return RSS.format("".join(ENTRY.format(title, summary, "") for title in titles)).encode()


class NewsHandler(Handler):
    """Serves one connection of a stranger."""

    def serve(self, raw: bytes) -> None:
        """Serve a page, or say that it is what it was."""
        if self.headers.get("If-None-Match") == etag(raw):
            self.head(304, {"ETag": etag(raw)})
        else:
            super().serve(raw)

    def _note(self) -> Asked:
        path = unquote(self.path).removeprefix("/")
        asked = Asked(self.command, path, dict(self.headers), "", b"", time.monotonic())
        self.shop.asked.append(asked)
        return asked


class NewsServer(ContentServer):
    """A server on an ephemeral port of 127.0.0.1, until the block is left; plain HTTP unless it is `secured`."""

    def __init__(self, directory: Path, *, secured: bool = False) -> None:
        authority, identity, _ = make_authority(directory)
        super().__init__(authority, identity)
        self.RequestHandlerClass = NewsHandler
        self.secured, self.ca = secured, str(authority.ca_path)
        self._context.verify_mode = ssl.CERT_NONE

    @property
    def origin(self) -> str:
        """Where it is reached."""
        return f"http{'s' * self.secured}://127.0.0.1:{self.server_port}"

    def get_request(self) -> tuple[Any, Any]:
        """Take a connection."""
        if self.secured:
            return super().get_request()
        self.connections += 1
        connection, address = self.socket.accept()
        return connection, address
