"""What happens to containers of real engines: each start and end once, with its code and why."""

from __future__ import annotations

import pytest

from tests.engines.daemons import Engine
from tests.engines.observer import Observer

pytestmark = pytest.mark.engines

SPIN = "while :; do :; done"
WORK = "x=0; while [ $x -lt 9999 ]; do x=$((x+1)); done"
EAT = "sleep 1; x=a; while :; do x=$x$x; done"


def ends(observer: Observer, container: str) -> list[str]:
    """What happened to a container, when all that could still come has come."""
    observer.until(lambda: any(words.startswith("stopped") for words in observer.of(container)), "its end")
    observer.settled()
    return observer.of(container)


def test_names(engine: Engine) -> None:
    """Rows say what the engine knows: name, image, project, service, and the labels that were asked for."""
    with Observer(engine.url, labels=("team",)) as observer:
        labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web", "team": "a", "x": "y"}
        made = engine.run("-d", *(f"--label={key}={text}" for key, text in labels.items()), "sleep", "99", name="one")
        observer.until(lambda: any("container.image.name" in row.attributes for _, row in observer.rows_of(made)), "it")
        attributes = dict(observer.rows_of(made)[-1][1].attributes)
        engine("rename", "one", "two")
        observer.until(lambda: observer.rows_of(made)[-1][1].attributes["container.name"] == "two", "its new name")
    image = attributes.pop("container.image.name")
    assert image.endswith("busybox:1")
    assert attributes == {
        "container.id": made,
        "container.name": "one",
        "container.runtime": engine.runtime,
        "container.project": "shop",
        "container.service": "web",
        "container.labels.team": "a",
    }


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("sleep 1; exit 3", "stopped 3 crashed"),
        ("sleep 1; exit 0", "stopped 0 exited"),
        # no signal can end a container's first process by itself, but a shell passes on how its child ended
        ("sleep 1; sh -c 'kill -ABRT $$'; exit $?", "stopped 134 crashed"),
    ],
    ids=["crash", "exit", "abort"],
)
def test_ends_by_itself(engine: Engine, script: str, expected: str) -> None:
    """With its code; one start, one end, although cgroup and engine both tell of them."""
    with Observer(engine.url) as observer:
        made = engine.run("-d", "sh", "-c", script, name="one")
        assert ends(observer, made) == ["started", expected]


@pytest.mark.parametrize("how", [["stop", "-t", "1"], ["kill"], []], ids=["stop", "kill", "remove"])
def test_ended_by_somebody(engine: Engine, how: list[str]) -> None:
    """Stopped, killed or removed: somebody asked for it."""
    with Observer(engine.url) as observer:
        made = engine.run("-d", "sleep", "99", name="one")
        observer.until(lambda: observer.rows_of(made), "it")
        engine(*(how or engine.remove), "one")
        assert ends(observer, made) == ["started", "stopped 137 killed"]


def test_memory_runs_out(engine: Engine) -> None:
    """The kernel's kill is told, and that it was the end; where neither engine nor cgroup could show it, SIGKILL is
    somebody's."""
    known = [["started", "oom 1", "stopped 137 oom"]]
    if engine.runtime == "podman":
        # it says nothing of it on cgroup v1, and its cgroup may be gone before its event comes
        known.append(["started", "stopped 137 killed"])
    with Observer(engine.url) as observer:
        made = engine.run("-d", "--memory=16m", "--memory-swap=16m", "sh", "-c", EAT, name="one")
        assert ends(observer, made) in known


def test_memory_runs_out_and_it_lives_on(engine: Engine) -> None:
    """A child that is killed: the count grows, the container stays."""
    with Observer(engine.url) as observer:
        script = f"sleep 1; while :; do sh -c '{EAT}'; sleep 99; done"
        made = engine.run("-d", "--memory=16m", "--memory-swap=16m", "sh", "-c", script, name="one")
        observer.until(lambda: "oom 1" in observer.of(made), "the kill")
        observer.settled()
        assert observer.of(made) == ["started", "oom 1"]
        assert observer.rows_of(made)[-1][1].values["container.memory.oom_kills"] == 1


