"""Why this node cannot know who is silent: links to ingest nodes that are broken, or new, and nodes that began just
now (rule 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tidegauge.cluster.remote import LinkState
from tidegauge.settings import shown

Links = Callable[[], Sequence[LinkState]]
Youngest = Callable[[float], tuple[float, str]]
"""Of the nodes that say something the one that began last: when, and its name."""

LOOK_MS = 100
"""How old the answer may be; a link that broke since holds up verdicts by itself, for its node says nothing."""
BACK_MS = 2_000
"""A link that came up brings the node's shard within that."""
STOOD_MS = 1_000
"""Who is asked a few times a second, and was not for so long, stood still: its process was stopped, or its machine."""
STOOD = "this node stood still for a while"
NAMED = 3


class Suspension:
    """The links that are broken to nodes not known to be dead, and those that came up whose node has not told yet
    what it saw; after this process stood still all of them; and the node that began last. links: all there are.
    heard_ms: when a node's shard, or what happened since, came last. Not thread-safe."""

    def __init__(
        self,
        links: Links,
        heard_ms: Callable[[str], float],
        youngest: Youngest,
        monotonic_ms: Callable[[], float],
        wall_ms: Callable[[], int],
    ) -> None:
        self._links = links
        self._heard_ms = heard_ms
        self._youngest = youngest
        self._monotonic_ms = monotonic_ms
        self._wall_ms = wall_ms
        self._looked_ms = self._awoke_ms = float("-inf")
        self._asked_ms = monotonic_ms()
        self._sentence = ""

    def tick(self) -> float:
        """Notice whether this process stood still; called a few times a second. The time."""
        now_ms = self._monotonic_ms()
        if now_ms - self._asked_ms > STOOD_MS:
            self._awoke_ms = self._looked_ms = now_ms
            self._sentence = self._look(now_ms)
        self._asked_ms = now_ms
        return now_ms

    def reason(self, since_ms: float) -> str:
        """The sentence; "" while all that was heard since then is told."""
        now_ms = self.tick()
        if now_ms - self._looked_ms >= LOOK_MS:
            self._looked_ms = now_ms
            self._sentence = self._look(now_ms)
        return self._sentence or self._young(since_ms, now_ms)

    def _young(self, since_ms: float, now_ms: float) -> str:
        """A node that began since then was perhaps there before, and heard what it cannot tell any more."""
        begun_ms, node = self._youngest(now_ms)
        if begun_ms <= since_ms:
            return ""
        since = f"{node or 'this server'} began at {self._clock_time(begun_ms, now_ms)}"
        return f"{since}, and what it may have heard before is not known"

    def _look(self, now_ms: float) -> str:
        links = self._links()
        broken = [link for link in links if link.failure and not link.dead]
        if broken:
            return self._broken(broken, now_ms)
        new = [link for link in links if not link.failure and self._is_new(link, now_ms)]
        if not new:
            return ""
        cause = STOOD if self._awoke_ms >= min(link.since_ms for link in new) else f"{_subject(new)} new"
        return f"{cause}, and what was heard meanwhile is not here yet"

    def _is_new(self, link: LinkState, now_ms: float) -> bool:
        since_ms = max(link.since_ms, self._awoke_ms)
        return now_ms - since_ms < BACK_MS and self._heard_ms(link.node) < since_ms

    def _broken(self, links: Sequence[LinkState], now_ms: float) -> str:
        nameless = [link.failure for link in links if not (link.node or link.url)]
        if nameless:
            return nameless[0]
        since_ms = min(link.since_ms for link in links)
        return f"{_subject(links)} broken since {self._clock_time(since_ms, now_ms)}"

    def _clock_time(self, at_ms: float, now_ms: float) -> str:
        return f"{datetime.fromtimestamp((self._wall_ms() - now_ms + at_ms) / 1000, UTC):%H:%M:%S} UTC"


def _subject(links: Sequence[LinkState]) -> str:
    names = [link.node or shown(link.url) for link in links]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    what = "the link to {} is" if len(links) == 1 else "the links to {} are"
    return what.format(", ".join(names[:NAMED]) + more)
