"""Sockets in use: /proc/net/sockstat and sockstat6."""

from __future__ import annotations

from collections.abc import Iterator

from collector.files import File, number_after
from collector.readings import Reading, Roots
from collector.schedule import Tick


class Sockets:
    """Counts the kernel keeps anyway; to walk all connections would cost a hundred times more."""

    def __init__(self, roots: Roots) -> None:
        self._v4 = File(f"{roots.net}/sockstat")
        self._v6 = File(f"{roots.net}/sockstat6")

    def read(self, _tick: Tick) -> Iterator[Reading]:
        v4, v6 = _or_empty(self._v4), _or_empty(self._v6)
        values: dict[str, float] = {}
        for name, transport in (("tcp", b"TCP"), ("udp", b"UDP")):
            used = number_after(v4, transport + b": inuse ")
            if used is not None:
                values[f"system.network.connection.count.{name}"] = used + (
                    number_after(v6, transport + b"6: inuse ") or 0
                )
        if (waiting := number_after(v4, b" tw ")) is not None:
            values["system.network.connection.count.tcp_time_wait"] = waiting
        yield Reading("host", "", values)


def _or_empty(file: File) -> bytes:
    try:
        return file.read()
    except FileNotFoundError:
        return b""
