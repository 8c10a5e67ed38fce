"""`tidegauge web`."""

from __future__ import annotations

from cli import web
from tidegauge import settings


def test_it_says_where_its_pages_are_and_where_live_rows_come_from() -> None:
    """Each ingest node by its URL."""
    text = web._greeting(settings.read({"peers": "http://a:8051,http://b:8051"}, {}, "web"))
    assert "http://127.0.0.1:8050" in text
    assert "http://a:8051, http://b:8051" in text


def test_without_peers_they_come_from_the_store() -> None:
    """Nothing has to be told but where the store is."""
    assert "come from the ingest nodes that the store names" in web._greeting(settings.read({}, {}, "web"))
