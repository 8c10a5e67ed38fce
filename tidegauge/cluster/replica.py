"""Shards of presence as a reader holds them: a join semilattice. Pure; for one thread at a time.

What a replica holds follows from the set of frames that it was given, and from when each came first: their
order, and frames that come again, change nothing. Of each place the fact told last counts, and the latest
sighting. Frames that are lost cost knowledge, never truth: `known_ms` says until when all was told, and goes
on only over frames without a hole.

A node's clock is known by arrival alone: the quickest of its last RECENT frames tells how far it is from
the reader's. What a link takes (and half a period of what it varies) makes a fact look so much younger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidegauge.cluster import presence
from tidegauge.cluster.frames import Seen
from tidegauge.cluster.presence import Fact, Key
from tidegauge.cluster.shard_frames import NOTHING, Beat, Entry, OfPresence, Shard
from tidegauge.metrics.wire import Queue

RECENT = 16
"""Frames that tell a node's clock: those of some seconds."""
STEP_MS = 4_000
"""A frame that comes by so much later than those before it tells that a clock stood still."""
QUIET_MS = 6_000
"""A node that says nothing for so long holds up no verdict: its link is broken, which is told."""
MOST_HELD = 1_000
LIVES = 4
"""How many lives of one node's shard are kept."""

Life = tuple[str, str]
"""A node's name, and which life of its shard."""


