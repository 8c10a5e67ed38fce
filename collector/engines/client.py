"""Requests to one engine, over a Unix socket or HTTP; and which places there are."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterable
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec

from collector.engines.rows import ENGINES, Row, row_of
from collector.engines.told import EngineError

TIMEOUT_SECONDS = 3.0
LARGEST = 4 << 20
EVENTS = sorted({action for row in ENGINES for action in row.actions})


class Version(NamedTuple):
    """Which engine listens, and its version."""

    row: Row
    version: str


class _Component(msgspec.Struct):
    name: str = msgspec.field(default="", name="Name")


class _Version(msgspec.Struct):
    version: str = msgspec.field(default="", name="Version")
    components: list[_Component] | None = msgspec.field(default=None, name="Components")


def places(told: Iterable[str], roots: Iterable[str] = ("",)) -> list[str]:
    """URLs of engines: those of the setting, or of the sockets that are there below some roots, each once."""
    given = list(told)
    if given:
        return [] if given == ["none"] else given
    found: dict[tuple[int, int], str] = {}
    for row, root in product(ENGINES, roots):
        for path in _sockets(row, root):
            with suppress(OSError):
                status = path.stat()
                found.setdefault((status.st_dev, status.st_ino), f"unix://{path}")
    return list(found.values())


def _sockets(row: Row, root: str) -> list[Path]:
    return [path for pattern in row.sockets for path in sorted(Path(f"{root}/").glob(pattern.lstrip("/")))]


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = _connected(self._path)


class Client:
    """One engine at a URL: unix:///path, http://host:port or tcp://host:port."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self._path = parts.path if parts.scheme == "unix" else ""
        self._address = parts.hostname or "localhost", parts.port or 80

    def version(self) -> Version:
        """Which engine it is. Raises EngineError."""
        body = self._get("/version")
        if body is None:
            raise EngineError("no container engine: it has no /version")
        try:
            found = msgspec.json.decode(body, type=_Version)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise EngineError(f"no container engine: {error}") from error
        components = found.components or []
        return Version(row_of(components[0].name if components else ""), found.version[:40])

    def inspect(self, container: str) -> bytes | None:
        """What it knows of a container, as JSON; None if it has no such. Raises EngineError."""
        return self._get(f"/containers/{container}/json")

    def events(self, since_ns: int) -> socket.socket:
        """A socket on which an answer of events since then begins. Raises EngineError."""
        filters = msgspec.json.encode({"type": ["container"], "event": EVENTS}).decode()
        query = urlencode({"since": f"{since_ns // 10**9}.{since_ns % 10**9:09d}", "filters": filters})
        try:
            made = _connected(self._path) if self._path else socket.create_connection(self._address, TIMEOUT_SECONDS)
            try:
                made.sendall(f"GET /events?{query} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                made.setblocking(False)
            except OSError:
                made.close()
                raise
        except OSError as error:
            raise _ours(error) from error
        return made

    def _get(self, path: str) -> bytes | None:
        """The body of an answer; None for 404."""
        connection = (
            _UnixConnection(self._path)
            if self._path
            else http.client.HTTPConnection(*self._address, timeout=TIMEOUT_SECONDS)
        )
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            with connection.getresponse() as answer:
                body = answer.read(LARGEST)
        except (OSError, http.client.HTTPException) as error:
            raise _ours(error) from error
        finally:
            connection.close()
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise EngineError(f"{path} was answered {answer.status}", denied=answer.status in (401, 403))
        return body


def _connected(path: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(TIMEOUT_SECONDS)
    try:
        made.connect(path)
    except OSError:
        made.close()
        raise
    return made


def _ours(error: Exception) -> EngineError:
    return EngineError(f"{type(error).__name__}: {error}"[:200], denied=isinstance(error, PermissionError))
