"""The thread that hears all engines, and what is known through them.

It starts when an engine's socket is there: a host without an engine has no such thread, and is not told so.
The reader of containers calls everything here from its own thread.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from collections import deque
from collections.abc import Callable, Sequence

from collector.engines.about import About, read_about
from collector.engines.client import places
from collector.engines.link import SECOND, Link
from collector.engines.notes import note
from collector.engines.rows import CHANGED, DIE, HEALTH, START
from collector.engines.told import EngineError, Told

log = logging.getLogger(__name__)

HOLD_SECONDS, AWAY_SECONDS = 3, 60
YOUNG_SECONDS, GLANCE_SECONDS, MOST_YOUNG = 1.5, 0.1, 10
"""A container that just started is read so often, so long: it may be gone before the next tick."""
IDLE_SECONDS = 10.0
KNOWN, MOST_UNANSWERED = 10_000, 1000

Glance = Callable[[str, int], bool]


class Watch:
    """All engines of a host.

    told: URLs, `none`, or nothing: the sockets that are there below `roots`. labels: which labels of containers are
    wanted. glance: called by the thread to have a container read at once, with the time; false: it is gone.
    """

    def __init__(
        self,
        told: Sequence[str],
        labels: Sequence[str],
        glance: Glance,
        clock_ns: Callable[[], int],
        roots: Sequence[str] = ("",),
    ) -> None:
        self._given = told
        self._roots = roots
        self._labels = labels
        self._glance = glance
        self._clock_ns = clock_ns
        self._links: dict[str, Link] = {}
        self._told: deque[Told] = deque()
        self._about: dict[str, About] = {}
        self._asked: set[str] = set()
        self._wanted: deque[str] = deque()
        self._ended: deque[str] = deque()
        self._unanswered: deque[str] = deque(maxlen=MOST_UNANSWERED)
        self._young: dict[str, int] = {}
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._wake = -1

    def look(self) -> None:
        """Look for engines; the first one starts the thread."""
        new = [url for url in places(self._given, self._roots) if url not in self._links]
        if not new:
            return
        self._links = {**self._links, **{url: Link(url, self._clock_ns(), self._clock_ns) for url in new}}
        if self._thread is None:
            self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            self._thread = threading.Thread(target=self._run, name="engines", daemon=True)
            self._thread.start()
        os.eventfd_write(self._wake, 1)

    def take(self) -> list[Told]:
        """What engines told since the last call, in order."""
        return [self._told.popleft() for _ in range(len(self._told))]

    def about(self, container: str) -> About | None:
        """What an engine knows of it; where nothing is known it is asked for, once."""
        found = self._about.get(container)
        if found is None and self._thread and container not in self._asked:
            self._asked.add(container)
            self._want(self._wanted, container)
        return found

    def inquire(self, container: str) -> None:
        """Its cgroup is gone: ask how it ended, should no event say it."""
        if self._thread:
            self._want(self._ended, container)

    def forget(self, container: str) -> None:
        """It is gone for good, or will be another life."""
        self._about.pop(container, None)
        self._asked.discard(container)

    def hold_seconds(self) -> int:
        """How long an engine may still say what cgroups showed."""
        links = list(self._links.values())
        if any(link.away for link in links):
            return AWAY_SECONDS
        return HOLD_SECONDS if any(link.sock for link in links) else 0

    def notes(self) -> list[str]:
        """A line for each engine, for people."""
        return [note(link.url, link.engine, link.failure, link.denied) for link in self._links.values()]

    def close(self) -> None:
        """End the thread and all links."""
        if self._thread:
            self._closed.set()
            os.eventfd_write(self._wake, 1)
            self._thread.join()
            os.close(self._wake)
            self._thread = None

    def _want(self, wishes: deque[str], container: str) -> None:
        wishes.append(container)
        os.eventfd_write(self._wake, 1)

    # --- what follows is done by the thread ---------------------------------------------------------

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._turn()
            except Exception:  # whatever went wrong, engines are heard again
                log.exception("engines_failed")
                self._closed.wait(1)
        for link in self._links.values():
            link.close()

    def _turn(self) -> None:
        """Open what is due, wait for what is told, hear it, answer wishes, look after the young."""
        for link in self._links.values():
            if link.sock is None and link.due_ns <= self._clock_ns() and link.open():
                self._ask_again()
        self._wait()
        for link in self._links.values():
            for told in link.receive():
                self._hear(told)
        for wishes, answer in ((self._wanted, self._describe), (self._ended, self._end)):
            for _ in range(len(wishes)):
                answer(wishes.popleft())
        self._look_after_young()

    def _wait(self) -> None:
        open_ = {link.sock.fileno(): link for link in self._links.values() if link.sock}
        due = min((link.due_ns for link in self._links.values() if not link.sock), default=None)
        seconds = IDLE_SECONDS if due is None else max(0.0, min(IDLE_SECONDS, (due - self._clock_ns()) / SECOND))
        poll = select.poll()
        for fd in (self._wake, *open_):
            poll.register(fd, select.POLLIN)
        ready = poll.poll(1000 * min(seconds, GLANCE_SECONDS) if self._young else 1000 * seconds)
        if any(fd == self._wake for fd, _ in ready):
            os.eventfd_read(self._wake)

    def _hear(self, told: Told) -> None:
        """Keep what was told, after what is known of the container was brought up to date."""
        if told.what in (START, CHANGED) or (told.what == HEALTH and not told.status):
            self._describe(told.container)
        about = self._about.get(told.container)
        if told.what == HEALTH and about:
            told = told._replace(status=told.status or about.health)
            self._about[told.container] = about._replace(health=told.status)
        if told.what == DIE:
            told = self._death(told)
        else:
            self._glance(told.container, self._clock_ns())
        self._told.append(told)
        if told.what == START:
            self._begin(told, about)

    def _begin(self, told: Told, about: About | None) -> None:
        if about and about.health:
            self._told.append(told._replace(what=HEALTH, status=about.health))
        if len(self._young) < MOST_YOUNG:
            self._young[told.container] = told.time_ns

    def _death(self, told: Told) -> Told:
        """Its last values, if they can still be read, and whether the kernel ended it."""
        self._young.pop(told.container, None)
        if not self._glance(told.container, self._clock_ns()):
            self._about.pop(told.container, None)
        if told.exit_code == "137" and (found := self._inspect(told.container)):
            told = told._replace(oom=found.oom)
        return told

    def _describe(self, container: str) -> None:
        found = self._inspect(container)
        if found is None:
            return
        if len(self._about) >= KNOWN:
            self._about.clear()
        before = self._about.get(container)
        self._about[container] = found
        if before and found.health and before.health != found.health:
            self._told.append(Told(container, self._clock_ns(), HEALTH, status=found.health))

    def _end(self, container: str) -> None:
        """Tell an end that no event told: the engine was away, or forgot it."""
        found = self._inspect(container)
        if found is None and any(link.away for link in self._links.values()):
            self._unanswered.append(container)
        if found and found.finished_ns:
            name = found.attributes.get("container.name", "")
            self._told.append(Told(container, found.finished_ns, DIE, name, found.exit_code, oom=found.oom))

    def _ask_again(self) -> None:
        """An engine is back: what was known may have changed."""
        self._asked.clear()
        for container in list(self._about):
            self._describe(container)
        self._ended.extend(self._unanswered)
        self._unanswered.clear()

    def _inspect(self, container: str) -> About | None:
        """What the first engine that has the container knows of it."""
        for link in self._links.values():
            if link.sock is None or link.engine is None:
                continue
            try:
                body = link.client.inspect(container)
                if body is not None:
                    return read_about(body, link.engine.row, self._labels)
            except EngineError as error:
                log.warning("engine_silent url=%s error=%r", link.url, str(error))
        return None

    def _look_after_young(self) -> None:
        now_ns = self._clock_ns()
        for container, since_ns in list(self._young.items()):
            if now_ns - since_ns > YOUNG_SECONDS * SECOND or not self._glance(container, now_ns):
                self._young.pop(container, None)
