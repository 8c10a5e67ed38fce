"""`tidegauge up`: server and collector on this machine, one command, nothing left behind.

gunicorn's master starts the server's one worker and, when it listens, the collector. Each child
ends when the master does, also when it is killed.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import webbrowser
from typing import Any, NoReturn

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from cli import exits
from cli.collector_child import CollectorChild, command, environment
from cli.server import Server, create_server
from collector import checks
from collector.identity import this_host
from collector.readings import Roots
from collector.state import StateError, StateFolder
from tidegauge import log as logs
from tidegauge import settings
from tidegauge.clock import SystemClock
from tidegauge.sessions.access import LOOPBACK
from tidegauge.settings import Settings, SettingsError
from tidegauge.storage.base import Store, StoreError
from tidegauge.storage.open import open_store

log = logging.getLogger(__name__)

THREADS = 256
SAMPLES_A_SECOND = 200
BYTES_A_SAMPLE = 2
STOP_SECONDS = 3


def run(told: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Ends with a documented exit code if it cannot start."""
    _check_port(*_loopback(told))
    logs.configure(told.log_level)
    open_or_leave(told).close()
    _check_collector(told)
    _Up(told).run()


def open_or_leave(told: Settings) -> Store:
    """The store, or one clear line and exit code 4."""
    try:
        return open_store(told.store, retention_days=told.retention, disk_floor_mb=told.disk_floor_mb)
    except StoreError as error:
        _leave_store(error)


def _leave_store(error: StoreError) -> NoReturn:
    exits.leave(exits.STORE, f"{error}{'; ' + error.hint if error.hint else ''}")


def _check_collector(told: Settings) -> None:
    try:
        checks.check(told)
        StateFolder(told.state).close()
    except SettingsError as error:
        exits.leave(exits.BAD_SETTING, str(error))
    except StateError as error:
        exits.leave(exits.COLLECTOR, f"{error}; give another --state")


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

    def __init__(self, told: Settings) -> None:
        self._settings = told
        self._collector = CollectorChild(command(told), environment(told), SystemClock())
        self._server: Server | None = None
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": self._settings.bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "worker_connections": 4 * THREADS,
            "graceful_timeout": STOP_SECONDS,
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
        """The worker's application. gunicorn's master ends with the exit code of a store that fails here."""
        try:
            self._server = create_server(self._settings)
        except StoreError as error:
            _leave_store(error)
        return self._server.flask

    def _ready(self, _arbiter: Any) -> None:
        click.echo(_greeting(self._settings, _page(self._settings)))
        self._collector.start()

    def _worker_init(self, worker: Any) -> None:
        """Ctrl-C is the master's to answer; what is under way when the worker ends is not waited for."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        worker.cfg.set("graceful_timeout", 0)
        if settings.has_display():
            webbrowser.open(_page(self._settings))

    def _worker_exit(self, _arbiter: Any, _worker: Any) -> None:
        """Close the server and end at once: a thread that still serves a websocket would be waited for."""
        if self._server is not None:
            self._server.close()
            logging.shutdown()
            os._exit(0)

    def run(self) -> None:
        _Master(self, self._collector).run()


class _Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's master, which looks after the collector too, and stops on a hangup."""

    def __init__(self, application: BaseApplication, collector: CollectorChild) -> None:
        self._collector = collector
        self._detached = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        super().__init__(application)

    def manage_workers(self) -> None:
        super().manage_workers()
        self._collector.keep()

    def reap_workers(self) -> None:
        self._collector.ended()  # before gunicorn takes every child's exit code
        super().reap_workers()

    def stop(self, graceful: bool = True) -> None:
        self._collector.stop()
        super().stop(graceful)

    def handle_hup(self) -> None:
        """The terminal is gone; under nohup that is as it should be."""
        if not self._detached:
            raise StopIteration

    def ignore(self) -> None:
        """gunicorn's other orders: the embedded store has one worker and cannot be handed over."""

    handle_ttin = handle_ttou = handle_usr2 = handle_winch = ignore


def _page(told: Settings) -> str:
    """The page of this machine, the only host at first; of all hosts where it has no id of its own."""
    host = this_host(Roots(), told.fleet, told.labels, lambda: "")
    return f"http://{told.bind}/{f'hosts/{host.id}' if host.id else ''}"


def _greeting(told: Settings, url: str) -> str:
    megabytes = SAMPLES_A_SECOND * 86_400 * BYTES_A_SAMPLE * 1000 / told.interval_ms / 1e6
    return (
        f"Tidegauge watches this machine: {url}\n"
        f"It keeps {told.retention} days of every sample, about {megabytes:.0f} MB a day, "
        f"in {told.store.removeprefix('embedded:')}. Ctrl-C stops it."
    )
