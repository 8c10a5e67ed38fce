"""What happened, of what cgroups show and engines tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.containers.lifecycle import SECOND, Lifecycle
from collector.engines.rows import ASKED, DIE, HEALTH, OOM, START
from collector.engines.told import Told
from tidegauge.metrics.records import Event

A = "a" * 64
T = 1_700_000_000 * SECOND
HOLD = 3 * SECOND


def at(seconds: float) -> int:
    """A time, so many seconds after the beginning."""
    return T + round(seconds * SECOND)


def short(events: list[Event]) -> list[str]:
    """Kind and what stands beside the name."""
    return [
        " ".join(
            [event.kind.removeprefix("container."), *(f"{v}" for k, v in event.attributes.items() if "." not in k)]
        )
        for event in events
    ]


def tell(life: Lifecycle, seconds: float, what: str, **about: str) -> None:
    """An engine's word, at once."""
    life.heard(Told(A, at(seconds), what, "web", **about), at(seconds))


def heard(*words: tuple[float, str, str]) -> list[str]:
    """All that is told of an engine's words alone: (when, what, exit code)."""
    life = Lifecycle()
    for seconds, what, code in words:
        tell(life, seconds, what, exit_code=code)
    return short(life.happened(at(900), HOLD))


@pytest.mark.parametrize("shown_by", ["engine", "cgroup"])
def test_a_kill_that_is_told_after_the_end_explains_it(shown_by: str) -> None:
    """A busy engine tells of the kernel's kill after the end, or the count is read after it; the next life's kill
    explains nothing."""
    life = Lifecycle()
    life.came(A, at(0), at(0))
    tell(life, 0, START)
    tell(life, 5, DIE, exit_code="137")
    told = life.happened(at(5), HOLD)
    if shown_by == "engine":
        tell(life, 5.8, OOM)
    else:
        life.killed(A, 1, at(5.8))
    told += [*life.happened(at(7), HOLD), *life.happened(at(9), HOLD)]
    assert short(sorted(told, key=lambda event: event.time_ns)) == ["started", "oom 1", "stopped 137 oom"]
    tell(life, 20, START)
    tell(life, 21, DIE, exit_code="137")
    tell(life, 21.1, START)
    life.came(A, at(21.1), at(21.2))
    life.killed(A, 1, at(21.5))
    told = life.happened(at(30), HOLD)
    assert short(told) == ["started", "stopped 137 killed", "started", "oom 1"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([(5, DIE, "0")], "stopped 0 exited"),
        ([(5, DIE, "3")], "stopped 3 crashed"),
        ([(5, DIE, "139")], "stopped 139 crashed"),
        ([(4, ASKED, ""), (5, DIE, "0")], "stopped 0 killed"),
        ([(4, ASKED, ""), (5, DIE, "3")], "stopped 3 killed"),
        ([(5, DIE, "143")], "stopped 143 killed"),
        ([(5, DIE, "137")], "stopped 137 killed"),
        ([(5, DIE, "")], "stopped gone"),
        ([(4, ASKED, ""), (700, DIE, "3")], "stopped 3 crashed"),
    ],
)
def test_reasons(words: list[tuple[float, str, str]], expected: str) -> None:
    """Who asked for an end explains it; no program kills itself with SIGKILL or SIGTERM."""
    assert heard((1, START, ""), *words) == ["started", expected]


def test_memory_ran_out_as_docker_tells_it() -> None:
    """The kill before the end, and the end because of it."""
    assert heard((1, START, ""), (5, OOM, ""), (5.1, DIE, "137")) == ["started", "oom 1", "stopped 137 oom"]


def test_memory_ran_out_as_the_cgroup_shows_it() -> None:
    """An engine that says nothing of it: the kernel's count does; several kills are one event with their count."""
    life = Lifecycle()
    tell(life, 1, START)
    life.came(A, at(0.9), at(1))
    life.killed(A, 2, at(4.9))
    tell(life, 5, DIE, exit_code="137")
    assert short(life.happened(at(6), HOLD)) == ["started", "oom 2", "stopped 137 oom"]


