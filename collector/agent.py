"""An agent: one host from its schedule to its sender. What differs between hosts is the source alone.

A real host's source is the runner of its readers, a simulated one's is collector.simulation.simulated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

import tidegauge
from collector import claims
from collector.builder import Builder
from collector.claims import Run
from collector.descriptions import Descriptions
from collector.identity import Host
from collector.minutes import Minutes
from collector.readings import Reading, Source
from collector.schedule import Schedule, Tick, phase_ms
from collector.sending.sender import Sender
from collector.spool import Item
from tidegauge.clock import Clock
from tidegauge.metrics import events, incarnations, wire
from tidegauge.metrics.catalogue import catalogue, describe
from tidegauge.metrics.records import Description, Event, MinuteBlock, Record

log = logging.getLogger(__name__)

MOST_EVENTS = 500


class Past(NamedTuple):
    """What is known of a collector's last life.

    lost: records that its end took with it. summaries: minute rows that it did not come to send.
    """

    incarnation: str | None = None
    last_ms: int | None = None
    lost: Sequence[Run] = ()
    summaries: Sequence[Item] = ()


class Progress(NamedTuple):
    """What the next life has to know: the incarnation, and the stamp of the last row."""

    incarnation: str
    last_ms: int


class Agent:
    """Reads, records and sends one host. One thread calls it; the sender has its own.

    `keep` is called before a tick's record is sent, with what the next life has to know; `lost` gives the
    records that the spool found to be lost since it was asked last.
    """

    def __init__(
        self,
        host: Host,
        source: Source,
        sender: Sender,
        clock: Clock,
        period_ms: int,
        past: Past | None = None,
        keep: Callable[[Progress], None] | None = None,
        lost: Callable[[], Sequence[Run]] = list,
    ) -> None:
        past = past or Past()
        now_ms = clock.wall_ms()
        self.host = host
        self.sender = sender
        self.incarnation = incarnations.new(now_ms, past.incarnation)
        # a stamp that lies ahead needs no care: the incarnation drawn here is later than its own
        last_ms = past.last_ms if past.last_ms is not None and past.last_ms < now_ms else None
        self.schedule = Schedule(period_ms, phase_ms(host.id, period_ms), now_ms, clock.monotonic_ms(), last_ms)
        self.dropped = 0
        self._source = source
        self._clock = clock
        self._period_ms = period_ms
        self._keep = keep
        self._lost = lost
        self._builder = Builder(host, period_ms)
        self._descriptions = Descriptions()
        self._minutes = Minutes()
        self._metrics: list[Description] = describe(catalogue())
        self._seq = 0
        self._pending = [self._event(events.COLLECTOR_STARTED, now_ms)]
        self._pending += self._claims_of(past.lost)
        self._owe([lost for item in past.summaries for lost in sender.spool.append(item)])

    @property
    def last_ms(self) -> int | None:
        """The stamp of the last row, of a life before if this one has none yet."""
        return self.schedule.last_ms

    @property
    def due_ms(self) -> float:
        """When to call `turn` next, by the monotonic clock."""
        return self.schedule.due_ms

    def turn(self, overslept_ms: float = 0) -> None:
        """Take the tick that is due, if one is: read, record, send; before the first of a minute, the minute's rows."""
        tick = self.schedule.take(self._clock.wall_ms(), self._clock.monotonic_ms(), overslept_ms)
        if tick is None:
            return
        readings = list(self._source.read(tick))
        happened = self._source.happened()
        summary = self._summary() if tick.restamped or self._minutes.ends_before(tick.stamp_ms) else []
        if tick.restamped:
            self._begin_incarnation(tick.stamp_ms)
        if tick.hole:
            self._claim(tick)
        self._pending += happened
        self._pending += self._claims_of(self._lost())
        record = self._record(readings, tick.stamp_ms)
        self._minutes.add(record, tick.stamp_ms, tick.slow)
        if self._keep:
            self._keep(Progress(self.incarnation, tick.stamp_ms))
        self._submit([*summary, _item(record, tick.stamp_ms)])

    def stop(self, seconds: float) -> list[Run]:
        """Hand over the open minute and say that the collector stops, within `seconds`. Returns what was
        not handed over and ends with the process."""
        now_ms = self._clock.wall_ms()
        self._pending += [*self._claims_of(self._lost()), self._event(events.COLLECTOR_STOPPED, now_ms)]
        record = self._record_beside(self._minutes.take(), self._take_events())
        self._give_up(self.sender.finish(_summary_item(record, now_ms), seconds), now_ms)
        return claims.runs(self.sender.spool.volatile())

    def _record(self, readings: Sequence[Reading], stamp_ms: int) -> Record:
        name = self._name()
        metrics = self._metrics if self._descriptions.due(name, self.sender.spool.holds) else []
        return self._builder.record(readings, stamp_ms, name, self._take_events(), metrics)

    def _summary(self) -> list[Item]:
        """A record of the minute rows so far, if there are any."""
        last_ms, blocks = self._minutes.last_ms, self._minutes.take()
        return [_summary_item(self._record_beside(blocks, []), last_ms)] if last_ms and blocks else []

    def _record_beside(self, minutes: list[MinuteBlock], happened: list[Event]) -> Record:
        """A record without raw rows."""
        incarnation, seq = self._name()
        return Record(host=self.host.id, incarnation=incarnation, seq=seq, minutes=minutes, events=happened)

    def _name(self) -> tuple[str, int]:
        name = self.incarnation, self._seq
        self._seq += 1
        return name

    def _take_events(self) -> list[Event]:
        taken, self._pending = self._pending[:MOST_EVENTS], self._pending[MOST_EVENTS:]
        return taken

    def _begin_incarnation(self, stamp_ms: int) -> None:
        """The clock was set back: rows under the old incarnation would hide each other (rule 1)."""
        self.incarnation = incarnations.new(stamp_ms, self.incarnation)
        self._descriptions = Descriptions()
        self._seq = 0
        log.warning("clock_set_back host=%s incarnation=%s", self.host.id, self.incarnation)

    def _claim(self, tick: Tick) -> None:
        if tick.hole:
            log.warning("ticks_missed host=%s reason=%s ticks=%d", self.host.id, tick.hole.reason, tick.hole.ticks)
            self._pending.append(events.gap(self.host.id, *tick.hole, tick.stamp_ms))

    def _claims_of(self, lost: Sequence[Run]) -> list[Event]:
        now_ms = self._clock.wall_ms()
        return [claims.dropped(run, self.host.id, self._period_ms, now_ms) for run in lost]

    def _submit(self, items: Sequence[Item]) -> None:
        self._give_up(self.sender.submit(items), items[-1].to_ms)

    def _give_up(self, lost: Sequence[Item], stamp_ms: int) -> None:
        """Items were given up: claim them at once, as a process that is killed later claims nothing."""
        if lost:
            self._owe(lost)
            claim = self._record_beside([], self._take_events())
            self._owe(self.sender.spool.append(_item(claim, stamp_ms)._replace(ticks=0)))

    def _owe(self, lost: Sequence[Item]) -> None:
        """The next record has to claim items that were given up, and to carry the events that were in them."""
        if not lost:
            return
        if not self.dropped:
            log.warning("queue_full host=%s bytes=%d", self.host.id, self.sender.spool.limit_bytes)
        self.dropped += len(lost)
        self._descriptions.lost([item.key for item in lost])
        now_ms = self._clock.wall_ms()
        owed = claims.owed(lost, self.host.id, self._period_ms, now_ms)
        self._pending = claims.merged([*self._pending, *owed], self.host.id, now_ms)

    def _event(self, kind: str, now_ms: int) -> Event:
        about = {"incarnation": self.incarnation, "version": tidegauge.__version__}
        return Event(self.host.id, now_ms * 1_000_000, kind, about)


def _item(record: Record, stamp_ms: int) -> Item:
    return Item(record.incarnation, record.seq, stamp_ms, stamp_ms, wire.encode(record))


def _summary_item(record: Record, stamp_ms: int) -> Item:
    return _item(record, stamp_ms)._replace(ticks=0, summary=True)
