"""The ingest side of a server, put together: hub, window, group commit, door, and who looks after them."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint

import tidegauge
from cli.node_documents import NodeDocuments
from ingest_api import blueprint, metric_lane
from ingest_api.beats import Beats
from ingest_api.blueprint import IngestNode
from ingest_api.cable import Cable
from ingest_api.committer import Committer
from ingest_api.door import Door
from ingest_api.publisher import Publisher
from ingest_api.pulse import Pulse
from ingest_api.subscribers import Subscribers
from tidegauge.clock import Clock
from tidegauge.cluster import frames
from tidegauge.cluster.directory import NodeDocument
from tidegauge.cluster.frames import Hello
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.mesh import LocalLink
from tidegauge.cluster.roll import Roll
from tidegauge.cluster.window import FrameWindow
from tidegauge.settings import Settings
from tidegauge.storage.base import Documents, Store, StoreError

log = logging.getLogger(__name__)

TIDY_SECONDS = 60


@dataclass(frozen=True)
class IngestSide:
    """An ingest side that runs. open_link gives a new reader of its hub."""

    hub: Hub
    committer: Committer
    blueprint: Blueprint
    open_link: Callable[[], LocalLink]
    pulse: Pulse
    beats: Beats
    lane: Beats
    roll: Roll
    stop: threading.Event

    @property
    def alive(self) -> bool:
        """Whether all threads run."""
        return all(part.alive for part in (self.committer, self.pulse, self.beats, self.lane, self.roll))

    def close(self) -> None:
        """Stop: streams first, then what waits is committed."""
        self.stop.set()
        self.pulse.close()
        self.beats.close()
        self.lane.close()
        self.roll.close()
        self.hub.close()
        self.committer.close()


def create_ingest_side(
    settings: Settings, store: Store, clock: Clock, window_ms: int, documents: Documents | None = None
) -> IngestSide:
    """The ingest side over a store, its threads running. documents: where it writes who it is, if others are to
    know."""
    name = settings.node or settings.bind
    hub, window = Hub(clock), FrameWindow(2 * window_ms)
    publisher = Publisher(hub, window, clock, window_ms, name)
    committer = Committer(store)
    door = Door(committer, publisher, clock, settings.retention, settings.summary_retention)
    url, life = settings.advertise or f"http://{settings.bind}", secrets.token_hex(8)
    own = NodeDocument(name, url, tidegauge.__version__, 0, life=life)
    roll = Roll((), clock, NodeDocuments(documents) if documents else None, own)
    subscribers = Subscribers()
    pulse = Pulse(name, hub, committer, clock, roll, subscribers)

    def open_link() -> LocalLink:
        return LocalLink(hub, window, lambda: [*publisher.snapshot(), pulse.frame()], clock)

    def hello() -> Hello:
        return Hello(name, frames.WRITTEN, roll.urls(), window_ms, life, tidegauge.__version__)

    node = IngestNode(door, Cable(), clock, hello, open_link, subscribers)
    routes = blueprint.create_blueprint(node)
    stop = threading.Event()
    tidy = threading.Thread(
        target=_tidy, args=(store, publisher, window, clock, settings.kept_ms, stop), name="tidy", daemon=True
    )
    tidy.start()
    roll.start()
    beats, lane = Beats(publisher.beat), Beats(publisher.metrics.flush, metric_lane.SECONDS)
    return IngestSide(hub, committer, routes, open_link, pulse, beats, lane, roll, stop)


def _tidy(
    store: Store, publisher: Publisher, window: FrameWindow, clock: Clock, kept_ms: int, stop: threading.Event
) -> None:
    """Once a minute: give up what is past retention, let go of old frames and of who is not heard. kept_ms: how long
    data are kept."""
    while True:
        publisher.forget(kept_ms)
        window.trim(clock.monotonic_ms())
        try:
            for gone in store.retain(clock.wall_ms()):
                log.info("retention_removed what=%s", gone)
        except StoreError as error:
            log.warning("retention_failed error=%s", error)
        if stop.wait(TIDY_SECONDS):
            return
