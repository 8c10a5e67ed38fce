"""Who reads an ingest node's stream."""

from __future__ import annotations

from contextlib import ExitStack

from ingest_api.subscribers import MOST, Subscribers
from tidegauge.cluster.frames import Subscriber


def test_readers_are_known_while_they_are_connected() -> None:
    """Once they said who they are; each once, by name."""
    subscribers = Subscribers()
    names = ["b", "a", "b"]
    with subscribers.connected(), subscribers.connected() as first, subscribers.connected() as second:
        assert subscribers.all() == []
        with subscribers.connected() as third:
            for reader, name in zip((first, second, third), names, strict=True):
                reader.subscriber = Subscriber(name, f"http://{name}", "1.0")
            assert [one.name for one in subscribers.all()] == ["a", "b"]
        second.subscriber = None
        assert [one.name for one in subscribers.all()] == ["b"]
    assert subscribers.all() == []


def test_of_a_reader_that_is_connected_twice_one_digest_is_told() -> None:
    """One of its connections may be about to end, or have told none yet."""
    subscribers = Subscribers()
    with subscribers.connected() as first, subscribers.connected() as second:
        first.subscriber = second.subscriber = Subscriber("w1", "", "1.0")
        second.digest = "abc"
        assert subscribers.all() == [Subscriber("w1", "", "1.0", "abc")]


def test_how_many_are_told_of_is_bounded() -> None:
    """A node that is flooded with names says some of them."""
    subscribers = Subscribers()
    with ExitStack() as connected:
        for number in range(MOST + 1):
            connected.enter_context(subscribers.connected()).subscriber = Subscriber(str(number), "", "")
        assert len(subscribers.all()) == MOST
