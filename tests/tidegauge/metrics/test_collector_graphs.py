"""The graphs of the collector itself."""

from __future__ import annotations

from tidegauge.metrics.collector_graphs import OWN, PART, ROWS
from tidegauge.metrics.graph_rows import ROWS as ALL


def test_they_stand_together_and_last_on_their_page() -> None:
    """Under one heading, which no other graph has."""
    assert [row for row in ALL if row.page == "host"][-len(ROWS) :] == list(ROWS)
    assert [row for row in ALL if row.part] == list(ROWS)
    assert {row.part for row in ROWS} == {PART}


def test_they_show_what_the_collector_tells_of_itself() -> None:
    """And nothing else."""
    assert all(name.startswith(f"{OWN}.") for row in ROWS for name in row.metrics)
