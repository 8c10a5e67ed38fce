"""Events: their identity makes replays harmless, and gaps say what they claim."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.tidegauge.metrics.strategies import events
from tidegauge.metrics.events import GAP, event_id, gap
from tidegauge.metrics.records import Event


@given(events)
def test_a_replayed_event_has_the_same_identity(event: Event) -> None:
    """The same event read again, its attributes in another order, is the same event."""
    turned = msgspec.structs.replace(event, attributes=dict(reversed(event.attributes.items())))
    assert event_id(turned) == event_id(event)


@given(events, events)
def test_other_events_have_other_identities(a: Event, b: Event) -> None:
    """Any difference in entity, kind, time or attributes is another identity."""
    assert (event_id(a) == event_id(b)) is (a == b)


@given(events, st.sampled_from(["entity", "kind"]))
def test_moving_text_between_fields_changes_the_identity(event: Event, field: str) -> None:
    """Fields do not run into one another."""
    moved = msgspec.structs.replace(event, entity=event.entity + event.kind, kind="")
    assert event_id(moved) != event_id(event)
    assert event_id(msgspec.structs.replace(event, **{field: "another"})) != event_id(event)


def test_a_gap_claims_its_span() -> None:
    """A gap names its reason and span as text, at a time in ns."""
    claims = {"reason": "dropped", "from_ms": "1", "to_ms": "9", "count": "3"}
    assert gap("h1", "dropped", 1, 9, 3, time_ms=10) == Event("h1", 10_000_000, GAP, claims)


def test_known_identity_stays() -> None:
    """The hash is the same in every version: stored events are found again."""
    assert event_id(Event("h1", 1, "x", {"b": "2", "a": "1"})) == "4a0b32f6c9b99c56a1854dfcea8b1e9d"
