"""The minute rows that a killed life did not come to send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from collector.agent import Agent, Past
from collector.claims import Run
from collector.disk.disk_spool import DiskSpool
from collector.identity import describe
from collector.readings import Reading
from collector.recovery import MADE_UP, lost, past, summaries
from collector.schedule import Tick
from collector.sending.sender import Sender, Who
from collector.sending.workers import lanes
from collector.spool import Item
from tests.clocks import HandClock
from tests.collector.scripted_server import PATIENCE_SECONDS, ScriptedServer, page
from tests.minutes import minute_rows, of_rows
from tests.rows import INCARNATION, KINDS, LATER, NOW, record
from tidegauge.metrics import gaps, limits, wire
from tidegauge.metrics.records import Event, Record, rows
from tidegauge.metrics.steps import MINUTE

HOST = describe("h1", "web", "boot", "f", [], "Linux")
BEGAN = NOW - NOW % MINUTE


def raw(seq: int, incarnation: str = INCARNATION, value: float | None = None) -> Record:
    """A record of one row, a second after the one before."""
    value = seq if value is None else value
    return record([BEGAN + 1000 * seq], {"counter": [value], "gauge": [-value]}, seq, incarnation=incarnation)


def items(*records: Record) -> list[Item]:
    """Records as the spool holds them."""
    stamps = [one.blocks[0].times[0] if one.blocks else BEGAN for one in records]
    return [Item(r.incarnation, r.seq, at, at, wire.encode(r)) for r, at in zip(records, stamps, strict=True)]


def opened(found: list[Item]) -> list[Record]:
    """The records of items, each within every server's limits."""
    records = [record for item in found if (record := item.record())]
    assert [limits.check(record) for record in records] == [None] * len(found)
    return records


def test_nothing_behind_the_last_summary() -> None:
    """A clean stop leaves nothing to make up."""
    assert summaries([]) == []


def test_one_open_minute() -> None:
    """The rows behind the last summary as a minute row of their own incarnation, with a number of its own."""
    lost = [raw(seq) for seq in range(7, 20)]
    (item,) = summaries(items(*lost))
    (made,) = opened([item])
    assert minute_rows(made) == of_rows([row for one in lost for row in rows(one)], KINDS)
    assert (item.key, item.ticks, item.summary) == ((INCARNATION, MADE_UP + 19), 0, True)
    assert (item.from_ms, item.to_ms) == (BEGAN + 19_000, BEGAN + 19_000)


def test_several_minutes_and_lives() -> None:
    """Where summaries were damaged there is more to make up; the last item alone says that this was all."""
    lost = [*(raw(seq) for seq in range(130)), *(raw(seq, LATER) for seq in range(130, 140))]
    found = summaries(items(*lost))
    assert minute_rows(*opened(found)) == of_rows([row for one in lost for row in rows(one)], KINDS)
    assert [(item.incarnation, item.summary) for item in found] == [(INCARNATION, False), (LATER, True)]


def test_an_hour_is_several_records() -> None:
    """No record is beyond the limits, and no two have the same name."""
    found = summaries(items(*(raw(60 * minute) for minute in range(180))))
    assert len(minute_rows(*opened(found))) == 180
    assert len({item.key for item in found}) == len(found) > 1


def test_the_same_again() -> None:
    """If the next start is killed too the one after makes the same items."""
    lost = items(*(raw(seq) for seq in range(90)))
    assert summaries(lost) == summaries(lost)


def test_records_that_are_there_twice() -> None:
    """A record that the spool wrote to two segments counts once."""
    lost = items(*(raw(seq) for seq in range(5)))
    assert summaries([*lost, *lost[2:]]) == summaries(lost)


def test_what_cannot_be_read_is_passed_over() -> None:
    """Records without rows, bodies that are none: the others are summed up."""
    lost = items(raw(0), record([], {}, 1), raw(2))
    broken = Item(INCARNATION, 3, BEGAN, BEGAN, b"no gzip")
    (row,) = minute_rows(*opened(summaries([broken, *lost, broken])))
    assert row.rows == 2


def test_what_is_known_of_the_last_life() -> None:
    """The later of what it saved and what its spool holds, after a power cut too."""
    lost = items(raw(0), raw(1, LATER))
    saved = Past(INCARNATION, BEGAN, [Run(1, 2, 3)])
    assert past(saved, lost) == Past(LATER, BEGAN + 1000, [Run(1, 2, 3)], summaries(lost))
    assert past(saved, []) == saved._replace(summaries=[])
    assert past(Past(LATER, NOW), lost[:1])[:2] == (LATER, NOW)
    assert past(Past(), []) == Past(summaries=[])
    assert past(Past(), lost)[:2] == (LATER, BEGAN + 1000)


