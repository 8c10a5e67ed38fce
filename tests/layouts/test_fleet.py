"""The page of all hosts."""

from __future__ import annotations

from layouts.fleet import COLUMNS, FleetHost, FleetInfo, layout
from tests.layouts.components import marked, settings
from tidegauge.metrics.query import from_url


def test_the_queries_are_ones_the_server_reads() -> None:
    """Hosts as they are; devices as one series a host."""
    (found,) = settings(layout(FleetInfo()), "fleet")
    queries = {name: from_url(text) for name, text in found["queries"].items()}
    assert queries["host"].by == ()
    assert queries["filesystem"].by == queries["network"].by == ("host.id",)
    assert (queries["filesystem"].aggregate, queries["network"].aggregate) == ("max", "sum")


def test_known_hosts_travel_with_the_page() -> None:
    """So that a host that is down since before is listed too."""
    (found,) = settings(layout(FleetInfo((FleetHost("h", "web", "f", None, 3),))), "fleet")
    assert found["hosts"] == [{"id": "h", "name": "web", "fleet": "f", "cores": None, "containers": 3}]


def test_there_is_room_for_the_way_back_to_the_last_page() -> None:
    """Hidden until a browser fills it."""
    assert "resume" in marked(layout(FleetInfo()), "role")


def test_every_column_can_be_sorted_by() -> None:
    """Each head is a button with its key."""
    assert marked(layout(FleetInfo()), "sort") == [key for key, _ in COLUMNS]
