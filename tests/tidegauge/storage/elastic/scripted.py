"""A server that answers what a test says, for what a real Elasticsearch cannot be brought to answer."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Request(NamedTuple):
    """What was asked, and by whom: the header `Authorization`."""

    method: str
    path: str
    body: bytes
    by: str = ""


class Answer(NamedTuple):
    """What is answered. body: JSON, or text of another page. silent_until: nothing is sent before it is set.

    status 0: nothing is ever sent, and the connection ends.
    """

    status: int
    body: Any
    silent_until: threading.Event | None = None


@contextmanager
def scripted(script: Callable[[Request], Answer]) -> Iterator[str]:
    """The URL of a server that answers as `script` says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            answer = script(
                Request(self.command, self.path, self.rfile.read(length), self.headers.get("Authorization") or "")
            )
            if answer.silent_until is not None:
                answer.silent_until.wait(30)
            if not answer.status:
                self.close_connection = True
                return
            is_text = isinstance(answer.body, str)
            data = answer.body.encode() if is_text else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/html" if is_text else "application/json")
            self.send_header("Content-Length", str(len(data)))
            if not is_text:
                self.send_header("X-elastic-product", "Elasticsearch")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _answer  # noqa: N815 (named by http.server)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def only(answer: Answer) -> Callable[[Request], Answer]:
    """A script of one answer to all."""
    return lambda _: answer


def forward(url: str, request: Request) -> Answer:
    """What a real server answers."""
    return Answer(*_asked(url, request))


def _asked(url: str, request: Request) -> tuple[int, Any]:
    kind = "application/x-ndjson" if "_bulk" in request.path or "_msearch" in request.path else "application/json"
    asked = urllib.request.Request(url + request.path, request.body or None, {"Content-Type": kind})
    asked.method = request.method
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"{}")
