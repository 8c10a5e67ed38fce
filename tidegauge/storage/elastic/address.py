"""Where a cluster is and who asks: what a store's URL says. Pure.

    http(s)://[user:password@]host[:port][,host[:port]…]

User and password are percent-decoded; an IPv6 address stands in brackets; the port is 9200 where none is named.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from tidegauge.storage.base import StoreError

PORT = 9200
_URL = re.compile(r"(https?)://(?:([^@/]*)@)?([^@/]+)/?")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")


class Address(NamedTuple):
    """hosts: URLs of the nodes to ask. user "": none."""

    hosts: tuple[str, ...]
    user: str
    password: str

    @property
    def name(self) -> str:
        """What to call it before people: without the password."""
        return ",".join(self.hosts)


def parse(url: str) -> Address:
    """The address of a URL. Raises StoreError."""
    found = _URL.fullmatch(url.strip())
    if found is None:
        raise _malformed(url)
    scheme, access, hosts = found[1], found[2] or "", found[3].split(",")
    user, _, password = access.partition(":")
    return Address(tuple(_host(scheme, host.strip(), url) for host in hosts), unquote(user), unquote(password))


def _host(scheme: str, text: str, url: str) -> str:
    found = _HOST.fullmatch(text)
    port = int(found[2] or PORT) if found else 0
    if found is None or not 0 < port < 65536:
        raise _malformed(url)
    return f"{scheme}://{found[1]}:{port}"


def _malformed(url: str) -> StoreError:
    hidden = re.sub(r"//.*@", "//…@", url)
    hint = "write http(s)://[user:password@]host:9200[,host:9200]; in a password, @ is %40 and / is %2F"
    return StoreError(f"no Elasticsearch is named {hidden!r}", permanent=True, hint=hint)
