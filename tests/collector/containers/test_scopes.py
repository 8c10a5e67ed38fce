"""Where containers are in a cgroup hierarchy."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.containers.scopes import Scope, Tree, identify

ID = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("parent", "name", "expected"),
    [
        ("/system.slice", f"docker-{ID}.scope", "docker"),
        ("/docker", ID, "docker"),
        ("/user.slice/x/docker", ID, "docker"),
        ("/machine.slice", f"libpod-{ID}.scope", "podman"),
        ("/libpod_parent", f"libpod-{ID}", "podman"),
        ("/system.slice/web.service", f"libpod-payload-{ID}", "podman"),
        ("/user.slice/user-1000.slice/user@1000.service/user.slice", f"libpod-{ID}.scope", "podman"),
        ("/kubepods.slice/x", f"cri-containerd-{ID}.scope", "containerd"),
        ("/kubepods.slice/x", f"crio-{ID}.scope", "cri-o"),
        ("/kubepods/burstable/pod1", ID, ""),
    ],
)
def test_containers(parent: str, name: str, expected: str) -> None:
    """The names that engines give, with systemd and without."""
    assert identify(parent, name) == (ID, expected)


@pytest.mark.parametrize(
    ("parent", "name"),
    [
        ("/machine.slice", f"libpod-conmon-{ID}.scope"),
        ("/system.slice", "docker.service"),
        ("/system.slice", f"docker-{ID[:-1]}.scope"),
        ("/system.slice", f"docker-{ID.upper()}.scope"),
        ("/somewhere", ID),
        ("/docker", "buildkit"),
    ],
)
def test_other_cgroups(parent: str, name: str) -> None:
    """What only looks like one is none."""
    assert identify(parent, name) is None


def test_walk(tmp_path: Path) -> None:
    """Containers at any depth; what is inside one is not looked at."""
    (tmp_path / f"a/b/docker-{ID}.scope/docker/{ID[::-1]}").mkdir(parents=True)
    (tmp_path / "cgroup.procs").touch()
    assert Tree(str(tmp_path)).walk(fresh=True) == [Scope(ID, "docker", f"/a/b/docker-{ID}.scope")]


@pytest.mark.parametrize(
    ("path", "runtime"),
    [
        (f"system.slice/docker-{ID}.scope", "docker"),
        (f"docker/{ID}", "docker"),
        (f"user.slice/user-1000.slice/user@1000.service/user.slice/docker-{ID}.scope", "docker"),
        (f"machine.slice/libpod-{ID}.scope/container", "podman"),
        (f"libpod_parent/libpod-{ID}", "podman"),
        (f"machine.slice/machine-libpod_pod_{ID[::-1]}.slice/libpod-{ID}.scope", "podman"),
        (
            f"user.slice/user-1000.slice/user@1000.service/user.slice/user-libpod_pod_1.slice/libpod-{ID}.scope",
            "podman",
        ),
        (f"system.slice/web.service/libpod-payload-{ID}", "podman"),
    ],
)
def test_where_engines_put_them(tmp_path: Path, path: str, runtime: str) -> None:
    """Drivers systemd and cgroupfs, with root and without, in pods and in units of systemd."""
    (tmp_path / path).mkdir(parents=True)
    (tmp_path / f"machine.slice/libpod-conmon-{ID}.scope").mkdir(parents=True)
    assert [scope[:2] for scope in Tree(str(tmp_path)).walk(fresh=True)] == [(ID, runtime)]


def test_walk_again(tmp_path: Path) -> None:
    """A second walk sees what came and what went."""
    tree = Tree(str(tmp_path))
    assert tree.walk(fresh=True) == []
    (tmp_path / "docker" / ID).mkdir(parents=True)
    assert [scope.id for scope in tree.walk(fresh=False)] == [ID]
    (tmp_path / "docker" / ID).rmdir()
    assert tree.walk(fresh=False) == []


def test_no_hierarchy(tmp_path: Path) -> None:
    """A hierarchy that is not mounted has no containers."""
    assert Tree(str(tmp_path / "none")).walk(fresh=True) == []
