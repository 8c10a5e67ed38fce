"""Which containers run on a host, and how: told to who looks at it, when that changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app import messages
from app.entities import Entities
from app.outbox import Outbox
from layouts.roster import ContainerRow
from tidegauge.queries import combine
from tidegauge.queries.known import Known

LOOK_MS = 1_000
"""How often it is looked whether some are silent."""


WORDS = 20
"""How many words of what a person looks for count."""


@dataclass(eq=False)
class _Watch:
    """One browser's order: of a host all containers (container "") or one; host None: of all hosts those that a
    text finds. told: what was last sent."""

    host: str | None
    container: str = ""
    find: str = ""
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
        self._begin(outbox, _Watch(host, container))

    def find(self, outbox: Outbox, text: str) -> None:
        """Tell a browser which hosts have containers that a text finds; replaces what it watched before."""
        if text.strip():
            self._begin(outbox, _Watch(None, find=text))
        else:
            self.leave(outbox)

    def _begin(self, outbox: Outbox, watch: _Watch) -> None:
        with self._lock:
            self._watches[outbox] = watch
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
                text = _text(watch, running)
                if text != watch.told:
                    watch.told = text
                    outbox.put(text)


def _text(watch: _Watch, running: Mapping[str, Sequence[Known]]) -> str:
    if watch.host is None:
        words = watch.find.lower().split()[:WORDS]
        hosts = {host: [one.name for one in map(row, known) if _has(one, words)] for host, known in running.items()}
        return messages.found(watch.find, {host: sorted(names) for host, names in sorted(hosts.items()) if names})
    mine = sorted(one for one in map(row, running.get(watch.host, ())) if watch.container in ("", one.id))
    return messages.containers(watch.host, watch.container, [one._asdict() for one in mine])


def _has(one: ContainerRow, words: Sequence[str]) -> bool:
    """Whether each word stands in its name, project, service, image, runtime or health."""
    told = "\n".join(one[1:]).lower()
    return all(word in told for word in words)


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
