"""The address that a server is to listen on: free, and with a key of its own where others reach it."""

from __future__ import annotations

import socket

from cli import exits
from tidegauge.sessions.access import is_loopback
from tidegauge.settings import Settings

SECRETS = (
    ("secret_key", "TIDEGAUGE_SECRET_KEY", "it signs sessions and tokens"),
    ("node_token", "TIDEGAUGE_NODE_TOKEN", "by it they know each other"),
)
"""What a node of a cluster has that others than its own machine reach: key, name, what for."""


def check(told: Settings, command: str) -> None:
    """End the program with one clear line where `command` cannot listen on its address."""
    address, _, port = told.bind.rpartition(":")
    if command != "up" and not is_loopback(told.bind):
        for key, name, why in SECRETS:
            if not getattr(told, key):
                line = f"`{command}` at {address} needs {name}, the same on all nodes: {why}"
                exits.leave(exits.BAD_SETTING, f"{line}; `openssl rand -hex 32` makes one")
    _check_free(address.strip("[]"), int(port))


def _check_free(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            line = f"{address}:{port} is taken ({error.strerror}); stop what runs there or give --bind 127.0.0.1:OTHER"
            exits.leave(exits.PORT_IN_USE, line)
