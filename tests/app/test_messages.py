"""The messages of WS /live, as docs/live.md describes them."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import messages
from app.messages import Order, read_order
from tests.rows import INCARNATION, NOW, host
from tidegauge.cluster.frames import Seen
from tidegauge.cluster.presence import Verdict
from tidegauge.metrics.gaps import Gap
from tidegauge.metrics.query import Query
from tidegauge.metrics.records import Entity
from tidegauge.metrics.wire import Queue
from tidegauge.queries import plan
from tidegauge.queries.combine import Line
from tidegauge.queries.known import Known
from tidegauge.queries.lifecycle import Mark, Stand
from tidegauge.queries.view import Change

PLAN = plan.make(Query(metrics=("g",)), {"h1": Known("h1", host())}, lambda _: "gauge", NOW)
LINE = Line(
    "h1", "web-1", "h1", "g", np.array([NOW, NOW + 1000]), np.array([0.1 + 0.2, np.nan]), np.array([False, True])
)
SEEN = Seen("h1", "web-1", INCARNATION, 7, 1000, NOW - 90, -250, Queue(3, NOW - 9_000, NOW), False)

RUNNING = {
    "h1": [
        Known("h1", Entity(name, "container", "s", 1000, {"container.health": name}))
        for name in ("healthy", "unhealthy")
    ]
}
NONE = {"containers": 0, "unhealthy": 0}

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
near_orders = st.dictionaries(
    st.sampled_from(["op", "id", "query", "host", "container", "find", "system", "from", "to", "else"]), json_values
)


@given(st.binary() | st.text() | near_orders.map(json.dumps))
def test_whatever_a_browser_sends_is_an_order_or_none(data: bytes | str) -> None:
    """Reading arbitrary bytes, text or near orders gives an Order or None and never raises."""
    order = read_order(data)
    assert order is None or isinstance(order, Order)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"op":"subscribe","id":7,"query":"metrics=a"}', Order("subscribe", 7, "metrics=a")),
        ('{"op":"unsubscribe","id":7}', Order("unsubscribe", 7)),
        ('{"op":"watch","host":"h1","from":"now-1h","to":"now"}', Order("watch", host="h1", start="now-1h")),
        ('{"op":"watch","host":"h1","container":"c1"}', Order("watch", host="h1", container="c1")),
        ('{"op":"watch","host":null,"find":"db","new":1}', Order("watch", find="db")),
        ('{"op":"watch","system":true}', Order("watch", system=True)),
        ('{"op":"watch","system":"true"}', None),
        ('{"op":"subscribe","id":"7"}', None),
        ('{"id":7}', None),
        ("[" * 100_000, None),
        (b"\xff", None),
    ],
)
def test_an_order_is_read_as_it_was_meant(text: str | bytes, expected: Order | None) -> None:
    """Each order has its fields, unknown ones are passed over, what is none is None."""
    assert read_order(text) == expected


def test_a_view_holds_everything_of_a_subscription() -> None:
    """Series by key, columns by key, ten digits a value, null where there is none."""
    keys: dict[str, str] = {}
    facts = {"now_ms": NOW, "live": True, "error": None}
    message = json.loads(messages.view(4, PLAN, [LINE], keys, facts, lambda _: "1"))
    assert message == {
        "type": "view",
        "id": 4,
        "step_ms": 0,
        "from_ms": NOW - 300_000,
        "to_ms": NOW,
        "now_ms": NOW,
        "live": True,
        "period_ms": 1000,
        "series": [{"key": "0", "entity": "h1", "metric": "g", "label": "web-1", "unit": "1"}],
        "columns": {"0": {"t": [NOW, NOW + 1000], "v": [0.3, None], "j": [0, 1]}},
        "error": None,
    }


def test_a_change_is_made_once_for_all_and_named_for_each() -> None:
    """`with_id` puts a subscription's id into a message that is otherwise the same for all."""
    keys = {LINE.key: "0"}
    text = messages.points(Change([], [(LINE.key, NOW, 2.0, True)], [(LINE.key, 5)]), keys, NOW, lambda _: "1")
    expected = {"type": "points", "now_ms": NOW, "series": [], "points": [["0", NOW, 2.0, 1]], "remove": [["0", 5]]}
    assert json.loads(messages.with_id(text, 9)) == {"id": 9, **expected}


