"""What the nodes of a test's cluster share: keys, an account, and the tokens of its hosts."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import urllib.request

from tidegauge.clock import SystemClock
from tidegauge.sessions import tokens
from tidegauge.sessions.signing import Signer, new_key

SECRET_KEY = new_key()
ENVIRONMENT = {"TIDEGAUGE_SECRET_KEY": SECRET_KEY, "TIDEGAUGE_NODE_TOKEN": secrets.token_urlsafe()}
USER, PASSWORD = "admin", secrets.token_urlsafe(9)
DAYS = 1


def add_user(store: str) -> None:
    """Give a store its admin, as a person does; one that is there gets our password. Raises AssertionError."""
    added = _user(store, "add", USER, "--role", "admin")
    if added.returncode:
        added = _user(store, "password", USER)
    assert added.returncode == 0, added.stderr.strip()


def _user(store: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "user", *arguments, "--store", store]
    told = {**os.environ, **ENVIRONMENT}
    return subprocess.run(command, input=PASSWORD, env=told, capture_output=True, text=True, check=False)


def sign_in(url: str) -> str:
    """The header Cookie of somebody who signed in."""
    body = json.dumps({"user": USER, "password": PASSWORD}).encode()
    request = urllib.request.Request(f"{url}/api/v1/login", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.headers["Set-Cookie"]).partition(";")[0]


def token_of(host: str) -> str:
    """The token of a host's collector."""
    return Signer(SECRET_KEY).sign(tokens.COLLECTOR, tokens.begin(host, SystemClock().wall_ms(), DAYS))
