"""A fleet of hosts of which a web node reads metrics, not entities: there are many."""

from __future__ import annotations

from app import orders
from tests.app.rig import Rig, Screen
from tests.rows import host, record

HOSTS = [f"h{n:02}" for n in range(orders.MANY)]
WIDE = "metrics=gauge&filter=kind%3Dhost"
TOPIC = "metric:gauge"


def second(rig: Rig, seq: int, *absent: str) -> None:
    """A second passes, then a row of each host comes but of those that are absent: its place, and the sequence."""
    rig.clock.advance(1_000)
    now_ms = rig.clock.wall_ms()
    for place, name in enumerate(HOSTS):
        if name not in absent:
            values: dict[str, list[float | None]] = {"gauge": [place + seq / 100], "other": [float(seq)]}
            rig.ingest.post([record([now_ms], values, seq=seq, entity=host(name))])
    rig.publisher.beat()
    rig.publisher.metrics.flush()
    rig.node.read(0)


def subscribe(rig: Rig, url: str = WIDE, id: int = 1) -> Screen:
    """A browser that shows a query."""
    rig.node.board.subscribe(rig.outbox, id, url)
    rig.node.read(0)
    return Screen(id)


def drawn(screen: Screen, host: str) -> list[float | None]:
    """The values that a screen shows of a host."""
    return [value for (entity, _, _), (value, _) in sorted(screen.drawn.items()) if entity == host]
