"""What a life that was killed left in the spool: how far it came, and the minute rows that it did not come to send,
made up at the next start (rule 13). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from collector.agent import Past
from collector.builder import SLOW_KINDS
from collector.claims import Run
from collector.disk.disk_spool import DiskSpool
from collector.minutes import Minutes
from collector.spool import Item
from tidegauge.metrics import wire
from tidegauge.metrics.records import MinuteBlock, Record

MADE_UP = 1 << 40
"""Where the sequence numbers of what is made up begin. No life counts so far (at ten records a second
3,000 years), so they are none of its own, also of those that it sent and that no disk has seen."""
MOST_BLOCKS = 50
"""A record takes twice as many."""


def past(saved: Past, behind: Sequence[Item]) -> Past:
    """What is known of the last life: what it `saved`, and the records with raw rows behind its last summary.

    After a power cut the spool may know more than the file that was saved.
    """
    incarnations = [item.incarnation for item in behind] + ([saved.incarnation] if saved.incarnation else [])
    times = [item.to_ms for item in behind] + ([saved.last_ms] if saved.last_ms is not None else [])
    return Past(max(incarnations, default=None), max(times, default=None), saved.lost, summaries(behind))


def lost(spool: DiskSpool, period_ms: int) -> list[Run]:
    """What to claim of the records that the spool found to be lost since it was asked last."""
    return [run for loss in spool.losses() if (run := loss.run(period_ms))]


def summaries(behind: Iterable[Item]) -> list[Item]:
    """Items of the minute rows of all raw rows in `behind`, which lie behind the last summary, in order.

    Each is of one incarnation and comes out the same however often it is made. The last one says that
    it is a summary: if the process ends before it is kept, all are made again.
    """
    records = (record for item in behind if (record := item.record()) and record.blocks)
    found = [item for _, life in groupby(records, lambda record: record.incarnation) for item in _of_life(life)]
    return [*found[:-1], *(item._replace(summary=True) for item in found[-1:])]


def _of_life(records: Iterable[Record]) -> Iterator[Item]:
    minutes, last = Minutes(), None
    blocks: list[MinuteBlock] = []
    for record in records:
        stamp_ms = record.blocks[0].times[0]
        if minutes.last_ms is not None and stamp_ms <= minutes.last_ms:
            continue  # kept twice
        if last and minutes.ends_before(stamp_ms):
            blocks += minutes.take()
            if len(blocks) > MOST_BLOCKS:
                yield _item(last, blocks)
                blocks = []
        minutes.add(record, stamp_ms, slow=any(block.kind in SLOW_KINDS for block in record.blocks))
        last = record
    if last:
        yield _item(last, [*blocks, *minutes.take()])


def _item(last: Record, blocks: list[MinuteBlock]) -> Item:
    seq, stamp_ms = MADE_UP + last.seq, last.blocks[0].times[0]
    record = Record(host=last.host, incarnation=last.incarnation, seq=seq, minutes=blocks)
    return Item(record.incarnation, seq, stamp_ms, stamp_ms, wire.encode(record), ticks=0)
