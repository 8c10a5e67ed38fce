"""Each key once, whoever sends it again and when; what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.rows import INCARNATION, LATER, record
from tests.tidegauge.storage.contract.opening import (
    EVER,
    GAUGE,
    NOW,
    Opening,
    arrival,
    outcomes,
    times,
    values,
)
from tidegauge.metrics.records import Event
from tidegauge.metrics.steps import DAY
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Store


class ExactlyOnce(Opening):
    """Appends."""

    RACES = (("duplicate", "stored"),)
    """What two may be answered who send the same record at once. Both "stored", too, where each may store a part."""

    def test_a_record_is_stored_once(self, store: Store) -> None:
        """The first append answers stored, the second duplicate, and each row is there once."""
        sent = record(times(3), {"gauge": [1.0, 2.0, 3.0]}, seq=7)
        assert store.append([arrival(sent)]) == [Outcome(INCARNATION, 7, "stored")]
        assert store.append([arrival(sent)]) == [Outcome(INCARNATION, 7, "duplicate")]
        assert values(store) == dict(zip(times(3), [1.0, 2.0, 3.0], strict=True))

    def test_the_first_write_wins(self, store: Store) -> None:
        """Another value for a stored key changes nothing; the rows beside it are kept."""
        outcomes(store, record(times(1), {"gauge": [1.0]}))
        assert outcomes(store, record(times(2), {"gauge": [9.0, 2.0]})) == ["stored"]
        assert values(store) == dict(zip(times(2), [1.0, 2.0], strict=True))

    def test_a_resend_after_a_part_of_it(self, store: Store) -> None:
        """Of a record whose middle is stored the rest is kept."""
        outcomes(store, record(times(5)[2:4], {"gauge": [2.0, 3.0]}))
        whole = record(times(5), {"gauge": [0.0, 1.0, 2.0, 3.0, 4.0]})
        assert outcomes(store, whole) == ["stored"]
        assert outcomes(store, whole) == ["duplicate"]
        assert list(values(store).values()) == [0.0, 1.0, 2.0, 3.0, 4.0]

    def test_duplicates_in_one_batch(self, store: Store) -> None:
        """A record that stands twice in a batch is stored by the first and a duplicate by the second."""
        sent = record(times(3), {"gauge": [1.0, 2.0, 3.0]})
        assert outcomes(store, sent, sent) == ["stored", "duplicate"]
        assert len(values(store)) == 3

    def test_a_key_twice_in_one_record(self, store: Store) -> None:
        """Of two rows with one key the first is kept."""
        outcomes(store, record([NOW, NOW], {"gauge": [1.0, 2.0]}))
        assert values(store) == {NOW: 1.0}

    def test_incarnations_are_apart(self, store: Store) -> None:
        """Rows of one entity and time from two incarnations are both kept."""
        sent = [record(times(1), {"gauge": [v]}, incarnation=i) for v, i in ((1.0, INCARNATION), (2.0, LATER))]
        assert outcomes(store, *sent) == ["stored", "stored"]
        found = store.parts([GAUGE], *EVER, 0)
        assert (found.incarnations, found.first.tolist()) == ((INCARNATION, LATER), [1.0, 2.0])

    def test_a_resend_after_a_day(self, reopen: Callable[[], Store]) -> None:
        """A record that comes again when its day is over and tidied, by a restarted server, is a duplicate."""
        store = reopen()
        sent = record(times(3), {"gauge": [1.0, 2.0, 3.0]})
        outcomes(store, sent)
        store.retain(NOW + DAY)
        assert outcomes(store, sent, received_ms=NOW + DAY) == ["duplicate"]
        store = reopen()
        assert outcomes(store, sent, received_ms=NOW + DAY) == ["duplicate"]
        longer = record(times(4), {"gauge": [9.0, 9.0, 9.0, 4.0]})
        assert outcomes(store, longer, received_ms=NOW + DAY) == ["stored"]
        store.retain(NOW + DAY)
        assert list(values(store).values()) == [1.0, 2.0, 3.0, 4.0]

    def test_two_threads_at_once(self, store: Store) -> None:
        """Of two threads that send the same records at once each row is stored by one alone."""
        sent = [record(times(20, NOW + 20_000 * i), {"gauge": [float(i)] * 20}, seq=i) for i in range(20)]
        answered: list[list[str]] = []
        both = threading.Barrier(2)

        def send() -> None:
            both.wait()
            answered.append([outcomes(store, one)[0] for one in sent])

        threads = [threading.Thread(target=send) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [pair for pair in zip(*answered, strict=True) if tuple(sorted(pair)) not in self.RACES] == []
        assert len(values(store)) == 400

    def test_rows_past_retention_are_refused(self, store: Store) -> None:
        """The rest of the record is kept, and the items name what was not."""
        old = NOW - 5 * DAY
        sent = record([old, NOW], {"gauge": [1.0, 2.0]}, seq=3)
        assert store.append([arrival(sent)]) == [
            Outcome(INCARNATION, 3, "partial", "retention", [f"h1@{old}: retention"])
        ]
        assert values(store) == {NOW: 2.0}

    def test_a_record_past_retention_is_refused(self, store: Store) -> None:
        """Rows and events alike."""
        old = NOW - 5 * DAY
        sent = record([old], {"gauge": [1.0]}, events=[Event("h1", old * 1_000_000, "x")])
        assert outcomes(store, sent) == ["refused"]
        assert (values(store), store.events(*EVER)) == ({}, [])

    def test_an_empty_record_is_a_duplicate(self, store: Store) -> None:
        """Nothing of it is new."""
        assert outcomes(store, record([], {})) == ["duplicate"]
