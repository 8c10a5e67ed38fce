"""Programs, walk by walk."""

from __future__ import annotations

from collections.abc import Iterable

from collector.programs.process_groups import NEW_AT_ONCE, Group, Groups, Program
from collector.programs.process_stat import ProcessStat, parse
from tests.collector.processes import stat


def process(command: str, ticks: int = 0, *, pages: int = 1, began: int = 1, kernel: bool = False) -> ProcessStat:
    """A process."""
    return parse(stat(command, ticks=ticks, pages=pages, began=began, kernel=kernel))


class Machine:
    """A host whose processes a test gives walk by walk, by their ids."""

    def __init__(self) -> None:
        self.containers: dict[str, str] = {}
        self.asked: list[str] = []
        self.groups = Groups(self._container)
        self._walks = 0

    def walk(self, **processes: ProcessStat) -> dict[str, Group]:
        """All that is shown then, by name."""
        return {group.program.name: group for group in self.shown(processes.items())}

    def shown(self, processes: Iterable[tuple[str, ProcessStat]], most: int = 10) -> list[Group]:
        """What is shown after a walk."""
        self._walks += 1
        self.groups.walk(processes, 10_000 * self._walks)
        return self.groups.top(most)

    def _container(self, pid: str) -> str:
        self.asked.append(pid)
        return self.containers.get(pid, "")


def test_what_was_used_before_is_nobodys() -> None:
    """A counter begins with the first walk; from then on it grows with its processes, and the new ones."""
    machine = Machine()
    assert machine.walk(a=process("web", 500), b=process("web", 70))["web"].ticks == 0
    assert machine.walk(a=process("web", 510), b=process("web", 71))["web"].ticks == 11
    assert machine.walk(a=process("web", 510), b=process("web", 71), c=process("web", 4))["web"].ticks == 15


def test_a_counter_never_falls() -> None:
    """Neither when a process ends, nor when its id is another's."""
    machine = Machine()
    machine.walk(a=process("web", 100), b=process("web", 100))
    machine.walk(a=process("web", 130), b=process("web", 100))
    assert machine.walk(b=process("web", 105))["web"].ticks == 35
    assert machine.walk(b=process("web", 2, began=9))["web"].ticks == 37


def test_a_program_that_comes_again_begins_anew() -> None:
    """Its start is another; what it used since the last walk is its own."""
    machine = Machine()
    machine.walk(a=process("web", 100), z=process("init"))
    machine.walk(z=process("init"))
    found = machine.walk(b=process("web", 8, began=5), z=process("init"))["web"]
    assert (found.ticks, found.since_ms) == (8, 30_000)
    assert machine.walk(b=process("web", 9, began=5))["web"].since_ms == 30_000


def test_processes_of_a_name_are_added_up() -> None:
    """Memory, threads and how many; the oldest stands for them."""
    machine = Machine()
    (found,) = machine.walk(a=process("web", pages=10, began=7), b=process("web", pages=5, began=3)).values()
    assert (found.pages, found.threads, found.count, found.oldest) == (15, 2, 2, (3, "b"))


def test_each_container_has_its_own() -> None:
    """A program within a container is another; the kernel's threads are in none."""
    machine = Machine()
    machine.containers = {"b": "c1", "k": "c1"}
    shown = machine.shown({"a": process("web"), "b": process("web"), "k": process("kswapd0", kernel=True)}.items())
    assert {group.program for group in shown} == {
        Program("web", ""),
        Program("web", "c1"),
        Program("[kswapd0]", ""),
    }


def test_a_container_is_asked_for_once() -> None:
    """A process is looked up when it comes, and when it has become another program."""
    machine = Machine()
    machine.walk(a=process("runc:[2:INIT]"), b=process("sh"))
    machine.walk(a=process("nginx", 3), b=process("sh"))
    assert machine.walk(a=process("nginx", 5), b=process("sh"))["nginx"].ticks == 5
    assert machine.asked == ["a", "b", "a"]


def test_top_by_processor_and_by_memory() -> None:
    """Those that used most lately, and those that hold most; what does neither is not shown."""
    machine = Machine()
    names = "abcdef"
    before = {name: process(name, pages=i) for i, name in enumerate(names)}
    after = {name: process(name, 100 - 10 * i, pages=i) for i, name in enumerate(names)}
    machine.shown(before.items(), 2)
    assert {group.program.name for group in machine.shown(after.items(), 2)} == {"a", "b", "e", "f"}
    assert {group.program.name for group in machine.shown(after.items(), 1)} == {"a", "f"}


def test_what_was_busy_stays_a_while() -> None:
    """So that lines of programs that work now and then do not come and go at each walk."""
    machine = Machine()
    machine.shown([("a", process("a", pages=0)), ("b", process("b", pages=0))])
    busy = [("a", process("a", 100, pages=0)), ("b", process("b", 20, pages=0))]
    shown = [machine.shown(busy, 1)[0].program.name for _ in range(4)]
    assert shown == ["a"] * 4
    later = [machine.shown([("a", process("a", 100, pages=0)), ("b", process("b", 60, pages=0))], 1) for _ in range(12)]
    assert later[0][0].program.name == "b"
    assert later[-1] == []


def test_new_names_are_bounded() -> None:
    """However many come: two hundred at once, then one a walk; those that were shown go on being shown."""
    machine = Machine()
    for walk in range(10):
        many = [(f"{walk}-{i}", process(f"{walk}-{i}", began=walk)) for i in range(40)]
        shown = machine.shown([("a", process("always", pages=99)), *many], 41)
        assert shown[0].program.name == "always"
    assert len(shown) == 2
    assert NEW_AT_ONCE == 200
