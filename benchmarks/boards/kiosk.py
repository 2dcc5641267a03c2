"""The peer: Chromium as a kiosk, with a page that shows what the board shows and says how its frames come."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from subprocess import Popen
from urllib.parse import quote

from benchmarks.boards.tree import running

PAGE = Path(__file__).with_name("page.html")
START_S = 60.0
_RANGE = re.compile(r"bytes=(\d+)-(\d*)$")
_PROGRAM = "chromium"
_OPTIONS = (
    "--no-sandbox",
    "--kiosk",
    "--no-first-run",
    "--noerrdialogs",
    "--disable-infobars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--autoplay-policy=no-user-gesture-required",
    "--window-position=0,0",
)


def is_here() -> bool:
    """Return whether this machine has the browser."""
    return shutil.which(_PROGRAM) is not None


def surroundings(display: str, folder: Path) -> dict[str, str]:
    """Return the environment of a kiosk; what it leaves behind lies in the folder."""
    return {"DISPLAY": display, "TMPDIR": str(folder)}


def command(address: str, size: tuple[int, int], profile: Path) -> list[str]:
    """Return the command of a kiosk that shows an address on the whole screen."""
    window = f"--window-size={size[0]},{size[1]}"
    return [_PROGRAM, *_OPTIONS, window, f"--user-data-dir={profile}", f"--app={address}"]


class Said:
    """What the page says: that it is there, and later when its frames came (ms)."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._words: SimpleQueue[tuple[str, bytes]] = SimpleQueue()

    def put(self, path: str, body: bytes) -> None:
        """Note a word of the page; called by the server's threads."""
        self._words.put((path, body))

    def ready(self) -> None:
        """Wait until the page is there."""
        self._words.get(timeout=START_S)

    def frames_ms(self) -> list[float]:
        """Wait for the instants of its frames."""
        instants: list[float] = json.loads(self._words.get(timeout=START_S)[1])
        return instants


@contextmanager
def kiosk(
    folder: Path, display: str, size: tuple[int, int], told: Mapping[str, object]
) -> Iterator[tuple[Popen[bytes], Said]]:
    """Run the browser on a display with the page, which is told what to show; pictures and films lie in the folder."""
    said = Said()
    shutil.copy(PAGE, folder)
    with _server(folder, said) as port:
        address = f"http://127.0.0.1:{port}/{PAGE.name}#{quote(json.dumps(told))}"
        with running(command(address, size, folder / "profile"), surroundings(display, folder)) as browser:
            said.ready()
            yield browser, said


@contextmanager
def _server(folder: Path, said: Said) -> Iterator[int]:
    """Serve a folder on a port of this machine."""
    handler = partial(_handler_for(said), directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def _handler_for(said: Said) -> type[SimpleHTTPRequestHandler]:
    class Handler(SimpleHTTPRequestHandler):
        """Gives files, also in parts, without which a browser does not begin a film anew."""

        def do_GET(self) -> None:
            """Send a file, or the part of it that is asked for."""
            asked = _RANGE.match(self.headers.get("Range", ""))
            if asked is None:
                super().do_GET()
                return
            content = Path(self.translate_path(self.path)).read_bytes()
            first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
            self.send_response(206)
            self.send_header("Content-Type", self.guess_type(self.path))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            self.send_header("Content-Length", str(last + 1 - first))
            self.end_headers()
            self.wfile.write(content[first : last + 1])

        def do_POST(self) -> None:
            """Take a word of the page."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(204)
            self.end_headers()
            said.put(self.path, body)

        def handle(self) -> None:
            """Answer; a browser that has enough of a film hangs up."""
            try:
                super().handle()
            except ConnectionError:
                return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Say nothing."""

    return Handler
