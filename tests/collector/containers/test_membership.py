"""In which container a process is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.containers.membership import container_of

ID, OTHER = "0123456789abcdef" * 4, "f" * 64


@pytest.mark.parametrize(
    ("cgroup", "expected"),
    [
        (f"0::/system.slice/docker-{ID}.scope\n", ID),
        (f"12:pids:/docker/{ID}\n1:name=systemd:/docker/{ID}\n0::/system.slice/containerd.service\n", ID),
        (f"0::/machine.slice/libpod-{ID}.scope/container/inner.service\n", ID),
        (f"0::/docker/{ID}/docker/{OTHER}\n", ID),
        (f"0::/../../kubepods.slice/pod1/cri-containerd-{ID}.scope\n", ID),
        (f"0::/machine.slice/libpod-conmon-{ID}.scope\n", ""),
        ("0::/user.slice/user-1000.slice/session-2.scope\n", ""),
        ("0::/\n", ""),
        ("", ""),
    ],
)
def test_the_outermost_container(cgroup: str, expected: str) -> None:
    """Of either version, with systemd and without; what helps a container run is not in it."""
    assert container_of(cgroup.encode()) == expected


@given(st.binary(max_size=200))
def test_any_file(cgroup: bytes) -> None:
    """Whatever a cgroup is called: its name is an id, or nothing."""
    assert len(container_of(cgroup)) in (0, 64)
