"""Two ingest nodes and two web nodes behind nginx as deploy/nginx says, and `make cluster`."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e import keys
from tests.e2e.balancer import DEPLOYED, Balancer
from tests.e2e.clusters import Cluster, balanced
from tests.e2e.fleet import Fleet, fleet
from tests.e2e.live import live
from tests.e2e.programs import eventually, free_port, stopped, with_parent
from tests.elasticsearch import sources

pytestmark = [pytest.mark.elasticsearch, pytest.mark.processes]

HOST = "gate"
SEEN_SECONDS, STOPPED_SECONDS = 3, 1.5
CPU = "metrics=system.cpu.utilization&filter=kind%3Dhost&from=now-1m"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, elasticsearch: str) -> Iterator[tuple[Cluster, Balancer]]:
    """The nodes, and nginx before them."""
    with balanced(tmp_path_factory.mktemp("cluster"), elasticsearch) as made:
        yield made


@pytest.fixture(scope="module")
def hosts(site: tuple[Cluster, Balancer]) -> Iterator[Fleet]:
    """Four hosts that send through nginx."""
    with fleet(4, 1, [site[1].url], keys.token_of) as made:
        eventually(lambda: made.outcomes()["stored"] > 20, 120, "rows that are stored")
        yield made


def test_rows_and_pages_come_through_nginx(site: tuple[Cluster, Balancer], hosts: Fleet) -> None:
    """A browser's websocket has live rows of hosts whose POSTs go to each ingest node in turn."""
    made, balancer = site
    with live(balancer.port, CPU, keys.sign_in(balancer.url)) as seen:
        seen.wait(len(hosts.agents))
    answered = {answer.node for answer in balancer.answers()}
    assert answered == {node.port for node in made.ingest}


def test_a_dead_node_fails_no_request(site: tuple[Cluster, Balancer], hosts: Fleet) -> None:
    """While a web node and an ingest node are dead each page is answered at once, and records go on to be stored."""
    made, balancer = site
    for node in (made.web[0], made.ingest[0]):
        node.kill_all()
    try:
        stored = hosts.outcomes()["stored"]
        for _ in range(8):
            with urllib.request.urlopen(f"{balancer.url}/healthz", timeout=10) as answer:
                assert answer.status == 200
        eventually(lambda: hosts.outcomes()["stored"] > stored + 20, 60, "more rows that are stored")
    finally:
        made.launch([made.web[0], made.ingest[0]])


def test_what_nodes_tell_each_other_is_not_told_here(site: tuple[Cluster, Balancer]) -> None:
    """The nodes' own stream does not pass the balancer."""
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{site[1].url}/api/v1/stream", timeout=10)


def test_the_largest_body_is_the_nodes_own() -> None:
    """nginx takes bodies that nodes take, and no greater ones."""
    from ingest_api.door import MAX_BODY_BYTES

    text = (DEPLOYED / "tidegauge.conf").read_text()
    assert re.findall(r"client_max_body_size (\d+)m;", text) == [str(MAX_BODY_BYTES >> 20)]


def test_a_killed_node_is_seen_within_three_seconds(site: tuple[Cluster, Balancer]) -> None:
    """Each web node says that it has no link to an ingest node that was killed with -9, and has one when it is back."""
    made, _ = site
    node, url = made.ingest[0], made.ways[0].url
    eventually(lambda: all(web.is_ready() for web in made.web), 60, "all links")
    node.kill_all()
    try:
        eventually(lambda: all(url in web.get("/readyz")["missing"] for web in made.web), SEEN_SECONDS, "the loss")
    finally:
        made.launch([node])
    eventually(lambda: all(web.is_ready() for web in made.web), 30, "all links again")


