"""Programs: the processes of one name on the host, or in one container, counted together. Pure.

A process id would be a new entity at each start of a program, for ever; a program's name is there again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import nlargest
from typing import NamedTuple

from collector.programs.process_stat import ProcessStat, name_of

NEW_AT_ONCE = 200
"""So many programs may be shown that never were before; then one more a walk, 8,640 a day."""

REMEMBERED = 2000
"""So many of those that were shown are known again; the ones shown longest ago are forgotten first."""
COLD = 0.1
"""Of a program that used a hundredth of a second once, its heat is less after four walks."""


class Program(NamedTuple):
    """What names a program: the name of its processes, and the id of their container ("": the host)."""

    name: str
    container: str


class Group:
    """A program that runs, from the walk that found it on.

    ticks: of CPU that its processes used while they were watched. heat: what it used lately, less
    the older it is. oldest: (when it began, process id) of its oldest process.
    """

    __slots__ = ("count", "heat", "oldest", "pages", "program", "since_ms", "threads", "ticks")

    def __init__(self, program: Program, since_ms: int) -> None:
        self.program = program
        self.since_ms = since_ms
        self.ticks = 0
        self.heat = 0.0
        self.begin()

    def begin(self) -> None:
        """A walk begins."""
        self.count = self.threads = self.pages = 0
        self.oldest: tuple[int, str] = (1 << 62, "")
        self.heat /= 2


class _Process(NamedTuple):
    began: int
    command: bytes
    ticks: int
    group: Group


class Groups:
    """The programs of a host, walk by walk. `container` gives the id of a process's container ("": none)."""

    def __init__(self, container: Callable[[str], str]) -> None:
        self._container = container
        self._groups: dict[Program, Group] = {}
        self._before: dict[str, _Process] = {}
        self._now: dict[str, _Process] = {}
        self._shown: dict[Program, None] = {}
        self._allowed = NEW_AT_ONCE

    def walk(self, processes: Iterable[tuple[str, ProcessStat]], now_ms: int) -> None:
        """Take in all processes, by their ids, as they are now."""
        for group in self._groups.values():
            group.begin()
        self._before, self._now = self._now, {}
        for pid, stat in processes:
            self._add(pid, stat, now_ms)
        self._groups = {program: group for program, group in self._groups.items() if group.count}

    def top(self, most: int) -> list[Group]:
        """The `most` programs that used most CPU lately, and the `most` with most memory; once a walk.

        Too many new ones are left out.
        """
        groups = self._groups.values()
        busiest = nlargest(most, (group for group in groups if group.heat > COLD), key=lambda group: group.heat)
        largest = nlargest(most, (group for group in groups if group.pages), key=lambda group: group.pages)
        return list(self._allow(dict.fromkeys((*busiest, *largest))))

    def _add(self, pid: str, stat: ProcessStat, now_ms: int) -> None:
        known = self._before.get(pid)
        if known is not None and known.began == stat.began:
            grown = stat.ticks - known.ticks
        else:
            # at the first walk all have used what nobody watched; later a new one used it since the last walk
            known, grown = None, stat.ticks if self._before else 0
        group = known.group if known and known.command == stat.command else self._group(pid, stat, now_ms)
        group.count += 1
        group.threads += stat.threads
        group.pages += stat.pages
        group.ticks += max(0, grown)
        group.heat += max(0, grown)
        group.oldest = min(group.oldest, (stat.began, pid))
        self._now[pid] = _Process(stat.began, stat.command, stat.ticks, group)

    def _group(self, pid: str, stat: ProcessStat, now_ms: int) -> Group:
        program = Program(name_of(stat), "" if stat.kernel else self._container(pid))
        group = self._groups.get(program)
        if group is None:
            group = self._groups[program] = Group(program, now_ms)
        return group

    def _allow(self, groups: Iterable[Group]) -> Iterator[Group]:
        """Those that were shown before, and new ones as far as they are allowed."""
        self._allowed = min(NEW_AT_ONCE, self._allowed + 1)
        for group in groups:
            if group.program not in self._shown:
                if not self._allowed:
                    continue
                self._allowed -= 1
            self._shown.pop(group.program, None)
            self._shown[group.program] = None
            if len(self._shown) > REMEMBERED:
                del self._shown[next(iter(self._shown))]
            yield group
