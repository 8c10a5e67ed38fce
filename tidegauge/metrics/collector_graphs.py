"""The graphs of the collector itself, the last on its host's page."""

from __future__ import annotations

from tidegauge.metrics.graphs import Graph

PART = "Collector"
OWN = "tidegauge.collector"
CPU, ENGINE = f"{OWN}.cpu.time", f"{OWN}.engine.cpu.time"

ROWS: tuple[Graph, ...] = (
    Graph(
        id="collector-cpu",
        page="host",
        title="Collector: CPU",
        entity="host",
        draw="line",
        unit="percent",
        metrics=(CPU,),
        limit="0.01",
        part=PART,
        help="Share of one core that the collector uses.",
    ),
    Graph(
        id="collector-memory",
        page="host",
        title="Collector: memory",
        entity="host",
        draw="stacked",
        unit="bytes",
        metrics=(f"{OWN}.memory.usage",),
        part=PART,
        help="Resident memory of the collector.",
    ),
    Graph(
        id="collector-time",
        page="host",
        title="Collector: time",
        entity="host",
        draw="line",
        unit="seconds",
        metrics=(f"{OWN}.read.duration", f"{OWN}.tick.lateness"),
        headline=f"{OWN}.read.duration",
        part=PART,
        help="How long reading the host took, and how late it began.",
    ),
    Graph(
        id="collector-queue",
        page="host",
        title="Collector: queue",
        entity="host",
        draw="stacked",
        unit="count",
        metrics=(f"{OWN}.queue.records",),
        part=PART,
        help="Records that no server has taken yet. In quiet times the one before is taken when the next is read.",
    ),
    Graph(
        id="collector-age",
        page="host",
        title="Collector: oldest record",
        entity="host",
        draw="line",
        unit="seconds",
        metrics=(f"{OWN}.queue.age",),
        part=PART,
        help="Age of the oldest record that waits.",
    ),
    Graph(
        id="collector-records",
        page="host",
        title="Collector: records",
        entity="host",
        draw="line",
        unit="per_second",
        metrics=tuple(f"{OWN}.records.{what}" for what in ("taken", "resent", "refused", "dropped")),
        headline=f"{OWN}.records.taken",
        part=PART,
        help="Records a second that a server took, that were sent again, that it refused, and that were given up.",
    ),
    Graph(
        id="collector-engine",
        page="host",
        title="Container engine: CPU",
        entity="host",
        draw="line",
        unit="percent",
        metrics=(ENGINE,),
        limit="0.01",
        part=PART,
        help="Share of one core that the container engine's daemon uses: part of it is what watching costs.",
    ),
)