def test_short_lived(engine: Engine) -> None:
    """One that is gone before the next tick leaves its events, and mostly its last values."""
    with Observer(engine.url) as observer:
        for n in range(3):
            engine.run("--rm", "sh", "-c", f"{WORK}; sleep 0.4", name=f"short-{n}")

        def made() -> set[str]:
            named = [
                event for event in observer.events if event.attributes.get("container.name", "").startswith("short-")
            ]
            return {event.entity for event in named}

        observer.until(lambda: len(made()) == 3, "their starts")
        observer.settled()
        assert [observer.of(container) for container in made()] == [["started", "stopped 0 exited"]] * 3
        last = [
            rows[-1][1].attributes["container.name"] for container in made() if (rows := observer.rows_of(container))
        ]
        # a tick may have seen it just before its engine said that it started, and never again
        assert len([name for name in last if name.startswith("short-")]) >= 2


def test_restarted(engine: Engine) -> None:
    """The same container, two lives: another start, counters anew, each told once."""
    with Observer(engine.url) as observer:
        made = engine.run("-d", "sh", "-c", SPIN, name="one")
        observer.until(lambda: observer.rows_of(made)[2:], "it")
        engine("restart", "-t", "0", "one")
        observer.until(lambda: len({row.start for _, row in observer.rows_of(made)}) == 2, "its second life")
        observer.settled()
        assert observer.of(made) == ["started", "stopped 137 killed", "started"]


def test_recreated(engine: Engine) -> None:
    """The same name, another container: two entities."""
    with Observer(engine.url) as observer:
        first = engine.run("-d", "sleep", "99", name="one")
        observer.until(lambda: observer.rows_of(first), "the first")
        engine(*engine.remove, "one")
        second = engine.run("-d", "sleep", "99", name="one")
        observer.until(lambda: observer.rows_of(second), "the second")
        observer.settled()
        assert observer.of(first) == ["started", "stopped 137 killed"]
        assert observer.of(second) == ["started"]


def test_without_an_engine(engine: Engine) -> None:
    """Cgroups alone: numbers, starts and ends, no names and no codes."""
    with Observer() as observer:
        made = engine.run("-d", "sleep", "99", name="one")
        observer.until(lambda: observer.rows_of(made), "it")
        engine("kill", "one")
        assert ends(observer, made) == ["started", "stopped gone"]
        assert observer.rows_of(made)[0][1].attributes["container.name"] == made[:12]


def test_health(docker: Engine) -> None:
    """Each change, and the state in the rows."""
    with Observer(docker.url) as observer:
        check = ("--health-cmd=test -e /tmp/ok", "--health-interval=1s", "--health-retries=1")
        made = docker.run("-d", *check, "sleep", "99", name="one")
        observer.until(lambda: "health unhealthy" in observer.of(made), "its illness")
        docker("exec", "one", "touch", "/tmp/ok")
        observer.until(lambda: "health healthy" in observer.of(made), "its health")
        healths = [row.attributes.get("container.health") for _, row in observer.rows_of(made)]
        assert observer.of(made) == ["started", "health starting", "health unhealthy", "health healthy"]
        assert {"unhealthy"} <= set(healths)


def test_daemon_restarts(docker: Engine) -> None:
    """A container that outlives its daemon did not stop; what crashed meanwhile has its code as soon as the
    daemon is back, and nothing is told twice."""
    # containerd gives a container's shim 5 s to answer; on a busy host the daemon itself forgets the code after them
    assert any(_crashes_without_its_daemon(docker, n) == "5" for n in range(3))


def _crashes_without_its_daemon(docker: Engine, number: int) -> str:
    """One container stays and one crashes while the daemon is away; the code that the daemon knows of it then."""
    with Observer(docker.url) as observer:
        stays = docker.run("-d", "sleep", "99", name=f"stays-{number}")
        crashes = docker.run("-d", "sh", "-c", "sleep 3; exit 5", name=f"crashes-{number}")
        observer.until(lambda: observer.rows_of(stays) and observer.rows_of(crashes), "both")
        docker.kill()
        observer.until(lambda: "not heard" in observer.reader.notes()[0], "the loss of the engine")
        # while nobody is there to remove it, its cgroup stays, without a process
        observer.until(lambda: not observer.rows_of(crashes)[-1][1].values["container.pids.count"], "the crash")
        docker.launch()
        code = docker("inspect", "-f", "{{.State.ExitCode}}", crashes)
        assert ends(observer, crashes) == ["started", f"stopped {code} crashed"]
        assert observer.of(stays) == ["started"]
        assert observer.reader.notes()[0].endswith("heard")
        return code
