"""The way of a POST: decode, refuse, publish, commit, announce (rules 4, 6, 7, 14). No Flask here."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from ingest_api.committer import Committer
from ingest_api.publisher import Publisher, late_ms
from tidegauge.clock import Clock
from tidegauge.metrics import events, expiry, limits, wire
from tidegauge.metrics.records import Record, count_rows
from tidegauge.metrics.steps import DAY
from tidegauge.metrics.wire import Outcome, PostHeader, WireError
from tidegauge.storage.base import Arrival

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 16 << 20
MAX_INFLATED_BYTES = 64 << 20
MAX_RECORDS = 4096
SMALL_BYTES = 32 << 10
"""One record, of a host with many containers."""
TURN_SECONDS = 5.0


class Reply(NamedTuple):
    """An answer: HTTP status and body. retry_after: seconds, 0 for none."""

    status: int
    body: bytes
    retry_after: int = 0


class _Refused(NamedTuple):
    """What of a record is refused before it comes to the store: its items; whether nothing else is left."""

    items: list[str]
    is_all: bool


@dataclass
class _Post:
    """One POST on its way. Outcomes are by place in the body; those still None are to be committed.

    size_bytes: of the records, inflated. refused: by place. problem: what is wrong with the
    sender's clock, for presence."""

    header: PostHeader
    received_ms: int
    size_bytes: int = 0
    outcomes: list[Outcome | None] = field(default_factory=list)
    records: dict[int, Record] = field(default_factory=dict)
    refused: dict[int, _Refused] = field(default_factory=dict)
    problem: str = ""


