"""What stands between views and the store."""

from __future__ import annotations

from app.tiles import Tiles
from tidegauge.metrics.parts import Parts
from tidegauge.storage.base import Store


class Samples:
    """The store's parts by way of tiles."""

    def __init__(self, store: Store, window_ms: int) -> None:
        self._store = store
        self._window_ms = window_ms
        self.tiles: Tiles[Parts] = Tiles()
