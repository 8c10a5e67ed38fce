"""Which life of its counters an entity is in: `#n` marks falls that no restart explains (rule 1). Pure."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN = 10_000


class Starts:
    """The counters of each entity as last seen; of the `KNOWN` entities seen last."""

    def __init__(self, counters: frozenset[str]) -> None:
        self._counters = counters
        self._seen: dict[str, tuple[str, int, dict[str, float]]] = {}

    def start(self, entity: str, base: str, values: Mapping[str, float]) -> str:
        """The entity's start now: `base`, with `#n` after the n-th fall of a counter since `base`."""
        known, falls, last = self._seen.pop(entity, (base, 0, {}))
        if known != base:
            falls, last = 0, {}
        fell = False
        for name, value in values.items():
            if name in self._counters:
                fell = fell or value < last.get(name, value)
                last[name] = value
        falls += fell
        self._seen[entity] = base, falls, last
        if len(self._seen) > KNOWN:
            del self._seen[next(iter(self._seen))]
        return f"{base}#{falls}" if falls else base
