"""A small world for tests of presence: collectors, nodes that hear them, and all that these tell."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from tidegauge.cluster import frames
from tidegauge.cluster.frames import Seen
from tidegauge.cluster.shard import OwnShard
from tidegauge.cluster.shard_frames import OfPresence
from tidegauge.metrics.wire import Queue

PERIOD_MS = 1_000
BEAT_MS = 500
WALL_MS = 1_700_000_000_000
EMPTY = Queue()
NODES = ("a", "b", "c")
HOSTS = ("h1", "h2")


class Step(NamedTuple):
    """What happens after a while: a POST, a beat, a snapshot, a node's or a collector's restart."""

    after_ms: int
    what: str
    node: str
    host: str


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(0, 900),
        st.sampled_from(("post", "post", "post", "beat", "beat", "stop", "queue", "snapshot", "restart", "again")),
        st.sampled_from(NODES),
        st.sampled_from(HOSTS),
    ),
    max_size=40,
)


class Sent(NamedTuple):
    """A frame and when it was sent, by the world's clock."""

    frame: OfPresence
    at_ms: int


class World:
    """One true time; each node's own clock began at another. Nodes beat as real ones do, and when told to."""

    def __init__(self) -> None:
        self.now_ms = 50_000
        self.sent: list[Sent] = []
        self.posts: list[tuple[int, str, str, Seen]] = []
        """When each POST came, to which node, of which host."""
        self._lives = dict.fromkeys(HOSTS, 0)
        self._restarts = dict.fromkeys(NODES, 0)
        self._shards = {node: OwnShard(node, "0") for node in NODES}
        self._began = {node: self.now_ms - 10 * at for at, node in enumerate(NODES)}
        self._beaten_ms = self.now_ms

    def do(self, step: Step) -> None:
        """Let one thing happen."""
        until_ms = self.now_ms + step.after_ms
        while self._beaten_ms + BEAT_MS <= until_ms:
            self.now_ms = self._beaten_ms = self._beaten_ms + BEAT_MS
            self.settle()
        self.now_ms = until_ms
        getattr(self, f"_{step.what}")(step.node, step.host)

    def settle(self) -> None:
        """A beat of each node now."""
        for node in NODES:
            self._beat(node, "")

    def _post(self, node: str, host: str, stopping: bool = False, queue: Queue = EMPTY) -> None:
        seen = seen_now(host, self._lives[host], self.now_ms, stopping=stopping, queue=queue)
        self.posts.append((self.now_ms, node, host, seen))
        self._tell(self._shards[node].see(seen, self._own(node)))

    def _stop(self, node: str, host: str) -> None:
        self._post(node, host, stopping=True)
        self._again(node, host)

    def _queue(self, node: str, host: str) -> None:
        self._post(node, host, queue=Queue(7, WALL_MS + self.now_ms - 60_000, WALL_MS + self.now_ms))

    def _again(self, _node: str, host: str) -> None:
        self._lives[host] += 1

    def _beat(self, node: str, _host: str) -> None:
        self._tell(self._shards[node].beat(self._own(node)))

    def _snapshot(self, node: str, _host: str) -> None:
        self._tell([self._shards[node].snapshot(self._own(node))])

    def _restart(self, node: str, _host: str) -> None:
        if self._restarts[node] < 2:
            self._restarts[node] += 1
            self._shards[node], self._began[node] = OwnShard(node, str(self._restarts[node])), self.now_ms - 10

    def _own(self, node: str) -> int:
        return self.now_ms - self._began[node]

    def _tell(self, told: list[OfPresence]) -> None:
        for frame in told:
            decoded = frames.decode(frames.encode(frame))
            assert decoded == frame
            self.sent.append(Sent(frame, self.now_ms))


def seen_now(
    host: str,
    life: int,
    now_ms: int,
    *,
    stopping: bool = False,
    queue: Queue = EMPTY,
    seq: int = 1,
    lag_ms: int = 40,
    wall_ms: int = WALL_MS,
) -> Seen:
    """What a POST of a host's collector shows whose clock began at WALL_MS."""
    now = wall_ms + now_ms
    return Seen(host, host, f"{life:013d}-a", seq, PERIOD_MS, now, 0, queue, stopping, newest_ms=now - lag_ms)


def world_after(steps: list[Step]) -> World:
    """A world in which these things happened, and a beat of each node after."""
    world = World()
    for step in steps:
        world.do(step)
    world.settle()
    return world
