"""The agent: from schedule to sender, with a clock turned by hand and a real server."""

from __future__ import annotations

from itertools import pairwise

import pytest

from collector.agent import Agent, Past, Progress
from collector.claims import Run
from collector.identity import describe
from collector.memory_queue import MemoryQueue
from collector.readings import Reading
from collector.schedule import Tick
from collector.sending.sender import Sender, Who
from collector.sending.workers import Lanes
from collector.spool import Item
from tests.clocks import HandClock
from tests.collector.scripted_server import PATIENCE_SECONDS, ScriptedServer, outcomes, page
from tests.minutes import minute_rows, of_rows
from tests.rows import NOW
from tidegauge.metrics import events, incarnations, limits
from tidegauge.metrics.records import Event, Record, rows

HOST = describe("h1", "web", "boot", "f", [], "Linux")
PERIOD = 1000


class Source:
    """A host whose uptime is all it shows."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []
        self.events: list[Event] = []

    def happened(self) -> list[Event]:
        told, self.events = self.events, []
        return told

    def read(self, tick: Tick, /) -> list[Reading]:
        self.ticks.append(tick)
        return [Reading("host", "", {"system.uptime": float(len(self.ticks))})]


class Bench:
    """An agent, its source and its clock, and what the server was sent."""

    def __init__(
        self, server: ScriptedServer, threads: Lanes, past: Past | None = None, queue_bytes: int = 1 << 20
    ) -> None:
        self.server = server
        self.clock = HandClock(NOW)
        self.kept: list[Progress] = []
        self.source = Source()
        who = Who("h1", "web", PERIOD)
        sender = Sender(who, [server.url], MemoryQueue(queue_bytes), threads, self.clock)
        self.agent = Agent(HOST, self.source, sender, self.clock, PERIOD, past, self.kept.append)

    def turn(self, count: int = 1, late_ms: float = 0) -> None:
        """So many ticks, each when it is due or later."""
        for _ in range(count):
            self.clock.advance(self.agent.due_ms - self.clock.monotonic_ms() + late_ms)
            self.agent.turn()
            assert self.agent.sender.wait(PATIENCE_SECONDS)

    def records(self) -> list[Record]:
        """What the server was sent, in order."""
        return [record for post in self.server.posts for record in post.records]

    def events(self, kind: str) -> list[Event]:
        """The events of one kind that the server was sent."""
        return [event for record in self.records() for event in record.events if event.kind == kind]


@pytest.fixture
def bench(server: ScriptedServer, threads: Lanes) -> Bench:
    """An agent in its first life."""
    return Bench(server, threads)


def test_one_record_a_tick(bench: Bench) -> None:
    """Sequence, stamps and period; all of it within every server's limits."""
    bench.turn(3)
    found = bench.records()
    assert [record.seq for record in found] == [0, 1, 2]
    stamps = [row.time_ms for record in found for row in rows(record)]
    assert [after - before for before, after in pairwise(stamps)] == [PERIOD, PERIOD]
    assert {record.incarnation for record in found} == {bench.agent.incarnation}
    assert [limits.check(record) for record in found] == [None] * 3


def test_nothing_before_it_is_due(bench: Bench) -> None:
    """A turn that comes early does nothing."""
    bench.agent.turn()
    assert bench.source.ticks == []


def test_started(bench: Bench) -> None:
    """The first record says that the collector started, and what the metrics mean; the next ones do not."""
    bench.turn(2)
    first, second = bench.records()
    (event,) = bench.events(events.COLLECTOR_STARTED)
    assert (event.entity, event.attributes["incarnation"]) == ("h1", first.incarnation)
    assert "system.uptime" in {description.name for description in first.metrics}
    assert (second.events, second.metrics) == ([], [])


def test_descriptions_until_one_was_taken(server: ScriptedServer, bench: Bench) -> None:
    """While no record with descriptions was settled, one in thirty carries them."""
    server.default = page(500)
    bench.turn(31)
    live = {record.seq: record for record in bench.records()}
    assert [seq for seq, record in live.items() if record.metrics] == [0, 30]


