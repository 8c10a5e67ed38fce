"""The graphs of our pages."""

from __future__ import annotations

from collections import Counter

from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.graph_rows import ROWS


def test_every_metric_is_in_the_catalogue() -> None:
    """Drawn, as a headline, or as a limit."""
    known = catalogue()
    for row in ROWS:
        named = [row.headline, row.limit]
        assert {*row.metrics, *row.below, *(name for name in named if "." in name and not _is_number(name))} <= set(
            known
        )


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def test_ids_are_unique_on_their_page() -> None:
    """They are elements' ids."""
    assert max(Counter((row.page, row.id) for row in ROWS).values()) == 1


def test_units_suit_what_is_measured() -> None:
    """Bytes are drawn as bytes, their rates as rates, ratios as percent."""
    known = catalogue()
    allowed = {
        ("By", "gauge"): {"bytes"},
        ("By", "counter"): {"bytes/s", "bits/s"},
        ("s", "counter"): {"percent", "cores"},
        ("s", "gauge"): {"seconds"},
        ("1", "gauge"): {"percent", "load"},
    }
    for row in ROWS:
        for name in (*row.metrics, *row.below):
            metric = known[name]
            assert row.unit in allowed.get((metric.unit, metric.kind), {"count", "per_second"}), f"{row.id}: {name}"


def test_each_graph_of_containers_stands_beside_that_of_its_host() -> None:
    """CPU, memory, network and disk come in pairs."""
    ids = [row.id for row in ROWS if row.page == "host"]
    for name in ("cpu", "memory", "network", "disk"):
        assert ids.index(f"containers-{name}") == ids.index(name) + 1


def test_every_graph_explains_itself() -> None:
    """In a sentence."""
    assert all(row.help.endswith(".") and row.title for row in ROWS)
