"""The readers of a host, written out; each is imported when it is used."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import NamedTuple

from collector.readings import Reader, Roots


class Entry(NamedTuple):
    """A row of the table. slow: read at every tenth tick only."""

    name: str
    path: str
    slow: bool = False


class Loaded(NamedTuple):
    """A reader that is ready."""

    name: str
    slow: bool
    reader: Reader


READERS = (
    Entry("cpu", "collector.readers.cpu:Cpu"),
    Entry("load", "collector.readers.load:Load"),
    Entry("memory", "collector.readers.memory:Memory"),
    Entry("paging", "collector.readers.paging:Paging"),
    Entry("pressure", "collector.readers.pressure:Pressure"),
    Entry("sockets", "collector.readers.sockets:Sockets"),
    Entry("disk", "collector.readers.disk:Disk"),
    Entry("network", "collector.readers.network:Network"),
    Entry("containers", "collector.readers.containers:Containers"),
    Entry("cores", "collector.readers.cores:Cores", slow=True),
    Entry("filesystem", "collector.readers.filesystem:Filesystem", slow=True),
    Entry("processes", "collector.readers.processes:Processes", slow=True),
)


def load(entries: Iterable[Entry], roots: Roots) -> list[Loaded]:
    """The readers of the entries, over `roots`."""
    return [Loaded(entry.name, entry.slow, _reader(entry.path, roots)) for entry in entries]


def _reader(path: str, roots: Roots) -> Reader:
    module, _, name = path.partition(":")
    reader: Reader = getattr(import_module(module), name)(roots)
    return reader
