"""Sends records: the live lane posts each new one once, at once; the resend lane drains the rest (rule 5)."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from collector.letters.dead_letters import DeadLetters
from collector.sending.backoff import Backoff, retry_after_seconds
from collector.sending.batch import BODY_BYTES, TRIES, Batch
from collector.sending.link import Link, LinkState
from collector.sending.pace import Pace
from collector.sending.settle import BLAMING, NO_REPLY, Verdict, judge
from collector.sending.transport import Connections, Reply, TransportError
from collector.sending.workers import Lanes
from collector.spool import Item, Key, Spool
from tidegauge.clock import Clock
from tidegauge.metrics import wire
from tidegauge.metrics.wire import PostHeader

LIVE_SECONDS = 3
RESEND_SECONDS = 10
LIVE_REQUESTS = 4
TOO_LARGE = 413


class Who(NamedTuple):
    """What a POST says of its sender. token: asked for each POST, as it may change; "" is none."""

    host: str
    name: str
    period_ms: int
    token: Callable[[], str] = str


class Drain(NamedTuple):
    """How the backlog does: its records, how many a second went of late, and how long it lasts at that, if known."""

    records: int
    a_second: float
    seconds_left: float | None


class Sender:
    """The way of one host's records to a server. `submit`, `tick` and `finish` are its agent's thread's."""

    def __init__(
        self,
        who: Who,
        urls: Sequence[str],
        spool: Spool,
        lanes: Lanes,
        clock: Clock,
        chance: Callable[[], float] = random.random,
        pace: Pace | None = None,
        letters: DeadLetters | None = None,
    ) -> None:
        self.spool = spool
        self.letters = letters or DeadLetters()
        self.resent = 0
        """Records of all posts of the resend lane."""
        self._who = who
        self._lanes = lanes
        self._clock = clock
        self._chance = chance
        self._link = Link(urls)
        self._backoff = Backoff()
        self._batch = Batch()
        self._pace = pace or Pace()
        self._flying: set[Key] = set()
        self._live = 0
        self._live_passes = False
        self._resending = False
        self._stopping = False
        self._incarnation = ""
        self._changed = threading.Condition()

    def submit(self, items: Sequence[Item]) -> list[Item]:
        """Keep new records and post them at once, in one body, if a live slot is free. Returns what was
        given up for them."""
        with self._changed:
            given_up = [lost for item in items for lost in self.spool.append(item)]
            self._incarnation = items[-1].incarnation
            free = self._live < LIVE_REQUESTS
            if free:
                self._live += 1
                self._flying.update(item.key for item in items)
        if not free:
            self.tick()
        elif not self._lanes.live.try_run(partial(self._post_live, items)):
            self._resend(self._landed(items, live=True))
        return given_up

    def tick(self) -> None:
        """Start a resend if there is a backlog and nothing stands in its way."""
        self._resend(self._landed([]))

    def finish(self, item: Item, seconds: float) -> list[Item]:
        """Post a last record with a header that says so, from this thread, all within `seconds`. Returns what was
        given up for it."""
        begun_ms = self._clock.monotonic_ms()
        with self._changed:
            given_up = self.spool.append(item)
            self._stopping = True
            self._incarnation = item.incarnation
            self.wait(seconds / 3)
            self._flying.add(item.key)
        left = seconds - (self._clock.monotonic_ms() - begun_ms) / 1000
        if left > 0:
            connections = Connections()
            self._post([item], connections, min(left, LIVE_SECONDS))
            connections.close()
        self._landed([item])
        return given_up

    def wait(self, seconds: float) -> bool:
        """Wait at most so long until no post is on its way, and say whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._flying, seconds)

    def link(self) -> LinkState:
        """How the way to the server is."""
        with self._changed:
            return self._link.state()

    def drain(self) -> Drain:
        """How the backlog does."""
        with self._changed:
            a_second = self._pace.a_second(self._clock.monotonic_ms())
            records = self.spool.held(self._flying).count
        return Drain(records, round(a_second, 1), round(records / a_second) if records and a_second else None)

    def _post_live(self, items: Sequence[Item], connections: Connections) -> None:
        verdict = self._post(items, connections, LIVE_SECONDS)
        with self._changed:
            self._live_passes = bool(verdict.settled)
            if self._live_passes:
                self._backoff.reset()
                self._batch.passed()
            elif verdict.foreign is None:
                self._batch.missed(self._batch.records, is_busy=True)
            backlog = self._landed(items, live=True)
        self._resend(backlog)

    def _resend(self, items: list[Item]) -> None:
        if items and not self._lanes.resend.try_run(partial(self._drain, items)):
            with self._changed:
                self._resending = False
                self._flying.difference_update(item.key for item in items)

    def _drain(self, items: list[Item], connections: Connections) -> None:
        while items:
            begun_ms = self._clock.monotonic_ms()
            verdict = self._post(items, connections, RESEND_SECONDS)
            with self._changed:
                hopeless = self._learn([item.key for item in items], verdict, begun_ms)
            if hopeless:
                self._give_up(items[0], verdict.failure)
            with self._changed:
                self._resending = False
                items = self._landed(items)

    def _landed(self, items: Sequence[Item], live: bool = False) -> list[Item]:
        """Posts have ended. Returns the next body of the resend lane if it may go now; then it is taken."""
        with self._changed:
            self._live -= live
            self._flying.difference_update(item.key for item in items)
            backlog = [] if self._resending else self._backlog()
            self._resending = self._resending or bool(backlog)
            self._changed.notify_all()
        return backlog

    def _backlog(self) -> list[Item]:
        """The next body of the resend lane, marked as on its way; none while it has to wait."""
        now_ms = self._clock.monotonic_ms()
        if self._stopping or self._backoff.waits(now_ms):
            return []
        records = self._pace.allows(now_ms, self._batch.records)
        if not records:
            return []
        besides = self._flying | self._batch.aside(now_ms)
        items = self.spool.oldest(records, BODY_BYTES, besides) or self.letters.again(records, BODY_BYTES, besides)
        self._flying.update(item.key for item in items)
        self._pace.sent(len(items), now_ms)
        self.resent += len(items)
        return items

    def _learn(self, keys: list[Key], verdict: Verdict, begun_ms: float) -> bool:
        """What a resend's end means for the next one. Returns whether its only record is hopeless."""
        now_ms = self._clock.monotonic_ms()
        settled = set(verdict.keys)
        took_ms = now_ms - begun_ms
        self._pace.answered(len(settled), took_ms, now_ms)
        if verdict.settled:
            self._backoff.reset()
            self._batch.took([key for key in keys if key not in settled], now_ms, took_ms)
            return False
        hopeless, too_large = False, verdict.foreign == TOO_LARGE
        if too_large or (verdict.foreign is not None and self._live_passes):
            hopeless = self._batch.refused(keys, now_ms, self._live_passes and verdict.foreign in BLAMING)
        elif not verdict.foreign:
            self._batch.missed(len(keys), is_busy=verdict.foreign is None)
        if not (too_large and len(keys) > 1):
            self._backoff.fail(now_ms, self._chance(), is_busy=verdict.foreign is None)
        return hopeless

    def _give_up(self, item: Item, failure: str) -> None:
        """A record that never passes while others do becomes a dead letter."""
        reason = f"{TRIES} times, while other records passed: {failure}"
        if self.letters.give_up(item, reason, self._clock.wall_ms()):
            self.spool.settle([item.key])
            self._batch.forget(item.key)

    def _post(self, items: Sequence[Item], connections: Connections, seconds: float) -> Verdict:
        """One POST: what came back, noted in spool, letters and link."""
        keys = [item.key for item in items]
        url = self._link.url
        body = b"".join(item.body for item in items)
        try:
            reply = connections.post(url, body, self._headers(keys), seconds)
        except TransportError as error:
            verdict = Verdict([], str(error), NO_REPLY)
            self._note(url, verdict, None)
            return verdict
        verdict = judge(keys, reply.status, reply.body)
        verdict = verdict.less(self.letters.settle(items, verdict.settled, self._clock.wall_ms()))
        self.spool.settle(verdict.keys)
        self._note(url, verdict, reply)
        return verdict

    def _note(self, url: str, verdict: Verdict, reply: Reply | None) -> None:
        now_ms = self._clock.wall_ms()
        with self._changed:
            if reply is not None and verdict.foreign is None:
                self._link.answered(now_ms, verdict.failure)
            else:
                self._link.failed(url, now_ms, verdict.failure, reply.status if reply else None)
            if reply is not None:
                seconds = retry_after_seconds(reply.retry_after, now_ms)
                self._backoff.hold(self._clock.monotonic_ms(), seconds)

    def _headers(self, keys: list[Key]) -> dict[str, str]:
        who = self._who
        header = PostHeader(
            host=who.host,
            now_ms=self._clock.wall_ms(),
            incarnation=self._incarnation,
            period_ms=who.period_ms,
            queue=self.spool.held(keys),
            stopping=self._stopping,
            name=who.name,
        )
        headers = {wire.HEADER: wire.encode_header(header), "Content-Type": wire.CONTENT_TYPE}
        if token := who.token():
            headers["Authorization"] = f"Bearer {token}"
        return headers