def test_what_the_next_life_has_to_know(bench: Bench) -> None:
    """Incarnation and stamp are kept at each tick."""
    bench.turn(2)
    stamps = [tick.stamp_ms for tick in bench.source.ticks]
    assert bench.kept == [Progress(bench.agent.incarnation, stamp) for stamp in stamps]


def test_what_happened_goes_with_the_tick(bench: Bench) -> None:
    """What the source saw is in the record of the same tick, in order and once."""
    bench.turn()
    told = [Event("c" * 64, NOW * 1_000_000 + n, events.CONTAINER_STARTED) for n in range(2)]
    bench.source.events = list(told)
    bench.turn(2)
    assert [record.events for record in bench.records()[1:]] == [told, []]


def test_next_life(server: ScriptedServer, threads: Lanes) -> None:
    """It is later than the last one and claims the hole since, and what its end lost."""
    past = Past(f"{NOW + 5000:013d}-cccc", NOW - 60_000, [Run(NOW - 65_000, NOW - 62_000, 4)])
    bench = Bench(server, threads, past)
    bench.turn()
    assert bench.agent.incarnation > f"{NOW + 5000:013d}-cccc"
    dropped, stopped = (event.attributes for event in bench.events(events.GAP))
    assert (dropped["reason"], dropped["count"]) == ("dropped", "4")
    stamp = bench.source.ticks[0].stamp_ms
    assert (stopped["reason"], stopped["from_ms"], stopped["to_ms"]) == ("stopped", str(NOW - 60_000), str(stamp))


def test_minute_rows_of_the_last_life(server: ScriptedServer, threads: Lanes) -> None:
    """They are kept before the first record of this life, also if it ends before that, and sent as they are."""
    made_up = Item("1700000000000-cccc", 9, NOW - 1000, NOW - 1000, b"", ticks=0, summary=True)
    bench = Bench(server, threads, Past(summaries=[made_up]))
    assert bench.agent.sender.spool.oldest(9, 1000) == [made_up]
    server.default = page(500)
    bench.turn()
    assert [item.key for item in bench.agent.sender.spool.oldest(9, 10_000)] == [
        made_up.key,
        (bench.agent.incarnation, 0),
    ]


def test_next_life_with_a_clock_set_back(server: ScriptedServer, threads: Lanes) -> None:
    """A last row that lies ahead leaves no hole; the incarnation is later all the same."""
    bench = Bench(server, threads, Past(incarnations.new(NOW + 60_000), NOW + 60_000))
    bench.turn()
    assert bench.events(events.GAP) == []
    assert incarnations.stamp_ms(bench.agent.incarnation) == NOW + 60_001


def test_missed_ticks_are_claimed(bench: Bench) -> None:
    """A hole comes with the record that ends it."""
    bench.turn()
    bench.turn(late_ms=5 * PERIOD)
    (event,) = bench.events(events.GAP)
    before, after = bench.source.ticks
    assert event.attributes == {
        "reason": "skipped",
        "from_ms": str(before.stamp_ms),
        "to_ms": str(after.stamp_ms),
        "count": "5",
    }


def test_clock_set_back(bench: Bench) -> None:
    """A stamp that would not be later draws a new incarnation, which begins anew; before it the minute so
    far is handed over under its own."""
    bench.turn(2)
    first = bench.agent.incarnation
    bench.clock.set_wall(bench.clock.wall_ms() - 60_000)
    bench.turn(2)
    summary, record = bench.records()[2:4]
    assert [len(post.records) for post in bench.server.posts] == [1, 1, 2, 1]
    assert (summary.incarnation, summary.seq, [row.rows for row in minute_rows(summary)]) == (first, 2, [2])
    assert (record.incarnation > first, record.seq, bool(record.metrics)) == (True, 0, True)
    assert len({record.incarnation for record in bench.records()}) == 2


