"""Serves our pages with synthetic views: `python -m benchmarks.drawing.server [PORT]`.

/hosts/demo-host is a host with containers; /containers/… one of them; / a fleet; /hosts/bench twelve
graphs of four series with 3,600 points each, the load that drawing is measured with. "Pull the cable"
works. `?` needs no store, no collector: what is here is the browser's side alone.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from pathlib import Path
from typing import Any

import dash
from dash import Dash
from flask import Flask, Response, request
from flask_sock import Sock

import assets
from benchmarks.drawing.stream import Session, World
from benchmarks.drawing.synthetic import CONTAINERS, FLEET, GIB, HOST, NAMES
from layouts import container, fleet, host, message, shell
from layouts.roster import ContainerRow
from tidegauge.metrics.graphs import Graph

PORT = 28760
HISTORY_MS = 7 * 3_600_000
LIMITS = {"system.memory.limit": 7.7 * GIB, "system.cpu.logical.count": 2.0}


def bench_graphs(count: int, series: int, points: int) -> tuple[Graph, ...]:
    """Graphs as heavy as asked: lines and stacks by turns."""
    return tuple(
        Graph(
            id=f"bench-{i}",
            page="host",
            title=f"Graph {i}",
            entity="bench",
            draw="stacked" if i % 2 else "line",
            unit="percent",
            metrics=tuple(f"bench.{i}.{s}" for s in range(series)),
            help=f"{series} series of {points} points.",
            limit="1" if i % 2 else "",
            headline="greatest",
        )
        for i in range(count)
    )


def create_app(world: World) -> Flask:
    """The server over a world."""
    server = Flask(__name__)
    sock = Sock(server)

    @sock.route("/live")  # type: ignore[untyped-decorator]
    def live(ws: Any) -> None:
        Session(world, ws).serve()

    @server.post("/api/v1/cable")
    def cable() -> dict[str, object]:
        seconds = int(request.get_json()["seconds"])
        world.pull_cable(seconds)
        return {"seconds": seconds}

    _pages(server)
    return server


def _pages(server: Flask) -> None:
    dash.page_registry.clear()
    app = Dash(
        __name__,
        server=server,  # type: ignore[arg-type]
        assets_folder=str(Path(assets.__file__).parent),
        assets_path_ignore=["^js$"],
        use_pages=True,
        pages_folder="",
        title="Tidegauge",
        update_title="",
        suppress_callback_exceptions=True,
    )
    hosts = tuple(fleet.FleetHost(name, name, "demo", 4, len(name)) for name in FLEET)
    dash.register_page("fleet", path="/", layout=fleet.layout(fleet.FleetInfo(hosts)))
    dash.register_page("host", path_template="/hosts/<host_id>", layout=_host)
    dash.register_page("container", path_template="/containers/<container_id>", layout=_container)
    app.layout = lambda: shell.layout(shell.ShellInfo(), dash.page_container)

    @server.after_request
    def secure(response: Response) -> Response:
        hashes = " ".join(app.csp_hashes())
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
            "base-uri 'self'; frame-ancestors 'none'"
        )
        return response


def _host(host_id: str = HOST, **_: str) -> Any:
    if host_id == "bench":
        return host.layout(host.HostInfo("bench", "bench", "bench", graphs=bench_graphs(12, 4, 3600)))
    if host_id != HOST:
        return message.layout(message.MessageInfo("No such host", f"No rows of {host_id!r} came within the last day."))
    return host.layout(
        host.HostInfo(
            id=HOST,
            name="web-1.example",
            fleet="default",
            attributes={"os.description": "Debian GNU/Linux 12 (bookworm)", "labels.tier": "front end"},
            limits=LIMITS,
            containers=tuple(ContainerRow(**one) for one in CONTAINERS),
        )
    )


def _container(container_id: str = "", **_: str) -> Any:
    return container.layout(
        container.ContainerInfo(
            id=container_id,
            name=NAMES.get(container_id, ""),
            host=HOST,
            host_name="web-1.example",
            attributes={"container.project": "shop", "container.image.name": "registry.example/shop/api:1.4.2"},
            limits={"container.cpu.limit": 0.5, "container.memory.limit": GIB},
        )
    )


def start(port: int, world: World) -> Any:
    """Serve in a thread of this process; `shutdown()` of what is returned ends it."""
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    serving = make_server("127.0.0.1", port, create_app(world), threaded=True)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    return serving


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else PORT
    history_ms = int(sys.argv[2]) * 1000 if len(sys.argv) > 2 else HISTORY_MS
    start(port, World(history_ms))
    sys.stdout.write(f"http://127.0.0.1:{port}/hosts/{HOST}\n")
    while True:
        time.sleep(3600)
