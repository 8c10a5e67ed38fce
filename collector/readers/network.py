"""Network interfaces: /proc/net/dev."""

from __future__ import annotations

from collections.abc import Iterator

from collector.files import File
from collector.net_dev import interfaces, values
from collector.readings import Reading, Roots
from collector.schedule import Tick


class Network:
    """Counters of each interface; not lo, not the host's ends of containers, none without a packet."""

    def __init__(self, roots: Roots) -> None:
        self._dev = File(f"{roots.net}/dev")

    def read(self, _tick: Tick) -> Iterator[Reading]:
        for name, counters in interfaces(self._dev.read()):
            if any(counters) and name != "lo" and not name.startswith("veth"):
                yield Reading("network", name, values("system", counters), attributes={"device": name})