def test_a_kill_that_is_counted_after_the_end() -> None:
    """The count may be read between the end and the end of the cgroup: the kill came first all the same."""
    life = Lifecycle()
    tell(life, 1, START)
    life.came(A, at(0.9), at(1))
    life.killed(A, 1, at(5.2))
    tell(life, 5, DIE, exit_code="137")
    assert short(life.happened(at(6), HOLD)) == ["started", "oom 1", "stopped 137 oom"]


def test_each_kill_once() -> None:
    """What engine and cgroup both show is told once, with the cgroup's count, whoever is first."""
    for first in (True, False):
        life = Lifecycle()
        life.came(A, at(0), at(0), new=False)
        life.killed(A, 7, at(1))
        if first:
            tell(life, 4.5, OOM)
        life.killed(A, 8, at(5))
        if not first:
            tell(life, 5.2, OOM)
        assert short([*life.happened(at(5), HOLD), *life.happened(at(60), HOLD)]) == ["oom 1"]


def test_a_kill_that_was_told_before_its_end_is_heard_of() -> None:
    """The count was read after the end, and told; only then the busy engine says when that end was."""
    life = Lifecycle()
    life.came(A, at(0), at(0))
    tell(life, 0.5, START)
    life.killed(A, 1, at(5.3))
    told = life.happened(at(5.3), HOLD)
    life.heard(Told(A, at(5), DIE, "web", "137"), at(6))
    told += life.happened(at(6), HOLD)
    assert short(sorted(told, key=lambda event: event.time_ns)) == ["started", "oom 1", "stopped 137 oom"]


def test_a_kill_that_no_cgroup_shows() -> None:
    """The engine's word alone is told a little later, as the count may still come."""
    life = Lifecycle()
    tell(life, 4, OOM)
    assert short(life.happened(at(5), HOLD)) == []
    assert short(life.happened(at(6), HOLD)) == ["oom 1"]


def test_an_end_by_an_engine_that_asked_the_kernel() -> None:
    """An end for want of memory always has its kill told."""
    life = Lifecycle()
    tell(life, 1, START)
    life.heard(Told(A, at(5), DIE, "web", "137", oom=True), at(5))
    assert short(life.happened(at(6), HOLD)) == ["started", "oom 1", "stopped 137 oom"]


def test_without_an_engine() -> None:
    """Cgroups alone: what was there at the beginning did not start; an end is told at once, without a code."""
    life = Lifecycle()
    life.came(A, at(-50), at(0), new=False)
    assert life.happened(at(0), 0) == []
    assert life.went(A, at(5))
    assert short(life.happened(at(5), 0)) == ["stopped gone"]
    life.came(A, at(8.5), at(9))
    (started,) = life.happened(at(9), 0)
    assert (started.kind, started.time_ns) == ("container.started", at(8.5))


def test_restarted_between_two_looks() -> None:
    """The end lies before the new life, also where both are seen at once."""
    life = Lifecycle()
    life.came(A, at(-50), at(0), new=False)
    life.went(A, at(5))
    life.came(A, at(4.5), at(5))
    assert short(life.happened(at(5), 0)) == ["stopped gone", "started"]
    life.went(A, at(9))
    assert short(life.happened(at(9), 0)) == ["stopped gone"]


@pytest.mark.parametrize("cgroup_first", [True, False])
def test_both_tell_the_same_life(cgroup_first: bool) -> None:
    """A life that cgroup and engine show is told once, with the engine's times and code, whoever is first."""
    life, found = Lifecycle(), []

    def came() -> None:
        life.came(A, at(0.8), at(2))

    def went() -> None:
        life.went(A, at(6))

    def started() -> None:
        tell(life, 1, START)

    def died() -> None:
        tell(life, 5, DIE, exit_code="3")

    for step in (came, started, went, died) if cgroup_first else (started, came, died, went):
        step()
        found += life.happened(at(6), 3 * HOLD)
    found += life.happened(at(99), 0)
    assert [(event.kind[10:], event.time_ns) for event in found] == [("started", at(1)), ("stopped", at(5))]


def test_cgroups_see_a_restart_before_the_engine_tells() -> None:
    """Two lives, four words, four events."""
    life = Lifecycle()
    life.came(A, at(-50), at(0), new=False)
    life.went(A, at(6))
    life.came(A, at(5.8), at(6))
    tell(life, 5.5, DIE, exit_code="1")
    tell(life, 6, START)
    tell(life, 8, DIE, exit_code="0")
    life.went(A, at(9))
    assert short([*life.happened(at(9), HOLD), *life.happened(at(99), 0)]) == [
        "stopped 1 crashed",
        "started",
        "stopped 0 exited",
    ]


