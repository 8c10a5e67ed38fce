"""The JSON API: GET /api/v1/query, entities, events, metrics, system. One shape of errors everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from app import answers
from app.node import WebNode
from app.system import System
from tidegauge.metrics import filters, ranges
from tidegauge.metrics.filters import Filter, FilterError, Term
from tidegauge.metrics.query import QueryError, from_pairs
from tidegauge.metrics.ranges import RangeError
from tidegauge.metrics.records import Description, Event
from tidegauge.queries import combine, happened
from tidegauge.sessions.errors import error
from tidegauge.storage.base import StoredEvent, StoreError

Pairs = Mapping[str, str]


def create_blueprint(node: WebNode, system: System) -> Blueprint:
    """The routes over a node."""
    blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

    @blueprint.get("/query")
    def query() -> Response:
        return _answer(lambda pairs: answers.answer(node, from_pairs(pairs)))

    @blueprint.get("/entities")
    def entities() -> Response:
        return _answer(lambda pairs: _entities(node, pairs), ("filter", "from", "to"))

    @blueprint.get("/events")
    def events() -> Response:
        return _answer(lambda pairs: _events(node, pairs), ("host", "container", "kind", "limit", "from", "to"))

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return _answer(lambda _: [_described(one) for one in node.store.metrics()], ())

    @blueprint.get("/system")
    def how_it_is() -> Response:
        return _answer(lambda _: system.told(), ())

    return blueprint


def _answer(work: Callable[[Pairs], Any], keys: Sequence[str] | None = None) -> Response:
    """Do the work of a route over the URL's pairs; its errors in our shape. keys: those that it knows;
    None: the work sees to that."""
    try:
        made = work(_pairs(request.args.to_dict(flat=False), keys))
    except (QueryError, FilterError, RangeError) as problem:
        return error(400, "query", str(problem), "docs/api.md describes queries")
    except StoreError as problem:
        return error(503, "store", str(problem), problem.hint or "try again; live graphs go on meanwhile")
    return Response(msgspec.json.encode(made), content_type="application/json")


def _pairs(given: Mapping[str, Sequence[str]], keys: Sequence[str] | None) -> Pairs:
    """The URL's pairs. Raises QueryError for a key that stands twice or is not known."""
    if any(len(values) > 1 for values in given.values()):
        raise QueryError("a key may stand once; lists have commas between")
    unknown = [] if keys is None else sorted(set(given) - set(keys))
    if unknown:
        raise QueryError(f"unknown key {unknown[0][:40]!r}")
    return {key: values[0] for key, values in given.items()}


def _span(node: WebNode, pairs: Pairs) -> tuple[int, int]:
    now = node.presence.server_now()
    start = ranges.resolve(pairs.get("from", "now-1d"), now)
    return start, ranges.resolve(pairs.get("to", "now"), now)


def _entities(node: WebNode, pairs: Pairs) -> list[dict[str, Any]]:
    found = node.entities.find(filters.parse(pairs.get("filter", "")), *_span(node, pairs))
    return [
        {
            "entity": name,
            "kind": known.entity.kind,
            "host": known.host,
            "start": known.entity.start,
            "period_ms": known.entity.period_ms,
            "attributes": known.entity.attributes,
        }
        for name, known in sorted(found.items())
    ]


def _events(node: WebNode, pairs: Pairs) -> list[dict[str, Any]]:
    hosts = [pairs["host"]] if "host" in pairs else None
    kinds, names = _term(pairs, "kind"), _term(pairs, "container")

    def wanted(one: StoredEvent) -> bool:
        told = (one.event.entity, _name(node, one.event))
        return filters.matches(kinds, {"kind": one.event.kind}) and any(
            filters.matches(names, {"container": text}) for text in told
        )

    found = happened.oldest(node.store, _span(node, pairs), hosts, wanted, _limit(pairs))
    return [
        {
            "id": one.id,
            "host": one.host,
            "entity": one.event.entity,
            "name": _name(node, one.event),
            "time_ns": one.event.time_ns,
            "kind": one.event.kind,
            "attributes": one.event.attributes,
        }
        for one in found
    ]


def _term(pairs: Pairs, key: str) -> Filter:
    """What a key of the URL asks for: patterns, commas between."""
    return (Term(key, "=", tuple(pairs[key].split(","))),) if key in pairs else ()


def _limit(pairs: Pairs) -> int:
    text = pairs.get("limit", str(happened.MOST))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= happened.MOST):
        raise QueryError(f"limit: {text[:20]!r} is no number from 1 to {happened.MOST}")
    return int(text)


def _name(node: WebNode, event: Event) -> str:
    """What an event's entity is called, as it was then or is now; "": not known."""
    known = node.entities.get(event.entity)
    return event.attributes.get("container.name", "") or (combine.entity_name(known) if known else "")


def _described(one: Description) -> dict[str, Any]:
    return {"metric": one.name, "unit": one.unit, "kind": one.kind, "help": one.help, "formula": one.formula}
