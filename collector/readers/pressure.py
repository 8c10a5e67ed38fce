"""Pressure stall information: /proc/pressure/* (kernel's accounting/psi.rst)."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from collector.files import File
from collector.readings import Reading, Roots
from collector.schedule import Tick

ABSENT = (errno.ENOENT, errno.EOPNOTSUPP)


class Pressure:
    """Seconds since boot that tasks stalled; nothing where the kernel has it not, or switched off."""

    def __init__(self, roots: Roots) -> None:
        self._files = [(what, File(f"{roots.proc}/pressure/{what}")) for what in ("cpu", "memory", "io")]

    def read(self, _tick: Tick) -> Iterator[Reading]:
        values: dict[str, float] = {}
        for what, file in self._files:
            for line in _lines(file):
                share, _, total = line.partition(b" ")
                if share in (b"some", b"full"):
                    values[f"system.linux.pressure.{what}.{share.decode()}"] = _total(total)
        if values:
            yield Reading("host", "", values)


def _lines(file: File) -> list[bytes]:
    try:
        return file.read().split(b"\n")
    except OSError as error:
        if error.errno in ABSENT:
            return []
        raise


def _total(line: bytes) -> float:
    _, found, microseconds = line.partition(b"total=")
    if not found:
        raise ValueError("a pressure line without total=")
    return int(microseconds) / 1e6
