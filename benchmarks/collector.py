"""What the collector costs: CPU of `run` at 1 Hz against a bare loop that reads the same files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import Figure

SECONDS = 30
BOUND_PERCENT = 0.5
BOUND_MIB = 40

SINK = """
import http.server, json, socket, sys
from tidegauge.metrics import wire
class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        records = [wire.decode(line) for line in wire.members(body, 1 << 30)]
        outcomes = [wire.Outcome(r.incarnation, r.seq, "stored") for r in records]
        answer = wire.encode_answer(0, outcomes)
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
print(server.server_port, flush=True)
server.serve_forever()
"""
BARE = """
import os, time
NAMES = "stat loadavg uptime meminfo vmstat diskstats net/dev net/sockstat net/sockstat6"
NAMES += " pressure/cpu pressure/memory pressure/io"
while True:
    for name in NAMES.split():
        try:
            with open("/proc/" + name, "rb", buffering=0) as file:
                file.read()
        except OSError:
            pass
    time.sleep(1)
"""


def rows() -> list[Figure]:
    """CPU and memory of one host's collector, 30 s at 1 Hz, in this run's own terms."""
    sink = _start("-c", SINK, capture=True)
    assert sink.stdout is not None
    url = f"http://127.0.0.1:{int(sink.stdout.readline())}"
    with tempfile.TemporaryDirectory() as state:
        collector = _start("-m", "collector", "run", "--ingest", url, "--state", state, "--log-level", "WARNING")
        bare = _start("-c", BARE)
        try:
            return _measure(collector.pid, bare.pid)
        finally:
            for process in (collector, bare, sink):
                process.send_signal(signal.SIGTERM)
                process.wait(10)


def _start(*arguments: str, capture: bool = False) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE if capture else None)


def _measure(collector: int, bare: int) -> list[Figure]:
    time.sleep(3)
    before, begun = (_cpu_seconds(collector), _cpu_seconds(bare)), time.monotonic()
    time.sleep(SECONDS)
    passed = time.monotonic() - begun
    ours, beside = (
        100 * (_cpu_seconds(pid) - was) / passed for pid, was in zip((collector, bare), before, strict=True)
    )
    mebibytes = _memory_mebibytes(collector)
    return [
        Figure(
            "collector, one host at 1 Hz",
            f"{ours:.2f} % of a core",
            f"{BOUND_PERCENT} %",
            ours <= BOUND_PERCENT,
            f"open and read the files: {beside:.2f} %",
            f"{ours / beside:.1f}" if beside else "",
        ),
        Figure("collector, memory", f"{mebibytes:.0f} MiB", f"{BOUND_MIB} MiB", mebibytes <= BOUND_MIB, "", ""),
    ]


def _cpu_seconds(pid: int) -> float:
    """From the scheduler's own sum in ns: ticks would be too coarse."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _memory_mebibytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
