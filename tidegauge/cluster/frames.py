"""Frames: what nodes tell each other, the same bytes within a process and between nodes.

A frame is one JSON object with a `type`. Fields are added, never reused; a type that a reader does
not know is skipped (`UnknownFrameError`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from tidegauge.cluster.shard_frames import OfPresence
from tidegauge.metrics.records import Column, Entity, Event, Row
from tidegauge.metrics.wire import Queue

VERSIONS = [2, 1]
"""Those that a reader understands, the greatest first. From 2 on readers say who they are and ping, presence
comes as shards, entities whose rows still come are named by id, and a metric of the fleet is a topic."""
METRIC_TOPICS = 2
"""From this version on a node has topics of metrics."""
WRITTEN = VERSIONS[:1]
"""Those in which a node tells; readers are upgraded first."""

NODE_TOPIC = "node"
"""Presence, late notices, events and new entities: every web node reads it."""
_ENTITY, _METRIC = "entity:", "metric:"


def entity_topic(entity: str) -> str:
    """The topic of all metrics of one entity."""
    return f"{_ENTITY}{entity}"


def topic_entity(topic: str) -> str | None:
    """The entity whose topic it is; None: that of none."""
    return topic.removeprefix(_ENTITY) if topic.startswith(_ENTITY) else None


def metric_topic(metric: str) -> str:
    """The topic of one metric of all entities."""
    return f"{_METRIC}{metric}"


def topic_metric(topic: str) -> str | None:
    """The metric whose topic it is; None: that of none."""
    return topic.removeprefix(_METRIC) if topic.startswith(_METRIC) else None


MAX_DIGEST = 200
PONG_TOPIC = "pong"
"""Answers to pings, which pass through all that waits for the reader."""


def common(versions: Iterable[int]) -> int | None:
    """The greatest version of another node's that a reader understands; None: there is none."""
    return max({*versions} & {*VERSIONS}, default=None)


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="type"):
    """The first frame of a stream: who speaks, in which versions, and its window.

    nodes: URLs of the ingest nodes that it knows, itself among them. life: drawn when it started.
    version: of its programs.
    """

    node: str
    versions: list[int]
    nodes: list[str]
    window_ms: int
    life: str = ""
    version: str = ""


class Subscriber(msgspec.Struct, frozen=True, omit_defaults=True):
    """A web node that reads a stream, as it names itself in its first order. version: of its programs. digest: what it
    makes of hosts, as it said with its last ping (app/agreement.py)."""

    name: Annotated[str, Meta(max_length=200)]
    url: Annotated[str, Meta(max_length=300)]
    version: Annotated[str, Meta(max_length=50)]
    digest: Annotated[str, Meta(max_length=MAX_DIGEST)] = ""


class Pong(msgspec.Struct, frozen=True, tag="pong", tag_field="type"):
    """The answer to a ping of this number."""

    number: int


class Rows(msgspec.Struct, frozen=True, tag="rows", tag_field="type"):
    """New rows of one entity, values by column. now_ms: the sender's clock when it sent them.

    received_ms is there when they arrived late.
    """

    host: str
    incarnation: str
    seq: int
    now_ms: int
    entity: Entity
    columns: list[Column]
    times: list[int]
    values: list[list[float | None]]
    received_ms: int | None = None

    def __post_init__(self) -> None:
        if len(self.values) != len(self.columns) or not {*map(len, self.values)} <= {len(self.times)}:
            raise ValueError("rows whose columns differ in length")


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """A metric's value in one row. kind, start, period_ms: the entity's."""

    entity: str
    kind: str
    start: str
    period_ms: int
    time_ms: int
    value: float


