"""Make a cluster ready: version, rights, names, templates, the index of documents. Any number of nodes may at once."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic.connection import WRITE_SECONDS, Connection
from tidegauge.storage.elastic.failures import RIGHTS
from tidegauge.storage.elastic.inventory import create, foreign, survey
from tidegauge.storage.elastic.layout import DOCUMENTS, EVERYTHING, VERSION
from tidegauge.storage.elastic.templates import NAMES, template

log = logging.getLogger(__name__)

AGAIN_SECONDS = 5.0
"""How long a refusal stands before the cluster is asked once more."""

_NEEDED = {
    "cluster": ["monitor", "manage_index_templates"],
    "index": [{"names": [EVERYTHING], "privileges": ["read", "write", "manage"]}],
}
_NO_SECURITY = (400, 404, 405, 500)


def prepare(connection: Connection) -> None:
    """Make it ready; harmless when it is. A template of a newer Tidegauge is left as it is.

    Raises StoreError for a version that is not spoken to, missing rights, and templates or indices of others
    that have names of ours.
    """
    version = connection.version()
    _check_rights(connection)
    found = survey(connection)
    if found.foreign:
        raise foreign(found.foreign)
    for name in NAMES:
        _apply(connection, name)
    if DOCUMENTS not in found.ours:
        create(connection, DOCUMENTS, template("documents")["template"])
    log.info("store_prepared url=%s version=%s", connection.name, ".".join(map(str, version)))


class Setup:
    """Sees to it that a cluster is made ready once, before its first use; thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._is_done = False
        self._refusal: StoreError | None = None
        self._refused_until = 0.0

    def begin(self) -> None:
        """Make it ready now, if it is there; else its first use will. Raises StoreError, and lets go of it."""
        try:
            self.ensure()
        except StoreUnavailableError as error:
            log.warning("store_not_ready error=%s", error)
        except StoreError:
            self._connection.close()
            raise

    def ensure(self) -> None:
        """Make the cluster ready, unless that is done. Raises StoreError."""
        if not self._is_done:
            with self._lock:
                self._try()

    def renew(self) -> None:
        """Make it ready anew, in case somebody removed what was made. Raises StoreError."""
        prepare(self._connection)
        self._is_done = True

    def _try(self) -> None:
        if self._is_done:
            return
        if self._refusal is not None and time.monotonic() < self._refused_until:
            raise StoreError(str(self._refusal), permanent=True, hint=self._refusal.hint)
        try:
            self.renew()
        except StoreUnavailableError:
            raise
        except StoreError as error:
            self._refusal, self._refused_until = error, time.monotonic() + AGAIN_SECONDS
            log.error("store_refused error=%s hint=%s", error, error.hint)
            raise


def _check_rights(connection: Connection) -> None:
    """That the user may do all that is needed; a cluster without security has nothing to ask."""
    path = "/_security/user/_has_privileges"
    status, answer = connection.call("POST", path, body=_NEEDED, allow=_NO_SECURITY)
    if status != 200 or answer["has_all_requested"]:
        return
    on_indices: dict[str, bool] = answer["index"].get(EVERYTHING, {})
    missing = [f"{right} (cluster)" for right, has in answer["cluster"].items() if not has]
    missing += [f"{right} ({EVERYTHING})" for right, has in on_indices.items() if not has]
    text = f"{connection.user} lacks rights in Elasticsearch: {', '.join(sorted(missing))}"
    raise StoreError(text, permanent=True, hint=RIGHTS)


def _apply(connection: Connection, name: str) -> None:
    """Put a template, unless this version or a newer one is there."""
    full = f"tidegauge-{name}"
    status, answer = connection.call("GET", f"/_index_template/{full}", allow=(404,))
    if status == 200:
        there: dict[str, Any] = answer["index_templates"][0]["index_template"]
        version = there.get("_meta", {}).get("tidegauge")
        if not isinstance(version, int):
            hint = "remove or rename it, or name another cluster in TIDEGAUGE_STORE"
            raise StoreError(f"the index template {full} was not made by Tidegauge", permanent=True, hint=hint)
        if version >= VERSION:
            return
    params = {"master_timeout": "5s"}
    connection.call("PUT", f"/_index_template/{full}", params=params, body=template(name), timeout=WRITE_SECONDS)
