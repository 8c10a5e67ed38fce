"""Minute rows, kept up tick by tick."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from collector.minutes import Minutes
from tests.minutes import MinuteRow, minute_rows, of_rows
from tests.rows import INCARNATION
from tidegauge.metrics import limits
from tidegauge.metrics.minutes import minute_of
from tidegauge.metrics.records import Block, Column, Entity, Kind, Record, rows

KINDS: dict[str, Kind] = {"bytes": "counter", "ops": "counter", "used": "gauge", "share": "gauge"}
ENTITIES = {"h1": "host", "c1": "container", "h1:cpu:cpu0": "cpu"}
MINUTE = 28_000_000 * 60_000


class Shown(NamedTuple):
    """What an entity shows at a tick: whether it began anew, and by how much its counters grew."""

    anew: bool
    values: dict[str, int | None]


shown = st.builds(
    Shown,
    st.sampled_from([False] * 9 + [True]),
    st.fixed_dictionaries({name: st.sampled_from([None, 0, 1, 7, 7, 7, 40]) for name in KINDS}),
)
ticks = st.lists(
    st.tuples(
        st.sampled_from([1, 900, 1000, 1000, 1000, 7000, 61_000]),
        st.booleans(),
        st.fixed_dictionaries({}, optional=dict.fromkeys(ENTITIES, shown)),
    ),
    max_size=30,
)


class World:
    """Entities whose counters rise until they begin anew."""

    def __init__(self) -> None:
        self.starts: dict[str, int] = {}
        self.counters: dict[tuple[str, str], int] = {}

    def record(self, time_ms: int, slow: bool, seen: dict[str, Shown]) -> Record:
        """A tick's record: of slow kinds only if they are read."""
        found = {name: one for name, one in seen.items() if slow or ENTITIES[name] != "cpu"}
        blocks = [self._block(name, one, time_ms) for name, one in found.items()]
        return Record(host="h1", incarnation=INCARNATION, seq=0, blocks=blocks)

    def _block(self, name: str, one: Shown, time_ms: int) -> Block:
        if one.anew:
            self.starts[name] = self.starts.get(name, 0) + 1
            self.counters = {key: value for key, value in self.counters.items() if key[0] != name}
        values = {metric: self._value(name, metric, grown) for metric, grown in one.values.items()}
        entity = Entity(name, ENTITIES[name], f"boot{self.starts.get(name, 0)}", 1000, {"host.id": "h1"})
        columns = [Column(metric, KINDS[metric]) for metric in values]
        return Block(entity.kind, [entity], columns, [0], [time_ms], [[value] for value in values.values()])

    def _value(self, name: str, metric: str, grown: int | None) -> float | None:
        if grown is None or KINDS[metric] == "gauge":
            return grown
        self.counters[name, metric] = self.counters.get((name, metric), 0) + grown
        return self.counters[name, metric]


def summarised(records: list[tuple[Record, int, bool]]) -> list[MinuteRow]:
    """The minute rows of ticks' records, handed over at the end of each minute and at the end."""
    minutes, found = Minutes(), []
    for record, time_ms, slow in records:
        if minutes.ends_before(time_ms):
            found.append(minutes.take())
        minutes.add(record, time_ms, slow)
    sent = [Record(host="h1", incarnation=INCARNATION, seq=0, minutes=blocks) for blocks in [*found, minutes.take()]]
    assert [limits.check(record) for record in sent] == [None] * len(sent)
    for record in sent:
        assert len({minute_of(row.time_ms) for row in minute_rows(record)}) <= 1
    return minute_rows(*sent)


@given(ticks)
def test_minute_rows_are_what_the_rule_says(drawn: list[tuple[int, bool, dict[str, Shown]]]) -> None:
    """Whatever comes, goes, restarts and is missing: the raw rows put together, each cut where the rule cuts."""
    world, time_ms, records = World(), MINUTE + 50_000, []
    for gap_ms, slow, seen in drawn:
        time_ms += gap_ms
        records.append((world.record(time_ms, slow, seen), time_ms, slow))
    every = [time for _, time, _ in records]
    read = dict.fromkeys(("host", "container"), every) | {"cpu": [time for _, time, slow in records if slow]}
    expected = of_rows([row for record, _, _ in records for row in rows(record)], KINDS, read)
    assert summarised(records) == expected


def host(time_ms: int, attributes: dict[str, str] | None = None, **values: float) -> tuple[Record, int, bool]:
    """A tick at which a host alone is seen."""
    entity = Entity("h1", "host", "boot", 1000, attributes or {})
    columns = [Column(name, KINDS[name]) for name in values]
    block = Block("host", [entity], columns, [0], [time_ms], [[value] for value in values.values()])
    return Record(host="h1", incarnation=INCARNATION, seq=0, blocks=[block]), time_ms, False


def test_nothing_ends_before_it_began() -> None:
    """Without rows there is no minute; what was handed over is gone."""
    minutes = Minutes()
    assert (minutes.ends_before(MINUTE), minutes.take()) == (False, [])
    minutes.add(*host(MINUTE + 59_999, used=1))
    assert (minutes.ends_before(MINUTE + 59_999), minutes.ends_before(MINUTE + 60_000)) == (False, True)
    assert len(minutes.take()) == 1
    assert (minutes.take(), minutes.last_ms) == ([], None)


def test_a_row_describes_its_entity_as_it_was_last() -> None:
    """A rename alone ends no row."""
    (row,) = summarised([host(MINUTE, used=1), host(MINUTE + 1000, {"host.name": "new"}, used=2)])
    assert (row.entity.attributes, row.rows) == ({"host.name": "new"}, 2)


def test_a_counter_that_falls_unmarked_ends_the_row() -> None:
    """Where nobody noticed the fall in its start, the row still holds counters that only rise."""
    found = summarised([host(MINUTE + 1000 * i, bytes=value) for i, value in enumerate((5, 9, 3, 4))])
    assert [row.values["bytes"] for row in found] == [[2, 5, 9, 4, 4], [2, 3, 4, 1, 1]]


def test_rates_have_few_digits() -> None:
    """A millionth of a unit a second."""
    (row,) = summarised([host(MINUTE, bytes=0), host(MINUTE + 3, bytes=1 / 3)])
    assert row.values["bytes"] == [2, 0, 1 / 3, 111.111111, 111.111111]
