"""An entity as queries see it."""

from __future__ import annotations

from tests.rows import host
from tidegauge.queries.known import Known


def test_a_filter_sees_what_every_entity_has() -> None:
    """Its id, kind and host, whatever its attributes are called."""
    known = Known("h1", host("h1", kind="mine", rack="7"))
    assert known.attributes() == {**host("h1", rack="7").attributes, "entity": "h1", "kind": "host", "host": "h1"}
