"""One browser's websocket, the server's side, over a socket that never blocks (RFC 6455, 7692).

The library reads frames and makes those of control. Messages are framed here: many small ones go out in one piece,
and only long ones are packed, each by itself, so that no connection holds a packer's memory.
"""

from __future__ import annotations

import errno
import socket
import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Message, Ping, Pong, Request
from wsproto.extensions import PerMessageDeflate
from wsproto.utilities import ProtocolError

MAX_MESSAGE_BYTES = 4 << 20
LONG = 4_096
"""Bytes from which on a message is packed, if the browser takes that."""
READ_BYTES = 64 << 10
BUFFER_BYTES = 128 << 10
"""What the kernel holds for a browser that reads nothing."""
TOO_LONG = (1009, "a message is too long")
BAD = (1002, "not a websocket's frame")
SOCKETS = ("gunicorn.socket", "werkzeug.socket")


class GoneError(Exception):
    """The browser went, or sent what ends its connection."""


class Wire:
    """A connection after its handshake. For one thread."""

    def __init__(self, sock: socket.socket, ws: WSConnection, window_bits: int) -> None:
        """window_bits: of packed messages; 0: the browser takes none."""
        self.sock = sock
        self._ws = ws
        self._window_bits = window_bits
        self._waiting = memoryview(b"")
        self._came: list[str | bytes] = []
        self._length = 0
        self.is_closing = False
        """Whether we said goodbye: nothing more is sent."""
        sock.setblocking(False)

    @property
    def waiting(self) -> int:
        """How many bytes wait for the browser to read."""
        return len(self._waiting)

    def receive(self) -> list[str]:
        """The messages that came whole. Raises GoneError."""
        try:
            data = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return []
        except OSError as error:
            raise GoneError(str(error)) from error
        if not data:
            raise GoneError("the connection ended")
        try:
            self._ws.receive_data(data)
            return [text for event in self._ws.events() if (text := self._take(event)) is not None]
        except ProtocolError as error:
            self.close(*BAD)
            raise GoneError(str(error)) from error

    def send(self, messages: Iterable[str]) -> None:
        """Send messages in one piece, or as much of it as the kernel takes now: see `flush`. Raises GoneError."""
        self._write(b"".join(self._framed(message.encode()) for message in messages))

    def ping(self) -> None:
        """Ask for a sign of life. Raises GoneError."""
        self._write(self._ws.send(Ping()))

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the browser answers, or the connection is cut later."""
        if not self.is_closing:
            self.is_closing = True
            self._write(self._ws.send(CloseConnection(code, reason)))

    def flush(self) -> None:
        """Send what waits, as far as the kernel takes it. Raises GoneError."""
        try:
            while self._waiting:
                self._waiting = self._waiting[self.sock.send(self._waiting) :]
        except BlockingIOError:
            return
        except OSError as error:
            raise GoneError(str(error)) from error

    def _write(self, data: bytes) -> None:
        self._waiting = memoryview(bytes(self._waiting) + data if self._waiting else data)
        self.flush()

    def _take(self, event: Any) -> str | None:
        """What an event is the end of, if it is that of a message."""
        if isinstance(event, Ping):
            self._write(self._ws.send(event.response()))
        elif isinstance(event, CloseConnection):
            if not self.is_closing:
                self._write(self._ws.send(event.response()))
            raise GoneError("the browser said goodbye")
        elif isinstance(event, Message):
            return self._message(event)
        else:
            assert isinstance(event, Pong), event
        return None

    def _message(self, event: Message[Any]) -> str | None:
        self._length += len(event.data)
        if self._length > MAX_MESSAGE_BYTES:
            self.close(*TOO_LONG)
            raise GoneError("a message was too long")
        self._came.append(event.data)
        if not event.message_finished:
            return None
        parts = [part if isinstance(part, str) else bytes(part).decode("utf-8", "replace") for part in self._came]
        self._came, self._length = [], 0
        return "".join(parts)

    def _framed(self, data: bytes) -> bytes:
        first = 0x81
        if self._window_bits and len(data) >= LONG:
            packer = zlib.compressobj(1, wbits=-self._window_bits)
            data, first = (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4], 0xC1
        length = len(data)
        if length < 126:
            return bytes((first, length)) + data
        head = struct.pack("!BBH", first, 126, length) if length < 1 << 16 else struct.pack("!BBQ", first, 127, length)
        return head + data


def handshake(environ: Mapping[str, Any]) -> Wire:
    """Take a request's socket from its server, and answer. Raises GoneError where it asks for no websocket: the socket
    is the server's still."""
    ws, deflate = WSConnection(ConnectionType.SERVER), PerMessageDeflate()
    names = [name for name in environ if name.startswith("HTTP_")]
    lines = [f"{name[5:].replace('_', '-')}: {environ[name]}\r\n" for name in names]
    try:
        ws.receive_data(f"GET / HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1"))
        asked = next(ws.events(), None)
        if not isinstance(asked, Request):
            raise GoneError("not a websocket's handshake")
        answer = ws.send(AcceptConnection(extensions=[deflate]))
    except ProtocolError as error:
        raise GoneError(str(error)) from error
    theirs = next(environ[name] for name in SOCKETS if name in environ)
    sock = socket.socket(fileno=theirs.detach())
    sock.setblocking(True)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wire = Wire(sock, ws, deflate.server_max_window_bits if deflate.enabled() else 0)
    wire._write(answer)
    return wire


class TakenOver(Response):
    """What a route answers whose connection is a wire now: the server lets go of it, as of one that broke."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Raises ConnectionResetError, always."""
        raise ConnectionResetError(errno.ECONNRESET, "the websocket goes on by itself")
