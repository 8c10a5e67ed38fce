"""The collector's image in a real Docker, run with the very flags that docs/operations.md gives.

Its base cannot be fetched here: Python is this machine's, mounted; all else is as the Dockerfile says.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.bundle import PYTHON, ROOT, entities, host_name, once
from tests.e2e.programs import Up, eventually, running

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        os.geteuid() != 0 or not (shutil.which("dockerd") and shutil.which("docker")),
        reason="no dockerd, or not root: the collector's image is NOT TESTED here",
    ),
]

IMAGE = ROOT / "deploy/collector/Dockerfile"
UID = "10001"
MOUNTS = [place for place in {"/usr", "/lib", "/lib64", sys.base_prefix} if Path(place).exists()]
DAEMON = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"]
START_SECONDS = 60


class Docker(NamedTuple):
    """A daemon of our own; image: the collector's."""

    socket: str
    image: str = "tidegauge-collector"

    def __call__(self, *arguments: str) -> str:
        """What a command of the client prints."""
        command = ["docker", "-H", self.socket, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def answers(self) -> bool:
        """Whether the daemon does."""
        command = ["docker", "-H", self.socket, "version"]
        return subprocess.run(command, capture_output=True, timeout=30).returncode == 0


@contextmanager
def daemon(folder: Path) -> Iterator[Docker]:
    """dockerd over a folder, which touches no other daemon, no network and no firewall of the machine."""
    docker = Docker(f"unix://{folder}/docker.sock")
    places = [f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"]
    with (folder / "dockerd.log").open("wb") as log:
        process = subprocess.Popen(["dockerd", "-H", docker.socket, *places, *DAEMON], stdout=log, stderr=log)
        try:
            eventually(docker.answers, START_SECONDS, "dockerd")
            yield docker
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def docker(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docker]:
    """A daemon that has the image: the Dockerfile's user, environment and command over the bundle."""
    tree = tmp_path_factory.mktemp("image")
    tree.chmod(0o755)
    shutil.copytree(bundle, tree / "opt/tidegauge")
    for place in (*MOUNTS, "/bin", "/etc", "/host", "/proc", "/tmp", "/var/lib/tidegauge-collector"):
        (tree / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    (tree / "bin/python").symlink_to(PYTHON)
    (tree / "etc/passwd").write_text(f"tidegauge:x:{UID}:{UID}::/:/none\n")
    shutil.chown(tree / "var/lib/tidegauge-collector", int(UID), int(UID))
    text = IMAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    changes = [*re.findall(r"^(?:USER|ENV|ENTRYPOINT|CMD) .*$", text, re.MULTILINE), "ENV PATH=/bin:/usr/bin"]
    archive = tmp_path_factory.mktemp("archive") / "image.tar"
    subprocess.run(["tar", "-C", str(tree), "-cf", str(archive), "."], check=True)
    with daemon(tmp_path_factory.mktemp("dockerd")) as started:
        started("import", *(word for change in changes for word in ("--change", change)), str(archive), started.image)
        yield started


def flags() -> list[str]:
    """What the page says to give `docker run`, less what only a host of its own has, and Python's mounts."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8").replace("\\\n", " ")
    (found,) = re.findall(r"^docker run -d --name tidegauge-collector (.*) tidegauge-collector$", page, re.MULTILINE)
    words = re.sub(r"-e TIDEGAUGE_INGEST=\S+|--restart \S+|,rslave", "", found).split()
    return [*words, *(word for place in MOUNTS for word in ("-v", f"{place}:{place}:ro"))]


def test_it_sees_its_host(docker: Docker, bundle: Path) -> None:
    """Without rights, network and name of the host, it has the host's id, name, entities and metrics."""
    told = docker("run", "--rm", *flags(), "--network=none", docker.image, "once", "--json")
    seen: dict[str, Any] = json.loads(told)
    beside = once(bundle)
    assert seen["host"] == beside["host"]
    assert host_name(seen) == host_name(beside)
    assert entities(seen) == entities(beside)


def test_it_sends_and_stops_in_time(docker: Docker, tmp_path: Path) -> None:
    """It keeps its state in its volume, sees itself as a container, and says that it stops when it is told to."""
    with running(tmp_path) as up:
        told = ["-e", f"TIDEGAUGE_INGEST={up.url}", "-e", "TIDEGAUGE_HOST_ID=in-docker", "--network=host"]
        name = docker("run", "-d", *flags(), *told, docker.image).strip()
        try:
            eventually(lambda: _kinds(up) >= {"host", "network", "filesystem", "container"}, 30, "its rows")
            eventually(lambda: up.get("/api/v1/entities", filter=f"entity={name}"), 30, "itself")
        finally:
            docker("stop", "--time=5", name)
        assert docker("inspect", "--format={{.State.ExitCode}}", name).strip() == "0"
        eventually(lambda: "collector.stopped" in _events(up), 10, "its last word")


def _kinds(up: Up) -> set[str]:
    return {one["kind"] for one in up.get("/api/v1/entities", filter="host=in-docker")}


def _events(up: Up) -> str:
    return json.dumps(up.get("/api/v1/events", host="in-docker"))
