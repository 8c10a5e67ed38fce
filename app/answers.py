"""One query answered once: columns, gaps and what they rest on, for the JSON API and notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app import combine
from app.combine import Line
from app.histories import AHEAD_MS
from app.messages import numbers
from app.node import WebNode
from app.plan import Plan
from app.timeline import Timeline, load_all
from tidegauge.metrics.query import Query, to_url


def answer(node: WebNode, query: Query) -> dict[str, Any]:
    """The answer to a query now; without the store there is none. Raises QueryError, StoreError."""
    made = node.board.plan(query, stored=True)
    view = node.board.view(made)
    view.add({entity: node.window.rows(entity) for entity in made.entities})
    lines = view.take_whole(view.ask_whole(made)(node.samples))
    return {
        "query": to_url(query),
        "from_ms": made.start_ms,
        "to_ms": made.end_ms,
        "step_ms": made.step_ms,
        "source": view.source,
        "series": [_series(node, made, line) for line in lines],
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
        "value": numbers(line.value),
    }


def _gaps(node: WebNode, made: Plan) -> dict[str, list[dict[str, Any]]]:
    """Gap spans by host, those that touch the range."""
    hosts = sorted({known.host for known in made.entities.values()})
    timelines = [Timeline(host, made.start_ms) for host in hosts]
    _load(node, timelines, made)
    found = {}
    for timeline in timelines:
        gaps = timeline.gaps(node.presence.holder(timeline.host))
        found[timeline.host] = [gap._asdict() for gap in gaps if gap.from_ms < made.end_ms]
    return found


def _load(node: WebNode, timelines: Sequence[Timeline], made: Plan) -> None:
    """Read a little beyond the range, and all to now of hosts whose rows did not go on by then."""
    nows = {timeline.host: node.presence.host_now(timeline.host) for timeline in timelines}
    now_ms, beyond_ms = max(nows.values(), default=0), made.end_ms + AHEAD_MS
    if timelines:
        load_all(node.histories, timelines, made.start_ms, beyond_ms, nows)
    ended = [timeline for timeline in timelines if beyond_ms < now_ms and not timeline.reaches(made.end_ms)]
    if ended:
        load_all(node.histories, ended, made.start_ms, now_ms + AHEAD_MS, nows)
