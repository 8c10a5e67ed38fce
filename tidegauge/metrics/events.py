"""Events that Tidegauge itself makes, their attributes, and the identity of any event (rules 11, 12)."""

from __future__ import annotations

import hashlib

import msgspec

from tidegauge.metrics.records import Event

COLLECTOR_STARTED = "collector.started"
COLLECTOR_STOPPED = "collector.stopped"
GAP = "collector.gap"
"""A hole the collector made itself; attributes: see `gap`."""

CONTAINER_STARTED = "container.started"
CONTAINER_STOPPED = "container.stopped"
"""reason: one of `STOP_REASONS`; exit_code: where somebody knows it."""
CONTAINER_OOM = "container.oom"
"""count: processes the kernel killed for want of memory since the last such event; the container may live on."""
CONTAINER_HEALTH = "container.health"
"""status: one of `HEALTHS`. Events of a container carry container.name where it is known."""

STOP_REASONS = ("exited", "crashed", "killed", "oom", "gone")
"""In turn: code 0 · another code that nobody asked for · somebody stopped or killed it · the kernel did ·
seen by its cgroup alone, whose end tells no code."""
HEALTHS = ("healthy", "unhealthy", "starting")

GAP_REASONS = ("stopped", "skipped", "clock", "dropped")


def gap(entity: str, reason: str, from_ms: int, to_ms: int, count: int, time_ms: int) -> Event:
    """The claim of a hole: no row of `entity` (and what it owns) in (from_ms, to_ms) will ever come.

    reason: stopped (asleep or not running), skipped (ticks missed), clock (the clock was set),
    dropped (taken and given up). count: of ticks.
    """
    attributes = {"reason": reason, "from_ms": str(from_ms), "to_ms": str(to_ms), "count": str(count)}
    return Event(entity, time_ms * 1_000_000, GAP, attributes)


def event_id(event: Event) -> str:
    """The hash that makes replays harmless: of entity, kind, source time in ns and attributes."""
    identity = [event.entity, event.kind, event.time_ns, sorted(event.attributes.items())]
    return hashlib.blake2b(msgspec.json.encode(identity), digest_size=16).hexdigest()
