"""Tells a server the story of the shop as it happens: what is posted live is live, what was held back is late."""

from __future__ import annotations

import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.ingest_api.posts import header
from tests.minutes import summary
from tests.notebooks import shop
from tests.notebooks.shop import CUT, HOSTS, KILLED, SECONDS, Host, Teller
from tests.site import Site
from tidegauge.metrics import wire
from tidegauge.metrics.records import Record
from tidegauge.metrics.steps import MINUTE

BATCH_SECONDS = 2
"""Rows that come later than two seconds are late."""


def tell(site: Site) -> None:
    """Post the whole story to a site that listens, while its clock passes: from the next minute on, until now."""
    site.clock.advance(MINUTE - site.clock.wall_ms() % MINUTE)
    collectors = [_Collector(site, host) for host in HOSTS]
    site.clock.advance(-1000)  # a batch comes with its last row
    with ThreadPoolExecutor(len(HOSTS)) as pool:
        for first in range(0, SECONDS, BATCH_SECONDS):
            site.clock.advance(1000 * BATCH_SECONDS)
            for _ in pool.map(_Collector.read, collectors, [range(first, first + BATCH_SECONDS)] * len(HOSTS)):
                pass


class _Collector:
    """A host's: what it has not posted yet, and the minute it is in."""

    def __init__(self, site: Site, host: Host) -> None:
        self._site = site
        self._name = host.name
        self._begin_ms = site.clock.wall_ms()
        self._teller = Teller(host, self._begin_ms)
        self._held: list[Record] = []
        self._minute: list[Record] = []

    def read(self, batch: Sequence[int]) -> None:
        """Take the rows of some seconds, and post what is held."""
        is_db = self._name == "db-1"
        if is_db and KILLED[0] <= batch[0] < KILLED[1]:
            self._minute.clear()
            return
        if is_db and batch[0] == KILLED[1]:
            self._teller.restart(batch[0])
        news = [event for second in batch for event in shop.happened(self._name, second, self._begin_ms)]
        record = self._teller.record(batch, news)
        self._held.append(record)
        self._minute.append(record)
        if (batch[-1] + 1) % 60 == 0:
            self._held.append(summary(*self._minute, seq=100_000 + batch[0]))
            self._minute.clear()
        if not (is_db and CUT[0] <= batch[0] < CUT[1]):
            self._post()

    def _post(self) -> None:
        told = header(
            self._site.clock.wall_ms(), host=self._name, name=self._name, incarnation=self._teller.incarnation
        )
        request = urllib.request.Request(
            f"http://{self._site.host}/api/v1/records",
            b"".join(map(wire.encode, self._held)),
            {wire.HEADER: told, "Content-Type": wire.CONTENT_TYPE},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            outcomes = {one.outcome for one in wire.decode_answer(response.read()).outcomes}
        assert outcomes == {"stored"}, outcomes
        self._held.clear()
