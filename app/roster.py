"""Which containers run on a host, and how: told to who looks at it, when that changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from app import messages
from app.entities import Entities
from app.outbox import Outbox
from layouts.roster import ContainerRow
from tidegauge.queries import combine
from tidegauge.queries.known import Known

LOOK_MS = 1_000
"""How often it is looked whether some are silent."""


@dataclass(eq=False)
class _Watch:
    """One browser's order. container "": all of the host's. told: what was last sent."""

    host: str
    container: str
    told: str = ""


class Roster:
    """Who looks at which containers. Thread-safe."""

    def __init__(self, entities: Entities, monotonic_ms: Callable[[], float]) -> None:
        self._entities = entities
        self._monotonic_ms = monotonic_ms
        self._lock = threading.Lock()
        self._watches: dict[Outbox, _Watch] = {}
        self._looked_ms = 0.0
        self._version = -1

    def watch(self, outbox: Outbox, host: str, container: str) -> None:
        """Tell a browser of a host's containers, or of one; replaces what it watched before."""
        with self._lock:
            self._watches[outbox] = _Watch(host, container)
            self._version = -1
        self.tell()

    def leave(self, outbox: Outbox) -> None:
        """A browser went, or looks at something else."""
        with self._lock:
            self._watches.pop(outbox, None)

    def tell(self) -> None:
        """Send what changed since it was told last; called often."""
        with self._lock:
            now_ms, version = self._monotonic_ms(), self._entities.version
            if not self._watches or (version == self._version and now_ms - self._looked_ms < LOOK_MS):
                return
            self._looked_ms, self._version = now_ms, version
            running = self._entities.running(now_ms)
            for outbox, watch in self._watches.items():
                found = [row(one) for one in running.get(watch.host, ())]
                mine = sorted(one for one in found if watch.container in ("", one.id))
                text = messages.containers(watch.host, watch.container, [one._asdict() for one in mine])
                if text != watch.told:
                    watch.told = text
                    outbox.put(text)


def row(known: Known) -> ContainerRow:
    """What a page shows of a container."""
    told = known.entity.attributes
    return ContainerRow(
        id=known.entity.id,
        name=combine.entity_name(known),
        project=told.get("container.project", ""),
        service=told.get("container.service", ""),
        image=told.get("container.image.name", ""),
        runtime=told.get("container.runtime", ""),
        health=told.get("container.health", ""),
    )
