"""What must be true after faults: of the store, of browsers, and of who is said to be silent."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from app.messages import number
from tests.e2e.balancer import Answer
from tests.e2e.chaos import Span
from tests.e2e.clusters import lost_and_doubled, stored
from tests.e2e.fleet import Fleet
from tests.e2e.live import Told
from tests.e2e.screen import Screen
from tidegauge.client.indices import IndicesSource
from tidegauge.clock import SystemClock
from tidegauge.metrics.query import from_url

Line = tuple[str, str, str]
"""Query, entity, metric."""
SILENT_MS = 3_500
"""A host is silent four periods of a second after it was heard; a little of that passes on the way."""
TELL_MS = 1_500
"""Until then each web node has heard of it."""
ASKED = """() => Object.fromEntries(globalThis.tidegauge.page.cards.filter((card) => card.subscription)
  .map((card) => [card.settings.query, card.subscription.query]))"""
"""Each card's query with the range that its page has."""
EDGE_MS = 10_000
"""At the left edge of a range: the page's began a moment before."""


def assert_all_is_stored(hosts: Fleet, url: str) -> None:
    """Every acknowledged row is in the store, once; nothing was refused or given up."""
    assert set(hosts.outcomes()) <= {"stored", "duplicate"}
    assert not any(queue.given_up for queue in hosts.queues)
    rows = [row for queue in hosts.queues for row in queue.acknowledged()]
    lost, doubled = lost_and_doubled(rows, stored(url))
    assert (len(lost), len(doubled)) == (0, 0), (lost[:3], doubled[:3])
    assert len(rows) == len(set(rows)) > 0


def differences(screen: Screen, url: str) -> list[str]:
    """Points that a page shows and the store does not have, or has with another value, and those that it lacks."""
    shown: dict[Line, dict[int, float]] = defaultdict(dict)
    for (query, entity, metric, at), (value, _) in screen.points().items():
        if value is not None:
            shown[query, entity, metric][at] = value
    assert shown
    source = IndicesSource(url, "", "", SystemClock())
    asked: dict[str, str] = screen.page.evaluate(ASKED)
    found: list[str] = []
    for query in sorted({query for query, _, _ in shown} & asked.keys()):
        answer = source.answer(from_url(asked[query]))
        kept = {
            (query, one.entity, one.metric): {
                at: drawn
                for at, value in zip(one.time_ms, one.value, strict=True)
                if value is not None and (drawn := number(value)) is not None
            }
            for one in answer.series
        }
        ours = {line: points for line, points in shown.items() if line[0] == query}
        found += _differences(ours, kept, answer.from_ms + EDGE_MS + 2 * answer.step_ms)
    return found


def _differences(shown: dict[Line, dict[int, float]], kept: dict[Line, dict[int, float]], begin: int) -> Iterable[str]:
    """Of lines that are on both sides every point; where a query keeps the top ones others may be on one side."""
    for line in sorted(shown.keys() | kept.keys()):
        mine, its = shown.get(line, {}), kept.get(line, {})
        if re.search(r"\btop=", line[0]) and not (mine and its):
            continue
        for at in sorted(at for at in mine.keys() | its.keys() if at >= begin):
            if mine.get(at, "nothing") != its.get(at, "nothing"):
                yield f"{line[1]} {line[2]} at {at}: shown {mine.get(at, 'nothing')}, stored {its.get(at, 'nothing')}"


def wrongly_silent(
    told: Sequence[Told], answers: Sequence[Answer], ports: Sequence[int], spans: Sequence[Span]
) -> list[str]:
    """What a web node said of hosts that an ingest node had answered within four periods, which was well since.

    ports: of the ingest nodes, in their order.
    """
    heard: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.node:
            heard[answer.host].append(answer)
    return [
        f"{one} though {answer} {one.at_ms - answer.seen_ms:.0f} ms before"
        for one in told
        if one.state in ("silent", "down") and not one.suspended
        for answer in heard[one.host]
        if TELL_MS < one.at_ms - answer.seen_ms < SILENT_MS
        and not _was_hurt(f"ingest {ports.index(answer.node)}", answer.seen_ms, one.at_ms, spans)
    ]


def _was_hurt(target: str, from_ms: float, to_ms: float, spans: Sequence[Span]) -> bool:
    return any(span.target == target and span.from_ms < to_ms and span.to_ms > from_ms for span in spans)
