"""What crosses the wall between a source and the agent: readings, and where readers read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from collector.schedule import Tick
from tidegauge.metrics.records import Event

LONGEST_NAME = 400


class Reading(NamedTuple):
    """All that one entity showed at a tick.

    name: "" for the host itself, a container's full id, a device's name. values: by metric of the
    catalogue, in its unit; what is unknown is absent. start: which life of the counters; "" is that
    of the host. attributes: what describes the entity beside its host.
    """

    kind: str
    name: str
    values: Mapping[str, float]
    start: str = ""
    attributes: Mapping[str, str] = {}


class Roots(NamedTuple):
    """Where readers look, without a slash at the end, and how they ask a filesystem for its size.

    foreign: these are of a host seen from a container, whose own network, host name and mounts are others.
    """

    proc: str = "/proc"
    sys: str = "/sys"
    root: str = ""
    statvfs: Callable[[bytes], os.statvfs_result] = os.statvfs
    foreign: bool = False

    @property
    def process(self) -> str:
        """A process of the host itself: the reading one, or the host's first."""
        return f"{self.proc}/1" if self.foreign else f"{self.proc}/self"

    @property
    def net(self) -> str:
        """The host's network; /proc/net is that of the reading process."""
        return f"{self.process}/net" if self.foreign else f"{self.proc}/net"


def roots(host_root: str) -> Roots:
    """Where to read this machine, or the host whose tree of files is mounted at a folder."""
    if not host_root:
        return Roots()
    return Roots(f"{host_root}/proc", f"{host_root}/sys", host_root, foreign=True)


class Reader(Protocol):
    """Reads one noun. May keep descriptors and the last values; used by one thread.

    Raises OSError, ValueError, LookupError or ArithmeticError when files are not as expected; that
    something does not exist on this host is no error but no reading.
    """

    def read(self, tick: Tick, /) -> Iterable[Reading]:
        """The readings of this tick; those of kind "host" are joined into one row."""
        ...


@runtime_checkable
class Witness(Protocol):
    """A reader that also sees what happens; used by the same thread."""

    def happened(self) -> list[Event]:
        """What happened since the last call, in order; called after `read`, also when it raised."""
        ...

    def notes(self) -> list[str]:
        """What `status` is to say of it, a line each; called after `happened`."""
        ...


class Source(Protocol):
    """Where an agent's readings come from: a real host's readers, or a simulation."""

    def read(self, tick: Tick, /) -> Iterable[Reading]:
        """All readings of this tick, at most one an entity. Never raises."""
        ...

    def happened(self) -> list[Event]:
        """What happened since the last call, in order; called after `read` at each tick. Never raises."""
        ...


def printable(name: bytes) -> str:
    """A name from a file as one that every server takes: no control characters, not too long."""
    text = name.decode(errors="replace")[:LONGEST_NAME]
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)