def test_a_node_that_hangs_makes_no_clock_wrong(site: tuple[Cluster, Balancer], hosts: Fleet) -> None:
    """nginx gives each second POST to the other node after 2.5 s; all hosts have this machine's clock, and it is said
    so on each web node."""
    made, balancer = site
    eventually(lambda: all(web.is_ready() for web in made.web), 60, "all links")
    cookie, late, worst_ms = keys.sign_in(balancer.url), came_late(balancer), [0]
    names = {agent.host.id for agent in hosts.agents}

    def many_came_late() -> bool:
        for web in made.web:
            request = urllib.request.Request(f"{web.url}/api/v1/system", headers={"Cookie": cookie})
            with urllib.request.urlopen(request, timeout=10) as answer:
                clocks = json.load(answer)["clocks"]["shown"]
            worst_ms.extend(abs(one["offset_ms"]) for one in clocks if one["host"] in names)
        return came_late(balancer) >= late + 12

    with stopped(made.ingest[0].worker()):
        eventually(many_came_late, 60, "POSTs that come late")
    assert max(worst_ms) < 1_500


def came_late(balancer: Balancer) -> int:
    """How many POSTs so far the node that was asked first did not answer."""
    return sum(answer.tried > 1 for answer in balancer.answers())


def test_what_becomes_of_a_collector_is_seen(site: tuple[Cluster, Balancer], tmp_path: Path) -> None:
    """Its clean stop on each web node within 1.5 s; a kill -9 as silence after four periods, and as down after 15 s."""
    made, balancer = site
    cookie = keys.sign_in(balancer.url)
    with live(made.web[0].port, CPU, cookie) as first, live(made.web[1].port, CPU, cookie) as second:

        def all_say(state: str) -> bool:
            return first.states.get(HOST) == second.states.get(HOST) == state

        with collector(balancer.url, tmp_path) as process:
            eventually(lambda: all_say("live"), 60, "the collector")
            process.send_signal(signal.SIGTERM)
            process.wait(10)
            eventually(lambda: all_say("stopped"), STOPPED_SECONDS, "its stop")
        with collector(balancer.url, tmp_path) as process:
            eventually(lambda: all_say("live"), 60, "the collector")
            process.kill()
            began = time.monotonic()
            eventually(lambda: all_say("silent"), 10, "its silence")
            assert time.monotonic() - began >= 2.5
            eventually(lambda: all_say("down"), 20, "that it is down")
            assert time.monotonic() - began >= 13.5


@contextmanager
def collector(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real collector that sends to a URL, ended in the end."""
    told = {"TIDEGAUGE_HOST_ID": HOST, "TIDEGAUGE_TOKEN": keys.token_of(HOST), "TIDEGAUGE_ENGINES": "none"}
    command = [sys.executable, "-m", "collector", "run", "--ingest", url, "--state", str(folder / "state")]
    with (folder / "collector.log").open("ab") as log:
        process = subprocess.Popen(with_parent(command), stdout=log, stderr=log, env={**os.environ, **told})
        try:
            yield process
        finally:
            process.kill()
            process.wait(10)


# --- make cluster ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_the_trial_cluster_leaves_nothing_behind(elasticsearch: str, tmp_path: Path, how: signal.Signals) -> None:
    """It says each step and where it is; however it ends, none of its programs is left."""
    port, output = free_port(), tmp_path / "out"
    command = [sys.executable, "-m", "tests.cluster", "--port", str(port), "--hosts", "3"]
    environment = {**os.environ, sources.URL: elasticsearch}
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        eventually(lambda: "ready: " in output.read_text(), 120, "the cluster")
        programs = family(process.pid)
        assert len(programs) >= 8
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(how)
        process.wait(30)
        eventually(lambda: not any(map(is_alive, programs)), 15, "the end of all of it")
        assert "Traceback" not in output.read_text()
    finally:
        process.kill()
        process.wait(10)
        print(output.read_text())  # noqa: T201
    steps = [line.split("]")[0] for line in output.read_text().splitlines() if line.startswith("[")]
    assert steps == [f"[{n}/{len(steps)}" for n in range(1, len(steps) + 1)]


def test_a_port_that_is_taken_is_told_in_a_sentence() -> None:
    """Nothing is started then."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "tests.cluster", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f'make cluster: 127.0.0.1:{port} is taken (Address already in use): make cluster ARGS="--port OTHER"'
    ]


def family(pid: int) -> list[int]:
    """All processes below a process."""
    with suppress(OSError):
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
        return [*children, *(below for child in children for below in family(child))]
    return []


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits for its parent's word does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
