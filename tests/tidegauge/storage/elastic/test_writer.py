"""Appends whatever happens to the server, and whatever collectors send."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.programs import eventually
from tests.elasticsearch.server import ask, node
from tests.rows import INCARNATION, host, record
from tests.tidegauge.storage.contract.opening import EVER, GAUGE, NOW, arrival, outcomes, times, values
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tests.tidegauge.storage.elastic.relay import Relay
from tests.tidegauge.storage.elastic.scripted import Answer, Request, forward, scripted
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Block, Column, Description, Entity, Event, Record
from tidegauge.metrics.steps import DAY
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic.layout import DOCUMENTS

pytestmark = pytest.mark.elasticsearch

TODAY, YESTERDAY = "tidegauge-raw-2024.10.04", "tidegauge-raw-2024.10.03"


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store without anything in it."""
    made = opened(elastic)
    yield made
    made.close()


@pytest.fixture
def relay(elastic: str) -> Iterator[Relay]:
    """A way to the server that is cut."""
    made = Relay(elastic)
    yield made
    made.down()


def block(url: str, name: str, is_on: bool, kind: str = "read_only_allow_delete") -> None:
    """Make an index read-only, as the server does by itself where disk space ends, or writable."""
    ask(url, "PUT", f"/{name}/_settings", {f"index.blocks.{kind}": is_on or None})


def of_day(days: int, seq: int = 0) -> Record:
    """A row of today or of a day before."""
    return record([NOW - days * DAY], {"gauge": [float(days)]}, seq=seq)


# --- the server ------------------------------------------------------------------------------------


def test_a_server_that_is_down_at_the_start(relay: Relay) -> None:
    """The store opens, says what is missing, and works once the server is there."""
    store = opened(relay.url)
    with pytest.raises(StoreUnavailableError, match="Connection refused"):
        store.append([arrival(of_day(0))])
    assert not store.health().ok
    relay.up()
    assert eventually(lambda: _stored(store, of_day(0))) == ["stored"]
    assert values(store) == {NOW: 0.0}
    assert eventually(lambda: store.health().ok)
    store.close()


def test_a_server_that_goes_and_comes(relay: Relay) -> None:
    """In the middle of anything: what was answered is there, what was not may be sent again, each row is there once."""
    relay.up()
    store = opened(relay.url)
    outcomes(store, record([NOW - 1000], {"gauge": [0.0]}))
    sent = [record(times(100, NOW + 100_000 * i), {"gauge": [float(i)] * 100}, seq=i) for i in range(20)]
    done = threading.Event()

    def disturb() -> None:
        chance = random.Random(4)
        while not done.wait(chance.uniform(0.01, 0.4)):
            relay.down()
            done.wait(chance.uniform(0, 0.02))
            relay.up()

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        answered = {eventually(lambda one=one: _stored(store, one), 30)[0] for one in sent}
    finally:
        done.set()
        thread.join()
    assert answered <= {"stored", "duplicate"}
    eventually(lambda: store.health().ok)
    found = store.parts([GAUGE], *EVER, 0)
    assert sorted(found.bucket.tolist()) == [NOW - 1000, *times(2000)]
    store.close()


@pytest.mark.soak
def test_a_server_that_is_killed() -> None:
    """kill -9 between and within appends of two threads, and a start on the same data: each row is there once."""
    with node() as server:
        store = opened(server.url)
        sent = [record(times(100, NOW + 100_000 * i), {"gauge": [float(i)] * 100}, seq=i) for i in range(400)]
        answered: list[str] = []

        def send(some: list[Record]) -> None:
            answered.extend(eventually(lambda one=one: _stored(store, one), 180)[0] for one in some)

        threads = [threading.Thread(target=send, args=(sent[n::2],)) for n in range(2)]
        for thread in threads:
            thread.start()
        for at_least in (60, 160, 260):
            eventually(lambda least=at_least: len(answered) >= least, 180)
            server.kill()
            server.start()
        for thread in threads:
            thread.join()
        assert len(answered) == 400
        assert set(answered) <= {"stored", "duplicate"}
        found = store.parts([GAUGE], *EVER, 0)
        assert found.bucket.tolist() == times(40_000)
        store.close()


