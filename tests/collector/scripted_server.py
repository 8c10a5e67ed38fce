"""A real HTTP server on loopback that answers POSTs as a script says; without one it stores all."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, cast

from tidegauge.metrics import wire
from tidegauge.metrics.records import Record
from tidegauge.metrics.wire import Outcome, PostHeader, Settled

PATIENCE_SECONDS = 20


class Post(NamedTuple):
    """A POST as it came in."""

    header: PostHeader
    records: list[Record]
    authorization: str | None
    path: str
    content_type: str | None

    @property
    def seqs(self) -> list[int]:
        return [record.seq for record in self.records]


class Handler(BaseHTTPRequestHandler):
    """One connection of the scripted server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        post = Post(
            wire.decode_header(self.headers[wire.HEADER]),
            [wire.decode(line) for line in wire.members(body, 1 << 30)],
            self.headers["Authorization"],
            self.path,
            self.headers["Content-Type"],
        )
        cast(Server, self.server).owner.take(post)(self, post)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests look at the posts."""

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        """A whole reply."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


Reaction = Callable[[Handler, Post], None]


def outcomes(*found: Settled, status: int = 200, **headers: str) -> Reaction:
    """An answer of ours: the outcomes in turn, the last one for all further records."""

    def react(handler: Handler, post: Post) -> None:
        settled = [*found, *[found[-1]] * len(post.records)]
        handler.reply(status, answer(post.records, settled), **headers)

    return react


def answer(records: Sequence[Record], settled: Sequence[Settled]) -> bytes:
    """The answer's body."""
    pairs = zip(records, settled, strict=False)
    return wire.encode_answer(0, [Outcome(record.incarnation, record.seq, outcome, "why") for record, outcome in pairs])


def page(status: int, body: bytes = b"<html>a page</html>", **headers: str) -> Reaction:
    """A page that is not ours."""
    return lambda handler, _post: handler.reply(status, body, **headers)


def altered(alter: Callable[[bytes], bytes], **headers: str) -> Reaction:
    """An answer of ours that stores all, altered on its way."""

    def react(handler: Handler, post: Post) -> None:
        handler.reply(200, alter(answer(post.records, ["stored"] * len(post.records))), **headers)

    return react


def raw(content: bytes) -> Reaction:
    """These bytes, then the connection is closed."""

    def react(handler: Handler, _post: Post) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return react


def of_length(change: int) -> Reaction:
    """Our whole answer, under a length that is so much longer or shorter, then the connection is closed."""

    def react(handler: Handler, post: Post) -> None:
        body = answer(post.records, ["stored"] * len(post.records))
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body) + change, body))
        handler.close_connection = True

    return react


def dripping(handler: Handler, post: Post) -> None:
    """Our answer, a byte every now and then."""
    body = answer(post.records, ["stored"] * len(post.records))
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body):
            handler.wfile.write(bytes([byte]))
            time.sleep(0.02)
    handler.close_connection = True


def cut(handler: Handler, post: Post) -> None:
    """Half an answer, then the connection is closed."""
    body = answer(post.records, ["stored"] * len(post.records))
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def hang_up(handler: Handler, _post: Post) -> None:
    """The connection is closed unanswered."""
    handler.close_connection = True


def hold(release: threading.Event) -> Reaction:
    """An answer that comes when a test lets it."""

    def react(handler: Handler, post: Post) -> None:
        release.wait(PATIENCE_SECONDS)
        handler.close_connection = True
        outcomes("stored")(handler, post)

    return react


class Server(ThreadingHTTPServer):
    """The HTTP side."""

    daemon_threads = True
    block_on_close = False
    owner: ScriptedServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error of a test."""


class ScriptedServer:
    """The server, its script (reactions, used up in order), and what it was sent."""

    stores = staticmethod(outcomes("stored"))

    def __init__(self) -> None:
        self.script: deque[Reaction] = deque()
        self.default: Reaction = self.stores
        self.posts: list[Post] = []
        self._changed = threading.Condition()
        self._http = Server(("127.0.0.1", 0), Handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def take(self, post: Post) -> Reaction:
        """Note a post; how to react to it."""
        with self._changed:
            self.posts.append(post)
            self._changed.notify_all()
            return self.script.popleft() if self.script else self.default

    def wait_for(self, condition: Callable[[list[Post]], bool]) -> list[Post]:
        """The posts, as soon as they meet a condition."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.posts), PATIENCE_SECONDS), self.posts
            return list(self.posts)

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