@pytest.mark.slow
@pytest.mark.parametrize("step_ms", [0, -90_000, 7_200_000])
@pytest.mark.parametrize("settles", [False, True])
def test_lives_that_are_killed(server: ScriptedServer, tmp_path: Path, step_ms: int, settles: bool) -> None:
    """Three lives, in each of which the clock is set, and none of which ends as it should: what is in the spool and
    what was sent is each row once, and the minute rows of all of them, whether or not a server took any."""
    server.default = ScriptedServer.stores if settles else page(503)
    life = Life(server, tmp_path)
    for _ in range(3):
        life.turn(40)
        life.clock.set_wall(life.clock.wall_ms() + step_ms)
        life.turn(40)
        life.kill_and_start()
    records = life.records()
    raw = [row for one in records for row in rows(one)]
    assert len(raw) == len({(row.incarnation, row.time_ms) for row in raw}) == 240
    assert minute_rows(*records) == of_rows(raw, {"system.uptime": "gauge"})
    assert not [event for one in records for event in one.events if event.attributes.get("reason") == "dropped"]


def damage(folder: Path) -> None:
    """A page of the oldest segment is zeroed, and the cursor is gone."""
    (folder / "cursor").unlink()
    file = min(folder.glob("*.segment"))
    data = file.read_bytes()
    file.write_bytes(data[:8192] + bytes(4096) + data[12_288:])


def no_damage(_folder: Path) -> None:
    """Nothing but kills."""


@pytest.mark.slow
@pytest.mark.parametrize(("harm", "limit_bytes"), [(damage, 1 << 20), (no_damage, 60_000), (damage, 60_000)])
def test_what_is_lost_is_claimed(
    server: ScriptedServer, tmp_path: Path, harm: Callable[[Path], None], limit_bytes: int
) -> None:
    """Damage, and a queue that cannot hold an outage, across lives: in the end each row is in the store or in a claim,
    never in both."""
    server.default = page(503)
    life = Life(server, tmp_path, limit_bytes)
    for _ in range(2):
        life.turn(150)
        harm(tmp_path)
        life.kill_and_start()
    refused = len(server.posts)
    server.default = ScriptedServer.stores
    life.drain()
    taken = [record for post in server.posts[refused:] for record in post.records]
    stored = {row.time_ms for one in taken for row in rows(one)}
    claimed = [gap for gap in gaps.claims(event for one in taken for event in one.events) if gap.reason == "dropped"]
    measured = {row.time_ms for one in life.records() for row in rows(one)}
    lost = measured - stored
    assert lost
    for time_ms in measured:
        assert (time_ms in lost) == any(gap.from_ms < time_ms < gap.to_ms for gap in claimed)


class Life:
    """An agent over a queue on disk that is opened again and again without having been closed."""

    def __init__(self, server: ScriptedServer, folder: Path, limit_bytes: int = 1 << 24) -> None:
        self.clock = HandClock(NOW)
        self._limit_bytes = limit_bytes
        self._server = server
        self._folder = folder
        self._saved = Past()
        self._start()

    def _start(self) -> None:
        self._lanes = lanes(1)
        spool = self._spool = DiskSpool(self._folder, self._limit_bytes, 0, self.clock)
        sender = Sender(Who("h1", "web", 1000), [self._server.url], self._spool, self._lanes, self.clock)
        known = past(self._saved, self._spool.unsummarised())
        self._agent = Agent(HOST, Uptime(), sender, self.clock, 1000, known, None, lambda: lost(spool, 1000))

    def turn(self, count: int) -> None:
        """So many ticks."""
        for _ in range(count):
            self.clock.advance(self._agent.due_ms - self.clock.monotonic_ms())
            self._agent.turn()
            assert self._agent.sender.wait(PATIENCE_SECONDS)

    def drain(self) -> None:
        """Go on until nothing waits."""
        self.turn(5)
        for _ in range(100):
            if not self._spool.held().count:
                return
            self.turn(1)
        raise AssertionError(self._spool.held())

    def kill_and_start(self) -> None:
        """End without a word, and begin again, knowing nothing but what the spool holds."""
        self._lanes.close(PATIENCE_SECONDS)
        self._start()

    def records(self) -> list[Record]:
        """What was sent or waits, each once."""
        kept = [record for item in self._spool.oldest(9999, 1 << 30) if (record := item.record())]
        found = {(one.incarnation, one.seq): one for post in self._server.posts for one in post.records}
        found |= {(one.incarnation, one.seq): one for one in kept}
        return list(found.values())


class Uptime:
    """A host whose uptime is all it shows."""

    def read(self, tick: Tick, /) -> list[Reading]:
        return [Reading("host", "", {"system.uptime": tick.stamp_ms / 1000})]

    def happened(self) -> list[Event]:
        return []
