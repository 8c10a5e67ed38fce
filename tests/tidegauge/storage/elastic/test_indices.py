"""Indices as rows need them, on a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.elasticsearch.server import ask
from tests.tidegauge.storage.contract.opening import NOW
from tidegauge.metrics.records import Column, Description
from tidegauge.metrics.steps import DAY, HOUR
from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.fields import names
from tidegauge.storage.elastic.indices import MAX_PRIMARY, Indices, primaries
from tidegauge.storage.elastic.layout import Family, at
from tidegauge.storage.elastic.rows import Need

RAW = "tidegauge-raw-2024.10.04"
GAUGE, COUNTER = Column("gauge.x", "gauge"), Column("counter.x", "counter")


def whole(column: Column) -> Description:
    """A description of whole numbers."""
    return Description(column.name, column.kind, "By", "", "", 0)


def need(*columns: Column, family: Family = "raw", time_ms: int = NOW) -> Need:
    """Metrics in the index of a time."""
    fields = tuple(name for column in columns for name in names(column.name, column.kind, family))
    return Need(family, at(family, time_ms), columns, fields)


def many(count: int, begin: int = 0) -> list[Column]:
    """So many metrics."""
    return [Column(f"m.{i:05}", "gauge") for i in range(begin, begin + count)]


def metrics_of(url: str, name: str = RAW) -> dict[str, Any]:
    """How an index maps metrics."""
    found: dict[str, Any] = ask(url, "GET", f"/{name}/_mapping")[name]["mappings"]
    return found["properties"]["metrics"]["properties"]


@pytest.mark.parametrize(
    ("documents", "elapsed", "expected"),
    [
        (0, DAY, 1),
        (MAX_PRIMARY, DAY, 1),
        (MAX_PRIMARY + 1, 5 * DAY, 2),
        (11 * MAX_PRIMARY - 1, DAY, 11),
        (MAX_PRIMARY, 22 * HOUR, 2),
        (MAX_PRIMARY, 0, 24),
    ],
)
def test_primaries(documents: int, elapsed: int, expected: int) -> None:
    """As many as the whole of the index before would need, by what it holds so far."""
    before = at("raw", NOW)
    assert primaries(documents, before, before.start_ms + elapsed) == expected


@pytest.mark.elasticsearch
class TestIndices:
    """On a real server."""

    @pytest.fixture
    def indices(self, connection: Connection) -> Indices:
        """Nothing is known yet."""
        return Indices(connection)

    @pytest.fixture
    def another(self, elastic: str) -> Iterator[Connection]:
        """Another node's connection."""
        opened = Connection(elastic)
        yield opened
        opened.close()

    def test_an_index_is_made_when_it_is_needed(self, indices: Indices, elastic: str) -> None:
        """With its day, our mark, and the metrics mapped as they are described."""
        assert indices.unfit(need(GAUGE, COUNTER), whole, NOW) == frozenset()
        found = ask(elastic, "GET", f"/{RAW}")[RAW]
        settings = found["settings"]["index"]
        assert settings["time_series"] == {"start_time": str(NOW - DAY // 2), "end_time": str(NOW + DAY // 2)}
        assert (settings["mode"], settings["number_of_shards"]) == ("time_series", "1")
        assert found["mappings"]["_meta"] == {"tidegauge": 1}
        assert metrics_of(elastic)["gauge.x"] == {"type": "long", "coerce": False, "time_series_metric": "gauge"}
        assert metrics_of(elastic)["counter.x"]["time_series_metric"] == "counter"
        assert metrics_of(elastic)["system.cpu.time.user"]["type"] == "double"

    def test_what_is_known_is_not_asked(self, indices: Indices, connection: Connection) -> None:
        """A second need of the same costs nothing, even while the server is away."""
        indices.unfit(need(GAUGE), whole, NOW)
        connection.close()
        assert indices.unfit(need(GAUGE), whole, NOW) == frozenset()
        with pytest.raises(StoreUnavailableError):
            indices.unfit(need(GAUGE, COUNTER), whole, NOW)

    def test_metrics_are_mapped_when_they_come(self, indices: Indices, elastic: str) -> None:
        """Also where a name is the beginning of another's, and in minute rows with every statistic."""
        indices.unfit(need(GAUGE), whole, NOW)
        later = [Column("gauge", "gauge"), Column("gauge.x.y", "counter")]
        assert indices.unfit(need(*later), whole, NOW) == frozenset()
        assert {"gauge", "gauge.x", "gauge.x.y"} <= set(metrics_of(elastic))
        for column in (GAUGE, COUNTER):
            assert indices.unfit(need(column, family="minute"), whole, NOW) == frozenset()
        mapped = metrics_of(elastic, "tidegauge-minute-2024.10")
        assert {name for name in mapped if name.endswith("r.x.max_rate") or ".x." in name} == {
            *(f"gauge.x.{stat}" for stat in ("count", "min", "max", "sum", "last")),
            *(f"counter.x.{stat}" for stat in ("first", "last", "min_rate", "max_rate")),
        }

    @pytest.mark.parametrize("family", ["raw", "minute"])
    def test_a_conflict_leaves_the_mapping(
        self, indices: Indices, another: Connection, elastic: str, family: Family
    ) -> None:
        """Of a metric that comes as another kind, or from another node as another type; its neighbours are mapped."""
        indices.unfit(need(GAUGE, family=family), whole, NOW)
        other = Indices(another)
        other.unfit(need(GAUGE, family=family), whole, NOW)
        indices.unfit(need(Column("late", "gauge"), family=family), whole, NOW)
        turned = [Column("gauge.x", "counter"), Column("late", "gauge"), COUNTER]
        assert other.unfit(need(*turned, family=family), _real, NOW) == frozenset()
        mapped = metrics_of(elastic, at(family, NOW).name)
        last = "" if family == "raw" else ".last"
        assert mapped[f"gauge.x{last}"]["time_series_metric"] == "gauge"
        assert mapped[f"late{last}"]["type"] == "long"
        assert mapped[f"counter.x{last}"]["type"] == "double"

    def test_an_index_that_is_full(self, indices: Indices, elastic: str) -> None:
        """It takes what fits; the rest is named, and is not asked about again before a renewal."""
        indices.unfit(need(), whole, NOW)
        lost = indices.unfit(need(*many(1500)), whole, NOW) | indices.unfit(need(*many(1500, 1500)), whole, NOW)
        assert 1000 < len(lost) < 1500
        assert lost == {column.name for column in many(len(lost), 3000 - len(lost))}
        assert indices.unfit(need(*many(5, 2995), GAUGE), whole, NOW) == {
            "gauge.x",
            *(f"m.0{i}" for i in range(2995, 3000)),
        }
        (note,) = indices.notes()
        assert note.startswith(f"{RAW} refuses rows with metrics that it has no field for ({len(lost) + 1})")
        assert note.endswith("Limit of total fields [2000] has been exceeded")
        ask(elastic, "PUT", f"/{RAW}/_settings", {"index.mapping.total_fields.limit": 6000})
        assert indices.unfit(need(GAUGE), whole, NOW) == {"gauge.x"}
        indices.forget_all()
        assert indices.unfit(need(*many(3000), GAUGE), whole, NOW) == frozenset()
        assert indices.notes() == []

    def test_more_metrics_than_an_index_ever_takes(self, indices: Indices) -> None:
        """It is made all the same."""
        assert 0 < len(indices.unfit(need(*many(2500)), whole, NOW)) < 1000

    def test_names_that_no_field_has(self, indices: Indices) -> None:
        """They are named; their neighbours are mapped."""
        columns = [Column(name, "gauge") for name in (".a", "a.", "a..b", ".", "a")]
        for _ in range(2):
            assert indices.unfit(need(*columns), whole, NOW) == {".a", "a.", "a..b", "."}

    def test_several_nodes_at_once(self, elastic: str) -> None:
        """They make one index, and map the metrics of all."""
        connections = [Connection(elastic) for _ in range(3)]
        nodes = [Indices(one) for one in connections]
        failed: list[object] = []
        together = threading.Barrier(3)

        def begin(place: int) -> None:
            together.wait()
            try:
                failed.extend(nodes[place].unfit(need(*many(30, 10 * place)), whole, NOW))
            except StoreError as error:
                failed.append(error)

        threads = [threading.Thread(target=begin, args=(place,)) for place in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one in connections:
            one.close()
        assert failed == []
        assert {column.name for column in many(50)} <= set(metrics_of(elastic))

    def test_an_index_of_others(self, indices: Indices, elastic: str) -> None:
        """It is not touched."""
        ask(elastic, "PUT", f"/{RAW}")
        with pytest.raises(StoreError, match=f"not made by Tidegauge, .* {RAW}") as caught:
            indices.unfit(need(GAUGE), whole, NOW)
        assert caught.value.permanent
        assert ask(elastic, "GET", f"/{RAW}/_mapping")[RAW]["mappings"] == {}

    def test_an_index_that_was_deleted(self, indices: Indices, elastic: str) -> None:
        """It is made again once it is forgotten, or found to be gone."""
        indices.unfit(need(GAUGE), whole, NOW)
        ask(elastic, "DELETE", f"/{RAW}")
        assert indices.unfit(need(COUNTER), whole, NOW) == frozenset()
        ask(elastic, "DELETE", f"/{RAW}")
        indices.forget(RAW)
        assert indices.unfit(need(COUNTER), whole, NOW) == frozenset()
        assert "gauge.x" not in metrics_of(elastic)

    def test_indices_ahead(self, indices: Indices, elastic: str) -> None:
        """Before midnight the next day's is there, at the end of a month the next month's too."""
        indices.create_ahead(NOW)
        assert _names(elastic) == []
        indices.create_ahead(NOW + DAY // 2 - HOUR)
        assert _names(elastic) == ["tidegauge-raw-2024.10.05"]
        indices.create_ahead(at("minute", NOW).end_ms - HOUR)
        assert _names(elastic)[:2] == ["tidegauge-events-2024.11", "tidegauge-minute-2024.11"]


def _real(column: Column) -> Description:
    return Description(column.name, column.kind, "", "")


def _names(url: str) -> list[str]:
    return sorted(index["name"] for index in ask(url, "GET", "/_resolve/index/tidegauge-*")["indices"])