class Replica:
    """What a reader holds of one life of one shard."""

    def __init__(self) -> None:
        self._entries: list[Entry | None] = []
        """By place, as is `_seen`: a list of a snapshot's many is made quicker than a dict."""
        self._seen: list[int] = []
        self.heard_ms = float("-inf")
        """When its last frame came, by the reader's clock."""
        self._places: dict[str, int | tuple[int, ...]] = {}
        """Of nearly every host there is one: a snapshot of many is merged quicker without a tuple for each."""
        self._told: dict[int, Seen] = {}
        self._number = 0
        self._until_ms = -1
        self._held: dict[int, int] = {}
        self._clock: dict[int, float] = {}
        self._ahead_ms = 0.0

    def take(self, frame: OfPresence, came_ms: float) -> list[str]:
        """Join a frame that came at `came_ms` by the reader's clock; the hosts that it tells of."""
        self.heard_ms = max(self.heard_ms, came_ms)
        self._set_clock(frame.at_ms, came_ms - frame.at_ms)
        self._count(frame)
        if isinstance(frame, Beat):
            sightings = frame.sightings()
            self._see(sightings)
            return [entry.host for place, _ in sightings if (entry := self._entries[place])]
        hosts, places = [entry.host for entry in frame.entries], [entry.index for entry in frame.entries]
        if not (isinstance(frame, Shard) and self._adopt(frame, hosts, places)):
            seen = frame.seen if isinstance(frame, Shard) else [entry.seen_ms for entry in frame.entries]
            self._see(list(zip(places, seen, strict=True)))
            self._enter(frame.entries)
        return hosts

    def hosts(self) -> Iterable[str]:
        """Those that have places."""
        return self._places

    def places(self, host: str) -> tuple[int, ...]:
        """The places of a host's incarnations."""
        found = self._places.get(host, ())
        return (found,) if isinstance(found, int) else found

    def fact(self, place: int) -> Fact:
        """What is known of a collector."""
        entry, at_ms = self._entry(place), self._seen[place]
        told = self._told.get(place)
        if told is None:
            told = self._told[place] = _seen(entry)
        return Fact(told, at_ms + self._ahead_ms, max(0, at_ms - entry.seen_ms))

    def known_ms(self) -> float | None:
        """Until when all is known that the node saw, by the reader's clock; None: nothing is."""
        return None if self._until_ms < 0 else self._until_ms + self._ahead_ms

    def begun_ms(self) -> float:
        """When the node began, by the reader's clock: from then on it can tell what it heard."""
        return self._ahead_ms

    @property
    def lacks(self) -> bool:
        """Whether something is missing that a snapshot brings."""
        return bool(self._held)

    def not_seen_since(self, since_ms: float) -> set[str]:
        """The hosts of which some incarnation was seen last before a time, by the reader's clock."""
        before_ms = since_ms - self._ahead_ms
        return {
            entry.host for entry, at_ms in zip(self._entries, self._seen, strict=True) if entry and at_ms < before_ms
        }

    def drop(self, place: int) -> None:
        """Let go of a collector."""
        host, self._entries[place] = self._entry(place).host, None
        self._places[host] = tuple(one for one in self.places(host) if one != place)
        if not self._places[host]:
            del self._places[host]
        self._told.pop(place, None)

    def _adopt(self, frame: Shard, hosts: Sequence[str], places: Sequence[int]) -> bool:
        """Take a shard without holes, of one collector a host, as it is, where nothing is held: quicker than one by
        one. Whether that could be done."""
        if self._entries or places != list(range(len(places))):
            return False
        by_host: dict[str, int | tuple[int, ...]] = dict(zip(hosts, places, strict=True))
        if len(by_host) < len(hosts):
            return False
        self._entries, self._seen, self._places = list(frame.entries), list(frame.seen), by_host
        return True

    def _entry(self, place: int) -> Entry:
        entry = self._entries[place]
        assert entry is not None, "a place that is nobody's"
        return entry

    def _enter(self, entries: Iterable[Entry]) -> None:
        """A place is one incarnation's for as long as the shard lives: another's claim to it is none."""
        held, told, places = self._entries, self._told, self._places
        for entry in entries:
            place, host = entry.index, entry.host
            if (before := held[place]) is None:
                held[place] = entry
                places[host] = (*self.places(host), place) if host in places else place
            elif (before.host, before.incarnation) == (host, entry.incarnation) and before.version < entry.version:
                held[place] = entry
                told.pop(place, None)

    def _see(self, sightings: Sequence[tuple[int, int]]) -> None:
        """Note when places were seen, and make room for those that are new."""
        seen, lacking = self._seen, max((place for place, _ in sightings), default=-1) + 1 - len(self._seen)
        seen.extend([-1] * lacking)
        self._entries.extend([None] * lacking)
        for place, at_ms in sightings:
            seen[place] = max(seen[place], at_ms)

    def _count(self, frame: OfPresence) -> None:
        """What was told up to which number: the snapshot's, and from there on each that follows."""
        if isinstance(frame, Shard):
            self._number = max(self._number, frame.number)
        elif len(self._held) < MOST_HELD:
            self._held[frame.number] = frame.at_ms if isinstance(frame, Beat) else -1
        if isinstance(frame, Shard):
            self._until_ms = max(self._until_ms, frame.at_ms)
        while self._number + 1 in self._held:
            self._number += 1
        for number in [number for number in self._held if number <= self._number]:
            self._until_ms = max(self._until_ms, self._held.pop(number))

    def _set_clock(self, at_ms: int, ahead_ms: float) -> None:
        """Take the least of the last frames, less those of before the clock stood still."""
        self._clock[at_ms] = min(ahead_ms, self._clock.get(at_ms, ahead_ms))
        while len(self._clock) > RECENT:
            del self._clock[min(self._clock)]
        last_ms = self._clock[max(self._clock)]
        self._ahead_ms = min(one for one in self._clock.values() if one >= last_ms - STEP_MS)


