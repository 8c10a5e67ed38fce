"""The CPU lines of /proc/stat."""

from __future__ import annotations

import pytest

from collector.cpu_times import CpuTimes, held, parse, seconds, shares

LINE = b"cpu  10207 1 2620 189446 526 2 133 86 50 7"
TIMES = CpuTimes(10207, 1, 2620, 189446, 526, 135, 86)


def test_parse_counts_guests_once() -> None:
    """Interrupts are irq and softirq; guests, which are inside user, are not added again."""
    assert parse(LINE) == TIMES


@pytest.mark.parametrize("line", [b"", b"cpu 1 2 3", b"cpu 1 2 3 4 5 6 7 x"])
def test_parse_refuses(line: bytes) -> None:
    """A line that is cut short or no numbers is a ValueError."""
    with pytest.raises(ValueError, match=r"cpu line|literal"):
        parse(line)


def test_seconds() -> None:
    """A tick is a hundredth of a second."""
    assert seconds(TIMES)["system.cpu.time.user"] == 102.07


def test_held_small_falls() -> None:
    """Small falls of idle and iowait, which the kernel makes, are held; a real one is not."""
    fallen = TIMES._replace(idle=TIMES.idle - 3, iowait=TIMES.iowait - 1, user=TIMES.user - 1)
    reset = CpuTimes(*[0] * 7)
    assert held(TIMES, fallen) == TIMES._replace(user=TIMES.user - 1)
    assert held(TIMES, reset) == reset._replace(iowait=526)
    assert held(None, TIMES) == TIMES


def test_shares() -> None:
    """Each mode's part of the time that passed; busy is all but idle and iowait."""
    now = TIMES._replace(user=TIMES.user + 50, idle=TIMES.idle + 100, iowait=TIMES.iowait + 50)
    found = shares(TIMES, now)
    assert (found["system.cpu.utilization.user"], found["system.cpu.utilization.iowait"]) == (0.25, 0.25)
    assert (found["system.cpu.utilization"], found["system.cpu.utilization.steal"]) == (0.25, 0)


@pytest.mark.parametrize("before", [None, TIMES, TIMES._replace(user=TIMES.user + 1)])
def test_no_shares(before: CpuTimes | None) -> None:
    """On the first reading, when no time passed, and when a counter fell, nothing is known."""
    assert shares(before, TIMES) == {}
