"""The readers of a host, written out; each is imported when it is used."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import NamedTuple

from collector.readings import Reader, Roots
from tidegauge.settings import Settings


class Entry(NamedTuple):
    """A row of the table. slow: read at every tenth tick only. told: the settings it is made with, by key."""

    name: str
    path: str
    slow: bool = False
    told: tuple[str, ...] = ()


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
    Entry("containers", "collector.readers.containers:Containers", told=("engines", "container_labels")),
    Entry("cores", "collector.readers.cores:Cores", slow=True),
    Entry("filesystem", "collector.readers.filesystem:Filesystem", slow=True),
    Entry(
        "processes",
        "collector.readers.processes:Processes",
        slow=True,
        told=("processes", "process_commands"),
    ),
)


def load(entries: Iterable[Entry], roots: Roots, told: Settings | None = None) -> list[Loaded]:
    """The readers of the entries, over `roots`; without settings each has its own defaults."""
    return [Loaded(entry.name, entry.slow, _reader(entry, roots, told)) for entry in entries]


def _reader(entry: Entry, roots: Roots, told: Settings | None) -> Reader:
    module, _, name = entry.path.partition(":")
    settings = {key: getattr(told, key) for key in entry.told} if told else {}
    reader: Reader = getattr(import_module(module), name)(roots, **settings)
    return reader
