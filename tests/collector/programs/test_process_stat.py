"""A process as its stat tells it."""

from __future__ import annotations

import pytest

from collector.programs.process_stat import name_of, parse
from tests.collector.processes import stat


def test_a_capture() -> None:
    """Each number is from its own field, whatever the command holds."""
    found = parse(stat("web (1) R", began=321032, ticks=175, pages=390, threads=3))
    assert (found.command, found.state, found.kernel) == (b"web (1) R", b"S", False)
    assert (found.ticks, found.threads, found.began, found.pages) == (175, 3, 321032, 390)


@pytest.mark.parametrize(
    ("command", "kernel", "name"),
    [
        ("nginx", False, "nginx"),
        ("a/b:c-d", False, "a/b:c-d"),
        ("x\ny", False, "x\ufffdy"),
        ("kworker/u8:2-ext4", True, "[kworker]"),
        ("ksoftirqd/0", True, "[ksoftirqd]"),
        ("rcu_preempt", True, "[rcu_preempt]"),
    ],
)
def test_names(command: str, kernel: bool, name: str) -> None:
    """A program has its own; of the kernel's threads there is one a kind, not one a CPU, device and work."""
    assert name_of(parse(stat(command, kernel=kernel))) == name


@pytest.mark.parametrize("data", [b"", b"1", b"1 (x", b"1 (x) S", b"1 (x) S 1 2 3 4 5 a"])
def test_what_is_no_stat(data: bytes) -> None:
    """It is an error of a kind that the runner knows."""
    with pytest.raises((ValueError, IndexError)):
        parse(data)
