"""nginx with deploy/nginx as it is, before the nodes of a test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.programs import eventually, free_port, with_parent

DEPLOYED = Path(__file__).parents[2] / "deploy" / "nginx"

MAIN = """daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 2048; }}
http {{
    log_format answers escape=json '{{"at": $msec, "took": "$upstream_response_time", "node": "$upstream_addr", '
                                   '"status": "$upstream_status", "collector": "$http_tidegauge_collector"}}';
    access_log {folder}/access.log answers;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {deployed}/tidegauge.conf;
}}
"""
"""What Debian's own nginx.conf does, for one process of ours. The log tells which node answered whom."""


def find_nginx() -> str | None:
    """The path of nginx; Debian has it where not everybody looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Answer(NamedTuple):
    """How a POST of records was answered. node: the port of the node that answered, 0: none did. seen_ms: when that
    node had it, wall clock. status: the node's own. tried: how many nodes were asked.
    """

    host: str
    node: int
    seen_ms: float
    status: int
    tried: int


class Balancer:
    """nginx on a port, before web and ingest nodes at "127.0.0.1:PORT" each."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder / "nginx"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def lead_to(self, web: Sequence[int], ingest: Sequence[int]) -> None:
        """Fill in the addresses, as a person does who deploys it."""
        shutil.copytree(DEPLOYED / "tidegauge", self.folder / "tidegauge", dirs_exist_ok=True)
        for name, ports in (("web", web), ("ingest", ingest)):
            file = self.folder / "tidegauge" / f"{name}.conf"
            (line,) = (line for line in file.read_text().splitlines() if line.startswith("server "))
            rest = line.split(" ", 2)[2]
            file.write_text("".join(f"server 127.0.0.1:{port} {rest}\n" for port in ports))
        listen = (DEPLOYED / "tidegauge" / "listen.conf").read_text()
        text = listen.replace("listen 80;", f"listen 127.0.0.1:{self.port};")
        (self.folder / "tidegauge" / "listen.conf").write_text(text)
        (self.folder / "nginx.conf").write_text(MAIN.format(folder=self.folder, deployed=DEPLOYED))

    def start(self) -> None:
        """Start it, and wait until it takes connections. It ends when the thread that calls this does."""
        nginx = find_nginx()
        if nginx is None:
            missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            missing("no nginx on this machine: apt-get install nginx")
        command = [nginx, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        with (self.folder / "error.log").open("ab") as log:
            self._process = subprocess.Popen(with_parent(command), stdout=log, stderr=log, start_new_session=True)
        eventually(self._is_up, 10, f"nginx ({self.folder}/error.log)")

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "error.log").read_text()
        return (self.folder / "nginx.pid").is_file()

    def answers(self) -> list[Answer]:
        """All answers to collectors so far, in the order they were given."""
        lines = (self.folder / "access.log").read_text().splitlines()
        return [found for line in lines if (found := _answer(json.loads(line)))]

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)


def _answer(line: Mapping[str, Any]) -> Answer | None:
    """A line of the log, if it is of a collector; of the nodes that were tried the last one."""
    if not line["collector"]:
        return None
    took, node, status = (line[key].split(", ")[-1] for key in ("took", "node", "status"))
    told = bool(status.isdigit() and ":" in node)
    return Answer(
        host=json.loads(line["collector"])["host"],
        node=int(node.rpartition(":")[2]) if told else 0,
        seen_ms=1000 * (line["at"] - (float(took) if told else 0)),
        status=int(status) if told else 0,
        tried=line["node"].count(",") + 1,
    )
