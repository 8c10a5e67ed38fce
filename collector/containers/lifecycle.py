"""What happened to containers, put together of what cgroups show and what engines tell. Pure.

Each start and each stop is told once. An engine's word is told at once; what only the cgroups show waits
for as long as an engine may still say it, with the code of an end. Times are ns since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from collector.engines.rows import ASKED, DIE, HEALTH, OOM, START
from collector.engines.told import Told
from tidegauge.metrics.events import CONTAINER_HEALTH, CONTAINER_OOM, CONTAINER_STARTED, CONTAINER_STOPPED
from tidegauge.metrics.records import Event

SECOND = 1_000_000_000
KNOWN = 10_000
ASKED_FOR = 600 * SECOND
"""How long a wish to stop it explains an end."""
OLDEST, AHEAD = 86_400 * SECOND, 60 * SECOND
"""Of an engine's clock, against the collector's: what is older is not told, what is later is told as of now."""
KILLED = "137"
SIGNALLED = ("130", KILLED, "143")
"""Codes of ends by SIGINT, SIGKILL and SIGTERM: no program gets these but from others."""


class _Claim(NamedTuple):
    """What is not sure yet, until it is told or better known. noted: since when. exit_code, reason: of an end."""

    kind: str
    container: str
    time_ns: int
    noted_ns: int
    exit_code: str = ""
    reason: str = "gone"


class _Known:
    """A container: what was told of it, and how it does."""

    def __init__(self) -> None:
        self.name = ""
        self.health = ""
        self.begun_ns = 0
        self.begun_before_ns = 0
        self.started_ns = 0
        self.stopped_ns = 0
        self.asked_ns = 0
        self.oom_ns = 0
        self.kills: float | None = 0
        self.new = True

    def life_ns(self, time_ns: int) -> int:
        """When the life began that was lived then; of the one before, too, an end may be told late."""
        begins = (self.started_ns, self.begun_ns, self.begun_before_ns)
        return max((begun for begun in begins if begun <= time_ns), default=0)


class Lifecycle:
    """The events of one host's containers. One thread at a time uses it."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._claims: list[_Claim] = []
        self._events: list[Event] = []

    def came(self, container: str, begun_ns: int, now_ns: int, new: bool = True) -> None:
        """A cgroup whose first process began then. new: it was not there when the collector began."""
        known = self._of(container)
        known.begun_before_ns, known.begun_ns = known.begun_ns, begun_ns
        known.new, known.kills = new, 0 if new else None
        self._claims = [_before(claim, container, begun_ns) for claim in self._claims]
        if new and known.started_ns < begun_ns - SECOND:
            self._claims.append(_Claim(CONTAINER_STARTED, container, begun_ns, now_ns))

    def went(self, container: str, now_ns: int) -> bool:
        """Its cgroup is no more, or is of another life. Returns whether nobody said so before."""
        known = self._of(container)
        if known.stopped_ns >= known.begun_ns:
            return False
        self._claims.append(_Claim(CONTAINER_STOPPED, container, now_ns, now_ns))
        return True

    def killed(self, container: str, kills: float, now_ns: int) -> None:
        """The kernel's count of OOM kills in this life, as its cgroup shows it."""
        known = self._of(container)
        before, known.kills = known.kills, kills
        if before is not None and kills > before:
            self._drop(CONTAINER_OOM, container)
            known.oom_ns = now_ns
            self._tell(container, self._blamed(container, now_ns), CONTAINER_OOM, {"count": str(int(kills - before))})

    def heard(self, told: Told, now_ns: int) -> None:
        """What an engine told, in its order."""
        if told.time_ns < now_ns - OLDEST:
            return
        told = told._replace(time_ns=min(told.time_ns, now_ns + AHEAD))
        known = self._of(told.container)
        known.name = told.name or known.name
        if told.what == START:
            self._started(known, told)
        elif told.what == DIE:
            self._stopped(known, told, now_ns)
        elif told.what == ASKED:
            known.asked_ns = told.time_ns
        elif told.what == HEALTH:
            self._health(known, told)
        elif told.what == OOM and told.time_ns > known.oom_ns + 2 * SECOND:
            # of one kill an engine may tell more than once, and the count of the cgroup is better
            known.oom_ns = told.time_ns
            at_ns = self._blamed(told.container, told.time_ns)
            self._claims.append(_Claim(CONTAINER_OOM, told.container, at_ns, now_ns))

    def described(self, container: str, name: str, health: str) -> None:
        """What it is called, and how one did that was there at the beginning: that is no change."""
        known = self._of(container)
        known.name = name or known.name
        if not known.new:
            known.health = known.health or health

    def happened(self, now_ns: int, hold_ns: int) -> list[Event]:
        """All that is to be told now, in order of time. hold_ns: how long an engine may still say it."""
        due = [claim for claim in self._claims if now_ns - claim.noted_ns >= _hold(claim, hold_ns)]
        self._claims = [claim for claim in self._claims if now_ns - claim.noted_ns < _hold(claim, hold_ns)]
        for claim in due:
            self._say(claim)
        told, self._events = self._events, []
        return sorted(told, key=lambda event: event.time_ns)

    def _started(self, known: _Known, told: Told) -> None:
        if told.time_ns <= max(known.started_ns, known.stopped_ns):
            return
        # the cgroup showed it before: an engine may take long from a container's first process to its word
        is_told = known.stopped_ns < known.started_ns == known.begun_ns
        known.started_ns, known.asked_ns = told.time_ns, 0
        self._drop(CONTAINER_STARTED, told.container)
        if not is_told:
            self._tell(told.container, told.time_ns, CONTAINER_STARTED)

    def _stopped(self, known: _Known, told: Told, now_ns: int) -> None:
        # of one end an engine may tell more than once, and the next life may have begun meanwhile
        if known.stopped_ns > known.life_ns(told.time_ns) or told.time_ns <= known.stopped_ns:
            return
        self._drop(CONTAINER_STOPPED, told.container)
        # a kill that was counted between the end and the end of the cgroup came before it
        self._events = [_not_after(event, told) for event in self._events]
        reason = self._reason(known, told)
        if reason == "oom":
            told = self._admit(known, told)
        known.stopped_ns = told.time_ns
        end = _Claim(CONTAINER_STOPPED, told.container, told.time_ns, now_ns, told.exit_code, reason)
        if reason == "killed" and told.exit_code == KILLED and not _was_asked(known, told):
            self._claims.append(end)
        else:
            self._tell_end(end)
        known.health, known.asked_ns = "", 0

    def _reason(self, known: _Known, told: Told) -> str:
        if not told.exit_code:
            return "gone"
        if _was_asked(known, told):
            return "killed"
        if told.exit_code == KILLED and (told.oom or told.time_ns - known.oom_ns <= 10 * SECOND):
            return "oom"
        if told.exit_code == "0":
            return "exited"
        return "killed" if told.exit_code in SIGNALLED else "crashed"

    def _admit(self, known: _Known, told: Told) -> Told:
        """An end for want of memory has its kill told, whoever saw it, and was after what is told of it already."""
        if known.oom_ns <= max(known.started_ns, known.begun_ns):
            known.oom_ns = told.time_ns
            self._tell(told.container, told.time_ns, CONTAINER_OOM, {"count": "1"})
        return told._replace(time_ns=max(told.time_ns, known.oom_ns))

    def _blamed(self, container: str, time_ns: int) -> int:
        """An end that waits for its cause was by this kill of the kernel, if no other life began since. When the kill
        is said to have been: not after that end."""
        known = self._of(container)
        for at, claim in enumerate(self._claims):
            is_end = claim.container == container and claim.reason == "killed"
            if is_end and claim.time_ns > max(known.started_ns, known.begun_ns):
                self._claims[at] = claim._replace(reason="oom")
                return min(time_ns, claim.time_ns - 1)
        return time_ns

    def _health(self, known: _Known, told: Told) -> None:
        if told.status and told.status != known.health:
            known.health = told.status
            self._tell(told.container, told.time_ns, CONTAINER_HEALTH, {"status": told.status})

    def _say(self, claim: _Claim) -> None:
        known = self._of(claim.container)
        if claim.kind == CONTAINER_STARTED:
            known.started_ns = claim.time_ns
            self._tell(claim.container, claim.time_ns, claim.kind)
        elif claim.kind == CONTAINER_OOM:
            self._tell(claim.container, claim.time_ns, claim.kind, {"count": "1"})
        else:
            if claim.time_ns > known.stopped_ns:
                known.stopped_ns, known.health = claim.time_ns, ""
            self._tell_end(claim)

    def _tell_end(self, end: _Claim) -> None:
        code = {"exit_code": end.exit_code} if end.exit_code else {}
        self._tell(end.container, end.time_ns, end.kind, {**code, "reason": end.reason})

    def _drop(self, kind: str, container: str) -> None:
        """It is better known. An end that waits for its cause stays: it is of the life before."""
        self._claims = [c for c in self._claims if (c.kind, c.container) != (kind, container) or c.exit_code]

    def _tell(self, container: str, time_ns: int, kind: str, about: Mapping[str, str] | None = None) -> None:
        name = self._of(container).name
        self._events.append(
            Event(container, time_ns, kind, {**({"container.name": name} if name else {}), **(about or {})})
        )

    def _of(self, container: str) -> _Known:
        known = self._known.pop(container, None) or _Known()
        self._known[container] = known
        if len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]
        return known


def _before(claim: _Claim, container: str, begun_ns: int) -> _Claim:
    """A stop that is not told yet lies before the next life began."""
    if (claim.kind, claim.container) == (CONTAINER_STOPPED, container) and claim.time_ns >= begun_ns:
        return claim._replace(time_ns=begun_ns - 1)
    return claim


def _not_after(event: Event, died: Told) -> Event:
    if event.entity == died.container and event.kind == CONTAINER_OOM and event.time_ns >= died.time_ns:
        return Event(event.entity, died.time_ns - 1, event.kind, event.attributes)
    return event


def _was_asked(known: _Known, told: Told) -> bool:
    return told.time_ns - known.asked_ns <= ASKED_FOR


def _hold(claim: _Claim, hold_ns: int) -> int:
    """A count shows the kernel's kill at the next tick, with or without an engine; on a busy host an engine tells of
    the kill after the end."""
    return 2 * SECOND if claim.kind == CONTAINER_OOM or claim.exit_code else hold_ns
