"""A way between two nodes that can be cut: a TCP proxy that passes on, stalls, or refuses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from tests.e2e.programs import free_port

CHUNK = 1 << 16
WAIT_SECONDS = 10


class TcpProxy:
    """A port that leads to another. It writes the other's port into the header Host, so that a node takes it for a
    connection of its own. Its verbs may be called from any thread.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.heal()

    def cut(self) -> None:
        """End all connections; new ones pass."""
        self._do(self._cut())

    def refuse(self) -> None:
        """End all connections, and take none."""
        self._do(self._refuse())

    def stall(self) -> None:
        """Take everything, and pass nothing on, as a network does that loses all."""
        self._do(self._stall())

    def heal(self) -> None:
        """Pass on what waits and what comes."""
        self._do(self._heal())

    def close(self) -> None:
        """End it all."""
        self.refuse()
        self._do(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_SECONDS)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_SECONDS)

    async def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _stall(self) -> None:
        self._open.clear()

    async def _heal(self) -> None:
        self._open.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _finish(self) -> None:
        self._open.set()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            await self._open.wait()
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(back)
            begin = (await reader.read(CHUNK)).replace(b":%d\r\n" % self.port, b":%d\r\n" % self.target, 1)
            back.write(begin)
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
            self._writers.discard(back)
        writer.close()
        self._writers.discard(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()
