"""gunicorn as every server runs it: told by us alone, one worker of threads, nothing left behind.

The master starts the worker again if it is killed; the worker ends when the master does.
"""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
from collections.abc import Callable
from typing import Any, Protocol

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from cli import exits
from cli.server import Server, opened
from tidegauge import log as logs
from tidegauge.settings import Settings
from tidegauge.storage.base import StoreError

THREADS = 384
"""256 requests may wait for the store, and health checks and nodes' websockets not behind them (rule 6). Browsers'
websockets take none (app/live.py)."""
STOP_SECONDS = 3
COLLECT = (10_000, 10, 50)
"""When Python looks for cycles: seldom through all there is. Records have none, and every thread stands
still meanwhile: 0.2 s where a backlog is taken in with Python's own numbers, and as long among half a million
objects that are young (10,000 times 50)."""


class Beside(Protocol):
    """A process that runs beside the worker."""

    def start(self) -> None:
        """Start it; the port is open."""
        ...

    def ended(self) -> int | None:
        """Ask the system whether it ended."""
        ...

    def keep(self) -> None:
        """Start it again if it should run."""
        ...

    def stop(self) -> None:
        """End it; the worker still answers."""
        ...


def serve(
    told: Settings,
    create: Callable[[Settings], Server],
    greet: Callable[[], None],
    begun: Callable[[], None] = lambda: None,
    beside: Beside | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM. greet: called once the port is open; begun: in each worker.

    A store that cannot be opened ends the program with exit code 4 before anything is started.
    """
    logs.configure(told.log_level)
    allow_files()
    try:
        opened(told).close()
    except StoreError as error:
        exits.leave_for(error)
    _Program(told, create, greet, begun, beside).run()


def allow_files() -> None:
    """As many open files as the system lets us have: each browser is one, and usual soft limits are of 1,024."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class _Program(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's application: its settings, and what happens when."""

    def __init__(
        self,
        told: Settings,
        create: Callable[[Settings], Server],
        greet: Callable[[], None],
        begun: Callable[[], None],
        beside: Beside | None,
    ) -> None:
        self._settings = told
        self._create = create
        self._greet = greet
        self._begun = begun
        self._beside = beside
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
            self._server = self._create(self._settings)
        except StoreError as error:
            exits.leave_for(error)
        return self._server.flask

    def run(self) -> None:
        _Master(self, self._beside).run()

    def _ready(self, _arbiter: Any) -> None:
        self._greet()
        if self._beside:
            self._beside.start()

    def _worker_init(self, worker: Any) -> None:
        """Ctrl-C is the master's to answer; what is under way when the worker ends is not waited for."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        worker.cfg.set("graceful_timeout", 0)
        gc.collect()
        gc.freeze()  # modules stay: they need not be looked through again
        gc.set_threshold(*COLLECT)
        self._begun()

    def _worker_exit(self, _arbiter: Any, _worker: Any) -> None:
        """Close the server and end at once: a thread that still serves a websocket would be waited for."""
        if self._server is not None:
            self._server.close()
            logging.shutdown()
            os._exit(0)


class _Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's master, which looks after what runs beside it too, and stops on a hangup."""

    def __init__(self, application: BaseApplication, beside: Beside | None) -> None:
        self._beside = beside
        self._detached = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        super().__init__(application)

    def manage_workers(self) -> None:
        super().manage_workers()
        if self._beside:
            self._beside.keep()

    def reap_workers(self) -> None:
        if self._beside:
            self._beside.ended()  # before gunicorn takes every child's exit code
        super().reap_workers()

    def stop(self, graceful: bool = True) -> None:
        if self._beside:
            self._beside.stop()
        super().stop(graceful)

    def handle_hup(self) -> None:
        """The terminal is gone; under nohup that is as it should be."""
        if not self._detached:
            raise StopIteration

    def ignore(self) -> None:
        """gunicorn's other orders: a node is one worker, and the embedded store cannot be handed over."""

    handle_ttin = handle_ttou = handle_usr2 = handle_winch = ignore
