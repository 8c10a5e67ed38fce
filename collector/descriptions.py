"""Which records carry what the metrics mean: the first of an incarnation, until one was settled. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection

from collector.spool import Key

AGAIN_RECORDS = 30


class Descriptions:
    """Whether a server has the descriptions of this incarnation."""

    def __init__(self) -> None:
        self._carriers: set[Key] = set()
        self._told = False
        self._wait = 0

    def lost(self, keys: Collection[Key]) -> None:
        """Records that will never be sent: no server has them."""
        self._carriers.difference_update(keys)

    def due(self, key: Key, holds: Callable[[Key], bool]) -> bool:
        """Whether the record `key` has to carry them; `holds` says whether a record is still unsettled."""
        self._told = self._told or not all(map(holds, self._carriers))
        if self._told:
            self._carriers.clear()
            return False
        self._wait -= 1
        if self._wait > 0:
            return False
        self._wait = AGAIN_RECORDS
        self._carriers.add(key)
        return True
