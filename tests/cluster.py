"""`make cluster`: a whole cluster on this machine, until Ctrl-C: Elasticsearch, two ingest nodes, two web nodes, nginx
before them, and simulated hosts that send through it. Nothing is left behind, however it ends.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.e2e import keys
from tests.e2e.balancer import Balancer, find_nginx
from tests.e2e.clusters import Cluster
from tests.e2e.programs import demo
from tests.elasticsearch import sources
from tests.elasticsearch.server import Node
from tests.elasticsearch.sources import NoServerError

HEAP_MB = 512


class RefusedError(Exception):
    """It cannot be started here; the message says what to do."""


def tell(line: str) -> None:
    """One line for a person."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def check(port: int) -> None:
    """Raise RefusedError where something is missing or the port is taken."""
    if find_nginx() is None:
        raise RefusedError("nginx is not installed: apt-get install nginx")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            line = f'127.0.0.1:{port} is taken ({error.strerror}): make cluster ARGS="--port OTHER"'
            raise RefusedError(line) from error


class Steps:
    """Says which step of how many begins, and how it ended."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0

    def __call__(self, what: str, work: Callable[[], object]) -> None:
        self._done += 1
        tell(f"[{self._done}/{self._count}] {what}")
        work()


def start(folder: Path, balancer: Balancer, hosts: int, closing: ExitStack) -> None:
    """Start it all, each step with a line. Raises NoServerError."""
    step = Steps(6)
    store = sources.given_url()
    if store:
        step(f"Elasticsearch: the one of {sources.URL}, {store}", bool)
    else:
        node = Node(folder=folder / "elasticsearch", heap_mb=HEAP_MB, tell=tell)
        closing.callback(node.close)
        store = node.url
        step(f"Elasticsearch {node.version} at {store}", node.start)
    step(f"an account, {keys.USER}", partial(keys.add_user, store))
    made = Cluster(folder, store, ingest=2, web=2, balancer=balancer)
    closing.callback(made.close)
    for name, nodes in (("ingest", made.ingest), ("web", made.web)):
        step(f"two {name} nodes at {' and '.join(node.url for node in nodes)}", partial(made.launch, nodes))
    step(f"nginx at {balancer.url}", partial(made.balance, balancer))
    simulated = demo(balancer, "--hosts", str(hosts), **keys.ENVIRONMENT)
    step(f"{hosts} simulated hosts that send to it", partial(closing.enter_context, simulated))


def main() -> int:
    """Start it, say how to use it, and end it on Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="make cluster")
    parser.add_argument("--port", type=int, default=8080, help="of nginx, on loopback")
    parser.add_argument("--hosts", type=int, default=20, help="simulated hosts")
    given = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # who runs in the background is begun deaf to Ctrl-C
        signal.signal(number, signal.default_int_handler)
    folder = Path(tempfile.gettempdir()) / f"tidegauge-cluster-{given.port}"
    with ExitStack() as closing:
        try:
            check(given.port)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o755)
            closing.callback(shutil.rmtree, folder, ignore_errors=True)
            balancer = Balancer(folder, given.port)
            start(folder, balancer, given.hosts, closing)
            signed = f"sign in as {keys.USER} with the password {keys.PASSWORD}"
            tell(f"ready: {balancer.url}\n{signed}\nlogs: {folder}\nCtrl-C stops all of it.")
            signal.pause()
        except (RefusedError, NoServerError, AssertionError) as error:
            tell(f"make cluster: {error}")
            return 1
        except KeyboardInterrupt:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            tell("it stops")
    return 0


if __name__ == "__main__":
    sys.exit(main())
