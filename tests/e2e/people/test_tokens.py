"""A real collector that is not on its server's machine: what it is told of its token, and what becomes of its rows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from collector import status
from tests.e2e.programs import Program, eventually, free_port, with_parent

HOST = "far-away"
COUNTED = ("Content-Length", "Connection", "Server", "Date", "Transfer-Encoding")


@contextmanager
def proxy(port: int, server: str) -> Iterator[None]:
    """Passes POSTs on to a server, and says so as proxies do."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {**dict(self.headers), "X-Forwarded-For": "192.0.2.7"}
            request = urllib.request.Request(server + self.path, body, headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    found = answer.status, answer.headers, answer.read()
            except urllib.error.HTTPError as error:
                found = error.code, error.headers, error.read()
            status, given, body = found
            self.send_response(status)
            for name in given:
                if name not in COUNTED:
                    self.send_header(name, given[name])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as listening:
        listening.daemon_threads = True
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            listening.shutdown()
            thread.join(10)


class Far:
    """The collector of another machine, with a file for its token."""

    def __init__(self, folder: Path, url: str, store: Path) -> None:
        self.state, self.file = folder / "far", folder / "token"
        self._store = store
        self._environment = {
            **os.environ,
            "TIDEGAUGE_INGEST": url,
            "TIDEGAUGE_STATE": str(self.state),
            "TIDEGAUGE_HOST_ID": HOST,
            "TIDEGAUGE_TOKEN_FILE": str(self.file),
            "TIDEGAUGE_PROCESSES": "0",
            "TIDEGAUGE_ENGINES": "none",
        }

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The process, ended in the end."""
        with (self.state.parent / "far.log").open("ab") as log:
            command = with_parent([sys.executable, "-m", "collector", "run"])
            process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, start_new_session=True)
            try:
                yield process
            finally:
                process.terminate()
                process.wait(15)

    def token(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`tidegauge token` beside the server's store, with the key that `up` keeps there."""
        command = [sys.executable, "-m", "cli", "token", *arguments, "--store", f"embedded:{self._store}"]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)

    def says(self, pattern: str) -> bool:
        """Whether its `status` says so now."""
        found = status.read(str(self.state))
        return found is not None and any(re.search(pattern, line) for line in status.lines(found, running=True))


@pytest.mark.processes
def test_a_collector_keeps_its_records_until_its_token_is_taken(tmp_path: Path) -> None:
    """Garbage, then a token of its own, then one that is revoked, then another: nothing is lost or set aside, and each
    time `status` says what the server says."""
    port = free_port()
    url, store = f"http://127.0.0.1:{port}", tmp_path / "var"
    up = Program("up", tmp_path, "--store", f"embedded:{store}", "--state", f"{tmp_path}/near", "--public", url)
    far = Far(tmp_path, url, store)
    far.file.write_text("garbage")
    try:
        up.start()
        with proxy(port, up.url), far.running() as process:
            eventually(lambda: far.says("authentication failed since .*: HTTP 401: what is shown is no"), 30)
            eventually(lambda: (found := status.read(str(far.state))) and found.queue.count > 5, 30, "what waits")
            made = far.token("create", "--host", HOST)
            far.file.write_text(made.stdout)
            process.send_signal(signal.SIGHUP)
            eventually(lambda: far.says(r"server .*: answered"), 30, "an answer")
            eventually(lambda: far.says(r"queue .*(empty|1 records)"), 60, "the end of the backlog")
            (name,) = re.findall(r"to revoke it, is (\w+)", made.stderr)
            far.token("revoke", name)
            eventually(lambda: far.says(f"authentication failed .*this token of {HOST} was revoked"), 30)
            far.file.write_text(far.token("create", "--host", HOST).stdout)
            process.send_signal(signal.SIGHUP)
            eventually(lambda: far.says(r"server .*: answered"), 30, "an answer again")
            eventually(lambda: far.says(r"queue .*(empty|1 records)"), 60, "the end of the second backlog")
            found = eventually(lambda: status.read(str(far.state)), 10)
        assert found.outcomes.get("refused", 0) == found.dropped == 0
        assert found.letters_state.kept == 0
        assert [one["entity"] for one in up.get("/api/v1/entities", filter=f"entity={HOST}")] == [HOST]
    finally:
        up.close()