class Replicas:
    """All shards that a reader holds, and facts of nodes of the version before: what is known of each host."""

    def __init__(self) -> None:
        self._shards: dict[Life, Replica] = {}
        self._others: dict[str, dict[Key, Fact]] = {}

    def add(self, seen: Seen, at_ms: float) -> None:
        """Take a single fact; at_ms: when its frame came."""
        self._others[seen.host] = presence.add(self._others.get(seen.host, {}), seen, at_ms)

    def take(self, frame: OfPresence, came_ms: float) -> list[str]:
        """Join a frame of a shard; the hosts that it tells of."""
        life = (frame.node, frame.life)
        shard = self._shards.get(life)
        if shard is None:
            self._make_room(frame.node)
            shard = self._shards[life] = Replica()
        return shard.take(frame, came_ms)

    def hosts(self) -> set[str]:
        """The hosts of which something is known."""
        return self._others.keys() | {host for shard in self._shards.values() for host in shard.hosts()}

    def facts(self, host: str) -> list[Fact]:
        """All facts on a host, of all its incarnations and all nodes."""
        told = [shard.fact(place) for shard in self._shards.values() for place in shard.places(host)]
        return [*self._others.get(host, {}).values(), *told]

    def known_ms(self, now_ms: float) -> float:
        """Until when all is known that any node saw, less those that say nothing."""
        told = [shard.known_ms() for shard in self._shards.values() if now_ms - shard.heard_ms <= QUIET_MS]
        return min((known_ms for known_ms in told if known_ms is not None), default=now_ms)

    def youngest(self, now_ms: float) -> tuple[float, str]:
        """When that node began, and its name, that began last of those that say something. What it heard in a life
        before this and did not tell any more is lost."""
        told = [(one.begun_ms(), node) for (node, _), one in self._shards.items() if now_ms - one.heard_ms <= QUIET_MS]
        return max(told, default=(float("-inf"), ""))

    def heard_ms(self, node: str) -> float:
        """When a frame came last of a node's shard that is here."""
        here = [one.heard_ms for (name, _), one in self._shards.items() if name == node and one.known_ms() is not None]
        return max(here, default=float("-inf"))

    def lacking(self, now_ms: float) -> set[str]:
        """The nodes of whose shard something is missing."""
        return {node for (node, _), one in self._shards.items() if one.lacks and now_ms - one.heard_ms <= QUIET_MS}

    def forget(self, now_ms: float, superseded_ms: float, lost_ms: float) -> None:
        """Let go of facts as `presence.forget` says, and of lives of which nothing is left. Hosts of which nothing is
        so old are not looked at."""
        since_ms = now_ms - min(superseded_ms, lost_ms)
        old = {host for host, facts in self._others.items() if any(one.at_ms < since_ms for one in facts.values())}
        for host in old.union(*(shard.not_seen_since(since_ms) for shard in self._shards.values())):
            self._forget(host, now_ms, superseded_ms, lost_ms)
        for life, shard in list(self._shards.items()):
            if not shard.hosts() and now_ms - shard.heard_ms > lost_ms:
                del self._shards[life]

    def _forget(self, host: str, now_ms: float, superseded_ms: float, lost_ms: float) -> None:
        facts = self.facts(host)
        newest = max(fact.seen.incarnation for fact in facts)

        def is_kept(fact: Fact) -> bool:
            return now_ms - fact.at_ms <= (lost_ms if fact.seen.incarnation == newest else superseded_ms)

        others = {key: fact for key, fact in self._others.pop(host, {}).items() if is_kept(fact)}
        if others:
            self._others[host] = others
        for shard in self._shards.values():
            for place in shard.places(host):
                if not is_kept(shard.fact(place)):
                    shard.drop(place)

    def _make_room(self, node: str) -> None:
        """Of one node at most LIVES are kept: those heard last."""
        lives = sorted((one.heard_ms, life) for life, one in self._shards.items() if life[0] == node)
        for _, life in lives[: max(0, len(lives) + 1 - LIVES)]:
            del self._shards[life]


def _seen(entry: Entry) -> Seen:
    rest = entry.rest or NOTHING
    return Seen(
        host=entry.host,
        name=entry.name,
        incarnation=entry.incarnation,
        seq=entry.seq,
        period_ms=entry.period_ms,
        now_ms=entry.now_ms,
        offset_ms=0,
        queue=Queue(rest.count, rest.from_ms, rest.to_ms),
        stopping=rest.stopping,
        problem=rest.problem,
        newest_ms=0 if entry.age_ms is None else entry.now_ms - entry.age_ms,
    )
