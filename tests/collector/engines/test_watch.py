"""The thread that hears engines, over a scripted one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.engines.told import Told
from collector.engines.watch import AWAY_SECONDS, HOLD_SECONDS, Watch
from tests.collector.engines.scripted_engine import PATIENCE_SECONDS, ScriptedEngine

ID = "d" * 64
Make = Callable[..., Watch]


class Rig:
    """A watch, and what it had read between ticks."""

    def __init__(self, *urls: str) -> None:
        self.glanced: list[str] = []
        self.there = True
        self.heard: list[Told] = []
        self.watch = Watch(urls, ("team",), self._glance, time.time_ns)

    def _glance(self, container: str, _now_ns: int) -> bool:
        self.glanced.append(container)
        return self.there

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition; what is told meanwhile is kept."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < until, f"waited in vain for {what}: {self.heard}"
            self.heard += self.watch.take()
            time.sleep(0.005)
        self.heard += self.watch.take()

    def hear(self, what: str) -> Told:
        """The first event of that kind."""
        self.until(lambda: any(told.what == what for told in self.heard), what)
        return next(told for told in self.heard if told.what == what)


@pytest.fixture
def rig(engine: ScriptedEngine) -> Iterator[Rig]:
    """A watch that hears the engine."""
    made = Rig(engine.url)
    made.watch.look()
    engine.wait_for_streams(1)
    yield made
    made.watch.close()


def line(action: str, **about: str) -> bytes:
    """An event of now."""
    text = ",".join(f'"{key}":"{value}"' for key, value in {"name": "web", **about}.items())
    actor = f'"Actor":{{"ID":"{ID}","Attributes":{{{text}}}}}'
    return f'{{"Type":"container","Action":"{action}",{actor},"timeNano":{time.time_ns()}}}'.encode()


def running(engine: ScriptedEngine, health: str = "healthy") -> None:
    """The engine has the container, and it runs."""
    body = (engine.folder / "running.json").read_bytes().replace(b'"healthy"', f'"{health}"'.encode())
    engine.inspected(ID, body)


def test_no_engine(tmp_path: Path) -> None:
    """Where no engine is there is no thread, no note, nothing to wait for."""
    rig, before = Rig(), set(threading.enumerate())
    rig.watch = Watch((), (), rig._glance, time.time_ns, [str(tmp_path)])
    rig.watch.look()
    rig.watch.inquire(ID)
    assert (rig.watch.about(ID), rig.watch.take(), rig.watch.notes(), rig.watch.hold_seconds()) == (None, [], [], 0)
    assert before.issuperset(threading.enumerate())
    rig.watch.close()


def test_a_start(engine: ScriptedEngine, rig: Rig) -> None:
    """It is known, and read at once, before its start is told; then looked after until a tick may have seen it."""
    running(engine, "starting")
    engine.tell(line("start"))
    assert (rig.hear("start").name, rig.hear("health").status) == ("web", "starting")
    about = rig.watch.about(ID)
    assert about is not None
    assert (about.attributes["container.name"], about.health) == ("shop-web-1", "starting")
    rig.until(lambda: len(rig.glanced) >= 3, "glances")


def test_one_that_is_gone_is_not_looked_after(engine: ScriptedEngine, rig: Rig) -> None:
    """As soon as it cannot be read there are no more glances, and nothing is remembered of it."""
    rig.there = False
    running(engine)
    engine.tell(line("start"), line("die", exitCode="0"))
    assert rig.hear("die").exit_code == "0"
    rig.until(lambda: len(rig.glanced) >= 2, "glances")
    assert len(rig.glanced) <= 4
    assert rig.watch.about(ID) is None


def test_asked_once_for_what_is_seen(engine: ScriptedEngine, rig: Rig) -> None:
    """A container that a tick sees is asked for once, also where no engine has it."""
    running(engine)
    rig.until(lambda: rig.watch.about(ID), "its name")
    rig.watch.about("e" * 64)
    rig.until(lambda: f"/containers/{'e' * 64}/json" in engine.asked, "the other")
    for _ in range(5):
        rig.watch.about("e" * 64)
        rig.watch.about(ID)
    assert len([path for path in engine.asked if "json" in path]) == 2


def test_renamed(engine: ScriptedEngine, rig: Rig) -> None:
    """An event that says so has it asked for again."""
    running(engine)
    engine.tell(line("start"))
    rig.hear("start")
    engine.answers[f"/containers/{ID}/json"] = engine.answers[f"/containers/{ID}/json"].replace(b"web-1", b"web-2")
    engine.tell(line("rename"))
    rig.hear("changed")
    about = rig.watch.about(ID)
    assert about is not None
    assert about.attributes["container.name"] == "shop-web-2"


def test_memory_ran_out(engine: ScriptedEngine, rig: Rig) -> None:
    """Of an end by SIGKILL it is asked whether the kernel did it."""
    engine.inspected(ID, (engine.folder / "oom.json").read_bytes())
    engine.tell(line("die", exitCode="137"))
    assert rig.hear("die").oom


def test_an_end_that_nobody_told(engine: ScriptedEngine, rig: Rig) -> None:
    """Its cgroup is gone and no event said so: it is asked how it ended."""
    engine.inspected(ID, (engine.folder / "oom.json").read_bytes())
    rig.watch.inquire(ID)
    died = rig.hear("die")
    assert (died.name, died.exit_code, died.oom) == ("shop-web-1", "137", True)


def test_an_end_while_it_was_away(engine: ScriptedEngine, rig: Rig) -> None:
    """When the engine is back it is asked how what went meanwhile ended."""
    engine.stop()
    rig.until(lambda: "not heard" in rig.watch.notes()[0], "its loss")
    rig.watch.inquire(ID)
    engine.inspected(ID, (engine.folder / "oom.json").read_bytes())
    engine.start()
    assert rig.hear("die").exit_code == "137"


@pytest.mark.slow
def test_engine_away(engine: ScriptedEngine, rig: Rig) -> None:
    """While it is away ends wait longer; it is heard again, and what changed meanwhile is told."""
    running(engine)
    rig.until(lambda: rig.watch.about(ID), "its name")
    rig.until(lambda: rig.watch.hold_seconds() == HOLD_SECONDS, "a quiet time")
    engine.stop()
    rig.until(lambda: rig.watch.hold_seconds() == AWAY_SECONDS, "its loss")
    rig.until(lambda: "not heard" in rig.watch.notes()[0], "the note")
    running(engine, "unhealthy")
    engine.start()
    rig.until(lambda: rig.watch.hold_seconds() == HOLD_SECONDS, "its return")
    assert rig.hear("health").status == "unhealthy"
    assert "docker 26.1.5" in rig.watch.notes()[0]


def test_without_rights(engine: ScriptedEngine) -> None:
    """Nothing is waited for, and the note says what to grant."""
    engine.status = 403
    rig = Rig(engine.url)
    rig.watch.look()
    rig.until(lambda: "no rights" in rig.watch.notes()[0], "the note")
    assert rig.watch.hold_seconds() == 0
    rig.watch.close()


def test_two_engines_one_thread(engine: ScriptedEngine, tmp_path: Path) -> None:
    """Docker and Podman side by side, heard by one thread."""
    before = set(threading.enumerate())
    with ScriptedEngine(tmp_path / "podman.sock", "podman-5") as podman:
        podman_threads = len(set(threading.enumerate()) - before)
        rig = Rig(engine.url, podman.url)
        rig.watch.look()
        for one in (engine, podman):
            one.wait_for_streams(1)
            one.tell(line("start") if one is engine else line("died", containerExitCode="4"))
        assert (rig.hear("start").name, rig.hear("die").exit_code) == ("web", "4")
        ours = [thread for thread in threading.enumerate() if thread.name == "engines"]
        assert (len(ours), podman_threads) == (1, 1)
        rig.watch.close()
