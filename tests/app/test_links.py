"""What browsers are told of their web node's links and store."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

from app.health import StoreHealth
from app.links import LOOK_MS, LinkNews
from tests.clocks import HandClock
from tidegauge.cluster.remote import LinkState

ANSWERS = {"ok": True, "detail": "", "waited_ms": 0}


class Told:
    """Links and a store that are as a test says, and what browsers are told of them."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.links: list[LinkState] = []
        self.store: dict[str, Any] = ANSWERS
        health = cast(StoreHealth, SimpleNamespace(status=lambda: self.store))
        self.news = LinkNews(health, lambda: self.links, self.clock.monotonic_ms)

    def message(self) -> dict[str, Any]:
        """What is told after as long as it takes to be seen."""
        self.clock.advance(LOOK_MS)
        told: dict[str, Any] = json.loads(self.news.text(self.news.cause()))
        return told


def test_each_link_is_told_with_since_when() -> None:
    """By name, or by a URL without its password; dead ones as such."""
    told = Told()
    began = told.clock.monotonic_ms()
    told.links = [
        LinkState("http://u:secret@i1:1", "", "refused", began),
        LinkState("http://i2:1", "ingest-2", "silent", began, dead=True),
    ]
    first, second = told.message()["links"]
    assert "secret" not in first["name"]
    assert first["failure"] == "refused"
    assert second == {"name": "ingest-2", "failure": "silent", "dead": True, "for_ms": LOOK_MS}


def test_what_did_not_change_has_the_same_cause() -> None:
    """Time alone is no news, nor is a latency; what breaks and mends is."""
    told = Told()
    told.links = [LinkState("http://i1:1", "ingest-1", "", 0.0)]
    before = told.news.cause()
    told.links = [told.links[0]._replace(latency_ms=3.0)]
    told.clock.advance(5_000)
    assert told.news.cause() == before
    told.links = [told.links[0]._replace(failure="refused")]
    assert told.news.cause() == before
    told.clock.advance(LOOK_MS)
    assert told.news.cause() != before


def test_a_store_that_does_not_answer_is_told_with_since_when() -> None:
    """From when it was asked, on and on, until it answers; one that says no says why."""
    told = Told()
    assert told.message()["store"] == {"text": "", "detail": "", "for_ms": 0}
    told.store = {"ok": True, "detail": "", "waited_ms": 2_500}
    assert told.message()["store"] == {"text": "does not answer", "detail": "", "for_ms": 2_500}
    told.store = {"ok": False, "detail": "no such host", "waited_ms": 0}
    broken = told.message()["store"]
    assert (broken["text"], broken["detail"]) == ("does not work", "no such host")
    assert broken["for_ms"] == 2_500 + LOOK_MS
    told.store = ANSWERS
    assert told.message()["store"]["text"] == ""
