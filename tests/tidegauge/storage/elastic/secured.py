"""A node with security and TLS: users in its files, and a certificate of its own authority."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.elasticsearch.server import NOBODY, PASSWORD, Node
from tidegauge.storage.base import StoreError
from tidegauge.storage.elastic.connection import Connection

ROLES = """
everything:
  cluster: [all]
  indices: [{names: ['*'], privileges: [all]}]
tidegauge:
  cluster: [monitor, manage_index_templates]
  indices: [{names: ['tidegauge-*'], privileges: [read, write, manage]}]
writer:
  cluster: [monitor]
  indices: [{names: ['tidegauge-*'], privileges: [read, write]}]
analyst:
  indices: [{names: ['tidegauge-raw-*', 'tidegauge-minute-*', 'tidegauge-events-*'], privileges: [read]}]
"""
USERS = {"root": "everything", "node": "tidegauge", "bob": "writer", "ann": "analyst"}
SETTINGS = (
    "discovery.type: single-node",
    "xpack.security.enabled: true",
    "xpack.security.http.ssl.enabled: true",
    "xpack.security.http.ssl.key: node.key",
    "xpack.security.http.ssl.certificate: node.pem",
)


class SecuredNode(Node):
    """Its users are those of `USERS`, each by its role, all with `PASSWORD`."""

    def _prepare(self) -> None:
        super()._prepare()
        config = self.folder / "config"
        (config / "roles.yml").write_text(ROLES)
        (config / "users").write_text("".join(f"{user}:{_hashed(PASSWORD)}\n" for user in USERS))
        (config / "users_roles").write_text("".join(f"{role}:{user}\n" for user, role in USERS.items()))
        _certify(config)
        if os.getuid() == 0:
            for file in config.iterdir():
                shutil.chown(file, NOBODY, NOBODY)

    @property
    def ca(self) -> str:
        """The file of its authority's certificate."""
        return str(self.folder / "config" / "node.pem")

    def url_of(self, user: str, password: str = PASSWORD) -> str:
        """Its URL for a user."""
        return f"https://{user}:{password}@127.0.0.1:{self.port}"

    def is_ready(self, nodes: int = 1) -> bool:
        """Whether it takes requests of a user who may do everything."""
        with suppress(StoreError):
            connection = Connection(self.url_of("root"), self.ca)
            try:
                health = connection.call("GET", "/_cluster/health")[1]
            finally:
                connection.close()
            return health["status"] in ("green", "yellow") and health["number_of_nodes"] >= nodes
        return False


@contextmanager
def secured() -> Iterator[SecuredNode]:
    """A node that is ready, ended in the end. Raises NoServerError."""
    made = SecuredNode(settings=SETTINGS)
    try:
        made.start()
        yield made
    finally:
        made.close()


def _hashed(password: str) -> str:
    """A password as the file of users holds it."""
    salt = os.urandom(32)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 10_000, 32)
    return f"{{PBKDF2}}10000${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def _certify(folder: Path) -> None:
    """A key, and a certificate that it signs itself, for this machine."""
    subject = ("-subj", "/CN=tidegauge-test", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", "node.key", "-out", "node.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
