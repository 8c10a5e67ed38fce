"""The indices of our names that are in a cluster: whose they are, and how one is created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tidegauge.storage.base import StoreError
from tidegauge.storage.elastic.connection import WRITE_SECONDS, Connection
from tidegauge.storage.elastic.failures import told
from tidegauge.storage.elastic.layout import DOCUMENTS, EVERYTHING, named

EXISTS = "resource_already_exists_exception"


class Inventory(NamedTuple):
    """Names of indices: ours, and others' that have names of ours."""

    ours: list[str]
    foreign: list[str]


def survey(connection: Connection) -> Inventory:
    """What is there. Raises StoreError."""
    params = {"expand_wildcards": "open,closed"}
    found = connection.call("GET", f"/_resolve/index/{EVERYTHING}", params=params)[1]
    names = [index["name"] for index in found["indices"] if index["name"] == DOCUMENTS or named(index["name"])]
    marked = connection.call(
        "GET", f"/{EVERYTHING}/_mapping", params={**params, "filter_path": "*.mappings._meta.tidegauge"}
    )[1]
    return Inventory([name for name in names if name in marked], [name for name in names if name not in marked])


def create(connection: Connection, name: str, body: Mapping[str, Any]) -> bool:
    """Create an index; False if it is there already: another node was quicker. Raises StoreError."""
    params = {"timeout": "5s", "master_timeout": "5s"}
    status, answer = connection.call("PUT", f"/{name}", params=params, body=body, timeout=WRITE_SECONDS, allow=(400,))
    if status == 400 and told(answer)[0] != EXISTS:
        raise connection.refused(status, answer)
    return status == 200


def foreign(names: list[str]) -> StoreError:
    """Why indices of others cannot be used."""
    text = f"not made by Tidegauge, but with names it needs: {', '.join(sorted(names)[:5])}"
    return StoreError(text, permanent=True, hint="rename them, or name another cluster in TIDEGAUGE_STORE")
