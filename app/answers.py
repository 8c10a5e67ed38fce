"""One query answered once: columns, gaps and what they rest on, for the JSON API and notebooks."""

from __future__ import annotations

from typing import Any

from app.messages import numbers
from app.node import WebNode
from tidegauge.metrics.query import Query, to_url
from tidegauge.queries import combine
from tidegauge.queries.combine import Line
from tidegauge.queries.explained import explained
from tidegauge.queries.plan import Plan


def answer(node: WebNode, query: Query) -> dict[str, Any]:
    """The answer to a query now; without the store there is none. Raises QueryError, StoreError."""
    made = node.board.plan(query, stored=True)
    view = node.board.view(made)
    view.add({entity: node.window.rows(entity) for entity in made.entities})
    lines = view.take_whole(view.ask_whole(made)(node.samples))
    found = explained(node.histories, made, node.presence.holder)
    return {
        "query": to_url(query),
        "from_ms": made.start_ms,
        "to_ms": made.end_ms,
        "step_ms": made.step_ms,
        "source": view.source,
        "series": [_series(node, made, line) for line in lines],
        "gaps": {host: [gap._asdict() for gap in gaps] for host, gaps in found.items()},
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
        "value": numbers(line.value),
    }