@pytest.mark.parametrize("kind", ["read_only_allow_delete", "read_only", "write"])
def test_an_index_that_takes_no_writes(store: FreshStore, elastic: str, kind: str) -> None:
    """Nothing is refused and nothing lost: it is to be sent again, and is taken once the block is lifted."""
    outcomes(store, of_day(0))
    block(elastic, TODAY, True, kind)
    with pytest.raises(StoreUnavailableError, match="blocked by"):
        store.append([arrival(record(times(2), {"gauge": [0.0, 2.0]}))])
    block(elastic, TODAY, False, kind)
    assert outcomes(store, record(times(2), {"gauge": [0.0, 2.0]})) == ["stored"]
    assert list(values(store).values()) == [0.0, 2.0]


def test_a_block_of_one_day_holds_up_no_other(store: FreshStore, elastic: str) -> None:
    """Of several records those of other days are kept; of one record with both, all is sent again."""
    outcomes(store, of_day(1, 0))
    block(elastic, YESTERDAY, True)
    late = record([NOW - DAY + 1], {"gauge": [1.5]}, seq=1)
    both = record([NOW - DAY + 2, NOW + 1], {"gauge": [1.75, 2.0]}, seq=2)
    found = store.append([arrival(one) for one in (late, of_day(0, 3), both)])
    assert [one.outcome for one in found] == ["retry", "stored", "retry"]
    assert "blocked by" in found[0].reason
    block(elastic, YESTERDAY, False)
    assert outcomes(store, late, both) == ["stored", "stored"]
    assert len(values(store)) == 5


def test_an_index_deleted_by_hand(store: FreshStore, elastic: str) -> None:
    """What comes next makes it anew, with its metrics, and is stored at once."""
    custom = record(times(2), {"gauge": [1.0, 2.0], "counter.own": [1.0, 2.0]}, events=[Event("h1", NOW * 10**6, "k")])
    for _ in range(2):
        assert outcomes(store, custom) == ["stored"]
        assert list(values(store).values()) == [1.0, 2.0]
        assert len(store.events(*EVER)) == 1
        ask(elastic, "DELETE", f"/{TODAY},tidegauge-events-2024.10,{DOCUMENTS}?ignore_unavailable=true")
    more = record(times(1), {"gauge.new": [1.0]})
    assert outcomes(store, more) == ["stored"]
    assert [one.name for one in store.metrics()] == ["gauge.new"]


def test_an_index_made_anew_by_another(store: FreshStore, elastic: str) -> None:
    """It may know fewer metrics than this node remembers."""
    sent = record(times(1), {"gauge": [1.0]})
    outcomes(store, sent)
    ask(elastic, "DELETE", f"/{TODAY}")
    other = opened(elastic)
    outcomes(other, record(times(1), {"counter": [1.0]}, entity=host("h2")))
    assert outcomes(store, sent) == ["stored"]
    assert values(store) == {NOW: 1.0}
    other.close()


def test_an_index_of_others(store: FreshStore, elastic: str) -> None:
    """Nothing is written to it; its rows wait at their collectors, and other days go on."""
    ask(elastic, "DELETE", "/_index_template/tidegauge-raw")
    ask(elastic, "PUT", f"/{YESTERDAY}")
    with pytest.raises(StoreError, match="not made by Tidegauge"):
        store.append([arrival(of_day(1))])
    found = store.append([arrival(of_day(1, 5)), arrival(of_day(0))])
    assert [one.outcome for one in found] == ["retry", "stored"]
    assert YESTERDAY in found[0].reason
    assert YESTERDAY in store.health().detail
    assert not store.health().ok
    assert ask(elastic, "GET", f"/{YESTERDAY}/_count")["count"] == 0
    ask(elastic, "DELETE", f"/{YESTERDAY}")
    assert outcomes(store, of_day(1)) == ["stored"]


