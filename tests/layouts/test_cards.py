"""Graph cards and tiles."""

from __future__ import annotations

from layouts import cards
from tests.layouts.components import encode, marked, settings, texts
from tidegauge.metrics.filters import parse
from tidegauge.metrics.graphs import Graph
from tidegauge.metrics.query import Query, from_url

GRAPH = Graph(
    "cpu", "host", "CPU", "host", "stacked", "percent", ("system.cpu.utilization.user",), "Its help.", limit="1"
)
OWNER = parse("host.id=h kind=host")


def test_a_card_says_what_to_ask_and_how_to_draw() -> None:
    """`data-graph` holds a query that the server reads, unit, sides and limit."""
    (found,) = settings(cards.card(GRAPH, OWNER, {}), "graph")
    assert from_url(found["query"]) == Query(metrics=GRAPH.metrics, filter=OWNER)
    assert (found["draw"], found["unit"], found["below"], found["limit"]) == ("stacked", "percent", [], 1.0)
    assert found["line"] is False


def test_a_card_has_the_elements_that_are_filled() -> None:
    """Value, age, legend, axes, bands, lane and overlay are there before anything is drawn."""
    roles = marked(cards.card(GRAPH, OWNER, {}), "role")
    assert sorted(roles) == ["age", "bands", "lane", "legend", "overlay", "scale", "value"]


def test_a_card_explains_itself() -> None:
    """Help, names and formulas of its metrics stand in the card."""
    found = texts(cards.card(GRAPH, OWNER, {}))
    assert "Its help." in found
    assert "system.cpu.utilization.user" in found
    assert "Δuser / Δ(all), stat" in found


def test_a_limit_is_a_number_or_what_the_entity_last_said() -> None:
    """A metric's limit is drawn as a line; what is not known is no limit."""
    of_memory = GRAPH._replace(limit="system.memory.limit")
    assert cards.limit_of(GRAPH, {}) == 1.0
    assert cards.limit_of(of_memory, {"system.memory.limit": 8e9}) == 8e9
    assert cards.limit_of(of_memory, {}) is None
    assert cards.limit_of(GRAPH._replace(limit=""), {}) is None
    (found,) = settings(cards.card(of_memory, OWNER, {"system.memory.limit": 8e9}), "graph")
    assert (found["limit"], found["line"]) == (8e9, True)


def test_every_unit_has_its_words() -> None:
    """A graph of any unit can be drawn."""
    for unit in cards.UNITS:
        assert cards.UNITS[unit] in encode(cards.card(GRAPH._replace(unit=unit), OWNER, {}))  # type: ignore[arg-type]


def test_a_tile_carries_its_thresholds() -> None:
    """`data-tile` holds query, unit and what else is given."""
    (found,) = settings(
        cards.tile("CPU", "percent", Query(metrics=("a",), start="now-1m"), metric="a", warn=0.8), "tile"
    )
    assert found == {"query": "metrics=a&from=now-1m", "unit": "percent", "metric": "a", "warn": 0.8}


def test_attributes_are_text_and_empty_ones_are_left_out() -> None:
    """What strangers call their hosts is text."""
    assert texts(cards.chips({"fleet": "<script>", "tier": ""})) == ["fleet", "<script>"]
