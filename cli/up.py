"""`tidegauge up`: server and collector on this machine, one command, nothing left behind.

gunicorn's master starts the server's one worker and, when it listens, the collector. Each child
ends when the master does, also when it is killed.
"""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from cli import exits
from cli.server import Server, create_server
from collector.identity import this_host
from collector.readings import Roots
from tidegauge import log as logs
from tidegauge import settings
from tidegauge.sessions.access import LOOPBACK
from tidegauge.settings import Settings
from tidegauge.storage.base import Store, StoreError
from tidegauge.storage.open import open_store

log = logging.getLogger(__name__)

THREADS = 256
SAMPLES_A_SECOND = 200
BYTES_A_SAMPLE = 3
STOP_SECONDS = 5


def run(told: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Ends with a documented exit code if it cannot start."""
    logs.configure(told.log_level)
    address, port = _loopback(told)
    _check_port(address, port)
    open_or_leave(told).close()
    _Up(told, port).run()


def open_or_leave(told: Settings) -> Store:
    """The store, or one clear line and exit code 4."""
    try:
        return open_store(told.store, retention_days=told.retention, disk_floor_mb=told.disk_floor_mb)
    except StoreError as error:
        exits.leave(exits.STORE, f"{error}{'; ' + error.hint if error.hint else ''}")


def _loopback(told: Settings) -> tuple[str, int]:
    address, _, port = told.bind.rpartition(":")
    if address not in LOOPBACK:
        line = (
            f"`up` has no accounts and so serves loopback only, not {address}; leave TIDEGAUGE_BIND at 127.0.0.1:8050"
        )
        exits.leave(exits.BAD_SETTING, line)
    return address.strip("[]"), int(port)


def _check_port(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            line = f"{address}:{port} is taken ({error.strerror}); stop what runs there or give --bind 127.0.0.1:OTHER"
            exits.leave(exits.PORT_IN_USE, line)


class _Up(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn told by us alone: one worker of threads, and the collector beside it."""

    def __init__(self, told: Settings, port: int) -> None:
        self._settings = told
        self._port = port
        self._collector: subprocess.Popen[bytes] | None = None
        self._server: Server | None = None
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": self._settings.bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "worker_connections": 4 * THREADS,
            "graceful_timeout": 2,
            "timeout": 60,
            "keepalive": 30,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": self._ready,
            "worker_exit": self._worker_exit,
            "post_worker_init": self._worker_init,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        self._server = create_server(self._settings)
        return self._server.flask

    def _ready(self, _arbiter: Any) -> None:
        click.echo(_greeting(self._settings, self._page()))
        self._collector = subprocess.Popen(_collector_command(self._port), env=_collector_environment(self._settings))

    def _worker_init(self, _worker: Any) -> None:
        if settings.has_display():
            webbrowser.open(self._page())

    def _page(self) -> str:
        """The page of this machine, the only host at first; of all hosts where it has no id of its own."""
        host = this_host(Roots(), self._settings.fleet, self._settings.labels, lambda: "")
        return f"http://127.0.0.1:{self._port}/{f'hosts/{host.id}' if host.id else ''}"

    def _worker_exit(self, _arbiter: Any, _worker: Any) -> None:
        if self._server is not None:
            self._server.close()

    def run(self) -> None:
        _Arbiter(self, self._stop_collector).run()

    def _stop_collector(self) -> None:
        """While the server still answers: so the collector can say that it stops."""
        if self._collector is None or self._collector.poll() is not None:
            return
        self._collector.send_signal(signal.SIGTERM)
        try:
            self._collector.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._collector.kill()


class _Arbiter(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's master, which ends the collector before it ends its worker."""

    def __init__(self, application: BaseApplication, before_stop: Callable[[], None]) -> None:
        self._before_stop = before_stop
        super().__init__(application)

    def stop(self, graceful: bool = True) -> None:
        self._before_stop()
        super().stop(graceful)


def _collector_command(port: int) -> list[str]:
    return [sys.executable, "-m", "collector", "run", "--with-parent", "--ingest", f"http://127.0.0.1:{port}"]


def _collector_environment(told: Settings) -> dict[str, str]:
    """What the collector is told, whether it came by flag or environment."""
    return settings.for_child(
        {
            "TIDEGAUGE_STATE": told.state,
            "TIDEGAUGE_INTERVAL_MS": str(told.interval_ms),
            "TIDEGAUGE_FLEET": told.fleet,
            "TIDEGAUGE_LABELS": ",".join(f"{key}={value}" for key, value in told.labels),
            "TIDEGAUGE_LOG_LEVEL": told.log_level,
        }
    )


def _greeting(told: Settings, url: str) -> str:
    megabytes = SAMPLES_A_SECOND * 86_400 * BYTES_A_SAMPLE * 1000 / told.interval_ms / 1e6
    return (
        f"Tidegauge watches this machine: {url}\n"
        f"It keeps {told.retention} days of every sample, about {megabytes:.0f} MB a day, "
        f"in {told.store.removeprefix('embedded:')}. Ctrl-C stops it."
    )
