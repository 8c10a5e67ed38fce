"""The minute rows that a killed life did not come to send."""

from __future__ import annotations

from collector.agent import Past
from collector.claims import Run
from collector.recovery import MADE_UP, past, summaries
from collector.spool import Item
from tests.minutes import minute_rows, of_rows
from tests.rows import INCARNATION, KINDS, LATER, NOW, record
from tidegauge.metrics import limits, wire
from tidegauge.metrics.records import Record, rows
from tidegauge.metrics.steps import MINUTE

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
