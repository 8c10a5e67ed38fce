"""An entity as queries see it."""

from __future__ import annotations

from typing import NamedTuple

from tidegauge.metrics.records import Entity


class Known(NamedTuple):
    """An entity and its host."""

    host: str
    entity: Entity

    def attributes(self) -> dict[str, str]:
        """What a filter sees: the attributes, and `entity`, `kind`, `host` which every entity has."""
        names = {"entity": self.entity.id, "kind": self.entity.kind, "host": self.host}
        return {**self.entity.attributes, **names}
