"""An engine that answers what a test told it: Docker's API over a Unix socket."""

from __future__ import annotations

import http.server
import socketserver
import threading
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

FIXTURES = Path(__file__).parents[2] / "fixtures/engines"
PATIENCE_SECONDS = 20


class ScriptedEngine:
    """Answers with the files of a fixture; events are told when a test says so.

    answers: body by path, the others are 404. status: of every answer. no_events: /events is forbidden.
    asked: the paths that were asked for, in turn.
    """

    def __init__(self, socket_path: Path, fixture: str = "docker-26") -> None:
        self.folder = FIXTURES / fixture
        self.path = socket_path
        self.url = f"unix://{socket_path}"
        self.answers: dict[str, bytes] = {"/version": (self.folder / "version.json").read_bytes()}
        self.status = 200
        self.no_events = False
        self.asked: list[str] = []
        self.since: list[float] = []
        self.told: list[bytes] = []
        self.changed = threading.Condition()
        self._streams = 0
        self._ended = 0
        self._server: socketserver.ThreadingUnixStreamServer | None = None

    def __enter__(self) -> ScriptedEngine:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Listen."""
        self.path.unlink(missing_ok=True)
        self._server = socketserver.ThreadingUnixStreamServer(str(self.path), handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Go away: streams end, nobody listens."""
        self.end_streams()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.path.unlink(missing_ok=True)

    def end_streams(self) -> None:
        """End the streams that are open."""
        with self.changed:
            self._ended = self._streams
            self.changed.notify_all()

    def tell(self, *lines: bytes) -> None:
        """Events, to all streams, also to those that come later."""
        with self.changed:
            self.told += lines
            self.changed.notify_all()

    def inspected(self, container: str, body: bytes) -> None:
        """What is answered about a container."""
        self.answers[f"/containers/{container}/json"] = body

    def wait_for_streams(self, count: int) -> None:
        """Until so many streams were asked for, from the beginning."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.since) >= count, PATIENCE_SECONDS)

    def stream(self, handler: http.server.BaseHTTPRequestHandler, since: float) -> None:
        """Send what is told, until the streams are ended."""
        with self.changed:
            self._streams += 1
            mine, sent = self._streams, 0
            self.since.append(since)
            self.changed.notify_all()
            while mine > self._ended:
                lines, sent = self.told[sent:], len(self.told)
                handler.wfile.write(b"".join(line + b"\n" for line in lines))
                self.changed.wait(1)


def handler(engine: ScriptedEngine) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            engine.asked.append(parts.path)
            body = engine.answers.get(parts.path)
            events = parts.path == "/events"
            status = 403 if events and engine.no_events else engine.status
            self.send_response(status if events or body is not None or status != 200 else 404)
            self.end_headers()
            if status == 200 and events:
                engine.stream(self, float(parse_qs(parts.query)["since"][0]))
            elif body is not None:
                self.wfile.write(body)

        def address_string(self) -> str:
            return "unix"

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler
