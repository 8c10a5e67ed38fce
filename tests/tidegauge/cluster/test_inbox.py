"""An inbox: ordered, bounded, and honest about what is missing."""

from __future__ import annotations

import threading

import pytest

from tests.clocks import HandClock
from tidegauge.cluster.frames import Delivery
from tidegauge.cluster.inbox import Inbox, LaggedError, TooSlowError


def delivery(frame: bytes, counter: int = 1, held_ms: int = 0) -> Delivery:
    return Delivery("t", counter, held_ms, frame)


def test_what_is_put_and_offered_is_taken_in_order() -> None:
    """Whether it was asked for or published."""
    inbox = Inbox()
    inbox.offer(delivery(b"1"))
    inbox.put([delivery(b"2", 0), delivery(b"3", 0)])
    inbox.offer(delivery(b"4"))
    assert [one.frame for one in inbox.take(0)] == [b"1", b"2", b"3", b"4"]
    assert inbox.take(0) == []


def test_only_what_was_published_counts_as_lag() -> None:
    """Past the depth all is gone, the reader learns it once, and takes what comes after."""
    inbox = Inbox(depth=2)
    inbox.put([delivery(b"asked", 0)] * 9)
    inbox.offer(delivery(b"1"))
    inbox.offer(delivery(b"2"))
    inbox.offer(delivery(b"3"))
    inbox.offer(delivery(b"4"))
    with pytest.raises(TooSlowError, match="over 2 frames wait"):
        inbox.take(0)
    inbox.offer(delivery(b"5"))
    assert [one.frame for one in inbox.take(0)] == [b"5"]


def test_an_interruption_is_told_first_and_loses_nothing() -> None:
    """The reader hears why, once; what waits and what comes is taken afterwards."""
    inbox = Inbox()
    inbox.offer(delivery(b"1"))
    inbox.interrupt("the link to a is new")
    inbox.interrupt("the link to b is new")
    inbox.offer(delivery(b"2"))
    with pytest.raises(LaggedError, match="the link to a is new"):
        inbox.take(0)
    assert [one.frame for one in inbox.take(0)] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("interruptions", "topics"),
    [(["a"], {"a"}), (["a", "b", "a"], {"a", "b"}), (["a", ""], set()), (["", "a"], set()), (["a", "", "b"], set())],
)
def test_an_interruption_names_topics_only_if_nothing_else_is_missing(
    interruptions: list[str], topics: set[str]
) -> None:
    """Those of all interruptions until it is told; one without a topic counts for all."""
    inbox = Inbox()
    for topic in interruptions:
        inbox.interrupt("frames are missing", topic)
    with pytest.raises(LaggedError) as told:
        inbox.take(0)
    assert told.value.topics == topics
    assert inbox.take(0) == []


def test_waiting_here_counts_as_held() -> None:
    """A reader that comes late knows how old what it gets is, if there is a clock."""
    clock = HandClock()
    inbox = Inbox(clock=clock)
    inbox.put([delivery(b"1", 0, held_ms=50)])
    clock.advance(200)
    inbox.offer(delivery(b"2"))
    clock.advance(100)
    assert [one.held_ms for one in inbox.take(0)] == [350, 100]


@pytest.mark.parametrize("wake", ["close", "interrupt", "offer"])
def test_a_reader_that_waits_is_woken(wake: str) -> None:
    """By what comes, by an interruption, by the end."""
    inbox = Inbox()
    taken: list[object] = []

    def read() -> None:
        try:
            taken.append(inbox.take(None))
        except LaggedError as error:
            taken.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    {"close": inbox.close, "interrupt": lambda: inbox.interrupt("x"), "offer": lambda: inbox.offer(delivery(b"1"))}[
        wake
    ]()
    thread.join(5)
    assert taken == [{"close": [], "interrupt": "x", "offer": [delivery(b"1")]}[wake]]


def test_a_closed_inbox_takes_nothing_in() -> None:
    """What waited is gone too."""
    inbox = Inbox()
    inbox.offer(delivery(b"1"))
    inbox.close()
    inbox.offer(delivery(b"2"))
    inbox.put([delivery(b"3")])
    assert (inbox.closed, inbox.take(0)) == (True, [])