class Door:
    """What an ingest node does with a POST. Thread-safe: one call a request."""

    def __init__(
        self,
        committer: Committer,
        publisher: Publisher,
        clock: Clock,
        retention_days: int,
        summary_days: int | None = None,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        """retention_days: of raw rows. summary_days: of minute rows and events; as many if None."""
        self._committer = committer
        self._publisher = publisher
        self._clock = clock
        self._retention_ms = retention_days * DAY
        self._summary_ms = max(retention_days, summary_days or 0) * DAY
        self._turn_seconds = turn_seconds
        self._large = threading.Lock()

    def post(self, header_text: str, body: bytes) -> Reply:
        """Take the records of a body.

        1. Decode; what cannot be a record is refused, another version is to be sent again.
        2. Check against limits and clocks.
        3. Publish, whatever the store is like.
        4. Commit together with others; announce what was late.
        Large bodies take turns until they are published, so that small ones, which are live, need not
        wait for many of them; one whose turn does not come soon is to be sent again unread, and one of a backlog
        that the store would not take now. Raises WireError when nothing of the POST can be read.
        """
        header = wire.decode_header(header_text)
        if reason := limits.check_header(header):
            raise WireError("header", reason)
        post = _Post(header, self._clock.wall_ms())
        if self._is_in_vain(post, body):
            return self._reply(post, committed=False)
        if len(body) <= SMALL_BYTES:
            self._publish(post, body)
        elif self._is_its_turn(post):
            try:
                self._publish(post, body)
            finally:
                self._large.release()
        else:
            return self._reply(post, committed=False)
        return self._reply(post, self._commit(post))

    def _is_in_vain(self, post: _Post, body: bytes) -> bool:
        """Whether a body need not be read, by its first record: nothing of it is told before it is stored, which
        it would not be now. Then this record says why.
        """
        if not self._committer.is_behind:
            return False
        try:
            line, records = wire.first_member(body, MAX_INFLATED_BYTES)
            first = wire.decode(line)
        except WireError:
            return False
        if limits.clock_is_wrong(first, post.header.now_ms, post.received_ms):
            return False
        if not self._publisher.is_late(post.header, first):
            return False
        reason = self._committer.refusal(self._arrival(post, first), records)
        if reason:
            self._publisher.seen(post.header, post.received_ms, ())
            post.outcomes.append(Outcome(first.incarnation[:80], first.seq, "retry", reason))
        return bool(reason)

    def _is_its_turn(self, post: _Post) -> bool:
        """Wait for a large body's turn. A collector that waits is there, whether its turn comes or not."""
        if self._large.acquire(blocking=False):
            return True
        self._publisher.seen(post.header, post.received_ms, ())
        return self._large.acquire(timeout=self._turn_seconds)

    def _publish(self, post: _Post, body: bytes) -> None:
        self._decode(post, body)
        self._check(post)
        records = list(post.records.values())
        self._publisher.seen(post.header, post.received_ms, records, post.problem)
        self._publisher.publish(post.header, post.received_ms, records)

    def _decode(self, post: _Post, body: bytes) -> None:
        try:
            for line in wire.members(body, MAX_INFLATED_BYTES):
                if len(post.outcomes) >= MAX_RECORDS:
                    raise WireError("too_large", f"at most {MAX_RECORDS} records a POST")
                self._decode_one(post, line)
        except WireError as error:
            if not post.records or error.reason == "too_large":
                raise
            post.outcomes.append(Outcome("", -1, "refused", str(error)))

    def _decode_one(self, post: _Post, line: bytes) -> None:
        post.size_bytes += len(line)
        try:
            record = wire.decode(line)
        except wire.UnknownVersionError as error:
            post.outcomes.append(Outcome(error.incarnation, error.seq, "retry", str(error)))
        except WireError as error:
            post.outcomes.append(Outcome("", -1, "refused", str(error)))
        else:
            post.records[len(post.outcomes)] = record
            post.outcomes.append(None)

    def _check(self, post: _Post) -> None:
        """Settle what must not be published: malformed, another host's, a wrong clock, too old."""
        header = post.header
        for place, record in list(post.records.items()):
            reason = limits.check(record)
            if reason is None and record.host != header.host:
                reason = "host: a record must be of the host that the header names"
            if reason is not None:
                self._settle(post, place, "refused", reason)
            elif limits.clock_is_wrong(record, header.now_ms, post.received_ms):
                post.problem = _clock_sentence(header.now_ms - post.received_ms)
                self._settle(post, place, "retry", post.problem)
            else:
                self._expire(post, place, record)

    def _expire(self, post: _Post, place: int, record: Record) -> None:
        """Rule 14: what is past retention is refused, and of raw rows a dropped event says so."""
        now_ms = post.received_ms
        gone = expiry.expired(record, now_ms - self._retention_ms, now_ms - self._summary_ms)
        if not gone:
            return
        left = expiry.without(record, gone)
        is_empty = count_rows(left) == len(left.events) == 0
        post.refused[place] = _Refused(expiry.items(record, gone, "retention"), is_empty)
        if times := {record.blocks[b].times[r] for b, r, among in gone if among == "blocks"}:
            event = events.gap(record.host, "dropped", min(times), max(times), len(times), post.header.now_ms)
            left = msgspec.structs.replace(left, events=[*left.events, event])
        post.records[place] = left

    def _settle(self, post: _Post, place: int, outcome: wire.Settled, reason: str) -> None:
        record = post.records.pop(place)
        log.warning("record_%s host=%r seq=%d reason=%r", outcome, record.host[:80], record.seq, reason[:200])
        post.outcomes[place] = Outcome(record.incarnation[:80], record.seq, outcome, reason)

    def _commit(self, post: _Post) -> bool:
        """Commit what is left of a POST, and announce what was late; False if all of it has to come again."""
        places = list(post.records)
        arrivals = [self._arrival(post, post.records[place]) for place in places]
        if not arrivals:
            return True
        outcomes = self._committer.submit(arrivals, post.size_bytes)
        for place, outcome in zip(places, outcomes, strict=True):
            post.outcomes[place] = _with_refused(outcome, post, place)
        settled = [a.record for a, outcome in zip(arrivals, outcomes, strict=True) if outcome.outcome != "retry"]
        self._publisher.announce(post.header, settled)
        return bool(settled)

    def _arrival(self, post: _Post, record: Record) -> Arrival:
        return Arrival(record, post.received_ms, post.header.now_ms - late_ms(post.header.period_ms))

    def _reply(self, post: _Post, committed: bool) -> Reply:
        outcomes = [outcome for outcome in post.outcomes if outcome is not None]
        body = wire.encode_answer(self._clock.wall_ms(), outcomes)
        return Reply(200, body) if committed else Reply(503, body, retry_after=1)


def _clock_sentence(offset_ms: int) -> str:
    if abs(offset_ms) > limits.SENDER_OFF_MS:
        return f"clock: the sender's clock is {offset_ms / 3_600_000:+.1f} h off this server's; set it right"
    return "clock: rows lie more than 10 min ahead of the sender's own clock"


def _with_refused(outcome: Outcome, post: _Post, place: int) -> Outcome:
    """The store's outcome and the rows that were refused before it."""
    refused = post.refused.get(place)
    if refused is None or outcome.outcome == "retry":
        return outcome
    settled: wire.Settled = "refused" if refused.is_all else "partial"
    return Outcome(outcome.incarnation, outcome.seq, settled, "retention", [*refused.items, *outcome.items])
