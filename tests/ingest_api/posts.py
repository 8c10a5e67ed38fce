"""POSTs for tests of the ingest node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ingest_api.committer import Committer
from ingest_api.door import Door
from ingest_api.publisher import Publisher
from tests.clocks import HandClock
from tests.rows import INCARNATION
from tidegauge.cluster.hub import Hub
from tidegauge.metrics import wire
from tidegauge.metrics.records import Record
from tidegauge.metrics.wire import Outcome, PostHeader, Queue
from tidegauge.storage.base import Store

WINDOW_MS = 10_000


class Ingest(NamedTuple):
    """An ingest node without its HTTP."""

    door: Door
    store: Store
    hub: Hub
    publisher: Publisher
    clock: HandClock
    committer: Committer | None = None

    def post(self, records: Sequence[Record], offset_ms: int = 0) -> tuple[int, list[Outcome]]:
        """Post records of one host (h1, if there are none), whose clock is off by so much; status and outcomes."""
        body = b"".join(wire.encode(one) for one in records)
        host = records[0].host if records else "h1"
        reply = self.door.post(header(self.clock.wall_ms() + offset_ms, host=host), body)
        return reply.status, wire.decode_answer(reply.body).outcomes

    def header(self, **fields: object) -> PostHeader:
        """The header of a POST of host h1 now."""
        return wire.decode_header(header(self.clock.wall_ms(), **fields))


def header(now_ms: int, **fields: object) -> str:
    """The header of a POST of host h1."""
    values: dict[str, object] = {
        "host": "h1",
        "now_ms": now_ms,
        "incarnation": INCARNATION,
        "period_ms": 1000,
        "queue": Queue(),
        "name": "web-1",
    }
    return wire.encode_header(PostHeader(**{**values, **fields}))  # type: ignore[arg-type]
