"""Processes by state, and programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from collector.readers.processes import Processes
from collector.readings import Reading, Roots
from tests.collector.machine import TICK, roots, values
from tests.collector.processes import put, stat

ID = "0123456789abcdef" * 4


def programs(reader: Processes) -> dict[str, Reading]:
    """What it shows of programs, by name."""
    return {reading.name: reading for reading in reader.read(TICK) if reading.kind == "process"}


def test_capture() -> None:
    """Three processes sleep; one has brackets and an R in its command."""
    states, *shown = Processes(roots("machine")).read(TICK)
    assert (states.values["system.process.count"], states.values["system.process.count.sleeping"]) == (3, 3)
    assert states.values["system.process.count.running"] == 0
    assert "web (1) R" in [reading.name for reading in shown]


def test_states(tmp_path: Path) -> None:
    """Each state is in its group; one without a stat has ended meanwhile."""
    for pid, state in enumerate("RSDITtZXK", 1):
        put(tmp_path, pid, stat("x", state=state))
    (tmp_path / "77").mkdir()
    (tmp_path / "self").mkdir()
    found = values(list(Processes(Roots(str(tmp_path)), 0).read(TICK)))
    counts = [
        found[f"system.process.count.{state}"] for state in ("running", "sleeping", "stopped", "defunct", "other")
    ]
    assert (counts, found["system.process.count"]) == ([1, 3, 2, 2, 1], 9)


def test_programs(tmp_path: Path) -> None:
    """CPU since the first walk, memory, processes and threads of each program."""
    put(tmp_path, 1, stat("init", ticks=10, pages=2))
    reader = Processes(Roots(str(tmp_path)))
    assert programs(reader)["init"].values["process.cpu.time"] == 0
    put(tmp_path, 1, stat("init", ticks=25, pages=3))
    put(tmp_path, 2, stat("web", ticks=5, pages=4, threads=6))
    put(tmp_path, 3, stat("web", ticks=6, pages=1, threads=1))
    found = programs(reader)
    assert found["init"].values["process.cpu.time"] == 0.15
    page = found["init"].values["process.memory.usage"] / 3
    assert found["web"].values == {
        "process.cpu.time": 0.11,
        "process.memory.usage": 5 * page,
        "process.count": 2,
        "process.thread.count": 7,
    }
    assert found["web"].attributes == {"device": "web"}
    assert found["web"].start == str(TICK.stamp_ms)


def test_programs_in_containers(tmp_path: Path) -> None:
    """They are others than those of their name on the host, and name their container."""
    put(tmp_path, 1, stat("web"), cgroup=b"0::/system.slice/web.service\n")
    put(tmp_path, 2, stat("web"), cgroup=f"0::/system.slice/docker-{ID}.scope\n".encode())
    found = programs(Processes(Roots(str(tmp_path))))
    assert set(found) == {"web", f"web@{ID[:12]}"}
    assert found[f"web@{ID[:12]}"].attributes == {
        "device": f"web in {ID[:12]}",
        "container.id": ID,
        "container.name": ID[:12],
    }


def test_no_program_passes_for_one_of_a_container(tmp_path: Path) -> None:
    """Whatever it calls itself: else two rows of a tick would be of one entity."""
    put(tmp_path, 1, stat(f"sh@{ID[:12]}"))
    put(tmp_path, 2, stat("sh"), cgroup=f"0::/system.slice/docker-{ID}.scope\n".encode())
    shown = [one for one in Processes(Roots(str(tmp_path))).read(TICK) if one.kind == "process"]
    assert {(one.name, one.attributes["device"]) for one in shown} == {
        (f"sh@{ID[:12]}@", f"sh@{ID[:12]}"),
        (f"sh@{ID[:12]}", f"sh in {ID[:12]}"),
    }


@pytest.mark.parametrize("most", [0, 1, 3])
def test_no_more_than_asked(tmp_path: Path, most: int) -> None:
    """So many by memory; none at all where they are switched off."""
    for pid in range(1, 9):
        put(tmp_path, pid, stat(f"p{pid}", pages=pid))
    found = programs(Processes(Roots(str(tmp_path)), most))
    assert set(found) == {f"p{pid}" for pid in range(9 - most, 9)}


def test_command_lines_are_not_told_unless_asked_for(tmp_path: Path) -> None:
    """Then that of the oldest process, printable and not too long."""
    put(tmp_path, 1, stat("web", began=9), cmdline=b"web\0--second\0")
    put(tmp_path, 2, stat("web", began=2), cmdline=b"web\0--password=x\n\0" + b"y" * 300)
    assert programs(Processes(Roots(str(tmp_path))))["web"].attributes == {"device": "web"}
    told = programs(Processes(Roots(str(tmp_path)), process_commands=True))["web"].attributes["process.command_line"]
    assert told.startswith("web --password=x\ufffd y")
    assert len(told) == 200


@pytest.mark.processes
def test_a_known_load() -> None:
    """A program that used half a second of CPU since the walk before shows that, under the name it gave itself."""
    burn = "import time; open('/proc/self/comm', 'w').write('tide-burner')\nwhile time.process_time() < 0.5: pass\n"
    reader = Processes(Roots(), 100)
    assert "tide-burner" not in programs(reader)
    with subprocess.Popen(
        [sys.executable, "-c", f"{burn}print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        found = programs(reader)["tide-burner"].values
        process.communicate(b"\n", timeout=10)
    assert found["process.cpu.time"] == pytest.approx(0.5, abs=0.03)
    assert (found["process.count"], found["process.thread.count"]) == (1, 1)


def test_real_processes() -> None:
    """This one is among those of its name, with the memory that its own statm shows."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    name = Path("/proc/self/comm").read_text().strip()
    found = programs(Processes(Roots(), 100))
    mine = [reading for reading in found.values() if reading.attributes["device"].startswith(name)]
    assert max(reading.values["process.memory.usage"] for reading in mine) >= pages * 4096 * 0.9
