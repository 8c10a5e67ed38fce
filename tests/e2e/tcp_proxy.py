"""A way to a node that can be cut: a TCP proxy that passes on, stalls, or refuses."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from tests.e2e.programs import free_port

CHUNK = 1 << 16
WAIT_SECONDS = 10


class _Connection:
    """One that passes through. open: whether it passes anything on."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writers = [writer]
        self.open = asyncio.Event()
        self.open.set()

    def abort(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class TcpProxy:
    """A port that leads to another. Its verbs may be called from any thread; `one`: to the oldest connection alone, so
    that of two who came this way one goes on.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._listening: tuple[socket.socket, asyncio.Task[None]] | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self._connections: list[_Connection] = []
        self._stalls = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.heal()

    def cut(self, one: bool = False) -> None:
        """End connections; new ones pass."""
        self._do(self._cut(one))

    def refuse(self) -> None:
        """End all connections, and take none."""
        self._do(self._refuse())

    def stall(self, one: bool = False) -> None:
        """Take everything, and pass nothing on, as a network does that loses all."""
        self._do(self._stall(one))

    def heal(self) -> None:
        """Pass on what waits and what comes."""
        self._do(self._heal())

    def close(self) -> None:
        """End it all."""
        self._do(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_SECONDS)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_SECONDS)

    def _some(self, one: bool) -> list[_Connection]:
        return self._connections[:1] if one else [*self._connections]

    async def _cut(self, one: bool) -> None:
        for connection in self._some(one):
            connection.abort()

    async def _refuse(self) -> None:
        if self._listening is not None:
            listener, taking = self._listening
            listener.shutdown(socket.SHUT_RDWR)
            await taking
            self._listening = None
        await self._cut(one=False)

    async def _stall(self, one: bool) -> None:
        self._stalls = not one
        for connection in self._some(one):
            connection.open.clear()

    async def _heal(self) -> None:
        self._stalls = False
        for connection in self._connections:
            connection.open.set()
        if self._listening is None:
            listener = socket.create_server(("127.0.0.1", self.port))
            listener.setblocking(False)
            self._listening = listener, asyncio.create_task(self._listen(listener))

    async def _finish(self) -> None:
        """Connections end by being cut: one that was cancelled before its first step would never be closed."""
        await self._refuse()
        while self._passing:
            for connection in self._connections:
                connection.open.set()
            await self._cut(one=False)
            await asyncio.wait(self._passing, timeout=0.05)

    async def _listen(self, listener: socket.socket) -> None:
        """Until it is shut down. A server of asyncio never closes what it has accepted when it is closed itself."""
        with listener:
            while True:
                try:
                    accepted, _ = await self._loop.sock_accept(listener)
                except OSError:
                    return
                task = asyncio.create_task(self._pass_on(*await asyncio.open_connection(sock=accepted)))
                self._passing.add(task)
                task.add_done_callback(self._passing.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(writer)
        if self._stalls:
            connection.open.clear()
        self._connections.append(connection)
        try:
            await connection.open.wait()
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            connection.writers.append(back)
            await asyncio.gather(_pump(reader, back, connection), _pump(there, writer, connection))
        except OSError:
            connection.abort()
        finally:
            writer.close()
            self._connections.remove(connection)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: _Connection) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            await connection.open.wait()
            writer.write(data)
            await writer.drain()
    writer.close()
