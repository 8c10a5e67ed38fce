"""The collector's image in a real Docker, run with the very flags that docs/operations.md gives.

Its base cannot be fetched here: Python is this machine's, mounted; all else is as the Dockerfile says.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bundle import PYTHON, ROOT, entities, host_name, once
from tests.e2e.programs import Up, eventually, running
from tests.engines.conftest import running as engine
from tests.engines.daemons import Docker, Engine

pytestmark = [pytest.mark.processes, pytest.mark.engines]

IMAGE = ROOT / "deploy/collector/Dockerfile"
UID = "10001"
MOUNTS = [place for place in {"/usr", "/lib", "/lib64", sys.base_prefix} if Path(place).exists()]
NAME = "tidegauge-collector"


@pytest.fixture(scope="module")
def docker(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A daemon that has the image: the Dockerfile's user, environment and command over the bundle."""
    tree = tmp_path_factory.mktemp("image")
    tree.chmod(0o755)
    shutil.copytree(bundle, tree / "opt/tidegauge")
    for place in (*MOUNTS, "/bin", "/etc", "/host", "/proc", "/tmp", "/var/lib/tidegauge-collector"):
        (tree / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    (tree / "bin/python").symlink_to(PYTHON)
    (tree / "var/run").symlink_to("/run")
    (tree / "etc/passwd").write_text(f"tidegauge:x:{UID}:{UID}::/:/none\n")
    shutil.chown(tree / "var/lib/tidegauge-collector", int(UID), int(UID))
    text = IMAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    changes = [*re.findall(r"^(?:USER|ENV|ENTRYPOINT|CMD) .*$", text, re.MULTILINE), "ENV PATH=/bin:/usr/bin"]
    archive = tmp_path_factory.mktemp("archive") / "image.tar"
    subprocess.run(["tar", "-C", str(tree), "-cf", str(archive), "."], check=True)
    with engine(Docker) as started:
        started("import", *(word for change in changes for word in ("--change", change)), str(archive), NAME)
        yield started


def flags() -> list[str]:
    """What the page says to give `docker run`, less what only a host of its own has, and Python's mounts."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8").replace("\\\n", " ")
    (found,) = re.findall(r"^docker run -d --name tidegauge-collector (.*) tidegauge-collector$", page, re.MULTILINE)
    words = re.sub(r"-e TIDEGAUGE_INGEST=\S+|--restart \S+|,rslave", "", found).split()
    return [*words, *(word for place in MOUNTS for word in ("-v", f"{place}:{place}:ro"))]


def test_it_sees_its_host(docker: Engine, bundle: Path) -> None:
    """Without rights, network and name of the host, it has the host's id, name, entities and metrics."""
    told = docker("run", "--rm", *flags(), "--network=none", NAME, "once", "--json")
    seen: dict[str, Any] = json.loads(told)
    beside = once(bundle)
    assert seen["host"] == beside["host"]
    assert host_name(seen) == host_name(beside)
    assert entities(seen) == entities(beside)


def test_it_sends_and_stops_in_time(docker: Engine, tmp_path: Path) -> None:
    """It keeps its state in its volume, knows itself by name as it was given the socket, and says that it stops."""
    socket = ["-v", f"{docker.socket}:/run/docker.sock", f"--group-add={docker.socket.stat().st_gid}"]
    with running(tmp_path) as up:
        told = ["-e", f"TIDEGAUGE_INGEST={up.url}", "-e", "TIDEGAUGE_HOST_ID=in-docker", "--network=host"]
        container = docker("run", "-d", "--name=seen", *flags(), *socket, *told, NAME)
        try:
            eventually(lambda: _kinds(up) >= {"host", "network", "filesystem", "container"}, 30, "its rows")
            itself = f"entity={container} container.name=seen"
            eventually(lambda: up.get("/api/v1/entities", filter=itself), 30, "itself")
        finally:
            docker("stop", "--time=5", container)
        assert docker("inspect", "--format={{.State.ExitCode}}", container) == "0"
        eventually(lambda: "collector.stopped" in _events(up), 10, "its last word")


def _kinds(up: Up) -> set[str]:
    return {one["kind"] for one in up.get("/api/v1/entities", filter="host=in-docker")}


def _events(up: Up) -> str:
    return json.dumps(up.get("/api/v1/events", host="in-docker"))