def test_minute_rows(server: ScriptedServer, bench: Bench) -> None:
    """Before the first raw row of a minute come those of the minute before, in one body with it."""
    bench.turn(120)
    raw = [row for record in bench.records() for row in rows(record)]
    expected = of_rows(raw, {"system.uptime": "gauge"})
    assert minute_rows(*bench.records()) == expected[:2]
    assert [row.rows for row in expected] == [40, 60, 20]
    summaries = [record for record in bench.records() if record.minutes]
    assert [limits.check(record) for record in summaries] == [None, None]
    assert [(record.seq, record.blocks, record.events) for record in summaries] == [(40, [], []), (101, [], [])]
    bodies = [[record.seq for record in post.records] for post in server.posts]
    assert [body for body in bodies if len(body) > 1] == [[40, 41], [101, 102]]


def test_a_summary_waits_with_nothing_to_miss(server: ScriptedServer, bench: Bench) -> None:
    """While it is not settled, the queue does not reach back behind its last raw row; given up, it leaves no hole."""
    server.default = page(500)
    bench.turn(41)
    spool = bench.agent.sender.spool
    (item,) = [item for item in spool.oldest(99, 1 << 20) if item.summary]
    assert item.from_ms == item.to_ms == bench.source.ticks[39].stamp_ms
    assert (item.ticks, spool.held().count) == (0, 42)


@pytest.mark.slow
def test_every_row_is_stored_or_claimed(server: ScriptedServer, threads: Lanes) -> None:
    """After an outage that the queue could not hold, each row is in the store or in a claim, never in both."""
    server.default = page(500)
    bench = Bench(server, threads, queue_bytes=20_000)
    bench.turn(400)
    assert bench.agent.dropped
    refused = len(server.posts)
    server.default = outcomes("stored")
    bench.turn(3)
    while bench.agent.sender.spool.held().count:
        bench.turn()
    taken = [record for post in server.posts[refused:] for record in post.records]
    stored = {row.time_ms for record in taken for row in rows(record)}
    claims = [event.attributes for record in taken for event in record.events if event.kind == events.GAP]
    spans = [range(int(claim["from_ms"]) + 1, int(claim["to_ms"])) for claim in claims]
    lost = [tick.stamp_ms for tick in bench.source.ticks if tick.stamp_ms not in stored]
    for tick in bench.source.ticks:
        assert (tick.stamp_ms in lost) == any(tick.stamp_ms in span for span in spans)
    assert sum(int(claim["count"]) for claim in claims) == len(lost) <= bench.agent.dropped
    assert len(claims) < len(lost) / 3


def test_what_is_given_up_is_claimed_at_once(server: ScriptedServer, threads: Lanes) -> None:
    """The claim is in the queue before the turn ends: whoever is killed then claims nothing more."""
    server.default = page(500)
    bench = Bench(server, threads, queue_bytes=20_000)
    while not bench.agent.dropped:
        bench.turn()
    claimed = queued_claims(bench)
    assert sum(claimed) >= bench.agent.dropped - 2
    bench.agent.sender.spool.limit_bytes = 5_000
    bench.agent.stop(2)
    assert sum(queued_claims(bench)) > sum(claimed)


def queued_claims(bench: Bench) -> list[int]:
    """How many ticks each claim of the records that wait is of."""
    records = [item.record() for item in bench.agent.sender.spool.oldest(999, 1 << 20)]
    happened = [event.attributes for record in records if record for event in record.events]
    return [int(claim["count"]) for claim in happened if claim.get("reason") == "dropped"]


def test_stop(server: ScriptedServer, bench: Bench) -> None:
    """The last record holds the event and the open minute, and its header says stopping."""
    bench.turn(3)
    assert bench.agent.stop(2) == []
    assert server.posts[-1].header.stopping
    (last,) = server.posts[-1].records
    assert (last.blocks, [row.rows for row in minute_rows(last)]) == ([], [3])
    assert limits.check(last) is None
    (event,) = bench.events(events.COLLECTOR_STOPPED)
    assert event.attributes["incarnation"] == bench.agent.incarnation


def test_stop_without_a_server(server: ScriptedServer, bench: Bench) -> None:
    """What could not be handed over is told, for the next life to claim."""
    server.default = page(500)
    bench.turn(3)
    (run,) = bench.agent.stop(2)
    assert run == Run(bench.source.ticks[0].stamp_ms, bench.source.ticks[2].stamp_ms, 3)