def test_one_end_that_an_engine_tells_twice_while_the_next_life_begins() -> None:
    """Podman may tell of an end again when a restart has cleaned up, and the cgroup of the next life is there."""
    life = Lifecycle()
    tell(life, 1, START)
    life.came(A, at(0.9), at(1))
    tell(life, 5, DIE, exit_code="137")
    life.came(A, at(5.3), at(5.5))
    tell(life, 5.1, DIE, exit_code="137")
    tell(life, 5.4, START)
    tell(life, 5.2, DIE, exit_code="137")
    tell(life, 8, DIE, exit_code="0")
    assert short([*life.happened(at(9), HOLD), *life.happened(at(99), 0)]) == [
        "started",
        "stopped 137 killed",
        "started",
        "stopped 0 exited",
    ]


def test_an_engine_that_comes_too_late() -> None:
    """What was told of cgroups alone is not told again."""
    life = Lifecycle()
    life.came(A, at(1), at(2))
    life.happened(at(9), HOLD)
    life.went(A, at(20))
    assert short(life.happened(at(90), HOLD)) == ["stopped gone"]
    tell(life, 1.4, START)
    tell(life, 19.5, DIE, exit_code="1")
    assert life.happened(at(99), 0) == []


def test_an_engine_that_takes_long_from_a_first_process_to_its_word() -> None:
    """One start, however late its word; the start after an end is another."""
    life = Lifecycle()
    life.came(A, at(1), at(2))
    assert short(life.happened(at(6), HOLD)) == ["started"]
    tell(life, 31, START)
    assert life.happened(at(31), HOLD) == []
    tell(life, 40, DIE, exit_code="0")
    tell(life, 41, START)
    assert short(life.happened(at(41), HOLD)) == ["stopped 0 exited", "started"]


def test_health() -> None:
    """Each change once; how it was when first seen is no change."""
    life = Lifecycle()
    life.came(A, at(-50), at(0), new=False)
    life.described(A, "web", "healthy")
    for seconds, status in enumerate(["healthy", "unhealthy", "unhealthy", "", "healthy"]):
        tell(life, seconds, HEALTH, status=status)
    assert short(life.happened(at(9), HOLD)) == ["health unhealthy", "health healthy"]


def test_names() -> None:
    """Each event has the name where it is known."""
    life = Lifecycle()
    life.came(A, at(1), at(1))
    life.described(A, "web", "")
    (event,) = life.happened(at(1), 0)
    assert event.attributes == {"container.name": "web"}


def test_clocks_that_are_off() -> None:
    """What an engine stamps a day back is not told; what lies ahead is told as of about now."""
    life = Lifecycle()
    life.heard(Told(A, 5, START), T)
    life.heard(Told("b" * 64, T * 2, START), T)
    (event,) = life.happened(T, 0)
    assert event.time_ns == at(60)


WORDS = st.sampled_from([START, DIE, OOM, ASKED, HEALTH, "came", "went", "killed"])


@given(steps=st.lists(st.tuples(WORDS, st.integers(0, 9)), max_size=40), hold=st.integers(0, 5))
def test_any_order(steps: list[tuple[str, int]], hold: int) -> None:
    """Whatever comes in whatever order: nothing raises, no event twice, and no two stops without a time between."""
    life, now, found = Lifecycle(), T, []
    for n, (what, number) in enumerate(steps):
        now += SECOND
        if what == "came":
            life.came(A, now - number * SECOND // 10, now)
        elif what == "went":
            life.went(A, now)
        elif what == "killed":
            life.killed(A, n, now)
        else:
            life.heard(Told(A, now - number * SECOND // 10, what, exit_code=str(number)), now)
        found += life.happened(now, hold * SECOND)
    found += life.happened(now + 99 * SECOND, 0)
    stops = [event.time_ns for event in found if event.kind == "container.stopped"]
    assert len(stops) == len(set(stops))
    assert len(stops) <= sum(what in (DIE, "went") for what, _ in steps)
