"""Why this node cannot know who is silent: links to ingest nodes that are broken (rule 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tidegauge.cluster.remote import LinkState
from tidegauge.settings import shown

Missing = Callable[[], Sequence[LinkState]]

LOOK_MS = 100
"""How old the answer may be; a link that broke since holds up verdicts by itself, for its node says nothing."""
BACK_MS = 2_000
"""A link that is up again brings the node's shard within that."""
NAMED = 3


class Suspension:
    """The links that are broken to nodes not known to be dead, and those just mended whose node has not told yet
    what it saw meanwhile. heard_ms: when presence came from a node last. Not thread-safe."""

    def __init__(
        self,
        missing: Missing,
        heard_ms: Callable[[str], float],
        monotonic_ms: Callable[[], float],
        wall_ms: Callable[[], int],
    ) -> None:
        self._missing = missing
        self._heard_ms = heard_ms
        self._monotonic_ms = monotonic_ms
        self._wall_ms = wall_ms
        self._looked_ms = float("-inf")
        self._broken: dict[str, tuple[LinkState, float]] = {}
        self._sentence = ""

    def reason(self) -> str:
        """The sentence; "" while all links are there."""
        now_ms = self._monotonic_ms()
        if now_ms - self._looked_ms >= LOOK_MS:
            self._looked_ms = now_ms
            self._look(now_ms)
        return self._sentence

    def _look(self, now_ms: float) -> None:
        broken = {link.url: (link, now_ms) for link in self._missing()}
        for url, (link, last_ms) in self._broken.items():
            if url not in broken and now_ms - last_ms < BACK_MS and self._heard_ms(link.node) <= last_ms:
                broken[url] = (link, last_ms)
        self._broken = broken
        self._sentence = self._words([link for link, _ in broken.values()], now_ms)

    def _words(self, links: Sequence[LinkState], now_ms: float) -> str:
        if not links:
            return ""
        nameless = [link.failure for link in links if not (link.node or link.url)]
        if nameless:
            return nameless[0]
        since_ms = self._wall_ms() - (now_ms - min(link.since_ms for link in links))
        names = [link.node or shown(link.url) for link in links]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        listed, clock = ", ".join(names[:NAMED]) + more, datetime.fromtimestamp(since_ms / 1000, UTC)
        what = "the link to {} is" if len(links) == 1 else "the links to {} are"
        return f"{what.format(listed)} broken since {clock:%H:%M:%S} UTC"
