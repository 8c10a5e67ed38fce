"""Who watches which host: presence and gaps for browsers, told on change and once a second."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from app import messages
from app.entities import Entities
from app.outbox import Outbox
from app.retired import Retired
from app.suspension import Links, Suspension
from tidegauge.cluster import presence
from tidegauge.cluster.frames import Seen
from tidegauge.cluster.host_clocks import HostClocks
from tidegauge.cluster.presence import State, Verdict
from tidegauge.cluster.replica import Replicas
from tidegauge.cluster.shard_frames import Beat, OfPresence
from tidegauge.metrics import ranges
from tidegauge.metrics.gaps import Gap, Holder
from tidegauge.metrics.records import HOST, Event, Row
from tidegauge.metrics.steps import HOUR
from tidegauge.metrics.wire import Queue
from tidegauge.queries.histories import Histories
from tidegauge.queries.known import Known
from tidegauge.queries.timeline import Timeline
from tidegauge.storage.base import StoreError

log = logging.getLogger(__name__)

NOBODY = Queue()
RETRY_MS = 2_000
"""How long a store that failed is left alone."""
REST_RATIO = 4
"""How much longer than it took one rests before the same is read again."""


@dataclass
class _Watch:
    """One browser's order. host None: all hosts. told: what was last sent. asked, loaded: how often
    the store was to be read, and at which count it was. rests_ms: until when it is left alone, monotonic; None: it
    was not asked yet, and no gaps are told before.
    """

    host: str | None
    timeline: Timeline | None = None
    told: list[Gap] | None = None
    asked: int = 1
    loaded: int = 0
    rests_ms: float | None = None


class Presence:
    """The presence map as this node has it, and its watchers. Thread-safe."""

    def __init__(
        self,
        histories: Histories,
        entities: Entities,
        monotonic_ms: Callable[[], float],
        wall_ms: Callable[[], int],
        links: Links = tuple,
    ) -> None:
        """links: those to ingest nodes, where they are other processes."""
        self._histories = histories
        self._entities = entities
        self._monotonic_ms = monotonic_ms
        self._wall_ms = wall_ms
        self._lock = threading.RLock()
        self._replicas = Replicas()
        self._clocks = HostClocks()
        self._suspension = Suspension(links, self._replicas.heard_ms, self._replicas.youngest, monotonic_ms, wall_ms)
        self._states: dict[str, State] = {}
        self._lasting: dict[str, State] = {}
        """The last state of each host that was judged with all links there, or seen."""
        self.furthest: dict[str, int] = {}
        """Up to which of its times each host was taken to be, which says what of it is closed."""
        self.refused: dict[str, str] = {}
        """Nodes that wrote the shard of another: whose, by node."""
        self._watches: dict[Outbox, _Watch] = {}
        self._timelines: dict[str, dict[Outbox, Timeline]] = {}
        """Those of watches, by host: each row looks for its own."""
        self.retired = Retired(self.heard_ms, monotonic_ms)

    def see(self, seen: Seen, held_ms: int) -> bool:
        """Take a single fact; whether the host's state is another now."""
        with self._lock:
            self._replicas.add(seen, self._monotonic_ms() - held_ms)
            return self._differs(seen.host)

    def take(self, frame: OfPresence, held_ms: int, node: str = "") -> tuple[list[str], bool]:
        """Take what a shard tells: the hosts of which something changed, and whether the state of one did.

        node: whose link brought it. A shard is its own node's alone: what another says of it is refused.
        """
        if node and frame.node != node:
            self._refuse(node, frame.node)
            return [], False
        with self._lock:
            hosts = self._replicas.take(frame, self._monotonic_ms() - held_ms)
            if isinstance(frame, Beat):
                return [], any(self._states.get(host) != "live" for host in hosts)
            return hosts, any(map(self._differs, hosts))

    def lacking(self) -> set[str]:
        """The nodes of whose shard something is missing, which a fresh snapshot would bring."""
        with self._lock:
            return self._replicas.lacking(self._monotonic_ms())

    def forget(self, now_ms: float, kept_ms: float) -> None:
        """Let go of incarnations superseded for an hour, and of hosts not heard for as long as data are kept."""
        with self._lock:
            self._replicas.forget(now_ms, HOUR, kept_ms)
            self._clocks.forget(now_ms - HOUR)
            hosts = self._replicas.hosts()
            self._lasting = {host: state for host, state in self._lasting.items() if host in hosts}
            self.furthest = {host: at for host, at in self.furthest.items() if host in hosts}

    def verdict(self, host: str) -> Verdict | None:
        """What this node makes of a host now.

        A host that would be silent or down while a link is broken may be heard by who is behind it, and while a node
        was not there for four periods may have been heard by it before: it keeps its state, and is suspended.
        offset_ms is by this node's wall clock; an ingest node's own does not matter.
        """
        with self._lock:
            now_ms = self._monotonic_ms()
            known_ms = self._replicas.known_ms(now_ms)
            found = presence.judge(self._replicas.facts(host), now_ms, known_ms, self._clocks.ahead_ms)
            if found is None:
                return None
            offset_ms = round(found.now_ms) - self._wall_ms()
            found = found._replace(seen=msgspec.structs.replace(found.seen, offset_ms=offset_ms))
            if found.state in ("silent", "down"):
                reason = self._suspension.reason(known_ms - presence.silent_ms(found.seen))
                if reason:
                    return found._replace(state=self._lasting.get(host, "unknown"), suspended=reason)
            self._lasting[host] = found.state
            return found

    def _differs(self, host: str) -> bool:
        verdict = self.verdict(host)
        return verdict is not None and self._states.get(host) != verdict.state

    def _refuse(self, node: str, other: str) -> None:
        if self.refused.get(node) != other:
            log.warning("shard_refused node=%r wrote=%r", node[:80], other[:80])
            self.refused[node] = other

    def heard_ms(self, host: str) -> float | None:
        """When a host's collector was heard last by any node, monotonic; None: never."""
        with self._lock:
            return max((fact.at_ms for fact in self._replicas.facts(host)), default=None)

    def host_now(self, host: str) -> int:
        """A host's own now in ms; the server's for a host that was not heard."""
        with self._lock:
            now_ms = self._monotonic_ms()
            until_ms = min(now_ms, self._replicas.known_ms(now_ms))
            shown, _ = presence.speaker(self._replicas.facts(host), until_ms)
            return round(now_ms + self._clocks.ahead_ms(shown)) if shown else self._wall_ms()

    def server_now(self) -> int:
        """The server's now in ms."""
        return self._wall_ms()

    def monotonic_ms(self) -> float:
        """A time of which only differences mean anything."""
        return self._monotonic_ms()

    def watch(self, outbox: Outbox, host: str | None, start: str) -> None:
        """Tell a browser of one host, and of its gaps when the store was read, or of all. Raises RangeError."""
        watch = _Watch(host)
        if host is not None:
            watch.timeline = Timeline(host, ranges.resolve(start, self.host_now(host)))
        with self._lock:
            self.leave(outbox)
            self._watches[outbox] = watch
            if watch.timeline is not None:
                self._timelines.setdefault(watch.timeline.host, {})[outbox] = watch.timeline
        self.tell([outbox])
        if watch.timeline is not None:
            self._load(watch)
            self._tell_gaps(outbox, watch, watch.timeline)

    def leave(self, outbox: Outbox) -> None:
        """A browser went."""
        with self._lock:
            watch = self._watches.pop(outbox, None)
            if watch is not None and watch.timeline is not None:
                timelines = self._timelines[watch.timeline.host]
                del timelines[outbox]
                if not timelines:
                    del self._timelines[watch.timeline.host]

    def rows(self, rows: Sequence[Row]) -> None:
        """Take live rows of a host itself."""
        for timeline in self._timelines_of(rows[0].host):
            timeline.add_rows(rows)

    def events(self, host: str, events: Sequence[Event]) -> None:
        """Take live events."""
        for timeline in self._timelines_of(host):
            timeline.add_events(events)

    def late(self, host: str | None) -> None:
        """Rows of a host (None: of any) were stored late: `follow` reads its timelines again."""
        with self._lock:
            for watch in self._watches.values():
                if host in (None, watch.host):
                    watch.asked += 1

    def follow(self) -> None:
        """Read the timelines that are to be read again, or could not be; not by who tells: it may take long."""
        now = self._monotonic_ms()
        with self._lock:
            watches = [w for w in self._watches.values() if w.loaded < w.asked and now >= (w.rests_ms or 0.0)]
        for watch in watches:
            self._load(watch)

    def changed(self) -> bool:
        """Whether some host's state is another than at the last call."""
        with self._lock:
            self._suspension.tick()
        verdicts = {host: verdict for host, verdict in self._verdicts(None) if verdict}
        states = {host: verdict.state for host, verdict in verdicts.items()}
        with self._lock:
            for host, verdict in verdicts.items():
                self.furthest[host] = max(self.furthest.get(host, 0), round(verdict.now_ms))
            changed, self._states = states != self._states, states
        return changed

    def tell(self, outboxes: Sequence[Outbox] | None = None) -> None:
        """Send presence to some watchers (None: all), and gaps where they changed."""
        with self._lock:
            watches = [(o, w) for o, w in self._watches.items() if outboxes is None or o in outboxes]
        texts: dict[str | None, str] = {}
        running = self._entities.running(self._monotonic_ms()) if watches else {}
        for outbox, watch in watches:
            if watch.host not in texts:
                texts[watch.host] = self._presence_text(watch.host, running)
            outbox.put(texts[watch.host])
            if watch.timeline is not None and watch.rests_ms is not None:
                self._tell_gaps(outbox, watch, watch.timeline)

    def _presence_text(self, host: str | None, running: Mapping[str, Sequence[Known]]) -> str:
        verdicts = self._verdicts(host)
        names = {name: self._name(name) for name, _ in verdicts}
        newest = {name: age for name, _ in verdicts if (age := self._age_ms(name)) is not None}
        return messages.presence(verdicts, names, newest, running, () if host else self.retired.hidden())

    def _age_ms(self, host: str) -> float | None:
        """How old a host's newest row is."""
        with self._lock:
            taken_ms = presence.newest_ms(self._replicas.facts(host), self._clocks.ahead_ms)
        return None if taken_ms is None else self._monotonic_ms() - taken_ms

    def verdicts(self) -> list[tuple[str, Verdict | None]]:
        """What this node makes of each host that it knows of."""
        return self._verdicts(None)

    def _verdicts(self, host: str | None) -> list[tuple[str, Verdict | None]]:
        """The state of one host, or of each that the stream tells of and nobody has retired."""
        if host is not None:
            return [(host, self.verdict(host))]
        with self._lock:
            hosts = sorted(host for host in self._replicas.hosts() if not self.retired.hides(host))
        return [(name, self.verdict(name)) for name in hosts]

    def _name(self, host: str) -> tuple[str, str]:
        known = self._entities.get(host)
        attributes = known.entity.attributes if known and known.entity.kind == HOST else {}
        return attributes.get("host.name", host), attributes.get("fleet", "")

    def _tell_gaps(self, outbox: Outbox, watch: _Watch, timeline: Timeline) -> None:
        found = timeline.gaps(self.holder(timeline.host))
        if found != watch.told:
            watch.told = found
            outbox.put(messages.gaps(timeline.host, found))

    def holder(self, host: str) -> Holder:
        """What a host's collector is like now, for its gaps."""
        verdict = self.verdict(host)
        if verdict is None:
            return Holder("unknown", self._wall_ms(), "", NOBODY, 1000)
        seen = verdict.seen
        return Holder(verdict.state, round(verdict.now_ms), seen.incarnation, seen.queue, seen.period_ms)

    def _load(self, watch: _Watch) -> None:
        if watch.timeline is None:
            return
        asked, began_ms = watch.asked, self._monotonic_ms()
        try:
            watch.timeline.load(self._histories, self.host_now(watch.timeline.host))
        except StoreError as error:
            log.warning("timeline_without_store error=%s", error)
            watch.rests_ms = self._monotonic_ms() + RETRY_MS
        else:
            watch.loaded = asked
            took_ms = self._monotonic_ms() - began_ms
            watch.rests_ms = began_ms + took_ms + min(REST_RATIO * took_ms, RETRY_MS)

    def _timelines_of(self, host: str) -> list[Timeline]:
        with self._lock:
            return [*self._timelines.get(host, {}).values()]
