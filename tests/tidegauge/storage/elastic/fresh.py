"""A store whose queries see all that was answered: each begins with a refresh, so no test has to wait for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidegauge.metrics.parts import Parts
from tidegauge.metrics.records import Description
from tidegauge.storage.base import Coverage, EntityInfo, StoredEvent
from tidegauge.storage.elastic.store import ElasticStore


class FreshStore(ElasticStore):
    """An ElasticStore, refreshed before each look."""

    def parts(self, *args: Any, **options: Any) -> Parts:
        self.refresh()
        return super().parts(*args, **options)

    def coverage(self, *args: Any) -> Coverage:
        self.refresh()
        return super().coverage(*args)

    def entities(self, start_ms: int, end_ms: int) -> list[EntityInfo]:
        self.refresh()
        return super().entities(start_ms, end_ms)

    def events(self, start_ms: int, end_ms: int, hosts: Sequence[str] | None = None) -> list[StoredEvent]:
        self.refresh()
        return super().events(start_ms, end_ms, hosts)

    def metrics(self) -> list[Description]:
        self.refresh()
        return super().metrics()

    def last_incarnation(self, host: str) -> str | None:
        self.refresh()
        return super().last_incarnation(host)

    def retain(self, now_ms: int) -> list[str]:
        self.refresh()
        return super().retain(now_ms)


def opened(url: str, retention_days: int = 3, summary_days: int = 3) -> FreshStore:
    """A store as tests open it; the caller closes it."""
    return FreshStore(url, "", "", retention_days=retention_days, summary_days=summary_days)