# --- what only a script answers --------------------------------------------------------------------


Change = Callable[[dict[str, Any]], None]


def changed(elastic: str, change: Change) -> Callable[[Request], Answer]:
    """A real server, but for the answers to bulk requests with rows."""

    def script(request: Request) -> Answer:
        answer = forward(elastic, request)
        if "_bulk" in request.path and b"tidegauge-raw" in request.body:
            change(answer.body)
        return answer

    return script


@pytest.mark.parametrize(
    ("item", "outcome", "reason"),
    [
        ({"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "full"}}, "retry", "full"),
        ({"status": 503, "error": {"type": "unavailable_shards_exception", "reason": "gone"}}, "retry", "gone"),
        ({"status": 201, "failure_store": "used"}, "partial", "document"),
    ],
)
def test_one_row_of_which_the_server_says_otherwise(
    elastic: str, item: dict[str, Any], outcome: str, reason: str
) -> None:
    """A row that may be taken later holds its record back, one that never will is named; other records are stored."""

    def change(answer: dict[str, Any]) -> None:
        answer["items"][1]["create"] = item

    sent = [record(times(2), {"gauge": [1.0, 2.0]}, seq=1), record(times(2, NOW + 9000), {"gauge": [3.0, 4.0]}, seq=2)]
    with scripted(changed(elastic, change)) as url:
        store = opened(url)
        first, second = store.append([arrival(one) for one in sent])
        assert (first.outcome, first.reason) == (outcome, reason)
        assert first.items == (
            [f"h1@{NOW + 1000}: document: it went to a failure store"] if reason == "document" else []
        )
        assert second.outcome == "stored"
        store.close()


def test_an_answer_that_never_came(elastic: str) -> None:
    """The rows are stored all the same, and sent again they are known."""
    lost: list[Answer] = []

    def script(request: Request) -> Answer:
        answer = forward(elastic, request)
        if "_bulk" in request.path and b"tidegauge-raw" in request.body and not lost:
            lost.append(answer)
            return Answer(0, None)
        return answer

    with scripted(script) as url:
        store = opened(url)
        with pytest.raises(StoreUnavailableError, match="closed connection without response"):
            store.append([arrival(of_day(0))])
        assert eventually(lambda: _stored(store, of_day(0))) == ["duplicate"]
        store.close()


# --- what collectors send --------------------------------------------------------------------------


def test_attributes_that_cannot_stand_side_by_side(store: FreshStore) -> None:
    """A text and an object of one name: rows with the later are named, all others are kept."""
    entities = [host("h1", role="db"), host("h2"), host("h3", **{"role.name": "db"})]
    column = Column("gauge", "gauge")
    rows = Block("host", entities, [column], [0, 1, 2, 1], [NOW, NOW, NOW, NOW + 1], [[1.0, 2.0, 3.0, 4.0]])
    sent = Record(host="h1", incarnation=INCARNATION, seq=0, blocks=[rows])
    (found,) = store.append([arrival(sent)])
    assert (found.outcome, found.reason, len(found.items)) == ("partial", "document", 1)
    assert found.items[0].startswith(f"h3@{NOW}: document: ")
    assert "[role]" in found.items[0]
    assert outcomes(store, record(times(1), {"gauge": [1.0]}, entity=entities[2])) == ["refused"]
    assert len(values(store, Series("h2", "gauge", "gauge"))) == 2


def test_a_number_that_its_type_cannot_hold(store: FreshStore) -> None:
    """It is never rounded: its row is named."""
    whole = Description("gauge", "gauge", "By", "", "", 0)
    store.append([arrival(Record(host="h1", incarnation=INCARNATION, seq=0, metrics=[whole]))])
    (found,) = store.append([arrival(record(times(4), {"gauge": [1.0, 1.5, 1e19, float(2**62)]}, seq=4))])
    assert (found.outcome, found.reason) == ("partial", "document")
    assert [item.partition(":")[0] for item in found.items] == [f"h1@{NOW + 1000}", f"h1@{NOW + 2000}"]
    assert list(values(store).values()) == [1.0, float(2**62)]


def test_more_metrics_than_an_index_takes(store: FreshStore) -> None:
    """Rows with those that have no place are named, all others are kept, and /system can say why."""
    names = [f"gauge.{i:05}" for i in range(1990)]
    full = record(times(1), {name: [1.0] for name in names})
    assert outcomes(store, full) == ["refused"]
    sent = record(times(3), {names[0]: [1.0] * 3, names[-1]: [None, 1.0, None]}, seq=1, entity=host("h2"))
    expected = [f"h2@{NOW + 1000}: fields: {TODAY} cannot take {names[-1]}"]
    assert store.append([arrival(sent)]) == [Outcome(INCARNATION, 1, "partial", "fields", expected)]
    assert len(values(store, Series("h2", names[0], "gauge"))) == 2
    assert "Limit of total fields [2000] has been exceeded" in store.health().detail


def test_more_attributes_than_an_index_takes(store: FreshStore) -> None:
    """They have fields too. A server that is busy maps so many in several goes, and a collector sends again."""
    entities = [host(f"h{i}", **{f"labels.x{i}.{j}": "" for j in range(60)}) for i in range(40)]
    rows = Block("host", entities, [], list(range(40)), [NOW] * 40, [])
    sent = Record(host="h1", incarnation=INCARNATION, seq=0, blocks=[rows])
    found = eventually(lambda: _settled(store, sent), 60)
    assert (found.outcome, found.reason) == ("partial", "fields")
    assert 0 < len(found.items) < 20
    assert all("fields: " in item for item in found.items)


def test_names_that_no_field_has(store: FreshStore) -> None:
    """A dot with nothing beside it would be lost, and with it which metric it was."""
    (found,) = store.append([arrival(record(times(2), {"gauge": [1.0, 2.0], "gauge.": [None, 3.0]}))])
    assert found.items == [f"h1@{NOW + 1000}: fields: {TODAY} cannot take gauge."]
    assert values(store) == {NOW: 1.0}


def test_fifty_thousand_entities_in_a_day(store: FreshStore, elastic: str) -> None:
    """Each is kept, in bodies that the server takes."""
    entities = [Entity(f"c{i:064}", "container", "b", 1000, {"container.name": f"n{i}"}) for i in range(50_000)]
    sent = [
        Record(
            host="h1",
            incarnation=INCARNATION,
            seq=i,
            blocks=[
                Block(
                    "container",
                    entities[i : i + 10_000],
                    [Column("gauge", "gauge")],
                    list(range(10_000)),
                    [NOW] * 10_000,
                    [[1.0] * 10_000],
                )
            ],
        )
        for i in range(0, 50_000, 10_000)
    ]
    assert outcomes(store, *sent) == ["stored"] * 5
    store.refresh()
    assert ask(elastic, "GET", f"/{TODAY}/_count")["count"] == 50_000


def test_a_clock_that_is_off(store: FreshStore) -> None:
    """Rows of a day ahead and of a week behind find their day, or are named as past retention."""
    sent = record([NOW - 7 * DAY, NOW + DAY], {"gauge": [1.0, 2.0]})
    assert store.append([arrival(sent)])[0].items == [f"h1@{NOW - 7 * DAY}: retention"]
    assert values(store) == {NOW + DAY: 2.0}


def _settled(store: FreshStore, sent: Record) -> Outcome | None:
    (found,) = store.append([arrival(sent)])
    return None if found.outcome == "retry" else found


def _stored(store: FreshStore, sent: Record) -> list[str] | None:
    try:
        return outcomes(store, sent)
    except StoreUnavailableError:
        return None
