"""Who looks at the system page, and what they and GET /api/v1/system are told: once a second, while somebody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from app import diagnosis, messages
from app.diagnosis import Told
from app.links import LinkNews
from app.node import WebNode
from app.outbox import Outbox
from tidegauge.cluster.remote import LinkState
from tidegauge.settings import shown

TELL_SECONDS = 1.0
LOOK_SECONDS = 0.5
"""Who begins to look waits so long at most for the store to say how it is."""

Links = Callable[[], Sequence[LinkState]]


class System:
    """Tells browsers how store, nodes and collectors do. Thread-safe.

    name: the web node's. store: its URL, of which nobody is told user and password. links: how those to
    ingest nodes are. revoked: how many tokens of collectors are. Its thread lives while somebody watches; a closed
    outbox is one that does not.
    """

    def __init__(self, node: WebNode, name: str, store: str, links: Links, revoked: Callable[[], int] = int) -> None:
        self._node = node
        self.name = name
        self._store = shown(store)
        self._links = links
        self._revoked = revoked
        self.news = LinkNews(node.health, links, node.presence.monotonic_ms)
        self._lock = threading.Lock()
        self._watchers: set[Outbox] = set()
        self._teller: threading.Thread | None = None

    def told(self) -> Told:
        """How it all does now, judged; the store is asked, and waited for a little."""
        self._node.health.look(LOOK_SECONDS)
        return self._diagnosed()

    def watch(self, outbox: Outbox) -> None:
        """Tell a browser now, and from now on."""
        outbox.put(messages.system(self.told()))
        with self._lock:
            self._watchers.add(outbox)
            if self._teller is None:
                self._teller = threading.Thread(target=self._run, name="system-teller", daemon=True)
                self._teller.start()

    def leave(self, outbox: Outbox) -> None:
        """A browser looks at something else."""
        with self._lock:
            self._watchers.discard(outbox)

    def tell(self) -> bool:
        """Tell all who watch; whether there are any."""
        with self._lock:
            self._watchers = {outbox for outbox in self._watchers if not outbox.closed}
            watchers = list(self._watchers)
            if not watchers:
                self._teller = None
                return False
        text = messages.system(self._diagnosed())
        for outbox in watchers:
            outbox.put(text)
        return True

    def _run(self) -> None:
        time.sleep(TELL_SECONDS)
        while self.tell():
            time.sleep(TELL_SECONDS)

    def _diagnosed(self) -> Told:
        presence = self._node.presence
        status, verdicts = self._node.status(), presence.verdicts()
        status["node"]["name"] = self.name
        status["refused"] = presence.refused.copy()
        status["aside"] = {"retired": len(presence.retired.hidden()), "revoked": self._revoked()}
        heard = [host for host, verdict in verdicts if verdict is not None and verdict.state == "live"]
        status["ailing"] = self._node.ailing.told(heard)
        told = diagnosis.diagnose(status, verdicts, self._links(), presence.monotonic_ms())
        return {**told, "store": {"url": self._store, **told["store"]}}