def test_presence_says_state_age_offset_and_queue() -> None:
    """The age is that of the newest row where it is known, else since the host was seen."""
    verdict = Verdict("live", 90.4, NOW + 0.4, SEEN, overlap=True)
    (told,) = json.loads(messages.presence([("h1", verdict)], {"h1": ("web-1", "blue")}, {"h1": 412.6}, RUNNING))[
        "hosts"
    ]
    assert told == {
        "id": "h1",
        "name": "web-1",
        "fleet": "blue",
        "state": "live",
        "for_ms": 90,
        "age_ms": 413,
        "offset_ms": -250,
        "now_ms": NOW,
        "period_ms": 1000,
        "queue": {"count": 3, "from_ms": NOW - 9_000, "to_ms": NOW},
        "note": "two collectors report this host; the later is shown",
        "suspended": "",
        "containers": 2,
        "unhealthy": 1,
    }
    assert json.loads(messages.presence([("h1", verdict)], {}, {}, {}))["hosts"][0]["age_ms"] == 90


def test_of_a_host_that_was_not_heard_nothing_else_is_said() -> None:
    """State unknown comes without ages."""
    (told,) = json.loads(messages.presence([("h9", None)], {}, {}, {}))["hosts"]
    assert told == {"id": "h9", "name": "h9", "fleet": "", "state": "unknown", "note": "", **NONE}


def test_gaps_errors_and_the_greeting_are_plain() -> None:
    """Their fields are those of docs/live.md."""
    gap = Gap(1, 2, "waiting", "waiting, 10 in its queue")
    assert json.loads(messages.gaps("h1", [gap])) == {"type": "gaps", "host": "h1", "gaps": [gap._asdict()]}
    assert json.loads(messages.found("db", {"h1": ["a", "b", "c", "d"]})) == {
        "type": "found",
        "find": "db",
        "hosts": {"h1": {"names": ["a", "b", "c"], "count": 4}},
    }
    assert json.loads(messages.containers("h1", "", [{"id": "c1"}])) == {
        "type": "containers",
        "host": "h1",
        "container": "",
        "containers": [{"id": "c1"}],
    }
    assert json.loads(messages.system({"level": "ok"})) == {"type": "system", "level": "ok"}
    assert json.loads(messages.error(None, "order", "why", "do")) == {
        "type": "error",
        "id": None,
        "error": "order",
        "reason": "why",
        "hint": "do",
    }
    assert json.loads(messages.hello("n", 10_000, "1")) == {
        "type": "hello",
        "node": "n",
        "w_ms": 10_000,
        "version": "1",
    }


def test_marks_are_told_with_how_many_they_stand_for() -> None:
    """A lane whole, or what is new."""
    mark = Mark("e1", NOW, "c1", "shop", "crashed", "crashed, exit code 1")
    told = json.loads(messages.events("h1", "c1", [Stand(mark, 3)], whole=False))
    assert told == {
        "type": "events",
        "host": "h1",
        "container": "c1",
        "whole": False,
        "events": [{**mark._asdict(), "count": 3}],
    }


@given(st.floats(-1e300, 1e300) | st.sampled_from([math.nan, math.inf, -math.inf]))
def test_a_number_keeps_ten_digits(value: float) -> None:
    """What is not finite is null; the rest is off by less than a part in 10⁹."""
    number = messages.number(value)
    assert (number is None) == (not math.isfinite(value))
    assert number is None or math.isclose(number, value, rel_tol=1e-9)


FLOATS = st.floats(-1e300, 1e300) | st.sampled_from([math.nan, math.inf, -math.inf])


@given(st.lists(FLOATS | st.integers(-(10**18), 10**18).map(float), max_size=20))
def test_many_numbers_are_as_each_alone(values: list[float]) -> None:
    """Rounded together they have as few digits, and the same but for a tie; what is none is None."""
    together = messages.numbers(np.array(values, np.float64))
    assert [number if number is None else messages.number(number) for number in together] == together
    alone = [messages.number(value) for value in values]
    assert [number is None for number in together] == [number is None for number in alone]
    assert [n for n in together if n is not None] == pytest.approx([n for n in alone if n is not None], rel=1.1e-9)
