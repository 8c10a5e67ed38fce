"""Many browsers in a process that does little else: `python -m benchmarks.crowd`, told by JSON on its input.

Each shows a page of its own over WS /live. How old each point is when it comes is counted by this machine's clock, by
which it was stamped too. Frames are read by hand: a client's library would cost more than what is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

POINT = re.compile(rb'"points":\[\["[^"]*",(\d{13})')
PING, PONG = 0x9, b"\x8a\x80" + bytes(4)
AT_ONCE = 4
"""How many open their pages at a time."""


class Crowd:
    """How old points were as they came, in ms; sizes of messages; how many browsers are inside."""

    def __init__(self) -> None:
        self.ages: list[float] = []
        self.sizes: list[int] = []
        self.inside = 0
        self.counts = False
        self._opening = asyncio.Semaphore(AT_ONCE)

    async def browse(self, port: int, queries: list[str], host: str) -> None:
        """One browser, until it is cancelled or thrown out."""
        try:
            async with self._opening:
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
                await _open(reader, writer, port, queries, host)
        except (OSError, asyncio.IncompleteReadError):
            return
        self.inside += 1
        try:
            while True:
                self._take(await _message(reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self.inside -= 1
            writer.close()

    def _take(self, text: bytes) -> None:
        if self.counts:
            self.sizes.append(len(text))
            if found := POINT.search(text):
                self.ages.append(time.time() * 1000 - int(found[1]))


async def _open(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, queries: list[str], host: str
) -> None:
    """Come in, order what a page shows, and wait until all of it is there."""
    writer.write(_handshake(port))
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head:
        raise OSError(head)
    writer.write(_frame({"op": "watch", "host": host, "from": "now-5m", "to": "now"}))
    for number, query in enumerate(queries):
        writer.write(_frame({"op": "subscribe", "id": number, "query": query}))
    drawn = 0
    while drawn < len(queries):
        drawn += b'"type":"view"' in await _message(reader, writer)


def _handshake(port: int) -> bytes:
    lines = (
        "GET /live HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Origin: http://127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    return "\r\n".join([*lines, "", ""]).encode()


def _frame(order: dict[str, Any]) -> bytes:
    """A text frame whose mask is nothing."""
    text = json.dumps(order).encode()
    length = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2)
    return b"\x81" + length + bytes(4) + text


async def _message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The next message; what asks for a sign of life is answered."""
    kind, length = await reader.readexactly(2)
    if kind & 0x0F == PING:
        await reader.readexactly(length)
        writer.write(PONG)
        return b""
    if length >= 126:
        length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8))
    return await reader.readexactly(length)


async def _run(told: dict[str, Any]) -> dict[str, Any]:
    """told: port; pid, whose CPU is counted; pages: queries by host; rest, seconds: how long nothing is counted, and
    then everything."""
    crowd = Crowd()
    browsers = [
        asyncio.create_task(crowd.browse(told["port"], queries, host)) for host, queries in told["pages"].items()
    ]
    while crowd.inside < len(browsers) and not any(browser.done() for browser in browsers):
        await asyncio.sleep(0.1)
    await asyncio.sleep(told["rest"])
    crowd.counts, began, cpu = True, time.monotonic(), _cpu_ms(told["pid"])
    await asyncio.sleep(told["seconds"])
    crowd.counts = False
    seconds = time.monotonic() - began
    cpu = (_cpu_ms(told["pid"]) - cpu) / seconds
    inside = crowd.inside
    for browser in browsers:
        browser.cancel()
    await asyncio.gather(*browsers, return_exceptions=True)
    ages = sorted(crowd.ages) or [float("inf")]
    return {
        "inside": inside,
        "sizes": crowd.sizes,
        "seconds": seconds,
        "points": len(crowd.ages) / seconds,
        "p50_ms": ages[len(ages) // 2],
        "p99_ms": ages[int(0.99 * (len(ages) - 1))],
        "cpu_ms": cpu,
    }


def _cpu_ms(pid: int) -> float:
    """CPU time of a process so far."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_run(json.load(sys.stdin)))))
