"""A socket for websockets that sends whole messages or none.

simple-websocket 1.1.0 calls `send`, which may send a part (its issue 45); one that is shared by the
sending thread and the pings must not interleave, and a peer that reads nothing must not hold a
thread for ever.
"""

from __future__ import annotations

import socket
import struct
import threading
from typing import Any

SEND_SECONDS = 5.0
BUFFER_BYTES = 128 << 10


class SteadySocket:
    """A blocking socket whose `send` sends all, one thread at a time, or fails within `seconds`."""

    def __init__(self, sock: socket.socket, seconds: float = SEND_SECONDS) -> None:
        self._sock = sock
        self._seconds = seconds
        self._lock = threading.Lock()
        microseconds = round(seconds * 1e6)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", *divmod(microseconds, 1_000_000)))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> int:
        """Send all of `data`. Raises OSError if that takes too long or the peer is gone."""
        if not self._lock.acquire(timeout=self._seconds):
            raise OSError("the peer reads nothing")
        try:
            self._sock.sendall(data)
        finally:
            self._lock.release()
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)
