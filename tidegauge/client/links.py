"""From a link of Tidegauge to its Query: an address of the JSON API, or of a page or one of its graphs. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import msgspec

from tidegauge.client.errors import TidegaugeError
from tidegauge.metrics import described
from tidegauge.metrics.filters import Filter, Term
from tidegauge.metrics.graphs import Graph, graphs, query_of
from tidegauge.metrics.query import Query, QueryError, from_url

FLEET = Query(
    metrics=(
        "system.cpu.utilization",
        "system.cpu.load_average.1m",
        "system.memory.utilization",
        "system.paging.utilization",
        "system.uptime",
    ),
    filter=(Term("kind", "=", ("host",)),),
    start="now-1m",
    points=12,
)
"""What the table of all hosts shows of them."""

ANCHOR = "graph-"
_HINT = "give a page of a host or container, one with #graph-… at its end, or an address with metrics="


def query_of_link(link: str) -> Query:
    """The Query behind a link. A graph's is its own, a page's all that its own entity's graphs show.

    Raises TidegaugeError.
    """
    try:
        parts = urlsplit(link.strip())
    except ValueError as error:
        raise TidegaugeError(f"{link[:200]!r} is no link", _HINT) from error
    if "metrics" in parse_qs(parts.query):
        return _from_text(parts.query)
    place = [unquote(piece) for piece in parts.path.split("/") if piece]
    if len(place) >= 2 and place[-2] in ("hosts", "containers"):
        page = place[-2].removesuffix("s")
        return _ranged(_page(page, place[-1], parts.fragment), parts)
    if not place:
        return FLEET
    raise TidegaugeError(f"{link[:200]!r} is no link to numbers", _HINT)


def _from_text(text: str) -> Query:
    try:
        return from_url(text)
    except QueryError as error:
        raise TidegaugeError(str(error), "docs/api.md describes queries") from error


def _page(page: str, entity: str, anchor: str) -> Query:
    shown = graphs(page)
    if not anchor.startswith(ANCHOR):
        own = [graph for graph in shown if graph.entity == page]
        metrics = dict.fromkeys(name for graph in own for name in query_of(graph, ()).metrics)
        return Query(metrics=tuple(metrics), filter=_owner(page, page, entity))
    if page == "host" and (other := described.named(anchor.removeprefix(ANCHOR))):
        kind, metric = other
        return Query(metrics=(metric,), filter=_owner(page, kind, entity), top=described.TOP)
    for graph in shown:
        if f"{ANCHOR}{graph.id}" == anchor:
            return query_of(graph, _owner(page, graph.entity, entity))
    raise TidegaugeError(f"a {page}'s page has no graph {anchor!r}", f"there are {_listed(shown)}")


def _owner(page: str, kind: str, entity: str) -> Filter:
    """Whose rows a graph of a page shows."""
    if page == "container":
        return (Term("entity", "=", (entity,)),)
    return (Term("host.id", "=", (entity,)), Term("kind", "=", (kind,)))


def _listed(shown: tuple[Graph, ...]) -> str:
    return ", ".join(f"#{ANCHOR}{graph.id}" for graph in shown)


def _ranged(query: Query, parts: SplitResult) -> Query:
    """The query over the page's range; a page without one shows the last five minutes."""
    given = parse_qs(parts.query)
    changes = {field: given[key][0] for key, field in (("from", "start"), ("to", "end")) if key in given}
    try:
        return msgspec.structs.replace(query, **changes)
    except QueryError as error:
        raise TidegaugeError(str(error), "the page's range is in its address, from= and to=") from error