class Share(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one record has of a metric. now_ms: the sender's clock when this frame was made. received_ms is there when
    the rows arrived late."""

    host: str
    incarnation: str
    seq: int
    now_ms: int
    cells: list[Cell]
    received_ms: int | None = None


class MetricRows(msgspec.Struct, frozen=True, tag="metric", tag_field="type"):
    """New values of one metric, of all entities of the fleet that have it."""

    column: Column
    shares: list[Share]


class NewEntity(msgspec.Struct, frozen=True, tag="entity", tag_field="type"):
    """An entity that this node had no rows of until now or for minutes, or whose description changed.
    ago_ms: how long before this frame its last row came."""

    host: str
    entity: Entity
    ago_ms: int = 0


class Still(msgspec.Struct, frozen=True, tag="still", tag_field="type"):
    """Entities, by id, of which rows still come: each is named about once a minute."""

    entities: list[str]


class Late(msgspec.Struct, frozen=True, tag="late", tag_field="type"):
    """The late notice (rule 7): rows of these entities in [from_ms, to_ms] were stored or are again."""

    host: str
    entities: list[str]
    tier: str
    from_ms: int
    to_ms: int


class Happened(msgspec.Struct, frozen=True, tag="events", tag_field="type"):
    """Events of one host's collector."""

    host: str
    events: list[Event]


class Seen(msgspec.Struct, frozen=True, tag="seen", tag_field="type"):
    """A collector as its last POST showed it (rule 10): a fact, no verdict.

    ago_ms: how long before this frame it was seen. now_ms: its clock then. offset_ms: its clock
    less the server's. newest_ms: the time of the newest row it sent then, its clock; 0: none.
    """

    host: str
    name: str
    incarnation: str
    seq: int
    period_ms: int
    now_ms: int
    offset_ms: int
    queue: Queue
    stopping: bool
    problem: str = ""
    ago_ms: int = 0
    newest_ms: int = 0


class Working(msgspec.Struct, frozen=True, tag="working", tag_field="type"):
    """How an ingest node does, once a second: its store, its group commit, its readers.

    store: "" while the last append was kept, else why not. commit_ms: how long the last append took.
    waiting, waiting_bytes: requests before the store. records, retried: since the node started.
    subscribers: the web nodes that read it. nodes: URLs of the ingest nodes that it knows. wall_ms: its
    wall clock, for people to compare. twin: the URL of another node of its name, "" if there is none.
    """

    node: str
    version: str
    up_ms: int
    store: str
    commit_ms: int
    waiting: int
    waiting_bytes: int
    records: int
    retried: int
    readers: int
    subscribers: list[Subscriber] = []
    nodes: list[str] = []
    wall_ms: int = 0
    twin: str = ""


Frame = Hello | Rows | MetricRows | NewEntity | Still | Late | Happened | Seen | Working | Pong | OfPresence


class FrameError(ValueError):
    """Bytes that are no frame."""


_decoder: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
encode = msgspec.json.encode


def decode(data: bytes) -> Frame:
    """The frame of its bytes. Raises FrameError, whatever the bytes."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise FrameError(str(error)[:300]) from error


class Delivery(NamedTuple):
    """A frame on its way to one reader. counter: per topic, without holes. held_ms: how long ago
    the node had it, when it comes out of the node's window rather than fresh. node: whose link brought it;
    "" within a process."""

    topic: str
    counter: int
    held_ms: int
    frame: bytes
    node: str = ""


def unpack(frame: Rows) -> Iterator[Row]:
    """The rows of a frame, unknown values left out."""
    names = [column.name for column in frame.columns]
    for r, time_ms in enumerate(frame.times):
        values = {
            name: value for name, column in zip(names, frame.values, strict=True) if (value := column[r]) is not None
        }
        yield Row(frame.entity, frame.host, frame.incarnation, time_ms, values, frame.received_ms)


def unpack_share(metric: str, share: Share) -> Iterator[Row]:
    """The rows of a share, of which one value each is known; the entities without what describes them."""
    for entity, kind, start, period_ms, time_ms, value in map(msgspec.structs.astuple, share.cells):
        of = Entity(entity, kind, start, period_ms)
        yield Row(of, share.host, share.incarnation, time_ms, {metric: value}, share.received_ms)


def column_values(values: Sequence[Sequence[float | None]], places: Sequence[int]) -> list[list[float | None]]:
    """Some rows of a block's columns."""
    return [[column[r] for r in places] for column in values]
