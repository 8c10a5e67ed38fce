"""Which entities there are, as the store and the stream tell: what filters are matched against."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping

from tidegauge.metrics import filters
from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.filters import Filter
from tidegauge.metrics.records import CONTAINER, HOST, Column, Entity, Kind
from tidegauge.metrics.steps import HOUR, MINUTE
from tidegauge.queries.known import Known
from tidegauge.storage.base import Store, StoreError

log = logging.getLogger(__name__)

LIVE_MS = 3 * MINUTE
"""An entity whose rows come is told of again within a minute or two."""


class Entities:
    """The entities of the stream, and on request those of a range from the store. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._live: dict[str, Known] = {}
        self._heard_ms: dict[str, float] = {}
        self._still_ms: dict[str, float] = {}
        """When each was said to be there still."""
        self._ended: dict[str, tuple[str, float]] = {}
        """Containers whose end was told: in which life, and when (monotonic)."""
        self._values: dict[str, dict[str, float]] = {}
        self.news = 0
        """Grows when an entity comes or is described anew."""
        self.version = 0
        """Grows when a container comes, ends or is described anew."""
        self._store_failed = False
        self._kinds: dict[str, Kind] = {name: row.kind for name, row in catalogue().items()}
        self._units: dict[str, str] = {name: row.unit for name, row in catalogue().items()}

    def learn_metrics(self) -> None:
        """Take over what the store knows of metrics that the catalogue lacks. Raises StoreError."""
        for description in self._store.metrics():
            self._kinds.setdefault(description.name, description.kind)
            self._units.setdefault(description.name, description.unit)

    def learn_columns(self, columns: Iterable[Column]) -> bool:
        """Take over what rows of the stream say of metrics; whether some were not known."""
        new = [column for column in columns if column.name not in self._kinds]
        self._kinds.update({column.name: column.kind for column in new})
        return bool(new)

    def learn_unknown(self, metrics: Iterable[str]) -> None:
        """Ask the store for metrics that are not known, if there are any among these."""
        if all(name in self._kinds for name in metrics):
            return
        try:
            self.learn_metrics()
        except StoreError as error:
            log.warning("metrics_without_store error=%s", error)

    def kind(self, metric: str) -> Kind:
        """Counter or gauge; a metric never heard of counts as a gauge."""
        return self._kinds.get(metric, "gauge")

    def unit(self, metric: str) -> str:
        """The unit of a metric, "" if not known."""
        return self._units.get(metric, "")

    def note(self, host: str, entity: Entity, heard_ms: float) -> bool:
        """Take an entity from the stream, if nothing later is known; whether it is new, or described anew. heard_ms:
        when its last row came, monotonic.
        """
        with self._lock:
            if self._heard_ms.get(entity.id, heard_ms) > heard_ms:
                return False
            known = Known(host, entity)
            is_news = self._live.get(entity.id) != known
            self.news += is_news
            self.version += entity.kind == CONTAINER and is_news
            self._live[entity.id] = known
            self._heard_ms[entity.id] = heard_ms
            start, ended_ms = self._ended.get(entity.id, (entity.start, heard_ms))
            if start != entity.start or heard_ms - ended_ms > LIVE_MS:
                del self._ended[entity.id]
            return is_news

    def still(self, entities: Iterable[str], heard_ms: float) -> None:
        """Rows of some entities still come, as they were described. heard_ms: monotonic. It is no word about how they
        are described: one that was on its way longer counts all the same."""
        with self._lock:
            for name in self._live.keys() & set(entities):
                self._still_ms[name] = heard_ms
                if name in self._ended and heard_ms - self._ended[name][1] > LIVE_MS:
                    del self._ended[name]

    def end(self, entity: str, now_ms: float | None) -> None:
        """A container was told to have ended (now, monotonic), or to have started again (None).

        Rows of the life that ended do not bring it back, but if they come for minutes its end was none.
        """
        with self._lock:
            if now_ms is None:
                self._ended.pop(entity, None)
            elif known := self._live.get(entity):
                self._ended[entity] = known.entity.start, now_ms
            self.version += 1

    def forget(self, now_ms: float, kept_ms: float) -> None:
        """Let go of what was not heard of for an hour; of hosts for as long as presence names them."""

        def is_kept(name: str, known: Known) -> bool:
            return now_ms - self._last_ms(name) <= (kept_ms if known.entity.kind == HOST else HOUR)

        with self._lock:
            kept = {name for name, known in self._live.items() if is_kept(name, known)}
            self._live = {name: known for name, known in self._live.items() if name in kept}
            self._heard_ms = {name: at for name, at in self._heard_ms.items() if name in kept}
            self._still_ms = {name: at for name, at in self._still_ms.items() if name in kept}
            self._ended = {name: end for name, end in self._ended.items() if name in kept}
            self._values = {name: values for name, values in self._values.items() if name in kept}

    def keep(self, entity: str, values: dict[str, float]) -> None:
        """Keep what was read of an entity, for as long as that is known, for when the store does not answer."""
        with self._lock:
            if entity in self._live:
                self._values[entity] = values

    def kept(self, entity: str) -> dict[str, float]:
        """What was read of an entity last."""
        return self._values.get(entity, {})

    def get(self, entity: str) -> Known | None:
        """An entity of the stream."""
        return self._live.get(entity)

    def alike(self, entities: Mapping[str, Known]) -> int:
        """How many entities the stream tells of that are of the same kinds as some."""
        kinds = {known.entity.kind for known in entities.values()}
        with self._lock:
            return sum(known.entity.kind in kinds for known in self._live.values())

    def of_host(self, host: str) -> list[str]:
        """The entities of a host, as the stream tells."""
        with self._lock:
            return [name for name, known in self._live.items() if known.host == host]

    def is_live(self, entity: str, now_ms: float) -> bool:
        """Whether an entity's rows come; now_ms: monotonic."""
        with self._lock:
            return entity in self._live and self._is_live(self._live[entity].entity, now_ms)

    def running(self, now_ms: float) -> dict[str, list[Known]]:
        """The containers whose rows come, by host; now_ms: monotonic."""
        found: dict[str, list[Known]] = {}
        with self._lock:
            for known in self._live.values():
                if known.entity.kind == CONTAINER and self._is_live(known.entity, now_ms):
                    found.setdefault(known.host, []).append(known)
        return found

    def _is_live(self, entity: Entity, now_ms: float) -> bool:
        if entity.id in self._ended:
            return False
        return now_ms - self._last_ms(entity.id) <= max(LIVE_MS, 3 * entity.period_ms)

    def _last_ms(self, entity: str) -> float:
        return max(self._heard_ms[entity], self._still_ms.get(entity, 0.0))

    def find(self, terms: Filter, start_ms: int, end_ms: int) -> dict[str, Known]:
        """The entities that match and have rows in a range of days or live now. Raises StoreError."""
        known = {info.entity.id: Known(info.host, info.entity) for info in self._store.entities(start_ms, end_ms)}
        with self._lock:
            known.update(self._live)
        return dict(_matching(terms, known.items()))

    def find_or_live(self, terms: Filter, start_ms: int, end_ms: int) -> dict[str, Known]:
        """The same; those of the stream alone if the store does not answer."""
        return self.search(terms, start_ms, end_ms)[0]

    def search(self, terms: Filter, start_ms: int, end_ms: int) -> tuple[dict[str, Known], StoreError | None]:
        """The same, and why there may be more than the stream tells of."""
        try:
            found = self.find(terms, start_ms, end_ms)
        except StoreError as error:
            if not self._store_failed:
                log.warning("entities_without_store error=%s", error)
            self._store_failed = True
            with self._lock:
                return dict(_matching(terms, list(self._live.items()))), error
        self._store_failed = False
        return found, None


def _matching(terms: Filter, known: Iterable[tuple[str, Known]]) -> Iterable[tuple[str, Known]]:
    """Those that match. Most filters name a host, of whose entities each is: those of others need no closer look."""
    hosts = filters.named(terms, "host.id")
    if hosts:
        known = ((name, one) for name, one in known if one.host in hosts)
    return ((name, one) for name, one in known if filters.matches(terms, one.attributes()))
