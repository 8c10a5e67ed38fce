"""The format of /proc/net/dev, of the host and of a container's process. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from collector.readings import printable

COLUMNS = 16


class Counters(NamedTuple):
    """What an interface has counted since it came up."""

    receive_bytes: int
    receive_packets: int
    receive_errors: int
    receive_dropped: int
    transmit_bytes: int
    transmit_packets: int
    transmit_errors: int
    transmit_dropped: int


def interfaces(data: bytes) -> Iterator[tuple[str, Counters]]:
    """Name and counters of each interface. Raises ValueError."""
    for line in data.split(b"\n")[2:]:
        name, colon, rest = line.rpartition(b":")
        if colon:
            words = rest.split()
            if len(words) < COLUMNS:
                raise ValueError(f"/proc/net/dev: {len(words)} columns where there are {COLUMNS}")
            yield printable(name.strip()), Counters._make(int(word) for word in (*words[0:4], *words[8:12]))


def total(data: bytes) -> Counters:
    """The sum of all interfaces but lo. Raises ValueError."""
    found = [counters for name, counters in interfaces(data) if name != "lo"]
    return Counters._make(map(sum, zip(*found, strict=True))) if found else Counters(*[0] * 8)


def values(prefix: str, counters: Counters) -> dict[str, float]:
    """Counters as metrics of a host ("system") or a container ("container")."""
    found: dict[str, float] = {
        f"{prefix}.network.io.receive": counters.receive_bytes,
        f"{prefix}.network.io.transmit": counters.transmit_bytes,
        f"{prefix}.network.errors.receive": counters.receive_errors,
        f"{prefix}.network.errors.transmit": counters.transmit_errors,
        f"{prefix}.network.packet.dropped.receive": counters.receive_dropped,
        f"{prefix}.network.packet.dropped.transmit": counters.transmit_dropped,
    }
    if prefix == "system":
        found["system.network.packet.count.receive"] = counters.receive_packets
        found["system.network.packet.count.transmit"] = counters.transmit_packets
    return found
