"""How a web node does, and what it heard of the ingest nodes: for /system, JSON-ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from tidegauge.cluster.frames import Working
from tidegauge.cluster.presence import Verdict
from tidegauge.metrics.steps import HOUR

RECENT_MS = 4_000
"""What an ingest node said longer ago of others counts no more."""


class _Heard(NamedTuple):
    working: Working
    at_ms: float
    offset_ms: int | None


class Nodes:
    """The ingest nodes as they said themselves that they do, each with when it was heard. wall_ms: this node's
    wall clock, which theirs are compared with."""

    def __init__(self, monotonic_ms: Callable[[], float], wall_ms: Callable[[], int]) -> None:
        self._monotonic_ms = monotonic_ms
        self._wall_ms = wall_ms
        self._heard: dict[str, _Heard] = {}

    def note(self, working: Working, held_ms: int) -> None:
        """Take a node's word."""
        offset_ms = working.wall_ms + held_ms - self._wall_ms() if working.wall_ms else None
        self._heard[working.node] = _Heard(working, self._monotonic_ms() - held_ms, offset_ms)

    def forget(self, now_ms: float) -> None:
        """Let go of nodes not heard for an hour."""
        self._heard = {name: heard for name, heard in self._heard.items() if now_ms - heard.at_ms <= HOUR}

    def digests(self, own: str) -> dict[str, str]:
        """What web nodes other than this make of hosts (app/agreement.py), by name: the word of the ingest node heard
        last that has one."""
        heard = sorted(self._heard.copy().values(), key=lambda one: one.at_ms)
        recent = [one for one in heard if self._monotonic_ms() - one.at_ms <= RECENT_MS]
        told = [one for heard in recent for one in heard.working.subscribers if one.digest and one.name != own]
        return {one.name: one.digest for one in told}

    def status(self) -> list[dict[str, Any]]:
        """Each node's word by name, age_ms since it was heard, offset_ms: its wall clock less this node's, None if it
        does not tell."""
        now = self._monotonic_ms()
        heard = [self._heard[name] for name in sorted(self._heard.copy())]
        times = [{"age_ms": round(now - one.at_ms), "offset_ms": one.offset_ms} for one in heard]
        return [{**msgspec.to_builtins(one.working), **time} for one, time in zip(heard, times, strict=True)]


def backlogs(
    verdicts: Iterable[tuple[str, Verdict | None]], left_ms: Callable[[str], int | None]
) -> list[dict[str, Any]]:
    """The collectors whose last word was that records wait, those that hold most first.

    from_ms, to_ms: times of the oldest and newest row that waits, now_ms: the host's own now, all by its clock.
    left_ms: in how long all is sent, None if that is not known.
    """
    found = [
        {
            "host": host,
            "name": verdict.seen.name,
            "state": verdict.state,
            "count": verdict.seen.queue.count,
            "from_ms": verdict.seen.queue.from_ms,
            "to_ms": verdict.seen.queue.to_ms,
            "now_ms": round(verdict.now_ms),
            "age_ms": round(verdict.for_ms),
            "left_ms": left_ms(host),
        }
        for host, verdict in verdicts
        if verdict is not None and verdict.seen.queue.count
    ]
    return sorted(found, key=lambda one: (-one["count"], one["host"]))
