"""A store against a model in plain Python: rows in any order, resends, restarts, days that are tidied."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.tidegauge.storage.contract.opening import Opening
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Block, Column, Entity, Record, Row, rows
from tidegauge.metrics.steps import DAY, STEPS_MS
from tidegauge.storage.base import Arrival, Coverage

NIGHT = 20_000 * DAY
"""A midnight, around which the rows lie."""
EXAMPLES = min(max(settings.default.max_examples // 2, 1), 300) if settings.default else 1
"""Half of what other tests try, at most 300: each opens a store a few times."""
ENTITIES = {"h1": "host", "h1:disk:a": "disk", "h2": "host"}
SERIES = [Series(entity, metric, "gauge") for entity in ENTITIES for metric in ("a", "b", "A")]

Key = tuple[str, str, int]


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """Rows of up to three entities of a kind, two days around a midnight; values whose sums are exact."""
    kind = draw(st.sampled_from(["host", "disk"]))
    entity = st.builds(
        Entity,
        st.sampled_from([name for name, its in ENTITIES.items() if its == kind]),
        st.just(kind),
        st.sampled_from(["boot", "boot#1"]),
        st.sampled_from([1000, 5000]),
        st.dictionaries(st.just("role"), st.sampled_from(["db", "web"])),
    )
    entities = draw(st.lists(entity, min_size=1, max_size=3))
    names = draw(st.lists(st.sampled_from(["a", "b", "A"]), max_size=3, unique=True))
    count = draw(st.integers(0, 6))
    taken = draw(st.lists(st.integers(-20, 20), min_size=count, max_size=count))
    values = st.none() | st.integers(-4000, 4000).map(lambda n: n / 4)
    return Block(
        kind,
        entities,
        [Column(name, "gauge") for name in names],
        draw(st.lists(st.integers(0, len(entities) - 1), min_size=count, max_size=count)),
        [NIGHT + 700 * n for n in taken],
        [draw(st.lists(values, min_size=count, max_size=count)) for _ in names],
    )


records = st.builds(
    Record,
    host=st.sampled_from(["h1", "h2"]),
    incarnation=st.sampled_from(["1700000000000-a", "1700000000001-b"]),
    seq=st.integers(0, 9),
    blocks=st.lists(blocks(), max_size=3),
)
appends = st.lists(st.tuples(records, st.booleans()), min_size=1, max_size=4)
"""Records of one batch, each late or not."""
RESTART, TIDY = "restart", "tidy"
histories = st.lists(appends | st.sampled_from([RESTART, TIDY]), min_size=1, max_size=8)


class Model:
    """A store in a dictionary: the first row of a key stays."""

    def __init__(self) -> None:
        self.rows: dict[Key, Row] = {}

    def append(self, batch: Sequence[tuple[Record, bool]]) -> list[str]:
        """The outcomes of records that are within retention."""
        return ["stored" if self._append(record, late) else "duplicate" for record, late in batch]

    def _append(self, record: Record, late: bool) -> bool:
        before = len(self.rows)
        for row in rows(record):
            received = NIGHT + DAY if late else None
            kept = Row(row.entity, row.host, row.incarnation, row.time_ms, row.values, received)
            self.rows.setdefault((row.entity.id, row.incarnation, row.time_ms), kept)
        return len(self.rows) > before

    def coverage(self, step_ms: int) -> list[dict[str, Any]]:
        """The lines of a coverage of all rows."""
        groups: dict[tuple[str, int, str, str], list[Row]] = {}
        for row in self.rows.values():
            key = (row.entity.id, p.bucket_of(row.time_ms, step_ms), row.incarnation, row.entity.start)
            groups.setdefault(key, []).append(row)
        return [_line(entity, bucket, name, some) for (entity, bucket, name, _), some in groups.items()]


def _line(entity: str, bucket: int, incarnation: str, some: Sequence[Row]) -> dict[str, Any]:
    times = [row.time_ms for row in some]
    received = [row.received_ms for row in some if row.received_ms is not None]
    return {
        "entity": entity,
        "incarnation": incarnation,
        "bucket": bucket,
        "first_ms": min(times),
        "last_ms": max(times),
        "period_ms": max(row.entity.period_ms for row in some),
        "rows": len(some),
        "late": len(received),
        "received_ms": max(received, default=0),
    }


def _lines(found: Coverage) -> list[dict[str, Any]]:
    names = ("bucket", "first_ms", "last_ms", "period_ms", "rows", "late", "received_ms")
    return [
        {
            "entity": found.entities[found.entity[i]],
            "incarnation": found.incarnations[found.incarnation[i]],
            **{name: getattr(found, name)[i].item() for name in names},
        }
        for i in range(len(found))
    ]


def _prefixed(record: Record, prefix: str) -> Record:
    blocks = [
        structs.replace(one, entities=[structs.replace(entity, id=prefix + entity.id) for entity in one.entities])
        for one in record.blocks
    ]
    return structs.replace(record, blocks=blocks)


def _sorted(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: tuple(line.values()))


class Histories(Opening):
    """Whatever happens to a store, it answers as the model does."""

    def fresh_url(self, folder: str) -> str:
        """A URL where nothing is stored of `fresh_prefix` yet; `folder` is empty and the caller's to remove."""
        raise NotImplementedError

    def fresh_prefix(self) -> str:
        """What the ids of one history's entities begin with: another each time, where `fresh_url` is not."""
        return ""

    @settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors])
    @given(histories, st.sampled_from((0, *STEPS_MS)))
    def test_a_store_is_what_was_appended(self, history: list[Any], step_ms: int) -> None:
        """Outcomes, parts and coverage equal the model's, whatever came in which order, how often, and between."""
        model, prefix = Model(), self.fresh_prefix()
        series = [key._replace(entity=prefix + key.entity) for key in SERIES]
        with tempfile.TemporaryDirectory() as folder:
            url = self.fresh_url(folder)
            store = self.open(url)
            for step in history:
                if step == RESTART:
                    store.close()
                    store = self.open(url)
                elif step == TIDY:
                    store.retain(NIGHT + 2 * DAY)
                else:
                    named = [(_prefixed(record, prefix), late) for record, late in step]
                    batch = [Arrival(record, NIGHT + DAY, NIGHT + 2 * DAY if late else 0) for record, late in named]
                    assert [one.outcome for one in store.append(batch)] == model.append(named)
            found = store.parts(series, NIGHT - DAY, NIGHT + DAY, step_ms, ends=True)
            covered = store.coverage([prefix + name for name in ENTITIES], NIGHT - DAY, NIGHT + DAY, step_ms)
            store.close()
        assert p.equal(found, p.of_rows(model.rows.values(), series, step_ms))
        assert _sorted(_lines(covered)) == _sorted(model.coverage(step_ms))
        assert sorted(covered.entity.tolist()) == covered.entity.tolist()
