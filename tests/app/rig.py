"""A web node over a real ingest side and a real embedded store, moved on by hand."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dash._utils import to_json

from app.node import WebNode
from app.outbox import Outbox
from ingest_api.committer import Committer
from ingest_api.door import Door
from ingest_api.publisher import Publisher
from tests.clocks import HandClock
from tests.ingest_api.posts import WINDOW_MS, Ingest
from tests.rows import record
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.mesh import LocalLink
from tidegauge.cluster.window import FrameWindow
from tidegauge.metrics.records import Entity, Record
from tidegauge.storage.base import Health, Store, StoreUnavailableError
from tidegauge.storage.open import open_store


class Switch:
    """A store that says that it does not answer while it is `down`, and says nothing while it is `hanging`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.down = False
        self.asked = 0
        self.refresh_ms, self.commit_ms = store.refresh_ms, store.commit_ms
        self._answers = threading.Event()
        self._answers.set()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Have whoever asks wait until the end of it."""
        self._answers.clear()
        try:
            yield
        finally:
            self._answers.set()

    def health(self) -> Health:
        """How it is; never raises."""
        return Health(False, "down", 0, None) if self.down else self._store.health()

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        self._answers.wait()
        if self.down:
            raise StoreUnavailableError("down")
        return getattr(self._store, name)


class Rig:
    """An ingest node, a web node and one browser's outbox. `reads`: the store as the web node has it."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.clock = clock
        self.store = open_store(f"embedded:{folder}", retention_days=3)
        self.reads = Switch(self.store)
        hub, window = Hub(), FrameWindow(2 * WINDOW_MS)
        self.publisher = Publisher(hub, window, clock, WINDOW_MS)
        self.committer = Committer(self.store, gather_seconds=0)
        self.ingest = Ingest(Door(self.committer, self.publisher, clock, 3), self.store, hub, self.publisher, clock)
        link = functools.partial(LocalLink, hub, window, self.publisher.snapshot, clock)
        self.hub = hub
        self.node = WebNode(self.reads, link(), clock, WINDOW_MS)  # type: ignore[arg-type]
        self.outbox = Outbox()
        self._seq = 0

    def post(self, records: Sequence[Record], offset_ms: int = 0) -> None:
        """Post records and let the web node read them."""
        status, outcomes = self.ingest.post(records, offset_ms)
        assert status == 200, outcomes
        assert {outcome.outcome for outcome in outcomes} <= {"stored", "duplicate", "partial"}, outcomes
        self.publisher.beat()
        self.publisher.metrics.flush()
        self.node.read(0)

    def row(self, age_ms: int = 0, offset_ms: int = 0, entity: Entity | None = None, **values: float) -> None:
        """Post one row, so old, of host h1 or another; offset_ms: its clock less the server's."""
        self._seq += 1
        time_ms = self.clock.wall_ms() + offset_ms - age_ms
        columns = {name: [value] for name, value in values.items()}
        self.post([record([time_ms], columns, seq=self._seq, entity=entity)], offset_ms)

    def second(self, **values: float) -> None:
        """A second passes, then a row comes."""
        self.clock.advance(1_000)
        self.row(**values)

    def told(self, kind: str | None = None, outbox: Outbox | None = None) -> list[dict[str, Any]]:
        """What the browser (or another) was told since the last call; of one type, if named."""
        self.node.read(0)
        messages = [json.loads(text) for text in (outbox or self.outbox).take()]
        return [m for m in messages if kind is None or m["type"] == kind]

    def close(self) -> None:
        """End it all."""
        self.node.close()
        self.committer.close()
        self.store.close()


@contextmanager
def rig(folder: Path, clock: HandClock | None = None) -> Iterator[Rig]:
    """A rig that is closed in the end; the folder may be opened again by another."""
    made = Rig(folder, clock or HandClock())
    try:
        yield made
    finally:
        made.close()


def shown(page: object) -> str:
    """A page as a browser gets it: JSON."""
    return json.dumps(json.loads(str(to_json(page))))


class Screen:
    """What a browser draws of one subscription: points by (series, bucket), as the messages say."""

    def __init__(self, id: int = 1) -> None:
        self.id = id
        self.drawn: dict[tuple[str, str, int], tuple[float | None, int]] = {}
        self._names: dict[str, tuple[str, str]] = {}

    def take(self, messages: Sequence[dict[str, Any]]) -> Screen:
        """Follow messages in order; those of other subscriptions are skipped."""
        for message in messages:
            if message.get("id") != self.id:
                continue
            if message["type"] == "view":
                self.drawn.clear()
                self._names.clear()
            for series in message.get("series", ()):
                self._names[series["key"]] = (series["entity"], series["metric"])
            self._draw(message)
        return self

    def _draw(self, message: dict[str, Any]) -> None:
        for key, columns in message.get("columns", {}).items():
            for time_ms, value, joined in zip(columns["t"], columns["v"], columns["j"], strict=True):
                self.drawn[(*self._names[key], time_ms)] = (value, joined)
        for key, bucket, value, joined in message.get("points", ()):
            self.drawn[(*self._names[key], bucket)] = (value, joined)
        for key, bucket in message.get("remove", ()):
            self.drawn.pop((*self._names[key], bucket), None)

    def values(self) -> dict[int, float | None]:
        """Value by bucket, of whatever series."""
        return {bucket: value for (_, _, bucket), (value, _) in sorted(self.drawn.items())}
