"""HTTP and HTTPS connections that stay open: one set a thread."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

REPLY_BYTES = 4 << 20
PATH = "/api/v1/records"


class TransportError(Exception):
    """No whole reply came; the message says why in a few words."""


class Reply(NamedTuple):
    """What came back. body: at most `REPLY_BYTES` of it; nothing if it was cut short."""

    status: int
    retry_after: str | None
    body: bytes


class _Timed:
    """A socket whose sends and reads are all over at one time, however slowly the other side speaks."""

    def __init__(self, sock: socket.socket) -> None:
        self.until = 0.0
        self._sock = sock

    def sendall(self, data: bytes) -> None:
        self.limit()
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reads(self, self._sock.makefile("rb", buffering=0)))

    def close(self) -> None:
        self._sock.close()

    def limit(self) -> None:
        """Have the next call of the socket end in time. Raises TimeoutError."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)


class _Reads(io.RawIOBase):
    def __init__(self, timed: _Timed, raw: io.RawIOBase) -> None:
        self._timed = timed
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._timed.limit()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class Connections:
    """Kept connections by URL, of one thread."""

    def __init__(self) -> None:
        self._open: dict[str, http.client.HTTPConnection] = {}

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        """POST a body to an ingest URL and wait at most `seconds` until the whole reply is here.

        A kept connection that the server has meanwhile closed is tried once more, afresh. Raises
        TransportError.
        """
        kept = url in self._open
        try:
            return self._post(url, body, headers, seconds)
        except (ConnectionError, http.client.BadStatusLine) as error:
            self._close(url)
            if not kept:
                raise TransportError(_words(error)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._close(url)
            raise TransportError(_words(error)) from error
        return self.post(url, body, headers, seconds)

    def close(self) -> None:
        """Close all."""
        for url in list(self._open):
            self._close(url)

    def _post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        until = time.monotonic() + seconds
        connection = self._open.get(url)
        if connection is None or connection.sock is None:
            connection = self._open[url] = _connected(url, seconds)
        sock: Any = connection.sock
        sock.until = until
        with suppress(BrokenPipeError, ConnectionResetError):  # a server may refuse a body before it has it all
            connection.request("POST", urlsplit(url).path + PATH, body, dict(headers))
        with connection.getresponse() as response:
            reply = _read(response)
            if not response.isclosed():
                self._close(url)
            return Reply(response.status, response.headers.get("Retry-After"), reply)

    def _close(self, url: str) -> None:
        with suppress(OSError):
            if connection := self._open.pop(url, None):
                connection.close()


def _read(response: http.client.HTTPResponse) -> bytes:
    """The reply's body; nothing of one that was cut short."""
    try:
        body = response.read(REPLY_BYTES)
    except http.client.IncompleteRead:
        return b""
    return b"" if response.length else body


def _connected(url: str, seconds: float) -> http.client.HTTPConnection:
    connection = _connection(url, seconds)
    connection.connect()
    connection.sock = _Timed(connection.sock)
    return connection


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return http.client.HTTPSConnection(parts.netloc, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(parts.netloc, timeout=seconds)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.RemoteDisconnected):
        return "closed without an answer"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
