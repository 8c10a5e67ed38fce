"""One query answered once: columns, gaps and what they rest on, for the JSON API and notebooks."""

from __future__ import annotations

from typing import Any

from app import combine
from app.combine import Line
from app.messages import number
from app.node import WebNode
from app.plan import Plan
from app.timeline import Timeline, load_all
from tidegauge.metrics.query import Query, to_url


def answer(node: WebNode, query: Query) -> dict[str, Any]:
    """The answer to a query now; without the store there is none. Raises QueryError, StoreError."""
    made = node.board.plan(query, stored=True)
    view = node.board.view(made)
    view.add({entity: node.window.rows(entity) for entity in made.entities})
    return {
        "query": to_url(query),
        "from_ms": made.start_ms,
        "to_ms": made.end_ms,
        "step_ms": made.step_ms,
        "source": "raw",
        "series": [_series(node, made, line) for line in view.whole(made)],
        "gaps": _gaps(node, made),
    }


def _series(node: WebNode, made: Plan, line: Line) -> dict[str, Any]:
    known = made.entities.get(line.entity)
    return {
        "entity": line.entity,
        "name": combine.entity_name(known) if known else line.label,
        "metric": line.metric,
        "label": line.label,
        "unit": node.entities.unit(line.metric),
        "kind": node.entities.kind(line.metric),
        "time_ms": line.time.tolist(),
        "value": [number(value) for value in line.value.tolist()],
    }


def _gaps(node: WebNode, made: Plan) -> dict[str, list[dict[str, Any]]]:
    """Gap spans by host, those that touch the range."""
    hosts = sorted({known.host for known in made.entities.values()})
    timelines = [Timeline(host, made.start_ms) for host in hosts]
    if timelines:
        load_all(node.store, timelines, made.start_ms, max(map(node.presence.host_now, hosts)))
    found = {}
    for timeline in timelines:
        gaps = timeline.gaps(node.presence.holder(timeline.host))
        found[timeline.host] = [gap._asdict() for gap in gaps if gap.from_ms < made.end_ms]
    return found
