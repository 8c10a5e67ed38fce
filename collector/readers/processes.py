"""Processes by state, and the programs that use most: one walk of /proc/<pid>/stat (proc_pid_stat(5))."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from collector.containers.membership import container_of
from collector.files import read_once
from collector.programs.process_groups import Group, Groups
from collector.programs.process_stat import ProcessStat, parse
from collector.programs.program_names import about
from collector.readings import Reading, Roots, printable
from collector.schedule import Tick

STATES = {
    b"R": "running",
    b"S": "sleeping",
    b"D": "sleeping",
    b"I": "sleeping",
    b"T": "stopped",
    b"t": "stopped",
    b"Z": "defunct",
    b"X": "defunct",
}
PREFIX = "system.process.count"
STAT_BYTES = 2048
"""More than 52 numbers and a command take."""
COMMAND_LENGTH = 200
SHORT_ID = 12


class Processes:
    """How many processes there are, and at most two times `processes` programs (0: none).

    One that ends during the walk, or may not be looked at, is not counted. process_commands: whether
    command lines are told.
    """

    def __init__(self, roots: Roots, processes: int = 10, process_commands: bool = False) -> None:
        self._proc = roots.proc
        self._most = processes
        self._tells_commands = process_commands
        self._groups = Groups(self._container)
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")

    def read(self, tick: Tick) -> Iterator[Reading]:
        found = list(self._walk())
        states = Counter(dict.fromkeys(("running", "sleeping", "stopped", "defunct", "other"), 0))
        states.update(STATES.get(stat.state, "other") for _, stat in found)
        values: dict[str, float] = {f"{PREFIX}.{state}": count for state, count in states.items()}
        values[PREFIX] = len(found)
        yield Reading("processes", "all", values)
        if self._most:
            self._groups.walk(found, tick.stamp_ms)
            yield from map(self._reading, self._groups.top(self._most))

    def _walk(self) -> Iterator[tuple[str, ProcessStat]]:
        for name in os.listdir(self._proc):  # noqa: PTH208 (a walk of thousands, each microsecond counts)
            if name.isdigit() and (stat := self._stat(name)):
                yield name, parse(stat)

    def _stat(self, pid: str) -> bytes:
        try:
            fd = os.open(f"{self._proc}/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, PermissionError):
            return b""
        try:
            return os.read(fd, STAT_BYTES)
        except ProcessLookupError:
            return b""
        finally:
            os.close(fd)

    def _reading(self, group: Group) -> Reading:
        name, container = group.program
        values = {
            "process.cpu.time": group.ticks / 100,
            "process.memory.usage": group.pages * self._page_bytes,
            "process.count": group.count,
            "process.thread.count": group.threads,
        }
        attributes = {"device": name}
        if container:
            short = container[:SHORT_ID]
            attributes = about(name, container, short)
            name = f"{name}@{short}"
        elif "@" in name:
            name += "@"  # a program calls itself what it likes, but not as one of a container
        if self._tells_commands:
            attributes["process.command_line"] = self._command(group.oldest[1])
        return Reading("process", name, values, str(group.since_ms), attributes)

    def _container(self, pid: str) -> str:
        with suppress(OSError):
            return container_of(read_once(f"{self._proc}/{pid}/cgroup"))
        return ""

    def _command(self, pid: str) -> str:
        with suppress(OSError):
            words = read_once(f"{self._proc}/{pid}/cmdline").rstrip(b"\0").replace(b"\0", b" ")
            return printable(words)[:COMMAND_LENGTH]
        return ""
