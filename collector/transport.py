"""HTTP and HTTPS connections that stay open: one set a thread."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

REPLY_BYTES = 4 << 20
PATH = "/api/v1/records"


class TransportError(Exception):
    """No whole reply came; the message says why in a few words."""


class Reply(NamedTuple):
    """What came back."""

    status: int
    retry_after: str | None
    body: bytes


class Connections:
    """Kept connections by URL, of one thread."""

    def __init__(self) -> None:
        self._open: dict[str, http.client.HTTPConnection] = {}

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        """POST a body to an ingest URL and wait at most `seconds` until the reply begins.

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
        if connection is None:
            connection = self._open[url] = _connection(url, seconds)
            connection.connect()
        _limit(connection, until)
        connection.request("POST", urlsplit(url).path + PATH, body, dict(headers))
        _limit(connection, until)
        with connection.getresponse() as response:
            reply = response.read(REPLY_BYTES)
            if not response.isclosed():
                self._close(url)
            return Reply(response.status, response.headers.get("Retry-After"), reply)

    def _close(self, url: str) -> None:
        with suppress(OSError):
            if connection := self._open.pop(url, None):
                connection.close()


def _limit(connection: http.client.HTTPConnection, until: float) -> None:
    if connection.sock is not None:
        connection.sock.settimeout(max(0.01, until - time.monotonic()))


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
